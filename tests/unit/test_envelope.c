/*
 * Recipients: each once, in order, in linear time; what no command may
 * carry is refused.
 */
#include "unit.h"

#include <time.h>

#include "text/envelope.h"

static void test_add(void **state)
{
	struct envelope env = ENVELOPE_INIT;
	struct rcpt *r;

	(void)state;
	assert_true(envelope_add(&env, "a@b.c", &r));
	r->notify = DSN_DELAY;
	assert_false(envelope_add(&env, "a@B.C", &r));
	assert_int_equal(r->notify, DSN_DELAY);
	assert_string_equal(r->addr, "a@b.c");
	assert_true(envelope_add(&env, "A@b.c", NULL));
	assert_true(envelope_add(&env, "a", NULL));
	assert_true(envelope_add(&env, "A", NULL));
	assert_false(envelope_add(&env, "a", NULL));
	assert_true(envelope_add(&env, "\"x@B\"@c", NULL));
	assert_true(envelope_add(&env, "\"x@b\"@c", NULL));
	assert_false(envelope_add(&env, "\"x@b\"@C", NULL));
	assert_int_equal(env.n, 6);
	assert_string_equal(env.rcpt[0].addr, "a@b.c");
	assert_string_equal(env.rcpt[5].addr, "\"x@b\"@c");
	envelope_clear(&env);
	assert_int_equal(env.n, 0);
	assert_true(envelope_add(&env, "a@b.c", NULL));
	envelope_clear(&env);
}

/* Lengths around the hash's words. */
static void test_lengths(void **state)
{
	struct envelope env = ENVELOPE_INIT;
	char text[80] = "";

	(void)state;
	for (size_t n = 1; n < sizeof text; n++) {
		text[n - 1] = 'x';
		text[n] = '\0';
		assert_true(envelope_add(&env, text, NULL));
	}
	for (size_t n = sizeof text - 1; n > 0; n--) {
		text[n] = '\0';
		assert_false(envelope_add(&env, text, NULL));
	}
	envelope_clear(&env);
}

/* 10 000 recipients, and the same again; ten times that in ten times it. */
static void test_many(void **state)
{
	struct envelope env = ENVELOPE_INIT;
	char addr[64];
	clock_t start = clock();

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 100000; i++) {
			snprintf(addr, sizeof addr, "user%d@%s.org", i,
				 round ? "EXAMPLE" : "example");
			assert_true(envelope_add(&env, addr, NULL) == !round);
		}
	}
	for (int i = 0; i < 100000; i++)
		envelope_add(&env, "same@example.org", NULL);
	assert_int_equal(env.n, 100001);
	assert_string_equal(env.rcpt[99999].addr, "user99999@example.org");
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 5);
	envelope_clear(&env);
}

static void test_check(void **state)
{
	static const char *const bad[] = {
		"", "a@b\r\nRCPT TO:<c@d>", "a b@c", "<a@b>", "a@b>", "a\1@b",
		"j\366@x", "\"a@b",
	};
	struct envelope env = ENVELOPE_INIT;
	struct err e = ERR_INIT;

	(void)state;
	envelope_add(&env, "\"a b\"@c", NULL);
	envelope_add(&env, "root", NULL);
	assert_int_equal(envelope_check(&env, &e), 0);
	envelope_set_from(&env, "");
	assert_int_equal(envelope_check(&env, &e), 0);
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct envelope with = ENVELOPE_INIT;

		envelope_copy(&with, &env);
		envelope_add(&with, bad[i], NULL);
		assert_int_equal(envelope_check(&with, &e), -1);
		assert_int_equal(e.kind, ERR_DATA);
		envelope_copy(&with, &env);
		envelope_set_from(&with, bad[i]);
		assert_int_equal(envelope_check(&with, &e), i == 0 ? 0 : -1);
		envelope_clear(&with);
	}
	envelope_clear(&env);
}

static void test_utf8(void **state)
{
	struct envelope env = ENVELOPE_INIT;

	(void)state;
	envelope_add(&env, "a@b", NULL);
	assert_false(envelope_needs_utf8(&env));
	envelope_set_from(&env, "j\303\266@x");
	assert_true(envelope_needs_utf8(&env));
	envelope_set_from(&env, "x@x");
	envelope_add(&env, "a@b\303\274.de", NULL);
	assert_true(envelope_needs_utf8(&env));
	envelope_clear(&env);
}

static void test_copy(void **state)
{
	struct envelope env = ENVELOPE_INIT, copy = ENVELOPE_INIT;
	struct rcpt *r;

	(void)state;
	envelope_set_from(&env, "x@y");
	env.ret = DSN_RET_HDRS;
	env.notify = DSN_NEVER;
	env.envid = strdup("id");
	envelope_add(&env, "a@b", &r);
	r->orcpt = strdup("rfc822;a@b");
	r->notify = DSN_FAILURE;
	envelope_add(&copy, "old@old", NULL);
	envelope_copy(&copy, &env);
	envelope_copy(&copy, &copy);
	envelope_clear(&env);
	assert_string_equal(copy.from, "x@y");
	assert_string_equal(copy.envid, "id");
	assert_int_equal(copy.ret, DSN_RET_HDRS);
	assert_int_equal(copy.notify, DSN_NEVER);
	assert_int_equal(copy.n, 1);
	assert_string_equal(copy.rcpt[0].orcpt, "rfc822;a@b");
	assert_int_equal(copy.rcpt[0].notify, DSN_FAILURE);
	assert_false(envelope_add(&copy, "a@B", NULL));
	envelope_clear(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
