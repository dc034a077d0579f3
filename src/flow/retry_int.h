/*
 * What retry.c and retry_job.c share; nobody else's.
 *
 * retry.c finds the messages that are due, writes them down (claim.h) and
 * takes them one after the other; retry_job.c gives one to its relay and
 * settles what the relay says.
 */
#ifndef FLOW_RETRY_INT_H
#define FLOW_RETRY_INT_H

#include "flow/claim.h"
#include "flow/lane.h"
#include "flow/retry.h"
#include "wire/outcome.h"

#define BATCH_MAX (CLAIM_MAX / 2)	/* messages chosen together */

/* Messages that are due, as they were when they were looked at. */
struct batch {
	struct spool_look look[BATCH_MAX];
	size_t n;
};

/* One message in hand; h == NULL: none. */
struct job {
	struct spool_held *h;
	struct entry *en;	/* of h, as is the draft */
	const struct draft *draft;
	struct lane *lane;
	struct lane_mail mail;
	size_t n;		/* how many outcomes it has */
	bool unwritten;		/* its env does not tell of a doubt */
};

struct run {
	const struct retry_ask *ask;
	struct retry_result *res;
	struct spool *s;
	struct claim *claim;
	struct lanes lanes;
	int64_t now;
	struct spool_ids ids;	/* the part of the queue that is looked at */
	size_t at;		/* the next of them */
	bool end;		/* there is no part behind it */
	size_t batch_max;	/* as many as there are descriptors for */
	struct batch *ahead;	/* chosen to be sent next */
	struct batch *batch;	/* being sent */
	size_t next;		/* the next of it to be taken */
	struct spool_ids claimed;	/* its ids, behind those of the one
					 * before until they are synced */
	bool mine[CLAIM_MAX];	/* which of them may be sent */
	size_t first;		/* where the batch begins there */
	struct job taken;	/* ahead of its turn */
	struct job sent;	/* to all, and not settled yet */
	bool ending;		/* nothing more is taken */
	bool repaired;		/* for want of room */
};

/* A message stays, due again at WHEN. */
void retry_stays(struct run *r, int64_t when);

/* As retry_stays(), because of trouble that is not the message's. */
void retry_trouble(struct run *r);

/*
 * Something could not be written: what a crash left may have the room.  True,
 * once a run at most: some of it is gone, try again.
 */
bool retry_make_room(struct run *r);

/* Log that the attempt of a process that is dead is in doubt. */
void retry_log_cut_off(struct run *r, struct job *j);

/*
 * Settle the message that was sent last, if that was left for the time when the
 * next one is on its way.
 */
void retry_settle(struct run *r);

/*
 * While the relay thinks about a message, send the one that is next in hand
 * behind it, if that may be.
 */
void retry_ahead(struct run *r);

/*
 * Give the message to its relay, as often as it takes, and settle it.  J
 * still has to be let go of.
 */
void retry_job(struct run *r, struct job *j);

#endif
