/*
 * Memory that is there or the program is not.
 *
 * Every function returns valid memory or ends the process with EX_OSERR
 * (71) and one line on standard error, under the name that the program was
 * called by; nothing here returns NULL.  A mail client has no useful work left
 * when a few kilobytes are refused, and a caller that queues or retries must
 * see an exit status, not a signal.  What grows with foreign input goes
 * through struct buf and its ceiling, so an attacker cannot reach this exit by
 * sending more.
 */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stddef.h>

/* N bytes, uninitialised; n == 0 gives a unique pointer.  free() it. */
void *xmalloc(size_t n) __attribute__((malloc, returns_nonnull));

/* N zeroed elements of SIZE bytes; an overflowing product ends the program. */
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));

/* P grown or shrunk to N elements of SIZE bytes, contents kept. */
void *xreallocarray(void *p, size_t n, size_t size)
	__attribute__((returns_nonnull));

/* A copy of S, never NULL. */
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));

/* A copy of S, or NULL when S is NULL. */
char *xstrdup_null(const char *s) __attribute__((malloc));

/* The first N bytes of P with a NUL behind them; P may hold NULs. */
char *xmemdup0(const char *p, size_t n) __attribute__((malloc, returns_nonnull));

/* printf into fresh memory. */
char *xasprintf(const char *fmt, ...)
	__attribute__((malloc, returns_nonnull, format(printf, 1, 2)));

#endif
