/*
 * The dialogue with a SOCKS5 proxy on a fresh connection.
 */
#ifndef SYS_PROXY_H
#define SYS_PROXY_H

#include <stdint.h>

#include "base/err.h"
#include "sys/dial.h"

/*
 * Ask the proxy behind FD (connected, non-blocking) for HOST (a literal or
 * an A-label name, which the proxy resolves) and TO's port.  0: FD is the
 * relay's from the next byte on, none of its bytes was taken.  -1: what
 * socks5.h says, or ERR_TEMP (closed, silent).
 */
int proxy_ask(int fd, const struct dial *to, const char *host, int64_t deadline,
	      struct err *e);

#endif
