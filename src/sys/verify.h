/*
 * Is this the relay that was meant?  The one place where certificates are
 * judged.
 */
#ifndef SYS_VERIFY_H
#define SYS_VERIFY_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "sys/creds.h"

/*
 * Judge the certificates the peer of SESSION has shown by C.  0: they are
 * his; -1 with ERR_UNAVAILABLE: the reason in words, and in *alert what to
 * tell him.  ERR_NOINPUT: the authorities could not be loaded after all.
 */
int verify_peer(gnutls_session_t session, struct tls_creds *c,
		gnutls_alert_description_t *alert, struct err *e);

/*
 * Does CRT name the host of C (RFC 9525)?  Only subjectAltName counts: a
 * dNSName for names, an iPAddress for addresses.  *names tells how many of
 * either kind it has.
 */
bool verify_name(gnutls_x509_crt_t crt, const struct tls_creds *c, size_t *names);

/* Append the ALGO digest of the certificate DER as AA:BB:... to OUT. */
void verify_fingerprint(const gnutls_datum_t *der,
			gnutls_digest_algorithm_t algo, struct buf *out);

#endif
