#include "text/header.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"

#define LINE_KNOWN (HEADER_NAME_MAX + 1)	/* so many bytes of a line say
						 * what it is */

enum {
	AT_LINE,	/* h->line holds the beginning of a line, after an mbox
			 * line of h->mbox bytes whose fate is open */
	IN_FIELD,	/* the rest of a line that belongs to the last field */
	IN_MBOX		/* the rest of a line that is dropped */
};

enum kind { EMPTY, FIELD, FOLD, MBOX, MAYBE_MBOX, BODY };

void header_init(struct header *h)
{
	*h = (struct header){ .state = AT_LINE, .first = true };
	buf_init(&h->text, HEADER_MAX);
	buf_init(&h->line, 2 * LINE_KNOWN);
	dot_init(&h->dot, false);
}

void header_clear(struct header *h)
{
	buf_free(&h->text);
	buf_free(&h->line);
	free(h->v);
	header_init(h);
}

/* Blank in the form the line will have: a stray CR is one. */
static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* "hh:mm" anywhere: each kind of mbox line has it. */
static bool has_time(const char *p, size_t n)
{
	for (size_t i = 2; i + 2 < n; i++)
		if (p[i] == ':' && ascii_isdigit(p[i - 1]) &&
		    ascii_isdigit(p[i - 2]) && ascii_isdigit(p[i + 1]) &&
		    ascii_isdigit(p[i + 2]))
			return true;
	return false;
}

/* Does the line begin as an mbox line does?  "From : x" is a field. */
static bool is_mbox(const char *p, size_t n)
{
	size_t i = n > 0 && p[0] == '>';

	if (n - i < 6 || memcmp(p + i, "From ", 5) != 0)
		return false;
	for (i += 5; i < n && blank(p[i]); i++)
		;
	return i < n && p[i] != ':' && p[i] != '\n';
}

bool header_is_field(const char *p, size_t n)
{
	const char *colon = memchr(p, ':', n);
	bool broken = false, inner = false;
	size_t len;

	if (colon == NULL)
		return false;
	len = (size_t)(colon - p);
	while (len > 0 && blank(p[len - 1]))
		len--;
	for (size_t i = 0; i < len; i++) {
		if (blank(p[i]))
			inner = true;
		else if (ascii_iscntrl(p[i]))
			broken = true;
	}
	return len > 0 && (broken || !inner);
}

/*
 * What is the line that begins with these N bytes?  They are all of it, or
 * the first LINE_KNOWN.
 */
static enum kind classify(const struct header *h, const char *p, size_t n)
{
	size_t cr = 0;

	while (cr < n && cr < 2 && p[cr] == '\r')
		cr++;
	if (cr < n && p[cr] == '\n')
		return EMPTY;
	if (blank(p[0]))
		return h->n > 0 ? FOLD : BODY;
	if (h->first && is_mbox(p, n)) {
		if (has_time(p, n))
			return MBOX;
		return p[n - 1] == '\n' ? MAYBE_MBOX : BODY;
	}
	return header_is_field(p, n) ? FIELD : BODY;
}

static int check(const struct header *h, struct err *e)
{
	if (h->text.full)
		return err_set(e, ERR_DATA, "the header is larger than %u bytes",
			       HEADER_MAX);
	return 0;
}

/* N more bytes of the last field. */
static int more(struct header *h, const char *p, size_t n, struct err *e)
{
	struct field *f = &h->v[h->n - 1];

	dot_feed(&h->dot, p, n, &h->text);
	f->len = h->text.len - f->off;
	return check(h, e);
}

/* A new field that begins with these N bytes, the colon among them. */
static int begin(struct header *h, const char *p, size_t n, struct err *e)
{
	struct field *f;
	const char *start, *colon;

	if (h->n == HEADER_FIELDS_MAX)
		return err_set(e, ERR_DATA, "the header has more than %u fields",
			       HEADER_FIELDS_MAX);
	if (h->n == h->cap) {
		h->cap = h->cap > 0 ? h->cap * 2 : 16;
		h->v = xreallocarray(h->v, h->cap, sizeof *h->v);
	}
	f = &h->v[h->n++];
	*f = (struct field){ .off = h->text.len };
	if (more(h, p, n, e) < 0) {
		h->n--;
		return -1;
	}
	start = h->text.p + f->off;
	colon = memchr(start, ':', f->len);
	f->body = (size_t)(colon - start) + 1;
	f->name_len = f->body - 1;
	while (blank(start[f->name_len - 1]))
		f->name_len--;
	return 0;
}

/* N bytes at P are a line, or its beginning, of this kind. */
static int settle(struct header *h, enum kind kind, const char *p, size_t n,
		  struct err *e)
{
	bool whole = p[n - 1] == '\n';
	int ret = 0;

	switch (kind) {
	case FIELD:
		ret = begin(h, p, n, e);
		h->state = whole ? AT_LINE : IN_FIELD;
		break;
	case FOLD:
		ret = more(h, p, n, e);
		h->state = whole ? AT_LINE : IN_FIELD;
		break;
	case MBOX:
		h->state = whole ? AT_LINE : IN_MBOX;
		break;
	default:
		h->done = true;
		break;
	}
	h->first = false;
	return ret;
}

/* h->line holds a line, or its first LINE_KNOWN bytes, or the last. */
static int held_line(struct header *h, struct err *e)
{
	const char *p = h->line.p + h->mbox;
	size_t n = h->line.len - h->mbox;
	enum kind kind = classify(h, p, n);

	if (kind == EMPTY && h->mbox > 0)
		kind = BODY;	/* no field followed: it was text */
	if (kind == MAYBE_MBOX) {
		h->mbox = h->line.len;
		h->first = false;
		return 0;
	}
	if (settle(h, kind, p, n, e) < 0)
		return -1;
	if (kind != BODY) {
		buf_clear(&h->line);
		h->mbox = 0;
	}
	return 0;
}

/* N bytes at the beginning of a line, or behind those in h->line. */
static int at_line(struct header *h, const char *p, size_t n, bool whole,
		   size_t *used, struct err *e)
{
	size_t have = h->line.len - h->mbox;

	if (have == 0 && h->n > 0 && (whole || n >= LINE_KNOWN)) {
		/* no mbox line any more, and no need to copy */
		size_t known = n < LINE_KNOWN ? n : LINE_KNOWN;
		enum kind kind = classify(h, p, known);

		*used = kind != BODY ? known : 0;
		return settle(h, kind, p, known, e);
	}
	*used = n < LINE_KNOWN - have ? n : LINE_KNOWN - have;
	buf_add(&h->line, p, *used);
	if (h->line.len - h->mbox < LINE_KNOWN && p[*used - 1] != '\n')
		return 0;
	return held_line(h, e);
}

int header_feed(struct header *h, const char *p, size_t n, size_t *used,
		struct err *e)
{
	size_t i = 0, took;

	while (i < n && !h->done) {
		const char *lf = memchr(p + i, '\n', n - i);
		size_t len = lf != NULL ? (size_t)(lf - (p + i)) + 1 : n - i;

		if (h->state == AT_LINE) {
			if (at_line(h, p + i, len, lf != NULL, &took, e) < 0)
				return -1;
			i += took;
			continue;
		}
		if (h->state == IN_FIELD && more(h, p + i, len, e) < 0)
			return -1;
		if (lf != NULL)
			h->state = AT_LINE;
		i += len;
	}
	*used = i;
	return 0;
}

int header_end(struct header *h, struct err *e)
{
	struct field *f;

	if (!h->done && h->state == AT_LINE && h->line.len > h->mbox &&
	    held_line(h, e) < 0)
		return -1;
	h->done = true;
	if (h->n == 0)
		return 0;
	dot_end(&h->dot, &h->text);
	f = &h->v[h->n - 1];
	f->len = h->text.len - f->off;
	return check(h, e);
}

bool header_done(const struct header *h)
{
	return h->done;
}

const struct buf *header_rest(const struct header *h)
{
	return &h->line;
}

/* Does field I's name begin with PREFIX, and is it no longer if WHOLE? */
static bool name_is(const struct header *h, size_t i, const char *prefix,
		    bool whole)
{
	const char *p = h->text.p + h->v[i].off;

	for (size_t k = 0; k < h->v[i].name_len; k++) {
		if (p[k] < '!' || p[k] > '~')
			continue;
		if (*prefix == '\0' && !whole)
			break;
		if (ascii_tolower(p[k]) != ascii_tolower(*prefix))
			return false;
		prefix++;
	}
	return *prefix == '\0';
}

bool header_is(const struct header *h, size_t i, const char *name)
{
	return name_is(h, i, name, true);
}

const char *header_body(const struct header *h, size_t i, size_t *n)
{
	const struct field *f = &h->v[i];

	*n = f->len - f->body;
	return h->text.p + f->off + f->body;
}

size_t header_find(const struct header *h, size_t i, const char *name)
{
	while (i < h->n && !header_is(h, i, name))
		i++;
	return i;
}

static bool is_resent(const struct header *h, size_t i)
{
	return name_is(h, i, "Resent-", false);
}

void header_resent(const struct header *h, size_t *from, size_t *to)
{
	size_t i = 0;

	while (i < h->n && !is_resent(h, i))
		i++;
	*from = i;
	while (i < h->n && is_resent(h, i))
		i++;
	*to = i;
}
