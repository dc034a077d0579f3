/*
 * Secrets leave no bytes behind: what is freed has been wiped (weakness 44 of
 * msmtp, which wipes none).
 */
#include "unit.h"

#include "base/buf.h"
#include "base/secret.h"

static const char word[] = "open-sesame-4711";

void *__real_malloc(size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void __wrap_free(void *p);

/* What was allocated while watching, with its size in front. */
#define WATCHED 64
static struct { void *p; size_t n; } seen[WATCHED];
/* volatile: by its header malloc() cannot touch what is ours */
static volatile size_t seen_n, leaks;
static volatile bool watching;

void *__wrap_malloc(size_t n)
{
	void *p = __real_malloc(n);

	if (watching && p != NULL && seen_n < WATCHED) {
		seen[seen_n].p = p;
		seen[seen_n].n = n;
		seen_n++;
	}
	return p;
}

void __wrap_free(void *p)
{
	for (size_t i = 0; watching && i < seen_n; i++) {
		if (seen[i].p != p)
			continue;
		if (memmem(p, seen[i].n, "sesame", 6) != NULL)
			leaks++;
		seen[i].p = NULL;
	}
	__real_free(p);
}

static void begin(void)
{
	seen_n = leaks = 0;
	watching = true;
}

static size_t end(void)
{
	watching = false;
	return leaks;
}

static void test_w44_secrets_are_wiped(void **state)
{
	struct secret a = SECRET_INIT, b = SECRET_INIT;

	(void)state;
	begin();
	assert_int_equal(secret_set(&a, word, sizeof word - 1), 0);
	secret_copy(&b, &a);
	assert_true(secret_eq(&a, &b));
	/* replaced: the old one goes too */
	assert_int_equal(secret_set(&a, "x", 1), 0);
	assert_false(secret_eq(&a, &b));
	secret_clear(&a);
	secret_clear(&b);
	assert_int_equal(end(), 0);
	assert_true(seen_n >= 3);
	assert_false(secret_isset(&a));
}

/* A buffer that a secret passes through: growing leaves no old copy. */
static void test_w44_buffers_are_wiped(void **state)
{
	struct buf b = BUF_INIT(4096);

	(void)state;
	begin();
	buf_adds(&b, word);
	for (int i = 0; i < 1000; i++)
		buf_addc(&b, 'x');
	buf_wipe(&b);
	assert_int_equal(end(), 0);
	assert_true(seen_n >= 2);
}

/* The watch itself sees what is not wiped. */
static void test_watch(void **state)
{
	volatile char *p;	/* or the compiler sees that nobody looks */

	(void)state;
	begin();
	p = malloc(sizeof word);
	for (size_t i = 0; i < sizeof word; i++)
		p[i] = word[i];
	free((void *)p);
	assert_int_equal(end(), 1);
}

static void test_limits(void **state)
{
	struct secret a = SECRET_INIT;
	char *big = calloc(1, SECRET_MAX + 1);

	(void)state;
	assert_int_equal(secret_set(&a, big, SECRET_MAX), 0);
	assert_int_equal(a.len, SECRET_MAX);
	assert_int_equal(secret_set(&a, big, SECRET_MAX + 1), -1);
	assert_int_equal(a.len, SECRET_MAX);
	secret_clear(&a);
	assert_int_equal(secret_set(&a, "", 0), 0);
	assert_true(secret_isset(&a));
	secret_clear(&a);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_w44_secrets_are_wiped),
		cmocka_unit_test(test_w44_buffers_are_wiped),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
