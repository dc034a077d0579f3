/*
 * Waiting for descriptors, for a deadline, and for being told to stop, all
 * at once.  Everything in this room that waits does it here, so that a
 * signal ends a wait wherever it falls, also just before the poll().
 * (It is not called wait.h because src/ is searched before the system's
 * headers, and <sys/wait.h> is one.)
 */
#ifndef SYS_AWAIT_H
#define SYS_AWAIT_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define AWAIT_MAX 64	/* descriptors that can be waited for together */

/*
 * Wait until one of the N descriptors of P is ready (revents are set as by
 * poll()), UNTIL comes, or we are told to stop.  The number of ready ones; 0
 * when UNTIL came first, also when it had come before the call; -1 with
 * ERR_TEMP "stopped by signal", or ERR_OS.
 */
int await_any(struct pollfd *p, size_t n, int64_t until, struct err *e);

/*
 * The same for one descriptor and a deadline that is an error: the events
 * that are ready (POLLERR and POLLHUP among them), or -1 with ERR_TEMP
 * "timeout WHAT".
 */
int await_fd(int fd, short events, int64_t deadline, const char *what,
	    struct err *e);

/* Let MS milliseconds pass; -1 with ERR_TEMP when told to stop meanwhile. */
int await_ms(int ms, struct err *e);

#endif
