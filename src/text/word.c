#include "text/word.h"

#include <string.h>

#include "base/ascii.h"
#include "base/base64.h"
#include "text/lex.h"

#define LINE_MAX 76	/* RFC 2047 section 2: a line with an encoded word */
#define WORD_MAX 75	/* an encoded word */
#define DECODE_MAX 1000	/* one that somebody else wrote */
#define RUN_MAX 400	/* bytes without a blank that a line can take */

/* Runs of blanks and controls as one blank, none at the ends. */
static void clean(struct buf *b, const char *name)
{
	bool gap = false;

	for (; *name != '\0'; name++) {
		if (*name == ' ' || ascii_iscntrl(*name)) {
			gap = b->len > 0;
			continue;
		}
		if (gap)
			buf_addc(b, ' ');
		gap = false;
		buf_addc(b, *name);
	}
}

static size_t longest_run(const char *p, size_t n)
{
	size_t run = 0, longest = 0;

	for (size_t i = 0; i < n; i++) {
		run = p[i] == ' ' ? 0 : run + 1;
		longest = run > longest ? run : longest;
	}
	return longest;
}

static bool all_atoms(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != ' ' && !lex_isatext(p[i]))
			return false;
	return true;
}

/*
 * Words separated by blanks, folded where the line would pass LINE_MAX;
 * QUOTE: as a quoted string.
 */
static void add_words(struct buf *out, const char *p, size_t n, size_t col,
		      bool quote)
{
	if (quote) {
		buf_addc(out, '"');
		col++;
	}
	for (size_t i = 0; i < n;) {
		size_t end = i;

		while (end < n && p[end] == ' ')
			end++;
		while (end < n && p[end] != ' ')
			end++;
		if (i > 0 && col + (end - i) >= LINE_MAX) {
			buf_adds(out, "\r\n");
			col = 0;
		}
		col += end - i;
		for (; i < end; i++) {
			if (quote && (p[i] == '"' || p[i] == '\\')) {
				buf_addc(out, '\\');
				col++;
			}
			buf_addc(out, p[i]);
		}
	}
	if (quote)
		buf_addc(out, '"');
}

/* The largest piece of N bytes that is not longer than MAX, cut between
 * characters of UTF-8. */
static size_t whole_characters(const char *p, size_t n, size_t max)
{
	size_t len = max;

	if (n <= max)
		return n;
	while (len > 0 && ((unsigned char)p[len] & 0xC0) == 0x80)
		len--;
	return len;
}

/*
 * encoded-word = "=?" charset "?" encoding "?" encoded-text "?="
 */
static void add_encoded(struct buf *out, const char *p, size_t n, size_t col)
{
	bool utf8 = ascii_utf8_valid(p, n);
	const char *begin = utf8 ? "=?UTF-8?B?" : "=?unknown-8bit?B?";
	size_t frame = strlen(begin) + 2;

	for (size_t i = 0; i < n;) {
		size_t room = col + frame < LINE_MAX ? LINE_MAX - col : 0, take;

		if (room > WORD_MAX)
			room = WORD_MAX;
		/* four characters hold three bytes; one of UTF-8 has up to 4 */
		take = room > frame ? (room - frame) / 4 * 3 : 0;
		if (take >= 4)
			take = utf8 ? whole_characters(p + i, n - i, take) :
			       n - i < take ? n - i : take;
		else
			take = 0;
		if (take > 0) {
			buf_adds(out, begin);
			base64_encode(out, p + i, take);
			buf_adds(out, "?=");
			i += take;
		}
		if (i < n) {
			buf_adds(out, "\r\n ");
			col = 1;
		}
	}
}

void word_phrase(struct buf *out, const char *name, size_t col)
{
	struct buf b = BUF_INIT(strlen(name));

	clean(&b, name);
	if (b.len == 0)
		goto done;
	if (ascii_has_8bit(b.p, b.len) || longest_run(b.p, b.len) > RUN_MAX)
		add_encoded(out, b.p, b.len, col);
	else
		add_words(out, b.p, b.len, col, !all_atoms(b.p, b.len));
done:
	buf_free(&b);
}

void word_mailbox(struct buf *out, const char *name, const char *spec,
		  size_t col)
{
	size_t start = out->len;
	const char *eol = NULL;

	if (name != NULL)
		word_phrase(out, name, col);
	if (out->len == start) {
		buf_adds(out, spec);
		return;
	}
	eol = memrchr(out->p + start, '\n', out->len - start);
	col = eol != NULL ? (size_t)(out->p + out->len - eol) - 1 :
	      col + out->len - start;
	if (col + strlen(spec) + 3 > LINE_MAX)
		buf_adds(out, "\r\n");
	buf_adds(out, " <");
	buf_adds(out, spec);
	buf_adds(out, ">");
}

enum charset { OTHER, UTF8, LATIN1 };	/* US-ASCII is UTF-8 */

static enum charset charset_of(const char *p, size_t n)
{
	const char *star = memchr(p, '*', n);	/* RFC 2231: language */

	if (star != NULL)
		n = (size_t)(star - p);
	if (ascii_memcaseeq(p, n, "utf-8") || ascii_memcaseeq(p, n, "utf8") ||
	    ascii_memcaseeq(p, n, "us-ascii"))
		return UTF8;
	if (ascii_memcaseeq(p, n, "iso-8859-1") ||
	    ascii_memcaseeq(p, n, "latin1"))
		return LATIN1;
	return OTHER;
}

static int hex(char c)
{
	c = ascii_toupper(c);
	if (ascii_isdigit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 2047 section 4.2; -1 when a "=" is followed by no two digits. */
static int decode_q(struct buf *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int high, low;

		if (p[i] != '=') {
			buf_addc(out, p[i] == '_' ? ' ' : p[i]);
			continue;
		}
		if (n - i < 3)
			return -1;
		high = hex(p[i + 1]);
		low = hex(p[i + 2]);
		if (high < 0 || low < 0)
			return -1;
		buf_addc(out, (char)(high << 4 | low));
		i += 2;
	}
	return 0;
}

static void add_text(struct buf *out, const struct buf *text, enum charset cs)
{
	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->p[i];

		if (cs == LATIN1 && c >= 0x80) {
			buf_addc(out, (char)(0xC0 | c >> 6));
			buf_addc(out, (char)(0x80 | (c & 0x3F)));
		} else {
			buf_addc(out, text->p[i]);
		}
	}
}

/*
 * Is there an encoded word at the beginning of the N bytes?  Appends what
 * it says and gives its length, else 0.
 */
static size_t decode_one(struct buf *out, const char *p, size_t n)
{
	struct buf text = BUF_INIT(DECODE_MAX);
	const char *mark[3];	/* the three "?" behind "=?" */
	enum charset cs;
	size_t len = 0, at = 2;
	int ok = -1;

	n = n < DECODE_MAX ? n : DECODE_MAX;
	if (n < 8 || memcmp(p, "=?", 2) != 0)
		return 0;
	for (size_t i = 0; i < 3; i++) {
		mark[i] = memchr(p + at, '?', n - at);
		if (mark[i] == NULL)
			return 0;
		at = (size_t)(mark[i] - p) + 1;
	}
	cs = charset_of(p + 2, (size_t)(mark[0] - p) - 2);
	if (mark[1] != mark[0] + 2 || at == n || p[at] != '=' || cs == OTHER)
		return 0;
	len = (size_t)(mark[2] - mark[1]) - 1;
	if (memchr(mark[1], ' ', len + 1) != NULL)
		return 0;
	if (ascii_toupper(mark[0][1]) == 'B')
		ok = base64_decode(&text, mark[1] + 1, len);
	else if (ascii_toupper(mark[0][1]) == 'Q')
		ok = decode_q(&text, mark[1] + 1, len);
	if (ok == 0)
		add_text(out, &text, cs);
	buf_free(&text);
	return ok == 0 ? at + 1 : 0;
}

void word_decode(struct buf *out, const char *p, size_t n)
{
	struct buf text = BUF_INIT(2 * n), one = BUF_INIT(2 * DECODE_MAX);
	bool after_word = false;
	size_t gap = 0;	/* blanks not written yet */

	for (size_t i = 0; i < n;) {
		size_t used;

		if (p[i] == '\r' || p[i] == '\n' || ascii_isblank(p[i])) {
			gap += ascii_isblank(p[i++]);
			continue;
		}
		buf_clear(&one);
		used = decode_one(&one, p + i, n - i);
		/* blanks between two encoded words only separate them */
		if (text.len > 0 && !(used > 0 && after_word))
			for (; gap > 0; gap--)
				buf_addc(&text, ' ');
		gap = 0;
		after_word = used > 0;
		if (used > 0)
			buf_add(&text, buf_str(&one), one.len);
		else
			buf_addc(&text, p[i++]);
		i += used;
	}
	ascii_printable(out, buf_str(&text), text.len);
	buf_free(&one);
	buf_free(&text);
}
