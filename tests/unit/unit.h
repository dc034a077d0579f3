/*
 * What every unit test needs: cmocka and its includes, text with a length.
 */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A literal that may hold NULs. */
struct str {
	const char *p;
	size_t n;
};
#define S(literal) { (literal), sizeof(literal) - 1 }

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The N bytes at P are exactly the string WANT, which is shown if not. */
static inline void assert_bytes(const char *p, size_t n, const char *want,
				size_t wantn)
{
	if (n != wantn || (n > 0 && memcmp(p, want, n) != 0)) {
		print_error("got  (%zu) '%.*s'\nwant (%zu) '%.*s'\n", n, (int)n,
			    p ? p : "", wantn, (int)wantn, want);
		fail();
	}
}

#endif
