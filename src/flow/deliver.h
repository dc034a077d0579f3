/*
 * One message to one account's relays: hosts in turn until one has taken
 * responsibility or refused for good.
 */
#ifndef FLOW_DELIVER_H
#define FLOW_DELIVER_H

#include "base/err.h"
#include "flow/relay.h"

struct deliver {
	const struct account *acc;
	const struct secret *secret;
	const struct envelope *env;
	const struct draft *draft;
	const struct relay_trace *trace;
	struct relay_spare spare;
	bool partial;		/* accepted recipients get it though others
				 * were refused */
	bool need_dsn;		/* a relay without DSN will not do (msmtp's rule;
				 * sendmail goes on without) */
	bool keep;		/* more mail may follow: no QUIT with this one */
	bool begun;		/* RELAY has it already, by relay_ahead() */
	struct relay *relay;	/* an open relay to use, or NULL; afterwards the
				 * one used last, or NULL; until deliver_end() */
	bool moved;		/* afterwards: RELAY is not the one that it was */
	bool reached;		/* afterwards: a relay was, and has the say */
	struct reply said;	/* the last reply that mattered, or code 0; until
				 * deliver_end() */
};

/*
 * Deliver.  OUT has one fresh outcome per recipient and every verdict is
 * decided afterwards (none PENDING).  0: all were SENT; -1: E sums up why
 * not.  Another host is tried only while nothing of the message could have
 * been accepted; one that cannot be reached changes nothing of what another
 * has said.
 */
int deliver(struct deliver *dl, struct outcome *out, struct err *e);

/* Close the relay unless it is to be kept and can be used again; forget what
 * was said. */
void deliver_end(struct deliver *dl);

#endif
