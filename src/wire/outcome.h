/*
 * What became of one recipient.  Data, not an error.
 */
#ifndef WIRE_OUTCOME_H
#define WIRE_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "wire/reply.h"

#define OUTCOME_TEXT_MAX 1024	/* bytes of a reply's text that are kept: a
				 * server could send a long one for each of
				 * ten thousand recipients */

enum verdict { PENDING, SENT, DEFERRED, FAILED };

struct outcome {
	enum verdict verdict;
	bool maybe_sent;	/* the line was lost after the final dot */
	enum err_kind kind;	/* why, when not SENT: picks the exit status */
	struct reply reply;	/* the relay's words, or ours in the same form */
};

#define OUTCOME_INIT { .verdict = PENDING, .reply = REPLY_INIT }

/* Pending again, the reply's memory returned. */
void outcome_clear(struct outcome *o);

/*
 * Give O its verdict, kind and a copy of R (at most OUTCOME_TEXT_MAX bytes
 * of its text; R may be NULL).
 */
void outcome_set(struct outcome *o, enum verdict v, enum err_kind kind,
		 const struct reply *r);

/* N fresh outcomes, all PENDING; outcomes_free() them. */
struct outcome *outcomes_new(size_t n);

/* Free what outcomes_new() gave; O may be NULL. */
void outcomes_free(struct outcome *o, size_t n);

/*
 * Give every outcome still PENDING this verdict, kind and a copy of R, as
 * outcome_set() does.
 */
void outcomes_settle(struct outcome *o, size_t n, enum verdict v,
		     enum err_kind kind, const struct reply *r);

/*
 * The same with E's kind and its text as our own words: FAILED when E is about
 * the message itself, else DEFERRED.
 */
void outcomes_settle_err(struct outcome *o, size_t n, const struct err *e);

#endif
