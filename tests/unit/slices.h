/*
 * Filters must give the same whatever the slices: a row's text is fed whole,
 * byte by byte and in every step size between.
 */
#ifndef TESTS_UNIT_SLICES_H
#define TESTS_UNIT_SLICES_H

#include <stdlib.h>
#include <string.h>

/*
 * Run BODY with `step` = 1, 2, ... up to the length N, largest first.  Use
 * slice_next() inside to walk.
 */
#define EACH_STEP(step, n) \
	for (size_t step = (n) > 0 ? (n) : 1; step > 0; step--)

/*
 * A slice of P at *AT of at most STEP bytes, copied to a block of its exact
 * size, so that a checker sees one byte too far; the caller frees it.
 */
static inline char *slice_next(const char *p, size_t n, size_t step, size_t *at,
			       size_t *len)
{
	char *copy;

	*len = n - *at < step ? n - *at : step;
	copy = malloc(*len > 0 ? *len : 1);
	if (copy == NULL)
		abort();
	memcpy(copy, p + *at, *len);
	*at += *len;
	return copy;
}

#endif
