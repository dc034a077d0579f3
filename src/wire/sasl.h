/*
 * SASL for SMTP clients (RFC 4422, RFC 4954): which mechanism, and its
 * conversation.  The mechanisms are libgsasl's; XOAUTH2 and OAUTHBEARER
 * (RFC 7628), which it lacks, are in bearer.h.
 *
 *	sasl_choose() -> sasl_open() -> sasl_initial()
 *	  -> sasl_step() for each 334 -> sasl_finish() at 235 -> sasl_free()
 */
#ifndef WIRE_SASL_H
#define WIRE_SASL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "wire/caps.h"

/* The most PBKDF2 rounds that a SCRAM server may ask for: a second or so of
 * arithmetic; RFC 7677 asks for 4096, servers use up to 600 000. */
#define SASL_ITER_MAX 2000000

/* Everything borrowed; must outlive the conversation. */
struct sasl_config {
	const char *mech;	/* forced, upper case; NULL: choose */
	const char *user;
	const struct secret *secret;
	const char *domain;	/* NTLM domain, DIGEST-MD5 realm, or NULL */
	const char *host;	/* relay's name: GSSAPI, OAUTHBEARER, DIGEST-MD5 */
	unsigned port;
	bool cleartext;		/* PLAIN, LOGIN and tokens allowed without TLS */
};

enum sasl_binding { SASL_BIND_NONE, SASL_BIND_UNIQUE, SASL_BIND_EXPORTER };

struct sasl;

/*
 * The mechanism to use, a static string: cfg->mech when it is offered, else
 * the first offered in the order SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS (only
 * with a binding), SCRAM-SHA-256, SCRAM-SHA-1, then, with TLS or when
 * cleartext is allowed, PLAIN, CRAM-MD5, DIGEST-MD5, LOGIN, NTLM.  GSSAPI,
 * EXTERNAL, OAUTHBEARER and XOAUTH2 are never chosen unasked.
 *
 * -1 with ERR_UNAVAILABLE when none is offered that can be used, or a
 * forced one is not offered, or would put the secret in clear; the text
 * says what is offered and what setting would cure it.
 */
int sasl_choose(const struct sasl_config *cfg, const struct caps *caps,
		bool tls, enum sasl_binding bind, const char **mech,
		struct err *e);

/* Does MECH need a user name; a secret?  For checks before dialling. */
bool sasl_needs_user(const char *mech);
bool sasl_needs_secret(const char *mech);

/* Every mechanism known, in the order of choice and of what is printed;
 * NULL-ended, static. */
const char *const *sasl_mechanisms(void);

/* Can MECH be used: is it ours, or was the library built with it? */
bool sasl_supports(const char *mech);

/*
 * Begin MECH.  CB of CBLEN bytes is the channel binding data of kind BIND,
 * copied; mechanisms without -PLUS do not look at it.  -1: ERR_CONFIG (user or
 * secret missing, or with a NUL), ERR_UNAVAILABLE (libgsasl was built without
 * MECH, or it is NTLM and cannot spell the user or the secret) or
 * ERR_SOFTWARE.
 */
int sasl_open(struct sasl **out, const struct sasl_config *cfg,
	      const char *mech, enum sasl_binding bind,
	      const void *cb, size_t cblen, struct err *e);

/*
 * Append the initial response in base 64 ("=" for an empty one) to OUT,
 * for `AUTH MECH initial-response`.  *has tells whether the mechanism has
 * one that is sent so: client-first mechanisms but LOGIN and NTLM, whose
 * servers want to be asked first, XOAUTH2 included.  Without one OUT is
 * left alone: say `AUTH MECH` and give the 334 to sasl_step().
 */
int sasl_initial(struct sasl *s, struct buf *out, bool *has, struct err *e);

/*
 * Append the answer, in base 64 without CRLF, to the server's 334 CHALLENGE
 * (its text, N bytes of base 64).  -1 with ERR_NOPERM or ERR_PROTOCOL when
 * the mechanism is already complete, the challenge is malformed, or the
 * server failed to prove that it knows the secret: send "*" then.
 */
int sasl_step(struct sasl *s, const char *challenge, size_t n,
	      struct buf *out, struct err *e);

/*
 * The server said 235.
 * -1 with ERR_NOPERM when the mechanism is not
 * complete: a SCRAM server that claims success before its proof.
 */
int sasl_finish(struct sasl *s, struct err *e);

/*
 * What the server's error challenge said in words ("status invalid_token
 * ...", OAUTHBEARER and XOAUTH2), printable, "" when nothing.  Valid until
 * sasl_free().
 */
const char *sasl_complaint(const struct sasl *s);

/* May MECH ride in one flight with what follows (RFC 4954 section 4)? */
bool sasl_one_round(const char *mech);

/* Wipe and free; S may be NULL. */
void sasl_free(struct sasl *s);

#endif
