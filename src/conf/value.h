/*
 * Values as people write them: numbers, times, schedules.
 */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * A whole number MIN..MAX in the notation of C, as msmtp reads it: decimal,
 * hexadecimal behind 0x, octal behind 0.  -1 with ERR_CONFIG.
 */
int value_number(const char *text, long min, long max, long *out,
		 struct err *e);

/*
 * A time MIN..MAX in seconds: a number as above, or a decimal number with s,
 * m, h, d or w behind it.  -1 with ERR_CONFIG.
 */
int value_duration(const char *text, long min, long max, long *out,
		   struct err *e);

/* SECONDS in the shortest exact form: 90s, 5m, 2h, 5d. */
void value_duration_print(long seconds, struct buf *out);

/*
 * When a queued mail is tried again:
 *
 *	schedule = first ["*" factor] [".." ceiling]
 *
 * first and ceiling are times, factor a number 1..100 (1 when absent).
 * "1m*2..2h" waits 1, 2, 4 ... 64 and then 120 minutes for ever.
 */
struct schedule {
	long first;	/* seconds, at least 1 */
	long factor;
	long ceiling;	/* seconds, at least first */
};

#define SCHEDULE_MAX (30L * 86400)	/* seconds of the longest wait */

/* Read TEXT; -1 with ERR_CONFIG. */
int schedule_parse(const char *text, struct schedule *out, struct err *e);

/* Seconds to wait after TRIES failed attempts, the first being 1. */
long schedule_wait(const struct schedule *s, unsigned tries);

#endif
