/*
 * A queue run: every message that is due is tried once, oldest first, all
 * those of an account over one connection (lane.h).
 *
 * What a run makes of each recipient's verdict:
 *
 *	sent		leaves the entry
 *	failed		leaves it once the sender's notice is in the queue
 *	deferred	stays; the entry is due again by the account's schedule,
 *			or, when it was not due yet, when it would have been
 *	nothing	sent	the account is down: entry untouched, circuit opens
 *
 * A message past its account's queue_lifetime fails for all its recipients.
 * One that is late gets one delay notice, but only when it is the relay
 * that keeps it waiting: while nothing can be sent no notice could either,
 * and when everything goes again nobody wants it.
 *
 * A message that was sent to all is settled when the next one is on its way to
 * the same relay, which need not wait for that; and before anything else that
 * could take its time.  Where many go well, the one behind it follows before the
 * relay has answered for the next (lane.h): no more than two are in doubt when
 * the connection breaks.
 *
 * Notices made on the way are due at once, in the next run.
 *
 * A message that cannot be read, that somebody else has, or that breaks its
 * connection is passed over; it never keeps the next one waiting.
 */
#ifndef FLOW_RETRY_H
#define FLOW_RETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strv.h"
#include "flow/relay.h"
#include "flow/spool.h"

/* What became of one message in one attempt; for progress on a terminal. */
struct retry_event {
	const char *id;
	size_t sent, deferred, failed;	/* recipients */
	const char *why;		/* in words, unless all were sent */
};

struct retry_ask {
	struct spool *s;
	bool now;			/* also what is not due, and accounts
					 * that are down */
	bool gentle;			/* but not those that refused the login */
	const struct strv *only;	/* these ids, held ones too; NULL: all */
	const struct relay_trace *trace;/* or NULL */
	const char *prog;		/* for the log */
	bool quiet;			/* nobody reads standard error */
	void (*event)(void *ctx, const struct retry_event *ev);	/* or NULL */
	void *ctx;
};

struct retry_result {
	size_t tried;		/* messages given to a relay */
	size_t sent, deferred, failed;	/* recipients */
	size_t left;		/* messages that stay and are not held */
	size_t waiting;		/* of them, because their account is down */
	size_t notices;		/* messages to senders that it has queued */
	size_t troubles;	/* with the queue itself: do not come back soon */
	int64_t next;		/* seconds since 1970: when one is due; or -1 */
};

/*
 * Run.  Ends early, in good order, when we are told to stop.  -1: the queue
 * itself cannot be used (ERR_TEMP, ERR_IO); nothing was lost by it.
 */
int retry_run(const struct retry_ask *ask, struct retry_result *res,
	      struct err *e);

/* When an entry that was tried EN->tries times at NOW with the account's
 * RETRY schedule is due again: not later than the end of its LIFETIME. */
int64_t retry_next(const struct entry *en, const char *retry, int lifetime,
		   int64_t now);

#endif
