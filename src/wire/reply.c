#include "wire/reply.h"

#include <string.h>

#include "base/ascii.h"

void reply_clear(struct reply *r)
{
	buf_free(&r->text);
	r->text.max = REPLY_TEXT_MAX;
	r->code = 0;
	r->local = false;
}

void reply_copy_cut(struct reply *r, const struct reply *from, size_t max)
{
	size_t n = from->text.len < max ? from->text.len : max;

	if (r == from)
		return;
	reply_clear(r);
	r->code = from->code;
	r->local = from->local;
	if (n > 0)
		buf_add(&r->text, from->text.p, n);
}

void reply_copy(struct reply *r, const struct reply *from)
{
	reply_copy_cut(r, from, REPLY_TEXT_MAX);
}

void reply_set(struct reply *r, int code, const char *fmt, ...)
{
	va_list ap;

	reply_clear(r);
	r->code = code;
	r->local = true;
	va_start(ap, fmt);
	buf_vaddf(&r->text, fmt, ap);
	va_end(ap);
}

/*
 * The length of the status code at the start of N bytes that fits CODE:
 *
 *	status-code = class "." subject "." detail
 *	class       = "2" / "4" / "5"
 *	subject     = 1*3digit
 *	detail      = 1*3digit
 *
 * with a blank or nothing behind it; 0 when there is none.
 */
static size_t status_len(const char *p, size_t n, int code)
{
	size_t at = 1;

	if (n == 0 || p[0] != '0' + code / 100)
		return 0;
	for (int part = 0; part < 2; part++) {
		size_t digits = 0;

		if (at >= n || p[at++] != '.')
			return 0;
		while (at < n && digits < 3 && ascii_isdigit(p[at])) {
			at++;
			digits++;
		}
		if (digits == 0)
			return 0;
	}
	return at == n || p[at] == ' ' || p[at] == '\n' ? at : 0;
}

bool reply_enhanced(const struct reply *r, char out[16])
{
	size_t n = 0;

	if (r->code / 100 == 2 || r->code / 100 == 4 || r->code / 100 == 5)
		n = status_len(buf_str(&r->text), r->text.len, r->code);
	if (n > 0)
		memcpy(out, r->text.p, n);
	out[n] = '\0';
	return n > 0;
}

void reply_print(const struct reply *r, struct buf *out)
{
	char enhanced[16], text[REPLY_PRINT_MAX - 3];
	struct buf line = BUF_INIT(2 * REPLY_PRINT_MAX);
	const char *p = buf_str(&r->text), *end = p + r->text.len;
	size_t skip = 0;

	reply_enhanced(r, enhanced);
	while (p < end && line.len < REPLY_PRINT_MAX) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((lf != NULL ? lf : end) - p);
		size_t room = REPLY_PRINT_MAX - line.len;

		/* The code again on a later line says nothing new. */
		if (skip > 0 && n >= skip && memcmp(p, enhanced, skip) == 0 &&
		    (n == skip || p[skip] == ' ')) {
			size_t drop = n == skip ? skip : skip + 1;

			p += drop;
			n -= drop;
		}
		skip = strlen(enhanced);
		if (n > 0) {
			buf_addc(&line, ' ');
			buf_add(&line, p, n < room ? n : room);
		}
		p = lf != NULL ? lf + 1 : end;
	}
	ascii_printable_copy(text, sizeof text, buf_str(&line), line.len);
	buf_addf(out, "%03d%s", r->code, text);
	buf_free(&line);
}

void reply_parser_init(struct reply_parser *p)
{
	*p = (struct reply_parser){
		.line = BUF_INIT(REPLY_SASL_MAX),
		.line_max = REPLY_LINE_MAX
	};
}

void reply_parser_clear(struct reply_parser *p)
{
	buf_free(&p->line);
	reply_parser_init(p);
}

bool reply_parser_partial(const struct reply_parser *p)
{
	return p->line.len > 0 || p->lines > 0;
}

static int not_smtp(const struct buf *line, struct err *e)
{
	char shown[64];

	ascii_printable_copy(shown, sizeof shown, buf_str(line), line->len);
	return err_set(e, ERR_PROTOCOL, "not an SMTP reply: '%s'", shown);
}

/*
 * Could the line begun still become a reply's?  Looks at the code and the
 * character behind it as far as they have come.
 */
static bool plausible(const char *p, size_t n)
{
	static const char first[] = "2345";

	for (size_t i = 0; i < n && i < 3; i++)
		if (i == 0 ? p[0] == '\0' || strchr(first, p[0]) == NULL
			   : !ascii_isdigit(p[i]))
			return false;
	return n < 4 || p[3] == ' ' || p[3] == '-' || p[3] == '\r';
}

/* A whole line without its LF is in P->line: 1 when it was the last one. */
static int take_line(struct reply_parser *p, struct reply *r, struct err *e)
{
	const char *s = buf_str(&p->line);
	size_t n = p->line.len;
	int code;

	if (n > 0 && s[n - 1] == '\r')
		n--;
	if (n < 3 || (n > 3 && s[3] == '\r'))
		return not_smtp(&p->line, e);
	code = (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
	if (p->lines == 0)
		r->code = code;
	else if (code != r->code)
		return err_set(e, ERR_PROTOCOL,
			       "contradictory reply: %03d and %03d in one",
			       r->code, code);
	if (p->lines > 0)
		buf_addc(&r->text, '\n');
	if (n > 4)
		buf_add(&r->text, s + 4, n - 4);
	if (++p->lines > REPLY_LINES_MAX || r->text.full)
		return err_set(e, ERR_PROTOCOL,
			       "reply without end: more than %d lines or %d bytes",
			       REPLY_LINES_MAX, REPLY_TEXT_MAX);
	return n > 3 && s[3] == '-' ? 0 : 1;
}

int reply_feed(struct reply_parser *p, const char *bytes, size_t n,
	       size_t *used, struct reply *r, struct err *e)
{
	*used = 0;
	while (*used < n) {
		const char *at = bytes + *used;
		const char *lf = memchr(at, '\n', n - *used);
		size_t len = lf != NULL ? (size_t)(lf - at) : n - *used;
		size_t room = p->line_max - p->line.len;
		int whole;

		buf_add(&p->line, at, len < room ? len : room);
		if (!plausible(buf_str(&p->line), p->line.len))
			return not_smtp(&p->line, e);
		if (len > room)
			return err_set(e, ERR_PROTOCOL,
				       "reply line without end: more than %zu bytes",
				       p->line_max);
		*used += len;
		if (lf == NULL)
			return 0;
		++*used;
		if ((whole = take_line(p, r, e)) < 0)
			return -1;
		buf_clear(&p->line);
		if (whole) {
			p->lines = 0;
			return 1;
		}
	}
	return 0;
}
