/*
 * Memory: buffers keep their ceiling and their NUL, vectors own their
 * strings, secrets go when they are told to, and no allocation fails
 * quietly.
 */
#include "unit.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/secret.h"
#include "base/strv.h"
#include "base/xalloc.h"

static void check(const struct buf *b, const char *want)
{
	assert_true(b->len <= b->cap && b->cap <= b->max);
	assert_int_equal(b->len, strlen(want));
	assert_string_equal(buf_str(b), want);
}

static void test_buf(void **state)
{
	struct buf b;
	char *s;

	(void)state;
	buf_init(&b, 100);
	check(&b, "");
	assert_null(b.p);
	buf_add(&b, "abc", 2);
	buf_addc(&b, 'c');
	buf_adds(&b, "def");
	buf_addf(&b, "%d%s", 12, "x");
	check(&b, "abcdef12x");
	buf_addu(&b, 0);
	buf_addu(&b, ULLONG_MAX);
	check(&b, "abcdef12x018446744073709551615");
	buf_truncate(&b, 9);
	buf_consume(&b, 0);
	buf_consume(&b, 3);
	check(&b, "def12x");
	buf_truncate(&b, 3);
	check(&b, "def");
	buf_consume(&b, 3);
	check(&b, "");
	buf_add(&b, "a\0b", 3);
	assert_int_equal(b.len, 3);
	assert_int_equal(b.p[3], '\0');
	buf_clear(&b);
	check(&b, "");
	assert_non_null(b.p);
	buf_adds(&b, "steal");
	s = buf_steal(&b);
	assert_string_equal(s, "steal");
	free(s);
	assert_null(b.p);
	assert_int_equal(b.max, 100);
	s = buf_steal(&b);
	assert_string_equal(s, "");
	free(s);
	buf_truncate(&b, 0);
	buf_add(&b, "", 0);
	check(&b, "");
	buf_fill(&b, 'z', 0);
	check(&b, "");
	buf_fill(&b, 'z', 3);
	buf_fill(&b, '-', 2);
	check(&b, "zzz--");
	buf_wipe(&b);
	buf_free(&b);
	buf_free(&b);
}

/* All or nothing at the ceiling, and once full always full. */
static void test_ceiling(void **state)
{
	(void)state;
	mallopt(M_PERTURB, 'p');	/* fresh memory has no NULs by luck */
	for (size_t max = 0; max < 300; max++) {
		struct buf b = BUF_INIT(max);

		buf_addf(&b, "%*s", (int)max + 1, "");
		assert_true(b.full);
		check(&b, "");
		buf_free(&b);
		for (size_t i = 0; i < max; i++)
			buf_addc(&b, 'x');
		assert_false(b.full);
		assert_int_equal(b.len, max);
		buf_add(&b, "", 0);
		assert_false(b.full);
		buf_addc(&b, 'x');
		assert_true(b.full);
		assert_int_equal(b.len, max);
		buf_clear(&b);
		assert_false(b.full);
		buf_fill(&b, 'x', max);
		assert_false(b.full);
		assert_int_equal(b.len, max);
		buf_fill(&b, 'x', 1);
		assert_true(b.full);
		assert_int_equal(b.len, max);
		buf_clear(&b);
		if (max > 2) {
			buf_adds(&b, "y");
			buf_addf(&b, "%*s", (int)max, "");
			assert_true(b.full);
			check(&b, "y");
			buf_adds(&b, "z");	/* would fit */
			check(&b, "y");
		}
		buf_free(&b);
	}
}

static void test_huge_addition(void **state)
{
	struct buf b = BUF_INIT(10);

	(void)state;
	buf_adds(&b, "abc");
	buf_add(&b, "x", SIZE_MAX);
	buf_add(&b, "x", SIZE_MAX - 2);
	assert_true(b.full);
	check(&b, "abc");
	buf_free(&b);
}

static void test_strv(void **state)
{
	struct strv s = STRV_INIT, copy = STRV_INIT;

	(void)state;
	for (int i = 0; i < 100; i++)
		strv_take(&s, xasprintf("%d", i));
	strv_add(&s, "end");
	strv_copy(&copy, &s);
	strv_clear(&s);
	assert_int_equal(s.n, 0);
	assert_int_equal(copy.n, 101);
	assert_string_equal(copy.v[99], "99");
	assert_string_equal(copy.v[100], "end");
	strv_clear(&copy);
	strv_clear(&copy);
}

static void test_secret(void **state)
{
	struct secret a = SECRET_INIT, b = SECRET_INIT;
	char *big = xmalloc(SECRET_MAX + 1);

	(void)state;
	memset(big, 's', SECRET_MAX + 1);
	assert_false(secret_isset(&a));
	assert_true(secret_eq(&a, &b));
	assert_int_equal(secret_set(&a, "", 0), 0);
	assert_true(secret_isset(&a));
	assert_false(secret_eq(&a, &b));
	assert_int_equal(secret_set(&a, "pass\0word", 9), 0);
	assert_bytes(a.p, a.len, "pass\0word", 9);
	assert_int_equal(a.p[9], '\0');
	secret_copy(&b, &a);
	secret_copy(&b, &b);
	assert_true(secret_eq(&a, &b));
	assert_true(a.p != b.p);
	assert_int_equal(secret_set(&a, a.p, 4), 0);	/* from itself */
	assert_bytes(a.p, a.len, "pass", 4);
	assert_int_equal(secret_set(&a, big, SECRET_MAX + 1), -1);
	assert_bytes(a.p, a.len, "pass", 4);
	assert_int_equal(secret_set(&a, big, SECRET_MAX), 0);
	assert_int_equal(a.len, SECRET_MAX);
	secret_clear(&a);
	assert_null(a.p);
	secret_copy(&b, &a);
	assert_false(secret_isset(&b));
	free(big);
}

static void test_alloc(void **state)
{
	char *s;

	(void)state;
	s = xmalloc(0);
	free(s);
	s = xcalloc(10, 2);
	for (int i = 0; i < 20; i++)
		assert_int_equal(s[i], 0);
	s = xreallocarray(s, 0, 5);
	free(s);
	assert_null(xstrdup_null(NULL));
	s = xstrdup_null("x");
	assert_string_equal(s, "x");
	free(s);
	s = xmemdup0("a\0b", 3);
	assert_bytes(s, 4, "a\0b", 4);
	free(s);
	s = xmemdup0(NULL, 0);
	assert_string_equal(s, "");
	free(s);
}

/*
 * Each function with memory refused, in a child: exit status 71 and one
 * line, never a signal.
 */
static void refuse(int which)
{
	static volatile size_t huge = SIZE_MAX;
	char *p = xstrdup("x");

	switch (which) {
	case 0:
		p = xmalloc(huge / 2);
		break;
	case 1:
		p = xcalloc(huge / 2, 4);
		break;
	case 2:
		p = xreallocarray(p, huge / 2, 4);
		break;
	case 3:
		p = xmemdup0("x", huge);
		break;
	default:
		p = xreallocarray(p, huge / 4, 2);
		break;
	}
	free(p);
	_exit(0);
}

static void test_refused(void **state)
{
	(void)state;
	for (int which = 0; which < 5; which++) {
		char line[200] = "";
		int fd[2], status;
		ssize_t n;
		pid_t pid;

		assert_int_equal(pipe(fd), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			dup2(fd[1], 2);
			program_invocation_short_name = (char[]){ "mailq" };
			refuse(which);
		}
		close(fd[1]);
		n = read(fd[0], line, sizeof line - 1);
		close(fd[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
#if defined(__SANITIZE_ADDRESS__)
		/* the sanitizer itself ends a program that asks for so much */
		(void)n;
#else
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), EX_OSERR);
		assert_true(n > 0);
		assert_string_equal(line, "mailq: out of memory\n");
#endif
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf),
		cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_huge_addition),
		cmocka_unit_test(test_strv),
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
