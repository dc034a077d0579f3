/*
 * Errors and log lines: what others wrote stays data in both.
 */
#include "unit.h"

#include <errno.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"

static void test_err(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(err_set(&e, ERR_DATA, "'%s' is %d", "x\r\n\033[1m", 5), -1);
	assert_int_equal(e.kind, ERR_DATA);
	assert_string_equal(e.text, "'x???[1m' is 5");
	assert_int_equal(err_sys(&e, ERR_IO, ENOENT, "cannot open '%s'", "f"), -1);
	assert_int_equal(e.kind, ERR_IO);
	assert_string_equal(e.text, "cannot open 'f': No such file or directory");
	assert_int_equal(err_wrap(&e, "account %s\n", "a"), -1);
	assert_int_equal(e.kind, ERR_IO);
	assert_string_equal(e.text,
			    "account a?: cannot open 'f': No such file or directory");
	assert_int_equal(err_set(NULL, ERR_IO, "x"), -1);
	assert_int_equal(err_sys(NULL, ERR_IO, 1, "x"), -1);
	assert_int_equal(err_wrap(NULL, "x"), -1);
}

/* However long the text, it is cut and ended. */
static void test_long(void **state)
{
	char text[3 * ERR_TEXT_MAX];
	struct err e = ERR_INIT;

	(void)state;
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	err_set(&e, ERR_IO, "%s", text);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	err_wrap(&e, "%s", text);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	err_wrap(&e, "begin");
	assert_memory_equal(e.text, "begin: xxx", 10);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	err_sys(&e, ERR_IO, ENOENT, "%s", text);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
}

/* Every kind has a status of sysexits.h and its name, and none is 0. */
static void test_kinds(void **state)
{
	static const struct {
		enum err_kind kind;
		int status;
		const char *name;
		bool retry;
	} cases[] = {
		{ ERR_NONE, 0, "EX_OK", false },
		{ ERR_USAGE, 64, "EX_USAGE", false },
		{ ERR_DATA, 65, "EX_DATAERR", false },
		{ ERR_NOINPUT, 66, "EX_NOINPUT", true },
		{ ERR_NOUSER, 67, "EX_NOUSER", false },
		{ ERR_NOHOST, 68, "EX_NOHOST", true },
		{ ERR_UNAVAILABLE, 69, "EX_UNAVAILABLE", true },
		{ ERR_SOFTWARE, 70, "EX_SOFTWARE", true },
		{ ERR_OS, 71, "EX_OSERR", true },
		{ ERR_CANTCREAT, 73, "EX_CANTCREAT", true },
		{ ERR_IO, 74, "EX_IOERR", true },
		{ ERR_TEMP, 75, "EX_TEMPFAIL", true },
		{ ERR_PROTOCOL, 76, "EX_PROTOCOL", true },
		{ ERR_NOPERM, 77, "EX_NOPERM", true },
		{ ERR_CONFIG, 78, "EX_CONFIG", true },
	};

	(void)state;
	assert_int_equal(COUNT(cases), ERR_KINDS);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(err_exit(cases[i].kind), cases[i].status);
		assert_string_equal(err_exit_name(cases[i].kind), cases[i].name);
		assert_int_equal(err_retry(cases[i].kind), cases[i].retry);
	}
}

static void test_log(void **state)
{
	struct buf line = BUF_INIT(10000);

	(void)state;
	log_word(&line, "host", "mail.example.org");
	log_word(&line, "user", "a b'c\n=x");
	log_word(&line, "empty", "");
	log_number(&line, "size", 18446744073709551615ull);
	log_text(&line, "msg", "250-one\r\n250 two's\r\n");
	log_text(&line, "err", "\n\nx\033\n\n");
	log_text(&line, "none", "");
	assert_string_equal(buf_str(&line),
			    "host=mail.example.org user=a_b_c?=x empty= "
			    "size=18446744073709551615 "
			    "msg='250-one\\n250 two?s' err='\\nx?' none='' ");
	assert_null(strchr(line.p, '\n'));
	buf_free(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_err),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
