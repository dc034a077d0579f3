/* What is known of a TLS session, for people and for SASL. */
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/ascii.h"
#include "sys/session.h"
#include "sys/verify.h"

/*
 * tls-unique only with the extended master secret (RFC 7627): without it
 * two sessions can be made to share the value (RFC 7677, section 4).
 */
enum tls_binding tls_channel_binding(struct stream *s,
				     unsigned char out[TLS_BINDING_MAX],
				     size_t *len)
{
	enum tls_binding kind = TLS_BIND_UNIQUE;
	gnutls_channel_binding_t type = GNUTLS_CB_TLS_UNIQUE;
	gnutls_datum_t d = { NULL, 0 };
	gnutls_session_t session;

	*len = 0;
	if (s->tls == NULL)
		return TLS_BIND_NONE;
	session = s->tls->session;
	if (gnutls_protocol_get_version(session) == GNUTLS_TLS1_3) {
#if GNUTLS_VERSION_NUMBER >= 0x030702
		kind = TLS_BIND_EXPORTER;
		type = GNUTLS_CB_TLS_EXPORTER;
#else
		return TLS_BIND_NONE;
#endif
	} else if (gnutls_session_ext_master_secret_status(session) == 0) {
		return TLS_BIND_NONE;
	}
	if (gnutls_session_channel_binding(session, type, &d) < 0)
		return TLS_BIND_NONE;
	if (d.size > 0 && d.size <= TLS_BINDING_MAX) {
		memcpy(out, d.data, d.size);
		*len = d.size;
	}
	gnutls_free(d.data);
	return *len > 0 ? kind : TLS_BIND_NONE;
}

bool tls_resumed(const struct stream *s)
{
	return s->tls != NULL && s->tls->resumed;
}

/*
 * GnuTLS writes "(TLS1.3)-(ECDHE-X25519)-...", and "(TLS1.3)--(AES-256-GCM)" when
 * there was no exchange of keys.
 */
void tls_describe(struct stream *s, struct buf *out)
{
	char *desc = s->tls != NULL ? gnutls_session_get_desc(s->tls->session) : NULL;
	bool inside = false, between = false;

	for (const char *p = desc; p != NULL && *p != '\0'; p++) {
		if (*p == '(') {
			if (between)
				buf_addc(out, ' ');
			inside = between = true;
		} else if (*p == ')') {
			inside = false;
		} else if (inside) {
			buf_addc(out, *p);
		}
	}
	gnutls_free(desc);
}

static void add_dn(struct buf *out, const char *title, gnutls_datum_t *dn)
{
	buf_addf(out, "    %s:\n        ", title);
	if (dn->data != NULL)
		ascii_printable(out, (const char *)dn->data, dn->size);
	buf_addc(out, '\n');
	gnutls_free(dn->data);
	dn->data = NULL;
}

static void add_time(struct buf *out, const char *title, time_t t)
{
	char text[64] = "?";
	struct tm tm;

	if (t != (time_t)-1 && localtime_r(&t, &tm) != NULL)
		strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", &tm);
	buf_addf(out, "        %s: %s\n", title, text);
}

static void add_print(struct buf *out, const char *title,
		      gnutls_digest_algorithm_t algo, const gnutls_datum_t *der)
{
	buf_addf(out, "        %s: ", title);
	verify_fingerprint(der, algo, out);
	buf_addc(out, '\n');
}

void tls_describe_cert(struct stream *s, struct buf *out)
{
	const gnutls_datum_t *chain = NULL;
	gnutls_datum_t dn = { NULL, 0 };
	gnutls_x509_crt_t crt;
	unsigned n = 0;

	if (s->tls != NULL)
		chain = gnutls_certificate_get_peers(s->tls->session, &n);
	if (chain == NULL || n == 0 || gnutls_x509_crt_init(&crt) < 0)
		return;
	if (gnutls_x509_crt_import(crt, &chain[0], GNUTLS_X509_FMT_DER) == 0) {
		gnutls_x509_crt_get_dn3(crt, &dn, 0);
		add_dn(out, "Subject", &dn);
		gnutls_x509_crt_get_issuer_dn3(crt, &dn, 0);
		add_dn(out, "Issuer", &dn);
		buf_adds(out, "    Validity:\n");
		add_time(out, "Activation time",
			 gnutls_x509_crt_get_activation_time(crt));
		add_time(out, "Expiration time",
			 gnutls_x509_crt_get_expiration_time(crt));
		buf_adds(out, "    Fingerprints:\n");
		add_print(out, "SHA256", GNUTLS_DIG_SHA256, &chain[0]);
		add_print(out, "SHA1 (deprecated)", GNUTLS_DIG_SHA1, &chain[0]);
	}
	gnutls_x509_crt_deinit(crt);
}
