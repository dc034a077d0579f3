/*
 * Which relay does a mail domain offer?  SRV records (RFC 2782) by the
 * system's resolver; answers of any size, under a deadline.
 */
#ifndef SYS_DNS_H
#define SYS_DNS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define DNS_NAME_MAX 256	/* RFC 1035: 255 with its dots, and a NUL */
#define DNS_SRV_MAX 256		/* records of an answer that are looked at */

struct dns_srv {
	unsigned priority, weight, port;
	char target[DNS_NAME_MAX];	/* without the last dot; "" for ".",
					 * "decidedly not offered" */
};

/*
 * The SRV records of NAME (ASCII), best first (lowest priority, then highest
 * weight, then as they came), into *out, *n of them; free() it.  0 with
 * *n == 0 when there are none.  -1: ERR_TEMP (no answer, a broken one, a
 * server in trouble, deadline).
 */
int dns_srv(const char *name, int64_t deadline, struct dns_srv **out, size_t *n,
	    struct err *e);

/*
 * The same from the answer MSG of N bytes (RFC 1035, 4.1).  Records whose
 * target is no host name are passed over.  -1 with ERR_TEMP when it is no
 * answer, or one that says that the server failed.
 */
int dns_parse_srv(const unsigned char *msg, size_t n, struct dns_srv **out,
		  size_t *count, struct err *e);

#endif
