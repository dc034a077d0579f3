#include "sys/verify.h"

#include <gnutls/ocsp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/ascii.h"

#define SAN_MAX 1024		/* names of a certificate that are looked at */
#define SAN_BYTES 256		/* a DNS name has 253 */
#define SAN_SHOWN 5
#define CLOCK_SKEW 300		/* seconds that clocks may be apart */

/* ---- names ------------------------------------------------------------- */

struct san {
	unsigned type;		/* GNUTLS_SAN_DNSNAME or GNUTLS_SAN_IPADDRESS */
	unsigned char p[SAN_BYTES];
	size_t len;
};

/*
 * The Ith subjectAltName: 1 when it is a usable host name or address, 0 when
 * it is something else, -1 behind the last.  A name with a NUL inside was
 * made to be misread and is not usable.
 */
static int get_san(gnutls_x509_crt_t crt, unsigned i, struct san *san)
{
	int type;

	san->len = sizeof san->p;
	type = gnutls_x509_crt_get_subject_alt_name(crt, i, san->p, &san->len, NULL);
	if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		return -1;
	if (type < 0 || san->len >= sizeof san->p)
		return 0;
	san->type = (unsigned)type;
	if (type == GNUTLS_SAN_DNSNAME)
		return san->len > 0 && memchr(san->p, '\0', san->len) == NULL;
	return type == GNUTLS_SAN_IPADDRESS && (san->len == 4 || san->len == 16);
}

/*
 * RFC 9525, 6.3: labels compare without case; "*" may stand for the whole of
 * the leftmost label, with at least two labels behind it, and for that one
 * only.
 */
static bool name_matches(const char *pattern, size_t n, const char *host)
{
	if (n > 0 && pattern[n - 1] == '.')
		n--;
	if (n > 2 && pattern[0] == '*' && pattern[1] == '.') {
		const char *rest = strchr(host, '.');

		if (rest == NULL || rest == host ||
		    memchr(pattern + 2, '.', n - 2) == NULL)
			return false;
		pattern++;
		n--;
		host = rest;
	}
	return memchr(pattern, '*', n) == NULL && ascii_memcaseeq(pattern, n, host);
}

bool verify_name(gnutls_x509_crt_t crt, const struct tls_creds *c, size_t *names)
{
	struct san san;
	bool match = false;
	int r;

	*names = 0;
	for (unsigned i = 0; i < SAN_MAX && (r = get_san(crt, i, &san)) >= 0; i++) {
		if (r == 0)
			continue;
		++*names;
		if (san.type == GNUTLS_SAN_IPADDRESS)
			match = match || (c->ip_len == san.len &&
					  memcmp(c->ip, san.p, san.len) == 0);
		else
			match = match || (c->ip_len == 0 &&
					  name_matches((const char *)san.p, san.len,
						       c->host));
	}
	/* For a name the library has to agree; ours is only the stricter
	 * half of it.  (It would also take a common name, or an address
	 * written as a name.) */
	return match && (c->ip_len > 0 ||
			 gnutls_x509_crt_check_hostname(crt, c->host) != 0);
}

static void list_names(gnutls_x509_crt_t crt, struct buf *out)
{
	struct san san;
	unsigned shown = 0;
	int r;

	for (unsigned i = 0; i < SAN_MAX && (r = get_san(crt, i, &san)) >= 0; i++) {
		if (r == 0)
			continue;
		if (shown == SAN_SHOWN) {
			buf_adds(out, ", ...");
			return;
		}
		buf_adds(out, shown++ > 0 ? ", " : "");
		if (san.type == GNUTLS_SAN_DNSNAME) {
			ascii_printable(out, (const char *)san.p, san.len);
			continue;
		}
		for (size_t k = 0; k < san.len; k++) {
			if (san.len == 4)
				buf_addf(out, "%s%u", k > 0 ? "." : "", san.p[k]);
			else
				buf_addf(out, "%s%02x", k > 0 && k % 2 == 0 ?
					 ":" : "", san.p[k]);
		}
	}
}

/* ---- fingerprints ------------------------------------------------------ */

void verify_fingerprint(const gnutls_datum_t *der,
			gnutls_digest_algorithm_t algo, struct buf *out)
{
	unsigned char digest[64];
	size_t len = sizeof digest;

	if (gnutls_fingerprint(algo, der, digest, &len) < 0)
		return;
	for (size_t i = 0; i < len; i++)
		buf_addf(out, "%s%02X", i > 0 ? ":" : "", digest[i]);
}

static bool pinned(const gnutls_datum_t *der, const struct tls_creds *c)
{
	bool match = false;

	for (size_t i = 0; i < c->pins_n; i++) {
		unsigned char digest[64];
		size_t len = sizeof digest;

		if (gnutls_fingerprint(c->pins[i].algo, der, digest, &len) == 0 &&
		    len == c->pins[i].len &&
		    gnutls_memcmp(digest, c->pins[i].digest, len) == 0)
			match = true;
	}
	return match;
}

/* ---- the verdict ------------------------------------------------------- */

static const struct {
	unsigned flag;
	gnutls_alert_description_t alert;
	const char *text;
} reasons[] = {	/* the weightiest first */
	{ GNUTLS_CERT_REVOKED, GNUTLS_A_CERTIFICATE_REVOKED,
	  "it has been revoked" },
	{ GNUTLS_CERT_SIGNER_NOT_FOUND, GNUTLS_A_UNKNOWN_CA, NULL },
	{ GNUTLS_CERT_SIGNER_NOT_CA, GNUTLS_A_BAD_CERTIFICATE,
	  "a certificate that may not sign others has signed it" },
	{ GNUTLS_CERT_SIGNATURE_FAILURE, GNUTLS_A_BAD_CERTIFICATE,
	  "its signature is wrong" },
	{ GNUTLS_CERT_INSECURE_ALGORITHM, GNUTLS_A_BAD_CERTIFICATE,
	  "it is signed with an algorithm that is no longer safe" },
	{ GNUTLS_CERT_NOT_ACTIVATED, GNUTLS_A_BAD_CERTIFICATE,
	  "a certificate above it is not yet valid" },
	{ GNUTLS_CERT_EXPIRED, GNUTLS_A_CERTIFICATE_EXPIRED,
	  "a certificate above it has expired" },
	{ GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE, GNUTLS_A_BAD_CERTIFICATE,
	  "it breaks the limits set for its issuer" },
	{ GNUTLS_CERT_PURPOSE_MISMATCH, GNUTLS_A_UNSUPPORTED_CERTIFICATE,
	  "it is not meant for servers" },
	{ GNUTLS_CERT_MISSING_OCSP_STATUS, GNUTLS_A_CERTIFICATE_UNKNOWN,
	  "it demands a stapled OCSP answer and there is none" },
	{ GNUTLS_CERT_INVALID_OCSP_STATUS, GNUTLS_A_CERTIFICATE_UNKNOWN,
	  "its stapled OCSP answer is wrong" },
	{ GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED, GNUTLS_A_CERTIFICATE_UNKNOWN,
	  "its revocation data are out of date" },
	{ GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE, GNUTLS_A_CERTIFICATE_UNKNOWN,
	  "its revocation data are from the future" },
	{ GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS, GNUTLS_A_UNSUPPORTED_CERTIFICATE,
	  "it holds a critical extension that is not known" },
};

struct case_file {
	struct tls_creds *c;
	gnutls_x509_crt_t crt;
	const gnutls_datum_t *chain;
	unsigned chain_n;
	struct buf why;
	struct err *e;		/* set when the trouble is on our side */
	gnutls_alert_description_t alert;
};

static int refuse(struct case_file *f, gnutls_alert_description_t alert,
		  const char *text)
{
	f->alert = alert;
	buf_adds(&f->why, text);
	return -1;
}

static int check_dates(struct case_file *f)
{
	time_t now = time(NULL), from, to;
	char day[32] = "?";
	struct tm tm;

	from = gnutls_x509_crt_get_activation_time(f->crt);
	to = gnutls_x509_crt_get_expiration_time(f->crt);
	if (from == (time_t)-1 || to == (time_t)-1)
		return refuse(f, GNUTLS_A_BAD_CERTIFICATE, "it has no valid dates");
	if (now >= from && now <= to)
		return 0;
	if (gmtime_r(now < from ? &from : &to, &tm) != NULL)
		strftime(day, sizeof day, "%Y-%m-%d %H:%M:%S UTC", &tm);
	refuse(f, now < from ? GNUTLS_A_BAD_CERTIFICATE :
	       GNUTLS_A_CERTIFICATE_EXPIRED,
	       now < from ? "it is not valid before " : "it expired on ");
	buf_adds(&f->why, day);
	return -1;
}

static int check_name(struct case_file *f, bool must_have_one)
{
	size_t names;

	if (verify_name(f->crt, f->c, &names) || (names == 0 && !must_have_one))
		return 0;
	if (names == 0)
		return refuse(f, GNUTLS_A_BAD_CERTIFICATE,
			      "it names no host (a common name does not count)");
	refuse(f, GNUTLS_A_BAD_CERTIFICATE, "it was issued for ");
	list_names(f->crt, &f->why);
	return -1;
}

/* Who should have been known: the issuer of the last certificate shown. */
static void unknown_issuer(struct case_file *f)
{
	gnutls_x509_crt_t last;
	gnutls_datum_t issuer = { NULL, 0 }, subject = { NULL, 0 };

	refuse(f, GNUTLS_A_UNKNOWN_CA, "its issuer is not trusted here");
	if (gnutls_x509_crt_init(&last) < 0)
		return;
	if (gnutls_x509_crt_import(last, &f->chain[f->chain_n - 1],
				   GNUTLS_X509_FMT_DER) == 0 &&
	    gnutls_x509_crt_get_issuer_dn3(last, &issuer, 0) == 0 &&
	    gnutls_x509_crt_get_dn3(last, &subject, 0) == 0) {
		bool self = issuer.size == subject.size &&
			memcmp(issuer.data, subject.data, issuer.size) == 0;

		if (self && f->chain_n == 1) {
			buf_adds(&f->why, " (it is self-signed)");
		} else {
			buf_adds(&f->why, " (");
			ascii_printable(&f->why, (const char *)issuer.data,
					issuer.size);
			buf_addc(&f->why, ')');
		}
	}
	gnutls_free(issuer.data);
	gnutls_free(subject.data);
	gnutls_x509_crt_deinit(last);
}

static int library_verdict(gnutls_session_t session, unsigned *status)
{
	gnutls_typed_vdata_st purpose = {
		.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER,
	};

	*status = UINT32_MAX;
	return gnutls_certificate_verify_peers(session, &purpose, 1, status);
}

/*
 * With an index only those authorities are loaded first that the chain can
 * end in.  A yes needs no more of them; a no is said by all of them.
 */
static int ask_library(struct case_file *f, gnutls_session_t session,
		       unsigned *status)
{
	int r;

	if (f->c->trust != NULL) {
		creds_trust_chain(f->c, f->chain, f->chain_n);
		r = library_verdict(session, status);
		if (r == 0 && *status == 0)
			return 0;
		if (creds_trust_all(f->c, f->e) < 0)
			return -1;
	}
	r = library_verdict(session, status);
	if (r == 0)
		return 0;
	refuse(f, GNUTLS_A_CERTIFICATE_UNKNOWN, "it cannot be verified: ");
	buf_adds(&f->why, gnutls_strerror(r));
	return -1;
}

static int check_chain(struct case_file *f, gnutls_session_t session)
{
	unsigned status;

	if (ask_library(f, session, &status) < 0)
		return -1;
	if (status == 0)
		return 0;
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
		if ((status & reasons[i].flag) == 0)
			continue;
		if (reasons[i].text != NULL)
			return refuse(f, reasons[i].alert, reasons[i].text);
		unknown_issuer(f);
		return -1;
	}
	return refuse(f, GNUTLS_A_CERTIFICATE_UNKNOWN, "it does not verify");
}

/*
 * The library has found the stapled answer to be the authority's, about this
 * certificate, and not "revoked".  It leaves it at that when the authority
 * says that it does not know such a certificate (RFC 6960, 2.2), or when the
 * answer is not valid yet.
 */
static int check_staple(struct case_file *f, gnutls_session_t session)
{
	unsigned status = GNUTLS_OCSP_CERT_UNKNOWN;
	time_t from = (time_t)-1;
	gnutls_ocsp_resp_t resp;
	gnutls_datum_t der;
	int r;

	if (gnutls_ocsp_status_request_get(session, &der) < 0)
		return 0;
	if (gnutls_ocsp_resp_init(&resp) < 0)
		return refuse(f, GNUTLS_A_INTERNAL_ERROR, "out of memory");
	r = gnutls_ocsp_resp_import(resp, &der);
	if (r == 0)
		r = gnutls_ocsp_resp_get_single(resp, 0, NULL, NULL, NULL, NULL,
						&status, &from, NULL, NULL, NULL);
	gnutls_ocsp_resp_deinit(resp);
	if (r < 0 || from == (time_t)-1)
		return refuse(f, GNUTLS_A_CERTIFICATE_UNKNOWN,
			      "its stapled OCSP answer is wrong");
	if (status != GNUTLS_OCSP_CERT_GOOD)
		return refuse(f, GNUTLS_A_CERTIFICATE_UNKNOWN, "its authority does "
			      "not know it, by the stapled OCSP answer");
	if (from > time(NULL) + CLOCK_SKEW)
		return refuse(f, GNUTLS_A_CERTIFICATE_UNKNOWN,
			      "its revocation data are from the future");
	return 0;
}

static int judge(struct case_file *f, gnutls_session_t session)
{
	bool pins = f->c->pins_n > 0;

	if (pins && !pinned(&f->chain[0], f->c))
		return refuse(f, GNUTLS_A_BAD_CERTIFICATE,
			      "its fingerprint is not the configured one");
	/* Its own dates first: the library says the same in fewer words. */
	if (check_dates(f) < 0)
		return -1;
	if (!pins && (check_chain(f, session) < 0 || check_staple(f, session) < 0))
		return -1;
	return check_name(f, !pins);
}

int verify_peer(gnutls_session_t session, struct tls_creds *c,
		gnutls_alert_description_t *alert, struct err *e)
{
	struct case_file f = {
		.c = c, .why = BUF_INIT(600), .alert = GNUTLS_A_BAD_CERTIFICATE,
	};
	struct buf print = BUF_INIT(256);
	struct err ours = ERR_INIT;
	int ret = -1;

	f.e = &ours;
	if (gnutls_certificate_type_get(session) == GNUTLS_CRT_X509)
		f.chain = gnutls_certificate_get_peers(session, &f.chain_n);
	if (f.chain == NULL || f.chain_n == 0) {
		*alert = GNUTLS_A_CERTIFICATE_REQUIRED;
		return err_set(e, ERR_UNAVAILABLE, "'%s' showed no certificate",
			       c->host);
	}
	if (gnutls_x509_crt_init(&f.crt) < 0)
		return err_set(e, ERR_OS, "out of memory");
	if (gnutls_x509_crt_import(f.crt, &f.chain[0], GNUTLS_X509_FMT_DER) < 0)
		refuse(&f, GNUTLS_A_BAD_CERTIFICATE, "it cannot be read");
	else
		ret = judge(&f, session);
	if (ret < 0 && ours.kind != ERR_NONE) {
		if (e != NULL)
			*e = ours;
	} else if (ret < 0) {
		verify_fingerprint(&f.chain[0], GNUTLS_DIG_SHA256, &print);
		err_set(e, ERR_UNAVAILABLE, "the certificate of '%s' is refused: "
			"%s (SHA-256 fingerprint %s)", c->host, buf_str(&f.why),
			buf_str(&print));
	}
	*alert = f.alert;
	gnutls_x509_crt_deinit(f.crt);
	buf_free(&f.why);
	buf_free(&print);
	return ret;
}
