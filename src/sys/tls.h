/*
 * TLS by GnuTLS: policy, handshake, verification, and what is known of a
 * session afterwards.
 *
 * A channel is verified before tls_start() returns: the chain against the
 * trust, dates, name by RFC 9525 (SAN dNSName with IDN, one-level wildcard
 * in the leftmost label; iPAddress for literals; common names are not
 * looked at), revocation by CRL and stapled OCSP; or the fingerprint; or,
 * when the policy says so in words, nothing.  TLS 1.2 at least.
 */
#ifndef SYS_TLS_H
#define SYS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "base/buf.h"
#include "sys/stream.h"

#define TLS_BINDING_MAX 64

enum tls_binding { TLS_BIND_NONE, TLS_BIND_UNIQUE, TLS_BIND_EXPORTER };

/* Borrowed strings; NULL: unset. */
struct tls_policy {
	const char *host;		/* name to verify and send as SNI (no SNI
					 * for an IP address) */
	bool certcheck;			/* false: accept any certificate */
	const char *fingerprint;	/* comma-separated pins, SHA-256 hex with
					 * or without colons; SHA-1 and MD5 are
					 * taken with a warning */
	const char *trust_file;		/* "system" or a PEM file */
	const char *crl_file;
	const char *cert_file, *key_file;	/* PEM or pkcs11: */
	const struct secret *pin;	/* of the key, or NULL */
	const char *priorities;
	int min_dh_prime_bits;		/* 0: library's */
};

/* Credentials loaded once, used for any number of connections. */
struct tls_creds;

/*
 * Load what POLICY names, before anything is dialled.  -1 with ERR_NOINPUT
 * naming the file that cannot be used (missing, empty, garbage, a
 * directory: never "no check"), or ERR_CONFIG.  POLICY must outlive it.
 */
int tls_creds_load(const struct tls_policy *policy, struct tls_creds **out,
		   struct err *e);
void tls_creds_free(struct tls_creds *c);

/*
 * Shake hands on S and verify; the stream is under TLS then.  On -1 nothing
 * was sent inside the session and the stream must be closed: ERR_UNAVAILABLE
 * (certificate refused, with the reason: expired on ..., issued for ...,
 * unknown issuer ..., and the fingerprint found), ERR_PROTOCOL (no TLS, bad
 * version), ERR_TEMP (closed, reset, deadline), ERR_NOINPUT, ERR_SOFTWARE.
 */
int tls_start(struct stream *s, struct tls_creds *c, int64_t deadline,
	      struct err *e);

/* Channel binding data of an established session into OUT, *len bytes. */
enum tls_binding tls_channel_binding(struct stream *s,
				     unsigned char out[TLS_BINDING_MAX],
				     size_t *len);

/* "TLS1.3 ECDHE-X25519 ..." for the trace. */
void tls_describe(struct stream *s, struct buf *out);

/* Subject, issuer, validity, fingerprints of the peer's certificate for
 * --serverinfo, each line indented by four blanks. */
void tls_describe_cert(struct stream *s, struct buf *out);

/* Used by stream.c only. */
struct tls;
long tls_send(struct tls *t, const char *p, size_t n, struct err *e);
long tls_recv(struct tls *t, char *p, size_t n, struct err *e);
bool tls_pending(const struct tls *t);
bool tls_wants_write(const struct tls *t);
void tls_bye(struct tls *t);
void tls_free(struct tls *t);

#endif
