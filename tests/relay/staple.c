#include "staple.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* DER tags; [n] is 0x80 + n, with 0x20 more when it holds elements. */
enum {
	INTEGER = 0x02, BITS = 0x03, OCTETS = 0x04, OID = 0x06, ENUM = 0x0a,
	TIME = 0x18, SEQUENCE = 0x30, AT_0 = 0xa0, AT_1 = 0xa1, HERE_0 = 0x80, HERE_2 = 0x82,
};

#define SHA1_OID "\x2b\x0e\x03\x02\x1a"				/* 1.3.14.3.2.26 */
#define BASIC_OID "\x2b\x06\x01\x05\x05\x07\x30\x01\x01"	/* id-pkix-ocsp-basic */
#define ECDSA_SHA256_OID "\x2a\x86\x48\xce\x3d\x04\x03\x02"	/* 1.2.840.10045.4.3.2 */

static void
ok(int rc, const char *what)
{
	if (rc < 0)
		die("staple: %s: %s", what, gnutls_strerror(rc));
}

static void
put(struct bytes *out, unsigned tag, const void *p, size_t n)
{
	unsigned char head[4] = { (unsigned char)tag };
	size_t size = 1;

	if (n > 127)	/* how many bytes the length has, no more than it needs */
		head[size++] = n > 255 ? 0x82 : 0x81;
	if (n > 255)
		head[size++] = (unsigned char)(n >> 8);
	head[size++] = (unsigned char)n;
	bytes_add(out, head, size);
	bytes_add(out, p, n);
}

/* What is in b becomes one element of out; b is empty then. */
static void
wrap(struct bytes *out, unsigned tag, struct bytes *b)
{
	put(out, tag, bytes_text(b), b->len);
	bytes_clear(b);
}

static void
put_time(struct bytes *out, long ahead)
{
	time_t when = time(NULL) + ahead;
	char text[32];
	struct tm tm;

	gmtime_r(&when, &tm);
	put(out, TIME, text, strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm));
}

static void
put_sha1(struct bytes *out, const void *p, size_t n)
{
	unsigned char digest[20];

	ok(gnutls_hash_fast(GNUTLS_DIG_SHA1, p, n, digest), "hash");
	put(out, OCTETS, digest, sizeof(digest));
}

/* The public key of a P-256 certificate as its BIT STRING has it. */
static void
put_key_hash(struct bytes *out, gnutls_x509_crt_t crt)
{
	unsigned char point[65] = { 4 };
	gnutls_ecc_curve_t curve;
	gnutls_datum_t x, y;

	ok(gnutls_x509_crt_get_pk_ecc_raw(crt, &curve, &x, &y), "key");
	/* big-endian, with or without a byte for the sign */
	for (size_t i = 0; i < 32 && i < x.size; i++)
		point[32 - i] = x.data[x.size - 1 - i];
	for (size_t i = 0; i < 32 && i < y.size; i++)
		point[64 - i] = y.data[y.size - 1 - i];
	put_sha1(out, point, sizeof(point));
	gnutls_free(x.data);
	gnutls_free(y.data);
}

static void
put_algorithm(struct bytes *out, const char *oid)
{
	struct bytes b = BYTES_INIT;

	put(&b, OID, oid, strlen(oid));
	wrap(out, SEQUENCE, &b);
}

/* CertID: the issuer by hashes, the certificate by its number. */
static void
put_id(struct bytes *out, const struct staple *s)
{
	struct bytes b = BYTES_INIT;
	unsigned char serial[64];
	size_t n = sizeof(serial);
	gnutls_datum_t name;

	put_algorithm(&b, SHA1_OID);
	ok(gnutls_x509_crt_get_raw_issuer_dn(s->about, &name), "issuer");
	put_sha1(&b, name.data, name.size);
	gnutls_free(name.data);
	put_key_hash(&b, s->issuer);
	ok(gnutls_x509_crt_get_serial(s->about, serial, &n), "serial");
	put(&b, INTEGER, serial, n);
	wrap(out, SEQUENCE, &b);
}

/* SingleResponse */
static void
put_answer(struct bytes *out, const struct staple *s)
{
	struct bytes b = BYTES_INIT, t = BYTES_INIT;

	put_id(&b, s);
	switch (s->status) {
	case STAPLE_GOOD:
		put(&b, HERE_0, "", 0);
		break;
	case STAPLE_REVOKED:
		put_time(&t, -3600);
		wrap(&b, AT_1, &t);
		break;
	case STAPLE_UNKNOWN:
		put(&b, HERE_2, "", 0);
		break;
	}
	put_time(&b, s->from);
	put_time(&t, s->until);
	wrap(&b, AT_0, &t);
	wrap(out, SEQUENCE, &b);
}

/* ResponseData: who answers, when, what. */
static void
put_data(struct bytes *out, const struct staple *s)
{
	struct bytes b = BYTES_INIT, t = BYTES_INIT;
	gnutls_datum_t name;

	ok(gnutls_x509_crt_get_raw_dn(s->signer, &name), "name");
	put(&b, AT_1, name.data, name.size);
	gnutls_free(name.data);
	put_time(&b, s->from);
	put_answer(&t, s);
	wrap(&b, SEQUENCE, &t);
	wrap(out, SEQUENCE, &b);
}

static void
put_signature(struct bytes *out, const struct staple *s, const struct bytes *data)
{
	gnutls_datum_t plain = { (unsigned char *)data->p, (unsigned)data->len }, made;
	struct bytes b = BYTES_INIT;
	gnutls_privkey_t key;

	ok(gnutls_privkey_init(&key), "key");
	ok(gnutls_privkey_import_x509(key, s->key, 0), "key");
	ok(gnutls_privkey_sign_data(key, GNUTLS_DIG_SHA256, 0, &plain, &made), "sign");
	put_algorithm(out, ECDSA_SHA256_OID);
	bytes_add(&b, "", 1);		/* no unused bits */
	bytes_add(&b, made.data, made.size);
	wrap(out, BITS, &b);
	gnutls_free(made.data);
	gnutls_privkey_deinit(key);
}

static void
put_signer(struct bytes *out, const struct staple *s)
{
	struct bytes list = BYTES_INIT;
	gnutls_datum_t der;

	ok(gnutls_x509_crt_export2(s->signer, GNUTLS_X509_FMT_DER, &der), "export");
	put(&list, SEQUENCE, der.data, der.size);
	wrap(out, AT_0, &list);
	gnutls_free(der.data);
}

void
staple_make(struct bytes *out, const struct staple *s)
{
	struct bytes basic = BYTES_INIT, b = BYTES_INIT, t = BYTES_INIT;

	put_data(&basic, s);
	bytes_add(&t, basic.p, basic.len);
	put_signature(&basic, s, &t);
	bytes_clear(&t);
	if (s->signer != s->issuer)
		put_signer(&basic, s);
	wrap(&t, SEQUENCE, &basic);
	put(&b, OID, BASIC_OID, strlen(BASIC_OID));
	wrap(&b, OCTETS, &t);
	wrap(&t, SEQUENCE, &b);
	put(&b, ENUM, "", 1);		/* successful */
	wrap(&b, AT_0, &t);
	wrap(out, SEQUENCE, &b);
}

static struct bytes shown;

static int
show(gnutls_session_t session, void *ptr, gnutls_datum_t *answer)
{
	(void)session;
	(void)ptr;
	answer->data = need(gnutls_malloc(shown.len));
	answer->size = (unsigned)shown.len;
	memcpy(answer->data, shown.p, shown.len);
	return 0;
}

void
staple_show(gnutls_certificate_credentials_t cred, const char *dir, const char *name)
{
	char *path = make_text("%s/%s.ocsp", dir, name);

	bytes_clear(&shown);
	/* not GnuTLS's own function for files: that one shows nothing wrong */
	if (file_read(path, &shown) && shown.len > 0)
		gnutls_certificate_set_ocsp_status_request_function(cred, show, NULL);
	free(path);
}
