#include "text/transfer.h"

#include <string.h>

#include "base/ascii.h"
#include "base/base64.h"

#define LINE_MAX 75	/* RFC 2045 section 6.7: 76 with the "=" of a soft
			 * line break */

void transfer_init(struct transfer *t, enum transfer_kind kind)
{
	*t = (struct transfer){ .kind = kind };
}

/* Does quoted-printable take the byte as it is, but for blanks at an end? */
static bool literal(char c)
{
	return ((unsigned char)(c - ' ') <= '~' - ' ' && c != '=') || c == '\t';
}

size_t transfer_qp_specials(const char *p, size_t n)
{
	size_t specials = 0;

	for (size_t i = 0; i < n; i++)
		specials += !literal(p[i]);
	return specials;
}

static void mask(const char *p, size_t n, struct buf *out)
{
	while (n > 0) {
		size_t i = 0;

		while (i < n && (p[i] & 0x80) == 0)
			i++;
		buf_add(out, p, i);
		if (i < n)
			buf_add(out, "?", 1);
		i += i < n;
		p += i;
		n -= i;
	}
}

/* Room for WIDTH characters on this line, or on the next. */
static void make_room(struct transfer *t, size_t width, struct buf *out)
{
	if (t->col + width <= LINE_MAX)
		return;
	buf_add(out, "=\r\n", 3);
	t->col = 0;
	t->soft = true;
}

static void put_escaped(struct transfer *t, char c, struct buf *out)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char u = (unsigned char)c;
	char three[3] = { '=', hex[u >> 4], hex[u & 15] };

	make_room(t, 3, out);
	buf_add(out, three, 3);
	t->col += 3;
}

/*
 * A "-" behind a soft line break is escaped: the rest of a line must not
 * come to look like a boundary.
 */
static void put_literal(struct transfer *t, char c, struct buf *out)
{
	make_room(t, 1, out);
	if (c == '-' && t->col == 0 && t->soft) {
		put_escaped(t, c, out);
		return;
	}
	buf_add(out, &c, 1);
	t->col++;
}

/*
 * As many of the N bytes as stand for themselves and fit the line.  A blank
 * does unless it is the last: then it may end the line.
 */
static size_t put_run(struct transfer *t, const char *p, size_t n,
		      struct buf *out)
{
	size_t room = LINE_MAX - t->col, i = 0;

	if (t->col == 0)
		return 0;
	while (i < n && i < room && literal(p[i]) &&
	       (i + 1 < n || !ascii_isblank(p[i])))
		i++;
	buf_add(out, p, i);
	t->col += i;
	return i;
}

static void quote(struct transfer *t, const char *p, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n;) {
		if (t->blank != 0) {
			put_literal(t, t->blank, out);
			t->blank = 0;
		}
		i += put_run(t, p + i, n - i, out);
		if (i == n)
			break;
		if (ascii_isblank(p[i]))
			t->blank = p[i];
		else if (literal(p[i]))
			put_literal(t, p[i], out);
		else
			put_escaped(t, p[i], out);
		i++;
	}
}

static void repair(struct transfer *t, const char *p, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		if ((p[i] & 0x80) != 0) {
			t->escape = 0;
			put_escaped(t, p[i], out);
		} else if (p[i] == '=') {
			make_room(t, 3, out);
			buf_add(out, "=", 1);
			t->col++;
			t->escape = 2;
		} else if (t->escape > 0) {
			buf_add(out, p + i, 1);
			t->col++;
			t->escape--;
		} else {
			put_literal(t, p[i], out);
		}
	}
}

static void write_block(struct transfer *t, struct buf *out)
{
	if (t->n == 0)
		return;
	if (t->any)
		buf_add(out, "\r\n", 2);
	base64_encode(out, t->block, t->n);
	t->any = true;
	t->n = 0;
}

static void block(struct transfer *t, const char *p, size_t n, struct buf *out)
{
	while (n > 0) {
		size_t take = sizeof t->block - t->n;

		take = n < take ? n : take;
		memcpy(t->block + t->n, p, take);
		t->n += take;
		if (t->n == sizeof t->block)
			write_block(t, out);
		p += take;
		n -= take;
	}
}

void transfer_data(struct transfer *t, const char *p, size_t n, struct buf *out)
{
	switch (t->kind) {
	case TRANSFER_COPY:
		buf_add(out, p, n);
		break;
	case TRANSFER_MASK:
		mask(p, n, out);
		break;
	case TRANSFER_QP:
		quote(t, p, n, out);
		break;
	case TRANSFER_BASE64:
		block(t, p, n, out);
		break;
	case TRANSFER_REPAIR:
		repair(t, p, n, out);
		break;
	}
}

/* A blank at the end of a line would be lost (RFC 2045 section 6.7 (3)). */
static void put_blank(struct transfer *t, struct buf *out)
{
	if (t->blank != 0)
		put_escaped(t, t->blank, out);
	t->blank = 0;
}

void transfer_eol(struct transfer *t, struct buf *out)
{
	if (t->kind == TRANSFER_BASE64) {
		block(t, "\r\n", 2, out);
		return;
	}
	put_blank(t, out);
	buf_add(out, "\r\n", 2);
	t->col = 0;
	t->soft = false;
	t->escape = 0;
}

void transfer_end(struct transfer *t, struct buf *out)
{
	put_blank(t, out);
	write_block(t, out);
}
