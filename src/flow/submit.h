/*
 * One message from standard input to the relay: what `send` does, in the
 * order in which it must happen.
 */
#ifndef FLOW_SUBMIT_H
#define FLOW_SUBMIT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/secret.h"
#include "conf/argv.h"
#include "flow/compose.h"
#include "flow/draft.h"
#include "flow/queue.h"
#include "flow/relay.h"
#include "flow/route.h"
#include "text/envelope.h"
#include "text/header.h"

struct submit {
	const struct argv_result *ask;	/* borrowed */
	struct header header;	/* as read */
	struct draft draft;	/* the message as it will be sent */
	struct envelope env;
	struct misfits bad;	/* no recipients: no addresses */
	struct route route;
	bool routed;		/* route holds an account that can be used */
	struct outcome *outcome;/* one per recipient, after submit_send(); NULL:
				 * none was tried */
	struct queue_result queued;	/* what the queue has taken over */
	struct err why;		/* because of what */
	struct err refused;	/* what a notice tells of `bad`, or ERR_NONE */
};

/* Nothing read yet; ASK must outlive S. */
void submit_init(struct submit *s, const struct argv_result *ask);

/* May HOME, USER and the like be believed? */
bool submit_trusts_env(const struct argv_result *ask);

/*
 * Read the message from FD to its end, choose the account, complete the
 * envelope and edit the header.  READ false: there is no message (--pretend
 * at a terminal).
 *
 * Something among the recipients that is no address is a failure, unless a
 * queue can tell the sender of it and there are others, or for -bv, whose caller
 * tells: then it is in s->bad.
 */
int submit_prepare(struct submit *s, int fd, bool read, struct err *e);

/*
 * The same when the message is already in s->header and s->draft (draft_in)
 * and came with an envelope of its own: SMTP on standard input.
 */
int submit_given(struct submit *s, const struct envelope *env, struct err *e);

/*
 * Deliver what was prepared, or let the queue have what could not be, and
 * write the log.  0: safe; s->queued tells what waits.  TRACE may be NULL.
 */
int submit_send(struct submit *s, const struct relay_trace *trace,
		struct err *e);

/*
 * Log that the mail failed before a relay was reached, for E's reason: to
 * the account's log, also when the account is what is wrong, or when none was
 * chosen yet and one can be; to that of the command line when none can; and,
 * called as sendmail, to the system's.
 */
void submit_log_failure(struct submit *s, const struct err *e);

void submit_clear(struct submit *s);

#endif
