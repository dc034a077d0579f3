#include "pki.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/abstract.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A helper that fails is a test that cannot run. */
#define MUST(x) must((x), #x)

static void must(int r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, gnutls_strerror(r));
	abort();
}

static void add_names(gnutls_x509_crt_t crt, const struct pki_spec *s)
{
	unsigned char ip[16];
	char der[128];

	for (size_t i = 0; i < sizeof s->dns / sizeof s->dns[0]; i++) {
		if (s->dns[i] != NULL)
			MUST(gnutls_x509_crt_set_subject_alt_name(crt,
				GNUTLS_SAN_DNSNAME, s->dns[i],
				(unsigned)strlen(s->dns[i]), GNUTLS_FSAN_APPEND));
	}
	for (size_t i = 0; i < sizeof s->ip / sizeof s->ip[0]; i++) {
		unsigned n = 4;

		if (s->ip[i] == NULL)
			continue;
		if (inet_pton(AF_INET, s->ip[i], ip) != 1) {
			n = 16;
			if (inet_pton(AF_INET6, s->ip[i], ip) != 1)
				abort();
		}
		MUST(gnutls_x509_crt_set_subject_alt_name(crt,
			GNUTLS_SAN_IPADDRESS, ip, n, GNUTLS_FSAN_APPEND));
	}
	if (s->dns_nul != NULL) {	/* the setter would stop at the NUL */
		size_t n = strlen(s->dns_nul);

		memcpy(der, (char[]){ 0x30, (char)(n + 2), (char)0x82, (char)n }, 4);
		memcpy(der + 4, s->dns_nul, n);
		*(char *)memchr(der + 4, 1, n) = '\0';
		MUST(gnutls_x509_crt_set_extension_by_oid(crt, "2.5.29.17", der,
			(unsigned)n + 4, 0));
	}
}

static void add_uses(gnutls_x509_crt_t crt, const struct pki_spec *s)
{
	MUST(gnutls_x509_crt_set_basic_constraints(crt, s->ca, -1));
	MUST(gnutls_x509_crt_set_key_usage(crt, s->ca ?
		GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN :
		GNUTLS_KEY_DIGITAL_SIGNATURE));
	if (!s->ca)
		MUST(gnutls_x509_crt_set_key_purpose_oid(crt, s->client_only ?
			GNUTLS_KP_TLS_WWW_CLIENT : GNUTLS_KP_TLS_WWW_SERVER, 0));
	if (s->must_staple)	/* RFC 7633: status_request */
		MUST(gnutls_x509_crt_set_extension_by_oid(crt,
			"1.3.6.1.5.5.7.1.24", "\x30\x03\x02\x01\x05", 5, 0));
}

struct pki_cert pki_make(const struct pki_spec *s, const struct pki_cert *issuer)
{
	static unsigned char serial[4] = { 1, 0, 0, 0 };
	unsigned char id[64];
	size_t id_len = sizeof id;
	struct pki_cert c;
	time_t now = time(NULL);
	bool set = s->from != 0 || s->to != 0;

	MUST(gnutls_x509_privkey_init(&c.key));
	MUST(gnutls_x509_privkey_generate(c.key, s->rsa ? GNUTLS_PK_RSA :
		GNUTLS_PK_ECDSA, s->rsa ? 2048 :
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	MUST(gnutls_x509_crt_init(&c.crt));
	MUST(gnutls_x509_crt_set_version(c.crt, 3));
	MUST(gnutls_x509_crt_set_key(c.crt, c.key));
	serial[3]++;
	MUST(gnutls_x509_crt_set_serial(c.crt, serial, sizeof serial));
	MUST(gnutls_x509_crt_set_activation_time(c.crt, now + (set ? s->from : -PKI_DAY)));
	MUST(gnutls_x509_crt_set_expiration_time(c.crt, now + (set ? s->to : PKI_DAY)));
	MUST(gnutls_x509_crt_set_dn_by_oid(c.crt, GNUTLS_OID_X520_COMMON_NAME, 0,
		s->cn, (unsigned)strlen(s->cn)));
	add_names(c.crt, s);
	add_uses(c.crt, s);
	MUST(gnutls_x509_crt_get_key_id(c.crt, 0, id, &id_len));
	MUST(gnutls_x509_crt_set_subject_key_id(c.crt, id, 20));
	if (issuer != NULL) {
		id_len = sizeof id;
		MUST(gnutls_x509_crt_get_key_id(issuer->crt, 0, id, &id_len));
		MUST(gnutls_x509_crt_set_authority_key_id(c.crt, id, 20));
		MUST(gnutls_x509_crt_sign2(c.crt, issuer->crt, issuer->key,
			GNUTLS_DIG_SHA256, 0));
	} else {
		MUST(gnutls_x509_crt_sign2(c.crt, c.crt, c.key,
			GNUTLS_DIG_SHA256, 0));
	}
	return c;
}

void pki_free(struct pki_cert *c)
{
	gnutls_x509_crt_deinit(c->crt);
	gnutls_x509_privkey_deinit(c->key);
}

static void put(const char *path, const char *mode, gnutls_datum_t *d)
{
	FILE *f = fopen(path, mode);

	if (f == NULL || fwrite(d->data, 1, d->size, f) != d->size || fclose(f) != 0)
		abort();
	gnutls_free(d->data);
}

void pki_write_certs(const char *path, const struct pki_cert *certs, size_t n)
{
	gnutls_datum_t d;

	for (size_t i = 0; i < n; i++) {
		MUST(gnutls_x509_crt_export2(certs[i].crt, GNUTLS_X509_FMT_PEM, &d));
		put(path, i == 0 ? "w" : "a", &d);
	}
}

void pki_write_key(const char *path, const struct pki_cert *c, const char *password)
{
	gnutls_datum_t d;

	MUST(gnutls_x509_privkey_export2_pkcs8(c->key, GNUTLS_X509_FMT_PEM, password,
		password != NULL ? GNUTLS_PKCS_PBES2_AES_128 : GNUTLS_PKCS_PLAIN, &d));
	put(path, "w", &d);
}

void pki_write_crl(const char *path, const struct pki_cert *ca,
		   const struct pki_cert *gone)
{
	time_t now = time(NULL);
	gnutls_x509_crl_t crl;
	gnutls_datum_t d;

	MUST(gnutls_x509_crl_init(&crl));
	MUST(gnutls_x509_crl_set_version(crl, 2));
	MUST(gnutls_x509_crl_set_this_update(crl, now - PKI_DAY));
	MUST(gnutls_x509_crl_set_next_update(crl, now + PKI_DAY));
	if (gone != NULL)
		MUST(gnutls_x509_crl_set_crt(crl, gone->crt, now - 3600));
	MUST(gnutls_x509_crl_set_number(crl, "\1", 1));
	MUST(gnutls_x509_crl_sign2(crl, ca->crt, ca->key, GNUTLS_DIG_SHA256, 0));
	MUST(gnutls_x509_crl_export2(crl, GNUTLS_X509_FMT_PEM, &d));
	put(path, "w", &d);
	gnutls_x509_crl_deinit(crl);
}

char *pki_print(const struct pki_cert *c, gnutls_digest_algorithm_t algo)
{
	unsigned char digest[64];
	size_t n = sizeof digest;
	char *text = calloc(1, 2 * sizeof digest + 1);

	MUST(gnutls_x509_crt_get_fingerprint(c->crt, algo, digest, &n));
	for (size_t i = 0; i < n; i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
	return text;
}

/* ---- the server -------------------------------------------------------- */

static ssize_t push_trickle(gnutls_transport_ptr_t ptr, const void *p, size_t n)
{
	struct peer *peer = ptr;
	const char *from = p;

	for (size_t i = 0; i < n; i++) {
		if (send(peer->fd, from + i, 1, MSG_NOSIGNAL) != 1)
			return -1;
	}
	return (ssize_t)n;
}

static ssize_t pull_plain(gnutls_transport_ptr_t ptr, void *p, size_t n)
{
	struct peer *peer = ptr;

	return recv(peer->fd, p, n, 0);
}

static ssize_t push_plain(gnutls_transport_ptr_t ptr, const void *p, size_t n)
{
	struct peer *peer = ptr;

	return send(peer->fd, p, n, MSG_NOSIGNAL);
}

static void echo(struct peer *p, gnutls_session_t s, bool back)
{
	char block[4096];

	for (;;) {
		ssize_t n = gnutls_record_recv(s, block, sizeof block);

		if (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_AGAIN)
			continue;
		if (n <= 0)
			return;
		p->got += (size_t)n;
		if (back && gnutls_record_send(s, block, (size_t)n) < 0)
			return;
	}
}

static void converse(struct peer *p, gnutls_session_t s)
{
	for (int i = 0; i < 3 && p->rekey; i++)
		MUST(gnutls_session_key_update(s, GNUTLS_KU_PEER));
	switch (p->after) {
	case PEER_GREET:
		gnutls_record_send(s, "220 hi\r\n", 8);
		echo(p, s, true);
		gnutls_bye(s, GNUTLS_SHUT_WR);
		break;
	case PEER_SILENT:
		echo(p, s, false);
		break;
	case PEER_CUT:
		gnutls_record_send(s, "250 o", 5);
		break;
	case PEER_DAMAGE:
		gnutls_record_send(s, "220 hi", 6);
		send(p->fd, "\x17\x03\x03\x00\x20" "0123456789abcdef0123456789abcdef",
		     37, MSG_NOSIGNAL);
		echo(p, s, false);
		break;
	}
}

static void note_name(struct peer *p, gnutls_session_t s)
{
	size_t n = sizeof p->name - 1;
	unsigned type;

	if (gnutls_server_name_get(s, p->name, &n, &type, 0) == 0)
		p->name[n] = '\0';
	else
		p->name[0] = '\0';
}

static void *serve(void *arg)
{
	struct peer *p = arg;
	gnutls_certificate_credentials_t cred;
	gnutls_x509_crt_t chain[3];
	gnutls_session_t s;
	unsigned n = 0;

	while (n < 3 && p->chain[n] != NULL) {
		chain[n] = p->chain[n]->crt;
		n++;
	}
	MUST(gnutls_certificate_allocate_credentials(&cred));
	MUST(gnutls_certificate_set_x509_key(cred, chain, (int)n, p->chain[0]->key));
	if (p->dh)
		MUST(gnutls_certificate_set_known_dh_params(cred,
			GNUTLS_SEC_PARAM_MEDIUM));
	MUST(gnutls_init(&s, GNUTLS_SERVER |
			 (p->ticket_key == NULL ? GNUTLS_NO_TICKETS : 0)));
	MUST(gnutls_priority_set_direct(s, p->priorities != NULL ? p->priorities :
					"NORMAL", NULL));
	MUST(gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, cred));
	if (p->ticket_key != NULL)
		MUST(gnutls_session_ticket_enable_server(s, p->ticket_key));
	if (p->client_ca != NULL) {
		gnutls_x509_crt_t ca = p->client_ca->crt;

		MUST(gnutls_certificate_set_x509_trust(cred, &ca, 1));
		gnutls_certificate_server_set_request(s, GNUTLS_CERT_REQUIRE);
	}
	gnutls_transport_set_ptr(s, p);
	gnutls_transport_set_pull_function(s, pull_plain);
	gnutls_transport_set_push_function(s, p->trickle ? push_trickle : push_plain);
	do {
		p->handshake = gnutls_handshake(s);
	} while (p->handshake < 0 && !gnutls_error_is_fatal(p->handshake));
	note_name(p, s);
	if (p->handshake < 0)
		gnutls_alert_send_appropriate(s, p->handshake);
	else
		converse(p, s);
	gnutls_deinit(s);
	gnutls_certificate_free_credentials(cred);
	shutdown(p->fd, SHUT_WR);
	close(p->fd);
	return NULL;
}

int peer_start(struct peer *p)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	p->fd = pair[1];
	p->got = 0;
	if (pthread_create(&p->thread, NULL, serve, p) != 0)
		abort();
	return pair[0];
}

void peer_join(struct peer *p)
{
	pthread_join(p->thread, NULL);
}
