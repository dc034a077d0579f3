#include "sys/ticket.h"

#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "sys/cache.h"

#define TICKET_MAX 32768	/* bytes; with a peer's chain about 4000 */
#define DIGEST 32		/* SHA-256 */

/* In front of what GnuTLS packs; in this machine's byte order. */
struct head {
	char magic[8];
	struct ticket t;
	unsigned char digest[DIGEST];	/* of what it rests on */
	unsigned char sum[DIGEST];	/* of what follows */
};

/* ---- what it rests on -------------------------------------------------- */

static void add_text(struct buf *b, const char *text)
{
	buf_addf(b, "%zu:", text != NULL ? strlen(text) : 0);
	buf_adds(b, text != NULL ? text : "-");
}

/* A file is the same as long as nobody has touched it. */
static void add_file(struct buf *b, const char *path)
{
	struct stat st = { 0 };

	add_text(b, path);
	if (path != NULL && strcmp(path, "system") == 0)
		path = SYSTEM_TRUST_FILE;
	if (path == NULL || stat(path, &st) < 0)
		return;
	buf_addf(b, "%llu %llu %lld %lld.%09ld %lld.%09ld",
		 (unsigned long long)st.st_dev, (unsigned long long)st.st_ino,
		 (long long)st.st_size,
		 (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
		 (long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
}

static bool digest_of(const struct tls_creds *c, unsigned char out[DIGEST])
{
	const struct tls_policy *p = c->policy;
	struct buf b = BUF_INIT(1u << 20);
	bool ok;

	buf_addf(&b, "%s %d %d ", gnutls_check_version(NULL), p->certcheck,
		 p->min_dh_prime_bits);
	add_text(&b, p->resume);
	add_text(&b, c->host);
	add_text(&b, p->fingerprint);
	add_text(&b, p->priorities);
	add_file(&b, p->trust_file);
	add_file(&b, p->crl_file);
	add_file(&b, p->cert_file);
	add_file(&b, p->key_file);
	ok = !b.full && gnutls_hash_fast(GNUTLS_DIG_SHA256, b.p, b.len, out) == 0;
	buf_free(&b);
	return ok;
}

/*
 * The place is that of the account, so that a policy that has changed finds
 * the old ticket, throws it away and leaves none behind.
 */
static bool file_name(char out[64], const struct tls_creds *c)
{
	const char *whom = c->policy->resume;
	unsigned char digest[DIGEST];
	size_t n = (size_t)snprintf(out, 64, "ticket-");

	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, whom, strlen(whom), digest) < 0)
		return false;
	for (size_t i = 0; i < DIGEST / 2; i++)
		n += (size_t)snprintf(out + n, 64 - n, "%02x", digest[i]);
	return true;
}

/* ---- using one --------------------------------------------------------- */

static bool sum_of(const char *p, size_t n, unsigned char out[DIGEST])
{
	return gnutls_hash_fast(GNUTLS_DIG_SHA256, p, n, out) == 0;
}

static bool is_good(const struct buf *file, const unsigned char digest[DIGEST],
		    struct ticket *t)
{
	int64_t now = (int64_t)time(NULL);
	unsigned char sum[DIGEST];
	struct head h;

	if (file->len <= sizeof h)
		return false;
	memcpy(&h, file->p, sizeof h);
	*t = h.t;
	return memcmp(h.magic, "ostlerT1", sizeof h.magic) == 0 &&
		gnutls_memcmp(h.digest, digest, DIGEST) == 0 &&
		sum_of(file->p + sizeof h, file->len - sizeof h, sum) &&
		gnutls_memcmp(h.sum, sum, DIGEST) == 0 &&
		t->made > 0 && t->made <= now && now < t->ends &&
		t->ends - t->made <= TICKET_SECONDS;
}

bool ticket_offer(const struct tls_creds *c, gnutls_session_t session,
		  struct ticket *t)
{
	struct buf file = BUF_INIT(TICKET_MAX);
	unsigned char digest[DIGEST];
	char name[64];
	bool ok = false;

	if (c->policy->resume == NULL || !digest_of(c, digest) ||
	    !file_name(name, c))
		return false;
	if (cache_take(name, &file) && is_good(&file, digest, t))
		ok = gnutls_session_set_data(session, file.p + sizeof(struct head),
					     file.len - sizeof(struct head)) == 0;
	buf_wipe(&file);
	return ok;
}

/* ---- keeping one ------------------------------------------------------- */

/* The first end of a certificate that the peer has shown, or LATEST. */
static int64_t first_end(gnutls_session_t session, int64_t latest)
{
	const gnutls_datum_t *chain;
	unsigned n = 0;

	chain = gnutls_certificate_get_peers(session, &n);
	for (unsigned i = 0; chain != NULL && i < n; i++) {
		gnutls_x509_crt_t crt;

		if (gnutls_x509_crt_init(&crt) < 0)
			return 0;
		if (gnutls_x509_crt_import(crt, &chain[i], GNUTLS_X509_FMT_DER) < 0)
			latest = 0;
		else if (gnutls_x509_crt_get_expiration_time(crt) < latest)
			latest = gnutls_x509_crt_get_expiration_time(crt);
		gnutls_x509_crt_deinit(crt);
	}
	return chain != NULL ? latest : 0;
}

/* When the trust in this session began and when it ends. */
static struct ticket fresh(gnutls_session_t session)
{
	struct ticket t = { .made = (int64_t)time(NULL) };

	t.ends = first_end(session, t.made + TICKET_SECONDS);
	return t;
}

void ticket_keep(const struct tls_creds *c, gnutls_session_t session,
		 const struct ticket *resumed)
{
	struct buf file = BUF_INIT(TICKET_MAX);
	struct head h = { .magic = { 'o', 's', 't', 'l', 'e', 'r', 'T', '1' } };
	gnutls_datum_t data = { NULL, 0 };
	char name[64];

	if (c->policy->resume == NULL ||
	    gnutls_protocol_get_version(session) != GNUTLS_TLS1_3 ||
	    (gnutls_session_get_flags(session) & GNUTLS_SFLAGS_SESSION_TICKET) == 0 ||
	    !digest_of(c, h.digest) || !file_name(name, c))
		return;
	h.t = resumed != NULL ? *resumed : fresh(session);
	if (h.t.ends <= (int64_t)time(NULL) ||
	    gnutls_session_get_data2(session, &data) < 0)
		return;
	if (sum_of((char *)data.data, data.size, h.sum)) {
		buf_add(&file, &h, sizeof h);
		buf_add(&file, data.data, data.size);
		if (!file.full)
			cache_write(name, file.p, file.len);
	}
	buf_wipe(&file);
	gnutls_memset(data.data, 0, data.size);
	gnutls_free(data.data);
}
