/*
 * Characters, words and printable text without a locale.
 */
#include "unit.h"

#include <locale.h>

#include "base/ascii.h"
#include "base/buf.h"

static void test_classes(void **state)
{
	(void)state;
	for (int i = 0; i < 256; i++) {
		char c = (char)i;

		assert_int_equal(ascii_isdigit(c), i >= 48 && i <= 57);
		assert_int_equal(ascii_isalpha(c), (i >= 65 && i <= 90) ||
				 (i >= 97 && i <= 122));
		assert_int_equal(ascii_isalnum(c), ascii_isdigit(c) ||
				 ascii_isalpha(c));
		assert_int_equal(ascii_isblank(c), i == 32 || i == 9);
		assert_int_equal(ascii_iscntrl(c), i < 32 || i == 127);
		assert_int_equal((unsigned char)ascii_tolower(c),
				 i >= 65 && i <= 90 ? i + 32 : i);
		assert_int_equal((unsigned char)ascii_toupper(c),
				 i >= 97 && i <= 122 ? i - 32 : i);
	}
}

static void test_equal(void **state)
{
	(void)state;
	assert_true(ascii_caseeq("", ""));
	assert_true(ascii_caseeq("aBc", "AbC"));
	assert_false(ascii_caseeq("abc", "ab"));
	assert_false(ascii_caseeq("ab", "abc"));
	assert_false(ascii_caseeq("[", "{"));
	assert_false(ascii_caseeq("\303\251", "\303\211"));	/* not ASCII */
	assert_true(ascii_ncaseeq("abX", "ABy", 2));
	assert_false(ascii_ncaseeq("abX", "ABy", 3));
	assert_true(ascii_ncaseeq("ab", "ab", 100));
	assert_false(ascii_ncaseeq("a", "ab", 2));
	assert_true(ascii_memcaseeq("ToX", 2, "to"));
	assert_false(ascii_memcaseeq("to", 1, "to"));
	assert_false(ascii_memcaseeq("to\0", 3, "to"));
}

static void test_number(void **state)
{
	static const struct {
		struct str in;
		unsigned long long max, value;
		bool ok;
	} cases[] = {
		{ S("0"), 0, 0, true },
		{ S("1"), 0, 0, false },
		{ S("007"), 7, 7, true },
		{ S("8"), 7, 0, false },
		{ S("3600"), 3600, 3600, true },
		{ S("3601"), 3600, 0, false },
		{ S("18446744073709551615"), ~0ull, ~0ull, true },
		{ S("18446744073709551616"), ~0ull, 0, false },
		{ S("99999999999999999999"), ~0ull, 0, false },
		{ S(""), 9, 0, false },
		{ S(" 1"), 9, 0, false },
		{ S("+1"), 9, 0, false },
		{ S("-1"), 9, 0, false },
		{ S("1 "), 9, 0, false },
		{ S("1\0"), 9, 0, false },
		{ S("0x1"), 99, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned long long out = 42;

		assert_int_equal(ascii_number(cases[i].in.p, cases[i].in.n,
					      cases[i].max, &out), cases[i].ok);
		assert_true(out == (cases[i].ok ? cases[i].value : 42));
	}
}

static const struct {
	struct str in, out;
	bool utf8;
} texts[] = {
	{ S(""), S(""), true },
	{ S("plain ~!"), S("plain ~!"), true },
	{ S("a\0b\tc\r\nd\033[2Je\177"), S("a?b?c??d?[2Je?"), true },
	{ S("\303\251\342\202\254\360\237\220\264"),
	  S("\303\251\342\202\254\360\237\220\264"), true },
	/* C1 control, soft hyphen, bidirectional override, isolate, mark */
	{ S("\302\233x"), S("?x"), true },
	{ S("\302\255"), S("?"), true },
	{ S("\342\200\256gpj"), S("?gpj"), true },
	{ S("\342\201\246"), S("?"), true },
	{ S("\330\234"), S("?"), true },
	/* zero width, line separator, BOM, interlinear, tag, private use */
	{ S("\342\200\213"), S("?"), true },
	{ S("\342\200\250"), S("?"), true },
	{ S("\357\273\277"), S("?"), true },
	{ S("\357\277\271"), S("?"), true },
	{ S("\363\240\201\201"), S("?"), true },
	{ S("\356\200\200"), S("?"), true },
	{ S("\357\277\276"), S("?"), true },
	/* not UTF-8: one mark a byte */
	{ S("J\366rg"), S("J?rg"), false },
	{ S("\200"), S("?"), false },
	{ S("\303"), S("?"), false },
	{ S("\303("), S("?("), false },
	{ S("\342\202"), S("??"), false },
	{ S("\360\237\220"), S("???"), false },
	{ S("\300\257"), S("??"), false },		/* overlong */
	{ S("\340\200\257"), S("???"), false },
	{ S("\360\200\200\257"), S("????"), false },
	{ S("\355\240\200"), S("???"), false },		/* a surrogate */
	{ S("\364\220\200\200"), S("????"), false },	/* beyond U+10FFFF */
	{ S("\365\200\200\200"), S("????"), false },
	{ S("\376\377"), S("??"), false },
};

static void test_printable(void **state)
{
	(void)state;
	setlocale(LC_ALL, "C");
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct buf out = BUF_INIT(1000);

		ascii_printable(&out, texts[i].in.p, texts[i].in.n);
		assert_bytes(out.p, out.len, texts[i].out.p, texts[i].out.n);
		buf_free(&out);
		assert_int_equal(ascii_utf8_valid(texts[i].in.p, texts[i].in.n),
				 texts[i].utf8);
	}
}

/* Cut at a character, always ended. */
static void test_printable_copy(void **state)
{
	static const struct {
		size_t size;
		const char *out;
	} cases[] = {
		{ 1, "" }, { 2, "a" }, { 3, "a" }, { 4, "a\303\251" },
		{ 5, "a\303\251" }, { 7, "a\303\251" },
		{ 8, "a\303\251\360\237\220\264" },
		{ 9, "a\303\251\360\237\220\264?" },
		{ 20, "a\303\251\360\237\220\264?" },
	};
	const char *text = "a\303\251\360\237\220\264\n";

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *dst = malloc(cases[i].size);

		assert_non_null(dst);
		ascii_printable_copy(dst, cases[i].size, text, strlen(text));
		assert_string_equal(dst, cases[i].out);
		free(dst);
	}
}

/* Every length and every place, as the words it is read in have seams. */
static void test_8bit(void **state)
{
	char p[40];

	(void)state;
	memset(p, 0x7f, sizeof p);
	for (size_t n = 0; n < sizeof p; n++) {
		assert_false(ascii_has_8bit(p, n));
		for (size_t at = 0; at < sizeof p; at++) {
			p[at] = (char)0x80;
			assert_int_equal(ascii_has_8bit(p, n), at < n);
			p[at] = 0x7f;
		}
	}
}

static void test_closest(void **state)
{
	static const char *const words[] = {
		"host", "port", "tls", "tls_starttls", "timeout", "user"
	};
	static const struct {
		const char *text, *word;
	} cases[] = {
		{ "hosts", "host" }, { "HOST", "host" }, { "prot", "port" },
		{ "tls-starttls", "tls_starttls" }, { "timout", "timeout" },
		{ "tsl", "tls" }, { "potr", "port" }, { "smtp_host", "host" },
		{ "username", "user" }, { "StartTLS", "tls_starttls" },
		{ "hostport", "host" }, { "abcdefg", NULL },
		{ "xyzzy", NULL }, { "", NULL }, { "h", NULL },
	};
	char longest[200];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got = ascii_closest(cases[i].text, words, COUNT(words));

		if (cases[i].word == NULL)
			assert_null(got);
		else
			assert_string_equal(got, cases[i].word);
	}
	memset(longest, 'h', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	assert_null(ascii_closest(longest, words, COUNT(words)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_printable_copy),
		cmocka_unit_test(test_8bit),
		cmocka_unit_test(test_closest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
