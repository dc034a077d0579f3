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
	SMTPC_READ,	/* bytes from the server; everything handed over so
			 * far must be on its way first */
	SMTPC_TLS,	/* a TLS handshake on the stream; with implicit TLS
			 * the first thing asked for */
	SMTPC_BODY,	/* the content, in the form ev.stuff says; the final
			 * dot is the engine's, by a WRITE */
	SMTPC_READY,	/* a message, or smtpc_quit() */
	SMTPC_DONE,	/* said QUIT, or need not: flush once without
			 * waiting, close */
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
	const char *data;	/* WRITE */
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

/* Wipe and free; C may be NULL.  Verdicts are left as they are. */
void smtpc_free(struct smtpc *c);

/*
 * Be told of every line sent and received (without its line end, printable),
 * and of changes of state.  The login's messages are told as "[N bytes]", and
 * what a reply repeats of the password as "*", unless SECRETS.
 */
void smtpc_set_trace(struct smtpc *c, smtpc_trace_fn *fn, void *ctx,
		     bool secrets);

/*
 * What the engine needs now; EV is filled in as the need says and is valid
 * until the next call into the engine.  Asking twice gives the same answer.
 */
enum smtpc_need smtpc_next(struct smtpc *c, struct smtpc_event *ev);

/*
 * The data of the last WRITE is in the stream: say so before feeding
 * anything, a reply to what was not yet written is a reply nobody asked for.
 */
void smtpc_wrote(struct smtpc *c);

/*
 * N bytes came from the server, at any time: a reply may come while the
 * content is still going out, so ask smtpc_next() again after feeding.
 * Never fails: see the next smtpc_next().
 */
void smtpc_feed(struct smtpc *c, const char *p, size_t n);

/*
 * TLS is up and verified.  Everything learned before is forgotten, the
 * greeting's text excepted, which is only ever shown.  CB is the channel
 * binding, copied.
 */
void smtpc_tls_up(struct smtpc *c, enum sasl_binding bind, const void *cb,
		  size_t cblen);

/*
 * Begin a transaction (after READY).  All verdicts become PENDING; READY,
 * DONE or FAILED come when each recipient has one.
 *
 * -1 with the verdicts filled in, nothing sent, and the connection still
 * READY (also with mail->last: call smtpc_quit()), when
 *	an address holds what no command may carry		ERR_DATA
 *	the message is larger than the relay's SIZE		ERR_DATA
 *	a local part needs SMTPUTF8 and that is not offered: the sender's,
 *	or a recipient's unless partial, or all of them		ERR_DATA
 *	there are more recipients than LIMITS RCPTMAX, not partial
 *							ERR_UNAVAILABLE
 * With partial a recipient that cannot be written without SMTPUTF8 is
 * FAILED and one past RCPTMAX is DEFERRED, and the others go on.
 *
 * Verdicts, by the reply to MAIL, RCPT or DATA:
 *	4xx	DEFERRED, ERR_TEMP
 *	530	DEFERRED, ERR_NOPERM: it is the login that is missing, not
 *		something about the message
 *	5xx	FAILED, ERR_DATA
 * and by the reply to the end of the content:
 *	2xx	SENT
 *	4xx	DEFERRED, ERR_TEMP
 *	5xx	FAILED, ERR_UNAVAILABLE
 * Not partial, and somebody refused: every recipient is asked all the same,
 * so that each refusal is known, and no content is sent; the accepted ones
 * get a local reply, DEFERRED when any refusal was, else FAILED.
 * Everything else ends the conversation, see smtpc_error(); pending
 * recipients are DEFERRED then, with its kind.
 */
int smtpc_mail(struct smtpc *c, const struct smtpc_mail *mail, struct err *e);

/*
 * The content is in the stream, whole: exactly mail->size bytes if raw,
 * ending in CRLF if stuffed.
 */
void smtpc_body_end(struct smtpc *c);

/*
 * Begin the next transaction when the content of this one is handed over and its
 * replies are waited for.  It is said whole, behind RSET, so that it depends on
 * nothing that becomes of the one before: RFC 2920 section 3.1 and RFC 3030
 * section 2 let it.  0: put the WRITEs and then the content, raw, into the
 * stream, call smtpc_ahead_end(), and when this one is READY smtpc_resume() in
 * place of smtpc_mail(); borrowed as with that.  Its verdicts may be in before,
 * when the conversation fails: after a 421, too, it may have been sent.  With
 * mail->last QUIT follows its last reply.  1: not now, nothing was said: the
 * relay does not offer PIPELINING and CHUNKING; the message is large, for many,
 * one that smtpc_mail() would refuse, or one for several that is all or nothing;
 * the one before is for several, who may need a second transaction; one is ahead
 * already.
 */
int smtpc_ahead(struct smtpc *c, const struct smtpc_mail *mail);

/* Is it only a question of the message? */
bool smtpc_takes_ahead(const struct smtpc *c);
void smtpc_ahead_end(struct smtpc *c);

/*
 * Go on with it: another one may be begun, and then smtpc_feed_held() takes the
 * replies that have come already; what is fed before that waits behind them.
 * False: none is ahead (any more).
 */
bool smtpc_resume(struct smtpc *c);
void smtpc_feed_held(struct smtpc *c);

/*
 * The stream ended, broke or ran into its deadline (E says which, its kind
 * decides the verdicts).  Outcomes still pending become DEFERRED,
 * maybe_sent when the whole content had been handed over.  A whole reply
 * already received counts, also one that is about a message not yet resumed.
 */
void smtpc_lost(struct smtpc *c, const struct err *e);

/* Say QUIT after READY; DONE follows at once.  Elsewhere, and while a message
 * is ahead, it does nothing. */
void smtpc_quit(struct smtpc *c);

/*
 * After FAILED: what ended the conversation, the server's words included.
 * When every verdict was already in, its kind is that of a refusal.
 */
const struct err *smtpc_error(const struct smtpc *c);

/*
 * The last reply that mattered: to the end of the message, or the one that
 * refused.  Code 0 when there was none.
 */
const struct reply *smtpc_last_reply(const struct smtpc *c);

/* Did the relay take the sender of the message given last? */
bool smtpc_sender_taken(const struct smtpc *c);

/* What the last EHLO offered; empty before it and after HELO. */
const struct caps *smtpc_caps(const struct smtpc *c);

/* The server's first reply; code 0 before it came. */
const struct reply *smtpc_greeting(const struct smtpc *c);

/* The mechanism used for the login, or NULL. */
const char *smtpc_mech(const struct smtpc *c);

/* The step the conversation is at, in words: "the reply to RCPT TO". */
const char *smtpc_step(const struct smtpc *c);

/* How many whole replies have come so far: a deadline holds for each. */
unsigned long smtpc_replies(const struct smtpc *c);

/* Is the next reply the one to the end of the message? */
bool smtpc_at_end(const struct smtpc *c);

#endif
