/*
 * Names to addresses by getaddrinfo(), which knows no deadline, under one.
 */
#ifndef SYS_LOOKUP_H
#define SYS_LOOKUP_H

#include <netdb.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

/*
 * The stream addresses of NAME (an A-label name or a literal) and PORT in
 * FAMILY (AF_UNSPEC: all) into *out, in the system's order of preference,
 * with the canonical name at the first; the caller's to freeaddrinfo(), at
 * least one.  -1: ERR_NOHOST (there is no such name, or it has no address in
 * FAMILY), ERR_TEMP (resolver trouble, deadline, told to stop).  A literal
 * needs no resolver.  When the deadline comes first the look-up is left to
 * end by itself in its thread, whose memory goes with it.
 */
int lookup_host(const char *name, unsigned port, int family, int64_t deadline,
		struct addrinfo **out, struct err *e);

#endif
