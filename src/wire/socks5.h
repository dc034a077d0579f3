/*
 * SOCKS version 5, client side (RFC 1928, RFC 1929), as an engine that is
 * told bytes and says what to send.
 */
#ifndef WIRE_SOCKS5_H
#define WIRE_SOCKS5_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

struct socks5 {
	int state;
	char host[256];
	unsigned port;
	const char *user;		/* NULL: no login; borrowed */
	const struct secret *secret;
	struct buf in;
};

/* Ask for HOST (a name of at most 255 bytes, or an address) and PORT. */
int socks5_init(struct socks5 *s, const char *host, unsigned port,
		const char *user, const struct secret *secret, struct err *e);

/*
 * Take N bytes from the proxy (0 at the start) and append to OUT what is to
 * be sent.  1: the connection stands, 0: more is needed, -1: the proxy
 * refused (its reason in words) or broke the protocol.  *used tells how
 * many bytes were taken; what is behind them is the relay's.
 */
int socks5_feed(struct socks5 *s, const char *p, size_t n, size_t *used,
		struct buf *out, struct err *e);

void socks5_clear(struct socks5 *s);

#endif
