/*
 * What tls_creds_load() makes of a policy: shared by the files that shake
 * hands and verify, opaque to everybody else.
 */
#ifndef SYS_CREDS_H
#define SYS_CREDS_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "sys/tls.h"
#include "sys/trust.h"

#define CREDS_PINS 8		/* enough for a roll-over of several relays */

struct pin {
	gnutls_digest_algorithm_t algo;
	unsigned char digest[32];
	size_t len;
};

struct tls_creds {
	const struct tls_policy *policy;
	gnutls_certificate_credentials_t cred;
	gnutls_priority_t prio;
	char *host;		/* A-labels, lower case left alone, no dot at
				 * the end, no scope; what a certificate has
				 * to name */
	unsigned char ip[16];	/* when it is a literal */
	size_t ip_len;		/* 4, 16; 0: a name */
	struct pin pins[CREDS_PINS];
	size_t pins_n;
	bool own_cert;		/* a client certificate is loaded */
	struct trust *trust;	/* authorities by index; NULL: all are loaded */
};

/*
 * With C->trust: load the authorities that this chain can end in, if there
 * are any; silent when not.
 */
void creds_trust_chain(struct tls_creds *c, const gnutls_datum_t *chain,
		       unsigned n);

/* Load all of them; C->trust is NULL then.  -1 with ERR_NOINPUT. */
int creds_trust_all(struct tls_creds *c, struct err *e);

#endif
