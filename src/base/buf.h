/*
 * A growable run of bytes with a ceiling.
 *
 * Invariants: len <= cap <= max; p is NULL or has cap + 1 bytes and
 * p[len] is '\0', so that a buffer without NULs can be read as a string.
 * An addition that would pass the ceiling adds nothing and sets `full`,
 * which stays set until buf_clear() or buf_free(): add many times, look
 * once.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *p;	/* NULL until the first addition */
	size_t len;
	size_t cap;
	size_t max;	/* ceiling in bytes */
	bool full;	/* an addition was refused */
};

#define BUF_INIT(ceiling) { .max = (ceiling) }

/* Empty, nothing allocated, at most MAX bytes ever. */
void buf_init(struct buf *b, size_t max);

/* Empty again, memory and ceiling kept, `full` reset. */
void buf_clear(struct buf *b);

/* Memory returned; the buffer is as after buf_init() with its ceiling. */
void buf_free(struct buf *b);

/* As buf_free(), the bytes overwritten first. */
void buf_wipe(struct buf *b);

/* Append N bytes, N times C, one byte, a string, a decimal number, formatted
 * text. */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_fill(struct buf *b, char c, size_t n);
void buf_addc(struct buf *b, char c);
void buf_adds(struct buf *b, const char *s);
void buf_addu(struct buf *b, unsigned long long n);
void buf_addf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* Remove the first N bytes (N <= len). */
void buf_consume(struct buf *b, size_t n);

/* Shorten to N bytes (N <= len). */
void buf_truncate(struct buf *b, size_t n);

/* The contents as a string: "" while nothing was added. */
const char *buf_str(const struct buf *b);

/* The contents as a string that the caller frees; the buffer is empty then. */
char *buf_steal(struct buf *b);

#endif
