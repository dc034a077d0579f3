/*
 * What a relay says of itself: --serverinfo and --rmqs.
 */
#ifndef FLOW_SERVERINFO_H
#define FLOW_SERVERINFO_H

#include "base/buf.h"
#include "base/err.h"
#include "conf/account.h"
#include "flow/relay.h"

/*
 * Ask the account's first relay and append a report to OUT in the form that
 * msmtp's users parse.  No login, no mail.  Nothing is appended on -1.
 */
int serverinfo(const struct account *acc, const struct relay_trace *trace,
	       struct buf *out, struct err *e);

/* Ask the account's relay to start its queue for ARG (ETRN, RFC 1985). */
int serverinfo_rmqs(const struct account *acc, bool may_ask, const char *arg,
		    const struct relay_trace *trace, struct err *e);

#endif
