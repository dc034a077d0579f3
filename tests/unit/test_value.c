/* Numbers, times, schedules, fingerprints, patterns. */
#include "unit/rcread.h"

#include <fnmatch.h>

#include "conf/glob.h"
#include "conf/pins.h"
#include "conf/value.h"

#define BAD (-999L)

static void test_number(void **state)
{
	static const struct {
		const char *text;
		long value;
	} row[] = {
		{ "1", 1 }, { "25", 25 }, { "65535", 65535 }, { "65536", BAD },
		{ "0", BAD }, { "-1", BAD }, { "", BAD }, { "x", BAD },
		{ "2x", BAD }, { "2 ", BAD }, { " 2", BAD }, { "2.0", BAD },
		{ "0x1F", 31 }, { "0x", BAD }, { "0xg", BAD }, { "010", 8 },
		{ "08", BAD }, { "+5", 5 }, { "++5", BAD }, { "1e3", BAD },
		{ "99999999999999999999999", BAD }, { "-99999999999999999999", BAD },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct err e = ERR_INIT;
		long v = BAD;
		int ret = value_number(row[i].text, 1, 65535, &v, &e);

		if (v != row[i].value || (ret < 0) != (row[i].value == BAD))
			fail_msg("'%s' is %ld", row[i].text, v);
		assert_int_equal(e.kind, ret < 0 ? ERR_CONFIG : ERR_NONE);
	}
}

static void test_duration(void **state)
{
	static const struct {
		const char *text;
		long value;
	} row[] = {
		{ "30", 30 }, { "30s", 30 }, { "5m", 300 }, { "2h", 7200 },
		{ "5d", 432000 }, { "1w", 604800 }, { "0x10", 16 }, { "010", 8 },
		{ "010m", 600 }, { "0", BAD }, { "0s", BAD }, { "-5m", BAD },
		{ "m", BAD }, { "5 m", BAD }, { "5M", BAD }, { "5mm", BAD },
		{ "1h30m", BAD }, { "off", BAD }, { "", BAD }, { "5y", BAD },
		{ "10000d", BAD }, { "999999999999999999w", BAD },
		{ "99999999999999999999999s", BAD },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		long v = BAD;
		int ret = value_duration(row[i].text, 1, 604800, &v, NULL);

		if (v != row[i].value || (ret < 0) != (row[i].value == BAD))
			fail_msg("'%s' is %ld", row[i].text, v);
	}
}

static void test_duration_print(void **state)
{
	static const struct {
		long seconds;
		const char *text;
	} row[] = {
		{ 1, "1s" }, { 60, "1m" }, { 90, "90s" }, { 3600, "1h" },
		{ 5400, "90m" }, { 86400, "1d" }, { 604800, "7d" }, { 86401, "86401s" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct buf b = BUF_INIT(64);

		value_duration_print(row[i].seconds, &b);
		assert_string_equal(buf_str(&b), row[i].text);
		buf_free(&b);
	}
}

static void test_schedule(void **state)
{
	static const struct {
		const char *text;
		long wait[9];	/* after 1 ... 9 tries */
	} row[] = {
		{ "1m*2..2h", { 60, 120, 240, 480, 960, 1920, 3840, 7200, 7200 } },
		{ "5m", { 300, 300, 300, 300, 300, 300, 300, 300, 300 } },
		{ "5m*1", { 300, 300, 300, 300, 300, 300, 300, 300, 300 } },
		{ "1m*3..5m", { 60, 180, 300, 300, 300, 300, 300, 300, 300 } },
		{ "7*100", { 7, 700, 70000, 2592000, 2592000, 2592000, 2592000,
			     2592000, 2592000 } },
		{ "1h*2..1h", { 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600 } },
	};
	static const char *const bad[] = {
		"", "*2", "1m*", "1m*0", "1m*101", "1m*2..", "1m..30s", "..2h",
		"1m*2..2h..3h", "1m*2*2", "1m *2", "0", "31d", "1m*2..31d", "off",
	};
	struct schedule s;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		assert_int_equal(schedule_parse(row[i].text, &s, NULL), 0);
		for (unsigned n = 0; n < 9; n++)
			if (schedule_wait(&s, n + 1) != row[i].wait[n])
				fail_msg("%s, try %u: %ld", row[i].text, n + 1,
					 schedule_wait(&s, n + 1));
		assert_int_equal(schedule_wait(&s, 0), row[i].wait[0]);
		assert_true(schedule_wait(&s, 4000000000u) <= SCHEDULE_MAX);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err e = ERR_INIT;

		if (schedule_parse(bad[i], &s, &e) == 0)
			fail_msg("'%s' accepted", bad[i]);
		assert_non_null(strstr(e.text, "1m*2..2h"));
	}
}

#define MD5 "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"
#define SHA1 MD5 ":01:02:03:04"
#define SHA256 MD5 ":" MD5

static void test_pins(void **state)
{
	static const struct {
		const char *text, *printed;
	} good[] = {
		{ MD5, MD5 }, { SHA1, SHA1 }, { SHA256, SHA256 },
		{ "00112233445566778899aabbccddeeff", MD5 },
		{ "00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff", MD5 },
		{ "0011:2233 4455:66778899 aA:Bb CCDDEEFF", MD5 },
		{ MD5 "," SHA256, MD5 "," SHA256 },
		{ " " MD5 " , " SHA1 " ", MD5 "," SHA1 },
	};
	static const char *const bad[] = {
		"", ",", "00", MD5 ":", ":" MD5, MD5 "," , "," MD5, MD5 ":0",
		MD5 ":00", SHA256 ":00", "0:011223344556677889900aabbccddeeff",
		"g0112233445566778899aabbccddeeff", MD5 "::" MD5, "sha256:" MD5,
	};
	struct pin v[PINS_MAX];
	struct err e = ERR_INIT;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct buf b = BUF_INIT(1024);

		if (pins_parse(good[i].text, v, &n, &e) < 0)
			fail_msg("%s", e.text);
		for (size_t j = 0; j < n; j++) {
			buf_adds(&b, j > 0 ? "," : "");
			pin_print(&v[j], &b);
		}
		assert_string_equal(buf_str(&b), good[i].printed);
		buf_free(&b);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (pins_parse(bad[i], v, &n, &e) == 0)
			fail_msg("'%s' accepted", bad[i]);

	struct buf many = BUF_INIT(4096);

	for (size_t i = 0; i < PINS_MAX; i++)
		buf_addf(&many, "%s" MD5, i > 0 ? "," : "");
	assert_int_equal(pins_parse(buf_str(&many), v, &n, &e), 0);
	assert_int_equal(n, PINS_MAX);
	buf_adds(&many, "," MD5);
	assert_int_equal(pins_parse(buf_str(&many), v, &n, &e), -1);
	buf_free(&many);
}

static void test_glob(void **state)
{
	static const char *const patterns[] = {
		"*", "?", "??", "a", "a*", "*a", "*a*", "a*b", "a*b*c", "[a-c]",
		"[!a-c]", "[]a]", "[!]a]", "[a-]", "[-a]", "[a", "[", "[]", "a[b",
		"[[:alpha:]]*", "[[:digit:][:punct:]]", "*@example.org",
		"*+*@*", "a\\*b", "\\?", "**", "*?*", "?*?", "[a-c][x-z]",
		"*[0-9]", "a**b", "[\\]]", "[a\\-c]", "",
	};
	static const char *const texts[] = {
		"", "a", "b", "c", "-", "]", "[", "[a", "a[b", "ab", "ba", "abc",
		"aab", "axbxc", "x@example.org", "a+b@c", "a*b", "?", "*", "5",
		"x5", "cz", "aXb", "\\", "[]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
		for (size_t j = 0; j < sizeof texts / sizeof texts[0]; j++) {
			bool libc = fnmatch(patterns[i], texts[j],
					    FNM_CASEFOLD) == 0;

			if (glob_match(patterns[i], texts[j]) != libc)
				fail_msg("'%s' and '%s'", patterns[i], texts[j]);
		}
	assert_true(glob_is("a*") && glob_is("?") && glob_is("x[y"));
	assert_false(glob_is("a]b") || glob_is("") || glob_is("a\\b"));
}

/* Patterns that drive a backtracking matcher through all of time. */
static void test_glob_hostile(void **state)
{
	char pattern[1001], text[20001];

	(void)state;
	for (size_t i = 0; i < 1000; i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[999] = 'b';
	pattern[1000] = '\0';
	memset(text, 'a', 20000);
	text[20000] = '\0';
	assert_false(glob_match(pattern, text));
	text[19999] = 'b';
	assert_true(glob_match(pattern, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_duration_print),
		cmocka_unit_test(test_schedule),
		cmocka_unit_test(test_pins),
		cmocka_unit_test(test_glob),
		cmocka_unit_test(test_glob_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
