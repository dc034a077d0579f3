/*
 * The inside of the client engine, shared by the files that make it:
 * smtpc.c (bytes, queue, states), smtpc_hello.c (up to READY),
 * smtpc_check.c (is a message possible) and smtpc_mail.c (one transaction).  Nobody else includes this.
 */
#ifndef WIRE_SMTPC_INT_H
#define WIRE_SMTPC_INT_H

#include "wire/smtpc.h"

#define SMTPC_AHEAD_RCPTS 8	/* of a message that is said ahead: all of it is
				 * said at once */
#define SMTPC_HELD_MAX 65536	/* bytes of their replies kept until asked for */
#define SMTPC_FLIGHT_MAX 65536	/* bytes said and not yet taken by the driver,
				 * past which no further command is said */

/*
 * greeting -> hello -> [starttls -> tls -> hello] -> [auth] -> [etrn]
 *   -> ready <-> envelope -> content -> end -> ready or done
 * with implicit TLS it begins at tls; every state may become failed.
 */
enum smtpc_state {
	ST_TLS, ST_GREETING, ST_HELLO, ST_STARTTLS, ST_AUTH, ST_ETRN,
	ST_READY, ST_ENVELOPE, ST_CONTENT, ST_END, ST_DONE, ST_FAILED
};

/* What a reply answers. */
enum verb {
	V_GREETING, V_EHLO, V_HELO, V_STARTTLS, V_AUTH, V_ETRN, V_RSET,
	V_MAIL, V_RCPT, V_DATA, V_CONTENT, V_QUIT
};

struct pending {
	enum verb verb;
	size_t rcpt;		/* V_RCPT: which */
};

enum rcpt_state { RCPT_UNASKED, RCPT_ACCEPTED, RCPT_REFUSED };

/* The message being sent. */
struct txn {
	struct smtpc_mail mail;
	unsigned char *rcpt;	/* enum rcpt_state of each recipient */
	size_t asked;		/* recipients at and behind it are unasked */
	size_t live;		/* recipients that are asked at all */
	size_t accepted;
	bool utf8;		/* SMTPUTF8 is said */
	bool bdat;
	bool rset;		/* the one before was left open */
	bool mail_said;
	bool sender_taken;	/* MAIL was answered with yes */
	bool content_said;	/* DATA or BDAT */
	bool ended;		/* the content was handed over whole, */
	uint64_t ended_at;	/* after that many bytes from the relay */
	bool doomed;		/* MAIL or DATA was refused */
	enum verdict others;	/* all or nothing: what the accepted become, */
	enum err_kind kind;	/* and why; PENDING: nobody was refused.  After
				 * a refusal of MAIL or DATA, that one's kind */
	size_t answered;	/* LMTP: next recipient that may get a reply */
};

struct smtpc {
	const struct smtpc_config *cfg;
	enum smtpc_state state;
	smtpc_trace_fn *trace;
	void *trace_ctx;
	bool trace_secrets;

	struct buf out;		/* said, not yet taken by the driver */
	size_t secret_off, secret_len;
	struct pending *queue;	/* a ring: said and not yet answered */
	size_t head, n, cap;
	size_t unsent;		/* how many at its tail are still in OUT */
	size_t offered;		/* bytes of OUT in the last WRITE, */
	size_t offered_unsent;	/* and entries that go out with them */
	struct reply_parser parser;
	struct reply reply;	/* being received */

	bool secure;		/* inside TLS */
	enum sasl_binding bind;
	struct buf cb;
	struct reply greeting;
	struct caps caps;

	const char *mech;
	struct sasl *sasl;	/* while the login runs */
	struct buf initial;	/* initial response, not said yet */
	bool auth_held;		/* AUTH goes with the first message */
	unsigned rounds;	/* challenges answered */

	bool open;		/* the server has a transaction begun */
	struct txn txn;
	struct txn next;	/* said ahead; rcpt == NULL: none */
	struct buf held;	/* what came behind the end of TXN, for it */
	uint64_t came, took;	/* bytes from the relay, and those not in HELD */
	struct reply last;
	struct err err;
	unsigned long replies;	/* whole ones so far */
};

/* The one setter: traces it as well. */
void smtpc_set_state(struct smtpc *c, enum smtpc_state state);

/* Tell the trace a line of our own. */
void smtpc_info(struct smtpc *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Put a command into the flight and its entry into the queue.  A control
 * character in it makes the conversation fail instead: whatever was
 * forgotten before, here no line can become two.
 */
void smtpc_say(struct smtpc *c, enum verb verb, size_t rcpt,
	       const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The same for a LINE that is there already. */
void smtpc_say_line(struct smtpc *c, enum verb verb, size_t rcpt,
		    const struct buf *line);

/*
 * The same for a line that ends in SECRET, which goes out and not into the
 * trace, unless that is to have it.  COMMAND has its blank, or is "".
 */
void smtpc_say_secret(struct smtpc *c, enum verb verb, const char *command,
		      const struct buf *secret);

/* Put bytes that nobody answers into the flight: the final dot. */
void smtpc_say_bytes(struct smtpc *c, const char *line);

/* Expect a reply to something that is not in the flight, last or next. */
void smtpc_expect(struct smtpc *c, enum verb verb);
void smtpc_expect_first(struct smtpc *c, enum verb verb);

/* May several commands be unanswered? */
bool smtpc_pipelines(const struct smtpc *c);

/*
 * End the conversation: the text, with the words of R behind it when there
 * is one, becomes the error; recipients still pending are deferred with
 * that kind; what was not yet written is dropped.
 */
void smtpc_fail(struct smtpc *c, enum err_kind kind, const struct reply *r,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Remember R as the reply that mattered. */
void smtpc_note(struct smtpc *c, const struct reply *r);

/* A refusal's kind at a step before mail: 4xx TEMP, 5xx PERM, else protocol. */
enum err_kind smtpc_kind(const struct reply *r, enum err_kind perm);

/* smtpc_hello.c: begin (greeting or EHLO), and a reply to one of its verbs. */
void smtpc_hello_start(struct smtpc *c);
void smtpc_hello_reply(struct smtpc *c, enum verb verb, const struct reply *r);

/* Say the AUTH command that was held back for the first flight. */
void smtpc_auth_say(struct smtpc *c);

/*
 * smtpc_check.c: the part of smtpc_mail() that says nothing to the relay:
 * settles T->utf8 and who is asked, or refuses as smtpc_mail() says.
 */
int smtpc_check_mail(const struct smtpc *c, struct txn *t, struct err *e);

/*
 * ADDR as it goes on the wire, the caller's to free: as it is when UTF8
 * (SMTPUTF8 is said), else with its domain in ASCII.  NULL with ERR_DATA
 * when that cannot be.
 */
char *smtpc_wire_addr(const char *addr, bool utf8, struct err *e);

/* smtpc_mail.c: a reply to one of its verbs. */
void smtpc_mail_reply(struct smtpc *c, enum verb verb, size_t rcpt,
		      const struct reply *r);

/* Say what can be said now. */
void smtpc_mail_pump(struct smtpc *c);

/* The conversation is over: verdicts for those who have none. */
void smtpc_mail_settle(struct smtpc *c, enum err_kind kind,
		       const struct reply *r);

#endif
