#include "text/dot.h"

#include <string.h>

void dot_init(struct dot *d, bool stuff)
{
	*d = (struct dot){ .stuff = stuff, .bol = true };
}

/* N bytes of one line, neither CR nor LF among them. */
static void plain(struct dot *d, const char *p, size_t n, struct buf *out)
{
	if (n == 0)
		return;
	if (d->bol && d->stuff && p[0] == '.')
		buf_add(out, ".", 1);
	d->bol = false;
	buf_add(out, p, n);
}

static void line_end(struct dot *d, struct buf *out)
{
	d->cr = 0;
	d->bol = true;
	buf_add(out, "\r\n", 2);
}

/* The CRs held back end no line. */
static void stray(struct dot *d, struct buf *out)
{
	for (; d->cr > 0; d->cr--) {
		d->bol = false;
		buf_add(out, " ", 1);
	}
}

/* N bytes, no LF among them, and not all of a line: CRs may be anywhere. */
static void piece(struct dot *d, const char *p, size_t n, struct buf *out)
{
	const char *end = p + n;

	while (p < end) {
		const char *cr = memchr(p, '\r', (size_t)(end - p));
		size_t len = (size_t)((cr != NULL ? cr : end) - p);

		if (len > 0) {
			stray(d, out);
			plain(d, p, len, out);
		}
		if (cr == NULL)
			break;
		if (d->cr == 2) {	/* only the last two can end a line */
			d->bol = false;
			buf_add(out, " ", 1);
		} else {
			d->cr++;
		}
		p = cr + 1;
	}
}

/*
 * The next CR is searched once and remembered, so that each byte is looked
 * at twice, by memchr() both times.
 */
void dot_feed(struct dot *d, const char *p, size_t n, struct buf *out)
{
	const char *end = p + n, *cr = n > 0 ? memchr(p, '\r', n) : NULL;

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		const char *stop = lf != NULL ? lf : end;

		if (cr != NULL && cr < p)
			cr = memchr(p, '\r', (size_t)(end - p));
		if (d->cr == 0 && (cr == NULL || cr > stop)) {
			plain(d, p, (size_t)(stop - p), out);
		} else if (d->cr == 0 && lf != NULL && cr == lf - 1) {
			plain(d, p, (size_t)(cr - p), out);
		} else {
			piece(d, p, (size_t)(stop - p), out);
		}
		if (lf == NULL)
			break;
		line_end(d, out);
		p = lf + 1;
	}
}

void dot_end(struct dot *d, struct buf *out)
{
	stray(d, out);
	if (!d->bol)
		line_end(d, out);
}
