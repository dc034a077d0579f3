/*
 * The inside of a TLS session: for tls.c and tlsinfo.c only.
 */
#ifndef SYS_SESSION_H
#define SYS_SESSION_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>

#include "sys/creds.h"
#include "sys/ticket.h"

#define SESSION_RAW_MAX (256u << 10)	/* ceiling of what is encrypted and
					 * not written; a handshake flight
					 * with a client's chain fits */
#define SESSION_RAW_HIGH (64u << 10)	/* enough: write before encrypting more */
#define SESSION_IN 8192			/* read ahead: a server's whole flight */

/*
 * GnuTLS never sees a full socket: what it sends gathers in `raw` and is
 * written from there, so that the last bytes of the handshake and the first
 * command, or four records of content, are one write.
 */
struct tls {
	gnutls_session_t session;
	struct tls_creds *creds;
	int fd;
	int io_errno;		/* of the last failed recv() or send() */
	struct buf raw;
	size_t raw_sent;
	unsigned char in[SESSION_IN];
	size_t in_at, in_len;
	bool dry;		/* the socket had nothing at the last look */
	bool up;		/* the handshake is over */
	bool verified;		/* by certificates, in this handshake */
	bool resumed;		/* or before, when the session began */
	bool offered;		/* a ticket, in the hello: this one */
	struct ticket ticket;
	char first[40];		/* what the peer began with */
	size_t first_n;
	enum { AHEAD_NONE, AHEAD_BYTE, AHEAD_RESULT } ahead;
	char ahead_byte;	/* read by tls_look() for the next tls_recv() */
	int ahead_result;	/* or what it met instead: 0 or an error */
	gnutls_alert_description_t alert;	/* for a refused certificate */
	struct err refused;
};

#endif
