/*
 * The small values of headers and commands: dates, identifiers, xtext,
 * domains beyond ASCII.
 */
#include "unit.h"

#include <locale.h>

#include "text/date.h"
#include "text/idn.h"
#include "text/msgid.h"
#include "text/xtext.h"

static void test_date(void **state)
{
	static const struct {
		struct tm tm;
		const char *out;
	} cases[] = {
		/* the dates of RFC 5322 appendix A, as they would be generated */
		{ { .tm_wday = 5, .tm_mday = 21, .tm_mon = 10, .tm_year = 97,
		    .tm_hour = 9, .tm_min = 55, .tm_sec = 6, .tm_gmtoff = -6 * 3600 },
		  "Fri, 21 Nov 1997 09:55:06 -0600" },
		{ { .tm_wday = 2, .tm_mday = 1, .tm_mon = 6, .tm_year = 103,
		    .tm_hour = 10, .tm_min = 52, .tm_sec = 37, .tm_gmtoff = 2 * 3600 },
		  "Tue, 01 Jul 2003 10:52:37 +0200" },
		{ { .tm_wday = 4, .tm_mday = 13, .tm_mon = 1, .tm_year = 69,
		    .tm_hour = 23, .tm_min = 32, .tm_gmtoff = -12600 },
		  "Thu, 13 Feb 1969 23:32:00 -0330" },
		{ { .tm_wday = 6, .tm_mday = 21, .tm_mon = 10, .tm_year = 126,
		    .tm_hour = 22, .tm_min = 41, .tm_sec = 25 },
		  "Sat, 21 Nov 2026 22:41:25 +0000" },
		{ { .tm_wday = 0, .tm_mday = 31, .tm_mon = 11, .tm_year = 116,
		    .tm_hour = 23, .tm_min = 59, .tm_sec = 60, .tm_gmtoff = 20700 },
		  "Sun, 31 Dec 2016 23:59:60 +0545" },
	};
	struct tm odd = { .tm_wday = -8, .tm_mon = 1 << 30, .tm_year = 1 << 30,
			  .tm_mday = 1 << 30, .tm_hour = -1, .tm_min = -1,
			  .tm_sec = -1, .tm_gmtoff = 1L << 40 };
	char out[DATE_MAX];

	(void)state;
	setlocale(LC_ALL, "de_DE.UTF-8");
	for (size_t i = 0; i < COUNT(cases); i++) {
		date_format(&cases[i].tm, out);
		assert_string_equal(out, cases[i].out);
	}
	date_format(&odd, out);
	assert_true(strlen(out) < DATE_MAX);
}

static void test_msgid(void **state)
{
	static const unsigned char random[MSGID_RANDOM] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0x7f, 0x80, 0xfe, 0xff, 0x10
	};
	static const struct {
		const char *domain, *out;
	} cases[] = {
		{ "example.org", "example.org" },
		{ "a", "a" },
		{ "a-b_c.d1", "a-b_c.d1" },
		{ "[192.0.2.1]", "[192.0.2.1]" },
		{ "[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]" },
		/* weaknesses 27 and 35 */
		{ NULL, "localhost.invalid" },
		{ "", "localhost.invalid" },
		{ ".", "localhost.invalid" },
		{ ".a", "localhost.invalid" },
		{ "a.", "localhost.invalid" },
		{ "a..b", "localhost.invalid" },
		{ "a b", "localhost.invalid" },
		{ "a\r\nBcc: x", "localhost.invalid" },
		{ "a>b", "localhost.invalid" },
		{ "a@b", "localhost.invalid" },
		{ "b\303\274.de", "localhost.invalid" },
		{ "[", "localhost.invalid" },
		{ "[]", "localhost.invalid" },
		{ "[a]b]", "localhost.invalid" },
	};
	char want[256], domain[300];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *id = msgid_make(random, cases[i].domain);

		snprintf(want, sizeof want, "<000102030405060708090a7f80feff10@%s>",
			 cases[i].out);
		assert_string_equal(id, want);
		free(id);
	}
	for (size_t n = 255; n < 257; n++) {
		char *id;

		memset(domain, 'x', n);
		domain[n] = '\0';
		id = msgid_make(random, domain);
		assert_int_equal(strstr(id, "localhost") == NULL, n == 255);
		free(id);
	}
}

static void test_xtext(void **state)
{
	static const struct {
		struct str plain, coded;
	} cases[] = {
		{ S(""), S("") },
		{ S("a@b"), S("a@b") },
		{ S("a+b=c"), S("a+2Bb+3Dc") },
		{ S(" ~!\177"), S("+20~!+7F") },
		{ S("\0\r\n\377"), S("+00+0D+0A+FF") },
	};
	static const char *const bad[] = {
		"+", "+2", "+2b", "+zz", "a b", "=", "a=b", "\r\n", "\303\251", "+2G",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT(100);

		xtext_encode(&out, cases[i].plain.p, cases[i].plain.n);
		assert_bytes(out.p, out.len, cases[i].coded.p, cases[i].coded.n);
		buf_clear(&out);
		buf_adds(&out, "x");
		assert_int_equal(xtext_decode(&out, cases[i].coded.p,
					      cases[i].coded.n), 0);
		assert_bytes(out.p + 1, out.len - 1, cases[i].plain.p,
			     cases[i].plain.n);
		buf_free(&out);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct buf out = BUF_INIT(100);

		buf_adds(&out, "x");
		assert_int_equal(xtext_decode(&out, bad[i], strlen(bad[i])), -1);
		assert_string_equal(out.p, "x");
		buf_free(&out);
	}
}

static void test_idn(void **state)
{
	static const struct {
		const char *in, *out;	/* NULL: refused */
	} cases[] = {
		{ "example.org", "example.org" },
		{ "Example.ORG", "Example.ORG" },
		{ "[192.0.2.1]", "[192.0.2.1]" },
		{ "under_score.org", "under_score.org" },
		/* RFC 3492 and RFC 5890's own examples of A-labels */
		{ "b\303\274cher.example", "xn--bcher-kva.example" },
		{ "B\303\234CHER.example", "xn--bcher-kva.example" },
		{ "stra\303\237e.example", "xn--strae-oqa.example" },
		{ "\344\276\213\345\255\220.\346\265\213\350\257\225",
		  "xn--fsqu00a.xn--0zwm56d" },
		{ "b\374cher.example", NULL },
		{ "a\357\274\240b.example", NULL },	/* full-width @ */
		{ "a\357\274\236b.example", NULL },	/* full-width > */
		{ "a\343\200\200b.example", NULL },	/* ideographic blank */
		{ "\342\204\200.example", NULL },	/* a/c */
		{ "\303\251 b", NULL },
		{ "\303\251\r\nx", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err e = ERR_INIT;
		char *out = NULL;
		int ret = idn_to_ascii(cases[i].in, &out, &e);

		if ((ret == 0) != (cases[i].out != NULL))
			print_error("'%s' gave '%s'\n", cases[i].in, out ? out : "");
		assert_int_equal(ret, cases[i].out ? 0 : -1);
		if (ret == 0)
			assert_string_equal(out, cases[i].out);
		else
			assert_int_equal(e.kind, ERR_DATA);
		free(out);
	}
}

static void test_idn_long(void **state)
{
	char domain[600];
	char *out = NULL;

	(void)state;
	for (size_t i = 0; i < 299; i++)
		memcpy(domain + 2 * i, "\303\251", 2);
	domain[598] = '\0';
	assert_int_equal(idn_to_ascii(domain, &out, NULL), -1);
	assert_null(out);
}

static void test_idn_addr(void **state)
{
	static const struct {
		const char *in, *out;
		bool ascii;
	} cases[] = {
		{ "a@b", "a@b", true },
		{ "root", "root", true },
		{ "", "", true },
		{ "a@b\303\274cher.example", "a@xn--bcher-kva.example", true },
		{ "j\303\266@b\303\274cher.example", "j\303\266@xn--bcher-kva.example", false },
		{ "j\303\266@x", "j\303\266@x", false },
		{ "\"a@b\303\274\"@b\303\274cher.example",
		  "\"a@b\303\274\"@xn--bcher-kva.example", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *out;
		bool ascii;

		assert_int_equal(idn_addr_to_ascii(cases[i].in, &out, &ascii, NULL), 0);
		assert_string_equal(out, cases[i].out);
		assert_int_equal(ascii, cases[i].ascii);
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_msgid),
		cmocka_unit_test(test_xtext),
		cmocka_unit_test(test_idn),
		cmocka_unit_test(test_idn_long),
		cmocka_unit_test(test_idn_addr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
