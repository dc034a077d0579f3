/*
 * Reaching a relay: name resolution, happy eyeballs (RFC 8305), unix
 * sockets, SOCKS5 proxies, all under one deadline.
 */
#ifndef SYS_DIAL_H
#define SYS_DIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

/* Borrowed; NULL or 0: unset. */
struct dial {
	const char *host;	/* name (U-labels allowed) or address literal */
	unsigned port;
	const char *socket;	/* unix socket path: host and port are not used */
	const char *source_ip;	/* IPv4 or IPv6 literal to bind to */
	const char *proxy_host;	/* SOCKS5: the proxy resolves `host`; nothing is
				 * ever connected around it */
	unsigned proxy_port;
	const char *proxy_user;
	const struct secret *proxy_password;
};

struct dialled {
	int fd;			/* connected, non-blocking, close-on-exec */
	char address[64];	/* numeric address reached, "" behind a proxy or
				 * on a unix socket */
	char *canonical;	/* canonical name when the resolver gave one; free() */
};

/*
 * Connect.  -1: ERR_NOHOST (the name does not exist), ERR_TEMP (resolver
 * trouble, refused, unreachable, deadline; the text names each address's
 * reason, at most three), ERR_UNAVAILABLE (the proxy will not), ERR_NOPERM
 * (the proxy refuses our login), ERR_PROTOCOL (it speaks no SOCKS 5), ERR_OS,
 * ERR_CONFIG (source_ip is no address, or not ours; a socket's path, a host,
 * a proxy login too long).
 */
int dial_open(const struct dial *to, int64_t deadline, struct dialled *out,
	      struct err *e);

#endif
