/*
 * Display names and encoded words.  Encodings were made by hand with
 * base64(1); the decoded ones are those of RFC 2047 section 8 where they
 * use a charset we know.
 */
#include "unit.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "text/addr.h"
#include "text/word.h"

static const struct {
	const char *name, *out;
} phrases[] = {
	{ "", "" },
	{ "  ", "" },
	{ "\t\n", "" },
	{ "John", "John" },
	{ "John Doe", "John Doe" },
	{ " John  Doe ", "John Doe" },
	{ "Who? +1/x_y", "Who? +1/x_y" },
	/* weakness 26 */
	{ "Doe, John", "\"Doe, John\"" },
	{ "John \"Jack\" Doe", "\"John \\\"Jack\\\" Doe\"" },
	{ "John (Jack) Doe", "\"John (Jack) Doe\"" },
	{ "Back\\slash", "\"Back\\\\slash\"" },
	{ "John Q. Public", "\"John Q. Public\"" },
	{ "a@b <c@d>", "\"a@b <c@d>\"" },
	{ "J\303\266rg", "=?UTF-8?B?SsO2cmc=?=" },
	{ "\"J\303\266rg\"", "=?UTF-8?B?IkrDtnJnIg==?=" },
	{ "J\366rg", "=?unknown-8bit?B?SvZyZw==?=" },
	/* nobody adds a field or a recipient through a name */
	{ "A\r\nBcc: x@y", "\"A Bcc: x@y\"" },
	{ "A\nB", "A B" },
	{ "A\1\177B", "A B" },
	{ "\303\266\r\nBcc: x", "=?UTF-8?B?w7YgQmNjOiB4?=" },
};

static void test_phrase(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(phrases); i++) {
		struct buf out = BUF_INIT(10000);

		word_phrase(&out, phrases[i].name, 6);
		assert_string_equal(buf_str(&out), phrases[i].out);
		buf_free(&out);
	}
}

static void test_mailbox(void **state)
{
	static const struct {
		const char *name, *spec, *out;
	} cases[] = {
		{ NULL, "a@b", "a@b" },
		{ "", "a@b", "a@b" },
		{ " ", "a@b", "a@b" },
		{ "X", "a@b", "X <a@b>" },
		{ "X, Y", "root", "\"X, Y\" <root>" },
		{ "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789",
		  "a@example.org",
		  "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789"
		  "\r\n <a@example.org>" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT(10000);

		word_mailbox(&out, cases[i].name, cases[i].spec, 6);
		assert_string_equal(buf_str(&out), cases[i].out);
		buf_free(&out);
	}
}

/*
 * RFC 2047 section 2: an encoded word has at most 75 characters, a line
 * with one at most 76; section 5: a character is never split.
 */
static void check_encoded(const char *text, size_t col)
{
	const char *p = text;
	struct buf part = BUF_INIT(100);

	for (;;) {
		size_t n = strcspn(p, "\r");

		if (n > 1 || col == 1) {
			const char *word = p + strspn(p, " ");
			size_t len = n - (size_t)(word - p);

			assert_true(col + len <= 76 && len <= 75);
			if (len > 0) {
				assert_memory_equal(word, "=?UTF-8?B?", 10);
				buf_clear(&part);
				assert_int_equal(base64_decode(&part, word + 10,
							       len - 12), 0);
				assert_true(ascii_utf8_valid(part.p, part.len));
			}
		}
		p += n;
		if (*p == '\0')
			break;
		assert_memory_equal(p, "\r\n ", 3);
		p += 3;
		col = 1;
	}
	buf_free(&part);
}

static void test_split(void **state)
{
	static const char *const chars[] = {
		"\303\251", "\342\202\254", "\360\237\220\264",
		"x\303\251", "xx\342\202\254", "xxx\360\237\220\264", "\303\251 ",
	};

	(void)state;
	for (size_t c = 0; c < COUNT(chars); c++) {
		for (size_t n = 1; n < 120; n++) {
			for (size_t col = 0; col < 80; col += 13) {
				struct buf name = BUF_INIT(1000), out = BUF_INIT(10000);
				struct buf back = BUF_INIT(1000);
				size_t want;

				for (size_t i = 0; i < n; i++)
					buf_adds(&name, chars[c]);
				word_phrase(&out, name.p, col);
				check_encoded(out.p, col);
				word_decode(&back, out.p, out.len);
				want = name.len - (name.p[name.len - 1] == ' ');
				assert_bytes(back.p, back.len, name.p, want);
				buf_free(&name);
				buf_free(&out);
				buf_free(&back);
			}
		}
	}
}

/* Long names of every kind stay under 998 columns and parse back. */
static void test_long(void **state)
{
	static const char *const pieces[] = { "word ", "comma, ", "x", "\"", "\\",
					      "long-word-without-end" };

	(void)state;
	for (size_t i = 0; i < COUNT(pieces); i++) {
		struct buf name = BUF_INIT(5000), out = BUF_INIT(100000);
		struct addrs list = ADDRS_INIT;

		while (name.len + strlen(pieces[i]) < 2000)
			buf_adds(&name, pieces[i]);
		word_mailbox(&out, name.p, "a@b", 6);
		assert_int_equal(addr_list_parse(out.p, out.len, &list, NULL), 0);
		assert_int_equal(list.n, 1);
		assert_string_equal(list.v[0].spec, "a@b");
		for (const char *p = out.p; *p != '\0';) {
			size_t n = strcspn(p, "\r");

			assert_true(n < 900);
			p += n;
			if (*p == '\r') {
				assert_memory_equal(p, "\r\n ", 3);
				p += 2;
			}
		}
		if (list.v[0].name[0] == '=') {
			struct buf back = BUF_INIT(5000);

			word_decode(&back, list.v[0].name, strlen(list.v[0].name));
			assert_bytes(back.p, back.len, name.p, name.len);
			buf_free(&back);
		} else {
			size_t n = strlen(list.v[0].name);

			assert_memory_equal(list.v[0].name, name.p, n);
			assert_true(n >= name.len - 1);
		}
		addrs_clear(&list);
		buf_free(&name);
		buf_free(&out);
	}
}

static void test_decode(void **state)
{
	static const struct {
		struct str in;
		const char *out;
	} cases[] = {
		{ S(""), "" },
		{ S(" plain text\r\n"), "plain text" },
		{ S(" two\r\n lines\r\n"), "two lines" },
		/* RFC 2047 section 8 */
		{ S("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>"),
		  "Keith Moore <moore@cs.utk.edu>" },
		{ S("=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>"),
		  "Keld J\303\270rn Simonsen <keld@dkuug.dk>" },
		{ S("=?ISO-8859-1?Q?Andr=E9?= Pirard <PIRARD@vm1.ulg.ac.be>"),
		  "Andr\303\251 Pirard <PIRARD@vm1.ulg.ac.be>" },
		{ S("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?="),
		  "If you can read this yo" },
		{ S("=?ISO-8859-1?Q?Olle_J=E4rnefors?="), "Olle J\303\244rnefors" },
		{ S("(=?ISO-8859-1?Q?a?=)"), "(a)" },
		{ S("(=?ISO-8859-1?Q?a?= b)"), "(a b)" },
		{ S("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)"), "(ab)" },
		{ S("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)"), "(ab)" },
		{ S("(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)"), "(ab)" },
		{ S("(=?ISO-8859-1?Q?a_b?=)"), "(a b)" },
		{ S("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?_b?=)"), "(a b)" },
		{ S("=?utf-8?q?J=C3=B6rg?="), "J\303\266rg" },
		{ S("=?UTF-8*de?Q?J=C3=B6rg?="), "J\303\266rg" },
		{ S("=?UTF-8?Q?J=C3?= =?UTF-8?Q?=B6rg?="), "J\303\266rg" },
		/* no encoded word, or none that we know */
		{ S("=?KOI8-R?Q?a?="), "=?KOI8-R?Q?a?=" },
		{ S("=?UTF-8?X?a?="), "=?UTF-8?X?a?=" },
		{ S("=?UTF-8?B?!?="), "=?UTF-8?B?!?=" },
		{ S("=?UTF-8?Q?=4?="), "=?UTF-8?Q?=4?=" },
		{ S("=?UTF-8?Q?=zz?="), "=?UTF-8?Q?=zz?=" },
		{ S("=?UTF-8?Q?a b?="), "=?UTF-8?Q?a b?=" },
		{ S("=?UTF-8?Q?a"), "=?UTF-8?Q?a" },
		{ S("=?"), "=?" },
		{ S("=?\?=?\?=?"), "=?\?=?\?=?" },
		/* fit for a terminal */
		{ S("=?UTF-8?Q?a=1B=0D=0A=00b?="), "a????b" },
		{ S("a\033[1mb\0c\351d"), "a?[1mb?c?d" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = BUF_INIT(1000);

		word_decode(&out, cases[i].in.p, cases[i].in.n);
		assert_string_equal(buf_str(&out), cases[i].out);
		buf_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_phrase),
		cmocka_unit_test(test_mailbox),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
