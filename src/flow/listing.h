/*
 * The queue as people and monitoring read it.
 */
#ifndef FLOW_LISTING_H
#define FLOW_LISTING_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "flow/spool.h"

enum listing_form {
	LISTING_MAILQ,	/* lines as of mailq(1), with the sums that
			 * monitoring looks for, see sendmail(8) */
	LISTING_JSON	/* an object a line, as of postqueue -j */
};

/* Takes what was printed so far; the buffer is emptied afterwards. */
typedef void listing_out_fn(const struct buf *text);

/*
 * Print every message queued in the N queues S and of their failed/ through
 * OUT, oldest first, with sizes, dates, senders, recipients and what was last
 * said of each; then what in the directory is not ours or damaged, and which of
 * the accounts that something waits for do not work at the moment.  Memory does
 * not grow with the queue, but with the accounts that do not work.
 * -1 with ERR_IO when one cannot be read.
 */
int listing_print(struct spool *const *s, size_t n, enum listing_form form,
		  listing_out_fn *out, struct err *e);

/* The number of messages that listing_print() sums up of S, without those in
 * failed/. */
int listing_count(struct spool *s, unsigned long *n, struct err *e);

/*
 * Append all that is known of EN, a line a fact, for a person.
 */
void listing_entry(const struct entry *en, struct buf *out);

#endif
