/* The server's side of a TLS handshake, in every state of health. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "peer.h"
#include "staple.h"
#include "talk.h"

/* Sends handshake messages in tiny pieces. */
static ssize_t
push_slices(gnutls_transport_ptr_t ptr, const void *data, size_t n)
{
	const char *p = data;

	(void)ptr;
	for (size_t i = 0; i < n; i += peer.hello_slice) {
		size_t part = n - i < peer.hello_slice ? n - i : peer.hello_slice;

		while (send(peer.fd, p + i, part, MSG_NOSIGNAL) < 0) {
			if (errno != EAGAIN)
				return -1;
			peer_wait(POLLOUT);
		}
		if (i % 64 == 0)
			sleep_ms(1);
	}
	return (ssize_t)n;
}

struct tls_wish {
	const char *name, *priority;
	gnutls_certificate_request_t ask;
	bool refused;
};

static void
read_wish(char *text, struct tls_wish *w)
{
	char *rest = NULL;

	for (char *t = strtok_r(text, " ", &rest); t; t = strtok_r(NULL, " ", &rest)) {
		if (strcmp(t, "split") == 0 && (t = strtok_r(NULL, " ", &rest)) != NULL)
			peer.hello_slice = (size_t)atol(t);
		else if (strcmp(t, "priority") == 0 && (t = strtok_r(NULL, " ", &rest)) != NULL)
			w->priority = t;
		else if (strcmp(t, "request") == 0)
			w->ask = GNUTLS_CERT_REQUEST;
		else if (strcmp(t, "require") == 0)
			w->ask = GNUTLS_CERT_REQUIRE;
		else if (strcmp(t, "refused") == 0)
			w->refused = true;
		else
			w->name = t;
	}
}

static void
start_session(const struct tls_wish *w)
{
	char *pem = make_text("%s/certs/%s.pem", talk.dir, w->name);
	char *key = make_text("%s/certs/%s.key", talk.dir, w->name);
	char *root = make_text("%s/certs/ca.pem", talk.dir);
	char *certs = make_text("%s/certs", talk.dir);
	int rc;

	gnutls_certificate_allocate_credentials(&peer.credentials);
	rc = gnutls_certificate_set_x509_key_file(peer.credentials, pem, key,
	    GNUTLS_X509_FMT_PEM);
	if (rc < 0)
		fail("certificate '%s': %s", w->name, gnutls_strerror(rc));
	gnutls_certificate_set_x509_trust_file(peer.credentials, root, GNUTLS_X509_FMT_PEM);
	staple_show(peer.credentials, certs, w->name);
	gnutls_init(&peer.tls, GNUTLS_SERVER | GNUTLS_NONBLOCK);
	gnutls_credentials_set(peer.tls, GNUTLS_CRD_CERTIFICATE, peer.credentials);
	rc = gnutls_priority_set_direct(peer.tls, w->priority, NULL);
	if (rc < 0)
		fail("priority '%s': %s", w->priority, gnutls_strerror(rc));
	gnutls_certificate_server_set_request(peer.tls, w->ask);
	gnutls_transport_set_int(peer.tls, peer.fd);
	if (peer.hello_slice > 0)
		gnutls_transport_set_push_function(peer.tls, push_slices);
	gnutls_handshake_set_timeout(peer.tls, GNUTLS_INDEFINITE_TIMEOUT);
	free(pem);
	free(key);
	free(root);
	free(certs);
}

static int
shake_hands(const struct tls_wish *w)
{
	int rc;

	while ((rc = gnutls_handshake(peer.tls)) < 0 && !gnutls_error_is_fatal(rc))
		peer_wait(gnutls_record_get_direction(peer.tls) == 1 ? POLLOUT : POLLIN);
	if (rc == 0 && w->ask == GNUTLS_CERT_REQUIRE) {
		unsigned status = 0;

		rc = gnutls_certificate_verify_peers2(peer.tls, &status);
		if (rc == 0 && status != 0)
			rc = GNUTLS_E_CERTIFICATE_ERROR;
	}
	note("**", rc == 0 ? "TLS is up" : gnutls_strerror(rc),
	    rc == 0 ? 9 : strlen(gnutls_strerror(rc)));
	if (rc < 0)
		gnutls_alert_send_appropriate(peer.tls, rc);
	return rc;
}

void
do_tls(const struct step *s)
{
	struct tls_wish w = { "good", "NORMAL", GNUTLS_CERT_IGNORE, false };
	char *text = dup_text(s->text);
	int rc;

	peer_ensure();
	if (peer.tls != NULL)
		fail("TLS is up already");
	if (peer.in.len > 0)
		fail("the client sent something ahead of the handshake");
	peer.hello_slice = 0;
	read_wish(text, &w);
	start_session(&w);
	rc = shake_hands(&w);
	if (rc < 0 && !w.refused)
		fail("handshake: %s", gnutls_strerror(rc));
	if (w.refused) {
		if (rc == 0 && peer_more())
			fail("the client accepted '%s' and sent something", w.name);
		peer.over = true;
	}
	free(text);
}
