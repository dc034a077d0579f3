/*
 * SOCKS version 5, client side (RFC 1928, RFC 1929), as an engine that is
 * told bytes and says what to send.
 *
 *	-> 5 nmethods methods...		<- 5 method
 *	-> 1 ulen user plen password		<- 1 status	(method 2 only)
 *	-> 5 1 0 3 hostlen host port		<- 5 reply 0 type address port
 *
 * The host always travels as a name, an address as its text: the proxy
 * resolves, so that nothing about the relay leaks past it.
 */
#ifndef WIRE_SOCKS5_H
#define WIRE_SOCKS5_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#define SOCKS5_REPLY_MAX 262	/* bytes of the longest reply */

struct socks5 {
	int state;
	char host[256];
	unsigned port;
	const char *user;		/* NULL: no login; borrowed */
	const struct secret *secret;	/* borrowed; unset: an empty password */
	struct buf in;			/* a reply begun */
};

/*
 * Ask for HOST (a name of 1 to 255 bytes, or an address) and PORT.  -1 with
 * ERR_CONFIG when host, user or password do not fit the protocol's 255 bytes.
 */
int socks5_init(struct socks5 *s, const char *host, unsigned port,
		const char *user, const struct secret *secret, struct err *e);

/*
 * Take N bytes from the proxy (0 at the start) and append to OUT what is to
 * be sent, secrets included: wipe it.  1: the connection stands, 0: more is
 * needed.  *used tells how many bytes were taken; what is behind them is
 * the relay's.  -1, after which nothing more may be fed:
 *	ERR_PROTOCOL	that is no SOCKS version 5
 *	ERR_NOPERM	the proxy wants a login, or refuses ours
 *	ERR_TEMP	it could not reach the relay
 *	ERR_UNAVAILABLE	it will not connect to it
 */
int socks5_feed(struct socks5 *s, const char *p, size_t n, size_t *used,
		struct buf *out, struct err *e);

/* Memory returned. */
void socks5_clear(struct socks5 *s);

#endif
