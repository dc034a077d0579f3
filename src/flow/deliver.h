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
	bool partial;		/* accepted recipients get it though others
				 * were refused */
	struct relay *relay;	/* in: an open relay to use, or NULL; */
	bool keep;		/* out: left open for the next when usable */
};

/*
 * Deliver.  OUT has one fresh outcome per recipient and every verdict is
 * decided afterwards (none PENDING).  0: all were SENT; -1: E sums up why
 * not.  Another host is tried only while nothing of the message could have
 * been accepted.
 */
int deliver(struct deliver *dl, struct outcome *out, struct err *e);

#endif
