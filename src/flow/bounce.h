/*
 * What becomes of recipients that are given up: a notice to the sender
 * (dsn.h), entered into the same queue as a message of its own with the null
 * sender; or, where nobody can be told because the sender is null, a copy in
 * the queue's "failed", where it stays visible.
 *
 * Each exactly once, across any crash: the notice's name is made from the
 * message's (ID-b1, ID-b2 ..., ID-w for the delay notice, ID-f1 ... in
 * "failed"), it is entered before the message's env forgets the recipients,
 * and it is not sent before that has happened.
 *
 *	message's env		notice		is
 *	has the recipients	-		not begun
 *	has the recipients	there		bounce_reconcile(): env forgets them
 *	without them		there		may be sent
 *	without them		-		told
 */
#ifndef FLOW_BOUNCE_H
#define FLOW_BOUNCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/account.h"
#include "flow/spool.h"

#define BOUNCE_WHOLE_MAX 262144	/* bytes of a message that comes back whole
				 * when its sender did not say (RET) */

struct bounce {
	struct spool *s;
	const struct account *acc;	/* how it goes, and its names */
	const struct entry *en;		/* the message */
	const struct draft *draft;
	int64_t now;
};

/*
 * The recipients flagged in GONE (one per recipient of the message) failed;
 * LIFETIME: of age, in words, or NULL.  0: told, or nobody wants to be
 * (NOTIFY); the caller takes them off and counts en->notices.  -1: they must
 * stay.
 */
int bounce_failed(const struct bounce *b, const bool *gone,
		  const char *lifetime, struct err *e);

/*
 * NOTICE was sent.  If it has the header only, the message was kept in "failed"
 * until now.
 */
void bounce_told(struct spool *s, const struct entry *notice);

/*
 * The recipients flagged in LATE are still being tried, until UNTIL.  0:
 * told, or nobody wants to be.
 */
int bounce_delayed(const struct bounce *b, const bool *late, int64_t until,
		   struct err *e);

/*
 * If a crash has left a notice of H's message that its env does not know of,
 * or a copy in "failed" because there is nobody to tell, let the env know.
 * 1: it was changed (and written); 0: nothing to do.
 */
int bounce_reconcile(struct spool *s, struct spool_held *h, struct err *e);

/* May the notice EN be sent?  False: its message does not know of it yet. */
bool bounce_ready(struct spool *s, const struct entry *en);

#endif
