/*
 * What became of one recipient.  Data, not an error.
 */
#ifndef WIRE_OUTCOME_H
#define WIRE_OUTCOME_H

#include <stdbool.h>

#include "base/err.h"
#include "wire/reply.h"

enum verdict { PENDING, SENT, DEFERRED, FAILED };

struct outcome {
	enum verdict verdict;
	bool maybe_sent;	/* the line was lost after the final dot */
	enum err_kind kind;	/* why, when not SENT: picks the exit status */
	struct reply reply;	/* the relay's words, or ours in the same form */
};

#define OUTCOME_INIT { .verdict = PENDING, .reply = REPLY_INIT }

void outcome_clear(struct outcome *o);

/* N fresh outcomes, all PENDING; outcomes_free() them. */
struct outcome *outcomes_new(size_t n);
void outcomes_free(struct outcome *o, size_t n);

/* Give every outcome still PENDING this verdict, kind and a copy of R. */
void outcomes_settle(struct outcome *o, size_t n, enum verdict v,
		     enum err_kind kind, const struct reply *r);

#endif
