/*
 * A secret on its way: a password, a token, a PIN.
 *
 * Wiped when cleared or replaced.  It has no printf form on purpose; who
 * needs the bytes takes p and len and owns what he makes of them.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#define SECRET_MAX 65536	/* bytes; the longest token that can be used */

struct secret {
	char *p;	/* NULL when unset, else len bytes and a NUL */
	size_t len;
};

#define SECRET_INIT { 0 }

/* Take a copy of N bytes, N <= SECRET_MAX (else -1, unchanged). */
int secret_set(struct secret *s, const char *p, size_t n);

/* A deep copy of FROM in place of what S held; unset stays unset. */
void secret_copy(struct secret *s, const struct secret *from);

/* Wipe and unset. */
void secret_clear(struct secret *s);

/* Does S hold a secret?  An empty one counts. */
bool secret_isset(const struct secret *s);

/* Equal bytes?  Both unset is equal. */
bool secret_eq(const struct secret *a, const struct secret *b);

#endif
