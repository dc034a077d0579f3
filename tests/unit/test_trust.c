/*
 * The index of a bundle: found, outdated, damaged, not ours.  Whatever state
 * it is in, nothing comes out that is not in the bundle.
 */
#include "sys/trust.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include <cmocka.h>

#include "pki.h"
#include "sys/cache.h"

enum { MANY = 40 };

static char dir[] = "/tmp/ostler-trust.XXXXXX";
static char bundle[64], index_path[400];
static struct pki_cert ca[MANY], twin, leaf, stranger;

static int set_up(void **state)
{
	struct pki_spec spec = { .ca = true };
	char cn[32];

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	setenv("XDG_CACHE_HOME", dir, 1);
	snprintf(bundle, sizeof bundle, "%s/bundle", dir);
	for (int i = 0; i < MANY; i++) {
		snprintf(cn, sizeof cn, "Authority %d", i);
		spec.cn = cn;
		ca[i] = pki_make(&spec, NULL);
	}
	twin = pki_make(&spec, NULL);	/* the last one's name, another key */
	spec.cn = "Stranger";
	stranger = pki_make(&spec, NULL);
	leaf = pki_make(&(struct pki_spec){ .cn = "leaf", .dns = { "leaf.test" } },
			&ca[7]);
	return 0;
}

static void drop_cache(void)
{
	char cmd[100];

	snprintf(cmd, sizeof cmd, "rm -rf '%s/ostler'", dir);
	assert_int_equal(system(cmd), 0);
}

static int tear_down(void **state)
{
	(void)state;
	drop_cache();
	unlink(bundle);
	for (int i = 0; i < MANY; i++)
		pki_free(&ca[i]);
	pki_free(&twin);
	pki_free(&stranger);
	pki_free(&leaf);
	return rmdir(dir);
}

/* The one file in the cache. */
static void find_index(void)
{
	char cmd[200];
	FILE *f;

	snprintf(cmd, sizeof cmd, "ls -d %s/ostler/*", dir);
	f = popen(cmd, "r");
	assert_non_null(f);
	assert_non_null(fgets(index_path, sizeof index_path, f));
	index_path[strcspn(index_path, "\n")] = '\0';
	assert_int_equal(fgetc(f), EOF);
	pclose(f);
}

static void make_bundle(size_t n)
{
	drop_cache();
	pki_write_certs(bundle, ca, n);
}

static void der(const struct pki_cert *c, gnutls_datum_t *d)
{
	assert_int_equal(gnutls_x509_crt_export2(c->crt, GNUTLS_X509_FMT_DER, d), 0);
}

/* What comes out for the chain C, a list of PEM blocks. */
static char *look_up(struct trust *t, const struct pki_cert *c)
{
	struct buf pem = BUF_INIT(1 << 20);
	gnutls_datum_t d;

	der(c, &d);
	trust_find(t, &d, 1, &pem);
	gnutls_free(d.data);
	return buf_steal(&pem);
}

static bool holds(const char *pem, const struct pki_cert *c)
{
	gnutls_datum_t d;
	bool yes;

	assert_int_equal(gnutls_x509_crt_export2(c->crt, GNUTLS_X509_FMT_PEM, &d), 0);
	d.data[d.size - 1] = '\0';	/* the newline may differ */
	yes = strstr(pem, (char *)d.data) != NULL;
	gnutls_free(d.data);
	return yes;
}

static size_t blocks(const char *pem)
{
	size_t n = 0;

	while ((pem = strstr(pem, "-----BEGIN")) != NULL) {
		pem++;
		n++;
	}
	return n;
}

static void expect(const struct pki_cert *who, const struct pki_cert *want)
{
	struct trust *t = trust_open(bundle);
	char *pem;

	assert_non_null(t);
	pem = look_up(t, who);
	assert_int_equal(blocks(pem), want != NULL ? 1 : 0);
	if (want != NULL)
		assert_true(holds(pem, want));
	free(pem);
	trust_free(t);
}

static void test_found(void **state)
{
	struct trust *t;
	char *pem;

	(void)state;
	make_bundle(MANY);
	assert_null(trust_open(bundle));
	trust_index(bundle, MANY);
	expect(&leaf, &ca[7]);		/* by its issuer */
	expect(&ca[9], &ca[9]);		/* itself */
	expect(&stranger, NULL);
	expect(&twin, &ca[MANY - 1]);	/* the name decides, not the key */
	t = trust_open(bundle);
	pem = look_up(t, &leaf);
	free(pem);
	pem = look_up(t, &leaf);
	assert_int_equal(blocks(pem), 0);	/* once is enough */
	free(pem);
	trust_free(t);
}

static void test_same_name_twice(void **state)
{
	struct pki_cert all[MANY];
	struct trust *t;
	char *pem;

	(void)state;
	drop_cache();
	memcpy(all, ca, sizeof all);
	all[3] = twin;
	pki_write_certs(bundle, all, MANY);
	trust_index(bundle, MANY);
	t = trust_open(bundle);
	pem = look_up(t, &twin);
	assert_int_equal(blocks(pem), 2);
	assert_true(holds(pem, &twin) && holds(pem, &ca[MANY - 1]));
	free(pem);
	trust_free(t);
}

/* Any change to the bundle is the end of its index. */
static void test_outdated(void **state)
{
	char text[400];
	FILE *f;

	(void)state;
	make_bundle(MANY);
	trust_index(bundle, MANY);
	f = fopen(bundle, "a");
	fputc('\n', f);
	fclose(f);
	assert_null(trust_open(bundle));
	trust_index(bundle, MANY);
	expect(&leaf, &ca[7]);
	assert_int_equal(utime(bundle, NULL), 0);
	assert_null(trust_open(bundle));
	trust_index(bundle, MANY);
	expect(&leaf, &ca[7]);
	/* same size, same times but for ctime: what a careful copy makes */
	snprintf(text, sizeof text, "cp -p %s %s.new && mv %s.new %s", bundle, bundle,
		 bundle, bundle);
	assert_int_equal(system(text), 0);
	assert_null(trust_open(bundle));
	unlink(bundle);
	assert_null(trust_open(bundle));
	trust_index(bundle, MANY);
	assert_null(trust_open(bundle));
}

static void test_not_worth_it(void **state)
{
	struct stat st;
	FILE *f;

	(void)state;
	make_bundle(5);
	trust_index(bundle, 5);
	assert_null(trust_open(bundle));
	/* The library saw another number than we do: no index, and that is
	 * remembered. */
	make_bundle(MANY);
	trust_index(bundle, MANY + 1);
	assert_null(trust_open(bundle));
	find_index();
	assert_int_equal(stat(index_path, &st), 0);
	trust_index(bundle, MANY);
	assert_null(trust_open(bundle));
	/* A block that cannot be read. */
	make_bundle(MANY);
	f = fopen(bundle, "a");
	fputs("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", f);
	fclose(f);
	trust_index(bundle, MANY);
	assert_null(trust_open(bundle));
	make_bundle(MANY);
	f = fopen(bundle, "a");
	fputs("-----BEGIN CERTIFICATE-----\nAAAA\n", f);
	fclose(f);
	trust_index(bundle, MANY);
	assert_null(trust_open(bundle));
}

/* Each byte of it wrong, one at a time: it is refused, or still right. */
static void test_damaged(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	make_bundle(MANY);
	trust_index(bundle, MANY);
	find_index();
	assert_int_equal(stat(index_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	fd = open(index_path, O_RDWR);
	for (off_t i = 0; i < st.st_size; i++) {
		struct trust *t;
		char byte, wrong;

		assert_int_equal(pread(fd, &byte, 1, i), 1);
		wrong = (char)(byte ^ 0x41);
		assert_int_equal(pwrite(fd, &wrong, 1, i), 1);
		t = trust_open(bundle);
		if (t != NULL)
			fail_msg("byte %ld is not looked at", (long)i);
		assert_int_equal(pwrite(fd, &byte, 1, i), 1);
	}
	expect(&leaf, &ca[7]);
	for (off_t i = st.st_size - 1; i >= 0; i--) {
		assert_int_equal(ftruncate(fd, i), 0);
		assert_null(trust_open(bundle));
	}
	close(fd);
}

/*
 * An index that lies (with a right checksum, so by somebody who could write
 * it): at most it hides an authority.
 */
static uint64_t fnv(const unsigned char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h;
}

static void test_lies(void **state)
{
	enum { HEAD = 80, ENTRY = 16 };
	static const uint32_t places[][2] = { { 1, 600 }, { 0, 0 }, { 0, 10 },
		{ 0, UINT32_MAX }, { UINT32_MAX, 600 }, { UINT32_MAX - 5, UINT32_MAX },
		{ 27, 8000 } };
	unsigned char file[HEAD + MANY * ENTRY];
	uint64_t sum;
	int fd;

	(void)state;
	make_bundle(MANY);
	trust_index(bundle, MANY);
	find_index();
	fd = open(index_path, O_RDWR);
	assert_int_equal(pread(fd, file, sizeof file, 0), sizeof file);
	for (size_t k = 0; k < sizeof places / sizeof places[0]; k++) {
		struct trust *t;
		char *pem;

		for (size_t i = 0; i < MANY; i++)
			memcpy(file + HEAD + i * ENTRY + 8, places[k], 8);
		sum = fnv(file + HEAD, sizeof file - HEAD);
		memcpy(file + HEAD - 8, &sum, 8);
		assert_int_equal(pwrite(fd, file, sizeof file, 0), sizeof file);
		t = trust_open(bundle);
		assert_non_null(t);
		pem = look_up(t, &leaf);
		assert_int_equal(blocks(pem), 0);
		free(pem);
		trust_free(t);
	}
	close(fd);
}

/* What others could have written is not read. */
static void test_not_ours(void **state)
{
	char folder[64];

	(void)state;
	make_bundle(MANY);
	trust_index(bundle, MANY);
	find_index();
	snprintf(folder, sizeof folder, "%s/ostler", dir);
	expect(&leaf, &ca[7]);
	assert_int_equal(chmod(index_path, 0620), 0);
	assert_null(trust_open(bundle));
	assert_int_equal(chmod(index_path, 0602), 0);
	assert_null(trust_open(bundle));
	assert_int_equal(chmod(index_path, 0600), 0);
	assert_int_equal(chmod(folder, 0770), 0);
	assert_null(trust_open(bundle));
	assert_int_equal(chmod(folder, 0700), 0);
	assert_int_equal(chmod(dir, 0777), 0);
	assert_null(trust_open(bundle));
	assert_int_equal(chmod(dir, 0700), 0);
	expect(&leaf, &ca[7]);
	if (getuid() == 0) {
		assert_int_equal(chown(index_path, 12345, (gid_t)-1), 0);
		assert_null(trust_open(bundle));
		assert_int_equal(chown(index_path, 0, (gid_t)-1), 0);
	}
	/* A symbolic link is followed nowhere. */
	char moved[500];

	snprintf(moved, sizeof moved, "%s.moved", index_path);
	assert_int_equal(rename(index_path, moved), 0);
	assert_int_equal(symlink(moved, index_path), 0);
	assert_null(trust_open(bundle));
	unlink(index_path);
	unlink(moved);
}

static void test_cache(void **state)
{
	struct buf out = BUF_INIT(100);

	(void)state;
	drop_cache();
	assert_false(cache_read("x", &out));
	assert_false(cache_take("x", &out));
	cache_drop("x");
	cache_write("x", "one", 3);
	assert_true(cache_read("x", &out));
	assert_string_equal(buf_str(&out), "one");
	cache_write("x", "two", 3);
	buf_clear(&out);
	assert_true(cache_take("x", &out));
	assert_string_equal(buf_str(&out), "two");
	assert_false(cache_take("x", &out));
	cache_write("x", "", 0);
	cache_drop("x");
	assert_false(cache_read("x", &out));
	cache_write("big", "12345678901234567890", 20);
	struct buf small = BUF_INIT(10);

	assert_false(cache_read("big", &small));
	/* Nowhere to keep it: no harm. */
	setenv("XDG_CACHE_HOME", "/nonexistent/place", 1);
	assert_false(cache_usable());
	cache_write("x", "one", 3);
	assert_false(cache_read("x", &out));
	setenv("XDG_CACHE_HOME", dir, 1);
	assert_true(cache_usable());
	buf_free(&out);
	buf_free(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_same_name_twice),
		cmocka_unit_test(test_outdated),
		cmocka_unit_test(test_not_worth_it),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_not_ours),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
