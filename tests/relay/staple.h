/*
 * staple: OCSP answers (RFC 6960) as the authority would give them, or as nobody
 * should, and a TLS server that shows them.
 */
#ifndef TESTS_RELAY_STAPLE_H
#define TESTS_RELAY_STAPLE_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "tool.h"

enum staple_status { STAPLE_GOOD, STAPLE_REVOKED, STAPLE_UNKNOWN };

struct staple {
	gnutls_x509_crt_t about, issuer;
	gnutls_x509_crt_t signer;	/* the issuer, or somebody who then goes
					 * along with the answer */
	gnutls_x509_privkey_t key;	/* the signer's */
	enum staple_status status;
	long from, until;		/* seconds from now */
};

/* Appends the answer in DER. */
void staple_make(struct bytes *out, const struct staple *s);

/* Sessions with these credentials show what is in DIR/NAME.ocsp, as it is, if
 * there is such a file. */
void staple_show(gnutls_certificate_credentials_t cred, const char *dir,
    const char *name);

#endif
