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

#define HOST "relay.example.org"
#define SECONDS 10

enum leaf {
	L_GOOD, L_CHAIN, L_IP, L_WILD, L_EXPIRED, L_EARLY, L_OTHER, L_IPNAME,
	L_NUL, L_SELF, L_SELF_EXPIRED, L_CN, L_STRANGER, L_CLIENT, L_STAPLE,
	L_PARTIAL, L_WIDE, L_IDN, L_FAKE, LEAVES
};

static struct pki_cert root, middle, stranger, old_root, leaf[LEAVES];
static char dir[] = "/tmp/ostler-tls.XXXXXX";
static const char *files[] = { "root", "self", "self_expired", "empty", "garbage",
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

static int set_up(void **state)
{
	struct pki_spec ca = { .cn = "Root of the test", .ca = true };

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
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

static void one_row(const struct row *row, const char *priorities)
{
	char trust[128];
	struct run r = { .peer = { .priorities = priorities } };

	present(&r.peer, row->leaf);
	snprintf(trust, sizeof trust, "%s", path(row->trust != NULL ? row->trust : "root"));
	r.policy = (struct tls_policy){
		.host = row->host, .certcheck = true, .trust_file = trust,
		.crl_file = row->crl != NULL ? path(row->crl) : NULL,
	};
	run_start(&r);
	if (r.e.kind != row->want || (row->says != NULL &&
				      strstr(r.e.text, row->says) == NULL))
		fail_msg("%s: kind %d, \"%s\"", row->what, (int)r.e.kind, r.e.text);
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

static void test_matrix_13(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof matrix / sizeof matrix[0]; i++)
		one_row(&matrix[i], "NORMAL:-VERS-ALL:+VERS-TLS1.3");
}

static void test_matrix_12(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof matrix / sizeof matrix[0]; i++)
		one_row(&matrix[i], "NORMAL:-VERS-ALL:+VERS-TLS1.2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matrix_13),
		cmocka_unit_test(test_matrix_12),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
