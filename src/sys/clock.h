/*
 * Time that only goes forward, for deadlines.
 */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include <stdint.h>

#define CLOCK_NEVER INT64_MAX	/* a deadline that does not come */

/* Milliseconds of the monotonic clock. */
int64_t clock_ms(void);

/* The deadline SECONDS from now; 0 or less: never. */
int64_t clock_in(int seconds);

/* Milliseconds until DEADLINE for poll(): 0 when over, -1 for never. */
int clock_left(int64_t deadline);

/* The sooner of two deadlines. */
static inline int64_t clock_sooner(int64_t a, int64_t b) { return a < b ? a : b; }

#endif
