#include "sys/trust.h"

#include <fcntl.h>
#include <gnutls/x509.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "sys/cache.h"
#include "sys/fs.h"

#define BUNDLE_MAX (8u << 20)	/* bytes; offsets fit 32 bits */
#define CHAIN_MAX 16		/* certificates of a chain that are looked at */

static const char begin_mark[] = "-----BEGIN CERTIFICATE-----";
static const char end_mark[] = "-----END CERTIFICATE-----";

/* The index as it is in the file, in this machine's byte order. */
struct head {
	char magic[8];
	uint64_t dev, ino, size, mtime, mtime_ns, ctime, ctime_ns;
	uint64_t n;		/* entries; 0: not to be had by an index */
	uint64_t sum;		/* of the entries */
};

struct entry {
	uint64_t subject;	/* hash of the DER name */
	uint32_t at, len;	/* of the PEM block in the bundle */
};

#define INDEX_MAX (sizeof(struct head) + TRUST_CERTS_MAX * sizeof(struct entry))

struct trust {
	int fd;			/* the bundle */
	uint64_t n;
	struct entry *entries;
	bool *given;
};

/* FNV-1a: who makes names collide gets a certificate too many read. */
static uint64_t hash(const void *p, size_t n)
{
	const unsigned char *from = p;
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ from[i]) * 0x100000001b3u;
	return h;
}

static void index_name(char out[64], const char *path)
{
	snprintf(out, 64, "trust-%016llx", (unsigned long long)hash(path, strlen(path)));
}

static void fill_head(struct head *h, const struct stat *st)
{
	*h = (struct head){
		.magic = "ostler1",
		.dev = st->st_dev, .ino = st->st_ino, .size = (uint64_t)st->st_size,
		.mtime = (uint64_t)st->st_mtim.tv_sec,
		.mtime_ns = (uint64_t)st->st_mtim.tv_nsec,
		.ctime = (uint64_t)st->st_ctim.tv_sec,
		.ctime_ns = (uint64_t)st->st_ctim.tv_nsec,
	};
}

/* ---- using it ---------------------------------------------------------- */

/* Was FILE made of the bundle that ST describes? */
static bool fits(const struct buf *file, const struct stat *st)
{
	struct head h, want;

	if (file->len < sizeof h)
		return false;
	memcpy(&h, file->p, sizeof h);
	fill_head(&want, st);
	want.n = h.n;
	want.sum = h.sum;
	return h.n <= TRUST_CERTS_MAX &&
		file->len == sizeof h + h.n * sizeof(struct entry) &&
		memcmp(&h, &want, sizeof h) == 0 &&
		hash(file->p + sizeof h, file->len - sizeof h) == h.sum;
}

struct trust *trust_open(const char *path)
{
	struct buf file = BUF_INIT(INDEX_MAX);
	struct trust *t = NULL;
	struct stat st;
	char name[64];
	bool missing;
	int fd = -1;

	index_name(name, path);
	if (!cache_read(name, &file) ||
	    fs_open_read(path, false, &fd, &missing, NULL) < 0)
		goto out;
	if (fstat(fd, &st) < 0 || !fits(&file, &st) ||
	    file.len == sizeof(struct head))
		goto out;
	t = xcalloc(1, sizeof *t);
	t->n = (file.len - sizeof(struct head)) / sizeof(struct entry);
	t->entries = xcalloc(t->n, sizeof *t->entries);
	memcpy(t->entries, file.p + sizeof(struct head), t->n * sizeof *t->entries);
	t->given = xcalloc(t->n, sizeof *t->given);
	t->fd = fd;
	fd = -1;
out:
	if (fd >= 0)
		close(fd);
	buf_free(&file);
	return t;
}

/* Only what looks like a certificate of the bundle is taken from it. */
static void add_block(struct trust *t, const struct entry *entry, struct buf *pem)
{
	size_t n = entry->len, before = pem->len;
	char *p;

	if (n < sizeof begin_mark + sizeof end_mark || n > BUNDLE_MAX)
		return;
	p = xmalloc(n);
	if (fs_pread(t->fd, p, n, entry->at, NULL) == (ssize_t)n &&
	    memcmp(p, begin_mark, sizeof begin_mark - 1) == 0) {
		buf_add(pem, p, n);
		buf_addc(pem, '\n');
		if (pem->full)
			buf_truncate(pem, before);
	}
	free(p);
}

static void add_named(struct trust *t, uint64_t subject, struct buf *pem)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->entries[i].subject == subject && !t->given[i]) {
			t->given[i] = true;
			add_block(t, &t->entries[i], pem);
		}
	}
}

void trust_find(struct trust *t, const gnutls_datum_t *chain, unsigned n,
		struct buf *pem)
{
	for (unsigned i = 0; i < n && i < CHAIN_MAX; i++) {
		gnutls_datum_t subject = { NULL, 0 }, issuer = { NULL, 0 };
		gnutls_x509_crt_t crt;

		if (gnutls_x509_crt_init(&crt) < 0)
			return;
		if (gnutls_x509_crt_import(crt, &chain[i], GNUTLS_X509_FMT_DER) == 0 &&
		    gnutls_x509_crt_get_raw_dn(crt, &subject) == 0 &&
		    gnutls_x509_crt_get_raw_issuer_dn(crt, &issuer) == 0) {
			add_named(t, hash(issuer.data, issuer.size), pem);
			add_named(t, hash(subject.data, subject.size), pem);
		}
		gnutls_free(subject.data);
		gnutls_free(issuer.data);
		gnutls_x509_crt_deinit(crt);
	}
}

void trust_free(struct trust *t)
{
	if (t == NULL)
		return;
	close(t->fd);
	free(t->entries);
	free(t->given);
	free(t);
}

/* ---- making it --------------------------------------------------------- */

static bool subject_of(const char *p, size_t n, uint64_t *out)
{
	gnutls_datum_t pem = { (unsigned char *)p, (unsigned)n }, dn = { NULL, 0 };
	gnutls_x509_crt_t crt;
	bool ok;

	if (gnutls_x509_crt_init(&crt) < 0)
		return false;
	ok = gnutls_x509_crt_import(crt, &pem, GNUTLS_X509_FMT_PEM) == 0 &&
		gnutls_x509_crt_get_raw_dn(crt, &dn) == 0;
	if (ok)
		*out = hash(dn.data, dn.size);
	gnutls_free(dn.data);
	gnutls_x509_crt_deinit(crt);
	return ok;
}

/* All certificates of TEXT; how many, or -1 when one cannot be read. */
static int scan(const struct buf *text, struct buf *entries)
{
	const char *p = buf_str(text);
	int n = 0;

	while ((p = strstr(p, begin_mark)) != NULL) {
		const char *end = strstr(p, end_mark);
		struct entry entry;

		if (end == NULL)
			return -1;
		end += sizeof end_mark - 1;
		entry.at = (uint32_t)(p - text->p);
		entry.len = (uint32_t)(end - p);
		if (!subject_of(p, entry.len, &entry.subject))
			return -1;
		buf_add(entries, &entry, sizeof entry);
		if (entries->full)
			return -1;
		n++;
		p = end;
	}
	return n;
}

/* Does the cache tell about this bundle already?  (That it has no index.) */
static bool is_known(const char *name, const struct stat *st)
{
	struct buf file = BUF_INIT(INDEX_MAX);
	bool known = cache_read(name, &file) && fits(&file, st);

	buf_free(&file);
	return known;
}

static bool worth_it(const char *name, const struct stat *st)
{
	return st->st_size >= TRUST_LARGE && st->st_size <= BUNDLE_MAX &&
		cache_usable() && !is_known(name, st);
}

void trust_index(const char *path, int count)
{
	struct buf text = BUF_INIT(BUNDLE_MAX), file = BUF_INIT(INDEX_MAX);
	struct stat st, after;
	struct head h, again;
	char name[64];
	bool missing;
	int fd;

	if (fs_open_read(path, false, &fd, &missing, NULL) < 0)
		return;
	index_name(name, path);
	if (fstat(fd, &st) < 0 || !worth_it(name, &st) ||
	    fs_read_all(fd, path, &text, NULL) < 0)
		goto out;
	fill_head(&h, &st);
	buf_add(&file, &h, sizeof h);
	if (scan(&text, &file) != count)
		buf_truncate(&file, sizeof h);
	if (fstat(fd, &after) < 0)
		goto out;
	fill_head(&again, &after);
	if (memcmp(&h, &again, sizeof h) != 0)
		goto out;	/* written to meanwhile */
	h.n = (file.len - sizeof h) / sizeof(struct entry);
	h.sum = hash(file.p + sizeof h, file.len - sizeof h);
	memcpy(file.p, &h, sizeof h);
	cache_write(name, file.p, file.len);
out:
	close(fd);
	buf_free(&text);
	buf_free(&file);
}
