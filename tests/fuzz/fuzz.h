/*
 * What every fuzz target needs: an invariant that stops the run, and input
 * taken apart.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(what)							\
	do {								\
		if (!(what)) {						\
			fprintf(stderr, "%s:%d: %s does not hold\n",	\
				__FILE__, __LINE__, #what);		\
			abort();					\
		}							\
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * The next slice of a text of N bytes from *AT on: its length comes from
 * SEED, so that an input fixes how it is cut.  The caller frees the copy,
 * which is of the exact size.
 */
static inline char *fuzz_slice(const char *p, size_t n, size_t *at, unsigned *seed,
			       size_t *len)
{
	char *copy;

	*seed = *seed * 1103515245u + 12345u;
	*len = (*seed >> 16) % 7 == 0 ? (*seed >> 20) % 2000 : (*seed >> 20) % 5;
	if (*len > n - *at)
		*len = n - *at;
	copy = malloc(*len > 0 ? *len : 1);
	MUST(copy != NULL);
	if (*len > 0)
		memcpy(copy, p + *at, *len);
	*at += *len;
	return copy;
}

#endif
