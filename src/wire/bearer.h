/*
 * Tokens as a login: OAUTHBEARER (RFC 7628) and XOAUTH2, which Google and
 * Microsoft had before it.
 *
 *	client-resp = gs2-header %x01 *( key "=" value %x01 ) %x01
 */
#ifndef WIRE_BEARER_H
#define WIRE_BEARER_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#define BEARER_WORDS_MAX 400	/* bytes of a complaint, with the NUL */

/*
 * Append the client's one message, raw, not in base 64.  -1 with
 * ERR_CONFIG when the user or the token holds a control character: it
 * could pretend to be another key.
 */
int bearer_oauth(struct buf *out, const char *user, const char *host,
		 unsigned port, const struct secret *token, struct err *e);
int bearer_xoauth2(struct buf *out, const char *user,
		   const struct secret *token, struct err *e);

/*
 * The server's error challenge, N bytes of JSON as
 * {"status":"invalid_token","scope":"mail"}, as words for a person into
 * WORDS: "status invalid_token, scope mail".  What is no such object is
 * shown as it is.  Printable always, cut at BEARER_WORDS_MAX.
 */
void bearer_complaint(char words[BEARER_WORDS_MAX], const char *json, size_t n);

#endif
