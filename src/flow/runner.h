/*
 * The process that a call leaves behind to empty the queue.
 *
 * One per queue, by the lock on the file "run/runner" (which tells host, boot
 * and pid of its holder).  It sleeps until something is due, until
 * "run/wake" is touched, or RUNNER_SLEEP_S at most, and is gone when nothing
 * is left but what a person holds.  Nothing depends on it: any later call, a
 * timer, or `ostler -q` goes on where it ended.
 *
 * It is a program of its own (the same one, executed anew), in a session of
 * its own, with "/" as folder, 077 as umask, its descriptors closed, and no
 * memory of the call it came from.
 */
#ifndef FLOW_RUNNER_H
#define FLOW_RUNNER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "flow/spool.h"

#define RUNNER_SLEEP_S 300	/* longest sleep: the clock may be set, another
				 * machine may have queued something */
#define RUNNER_BLIND_S 30	/* when "run/wake" cannot be watched */
#define RUNNER_PAUSE_S 60	/* after trouble with the queue itself */

/* The program to execute; NULL: none is left behind (tests). */
extern const char *runner_program;

/* Wake the queue's runner, or leave one behind when there is none. */
void runner_wake(struct spool *s);

/* Is there one?  TEXT (may be NULL) gets what its file says of it. */
bool runner_there(struct spool *s, char *text, size_t size);

/*
 * Be the runner of the queue DIR, until nothing is left to do or we are told
 * to stop.  0, also when another is there already; -1 with E.
 */
int runner_main(const char *dir, const char *prog, struct err *e);

/*
 * Run the queue every INTERVAL seconds until told to stop: for service
 * managers that keep a process in the foreground.  What may be better next time
 * (a full disk, too many runs at work) is told on standard error; -1 for
 * the rest.
 */
int runner_every(const char *dir, unsigned interval, const char *prog,
		 struct err *e);

#endif
