#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

int secret_set(struct secret *s, const char *p, size_t n)
{
	char *copy;

	if (n > SECRET_MAX)
		return -1;
	copy = xmemdup0(p, n);
	secret_clear(s);
	s->p = copy;
	s->len = n;
	return 0;
}

void secret_copy(struct secret *s, const struct secret *from)
{
	if (s == from)
		return;
	secret_clear(s);
	if (from->p != NULL) {
		s->p = xmemdup0(from->p, from->len);
		s->len = from->len;
	}
}

void secret_clear(struct secret *s)
{
	if (s->p != NULL) {
		explicit_bzero(s->p, s->len);
		free(s->p);
	}
	*s = (struct secret)SECRET_INIT;
}

bool secret_isset(const struct secret *s)
{
	return s->p != NULL;
}

bool secret_eq(const struct secret *a, const struct secret *b)
{
	if (a->p == NULL || b->p == NULL)
		return a->p == b->p;
	return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}
