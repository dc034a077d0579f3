/* SRV answers, byte by byte as RFC 1035 and RFC 2782 have them. */
#include "sys/dns.h"

#include <netdb.h>
#include <resolv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "flow/configure.h"
#include "sys/clock.h"

/* ---- a message in the making ------------------------------------------- */

struct message {
	unsigned char p[65536];
	size_t n;
};

static void put8(struct message *m, unsigned v)
{
	m->p[m->n++] = (unsigned char)v;
}

static void put16(struct message *m, unsigned v)
{
	put8(m, v >> 8);
	put8(m, v & 0xff);
}

/* "a.b" as labels, and the end. */
static void put_name(struct message *m, const char *name)
{
	while (*name != '\0') {
		size_t n = strcspn(name, ".");

		put8(m, (unsigned)n);
		memcpy(m->p + m->n, name, n);
		m->n += n;
		name += n + (name[n] == '.');
	}
	put8(m, 0);
}

static void begin(struct message *m, unsigned flags, unsigned answers)
{
	m->n = 0;
	put16(m, 0x1234);
	put16(m, flags);
	put16(m, 1);
	put16(m, answers);
	put16(m, 0);
	put16(m, 0);
	put_name(m, "_submissions._tcp.example.org");	/* at 12 */
	put16(m, 33);
	put16(m, 1);
}

/* The head of a record for the question's name; the length follows later. */
static size_t begin_record(struct message *m, unsigned type)
{
	put16(m, 0xc00c);
	put16(m, type);
	put16(m, 1);
	put16(m, 0);
	put16(m, 3600);
	put16(m, 0);
	return m->n;
}

static void end_record(struct message *m, size_t start)
{
	m->p[start - 2] = (unsigned char)((m->n - start) >> 8);
	m->p[start - 1] = (unsigned char)(m->n - start);
}

static void put_srv(struct message *m, unsigned priority, unsigned weight,
		    unsigned port, const char *target)
{
	size_t start = begin_record(m, 33);

	put16(m, priority);
	put16(m, weight);
	put16(m, port);
	put_name(m, target);
	end_record(m, start);
}

static int parse(const struct message *m, struct dns_srv **list, size_t *n)
{
	struct err e = ERR_INIT;
	/* no byte more than there is, so that a read too far is seen */
	unsigned char *exact = malloc(m->n > 0 ? m->n : 1);
	int ret;

	memcpy(exact, m->p, m->n);
	ret = dns_parse_srv(exact, m->n, list, n, &e);
	assert_true(ret == 0 || (e.kind == ERR_TEMP && *list == NULL && *n == 0));
	free(exact);
	return ret;
}

static struct message m;	/* too large for the stack */

/* ---- tests ------------------------------------------------------------- */

static void test_order(void **state)
{
	static const char *const want[] = { "best.example.org", "heavy.example.org",
		"light.example.org", "light2.example.org", "last.example.org" };
	struct dns_srv *list;
	size_t n;

	(void)state;
	begin(&m, 0x8180, 5);
	put_srv(&m, 10, 1, 465, "light.example.org");
	put_srv(&m, 20, 9, 465, "last.example.org");
	put_srv(&m, 10, 5, 2465, "heavy.example.org");
	put_srv(&m, 0, 0, 465, "best.example.org");
	put_srv(&m, 10, 1, 465, "light2.example.org");
	assert_int_equal(parse(&m, &list, &n), 0);
	assert_int_equal(n, 5);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(list[i].target, want[i]);
	assert_int_equal(list[1].priority, 10);
	assert_int_equal(list[1].weight, 5);
	assert_int_equal(list[1].port, 2465);
	free(list);
}

static void test_not_offered(void **state)
{
	struct dns_srv *list;
	size_t n;

	(void)state;
	begin(&m, 0x8180, 1);
	put_srv(&m, 0, 0, 0, "");
	assert_int_equal(parse(&m, &list, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].target, "");
	free(list);
	begin(&m, 0x8183, 0);		/* NXDOMAIN */
	assert_int_equal(parse(&m, &list, &n), 0);
	assert_int_equal(n, 0);
	free(list);
	begin(&m, 0x8180, 0);
	assert_int_equal(parse(&m, &list, &n), 0);
	assert_int_equal(n, 0);
	free(list);
	begin(&m, 0x8182, 0);		/* SERVFAIL */
	assert_int_equal(parse(&m, &list, &n), -1);
	begin(&m, 0x0100, 0);		/* a question */
	assert_int_equal(parse(&m, &list, &n), -1);
}

/* RFC 1035, 4.1.4; records of other types around ours. */
static void test_compression(void **state)
{
	struct dns_srv *list;
	size_t n, start;

	(void)state;
	begin(&m, 0x8180, 3);
	start = begin_record(&m, 5);		/* CNAME */
	put_name(&m, "elsewhere.example.net");
	end_record(&m, start);
	start = begin_record(&m, 33);
	put16(&m, 1);
	put16(&m, 2);
	put16(&m, 587);
	put8(&m, 4);
	memcpy(m.p + m.n, "mail", 4);
	m.n += 4;
	put16(&m, 0xc000 | (12 + 13 + 5));	/* "example.org" of the question */
	end_record(&m, start);
	put_srv(&m, 2, 0, 587, "second.example.org");
	assert_int_equal(parse(&m, &list, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].target, "mail.example.org");
	assert_string_equal(list[1].target, "second.example.org");
	free(list);
}

/* A pointer that points at itself, forward, behind the end. */
static void test_bad_pointers(void **state)
{
	struct dns_srv *list;
	size_t n, start, at;

	(void)state;
	for (int k = 0; k < 4; k++) {
		begin(&m, 0x8180, 1);
		start = begin_record(&m, 33);
		put16(&m, 1);
		put16(&m, 2);
		put16(&m, 587);
		at = m.n;
		put16(&m, 0xc000 | (unsigned)(k == 0 ? at : k == 1 ? at + 2 :
					      k == 2 ? 0x3fff : at + 1));
		end_record(&m, start);
		put8(&m, 0);
		assert_int_equal(parse(&m, &list, &n), -1);
	}
	/* Two that chase each other. */
	begin(&m, 0x8180, 1);
	m.p[12] = 0xc0;
	m.p[13] = 12;
	assert_int_equal(parse(&m, &list, &n), -1);
}

static void test_bad_targets(void **state)
{
	static const char *const bad[] = { "a b.example", "a\r\nhost evil", "a/b",
		"a\x1b[2J", "b\xc3\xbc" "cher.example", "\"x\"" };
	struct dns_srv *list;
	char label[64], name[400] = "";
	size_t n, start;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		begin(&m, 0x8180, 2);
		put_srv(&m, 0, 0, 587, bad[i]);
		put_srv(&m, 1, 0, 587, "good.example");
		assert_int_equal(parse(&m, &list, &n), 0);
		assert_int_equal(n, 1);
		assert_string_equal(list[0].target, "good.example");
		free(list);
	}
	/* A dot inside a label is not the end of it. */
	begin(&m, 0x8180, 1);
	start = begin_record(&m, 33);
	put16(&m, 0);
	put16(&m, 0);
	put16(&m, 587);
	put8(&m, 3);
	memcpy(m.p + m.n, "a.b", 4);
	m.n += 4;
	end_record(&m, start);
	assert_int_equal(parse(&m, &list, &n), 0);
	assert_int_equal(n, 0);
	free(list);
	/* 255 bytes are a name, more are none: four labels of 63 are 256. */
	memset(label, 'x', 63);
	label[63] = '\0';
	snprintf(name, sizeof name, "%s.%s.%s.%.61s", label, label, label, label);
	begin(&m, 0x8180, 1);
	put_srv(&m, 0, 0, 587, name);
	assert_int_equal(parse(&m, &list, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].target, name);
	free(list);
	snprintf(name, sizeof name, "%s.%s.%s.%s", label, label, label, label);
	begin(&m, 0x8180, 1);
	put_srv(&m, 0, 0, 587, name);
	assert_int_equal(parse(&m, &list, &n), -1);
}

/* Far more than 512 bytes, and more records than anybody needs. */
static void test_large(void **state)
{
	struct dns_srv *list;
	char name[64];
	size_t n;

	(void)state;
	begin(&m, 0x8180, 1000);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "relay%u.example.org", i);
		put_srv(&m, 1000 - i, 0, 587, name);
	}
	assert_int_equal(parse(&m, &list, &n), 0);
	assert_int_equal(n, DNS_SRV_MAX);
	assert_string_equal(list[0].target, "relay255.example.org");
	free(list);
}

/* Cut anywhere, or with any byte changed: an error, never a read too far. */
static void test_damage(void **state)
{
	static struct message whole;
	struct dns_srv *list;
	size_t n;

	(void)state;
	begin(&whole, 0x8180, 2);
	put_srv(&whole, 1, 2, 465, "a.example.org");
	put_srv(&whole, 1, 2, 465, "b.example.org");
	for (size_t i = 0; i < whole.n; i++) {
		m = whole;
		m.n = i;
		assert_int_equal(parse(&m, &list, &n), -1);
	}
	for (size_t i = 0; i < whole.n; i++) {
		for (unsigned v = 0; v < 256; v++) {
			m = whole;
			m.p[i] = (unsigned char)v;
			if (parse(&m, &list, &n) == 0)
				free(list);
		}
	}
}

/* ---- the question ------------------------------------------------------ */

static int reply_len;	/* of m; -1: with reply_error */
static int reply_error;
static useconds_t reply_after;
static char asked[300];

int res_nquery(res_state state, const char *name, int class, int type,
	       unsigned char *answer, int size)
{
	snprintf(asked, sizeof asked, "%s %d %d %d", name, class, type, size >= 65535);
	usleep(reply_after);
	state->res_h_errno = reply_error;
	if (reply_len > 0)	/* what there is room for, and its whole length */
		memcpy(answer, m.p, (size_t)(reply_len < size ? reply_len : size));
	return reply_len;
}

static void test_question(void **state)
{
	struct dns_srv *list;
	struct err e = ERR_INIT;
	size_t n;

	(void)state;
	begin(&m, 0x8180, 1);
	put_srv(&m, 1, 2, 465, "a.example.org");
	reply_len = (int)m.n;
	assert_int_equal(dns_srv("_submissions._tcp.example.org", clock_in(10),
				 &list, &n, &e), 0);
	assert_string_equal(asked, "_submissions._tcp.example.org 1 33 1");
	assert_int_equal(n, 1);
	free(list);
	reply_len = -1;
	reply_error = HOST_NOT_FOUND;
	assert_int_equal(dns_srv("x", clock_in(10), &list, &n, &e), 0);
	assert_int_equal(n, 0);
	reply_error = NO_DATA;
	assert_int_equal(dns_srv("x", clock_in(10), &list, &n, &e), 0);
	reply_error = TRY_AGAIN;
	assert_int_equal(dns_srv("x", clock_in(10), &list, &n, &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	reply_len = 3;
	assert_int_equal(dns_srv("x", clock_in(10), &list, &n, &e), -1);
	assert_non_null(strstr(e.text, "'x'"));
	reply_after = 300000;
	assert_int_equal(dns_srv("x", clock_ms() + 30, &list, &n, &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_non_null(strstr(e.text, "timeout"));
	usleep(400000);		/* the thread cleans up behind itself */
}

/*
 * Weakness 53 of msmtp: an answer of more than 512 bytes was none, and the
 * name to log in with was the local part alone.
 */
static void test_w53_configure(void **state)
{
	static const char *const lines[] = { "account jo.doe@example.org",
		"host relay59.example.org", "port 465", "tls on",
		"tls_starttls off", "auth on", "user jo.doe@example.org",
		"from jo.doe@example.org" };
	struct buf out = BUF_INIT(10000);
	struct err e = ERR_INIT;
	char name[64], line[80];

	(void)state;
	begin(&m, 0x8180, 60);
	for (unsigned i = 0; i < 60; i++) {
		snprintf(name, sizeof name, "relay%u.example.org", i);
		put_srv(&m, 60 - i, 0, 465, name);
	}
	assert_true(m.n > 2048);
	reply_len = (int)m.n;
	reply_after = 0;
	assert_int_equal(configure("jo.doe@example.org", &out, &e), 0);
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		snprintf(line, sizeof line, "\n%s\n", lines[i]);
		if (strstr(buf_str(&out), line) == NULL)
			fail_msg("no '%s' in '%s'", lines[i], buf_str(&out));
	}
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_not_offered),
		cmocka_unit_test(test_compression),
		cmocka_unit_test(test_bad_pointers),
		cmocka_unit_test(test_bad_targets),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_question),
		cmocka_unit_test(test_w53_configure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
