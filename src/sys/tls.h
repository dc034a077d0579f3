/*
 * TLS by GnuTLS: policy, handshake, verification, and what is known of a
 * session afterwards.
 *
 * A channel is verified before tls_start() returns: the chain against the
 * trust, dates, name by RFC 9525 (SAN dNSName with IDN, one-level wildcard
 * in the leftmost label; iPAddress for literals; common names are not
 * looked at), revocation by CRL and stapled OCSP: an answer that is shown has
 * to be the authority's own, of now, and good; none need be shown unless the
 * certificate says so.  A fingerprint stands in for the chain and its
 * revocation, not for the rest: an expired certificate is refused all the
 * same, and one that names hosts has to name ours (one that names none is
 * named by its fingerprint).  Or, when the policy says so in words, nothing
 * is verified.  TLS 1.2 at least, unless `priorities` say otherwise.
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
	const char *fingerprint;	/* comma-separated pins: SHA-256 in hex,
					 * pairs apart by nothing, colons or
					 * blanks; SHA-1 (40 digits) and MD5
					 * (32) work, the warning is the
					 * caller's */
	const char *trust_file;		/* "system" or a PEM file; not read when
					 * a fingerprint or no check is asked
					 * for */
	const char *crl_file;
	const char *cert_file, *key_file;	/* PEM or pkcs11: */
	const struct secret *pin;	/* of the key, or NULL */
	const char *priorities;
	int min_dh_prime_bits;		/* 0: library's */
	const char *resume;		/* whom sessions are kept for: account,
					 * relay, port and user; NULL: no session
					 * is kept or taken up again (ticket.h) */
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
 * Shake hands on S, whose output is flushed, and verify; the stream is under
 * TLS then, and the last bytes of the handshake leave with the first of the
 * stream.  On -1 nothing but an alert was sent and the stream must be
 * closed: ERR_UNAVAILABLE (certificate refused, with the reason: expired on
 * ..., issued for ..., unknown issuer ..., and the fingerprint found; or our
 * certificate refused or missing), ERR_PROTOCOL (no TLS, nothing in common),
 * ERR_TEMP (closed, reset, deadline), ERR_SOFTWARE.
 */
int tls_start(struct stream *s, struct tls_creds *c, int64_t deadline,
	      struct err *e);

/* Was this session taken up again, without a certificate? */
bool tls_resumed(const struct stream *s);

/* Channel binding data of an established session into OUT, *len bytes. */
enum tls_binding tls_channel_binding(struct stream *s,
				     unsigned char out[TLS_BINDING_MAX],
				     size_t *len);

/* "TLS1.3 ECDHE-X25519 ..." for the trace; nothing on a plain stream. */
void tls_describe(struct stream *s, struct buf *out);

/* Subject, issuer, validity, fingerprints of the peer's certificate for
 * --serverinfo, each line indented by four blanks. */
void tls_describe_cert(struct stream *s, struct buf *out);

/*
 * The rest is stream.c's.  Nothing here waits.
 */
#define TLS_AGAIN (-2L)

/* Encrypt some of N bytes: how many, 0: write out first (tls_push), or -1. */
long tls_send(struct tls *t, const char *p, size_t n, struct err *e);

/* Write out what is encrypted: 1 when all went, 0: no room now, or -1. */
int tls_push(struct tls *t, struct err *e);

/* Read: bytes, 0 at the end of the stream, TLS_AGAIN when nothing is there,
 * or -1. */
long tls_recv(struct tls *t, char *p, size_t n, struct err *e);

/* Would tls_recv() give something (bytes, end, error) without the socket? */
bool tls_pending(struct tls *t);

/* The same after taking in what has arrived at the socket. */
bool tls_look(struct tls *t);

/* Is there anything encrypted and not yet written? */
bool tls_wants_write(const struct tls *t);

/* After a failed write: an alert that explains it replaces E; always -1. */
int tls_why(struct tls *t, struct err *e);

/* Send close_notify if nothing is stuck before it. */
void tls_bye(struct tls *t);

/* Wipe the keys and free everything; the descriptor is the stream's. */
void tls_free(struct tls *t);

#endif
