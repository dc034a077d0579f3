/* The grammar of netrc files, and who may read them. */
#include "sys/netrc.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct {
	const char *text;
	const char *want;	/* the password of joe at mail.example; NULL: none;
				 * "!": the file is refused */
} rows[] = {
	{ "", NULL },
	{ "\n \t\r\n", NULL },
	{ "machine mail.example login joe password x", "x" },
	{ "machine mail.example\nlogin joe\npassword x\n", "x" },
	{ "machine mail.example\r\nlogin joe\r\npassword x\r\n", "x" },
	{ "machine MAIL.Example login joe password x", "x" },
	{ "machine mail.example login Joe password x", NULL },
	{ "machine mail.example password x login joe", "x" },
	{ "machine mail.example user joe passwd x", "x" },
	{ "machine mail.example account a login joe password x", "x" },
	{ "machine mail.example port 587 login joe password x", "x" },
	{ "machine mail.example.org login joe password x", NULL },
	{ "machine mail login joe password x", NULL },
	{ "machine mail.example login joe", NULL },
	{ "machine mail.example password x", NULL },
	{ "login joe password x", NULL },
	/* the first that is complete */
	{ "machine mail.example login a password y\n"
	  "machine mail.example login joe password x\n"
	  "machine mail.example login joe password z\n", "x" },
	{ "machine mail.example login joe\n"
	  "machine mail.example login joe password x\n", "x" },
	{ "machine other login joe password y\nmachine mail.example login joe "
	  "password x", "x" },
	/* a new entry forgets the one before */
	{ "machine mail.example login joe machine other password x", NULL },
	{ "machine other login joe machine mail.example password x", NULL },
	{ "default login joe password x", "x" },
	{ "default login moe password x", NULL },
	{ "machine mail.example login joe password x default login joe password y", "x" },
	{ "machine mail.example login moe password x default login joe password y", "y" },
	/* quotes */
	{ "machine \"mail.example\" login 'joe' password \"a b\"", "a b" },
	{ "machine mail.example login joe password 'a\"b'", "a\"b" },
	{ "machine mail.example login joe password a\"b'c", "a\"b'c" },
	{ "machine mail.example login joe password \"\"", "" },
	{ "machine mail.example login joe password \"a\nb\"", "a\nb" },
	{ "machine mail.example login joe password a\\b\\", "a\\b\\" },
	{ "machine mail.example login joe password \"a\\\"", "a\\" },
	{ "machine mail.example login joe password \"a", "!" },
	{ "\"machine", "!" },
	/* comments: where a keyword may stand, and only there */
	{ "# machine mail.example login joe password y\n"
	  "machine mail.example login joe password x # the end", "x" },
	{ "machine mail.example login joe password #x", "#x" },
	{ "machine mail.example login joe password #x\n"
	  "machine other login o password y", "#x" },
	{ "machine mail.example login joe password x#y", "x#y" },
	{ "machine mail.example # our relay\nlogin joe\n#\npassword x", "x" },
	{ "# only", NULL },
	/* macros */
	{ "macdef init\ncd /x\nmachine mail.example login joe password y\n\n"
	  "machine mail.example login joe password x", "x" },
	{ "machine mail.example login joe macdef init\nput \"x\n\npassword x\n", "x" },
	{ "macdef init\n\nmachine mail.example login joe password x", "x" },
	{ "macdef init\na\r\n\r\nmachine mail.example login joe password x", "x" },
	{ "macdef init\nmachine mail.example login joe password x", NULL },
	{ "machine mail.example login joe password macdef", "macdef" },
	/* what cannot be understood */
	{ "machine", "!" },
	{ "machine mail.example login", "!" },
	{ "machine mail.example login joe password", "!" },
	{ "macdef", "!" },
	{ "machine mail.example login joe password my secret\n", "!" },
	{ "MACHINE mail.example login joe password x", "!" },
	{ "hello", "!" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct secret s = SECRET_INIT;
		struct err e = ERR_INIT;
		size_t n = strlen(rows[i].text);
		/* no NUL behind it, so that a read too far is seen */
		char *text = malloc(n > 0 ? n : 1);
		bool found = true;
		int ret;

		memcpy(text, rows[i].text, n);
		ret = netrc_find(text, n, "mail.example", "joe", &s, &found, &e);
		if (rows[i].want != NULL && rows[i].want[0] == '!') {
			if (ret != -1 || e.kind != ERR_CONFIG || found ||
			    strstr(e.text, "line ") == NULL ||
			    strstr(e.text, "secret") != NULL)
				fail_msg("%s: taken, %s", rows[i].text, e.text);
		} else if (ret != 0 || found != (rows[i].want != NULL)) {
			fail_msg("%s: %d %d %s", rows[i].text, ret, found, e.text);
		} else if (found) {
			assert_int_equal(s.len, strlen(rows[i].want));
			assert_memory_equal(s.p, rows[i].want, s.len);
		} else {
			assert_false(secret_isset(&s));
		}
		secret_clear(&s);
		free(text);
	}
}

static void test_line_numbers(void **state)
{
	static const char text[] = "machine a\nlogin b\n\"c\nd\" e\n";
	struct secret s = SECRET_INIT;
	struct err e = ERR_INIT;
	bool found;

	(void)state;
	assert_int_equal(netrc_find(text, strlen(text), "a", "b", &s, &found, &e), -1);
	assert_non_null(strstr(e.text, "line 4"));
}

static void test_bytes(void **state)
{
	static const char nul[] = "machine mail.example login joe password a\0b\n";
	struct secret s = SECRET_INIT;
	struct err e = ERR_INIT;
	size_t n = SECRET_MAX + 100;
	char *big = malloc(n);
	bool found;

	(void)state;
	assert_int_equal(netrc_find(nul, sizeof nul - 1, "mail.example", "joe", &s,
				    &found, &e), 0);
	assert_int_equal(s.len, 3);
	assert_memory_equal(s.p, "a\0b", 3);
	memset(big, 'x', n);
	memcpy(big, "machine mail.example login joe password ", 40);
	assert_int_equal(netrc_find(big, n, "mail.example", "joe", &s, &found, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_false(found);
	secret_clear(&s);
	free(big);
}

static void test_file(void **state)
{
	static const char text[] = "machine h login u password p\n";
	char dir[] = "/tmp/ostler-netrc.XXXXXX", path[64];
	struct secret s = SECRET_INIT;
	struct err e = ERR_INIT;
	bool found = true;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/netrc", dir);
	assert_int_equal(netrc_lookup(path, "h", "u", &s, &found, &e), 0);
	assert_false(found);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	assert_int_equal(netrc_lookup(path, "h", "u", &s, &found, &e), 0);
	assert_true(found);
	assert_int_equal(s.len, 1);
	static const mode_t open_modes[] = { 0640, 0604, 0602, 0620, 0644, 0666 };

	for (size_t i = 0; i < sizeof open_modes / sizeof open_modes[0]; i++) {
		assert_int_equal(chmod(path, open_modes[i]), 0);
		assert_int_equal(netrc_lookup(path, "h", "u", &s, &found, &e), -1);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_false(found);
		assert_non_null(strstr(e.text, "chmod 600"));
	}
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(netrc_lookup(path, "h", "u", &s, &found, &e), 0);
	assert_true(found);
	assert_int_equal(netrc_lookup(dir, "h", "u", &s, &found, &e), -1);
	unlink(path);
	rmdir(dir);
	secret_clear(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_line_numbers),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
