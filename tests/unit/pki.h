/*
 * Throwaway certificates, and a TLS server in a thread that shows them.
 */
#ifndef TESTS_UNIT_PKI_H
#define TESTS_UNIT_PKI_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define PKI_DAY 86400L

/* What a certificate says; times are seconds from now. */
struct pki_spec {
	const char *cn;
	const char *dns[4];
	const char *ip[2];		/* literals */
	const char *dns_nul;		/* a dNSName with a NUL at its '\1' */
	long from, to;			/* both 0: a day ago to a day ahead */
	bool ca;
	bool must_staple;
	bool client_only;		/* key purpose: not for servers */
	bool rsa;			/* else ECDSA, which is made faster */
};

struct pki_cert {
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
};

/* A fresh key and a certificate by ISSUER, self-signed when NULL. */
struct pki_cert pki_make(const struct pki_spec *spec, const struct pki_cert *issuer);
void pki_free(struct pki_cert *c);

/* PEM of N certificates, of a key, of a CRL by CA that lists GONE (or
 * nothing when NULL); written to PATH. */
void pki_write_certs(const char *path, const struct pki_cert *certs, size_t n);
void pki_write_key(const char *path, const struct pki_cert *c, const char *password);
void pki_write_crl(const char *path, const struct pki_cert *ca,
		   const struct pki_cert *gone);

/* ALGO's digest of the certificate in hex, lower case, free() it. */
char *pki_print(const struct pki_cert *c, gnutls_digest_algorithm_t algo);

/* What the server does once the handshake is done. */
enum peer_after {
	PEER_GREET,		/* "220 hi\r\n", then echo until the end, goodbye */
	PEER_SILENT,		/* nothing until the client closes */
	PEER_CUT,		/* "250 o" and close without close_notify */
	PEER_DAMAGE		/* "220 hi", then a record that does not verify */
};

struct peer {
	/* set by the test */
	const struct pki_cert *chain[3];	/* leaf first */
	const char *priorities;			/* NULL: NORMAL */
	const struct pki_cert *client_ca;	/* demand a client certificate */
	bool trickle;				/* one byte a write */
	bool rekey;				/* change keys first, TLS 1.3 */
	bool dh;				/* a Diffie-Hellman prime of 2048 bits */
	const gnutls_datum_t *ticket_key;	/* NULL: no session tickets */
	enum peer_after after;
	/* for the test to see, after peer_join() */
	int handshake;		/* GnuTLS's verdict */
	size_t got;		/* bytes of application data that came in */
	char name[256];		/* SNI that came in */
	/* private */
	int fd;
	pthread_t thread;
};

/* Start it; the client's end of the connection. */
int peer_start(struct peer *p);

/* Wait for its end (the client's descriptor must be closed by then). */
void peer_join(struct peer *p);

#endif
