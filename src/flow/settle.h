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
 * The error that N outcomes amount to: 0 when all were SENT; else -1 with the
 * kind of the worst and a text that names every recipient not sent with the
 * relay's words (the first 20, then how many more).  Temporary if any is
 * temporary and none was sent, so that the caller tries again.
 */
int settle_sum(const struct envelope *env, const struct outcome *out,
	       struct err *e);

/* What the log line tells beside the account and the envelope. */
struct settle_note {
	uint64_t size;			/* mailsize; 0: unknown */
	const struct reply *reply;	/* the last that mattered, or NULL */
	const struct err *err;		/* NULL or ERR_NONE: success */
	const char *id;			/* queue id, or NULL */
	int delay_s;			/* seconds in the queue, or -1 */
};

/*
 * Write the line of an attempt (fields as msmtp writes them) to LINE, without time and
 * newline.
 */
void settle_line(const struct account *acc, const struct envelope *env,
		 const struct settle_note *note, struct buf *line);

/*
 * Log LINE where ACC says: file and syslog.  A log that cannot be written
 * makes one warning on standard error, never a failure.  PROG is the name
 * for messages.
 */
void settle_log(const struct account *acc, bool failed, const char *line,
		const char *prog);

#endif
