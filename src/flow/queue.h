/*
 * What the queue takes over from a call: whether it is asked at all, what
 * becomes of each verdict, and who goes on with it.
 *
 *	`queue`	called as sendmail	as ostler or msmtp
 *	auto	on			off
 *	on	on			on
 *	only	never tried at once	never tried at once
 *	off	off			off
 *
 * -odq makes "on" of it "only".  -odb tries at once, as -odi and -odf do: who
 * composes a mail with it (Alpine) wants to hear that it was refused.
 */
#ifndef FLOW_QUEUE_H
#define FLOW_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "conf/account.h"
#include "conf/argv.h"
#include "flow/draft.h"
#include "text/envelope.h"
#include "wire/outcome.h"

/* One mail of one call; borrowed. */
struct queue_ask {
	const struct account *acc;	/* chosen, complete */
	bool as_sendmail;
	enum delivery delivery;		/* -odX */
	const char *rc_file;		/* -C, or NULL */
	bool trust_env;			/* as route_ask's */
	const struct account *over;	/* the command line's rows, or NULL */
	const struct envelope *env;
	const struct draft *draft;
};

struct queue_result {
	char id[40];		/* of the queued message; "": none was queued */
	size_t queued;		/* recipients that wait in the queue */
	size_t failed;		/* refused for good: their sender will be told */
};

/* Is there a queue for this mail if it cannot go now? */
bool queue_wanted(const struct queue_ask *q);

/*
 * Is it to be queued without a try: because it was asked for, or because the
 * account's login was refused a short while ago and asking again with every
 * mail would lock it?
 */
bool queue_first(const struct queue_ask *q);

/*
 * After the attempt: OUT has what became of each recipient (NULL: none was
 * tried), REACHED whether the relay was ever ready for mail, WHY what the
 * attempt ended with.
 *
 *  0: the queue has taken responsibility for everybody not sent: deferred
 *     recipients wait in it, and for refused ones a notice to the sender
 *     does.  The runner is awake.
 *  1: it has not, for it is off, or everybody was refused: WHY stands.
 * -1: it should have and could not; E says why, ERR_TEMP or ERR_IO.
 */
int queue_accept(const struct queue_ask *q, const struct outcome *out,
		 bool reached, const struct err *why, struct queue_result *res,
		 struct err *e);

/*
 * Everybody in q->env was refused before there was an attempt, with the words
 * of OUT: a notice to the sender enters the queue, or with the null sender a
 * copy its failed/.  RES has the id it is named after.  -1: there is none, E
 * says why, ERR_TEMP or ERR_IO.
 */
int queue_tell(const struct queue_ask *q, const struct outcome *out,
	       struct queue_result *res, struct err *e);

/* The relay was reached: what waits for it is tried now. */
void queue_reached(const struct queue_ask *q);

#endif
