/*
 * A vector of owned strings.
 */
#ifndef BASE_STRV_H
#define BASE_STRV_H

#include <stddef.h>

struct strv {
	char **v;	/* n strings, each owned; not NULL-terminated */
	size_t n;
	size_t cap;
};

#define STRV_INIT { 0 }

/* Append a copy of S. */
void strv_add(struct strv *s, const char *text);

/* Append TEXT itself; the vector owns it from now on. */
void strv_take(struct strv *s, char *text);

/* Append copies of all of FROM. */
void strv_copy(struct strv *s, const struct strv *from);

/* Free everything; empty and usable again. */
void strv_clear(struct strv *s);

#endif
