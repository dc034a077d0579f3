/*
 * The server's side of SMTP and LMTP on a local socket or pipe (sendmail
 * -bs), as an engine that is told bytes and says what it needs next.
 *
 * Strict about line ends: only CRLF ends a command, and only CRLF "." CRLF
 * ends a message, so that nothing can be smuggled (RFC 5321 section
 * 4.1.1.4).  A command with another line end is refused, not waited for.
 *
 *	smtps_new()
 *	loop: smtps_next() ->
 *	  WRITE    send it, smtps_wrote()
 *	  READ     smtps_feed(), or smtps_eof()
 *	  BEGIN    smtps_begun()
 *	  CONTENT  smtps_took()
 *	  MESSAGE  smtps_settled(), for each recipient if LMTP
 *	  ABORT    smtps_dropped()
 *	  AUTH     smtps_authed()
 *	  DONE
 */
#ifndef WIRE_SMTPS_H
#define WIRE_SMTPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "text/envelope.h"

#define SMTPS_LINE_MAX 4096	/* bytes of a command line with its CRLF */
#define SMTPS_RCPT_MAX 10000	/* recipients of one message */
#define SMTPS_BAD_MAX 20	/* refused commands in one session before 421 */
#define SMTPS_FEED_MAX 65536	/* bytes of one smtps_feed() */

enum smtps_need {
	SMTPS_WRITE,	/* ev.data, ev.len: replies, then smtps_wrote() */
	SMTPS_READ,	/* smtps_feed(); only then */
	SMTPS_BEGIN,	/* a message's content follows: make room for it, then
			 * smtps_begun(ok) */
	SMTPS_CONTENT,	/* ev.data, ev.len: content with dots undone; take it,
			 * then smtps_took(ok) */
	SMTPS_MESSAGE,	/* the content is whole: deliver, then smtps_settled() */
	SMTPS_ABORT,	/* the content will not be completed: drop it, then
			 * smtps_dropped() */
	SMTPS_AUTH,	/* verify ev.data, ev.len as a SASL PLAIN message
			 * (RFC 4616, base 64 undone), then smtps_authed(ok) */
	SMTPS_DONE	/* the session is over: close */
};

struct smtps_config {
	bool lmtp;
	const char *domain;	/* our name in the greeting */
	uint64_t size_max;	/* announced and enforced; 0: none */
	bool auth;		/* AUTH PLAIN offered and required */
};

struct smtps_event {
	const char *data;
	size_t len;
};

struct smtps;

/* A session not begun; CFG is borrowed until smtps_free(). */
struct smtps *smtps_new(const struct smtps_config *cfg);

/* Wipe and free; S may be NULL. */
void smtps_free(struct smtps *s);

/* What the engine needs now.  EV is valid until the next call into it. */
enum smtps_need smtps_next(struct smtps *s, struct smtps_event *ev);

/* The bytes of the last WRITE are all with the client. */
void smtps_wrote(struct smtps *s);

/* N bytes came from the client, at most SMTPS_FEED_MAX, after READ. */
void smtps_feed(struct smtps *s, const char *p, size_t n);

/*
 * The client is gone: an unfinished message is aborted, then DONE.  A
 * command without its line end is forgotten.
 */
void smtps_eof(struct smtps *s);

/*
 * Answers to BEGIN, CONTENT, ABORT and AUTH.  Not ok means that there is
 * no room now (451, nothing begun), that the content could not be kept
 * (ABORT follows, the rest of it is read and forgotten, 452), that the
 * login is refused (535).
 */
void smtps_begun(struct smtps *s, bool ok);
void smtps_took(struct smtps *s, bool ok);
void smtps_dropped(struct smtps *s);
void smtps_authed(struct smtps *s, bool ok);

/* The envelope of the message at hand; valid until smtps_settled(). */
const struct envelope *smtps_envelope(const struct smtps *s);

/* Did MAIL say SMTPUTF8? */
bool smtps_smtputf8(const struct smtps *s);

/*
 * What became of the message, for recipient I of the envelope (LMTP; once
 * for each, in any order) or all (SMTP, I is 0): a reply CODE (2xx, 4xx,
 * 5xx) with TEXT, foreign text allowed.  After the last one the envelope
 * is forgotten.
 */
void smtps_settled(struct smtps *s, size_t i, int code, const char *text);

#endif
