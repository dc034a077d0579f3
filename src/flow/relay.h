/*
 * A conversation with a relay: the only driver of the protocol engine.
 */
#ifndef FLOW_RELAY_H
#define FLOW_RELAY_H

#include <stdbool.h>

#include "base/err.h"
#include "base/secret.h"
#include "conf/account.h"
#include "flow/draft.h"
#include "text/envelope.h"
#include "wire/outcome.h"
#include "wire/reply.h"
#include "wire/smtpc.h"

struct relay;

/* What is done with the dialogue's lines (--debug); NULL: nothing. */
struct relay_trace {
	smtpc_trace_fn *fn;
	void *ctx;
	bool secrets;		/* with them (--show-secrets) */
};

/* Something to do while the relay thinks; without FN: nothing. */
struct relay_spare {
	void (*fn)(void *ctx);
	void *ctx;
};

/* All is borrowed: account, secret and trace for the relay's lifetime. */
struct relay_ask {
	const struct account *acc;
	const char *host;	/* one of acc->host; NULL for a socket */
	const struct secret *secret;
	const struct relay_trace *trace;
	const char *rmqs;	/* the argument for ETRN, or NULL */
	bool no_login;		/* stop before AUTH (--serverinfo) */
};

/*
 * Connect, up to where mail can be given.  -1: nothing of a message was
 * sent; the reply that refused is appended to the text, and in SAID (which may
 * be NULL), whose code is 0 when there was none.
 */
int relay_open(const struct relay_ask *ask, struct relay **out,
	       struct reply *said, struct err *e);

/*
 * Send one message.  Fills OUT, one per recipient of ENV.  LAST: QUIT goes
 * with it.  0: every verdict is in OUT and the relay may be used again
 * unless relay_usable() says no; -1: the conversation broke, E says how,
 * the verdicts are in OUT all the same.
 */
int relay_mail(struct relay *r, const struct envelope *env,
	       const struct draft *d, bool partial, bool last,
	       struct outcome *out, struct err *e);

/*
 * From SPARE: could a message like D, which must be in memory, be sent behind the
 * one whose reply is waited for?
 */
bool relay_takes_ahead(const struct relay *r, const struct draft *d);

/*
 * From SPARE: send it there.  True: its reply is relay_resume()'s; ENV and OUT are
 * borrowed until that gives, and OUT, one fresh outcome for each recipient, has
 * the verdicts even if it is not called, at relay_close().  False: not now, nothing
 * was sent (smtpc_ahead() says when), OUT may hold anything.
 */
bool relay_ahead(struct relay *r, const struct envelope *env,
		 const struct draft *d, bool partial, struct outcome *out);

/* Has R sent one, and not resumed it yet?  A relay opened later has not. */
bool relay_has_ahead(const struct relay *r);

/* As relay_mail(), for what relay_ahead() has sent. */
int relay_resume(struct relay *r, struct err *e);

/*
 * Call SPARE once in each message from now on: when the first of it is on its
 * way and an answer is waited for, at its end at the latest.  Of the relay it may
 * only call relay_takes_ahead() and relay_ahead().
 */
void relay_set_spare(struct relay *r, const struct relay_spare *spare);

/* Is the relay ready for another message? */
bool relay_usable(const struct relay *r);

/* The engine, for what it has learned (capabilities, greeting, replies). */
const struct smtpc *relay_engine(const struct relay *r);

/* The stream's TLS facts and certificate, as text; "" without TLS. */
void relay_describe(struct relay *r, struct buf *session, struct buf *cert);

/* The host asked for, or NULL: a socket. */
const char *relay_host(const struct relay *r);

/* The numeric address reached, and the host's canonical name; or "". */
const char *relay_address(const struct relay *r);
const char *relay_canonical(const struct relay *r);

/* Say QUIT if that is still possible, close, free.  Never waits. */
void relay_close(struct relay *r);

#endif
