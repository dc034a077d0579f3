#include "text/lex.h"

#include <string.h>

#include "base/ascii.h"

void lex_init(struct lex *lx, const char *p, size_t n)
{
	*lx = (struct lex){ .p = p, .n = n };
}

bool lex_isatext(char c)
{
	return ascii_isalnum(c) || (c & 0x80) != 0 ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/*
 * The length of a line end at I that only folds: [CR] LF before a blank or
 * the end of the text; else 0.
 */
static size_t fold(const struct lex *lx, size_t i)
{
	size_t len = lx->p[i] == '\r' ? 2 : 1;

	if (len > lx->n - i || lx->p[i + len - 1] != '\n')
		return 0;
	if (i + len == lx->n || ascii_isblank(lx->p[i + len]))
		return len;
	return 0;
}

/*
 * The offset behind a quoted string or comment that opens at I, or 0 when
 * it is not closed or holds a NUL or a line end.
 *
 *	quoted-string = DQUOTE *([FWS] qcontent) [FWS] DQUOTE
 *	comment       = "(" *([FWS] ccontent) [FWS] ")"
 *	ccontent      = ctext / quoted-pair / comment
 */
static size_t closing(struct lex *lx, size_t i, size_t *bad)
{
	bool quote = lx->p[i] == '"';
	size_t depth = 1, len;

	if (i < *bad)
		return 0;
	for (i++; i < lx->n; i++) {
		char c = lx->p[i];

		if (c == '\\' && i + 1 < lx->n)
			c = lx->p[++i];
		else if (quote ? c == '"' : c == ')')
			depth--;
		else if (!quote && c == '(')
			depth++;
		if (depth == 0)
			return i + 1;
		if (c == '\0')
			break;
		if (c == '\r' || c == '\n') {
			if ((len = fold(lx, i)) == 0)
				break;
			i += len - 1;
		}
	}
	*bad = i;
	return 0;
}

/* CFWS = (1*([FWS] comment) [FWS]) / FWS; was there any? */
static bool skip_cfws(struct lex *lx)
{
	size_t start = lx->at, next;

	while (lx->at < lx->n) {
		char c = lx->p[lx->at];

		if (ascii_isblank(c)) {
			lx->at++;
		} else if (c == '\r' || c == '\n') {
			if ((next = fold(lx, lx->at)) == 0)
				break;
			lx->at += next;
		} else if (c == '(') {
			next = closing(lx, lx->at, &lx->bad_comment);
			if (next == 0)
				break;
			lx->comment = true;
			lx->comment_off = lx->at + 1;
			lx->comment_len = next - lx->at - 2;
			lx->at = next;
		} else {
			break;
		}
	}
	return lx->at > start;
}

static const char *complaint(char c)
{
	switch (c) {
	case '"':
		return "a quote is not closed";
	case '(':
		return "a comment is not closed";
	case ')':
		return "')' without '('";
	case '[':
		return "a '[' is not closed, or wrong inside";
	case ']':
		return "']' without '['";
	case '\\':
		return "a backslash outside quotes";
	case '\0':
		return "it holds a NUL";
	case '\r':
	case '\n':
		return "it holds a line end";
	default:
		return "it holds a control character";
	}
}

/*
 * domain-literal = "[" *([FWS] dtext) [FWS] "]"
 *
 * Only what address literals are made of (RFC 5321 section 4.1.3): dtext has
 * "<", ">" and quotes as well, which would confuse whoever reads the command.
 */
static size_t literal_end(const struct lex *lx, size_t i)
{
	for (i++; i < lx->n; i++) {
		char c = lx->p[i];

		if (c == ']')
			return i + 1;
		if (c != ':' && c != '.' && (!lex_isatext(c) || (c & 0x80) != 0))
			break;
	}
	return 0;
}

struct token lex_next(struct lex *lx)
{
	struct token t = { .kind = LEX_END };
	size_t end = 0;

	t.gap = skip_cfws(lx);
	t.off = lx->at;
	if (lx->at == lx->n)
		return t;
	t.c = lx->p[t.off];
	if (lex_isatext(t.c)) {
		for (end = t.off; end < lx->n && lex_isatext(lx->p[end]);)
			end++;
		t.kind = LEX_ATOM;
	} else if (t.c == '"') {
		end = closing(lx, t.off, &lx->bad_quote);
		t.kind = LEX_QUOTED;
	} else if (t.c == '[') {
		end = literal_end(lx, t.off);
		t.kind = LEX_LITERAL;
	} else if (t.c != '\0' && strchr("<>@,;:.", t.c) != NULL) {
		end = t.off + 1;
		t.kind = LEX_SPECIAL;
	}
	if (end == 0) {
		end = t.off + 1;
		t.kind = LEX_BAD;
		t.why = complaint(t.c);
	}
	t.len = end - t.off;
	lx->at = end;
	return t;
}

void lex_unquote(struct buf *out, const char *p, size_t n)
{
	size_t start = 0;

	for (size_t i = 0; i < n; i++) {
		bool pair = p[i] == '\\' && i + 1 < n &&
			    p[i + 1] != '\r' && p[i + 1] != '\n';

		if (!pair && p[i] != '\r' && p[i] != '\n')
			continue;
		buf_add(out, p + start, i - start);
		start = pair ? ++i : i + 1;
	}
	buf_add(out, p + start, n - start);
}
