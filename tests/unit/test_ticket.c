/*
 * Sessions taken up again: when they are, when they are not, and that trust
 * is never older than an hour.
 */
#include "sys/ticket.h"

#include <dirent.h>
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
#include "sys/clock.h"

#define HOST "relay.example.org"

static struct pki_cert root, leaf, soon, expired;
static char dir[] = "/tmp/ostler-ticket.XXXXXX";
static char trust[64], crl[64], other_trust[64];
static gnutls_datum_t key, other_key;

static int set_up(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	setenv("XDG_CACHE_HOME", dir, 1);
	snprintf(trust, sizeof trust, "%s/trust", dir);
	snprintf(other_trust, sizeof other_trust, "%s/other", dir);
	snprintf(crl, sizeof crl, "%s/crl", dir);
	root = pki_make(&(struct pki_spec){ .cn = "Root", .ca = true }, NULL);
	leaf = pki_make(&(struct pki_spec){ .cn = "x", .dns = { HOST } }, &root);
	soon = pki_make(&(struct pki_spec){ .cn = "x", .dns = { HOST },
			.from = -PKI_DAY, .to = 600 }, &root);
	expired = pki_make(&(struct pki_spec){ .cn = "x", .dns = { HOST },
			   .from = -PKI_DAY, .to = -60 }, &root);
	pki_write_certs(trust, &root, 1);
	pki_write_certs(other_trust, &root, 1);
	pki_write_crl(crl, &root, NULL);
	return gnutls_session_ticket_key_generate(&key) |
		gnutls_session_ticket_key_generate(&other_key);
}

/* A ticket in the cache; "" when there is none. */
static const char *ticket_path(void)
{
	static char path[400];
	char folder[100];
	struct dirent *d;
	DIR *all;

	snprintf(folder, sizeof folder, "%s/ostler", dir);
	path[0] = '\0';
	all = opendir(folder);
	while (all != NULL && (d = readdir(all)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		assert_memory_equal(d->d_name, "ticket-", 7);
		snprintf(path, sizeof path, "%s/%s", folder, d->d_name);
	}
	if (all != NULL)
		closedir(all);
	return path;
}

static void drop_cache(void)
{
	while (ticket_path()[0] != '\0')
		unlink(ticket_path());
}

static int tear_down(void **state)
{
	char folder[100];

	(void)state;
	drop_cache();
	snprintf(folder, sizeof folder, "%s/ostler", dir);
	rmdir(folder);
	unlink(trust);
	unlink(other_trust);
	unlink(crl);
	pki_free(&root);
	pki_free(&leaf);
	pki_free(&soon);
	pki_free(&expired);
	gnutls_free(key.data);
	gnutls_free(other_key.data);
	return rmdir(dir);
}

/* ---- one connection ---------------------------------------------------- */

struct visit {
	const struct pki_cert *cert;
	const gnutls_datum_t *key;
	const char *priorities;
	struct tls_policy policy;
	enum err_kind failed;
	bool resumed;
};

static struct visit usual(void)
{
	return (struct visit){
		.cert = &leaf, .key = &key,
		.policy = { .host = HOST, .certcheck = true, .trust_file = trust,
			.resume = "work relay.example.org 465 alice" },
	};
}

/* "TLS1.3 ECDHE-X25519 ...", resumed or not: each word whole. */
static void check_words(struct stream *s)
{
	struct buf text = BUF_INIT(1000);
	const char *words;

	tls_describe(s, &text);
	words = buf_str(&text);
	assert_memory_equal(words, "TLS1.", 5);
	assert_non_null(strchr(words, ' '));
	assert_null(strpbrk(words, "()"));
	assert_null(strstr(words, "- "));
	assert_null(strstr(words, " -"));
	buf_free(&text);
}

static void go(struct visit *v)
{
	struct peer peer = { .chain = { v->cert }, .ticket_key = v->key,
		.priorities = v->priorities };
	struct stream s = STREAM_INIT;
	struct tls_creds *c;
	struct err e = ERR_INIT;
	char in[16];
	size_t n = 0, got;

	assert_int_equal(tls_creds_load(&v->policy, &c, &e), 0);
	stream_open(&s, peer_start(&peer));
	v->resumed = false;
	if (tls_start(&s, c, clock_in(10), &e) == 0) {
		while (n < 8) {
			assert_int_equal(stream_read(&s, in, sizeof in, &got,
						     clock_in(10), &e), 0);
			assert_true(got > 0);
			n += got;
		}
		v->resumed = tls_resumed(&s);
		check_words(&s);
	}
	v->failed = e.kind;
	stream_close(&s);
	peer_join(&peer);
	tls_creds_free(c);
}

static void expect(struct visit v, bool resumed)
{
	go(&v);
	assert_int_equal(v.failed, ERR_NONE);
	assert_int_equal(v.resumed, resumed);
}

/* ---- tests ------------------------------------------------------------- */

static void test_again_and_again(void **state)
{
	struct stat st;

	(void)state;
	drop_cache();
	expect(usual(), false);
	assert_int_equal(stat(ticket_path(), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	for (int i = 0; i < 3; i++)
		expect(usual(), true);
	drop_cache();
	expect(usual(), false);
}

static void test_switched_off(void **state)
{
	struct visit v = usual();

	(void)state;
	drop_cache();
	v.policy.resume = NULL;
	expect(v, false);
	assert_string_equal(ticket_path(), "");
	expect(usual(), false);
	expect(v, false);	/* there is one, and it is not for us */
	expect(usual(), true);
}

/* Used once, also by who gets no answer. */
static void test_once(void **state)
{
	struct visit v = usual();

	(void)state;
	drop_cache();
	expect(v, false);
	v.key = NULL;		/* it forgets, and gives no new one */
	expect(v, false);
	assert_string_equal(ticket_path(), "");
}

/* Whatever the trust rested on has changed: from the start. */
static void test_changed_policy(void **state)
{
	char *print = pki_print(&leaf, GNUTLS_DIG_SHA256);
	struct visit v;

	(void)state;
	for (int k = 0; k < 9; k++) {
		drop_cache();
		expect(usual(), false);
		v = usual();
		switch (k) {
		case 0: v.policy.resume = "work relay.example.org 465 bob"; break;
		case 1: v.policy.host = "RELAY.example.org"; break;
		case 2: v.policy.certcheck = false; break;
		case 3: v.policy.fingerprint = print; break;
		case 4: v.policy.trust_file = other_trust; break;
		case 5: v.policy.crl_file = crl; break;
		case 6: v.policy.priorities = "NORMAL"; break;
		case 7: v.policy.min_dh_prime_bits = 1024; break;
		case 8:
			usleep(20000);	/* the kernel's clock ticks */
			assert_int_equal(utime(trust, NULL), 0);
			break;
		}
		go(&v);
		if (v.failed != ERR_NONE || v.resumed)
			fail_msg("case %d", k);
		if (k > 0) {
			/* The old one is gone, not left beside the new. */
			go(&v);
			assert_true(v.resumed);
			unlink(ticket_path());
			assert_string_equal(ticket_path(), "");
		}
	}
	free(print);
}

/* The server has forgotten: it has to show its certificate, and that counts. */
static void test_forgotten(void **state)
{
	struct visit v = usual();

	(void)state;
	drop_cache();
	expect(v, false);
	v.key = &other_key;
	expect(v, false);
	v.key = &key;
	v.cert = &expired;
	go(&v);
	assert_int_equal(v.failed, ERR_UNAVAILABLE);
	assert_string_equal(ticket_path(), "");
}

static void test_old_protocol(void **state)
{
	struct visit v = usual();

	(void)state;
	drop_cache();
	v.priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.2";
	expect(v, false);
	assert_string_equal(ticket_path(), "");
}

/* ---- time -------------------------------------------------------------- */

struct head {
	char magic[8];
	struct ticket t;
};

static struct ticket read_times(void)
{
	struct head h;
	int fd = open(ticket_path(), O_RDONLY);

	assert_int_equal(read(fd, &h, sizeof h), sizeof h);
	close(fd);
	return h.t;
}

static void write_times(int64_t made, int64_t ends)
{
	struct ticket t = { made, ends };
	int fd = open(ticket_path(), O_WRONLY);

	assert_int_equal(pwrite(fd, &t, sizeof t, 8), sizeof t);
	close(fd);
}

static void test_times(void **state)
{
	int64_t now;
	struct ticket first;
	struct visit v = usual();

	(void)state;
	/* Not an hour from the last time, but from the verification. */
	drop_cache();
	expect(v, false);
	now = (int64_t)time(NULL);
	first = read_times();
	assert_true(first.made >= now - 5 && first.made <= now);
	assert_int_equal(first.ends, first.made + 3600);
	write_times(now - 1000, now + 2600);
	expect(v, true);
	assert_int_equal(read_times().made, now - 1000);
	assert_int_equal(read_times().ends, now + 2600);
	/* It is over; it lasts too long; it comes from the future. */
	write_times(now - 3700, now - 100);
	expect(v, false);
	write_times(now - 10, now + 36000);
	expect(v, false);
	write_times(now + 1000, now + 2000);
	expect(v, false);
	/* Not longer than the certificate. */
	drop_cache();
	v.cert = &soon;
	expect(v, false);
	assert_true(read_times().ends <= now + 605);
	expect(v, true);
}

/* Each byte wrong, one at a time, and cut short: a handshake from the start. */
static void test_damaged(void **state)
{
	struct stat st;
	char whole[40000], byte;
	ssize_t n;
	int fd;

	(void)state;
	drop_cache();
	expect(usual(), false);
	fd = open(ticket_path(), O_RDONLY);
	n = read(fd, whole, sizeof whole);
	close(fd);
	assert_true(n > 200);
	for (ssize_t i = 0; i < n; i += i < 100 ? 1 : 97) {
		if (i >= 8 && i < 24)
			continue;	/* the times, see above */
		fd = open(ticket_path(), O_WRONLY | O_TRUNC);
		byte = whole[i];
		whole[i] = (char)(whole[i] ^ 0x10);
		assert_int_equal(write(fd, whole, (size_t)n), n);
		whole[i] = byte;
		close(fd);
		expect(usual(), false);
	}
	assert_int_equal(stat(ticket_path(), &st), 0);
	assert_int_equal(truncate(ticket_path(), st.st_size - 1), 0);
	expect(usual(), false);
	assert_int_equal(truncate(ticket_path(), 0), 0);
	expect(usual(), false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_again_and_again),
		cmocka_unit_test(test_switched_off),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_changed_policy),
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_old_protocol),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
