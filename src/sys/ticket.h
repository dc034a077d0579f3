/*
 * Tickets to take a TLS session up again (RFC 8446, 4.6.1): half the
 * arithmetic of a handshake, and no certificate on the line.
 *
 * Who takes a session up again relies on the verification when it began.  So
 * a ticket is kept with a digest of everything that this rested on - whom
 * for, the host, the check asked for, the trust, revocation, certificate and
 * key files as they are on the disk - and thrown away by all but the same.  It is
 * used once; and not later than an hour after the verification, however
 * often the session was taken up since, nor after a certificate has expired.
 * It lies in the user's cache, mode 0600: as secret as a password, and always
 * safe to delete.
 */
#ifndef SYS_TICKET_H
#define SYS_TICKET_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdint.h>

#include "sys/creds.h"

#define TICKET_SECONDS 3600

struct ticket {
	int64_t made;		/* when certificates were verified, seconds of
				 * the wall clock; 0: no ticket was offered */
	int64_t ends;		/* when that is worth nothing any more */
};

/*
 * Give SESSION the ticket for C's policy, if there is one: true when the
 * hello will offer it.  The ticket is gone from the cache then, and *t tells
 * about it.
 */
bool ticket_offer(const struct tls_creds *c, gnutls_session_t session,
		  struct ticket *t);

/*
 * Keep what the peer of SESSION, which is up, has sent: TLS 1.3 only, and
 * nothing when he sent none.  RESUMED: the ticket it was taken up by, NULL
 * when certificates were shown.
 */
void ticket_keep(const struct tls_creds *c, gnutls_session_t session,
		 const struct ticket *resumed);

#endif
