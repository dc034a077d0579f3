#include "text/traits.h"

#include <string.h>

#include "base/ascii.h"

void traits_init(struct traits *t)
{
	*t = (struct traits){ 0 };
}

/* N bytes that stay in the line, as they are or as blanks. */
static void content(struct traits *t, size_t n)
{
	t->column += n;
	t->size += n;
}

static void line_end(struct traits *t)
{
	if (t->column > t->longest)
		t->longest = t->column;
	t->column = 0;
	t->cr = 0;
	t->size += 2;
	t->lines++;
}

static void stray(struct traits *t)
{
	if (t->cr > 0)
		t->barecr = true;
	content(t, t->cr);
	t->cr = 0;
}

/* As piece() of dot.c: no LF among the N bytes, CRs anywhere. */
static void piece(struct traits *t, const char *p, size_t n)
{
	const char *end = p + n;

	while (p < end) {
		const char *cr = memchr(p, '\r', (size_t)(end - p));
		size_t len = (size_t)((cr != NULL ? cr : end) - p);

		if (len > 0) {
			stray(t);
			content(t, len);
		}
		if (cr == NULL)
			break;
		if (t->cr == 2) {
			t->barecr = true;
			content(t, 1);
		} else {
			t->cr++;
		}
		p = cr + 1;
	}
}

void traits_feed(struct traits *t, const char *p, size_t n)
{
	const char *end = p + n, *cr;

	if (n == 0)
		return;
	t->raw += n;
	t->eightbit = t->eightbit || ascii_has_8bit(p, n);
	t->nul = t->nul || memchr(p, '\0', n) != NULL;
	cr = memchr(p, '\r', n);
	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		const char *stop = lf != NULL ? lf : end;

		if (cr != NULL && cr < p)
			cr = memchr(p, '\r', (size_t)(end - p));
		if (t->cr == 0 && (cr == NULL || cr > stop))
			content(t, (size_t)(stop - p));
		else if (t->cr == 0 && lf != NULL && cr == lf - 1)
			content(t, (size_t)(cr - p));
		else
			piece(t, p, (size_t)(stop - p));
		if (lf == NULL)
			break;
		line_end(t);
		p = lf + 1;
	}
}

void traits_end(struct traits *t)
{
	stray(t);
	if (t->column > 0)
		line_end(t);
}
