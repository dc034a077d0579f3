/*
 * What follows from the verdicts: one error for the caller, one log line
 * an attempt, one line on standard error.
 */
#ifndef FLOW_SETTLE_H
#define FLOW_SETTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/account.h"
#include "text/envelope.h"
#include "wire/outcome.h"

/*
 * The error that the outcomes amount to: 0 and E cleared when all were SENT;
 * else -1 with the kind of a temporary one, if there is any, and a text that
 * names every refused recipient with the relay's words (the first 20, then
 * how many more).  When nobody was refused, because the conversation broke,
 * the text that E comes with stays.
 */
int settle_sum(const struct envelope *env, const struct outcome *out,
	       struct err *e);

/*
 * The relay's words for the outcome that settle_sum() takes its kind from, as
 * long as OUT lives; NULL: there are none.
 */
const struct reply *settle_reply(const struct envelope *env,
				 const struct outcome *out);

/* What the log line tells beside the account and the envelope. */
struct settle_note {
	uint64_t size;			/* mailsize; 0: unknown */
	const struct reply *reply;	/* the last that mattered, or NULL */
	const struct err *err;		/* NULL or ERR_NONE: success */
	const char *id;			/* queue id, or NULL */
	int delay_s;			/* seconds in the queue, or -1 */
	bool doubt;			/* somebody may have got it all the same */
	bool again;			/* somebody may have had it before */
};

/* Is any recipient deferred who may have got the message? */
bool settle_doubt(const struct envelope *env, const struct outcome *out);

/*
 * Write the line of an attempt (fields as msmtp writes them) to LINE, without time and
 * newline.
 */
void settle_line(const struct account *acc, const struct envelope *env,
		 const struct settle_note *note, struct buf *line);

/* Does ACC want a log at all? */
bool settle_logs(const struct account *acc);

/*
 * Log LINE where ACC says: to a file, and to the system's log under the name
 * IDENT.  A file that cannot be written is never a failure: there is one line
 * about it, with LINE in it, on standard error, behind the name PROG; or, where
 * nobody expects one there (PROG is NULL), in the system's log.
 */
void settle_log(const struct account *acc, bool failed, const char *line,
		const char *ident, const char *prog);

#endif
