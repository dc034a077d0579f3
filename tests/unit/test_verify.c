/*
 * Our half of what is done twice: the name check that the library also makes,
 * and the look back at whether anything was verified at all.  Two functions of
 * the library are replaced, so that it says yes, or no, to everything.
 */
#include "sys/verify.h"

#include <dlfcn.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <unistd.h>

#include "pki.h"
#include "sys/clock.h"
#include "sys/stream.h"
#include "sys/tls.h"
#include "unit.h"

#define HOST "relay.example.org"
#define SECONDS 10

static unsigned library_says;	/* about names */
static bool library_asks = true;	/* us, about certificates */

unsigned gnutls_x509_crt_check_hostname(gnutls_x509_crt_t crt, const char *host)
{
	(void)crt;
	(void)host;
	return library_says;
}

void gnutls_certificate_set_verify_function(gnutls_certificate_credentials_t cred,
					    gnutls_certificate_verify_function *fn)
{
	void (*real)(gnutls_certificate_credentials_t,
		     gnutls_certificate_verify_function *);

	*(void **)&real = dlsym(RTLD_NEXT, "gnutls_certificate_set_verify_function");
	assert_non_null(real);
	if (library_asks)
		real(cred, fn);
}

/* ---- names ------------------------------------------------------------- */

static const struct {
	const char *name;	/* in the certificate */
	const char *host;
	bool fits;
} names[] = {
	{ "relay.example.org", "relay.example.org", true },
	{ "Relay.EXAMPLE.org", "relay.example.ORG", true },
	{ "relay.example.org.", "relay.example.org", true },
	{ "relay.example.org", "relay.example.com", false },
	{ "relay.example.org", "x.relay.example.org", false },
	{ "example.org", "relay.example.org", false },
	{ "relay.example.orgs", "relay.example.org", false },
	{ "relay.example.or", "relay.example.org", false },
	/* RFC 9525, 6.3: "*" is the whole of the leftmost label, once */
	{ "*.example.org", "relay.example.org", true },
	{ "*.EXAMPLE.org.", "relay.example.org", true },
	{ "*.example.org", "a.relay.example.org", false },
	{ "*.example.org", "example.org", false },
	{ "*.example.org", ".example.org", false },
	{ "*.example.org", "*", false },
	{ "re*.example.org", "relay.example.org", false },
	{ "*y.example.org", "relay.example.org", false },
	{ "r*y.example.org", "relay.example.org", false },
	{ "**.example.org", "relay.example.org", false },
	{ "*.*.org", "relay.example.org", false },
	{ "relay.*.org", "relay.example.org", false },
	{ "relay.example.*", "relay.example.org", false },
	{ "xn--*.example.org", "xn--bcher-kva.example.org", false },
	/* it is no letter either */
	{ "re*.example.org", "re*.example.org", false },
	{ "*.*.org", "relay.*.org", false },
	/* and never for everybody below a top level */
	{ "*.org", "example.org", false },
	{ "*.org.", "example.org", false },
	{ "*.", "org", false },
	{ "*", "org", false },
	{ "*", "relay.example.org", false },
	{ "*.localhost", "relay.localhost", false },
};

static bool fits(const char *name, const char *host, size_t *n)
{
	struct pki_cert c = pki_make(&(struct pki_spec){ .cn = "x", .dns = { name } },
				     NULL);
	struct tls_creds creds = { .host = (char *)(uintptr_t)host };
	gnutls_x509_crt_t crt;
	gnutls_datum_t der;
	bool yes;

	/* the names of one that was just made cannot be read */
	assert_int_equal(gnutls_x509_crt_export2(c.crt, GNUTLS_X509_FMT_DER, &der), 0);
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER), 0);
	yes = verify_name(crt, &creds, n);
	gnutls_x509_crt_deinit(crt);
	gnutls_free(der.data);
	pki_free(&c);
	return yes;
}

/* The library agrees to all: nothing but our own rules is left. */
static void test_names(void **state)
{
	size_t n;

	(void)state;
	library_says = 1;
	for (size_t i = 0; i < COUNT(names); i++) {
		if (fits(names[i].name, names[i].host, &n) != names[i].fits)
			fail_msg("'%s' for '%s'", names[i].name, names[i].host);
		assert_int_equal(n, 1);
	}
}

/* The library refuses: ours is not enough. */
static void test_library_refuses(void **state)
{
	size_t n;

	(void)state;
	library_says = 0;
	assert_false(fits("relay.example.org", "relay.example.org", &n));
	assert_false(fits("*.example.org", "relay.example.org", &n));
}

/* ---- was anything verified? -------------------------------------------- */

static int shake(const struct tls_policy *policy, struct peer *peer, struct err *e)
{
	struct tls_creds *creds;
	struct stream stream = STREAM_INIT;
	int ret;

	assert_int_equal(tls_creds_load(policy, &creds, e), 0);
	stream_open(&stream, peer_start(peer));
	ret = tls_start(&stream, creds, clock_in(SECONDS), e);
	stream_close(&stream);
	peer_join(peer);
	tls_creds_free(creds);
	return ret;
}

/*
 * A handshake that comes to its end without the certificate having been
 * judged, for whatever reason, is none.  Of a bad certificate nobody would
 * know, so a good one is as good a test.
 */
static void test_nobody_asked(void **state)
{
	static const char *const versions[] = { "NORMAL:-VERS-ALL:+VERS-TLS1.2",
		"NORMAL:-VERS-ALL:+VERS-TLS1.3" };
	struct pki_cert good = pki_make(&(struct pki_spec){ .cn = HOST,
		.dns = { HOST } }, NULL);
	char *pin = pki_print(&good, GNUTLS_DIG_SHA256);

	(void)state;
	library_says = 1;
	for (size_t i = 0; i < COUNT(versions); i++) {
		struct tls_policy policy = { .host = HOST, .certcheck = true,
			.fingerprint = pin };
		struct peer peer = { .chain = { &good }, .priorities = versions[i] };
		struct err e = ERR_INIT;

		library_asks = true;
		assert_int_equal(shake(&policy, &peer, &e), 0);
		library_asks = false;
		assert_int_equal(shake(&policy, &peer, &e), -1);
		assert_int_equal(e.kind, ERR_UNAVAILABLE);
		assert_non_null(strstr(e.text, "showed no certificate"));
		assert_int_equal(peer.got, 0);
		/* whoever wants no check needs none */
		policy.certcheck = false;
		e = (struct err)ERR_INIT;
		assert_int_equal(shake(&policy, &peer, &e), 0);
	}
	library_asks = true;
	free(pin);
	pki_free(&good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_library_refuses),
		cmocka_unit_test(test_nobody_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
