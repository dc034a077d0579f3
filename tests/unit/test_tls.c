/*
 * TLS as hostile.md's table has it: each row is a certificate, a policy and
 * what must become of them.  The server is GnuTLS's own, in a thread.
 */
#include "sys/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "pki.h"
#include "sys/clock.h"
#include "sys/creds.h"

#define HOST "relay.example.org"
#define SECONDS 10

enum leaf {
	L_GOOD, L_CHAIN, L_IP, L_WILD, L_EXPIRED, L_EARLY, L_OTHER, L_IPNAME,
	L_NUL, L_SELF, L_SELF_EXPIRED, L_CN, L_STRANGER, L_CLIENT, L_STAPLE,
	L_PARTIAL, L_WIDE, L_IDN, L_FAKE, LEAVES
};

static struct pki_cert root, middle, stranger, old_root, leaf[LEAVES];
static char dir[] = "/tmp/ostler-tls.XXXXXX";
static const char *files[] = { "root.big", "self.big", "self_expired.big", "root", "self", "self_expired", "empty", "garbage",
	"crl", "crl_none", "cert", "key", "key_locked", "broken", "old_root", "middle" };

static const char *path(const char *name)
{
	static char text[4][128];
	static unsigned i;

	i = (i + 1) % 4;
	snprintf(text[i], sizeof text[i], "%s/%s", dir, name);
	return text[i];
}

static void put_text(const char *name, const char *text)
{
	FILE *f = fopen(path(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

#define LEAF(k, by, ...) \
	leaf[k] = pki_make(&(struct pki_spec){ .cn = HOST, __VA_ARGS__ }, by)

static void make_leaves(void)
{
	LEAF(L_GOOD, &root, .dns = { "other.example", HOST });
	LEAF(L_CHAIN, &middle, .dns = { HOST });
	LEAF(L_IP, &root, .ip = { "127.0.0.1", "::1" });
	LEAF(L_WILD, &root, .dns = { "*.example.org" });
	LEAF(L_EXPIRED, &root, .dns = { HOST }, .from = -20 * PKI_DAY, .to = -PKI_DAY);
	LEAF(L_EARLY, &root, .dns = { HOST }, .from = PKI_DAY, .to = 20 * PKI_DAY);
	LEAF(L_OTHER, &root, .dns = { "mail.example.net", "mx.example.net" },
	     .ip = { "192.0.2.7" });
	LEAF(L_IPNAME, &root, .dns = { "127.0.0.1" });
	LEAF(L_NUL, &root, .dns_nul = HOST "\1.evil.example");
	LEAF(L_SELF, NULL, .dns = { HOST });
	LEAF(L_SELF_EXPIRED, NULL, .dns = { HOST }, .from = -20 * PKI_DAY, .to = -60);
	LEAF(L_CN, &root);
	LEAF(L_STRANGER, &stranger, .dns = { HOST });
	LEAF(L_CLIENT, &root, .dns = { HOST }, .client_only = true);
	LEAF(L_STAPLE, &root, .dns = { HOST }, .must_staple = true);
	LEAF(L_PARTIAL, &root, .dns = { "re*.example.org" });
	LEAF(L_WIDE, &root, .dns = { "*.org", "*" });
	LEAF(L_IDN, &root, .dns = { "xn--bcher-kva.example" });
	/* Signed by a leaf, which is no authority. */
	LEAF(L_FAKE, &leaf[L_GOOD], .dns = { HOST });
}

/* The same trust among many that do not matter, worth an index. */
static void make_bundles(void)
{
	enum { MANY = 40 };
	struct pki_cert all[MANY];
	char cn[32];

	for (int i = 0; i < MANY; i++) {
		snprintf(cn, sizeof cn, "Filler %d", i);
		all[i] = pki_make(&(struct pki_spec){ .cn = cn, .ca = true }, NULL);
	}
	for (int k = 0; k < 3; k++) {
		static const char *const names[] = { "root.big", "self.big",
						     "self_expired.big" };
		struct pki_cert filler = all[20];

		all[20] = k == 0 ? root : leaf[k == 1 ? L_SELF : L_SELF_EXPIRED];
		pki_write_certs(path(names[k]), all, MANY);
		all[20] = filler;
	}
	for (int i = 0; i < MANY; i++)
		pki_free(&all[i]);
}

static int set_up(void **state)
{
	struct pki_spec ca = { .cn = "Root of the test", .ca = true };

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	setenv("XDG_CACHE_HOME", dir, 1);
	root = pki_make(&ca, NULL);
	ca.cn = "A stranger";
	stranger = pki_make(&ca, NULL);
	ca.cn = "Middle of the test";
	middle = pki_make(&ca, &root);
	old_root = pki_make(&(struct pki_spec){ .cn = "Old root", .ca = true,
			    .from = -20 * PKI_DAY, .to = -PKI_DAY }, NULL);
	make_leaves();
	pki_write_certs(path("root"), &root, 1);
	pki_write_certs(path("old_root"), &old_root, 1);
	pki_write_certs(path("middle"), &middle, 1);
	pki_write_certs(path("self"), &leaf[L_SELF], 1);
	pki_write_certs(path("self_expired"), &leaf[L_SELF_EXPIRED], 1);
	pki_write_crl(path("crl"), &root, &leaf[L_GOOD]);
	pki_write_crl(path("crl_none"), &root, NULL);
	pki_write_certs(path("cert"), &leaf[L_CLIENT], 1);
	pki_write_key(path("key"), &leaf[L_CLIENT], NULL);
	pki_write_key(path("key_locked"), &leaf[L_CLIENT], "open sesame");
	make_bundles();
	put_text("empty", "");
	put_text("garbage", "this is not a certificate\n");
	put_text("broken", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		unlink(path(files[i]));
	if (system("rm -rf \"$XDG_CACHE_HOME/ostler\"") != 0)
		return -1;
	rmdir(dir);
	pki_free(&root);
	pki_free(&middle);
	pki_free(&stranger);
	pki_free(&old_root);
	for (size_t i = 0; i < LEAVES; i++)
		pki_free(&leaf[i]);
	return 0;
}

/* ---- one connection ---------------------------------------------------- */

struct run {
	struct peer peer;
	struct tls_policy policy;
	struct tls_creds *creds;
	struct stream stream;
	struct err e;
	int ret;
};

static void run_start(struct run *r)
{
	r->creds = NULL;
	r->e = (struct err)ERR_INIT;
	if (r->policy.host == NULL)
		r->policy.host = HOST;
	r->ret = tls_creds_load(&r->policy, &r->creds, &r->e);
	if (r->ret < 0)
		return;
	stream_open(&r->stream, peer_start(&r->peer));
	r->ret = tls_start(&r->stream, r->creds, clock_in(SECONDS), &r->e);
}

static void run_end(struct run *r)
{
	if (r->creds == NULL)
		return;
	stream_close(&r->stream);
	peer_join(&r->peer);
	tls_creds_free(r->creds);
}

/* The greeting and an echo through the session. */
static void talk(struct run *r)
{
	char in[64];
	size_t got = 0, n;

	while (got < 8) {
		assert_int_equal(stream_read(&r->stream, in + got, sizeof in - got,
					     &n, clock_in(SECONDS), &r->e), 0);
		assert_true(n > 0);
		got += n;
	}
	assert_memory_equal(in, "220 hi\r\n", 8);
	assert_int_equal(stream_put(&r->stream, "EHLO me\r\n", 9, false, &n,
				    clock_in(SECONDS), &r->e), 0);
	assert_int_equal(n, 9);
	assert_int_equal(stream_flush(&r->stream, clock_in(SECONDS), &r->e), 0);
	for (got = 0; got < 9; got += n) {
		assert_int_equal(stream_read(&r->stream, in + got, sizeof in - got,
					     &n, clock_in(SECONDS), &r->e), 0);
		assert_true(n > 0);
	}
	assert_memory_equal(in, "EHLO me\r\n", 9);
}

/* ---- the certificate matrix -------------------------------------------- */

struct row {
	const char *what;
	enum leaf leaf;
	const char *host;	/* NULL: HOST */
	const char *trust;	/* file of dir; NULL: root */
	const char *crl;
	enum err_kind want;
	const char *says;	/* in the message */
};

static const struct row matrix[] = {
	{ "good", L_GOOD, NULL, NULL, NULL, ERR_NONE, NULL },
	{ "upper case, dot", L_GOOD, "Relay.Example.ORG.", NULL, NULL, ERR_NONE, NULL },
	{ "intermediate", L_CHAIN, NULL, NULL, NULL, ERR_NONE, NULL },
	{ "address", L_IP, "127.0.0.1", NULL, NULL, ERR_NONE, NULL },
	{ "IPv6 address", L_IP, "::1", NULL, NULL, ERR_NONE, NULL },
	{ "IPv6 address, long form", L_IP, "0:0::0:1", NULL, NULL, ERR_NONE, NULL },
	{ "wildcard", L_WILD, NULL, NULL, NULL, ERR_NONE, NULL },
	{ "self-signed and trusted", L_SELF, NULL, "self", NULL, ERR_NONE, NULL },
	{ "U-label", L_IDN, "b\xc3\xbc" "cher.example", NULL, NULL, ERR_NONE, NULL },
	{ "list without us", L_GOOD, NULL, NULL, "crl_none", ERR_NONE, NULL },
	{ "other than the revoked", L_WILD, NULL, NULL, "crl", ERR_NONE, NULL },
	{ "expired", L_EXPIRED, NULL, NULL, NULL, ERR_UNAVAILABLE, "it expired on 20" },
	{ "not yet", L_EARLY, NULL, NULL, NULL, ERR_UNAVAILABLE, "not valid before 20" },
	{ "wrong name", L_OTHER, NULL, NULL, NULL, ERR_UNAVAILABLE,
	  "issued for mail.example.net, mx.example.net, 192.0.2.7" },
	{ "wrong address", L_IP, "127.0.0.2", NULL, NULL, ERR_UNAVAILABLE,
	  "issued for 127.0.0.1, 0000:0000" },
	{ "address as name", L_IPNAME, "127.0.0.1", NULL, NULL, ERR_UNAVAILABLE,
	  "issued for 127.0.0.1" },
	{ "name for address", L_GOOD, "127.0.0.1", NULL, NULL, ERR_UNAVAILABLE, "issued for" },
	{ "address for name", L_IP, NULL, NULL, NULL, ERR_UNAVAILABLE, "issued for" },
	{ "wildcard too deep", L_WILD, "a.b.example.org", NULL, NULL, ERR_UNAVAILABLE,
	  "issued for *.example.org" },
	{ "wildcard for nothing", L_WILD, "example.org", NULL, NULL, ERR_UNAVAILABLE, "issued" },
	{ "wildcard empty label", L_WILD, ".example.org", NULL, NULL, ERR_UNAVAILABLE, "" },
	{ "part of a label", L_PARTIAL, NULL, NULL, NULL, ERR_UNAVAILABLE, "issued for re*" },
	{ "wildcard of a TLD", L_WIDE, "example.org", NULL, NULL, ERR_UNAVAILABLE, "issued" },
	{ "NUL in name", L_NUL, NULL, NULL, NULL, ERR_UNAVAILABLE, "names no host" },
	{ "common name only", L_CN, NULL, NULL, NULL, ERR_UNAVAILABLE, "names no host" },
	{ "unknown authority", L_STRANGER, NULL, NULL, NULL, ERR_UNAVAILABLE,
	  "not trusted here (CN=A stranger)" },
	{ "self-signed", L_SELF, NULL, NULL, NULL, ERR_UNAVAILABLE, "self-signed" },
	{ "other self-signed", L_SELF, NULL, "self_expired", NULL, ERR_UNAVAILABLE,
	  "signed it" },
	{ "trusted, expired", L_SELF_EXPIRED, NULL, "self_expired", NULL, ERR_UNAVAILABLE, "expired" },
	{ "trusted, wrong name", L_SELF, "x.example.org", "self", NULL, ERR_UNAVAILABLE, "issued for" },
	{ "signed by a leaf", L_FAKE, NULL, NULL, NULL, ERR_UNAVAILABLE, "" },
	{ "not for servers", L_CLIENT, NULL, NULL, NULL, ERR_UNAVAILABLE, "not meant for servers" },
	{ "must staple", L_STAPLE, NULL, NULL, NULL, ERR_UNAVAILABLE, "OCSP" },
	{ "revoked", L_GOOD, NULL, NULL, "crl", ERR_UNAVAILABLE, "revoked" },
	{ "no trust file", L_GOOD, NULL, "none", NULL, ERR_NOINPUT, "No such file" },
	{ "empty trust file", L_GOOD, NULL, "empty", NULL, ERR_NOINPUT, "holds no certificate" },
	{ "garbage", L_GOOD, NULL, "garbage", NULL, ERR_NOINPUT, "certificate" },
	{ "broken", L_GOOD, NULL, "broken", NULL, ERR_NOINPUT, "certificate" },
	{ "directory", L_GOOD, NULL, "", NULL, ERR_NOINPUT, "directory" },
	{ "no CRL", L_WILD, NULL, NULL, "none", ERR_NOINPUT, "tls_crl_file" },
	{ "empty CRL", L_WILD, NULL, NULL, "empty", ERR_NOINPUT, "tls_crl_file" },
	{ "garbage CRL", L_WILD, NULL, NULL, "garbage", ERR_NOINPUT, "tls_crl_file" },
	{ "CRL is a certificate", L_WILD, NULL, NULL, "root", ERR_NOINPUT, "tls_crl_file" },
};

static void present(struct peer *p, enum leaf k)
{
	p->chain[0] = &leaf[k];
	if (k == L_CHAIN)
		p->chain[1] = &middle;
	if (k == L_FAKE)
		p->chain[1] = &leaf[L_GOOD];
}

enum how { PLAIN, INDEX_MADE, INDEX_USED };

static void one_row(const struct row *row, const char *priorities, enum how how)
{
	struct run r = { .peer = { .priorities = priorities } };
	const char *name = row->trust != NULL ? row->trust : "root";
	char trust[128], big[140];

	present(&r.peer, row->leaf);
	snprintf(trust, sizeof trust, "%s", path(name));
	snprintf(big, sizeof big, "%s.big", trust);
	r.policy = (struct tls_policy){
		.host = row->host, .certcheck = true, .trust_file = trust,
		.crl_file = row->crl != NULL ? path(row->crl) : NULL,
	};
	if (how != PLAIN && access(big, R_OK) == 0)
		r.policy.trust_file = big;
	run_start(&r);
	if (r.e.kind != row->want || (row->says != NULL &&
				      strstr(r.e.text, row->says) == NULL))
		fail_msg("%s: kind %d, \"%s\"", row->what, (int)r.e.kind, r.e.text);
	if (how == INDEX_USED && row->want == ERR_NONE)
		assert_non_null(r.creds->trust);	/* and that was enough */
	if (row->want == ERR_NONE)
		talk(&r);
	else if (row->want == ERR_UNAVAILABLE)
		assert_non_null(strstr(r.e.text, "SHA-256 fingerprint "));
	run_end(&r);
	if (r.creds != NULL && row->want != ERR_NONE) {
		/* The server never came out of the handshake (it hears our
		 * alert unless it was still sending), and got no byte inside. */
		assert_int_equal(r.peer.got, 0);
		assert_true(r.peer.handshake < 0);
	}
}

static void whole_matrix(const char *priorities, enum how how)
{
	for (size_t i = 0; i < sizeof matrix / sizeof matrix[0]; i++)
		one_row(&matrix[i], priorities, how);
}

static void test_matrix_13(void **state)
{
	(void)state;
	whole_matrix("NORMAL:-VERS-ALL:+VERS-TLS1.3", PLAIN);
}

static void test_matrix_12(void **state)
{
	(void)state;
	whole_matrix("NORMAL:-VERS-ALL:+VERS-TLS1.2", PLAIN);
}

/* The same answers when authorities are looked up by an index. */
static void test_matrix_index(void **state)
{
	(void)state;
	whole_matrix("NORMAL", INDEX_MADE);
	whole_matrix("NORMAL", INDEX_USED);
	whole_matrix("NORMAL:-VERS-ALL:+VERS-TLS1.2", INDEX_USED);
}

/* ---- fingerprints ------------------------------------------------------ */

/* The pin is RIGHT's digest cut to DIGITS, between BEFORE and BEHIND. */
static void one_pin(const char *what, enum leaf shown, enum leaf right,
		    gnutls_digest_algorithm_t algo, const char *before, int digits,
		    const char *behind, enum err_kind want, const char *says)
{
	char *hex = pki_print(&leaf[right], algo), text[400];
	struct run r = { .policy = { .certcheck = true, .trust_file = "/none" } };

	snprintf(text, sizeof text, "%s%.*s%s", before, digits, hex, behind);
	r.policy.fingerprint = text;
	present(&r.peer, shown);
	run_start(&r);
	if (r.e.kind != want || (says != NULL && strstr(r.e.text, says) == NULL))
		fail_msg("%s: kind %d, \"%s\"", what, (int)r.e.kind, r.e.text);
	if (want == ERR_NONE)
		talk(&r);
	run_end(&r);
	assert_true(want == ERR_NONE || r.creds == NULL || r.peer.got == 0);
	free(hex);
}

static void test_pins(void **state)
{
	const gnutls_digest_algorithm_t sha256 = GNUTLS_DIG_SHA256;
	static const char other[] = "0000000000000000000000000000000000000000"
		"000000000000000000000000";
	char list[200];

	(void)state;
	one_pin("self-signed", L_SELF, L_SELF, sha256, "", 64, "", ERR_NONE, NULL);
	one_pin("names nobody", L_CN, L_CN, sha256, "", 64, "", ERR_NONE, NULL);
	one_pin("SHA-1", L_SELF, L_SELF, GNUTLS_DIG_SHA1, "", 64, "", ERR_NONE, NULL);
	one_pin("MD5", L_SELF, L_SELF, GNUTLS_DIG_MD5, "", 64, "", ERR_NONE, NULL);
	snprintf(list, sizeof list, "%s, ", other);
	one_pin("the second", L_SELF, L_SELF, sha256, list, 64, "", ERR_NONE, NULL);
	snprintf(list, sizeof list, " ,%s", other);
	one_pin("the first", L_SELF, L_SELF, sha256, " ", 64, list, ERR_NONE, NULL);
	one_pin("wrong on a good one", L_GOOD, L_SELF, sha256, "", 64, "", ERR_UNAVAILABLE,
		"fingerprint is not the configured one");
	one_pin("expired", L_SELF_EXPIRED, L_SELF_EXPIRED, sha256, "", 64, "",
		ERR_UNAVAILABLE, "it expired on");
	one_pin("names others", L_OTHER, L_OTHER, sha256, "", 64, "", ERR_UNAVAILABLE,
		"issued for mail.example.net");
	one_pin("too long", L_SELF, L_SELF, sha256, "", 64, "00", ERR_CONFIG, "64 hex");
	one_pin("too short", L_SELF, L_SELF, sha256, "", 62, "", ERR_CONFIG, "64 hex");
	one_pin("half a byte", L_SELF, L_SELF, sha256, "", 63, "", ERR_CONFIG, "64 hex");
	one_pin("no hex", L_SELF, L_SELF, sha256, "", 62, "xx", ERR_CONFIG, "64 hex");
	one_pin("empty item", L_SELF, L_SELF, sha256, ",", 64, "", ERR_CONFIG, "64 hex");
	one_pin("empty", L_SELF, L_SELF, sha256, "", 0, "", ERR_CONFIG, "empty");
}

/* Colons and blanks between the pairs, capitals. */
static void test_pin_spelling(void **state)
{
	char *hex = pki_print(&leaf[L_SELF], GNUTLS_DIG_SHA256);
	static const char between[] = { ':', ' ' };

	(void)state;
	for (size_t k = 0; k < sizeof between; k++) {
		struct run r = { .policy = { .certcheck = true } };
		char text[100], *p = text;

		for (size_t i = 0; hex[i] != '\0'; i += 2) {
			if (i > 0)
				*p++ = between[k];
			*p++ = (char)(hex[i] >= 'a' ? hex[i] - 32 : hex[i]);
			*p++ = (char)(hex[i + 1] >= 'a' ? hex[i + 1] - 32 : hex[i + 1]);
		}
		*p = '\0';
		r.policy.fingerprint = text;
		present(&r.peer, L_SELF);
		run_start(&r);
		assert_int_equal(r.ret, 0);
		run_end(&r);
	}
	free(hex);
}

/* ---- policies ---------------------------------------------------------- */

static void expect(struct run *r, enum err_kind want, const char *says)
{
	run_start(r);
	if (r->e.kind != want || (says != NULL && strstr(r->e.text, says) == NULL))
		fail_msg("kind %d, \"%s\"", (int)r->e.kind, r->e.text);
}

static void test_policy_mistakes(void **state)
{
	struct run r = { .policy = { .certcheck = true } };

	(void)state;
	expect(&r, ERR_CONFIG, "tls_trust_file or tls_fingerprint");
	r.policy.trust_file = path("root");
	r.policy.priorities = "NORMAL:-NONSENSE";
	expect(&r, ERR_CONFIG, "'-NONSENSE'");
	r.policy.priorities = NULL;
	r.policy.host = "";
	expect(&r, ERR_CONFIG, "no host name");
	r.policy.host = HOST;
	r.policy.cert_file = path("none");
	expect(&r, ERR_NOINPUT, "tls_cert_file");
	r.policy.cert_file = path("cert");
	r.policy.key_file = path("none");
	expect(&r, ERR_NOINPUT, "tls_key_file");
	r.policy.key_file = path("garbage");
	expect(&r, ERR_NOINPUT, "cannot be used");
	r.policy.key_file = path("");
	expect(&r, ERR_NOINPUT, "directory");
}

static void test_no_check(void **state)
{
	struct run r = { .policy = { .certcheck = false, .trust_file = "/none" } };

	(void)state;
	present(&r.peer, L_SELF_EXPIRED);
	expect(&r, ERR_NONE, NULL);
	talk(&r);
	run_end(&r);
}

static void test_server_name(void **state)
{
	(void)state;
	for (int address = 0; address < 2; address++) {
		struct run r = { .policy = { .certcheck = true,
			.host = address ? "127.0.0.1" : "b\xc3\xbc" "cher.example.",
			.trust_file = path("root") } };

		present(&r.peer, address ? L_IP : L_IDN);
		expect(&r, ERR_NONE, NULL);
		run_end(&r);
		assert_string_equal(r.peer.name, address ? "" :
				    "xn--bcher-kva.example");
	}
}

/* A suite without certificates is no way around them. */
static void test_anonymous(void **state)
{
	struct run r = { .policy = { .certcheck = true, .trust_file = path("root"),
		.priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ANON-ECDH" } };

	(void)state;
	r.peer.priorities = r.policy.priorities;
	present(&r.peer, L_GOOD);
	run_start(&r);
	assert_int_equal(r.ret, -1);
	run_end(&r);
	assert_int_equal(r.peer.got, 0);
}

static void test_old_versions(void **state)
{
	static const char *const old[] = { "NORMAL:-VERS-ALL:+VERS-TLS1.1",
		"NORMAL:-VERS-ALL:+VERS-TLS1.0" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct run r = { .policy = { .certcheck = true,
			.trust_file = path("root") } };

		r.peer.priorities = old[i];
		present(&r.peer, L_GOOD);
		expect(&r, ERR_PROTOCOL, "TLS");
		run_end(&r);
		assert_true(r.peer.handshake < 0);
	}
}

/* What the user writes is what he gets. */
static void test_priorities(void **state)
{
	struct run r = { .policy = { .certcheck = true, .trust_file = path("root"),
		.priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.2" } };
	struct buf text = BUF_INIT(500);
	unsigned char bind[TLS_BINDING_MAX];
	size_t n;

	(void)state;
	present(&r.peer, L_GOOD);
	expect(&r, ERR_NONE, NULL);
	tls_describe(&r.stream, &text);
	assert_memory_equal(text.p, "TLS1.2 ", 7);
	assert_null(strpbrk(text.p, "()"));
	assert_int_equal(tls_channel_binding(&r.stream, bind, &n), TLS_BIND_UNIQUE);
	assert_int_equal(n, 12);	/* RFC 5246: verify_data */
	run_end(&r);
	buf_free(&text);
}

/* The priorities have a smallest prime of their own, which must not win. */
static void test_smallest_prime(void **state)
{
	static const char groups[] = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-GROUP-DH-ALL";
	static const struct {
		int bits;
		enum err_kind want;
		const char *says;
	} rows[] = {
		{ 0, ERR_NONE, NULL },
		{ 2048, ERR_NONE, NULL },
		{ 2049, ERR_PROTOCOL, "prime" },
		{ 8192, ERR_PROTOCOL, "prime" },
	};
	struct pki_cert server = pki_make(&(struct pki_spec){ .cn = HOST,
		.dns = { HOST }, .rsa = true }, &root);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct run r = {
			.peer = { .priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.2:"
				"-KX-ALL:+DHE-RSA", .dh = true },
			.policy = { .certcheck = true, .trust_file = path("root"),
				.priorities = groups,
				.min_dh_prime_bits = rows[i].bits },
		};

		r.peer.chain[0] = &server;
		expect(&r, rows[i].want, rows[i].says);
		run_end(&r);
		assert_true((r.peer.handshake < 0) == (rows[i].want != ERR_NONE));
	}
	pki_free(&server);
}

static void test_describe(void **state)
{
	struct run r = { .policy = { .certcheck = true, .trust_file = path("root") } };
	struct buf text = BUF_INIT(4000);
	char *print = pki_print(&leaf[L_GOOD], GNUTLS_DIG_SHA256);
	unsigned char bind[TLS_BINDING_MAX];
	size_t n;
	char *at;

	(void)state;
	present(&r.peer, L_GOOD);
	expect(&r, ERR_NONE, NULL);
	tls_describe(&r.stream, &text);
	assert_memory_equal(text.p, "TLS1.3 ", 7);
	buf_clear(&text);
	tls_describe_cert(&r.stream, &text);
	assert_non_null(strstr(text.p, "    Subject:\n        CN=" HOST "\n"));
	assert_non_null(strstr(text.p, "    Issuer:\n        CN=Root of the test\n"));
	assert_non_null(strstr(text.p, "    Validity:\n        Activation time: "));
	at = strstr(text.p, "        SHA256: ");
	assert_non_null(at);
	at += strlen("        SHA256: ");
	for (size_t i = 0; print[i] != '\0'; i += 2, at += 3) {
		char pair[3] = { at[0], at[1], '\0' };

		assert_int_equal(strtoul(pair, NULL, 16),
				 strtoul((char[]){ print[i], print[i + 1], '\0' },
					 NULL, 16));
	}
	assert_int_equal(tls_channel_binding(&r.stream, bind, &n), TLS_BIND_EXPORTER);
	assert_int_equal(n, 32);	/* RFC 9266 */
	run_end(&r);
	assert_int_equal(tls_channel_binding(&r.stream, bind, &n), TLS_BIND_NONE);
	buf_free(&text);
	free(print);
}

/* ---- our certificate --------------------------------------------------- */

static void client_cert(const char *priorities, const char *key, const char *pin,
			bool ours, enum err_kind want, const char *says)
{
	struct secret s = SECRET_INIT;
	struct run r = {
		.peer = { .priorities = priorities, .client_ca = &root },
		.policy = { .certcheck = true, .trust_file = path("root"),
			.cert_file = ours ? path("cert") : NULL,
			.key_file = ours ? path(key) : NULL, .pin = &s },
	};
	char in[16];
	size_t n;

	if (pin != NULL)
		secret_set(&s, pin, strlen(pin));
	present(&r.peer, L_GOOD);
	run_start(&r);
	if (r.ret == 0 && want != ERR_NONE)	/* TLS 1.3 tells later */
		r.ret = stream_read(&r.stream, in, sizeof in, &n,
				    clock_in(SECONDS), &r.e);
	if (r.e.kind != want || (says != NULL && strstr(r.e.text, says) == NULL))
		fail_msg("%s %s: kind %d, \"%s\"", priorities, key != NULL ? key : "",
			 (int)r.e.kind, r.e.text);
	if (want == ERR_NONE)
		talk(&r);
	run_end(&r);
	assert_true(want == ERR_NONE || r.peer.got == 0);
	secret_clear(&s);
}

static void test_client_certificate(void **state)
{
	static const char *const versions[] = { "NORMAL:-VERS-ALL:+VERS-TLS1.2",
		"NORMAL:-VERS-ALL:+VERS-TLS1.3" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		client_cert(versions[i], "key", NULL, true, ERR_NONE, NULL);
		client_cert(versions[i], "key_locked", "open sesame", true, ERR_NONE,
			    NULL);
		client_cert(versions[i], "key_locked", "wrong", true, ERR_NOINPUT,
			    "password of the key");
		client_cert(versions[i], "key_locked", NULL, true, ERR_NOINPUT,
			    "password of the key");
		client_cert(versions[i], NULL, NULL, false, ERR_UNAVAILABLE,
			    "demands a client certificate");
	}
}

/* The demand is told also when we write first and the pipe breaks. */
static void test_client_certificate_write(void **state)
{
	struct run r = {
		.peer = { .priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3",
			.client_ca = &root },
		.policy = { .certcheck = true, .trust_file = path("root") },
	};
	char block[4096] = "";
	size_t n;

	(void)state;
	present(&r.peer, L_GOOD);
	expect(&r, ERR_NONE, NULL);
	for (int i = 0; i < 10000 && r.ret == 0; i++)
		r.ret = stream_put(&r.stream, block, sizeof block, false, &n,
				   clock_in(SECONDS), &r.e);
	assert_int_equal(r.ret, -1);
	assert_int_equal(r.e.kind, ERR_UNAVAILABLE);
	assert_non_null(strstr(r.e.text, "demands a client certificate"));
	run_end(&r);
}

/* ---- bad connections --------------------------------------------------- */

static void plan(struct run *r, enum peer_after after)
{
	*r = (struct run){ .policy = { .certcheck = true, .trust_file = path("root") } };
	r->peer.after = after;
	present(&r->peer, L_GOOD);
}

static void test_trickle(void **state)
{
	struct run r;

	(void)state;
	plan(&r, PEER_GREET);
	r.peer.trickle = true;
	expect(&r, ERR_NONE, NULL);
	talk(&r);
	run_end(&r);
}

static void test_cut(void **state)
{
	struct run r;
	char in[16];
	size_t n;

	(void)state;
	plan(&r, PEER_CUT);
	expect(&r, ERR_NONE, NULL);
	assert_int_equal(stream_read(&r.stream, in, sizeof in, &n,
				     clock_in(SECONDS), &r.e), 0);
	assert_int_equal(n, 5);
	assert_memory_equal(in, "250 o", 5);
	assert_int_equal(stream_read(&r.stream, in, sizeof in, &n,
				     clock_in(SECONDS), &r.e), 0);
	assert_int_equal(n, 0);
	assert_true(r.stream.eof);
	run_end(&r);
}

static void test_damage(void **state)
{
	struct run r;
	char in[16];
	size_t n;

	(void)state;
	plan(&r, PEER_DAMAGE);
	expect(&r, ERR_NONE, NULL);
	assert_int_equal(stream_read(&r.stream, in, sizeof in, &n,
				     clock_in(SECONDS), &r.e), 0);
	assert_memory_equal(in, "220 hi", 6);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(stream_read(&r.stream, in, sizeof in, &n,
					     clock_in(SECONDS), &r.e), -1);
		assert_int_equal(r.e.kind, ERR_TEMP);
		assert_false(r.stream.eof);
	}
	run_end(&r);
}

static void test_silence_inside(void **state)
{
	struct run r;
	char in[16];
	size_t n;

	(void)state;
	plan(&r, PEER_SILENT);
	expect(&r, ERR_NONE, NULL);
	assert_int_equal(stream_read(&r.stream, in, sizeof in, &n,
				     clock_ms() + 50, &r.e), -1);
	assert_int_equal(r.e.kind, ERR_TEMP);
	assert_non_null(strstr(r.e.text, "timeout"));
	run_end(&r);
}

/*
 * New keys, session tickets: records that arrive when the server likes.  They
 * make the socket readable and are no reply; whoever believed that would
 * wait for one in the middle of the content.
 */
static void test_empty_records(void **state)
{
	struct run r;

	(void)state;
	for (int greet = 0; greet < 2; greet++) {
		plan(&r, greet ? PEER_GREET : PEER_SILENT);
		r.peer.rekey = true;
		r.peer.priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3";
		expect(&r, ERR_NONE, NULL);
		assert_int_equal(stream_flush(&r.stream, clock_in(SECONDS), &r.e), 0);
		for (int i = 0; i < 20 && !greet; i++) {
			assert_false(stream_readable(&r.stream));
			usleep(2000);
		}
		if (greet)
			talk(&r);
		run_end(&r);
	}
}

/* What looking ahead has taken is not lost, and pending bytes are seen. */
static void test_look_ahead(void **state)
{
	struct run r;
	char in[16];
	size_t n;

	(void)state;
	plan(&r, PEER_GREET);
	expect(&r, ERR_NONE, NULL);
	assert_int_equal(stream_flush(&r.stream, clock_in(SECONDS), &r.e), 0);
	for (int i = 0; i < 5000 && !stream_readable(&r.stream); i++)
		usleep(1000);
	assert_true(stream_readable(&r.stream));
	assert_int_equal(stream_read(&r.stream, in, 1, &n, clock_in(SECONDS), &r.e), 0);
	assert_int_equal(n, 1);
	assert_int_equal(in[0], '2');
	assert_true(stream_readable(&r.stream));
	assert_int_equal(stream_read(&r.stream, in, 3, &n, clock_in(SECONDS), &r.e), 0);
	assert_int_equal(n, 3);
	assert_memory_equal(in, "20 ", 3);
	assert_true(stream_readable(&r.stream));
	assert_int_equal(stream_read(&r.stream, in, sizeof in, &n,
				     clock_in(SECONDS), &r.e), 0);
	assert_int_equal(n, 4);
	assert_false(stream_readable(&r.stream));
	run_end(&r);
}

/*
 * A large piece each way at once: neither side may block the other.  What is
 * gathered at the end goes out while we read.
 */
static void test_bulk(void **state)
{
	enum { SIZE = 3000000 };
	char *out = malloc(SIZE), *in = malloc(SIZE);
	size_t put = 0, got = 0, n;
	struct run r;

	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		out[i] = (char)(i * 31 ^ i >> 8);
	plan(&r, PEER_GREET);
	expect(&r, ERR_NONE, NULL);
	assert_int_equal(stream_read(&r.stream, in, 8, &n, clock_in(SECONDS), &r.e), 0);
	while (got < SIZE) {
		if (put < SIZE) {
			int ret = stream_put(&r.stream, out + put, SIZE - put, true,
					     &n, clock_in(SECONDS), &r.e);

			if (ret < 0)
				fail_msg("%s", r.e.text);
			put += n;
			if (put < SIZE)
				assert_int_equal(ret, 1);
		}
		assert_int_equal(stream_read(&r.stream, in + got, SIZE - got, &n,
					     clock_in(SECONDS), &r.e), 0);
		assert_true(n > 0);
		got += n;
	}
	assert_memory_equal(in, out, SIZE);
	run_end(&r);
	assert_int_equal(r.peer.got, SIZE);
	free(out);
	free(in);
}

/* ---- no TLS at the other end ------------------------------------------- */

/* Says TEXT, then silence or the end. */
static void raw_peer(const char *text, size_t n, bool close_it, int64_t ms,
		     enum err_kind want, const char *says)
{
	struct run r = { .policy = { .host = HOST, .certcheck = true,
		.trust_file = path("root") } };
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(tls_creds_load(&r.policy, &r.creds, &r.e), 0);
	stream_open(&r.stream, pair[0]);
	assert_int_equal(send(pair[1], text, n, 0), n);
	if (close_it)
		shutdown(pair[1], SHUT_WR);
	assert_int_equal(tls_start(&r.stream, r.creds, clock_ms() + ms, &r.e), -1);
	if (r.e.kind != want || strstr(r.e.text, says) == NULL)
		fail_msg("%.20s: kind %d, \"%s\"", text, (int)r.e.kind, r.e.text);
	assert_null(r.stream.tls);
	stream_close(&r.stream);
	close(pair[1]);
	tls_creds_free(r.creds);
}

static void test_no_tls(void **state)
{
	char junk[5000];

	(void)state;
	raw_peer("220 mail.example ESMTP\r\n", 24, false, 5000, ERR_PROTOCOL,
		 "'220 mail.example ESMTP' (that is SMTP before STARTTLS");
	raw_peer("HTTP/1.1 400 Bad Request\r\n\r\n", 28, true, 5000, ERR_PROTOCOL,
		 "does not speak TLS");
	raw_peer("\x1b[2J\x07\x00\xff", 7, true, 5000, ERR_PROTOCOL, "'\?[2J\?\?\?'");
	memset(junk, 'x', sizeof junk);
	raw_peer(junk, sizeof junk, false, 5000, ERR_PROTOCOL, "does not speak TLS");
	/* Looks like a record and is none. */
	memset(junk, 0x16, sizeof junk);
	raw_peer(junk, sizeof junk, false, 5000, ERR_PROTOCOL, "handshake");
	raw_peer("", 0, true, 5000, ERR_TEMP, "closed");
	raw_peer("\x16\x03\x03", 3, true, 5000, ERR_TEMP, "closed");
	raw_peer("", 0, false, 50, ERR_TEMP, "timeout in the TLS handshake");
	raw_peer("\x16\x03\x03", 3, false, 50, ERR_TEMP, "timeout");
	/* A fatal alert: handshake_failure. */
	raw_peer("\x15\x03\x03\x00\x02\x02\x28", 7, false, 5000, ERR_PROTOCOL,
		 "refuses the TLS handshake");
	raw_peer("\x15\x03\x03\x00\x02\x02\x46", 7, false, 5000, ERR_PROTOCOL,
		 "versions that are no longer safe");
	raw_peer("\x15\x03\x03\x00\x02\x02\x50", 7, false, 5000, ERR_TEMP, "Internal error");
}

/* Warnings without end are an end. */
static void test_endless_warnings(void **state)
{
	char junk[7 * 4000];

	(void)state;
	for (size_t i = 0; i < sizeof junk; i += 7)
		memcpy(junk + i, "\x15\x03\x03\x00\x02\x01\x70", 7);
	raw_peer(junk, sizeof junk, false, 5000, ERR_PROTOCOL, "");
}

/* A handshake that comes to nothing leaves no descriptor open. */
static void test_no_leak(void **state)
{
	int before = dup(0), after;

	(void)state;
	close(before);
	for (int i = 0; i < 3; i++)
		one_row(&(const struct row){ "leak", L_EXPIRED, NULL, NULL, NULL,
			ERR_UNAVAILABLE, "expired" }, NULL, PLAIN);
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matrix_13),
		cmocka_unit_test(test_matrix_12),
		cmocka_unit_test(test_matrix_index),
		cmocka_unit_test(test_pins),
		cmocka_unit_test(test_pin_spelling),
		cmocka_unit_test(test_policy_mistakes),
		cmocka_unit_test(test_no_check),
		cmocka_unit_test(test_server_name),
		cmocka_unit_test(test_anonymous),
		cmocka_unit_test(test_old_versions),
		cmocka_unit_test(test_priorities),
		cmocka_unit_test(test_smallest_prime),
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_client_certificate),
		cmocka_unit_test(test_client_certificate_write),
		cmocka_unit_test(test_trickle),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_silence_inside),
		cmocka_unit_test(test_empty_records),
		cmocka_unit_test(test_look_ahead),
		cmocka_unit_test(test_bulk),
		cmocka_unit_test(test_no_tls),
		cmocka_unit_test(test_endless_warnings),
		cmocka_unit_test(test_no_leak),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
