/*
 * Library calls that know no deadline, done in a thread that can be left
 * behind.
 */
#ifndef SYS_ASIDE_H
#define SYS_ASIDE_H

#include <stdint.h>

#include "base/err.h"

/*
 * Do WORK(ARG) in a thread of its own, where no signal arrives, and wait for
 * it.  0: it is done, ARG is the caller's again.  -1 with ERR_TEMP (DEADLINE
 * came, we are to stop; the message says WHAT was waited for): ARG belongs
 * to the thread, which ends it with DROP(ARG) when WORK returns - or the
 * process ends before that.  Where no thread can be had (a limit on
 * processes) the work is done in place and the deadline is not kept.
 */
int aside(void (*work)(void *), void (*drop)(void *), void *arg,
	  int64_t deadline, const char *what, struct err *e);

#endif
