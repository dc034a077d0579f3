/*
 * What relay.c and relay_open.c share; nobody else's.
 *
 * relay_open.c makes the connection; relay.c drives the conversation.
 */
#ifndef FLOW_RELAY_INT_H
#define FLOW_RELAY_INT_H

#include <stdint.h>

#include "flow/relay.h"
#include "sys/dial.h"
#include "sys/stream.h"
#include "sys/tls.h"

struct relay {
	const struct account *acc;
	const struct relay_trace *trace;
	struct stream stream;
	struct tls_policy policy;
	struct tls_creds *creds;
	struct sasl_config sasl;
	struct smtpc_config cfg;
	struct smtpc *engine;
	struct dialled at;
	const char *host;	/* the account's; NULL for a socket */
	char *label;		/* what messages call the relay */
	char *session_of;	/* whom TLS sessions are kept for, or NULL */
	int64_t deadline;	/* of the whole delivery */
	int64_t reply_by;	/* when the reply waited for must be whole */
	unsigned long replies;	/* had when reply_by was set */
	struct relay_spare spare;
	bool idle;		/* spare is still to be called for this one */
	bool thinks;		/* it has the content */
	bool ahead;		/* and the message behind it */
	bool tls_up;
	bool broken;
};

/* Is there a "timeout" of the account's own? */
bool relay_timeout_chosen(const struct account *acc);

/* Tell the trace a remark. */
void relay_info(const struct relay *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Shake hands, and tell the engine.  -1 with E. */
int relay_start_tls(struct relay *r, struct err *e);

/* Run the conversation up to READY, DONE or FAILED, with D's content where one is
 * asked for.  -1: FAILED, E says why. */
int relay_drive(struct relay *r, const struct draft *d, struct err *e);

#endif
