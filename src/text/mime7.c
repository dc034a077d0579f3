#include "text/mime7.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "text/ctype.h"
#include "text/header.h"
#include "text/parthead.h"
#include "text/transfer.h"

#define CHUNK (HEADER_NAME_MAX + 1)	/* bytes of a line that are collected;
					 * the rest comes in pieces */

enum action {
	LEAVE,
	RELABEL,	/* an enclosing part: 8bit becomes 7bit */
	QUOTE,
	BASE64,
	REPAIR,		/* quoted-printable with raw bytes in it */
	MASK		/* nobody reads them */
};

/* What the first pass finds out, in the order of the parts' headers. */
struct part {
	uint64_t bytes, specials;	/* of a leaf's body, for QP */
	uint32_t root;		/* the message whose part it is, itself for one */
	uint32_t outer;		/* a root: the message it is in, itself if none */
	enum ctype_kind kind;
	enum cte cte;
	enum action action;
	bool sealed;		/* must not be changed */
	bool labelled;		/* has a Content-Type */
	bool versioned;		/* has a MIME-Version */
	bool eightbit;		/* of a multipart: outside its parts */
	bool divided;		/* a multipart: a boundary of it was there */
	bool latin;		/* not UTF-8 */
	bool changed;		/* a root: it or a part of it is encoded */
};

/* A multipart that is not closed yet. */
struct level {
	char boundary[CTYPE_BOUNDARY_MAX];
	size_t len;
	size_t part;
	bool digest, sealed;
};

struct mime7 {
	struct part *v;
	size_t n, cap;		/* parts known */
	size_t part;		/* the current one */
	size_t seen;		/* headers begun in this pass */
	bool second;		/* pass */
	bool needed;
	const char *refused;	/* why it cannot be done, NULL: it can */
	struct level level[MIME7_DEPTH];
	size_t depth;
	bool in_header;
	struct parthead head;	/* the header that is being read */
	bool digest_child;	/* its default is message/rfc822 */
	/* the body that is being read */
	struct transfer body;
	bool eol;		/* a line end is held: the boundary's, or not */
	unsigned more;		/* bytes that UTF-8 character still needs, */
	unsigned char low, high;/* and the range of the next */
	/* the line that is being read */
	struct buf line;
	bool inside;		/* its beginning was dealt with */
	struct buf *out;	/* second pass */
};

static void begin_entity(struct mime7 *m, bool root, bool digest_child);

static void reset(struct mime7 *m)
{
	m->part = m->seen = m->depth = 0;
	m->eol = m->inside = false;
	buf_clear(&m->line);
	begin_entity(m, true, false);
}

struct mime7 *mime7_new(void)
{
	struct mime7 *m = xcalloc(1, sizeof *m);

	parthead_init(&m->head);
	buf_init(&m->line, CHUNK);
	reset(m);
	return m;
}

void mime7_free(struct mime7 *m)
{
	if (m == NULL)
		return;
	parthead_clear(&m->head);
	buf_free(&m->line);
	free(m->v);
	free(m);
}

static struct part *part(const struct mime7 *m)
{
	return &m->v[m->part];
}

static void write_out(struct mime7 *m, const char *p, size_t n)
{
	if (m->second)
		buf_add(m->out, p, n);
}

static void write_line(struct mime7 *m, const char *name, const char *value)
{
	if (m->second)
		buf_addf(m->out, "%s: %s\r\n", name, value);
}

/* A header begins: of a message, or of a part of a multipart. */
static void begin_entity(struct mime7 *m, bool root, bool digest_child)
{
	uint32_t self = (uint32_t)m->seen, above = self;

	if (m->seen > 0)	/* a message in a part, or a part */
		above = root ? part(m)->root :
			m->v[m->level[m->depth - 1].part].root;
	m->in_header = true;
	parthead_begin(&m->head);
	m->digest_child = digest_child;
	m->part = m->seen++;
	if (m->second || m->n > m->part)
		return;
	if (m->n == m->cap) {
		m->cap = m->cap > 0 ? m->cap * 2 : 8;
		m->v = xreallocarray(m->v, m->cap, sizeof *m->v);
	}
	m->v[m->n++] = (struct part){
		.root = root ? self : above,
		.outer = above,
		.sealed = m->depth > 0 && m->level[m->depth - 1].sealed,
	};
}

static void begin_body(struct mime7 *m)
{
	static const enum transfer_kind kinds[] = {
		[LEAVE] = TRANSFER_COPY, [RELABEL] = TRANSFER_COPY,
		[QUOTE] = TRANSFER_QP, [BASE64] = TRANSFER_BASE64,
		[REPAIR] = TRANSFER_REPAIR, [MASK] = TRANSFER_MASK,
	};
	bool outside = part(m)->kind == CTYPE_MULTIPART;

	m->in_header = m->eol = false;
	m->more = 0;
	transfer_init(&m->body, outside ? TRANSFER_MASK : kinds[part(m)->action]);
}

/* Pass one: what the bytes of a body say about its part. */
static void look(struct mime7 *m, const char *p, size_t n)
{
	struct part *pt = part(m);

	pt->bytes += n;
	pt->specials += transfer_qp_specials(p, n);
	if (!ascii_has_8bit(p, n)) {
		pt->latin = pt->latin || (m->more > 0 && n > 0);
		m->more = 0;
		return;
	}
	pt->eightbit = true;
	for (size_t i = 0; i < n && !pt->latin && !pt->labelled; i++) {
		unsigned char c = (unsigned char)p[i];

		/* RFC 3629 section 4 */
		if (m->more > 0) {
			pt->latin = c < m->low || c > m->high;
			m->more--;
			m->low = 0x80;
			m->high = 0xBF;
		} else if (c >= 0x80) {
			pt->latin = c < 0xC2 || c > 0xF4;
			m->more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
			m->low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
			m->high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
		}
	}
}

static void body_data(struct mime7 *m, const char *p, size_t n)
{
	if (m->second)
		transfer_data(&m->body, p, n, m->out);
	else if (n > 0)
		look(m, p, n);
}

/* The line end that was held belongs to the body. */
static void body_eol(struct mime7 *m)
{
	if (!m->eol)
		return;
	m->eol = false;
	if (m->second) {
		transfer_eol(&m->body, m->out);
	} else {
		part(m)->bytes += 2;
		part(m)->latin = part(m)->latin || m->more > 0;
		m->more = 0;
	}
}

static void end_body(struct mime7 *m)
{
	if (m->second)
		transfer_end(&m->body, m->out);
	else if (m->more > 0)
		part(m)->latin = true;
}

/*
 * delimiter       = CRLF "--" boundary
 * close-delimiter = delimiter "--"	; both: *LWSP-char CRLF behind
 *
 * Is the line N bytes at P one, and of which open multipart?
 */
static bool is_boundary(const struct mime7 *m, const char *p, size_t n,
			size_t *level, bool *close)
{
	if (n < 3 || n > CHUNK || p[0] != '-' || p[1] != '-' || p[n - 1] != '\n')
		return false;
	for (size_t i = m->depth; i > 0; i--) {
		const struct level *l = &m->level[i - 1];
		size_t at = 2 + l->len;

		if (n <= at || memcmp(p + 2, l->boundary, l->len) != 0)
			continue;
		*close = n - at > 2 && p[at] == '-' && p[at + 1] == '-';
		at += *close ? 2 : 0;
		while (ascii_isblank(p[at]) || p[at] == '\r')
			at++;
		if (at == n - 1) {
			*level = i - 1;
			return true;
		}
	}
	return false;
}

/* What the header says, for pass two to know it before the header is read. */
static void note_header(struct mime7 *m)
{
	struct part *pt = part(m);

	parthead_end(&m->head);
	pt->labelled = m->head.has_type;
	pt->versioned = m->head.has_version;
	pt->cte = m->head.cte;
}

static void at_boundary(struct mime7 *m, const char *p, size_t n, size_t level,
			bool close)
{
	if (m->in_header)
		note_header(m);
	else
		end_body(m);
	if (m->eol)
		write_out(m, "\r\n", 2);
	m->eol = false;
	write_out(m, p, n);
	m->depth = level + !close;
	m->v[m->level[level].part].divided = true;
	if (!close && m->seen < MIME7_PARTS) {
		begin_entity(m, false, m->level[level].digest);
		return;
	}
	if (!close) {
		m->refused = "it has too many parts";
		m->depth = 0;
	}
	m->part = m->level[level].part;	/* what follows is outside of parts */
	begin_body(m);
}

static const char *encoding_of(const struct part *pt)
{
	switch (pt->action) {
	case RELABEL:
		return "7bit";
	case QUOTE:
		return "quoted-printable";
	case BASE64:
		return "base64";
	default:
		return NULL;
	}
}

/* Does the body change, and the header say so? */
static bool encoded(const struct mime7 *m)
{
	return m->second && (part(m)->action == QUOTE || part(m)->action == BASE64);
}

/* Into the parts of a multipart, or into the message of a message part. */
static void descend(struct mime7 *m)
{
	struct part *pt = part(m);

	if (pt->kind == CTYPE_MULTIPART) {
		struct level *l = &m->level[m->depth++];

		memcpy(l->boundary, m->head.type.boundary, m->head.type.boundary_len);
		l->len = m->head.type.boundary_len;
		l->part = m->part;
		l->digest = m->head.type.digest;
		l->sealed = m->head.type.is_signed || pt->sealed;
	}
	begin_body(m);
	if (pt->kind == CTYPE_MESSAGE)
		begin_entity(m, true, false);
}

/* What kind of part is it, now that its header is known? */
static enum ctype_kind judge(const struct mime7 *m, bool blank)
{
	switch (m->head.type.kind) {
	case CTYPE_MULTIPART:
		return m->depth < MIME7_DEPTH ? CTYPE_MULTIPART : CTYPE_SEALED;
	case CTYPE_MESSAGE:
		if (part(m)->cte >= CTE_QP)
			return CTYPE_OTHER;
		return blank && m->seen < MIME7_PARTS ? CTYPE_MESSAGE :
		       CTYPE_SEALED;
	default:
		return m->head.type.kind;
	}
}

/* The header is over, at an empty line or (not BLANK) without one. */
static void end_header(struct mime7 *m, bool blank)
{
	struct part *pt = part(m);

	note_header(m);
	if (!pt->labelled && m->digest_child)
		m->head.type.kind = CTYPE_MESSAGE;
	pt->kind = judge(m, blank);
	if (pt->kind == CTYPE_SEALED)
		pt->sealed = true;
	if (pt->changed && !pt->versioned && pt->root == m->part)
		write_line(m, "MIME-Version", "1.0");
	if (encoded(m) && !pt->labelled)
		write_line(m, "Content-Type", pt->latin ?
			   "text/plain; charset=unknown-8bit" :
			   "text/plain; charset=utf-8");
	if (encoded(m) && !m->head.has_encoding)
		write_line(m, "Content-Transfer-Encoding", encoding_of(pt));
	if (blank || encoded(m))
		write_out(m, "\r\n", 2);
	descend(m);
}

/* A field begins; one that names another encoding is replaced. */
static void header_line(struct mime7 *m, const char *p, size_t n)
{
	parthead_field(&m->head, p, n);
	if (m->head.field == PARTHEAD_ENCODING && !m->head.has_encoding &&
	    m->second && encoding_of(part(m)) != NULL)
		write_line(m, "Content-Transfer-Encoding", encoding_of(part(m)));
}

/* More of the field that is being read, line ends and folds included. */
static void header_data(struct mime7 *m, const char *p, size_t n)
{
	parthead_data(&m->head, p, n);
	if (m->head.field != PARTHEAD_ENCODING || encoding_of(part(m)) == NULL)
		write_out(m, p, n);
}

static size_t line_end_len(const char *p, size_t n)
{
	if (n == 0 || p[n - 1] != '\n')
		return 0;
	return n > 1 && p[n - 2] == '\r' ? 2 : 1;
}

/*
 * The beginning of a line: all of it when it is short, else CHUNK bytes or
 * more.
 */
static void line_begins(struct mime7 *m, const char *p, size_t n)
{
	size_t level, known = n < CHUNK ? n : CHUNK;
	bool close;

	if (is_boundary(m, p, n, &level, &close)) {
		at_boundary(m, p, n, level, close);
		return;
	}
	if (m->in_header) {
		if (line_end_len(p, n) == n) {
			end_header(m, true);
			return;
		}
		if (ascii_isblank(p[0]) ? m->head.in_field : header_is_field(p, known)) {
			if (!ascii_isblank(p[0]))
				header_line(m, p, known);
			header_data(m, p, n);
			return;
		}
		end_header(m, false);	/* this line is body */
		if (is_boundary(m, p, n, &level, &close)) {
			at_boundary(m, p, n, level, close);
			return;
		}
	}
	body_eol(m);
	body_data(m, p, n - line_end_len(p, n));
	m->eol = line_end_len(p, n) > 0;
}

static void line_goes_on(struct mime7 *m, const char *p, size_t n)
{
	if (m->in_header) {
		header_data(m, p, n);
		return;
	}
	body_data(m, p, n - line_end_len(p, n));
	m->eol = line_end_len(p, n) > 0;
}

/*
 * N bytes of one line, with its LF if WHOLE.  A CR is never the last of a
 * piece unless the line goes on, so that a line end is in one piece.
 */
static void line_piece(struct mime7 *m, const char *p, size_t n, bool whole)
{
	size_t take;

	if (m->line.len == 0 && whole) {
		if (m->inside)
			line_goes_on(m, p, n);
		else
			line_begins(m, p, n);
		m->inside = false;
		return;
	}
	while (n > 0) {
		take = CHUNK - m->line.len;
		take = n < take ? n : take;
		buf_add(&m->line, p, take);
		p += take;
		n -= take;
		whole = m->line.p[m->line.len - 1] == '\n';
		if (!whole && m->line.len < CHUNK)
			break;
		take = m->line.len - (m->line.p[m->line.len - 1] == '\r');
		if (m->inside)
			line_goes_on(m, m->line.p, take);
		else
			line_begins(m, m->line.p, take);
		m->inside = !whole;
		buf_consume(&m->line, take);
	}
}

static void feed(struct mime7 *m, const char *p, size_t n)
{
	while (n > 0) {
		const char *lf = memchr(p, '\n', n);
		size_t len = lf != NULL ? (size_t)(lf - p) + 1 : n;

		line_piece(m, p, len, lf != NULL);
		p += len;
		n -= len;
	}
}

static void end(struct mime7 *m)
{
	if (m->line.len > 0 && m->inside)
		line_goes_on(m, m->line.p, m->line.len);
	else if (m->line.len > 0)
		line_begins(m, m->line.p, m->line.len);
	buf_clear(&m->line);
	if (m->in_header) {
		note_header(m);
		return;
	}
	if (m->depth == 0)	/* else it is that of a boundary that is missing */
		body_eol(m);
	end_body(m);
	if (m->eol || m->body.any)	/* base 64 has no line end yet */
		write_out(m, "\r\n", 2);
}

void mime7_scan(struct mime7 *m, const char *p, size_t n)
{
	feed(m, p, n);
}

/* What is done with a part, or why nothing can be. */
static const char *decide(struct part *pt)
{
	if (pt->kind == CTYPE_MULTIPART || pt->kind == CTYPE_MESSAGE)
		pt->action = pt->cte == CTE_8BIT ? RELABEL : LEAVE;
	if (!pt->eightbit)
		return NULL;
	if (pt->sealed)
		return "a part that must stay as it is (signed, or of a form "
		       "that cannot be encoded) holds 8-bit characters";
	if (pt->kind == CTYPE_MULTIPART)
		return pt->divided ? NULL :
		       "a multipart whose boundary never comes holds 8-bit "
		       "characters";
	switch (pt->cte) {
	case CTE_QP:
		pt->action = REPAIR;
		break;
	case CTE_BASE64:
		pt->action = MASK;
		break;
	case CTE_FOREIGN:
		return "a part in an encoding of its own holds 8-bit characters";
	default:
		/* three characters for one special, or four for any three */
		if (pt->kind == CTYPE_TEXT && pt->bytes + 2 * pt->specials <=
					      (pt->bytes + 2) / 3 * 4)
			pt->action = QUOTE;
		else
			pt->action = BASE64;
		break;
	}
	return NULL;
}

/* The message and those it is in need a MIME-Version. */
static void mark(struct mime7 *m, uint32_t root)
{
	while (!m->v[root].changed) {
		m->v[root].changed = true;
		root = m->v[root].outer;
	}
}

int mime7_scanned(struct mime7 *m, struct err *e)
{
	const char *why;

	end(m);
	why = m->refused;
	for (size_t i = 0; i < m->n; i++)
		m->needed = m->needed || m->v[i].eightbit;
	for (size_t i = 0; i < m->n && m->needed; i++) {
		const char *bad = decide(&m->v[i]);

		if (why == NULL)
			why = bad;
		if (m->v[i].action == QUOTE || m->v[i].action == BASE64)
			mark(m, m->v[i].root);
	}
	if (m->needed && why != NULL)
		return err_set(e, ERR_DATA,
			       "the message cannot be sent without 8BITMIME: %s",
			       why);
	m->second = true;
	reset(m);
	return 0;
}

bool mime7_needed(const struct mime7 *m)
{
	return m->needed;
}

void mime7_feed(struct mime7 *m, const char *p, size_t n, struct buf *out)
{
	m->out = out;
	feed(m, p, n);
}

void mime7_end(struct mime7 *m, struct buf *out)
{
	m->out = out;
	end(m);
}
