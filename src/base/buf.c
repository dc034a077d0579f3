#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define BUF_FIRST 256	/* bytes of the first allocation */

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf)BUF_INIT(max);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->full = false;
	if (b->p != NULL)
		b->p[0] = '\0';
}

void buf_free(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void buf_wipe(struct buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap + 1);
	buf_free(b);
}

/*
 * Growing copies into fresh memory and wipes the old: a buffer may hold a
 * secret on its way, and realloc() would leave a copy behind.
 */
static bool grow(struct buf *b, size_t n)
{
	size_t cap = b->cap > 0 ? b->cap : BUF_FIRST;
	char *p;

	if (b->full || n > b->max - b->len) {
		b->full = true;
		return false;
	}
	while (cap < b->len + n)
		cap = cap > b->max / 2 ? b->max : cap * 2;
	if (cap > b->max)
		cap = b->max;
	p = xmalloc(cap + 1);
	p[b->len] = '\0';
	if (b->p != NULL) {
		memcpy(p, b->p, b->len);
		explicit_bzero(b->p, b->cap + 1);
		free(b->p);
	}
	b->p = p;
	b->cap = cap;
	return true;
}

/* Nearly always there is room already. */
static inline bool room(struct buf *b, size_t n)
{
	return (b->p != NULL && !b->full && n <= b->cap - b->len) || grow(b, n);
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	if (!room(b, n))
		return;
	if (n > 0)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
}

void buf_fill(struct buf *b, char c, size_t n)
{
	if (!room(b, n))
		return;
	memset(b->p + b->len, c, n);
	b->len += n;
	b->p[b->len] = '\0';
}

void buf_addc(struct buf *b, char c)
{
	if (!room(b, 1))
		return;
	b->p[b->len++] = c;
	b->p[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addu(struct buf *b, unsigned long long n)
{
	char text[24], *p = text + sizeof text;

	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	buf_add(b, p, (size_t)(text + sizeof text - p));
}

/* Into the room there is, and once more only if that was too little. */
void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	size_t left;
	int n;

	if (b->p == NULL)
		room(b, 0);
	left = b->p != NULL && !b->full ? b->cap - b->len : 0;
	va_copy(again, ap);
	n = vsnprintf(left > 0 ? b->p + b->len : NULL, left > 0 ? left + 1 : 0,
		      fmt, again);
	va_end(again);
	if (n < 0 || !room(b, (size_t)n)) {
		if (left > 0)
			b->p[b->len] = '\0';
		b->full = true;
		return;
	}
	if ((size_t)n > left || left == 0)
		vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(b, fmt, ap);
	va_end(ap);
}

void buf_consume(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->len - n);
	b->len -= n;
	b->p[b->len] = '\0';
}

void buf_truncate(struct buf *b, size_t n)
{
	if (b->p == NULL)
		return;
	b->len = n;
	b->p[n] = '\0';
}

const char *buf_str(const struct buf *b)
{
	return b->p != NULL ? b->p : "";
}

char *buf_steal(struct buf *b)
{
	char *p = b->p != NULL ? b->p : xstrdup("");

	buf_init(b, b->max);
	return p;
}
