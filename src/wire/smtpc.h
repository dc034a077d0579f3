/*
 * The client's side of SMTP and LMTP (RFC 5321, 2033, 2920, 3030, 3207,
 * 4954) as an engine that is told bytes and says what it needs next.  It
 * knows no socket, no clock and no message content.
 *
 * Inside, a queue lists the commands sent and not yet answered: sending
 * pushes, a reply pops, a reply to nothing is an error.  Pipelining is
 * whether the send loop may run while the queue is not empty.
 *
 * A conversation:
 *
 *	smtpc_new()
 *	loop: smtpc_next() ->
 *	  WRITE  put ev.data into the stream, smtpc_wrote()
 *	  READ   flush, wait, smtpc_feed()        (or smtpc_lost())
 *	  TLS    flush, shake hands, smtpc_tls_up()
 *	  READY  smtpc_mail() or smtpc_quit()
 *	  BODY   put the content into the stream, smtpc_body_end()
 *	  DONE / FAILED
 */
#ifndef WIRE_SMTPC_H
#define WIRE_SMTPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "text/envelope.h"
#include "wire/caps.h"
#include "wire/outcome.h"
#include "wire/sasl.h"

#define SMTPC_COMMAND_MAX 131072	/* bytes of one command; AUTH with a
					 * 64 KiB token is the longest */
#define SMTPC_WINDOW 500	/* commands in flight: their replies must fit
				 * the socket buffers, or both sides would wait
				 * for each other (RFC 2920 section 3.1) */

enum smtpc_need {
	SMTPC_WRITE,	/* ev.data, ev.len; ev.secret_off/len: bytes of it
			 * that no trace may show */
	SMTPC_READ,	/* bytes from the server */
	SMTPC_TLS,	/* a TLS handshake on the stream */
	SMTPC_BODY,	/* the content, in the form ev.stuff says */
	SMTPC_READY,	/* a message, or smtpc_quit() */
	SMTPC_DONE,	/* said QUIT, or need not: close */
	SMTPC_FAILED	/* the conversation is over, smtpc_error() says why */
};

enum smtpc_tls { SMTPC_TLS_OFF, SMTPC_TLS_STARTTLS, SMTPC_TLS_IMPLICIT };
enum smtpc_pipelining { SMTPC_PIPE_OFF, SMTPC_PIPE_AUTO, SMTPC_PIPE_FULL };

/* Borrowed, must outlive the engine. */
struct smtpc_config {
	bool lmtp;
	const char *domain;		/* EHLO argument */
	enum smtpc_tls tls;
	const struct sasl_config *auth;	/* NULL: no login */
	enum smtpc_pipelining pipelining;
	bool chunking;			/* BDAT when offered */
	const char *rmqs;		/* ETRN argument instead of mail, or NULL */
};

struct smtpc_event {
	const char *data;	/* WRITE; valid until smtpc_wrote() */
	size_t len;
	size_t secret_off, secret_len;
	bool stuff;		/* BODY: dot-stuffed (DATA), else raw (BDAT) */
};

/* What the trace is told. */
enum smtpc_trace { SMTPC_SENT, SMTPC_GOT, SMTPC_INFO };
typedef void smtpc_trace_fn(void *ctx, enum smtpc_trace what, bool tls,
			    const char *line, size_t n);

struct smtpc_mail {
	const struct envelope *env;	/* borrowed until the outcomes are in */
	struct outcome *outcome;	/* one per env->rcpt, filled in */
	uint64_t size;			/* content in bytes, BDAT form */
	bool eightbit;			/* content has bytes above 127 */
	bool utf8_header;		/* header has raw UTF-8 */
	bool partial;			/* deliver to those accepted although
					 * others were refused */
	bool last;			/* QUIT follows */
	bool one_flight;		/* content is small: MAIL, RCPT and BDAT
					 * may go together */
};

struct smtpc;

/* A conversation not begun; CFG is borrowed until smtpc_free(). */
struct smtpc *smtpc_new(const struct smtpc_config *cfg);
void smtpc_free(struct smtpc *c);

/* Be told of every line sent and received, secrets as "[N bytes]". */
void smtpc_set_trace(struct smtpc *c, smtpc_trace_fn *fn, void *ctx);

/*
 * What the engine needs now.  EV is valid until the next call into the
 * engine; asking twice gives the same answer.
 */
enum smtpc_need smtpc_next(struct smtpc *c, struct smtpc_event *ev);

/* The bytes of the last WRITE are all in the stream. */
void smtpc_wrote(struct smtpc *c);

/* N bytes came from the server.  Never fails: see the next smtpc_next(). */
void smtpc_feed(struct smtpc *c, const char *p, size_t n);

/*
 * TLS is up and verified.  Everything learned before is forgotten.  CB is
 * the channel binding, copied.
 */
void smtpc_tls_up(struct smtpc *c, enum sasl_binding bind, const void *cb,
		  size_t cblen);

/*
 * Begin a transaction (after READY).  Addresses are checked here: a CR, LF,
 * NUL, other control character or blank makes ERR_DATA and nothing is sent.
 * Also -1 with the verdicts filled in and the connection still usable:
 * message larger than SIZE, SMTPUTF8 needed and not offered.
 */
int smtpc_mail(struct smtpc *c, const struct smtpc_mail *mail, struct err *e);

/* The content is in the stream, whole: exactly mail->size bytes if raw. */
void smtpc_body_end(struct smtpc *c);

/*
 * The stream ended, broke or ran into its deadline (E says which, its kind
 * decides the verdicts).  Outcomes still pending become DEFERRED,
 * maybe_sent when the whole content had been handed over.  A whole reply
 * already received counts.
 */
void smtpc_lost(struct smtpc *c, const struct err *e);

/* Say QUIT after READY; DONE follows at once. */
void smtpc_quit(struct smtpc *c);

/* After FAILED: what ended the conversation. */
const struct err *smtpc_error(const struct smtpc *c);

/*
 * The last reply that mattered: to the end of the message, or the one that
 * refused.  Code 0 when there was none.
 */
const struct reply *smtpc_last_reply(const struct smtpc *c);

/* What the last EHLO offered; empty before it and after HELO. */
const struct caps *smtpc_caps(const struct smtpc *c);

/* The server's first reply; code 0 before it came. */
const struct reply *smtpc_greeting(const struct smtpc *c);

/* The mechanism used for the login, or NULL. */
const char *smtpc_mech(const struct smtpc *c);

/* The step the conversation is at, in words: "the reply to RCPT TO". */
const char *smtpc_step(const struct smtpc *c);

/* Is the next reply the one to the end of the message? */
bool smtpc_at_end(const struct smtpc *c);

#endif
