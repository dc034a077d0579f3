#include "authority.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "staple.h"
#include "tool.h"

enum { DAY = 24 * 3600, YEAR = 365 * DAY };

enum signer { ROOT, MIDDLE, OTHER, SELF };

enum kind {
	CA,			/* may sign */
	SERVER,
	CLIENT,
	UNCHAINED,		/* a server that keeps the intermediate to itself */
	STAPLED,		/* a server with "must staple" */
	RESPONDER,		/* may sign OCSP answers */
};

struct row {
	const char *name, *cn;
	const char *names;	/* DNS names, blank between; NULL for none */
	const char *addresses;	/* the same, of addresses */
	enum signer signer;
	enum kind kind;
	long from, until;	/* seconds from now */
};

struct pair {
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
};

#define HERE "127.0.0.1 ::1"

/* The signers come first, in the order of enum signer. */
static const struct row rows[] = {
	{ "ca", "throwaway root", NULL, NULL, SELF, CA, -DAY, 10 * YEAR },
	{ "middle", "throwaway intermediate", NULL, NULL, ROOT, CA, -DAY, 10 * YEAR },
	{ "other-ca", "untrusted root", NULL, NULL, SELF, CA, -DAY, 10 * YEAR },
	{ "good", "good", "localhost", HERE, MIDDLE, SERVER, -DAY, YEAR },
	{ "direct", "direct", "localhost", HERE, ROOT, SERVER, -DAY, YEAR },
	{ "no-chain", "no chain", "localhost", HERE, MIDDLE, UNCHAINED, -DAY, YEAR },
	{ "expired", "expired", "localhost", HERE, ROOT, SERVER, -2 * YEAR, -YEAR },
	{ "future", "future", "localhost", HERE, ROOT, SERVER, YEAR, 2 * YEAR },
	{ "wrong-name", "wrong", "other.example", NULL, ROOT, SERVER, -DAY, YEAR },
	{ "wrong-ip", "wrong", NULL, "192.0.2.1", ROOT, SERVER, -DAY, YEAR },
	{ "ip-only", "address", NULL, HERE, ROOT, SERVER, -DAY, YEAR },
	{ "wildcard", "wildcard", "*.relay.test", NULL, ROOT, SERVER, -DAY, YEAR },
	{ "cn-only", "localhost", NULL, NULL, ROOT, SERVER, -DAY, YEAR },
	/* '|' stands for NUL: see set_nul_name() */
	{ "nul-name", "nul", "localhost|.other.example", NULL, ROOT, SERVER, -DAY, YEAR },
	{ "wrong-purpose", "client", "localhost", HERE, ROOT, CLIENT, -DAY, YEAR },
	{ "self-signed", "self", "localhost", HERE, SELF, SERVER, -DAY, YEAR },
	{ "unknown", "unknown", "localhost", HERE, OTHER, SERVER, -DAY, YEAR },
	{ "revoked", "revoked", "localhost", HERE, ROOT, SERVER, -DAY, YEAR },
	{ "must-staple", "none", "localhost", HERE, ROOT, STAPLED, -DAY, YEAR },
	{ "staple-good", "good", "localhost", HERE, ROOT, STAPLED, -DAY, YEAR },
	{ "staple-by-proxy", "proxy", "localhost", HERE, ROOT, STAPLED, -DAY, YEAR },
	{ "staple-revoked", "revoked", "localhost", HERE, ROOT, SERVER, -DAY, YEAR },
	{ "staple-unknown", "unknown", "localhost", HERE, ROOT, SERVER, -DAY, YEAR },
	{ "staple-old", "old", "localhost", HERE, ROOT, SERVER, -DAY, YEAR },
	{ "staple-early", "early", "localhost", HERE, ROOT, SERVER, -DAY, YEAR },
	{ "staple-foreign", "foreign", "localhost", HERE, ROOT, SERVER, -DAY, YEAR },
	{ "staple-self", "self", "localhost", HERE, ROOT, SERVER, -DAY, YEAR },
	{ "staple-other", "other", "localhost", HERE, ROOT, SERVER, -DAY, YEAR },
	{ "staple-garbage", "garbage", "localhost", HERE, ROOT, SERVER, -DAY, YEAR },
	{ "responder", "responder", NULL, NULL, ROOT, RESPONDER, -DAY, YEAR },
	{ "client", "tester", NULL, NULL, ROOT, CLIENT, -DAY, YEAR },
	{ "bad-client", "stranger", NULL, NULL, OTHER, CLIENT, -DAY, YEAR },
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* OCSP answers; signed by the root, about the certificate itself, for a day
 * unless said otherwise. */
static const struct {
	const char *name;
	enum staple_status status;
	const char *signer, *about;
	long from, until;
} staples[] = {
	{ "staple-good", STAPLE_GOOD, NULL, NULL, 0, 0 },
	{ "staple-by-proxy", STAPLE_GOOD, "responder", NULL, 0, 0 },
	{ "staple-revoked", STAPLE_REVOKED, NULL, NULL, 0, 0 },
	{ "staple-unknown", STAPLE_UNKNOWN, NULL, NULL, 0, 0 },
	{ "staple-old", STAPLE_GOOD, NULL, NULL, -8 * DAY, -DAY },
	{ "staple-early", STAPLE_GOOD, NULL, NULL, DAY, 8 * DAY },
	{ "staple-foreign", STAPLE_GOOD, "other-ca", NULL, 0, 0 },
	{ "staple-self", STAPLE_GOOD, "staple-self", NULL, 0, 0 },
	{ "staple-other", STAPLE_GOOD, NULL, "direct", 0, 0 },
};
enum { STAPLES = sizeof(staples) / sizeof(staples[0]) };

static void
ok(int rc, const char *what)
{
	if (rc < 0)
		die("%s: %s", what, gnutls_strerror(rc));
}

static void
save(const char *dir, const char *name, const char *ending, const struct bytes *b,
    unsigned mode)
{
	char *path = make_text("%s/%s.%s", dir, name, ending);

	if (!file_write(path, b->p, b->len, mode))
		die("cannot write '%s': %s", path, strerror(errno));
	free(path);
}

static void
add_datum(struct bytes *b, gnutls_datum_t *d)
{
	bytes_add(b, d->data, d->size);
	gnutls_free(d->data);
}

static void
add_crt(struct bytes *b, gnutls_x509_crt_t crt)
{
	gnutls_datum_t d;

	ok(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &d), "export");
	add_datum(b, &d);
}

/*
 * One DNS name with a NUL in place of '|'.  The library cuts names at a NUL, so
 * the extension is built here: SEQUENCE { [2] name }, both lengths below 128.
 */
static void
set_nul_name(gnutls_x509_crt_t crt, const char *name)
{
	size_t n = strlen(name);
	unsigned char der[128] = { 0x30, (unsigned char)(n + 2), 0x82, (unsigned char)n };

	memcpy(der + 4, name, n);
	for (size_t i = 0; i < n; i++) {
		if (der[4 + i] == '|')
			der[4 + i] = '\0';
	}
	ok(gnutls_x509_crt_set_extension_by_oid(crt, GNUTLS_X509EXT_OID_SAN,
	    der, n + 4, 0), "set a name with NUL");
}

static void
set_names(gnutls_x509_crt_t crt, const struct row *r)
{
	char *list = dup_text(r->names == NULL ? "" : r->names), *rest;

	for (char *w = strtok_r(list, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
		if (strchr(w, '|') != NULL) {
			set_nul_name(crt, w);
			continue;
		}
		ok(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME,
		    w, (unsigned)strlen(w), GNUTLS_FSAN_APPEND), "set a name");
	}
	free(list);
	list = dup_text(r->addresses == NULL ? "" : r->addresses);
	for (char *w = strtok_r(list, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
		unsigned char raw[16];
		int family = strchr(w, ':') == NULL ? AF_INET : AF_INET6;

		if (inet_pton(family, w, raw) != 1)
			die("not an address: '%s'", w);
		ok(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS,
		    raw, family == AF_INET ? 4 : 16, GNUTLS_FSAN_APPEND), "set an address");
	}
	free(list);
}

static void
set_use(gnutls_x509_crt_t crt, const struct row *r)
{
	const char *purpose = GNUTLS_KP_TLS_WWW_SERVER;

	ok(gnutls_x509_crt_set_basic_constraints(crt, r->kind == CA, -1), "constraints");
	if (r->kind == CA) {
		ok(gnutls_x509_crt_set_key_usage(crt,
		    GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN), "usage");
		return;
	}
	if (r->kind == CLIENT)
		purpose = GNUTLS_KP_TLS_WWW_CLIENT;
	else if (r->kind == RESPONDER)
		purpose = GNUTLS_KP_OCSP_SIGNING;
	else if (r->kind == STAPLED)	/* RFC 7633: status_request */
		ok(gnutls_x509_crt_set_extension_by_oid(crt, GNUTLS_X509EXT_OID_TLSFEATURES,
		    "\x30\x03\x02\x01\x05", 5, 0), "must staple");
	ok(gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE), "usage");
	ok(gnutls_x509_crt_set_key_purpose_oid(crt, purpose, 0), "purpose");
}

static void
set_key_ids(const struct pair *p, const struct pair *by)
{
	unsigned char id[64];
	size_t n = sizeof(id);

	ok(gnutls_x509_crt_get_key_id(p->crt, 0, id, &n), "key id");
	ok(gnutls_x509_crt_set_subject_key_id(p->crt, id, n), "key id");
	n = sizeof(id);
	ok(gnutls_x509_privkey_get_key_id(by->key, 0, id, &n), "key id");
	ok(gnutls_x509_crt_set_authority_key_id(p->crt, id, n), "key id");
}

static void
make_pair(struct pair *all, unsigned which)
{
	const struct row *r = &rows[which];
	struct pair *p = &all[which];
	const struct pair *by = r->signer == SELF ? p : &all[r->signer];
	unsigned char serial[2] = { 1, (unsigned char)which };
	time_t now = time(NULL);

	ok(gnutls_x509_privkey_init(&p->key), "key");
	ok(gnutls_x509_privkey_generate(p->key, GNUTLS_PK_ECDSA,
	    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0), "make a key");
	ok(gnutls_x509_crt_init(&p->crt), "certificate");
	ok(gnutls_x509_crt_set_version(p->crt, 3), "version");
	ok(gnutls_x509_crt_set_serial(p->crt, serial, sizeof(serial)), "serial");
	ok(gnutls_x509_crt_set_key(p->crt, p->key), "set the key");
	ok(gnutls_x509_crt_set_dn_by_oid(p->crt, GNUTLS_OID_X520_COMMON_NAME, 0,
	    r->cn, (unsigned)strlen(r->cn)), "common name");
	ok(gnutls_x509_crt_set_activation_time(p->crt, now + r->from), "time");
	ok(gnutls_x509_crt_set_expiration_time(p->crt, now + r->until), "time");
	set_names(p->crt, r);
	set_use(p->crt, r);
	set_key_ids(p, by);
	ok(gnutls_x509_crt_sign2(p->crt, by->crt, by->key, GNUTLS_DIG_SHA256, 0), "sign");
}

static void
save_pair(const char *dir, const struct pair *all, unsigned which)
{
	const struct row *r = &rows[which];
	struct bytes b = BYTES_INIT;
	unsigned char print[32];
	size_t n = sizeof(print);
	gnutls_datum_t d;

	add_crt(&b, all[which].crt);
	if (r->signer == MIDDLE && r->kind != UNCHAINED)
		add_crt(&b, all[MIDDLE].crt);
	save(dir, r->name, "pem", &b, 0644);
	bytes_clear(&b);
	ok(gnutls_x509_privkey_export2_pkcs8(all[which].key, GNUTLS_X509_FMT_PEM, NULL,
	    GNUTLS_PKCS_PLAIN, &d), "export a key");
	add_datum(&b, &d);
	save(dir, r->name, "key", &b, 0600);
	bytes_clear(&b);
	ok(gnutls_x509_crt_get_fingerprint(all[which].crt, GNUTLS_DIG_SHA256, print, &n),
	    "fingerprint");
	for (size_t i = 0; i < n; i++)
		bytes_fmt(&b, i == 0 ? "%02X" : ":%02X", print[i]);
	save(dir, r->name, "sha256", &b, 0644);
	bytes_clear(&b);
}

static void
make_crl(const char *dir, const struct pair *all, unsigned revoked)
{
	gnutls_x509_crl_t crl;
	struct bytes b = BYTES_INIT;
	time_t now = time(NULL);
	gnutls_datum_t d;

	ok(gnutls_x509_crl_init(&crl), "list");
	ok(gnutls_x509_crl_set_version(crl, 2), "version");
	ok(gnutls_x509_crl_set_this_update(crl, now - DAY), "time");
	ok(gnutls_x509_crl_set_next_update(crl, now + YEAR), "time");
	ok(gnutls_x509_crl_set_number(crl, "\001", 1), "number");
	ok(gnutls_x509_crl_set_crt(crl, all[revoked].crt, now - DAY), "revoke");
	ok(gnutls_x509_crl_sign2(crl, all[ROOT].crt, all[ROOT].key,
	    GNUTLS_DIG_SHA256, 0), "sign the list");
	ok(gnutls_x509_crl_export2(crl, GNUTLS_X509_FMT_PEM, &d), "export");
	add_datum(&b, &d);
	save(dir, "crl", "pem", &b, 0644);
	bytes_clear(&b);
	gnutls_x509_crl_deinit(crl);
}

static unsigned
row_of(const char *name)
{
	unsigned i = 0;

	while (i < ROWS && strcmp(rows[i].name, name) != 0)
		i++;
	if (i == ROWS)
		die("no certificate '%s'", name);
	return i;
}

static void
make_staples(const char *dir, const struct pair *all)
{
	struct bytes b = BYTES_INIT;

	for (unsigned i = 0; i < STAPLES; i++) {
		const char *about = staples[i].about;
		const struct pair *by = &all[ROOT];
		struct staple s = {
			.about = all[row_of(about != NULL ? about : staples[i].name)].crt,
			.issuer = all[ROOT].crt,
			.status = staples[i].status,
			.from = staples[i].from != 0 ? staples[i].from : -3600,
			.until = staples[i].until != 0 ? staples[i].until : DAY,
		};

		if (staples[i].signer != NULL)
			by = &all[row_of(staples[i].signer)];
		s.signer = by->crt;
		s.key = by->key;
		staple_make(&b, &s);
		save(dir, staples[i].name, "ocsp", &b, 0644);
		bytes_clear(&b);
	}
	bytes_str(&b, "no answer of any authority");
	save(dir, "staple-garbage", "ocsp", &b, 0644);
	bytes_clear(&b);
}

void
authority_make(const char *dir)
{
	struct pair all[ROWS];

	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		die("cannot make '%s': %s", dir, strerror(errno));
	for (unsigned i = 0; i < ROWS; i++) {
		make_pair(all, i);
		save_pair(dir, all, i);
	}
	make_crl(dir, all, row_of("revoked"));
	make_staples(dir, all);
	for (unsigned i = 0; i < ROWS; i++) {
		gnutls_x509_crt_deinit(all[i].crt);
		gnutls_x509_privkey_deinit(all[i].key);
	}
}
