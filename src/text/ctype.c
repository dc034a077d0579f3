#include "text/ctype.h"

#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "text/lex.h"

static bool space(char c)
{
	return ascii_isblank(c) || c == '\r' || c == '\n';
}

/*
 * The next piece between semicolons outside quotes and comments: where its
 * first word is and where it ends.  False at the end.
 */
static bool next_piece(struct lex *lx, size_t *from, size_t *to)
{
	struct token t = lex_next(lx);

	*from = t.off;
	if (t.kind == LEX_END)
		return false;
	while (t.kind != LEX_END && !(t.kind == LEX_SPECIAL && t.c == ';'))
		t = lex_next(lx);
	*to = t.off;
	return true;
}

/* A token: up to a blank, a comment or the end. */
static size_t token_len(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && !space(p[i]) && p[i] != '(' && p[i] != '"')
		i++;
	return i;
}

/* parameter = attribute "=" value;  value = token / quoted-string */
static void read_parameter(const char *p, size_t n, struct ctype *out)
{
	const char *eq = memchr(p, '=', n);
	struct buf value = BUF_INIT(CTYPE_BOUNDARY_MAX);
	struct token t;
	struct lex lx;
	size_t name;

	if (eq == NULL || out->boundary_len > 0)
		return;
	name = token_len(p, (size_t)(eq - p));
	if (!ascii_memcaseeq(p, name, "boundary"))
		return;
	n -= (size_t)(eq + 1 - p);
	p = eq + 1;
	lex_init(&lx, p, n);
	t = lex_next(&lx);
	if (t.kind == LEX_QUOTED)
		lex_unquote(&value, p + t.off + 1, t.len - 2);
	else if (t.kind != LEX_END)
		buf_add(&value, p + t.off, token_len(p + t.off, n - t.off));
	while (value.len > 0 && value.p[value.len - 1] == ' ')
		buf_truncate(&value, value.len - 1);
	if (value.len > 0 && !value.full) {
		memcpy(out->boundary, value.p, value.len);
		out->boundary_len = value.len;
	}
	buf_free(&value);
}

static enum ctype_kind kind_of(const char *p, size_t n)
{
	if (n > 10 && ascii_ncaseeq(p, "multipart/", 10))
		return CTYPE_MULTIPART;
	if (ascii_memcaseeq(p, n, "message/rfc822") ||
	    ascii_memcaseeq(p, n, "message/global"))
		return CTYPE_MESSAGE;
	if (ascii_memcaseeq(p, n, "message/partial") ||
	    ascii_memcaseeq(p, n, "message/external-body"))
		return CTYPE_SEALED;
	if (n >= 5 && ascii_ncaseeq(p, "text/", 5))
		return CTYPE_TEXT;
	return memchr(p, '/', n) != NULL ? CTYPE_OTHER : CTYPE_TEXT;
}

void ctype_parse(const char *p, size_t n, struct ctype *out)
{
	struct lex lx;
	size_t from, to, len;

	*out = (struct ctype){ .kind = CTYPE_TEXT };
	lex_init(&lx, p, n);
	if (!next_piece(&lx, &from, &to))
		return;
	len = token_len(p + from, to - from);
	out->kind = kind_of(p + from, len);
	out->digest = ascii_memcaseeq(p + from, len, "multipart/digest");
	out->is_signed = ascii_memcaseeq(p + from, len, "multipart/signed");
	if (out->kind != CTYPE_MULTIPART)
		return;
	while (next_piece(&lx, &from, &to))
		read_parameter(p + from, to - from, out);
	if (out->boundary_len == 0)
		out->kind = CTYPE_SEALED;
}

enum cte cte_parse(const char *p, size_t n)
{
	static const struct {
		const char *word;
		enum cte cte;
	} words[] = {
		{ "8bit", CTE_8BIT }, { "binary", CTE_8BIT },
		{ "quoted-printable", CTE_QP }, { "base64", CTE_BASE64 },
		{ "x-uuencode", CTE_FOREIGN }, { "uuencode", CTE_FOREIGN },
		{ "x-uue", CTE_FOREIGN }, { "uue", CTE_FOREIGN },
		{ "x-yencode", CTE_FOREIGN },
	};
	struct lex lx;
	struct token t;
	size_t len;

	lex_init(&lx, p, n);
	t = lex_next(&lx);
	len = token_len(p + t.off, n - t.off);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (ascii_memcaseeq(p + t.off, len, words[i].word))
			return words[i].cte;
	return CTE_IDENTITY;
}
