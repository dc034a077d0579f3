/*
 * Address lists.  A row's expectation is written "name|spec" per address,
 * one a line; `bad` is a piece of the complaint, NULL when there is none.
 *
 * The first rows are the fields of RFC 5322's appendix A that hold
 * addresses, folds as printed there.
 */
#include "unit.h"

#include <time.h>

#include "base/buf.h"
#include "text/addr.h"

static const struct row {
	struct str in;
	const char *want;
	const char *bad;
} rows[] = {
	/* A.1.1 to A.1.3 */
	{ S(" John Doe <jdoe@machine.example>\r\n"), "John Doe|jdoe@machine.example\n", 0 },
	{ S(" Michael Jones <mjones@machine.example>\r\n"),
	  "Michael Jones|mjones@machine.example\n", 0 },
	{ S(" Mary Smith <mary@example.net>\r\n"), "Mary Smith|mary@example.net\n", 0 },
	{ S(" \"Joe Q. Public\" <john.q.public@example.com>\r\n"),
	  "Joe Q. Public|john.q.public@example.com\n", 0 },
	{ S(" Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>\r\n"),
	  "Mary Smith|mary@x.test\n|jdoe@example.org\nWho?|one@y.test\n", 0 },
	{ S(" <boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>\r\n"),
	  "|boss@nil.test\nGiant; \"Big\" Box|sysservices@example.net\n", 0 },
	{ S(" Pete <pete@silly.example>\r\n"), "Pete|pete@silly.example\n", 0 },
	{ S(" A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;\r\n"),
	  "Ed Jones|c@a.test\n|joe@where.test\nJohn|jdoe@one.test\n", 0 },
	{ S(" Undisclosed recipients:;\r\n"), "", 0 },
	/* A.2, A.3 */
	{ S(" \"Mary Smith: Personal Account\" <smith@home.example>\r\n"),
	  "Mary Smith: Personal Account|smith@home.example\n", 0 },
	{ S(" Jane Brown <j-brown@other.example>\r\n"), "Jane Brown|j-brown@other.example\n", 0 },
	/* A.5: white space, comments, and other oddities */
	{ S(" Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>\r\n"),
	  "Pete|pete@silly.test\n", 0 },
	{ S("A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n"
	    "         joe@example.org,\r\n"
	    "  John <jdoe@one.test> (my dear friend); (the end of the group)\r\n"),
	  "Chris Jones|c@public.example\n|joe@example.org\nJohn|jdoe@one.test\n", 0 },
	{ S("(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;\r\n"), "", 0 },
	/* A.6.1: obsolete addressing */
	{ S(" Joe Q. Public <john.q.public@example.com>\r\n"),
	  "Joe Q. Public|john.q.public@example.com\n", 0 },
	{ S(" Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example\r\n"),
	  "Mary Smith|mary@example.net\n|jdoe@test.example\n", 0 },
	/* A.6.3: obsolete white space and comments */
	{ S(" John Doe <jdoe@machine(comment).  example>\r\n"),
	  "John Doe|jdoe@machine.example\n", 0 },
	{ S("    Mary Smith\r\n  \r\n          <mary@example.net>\r\n"),
	  "Mary Smith|mary@example.net\n", 0 },

	/* separators and nothing */
	{ S(""), "", 0 },
	{ S(" \r\n"), "", 0 },
	{ S(",,; ,"), "", 0 },
	{ S("<>"), "", 0 },
	{ S("Name <>, a@b"), "|a@b\n", 0 },
	{ S("a@b;c@d ; e@f"), "|a@b\n|c@d\n|e@f\n", 0 },
	{ S("A: a@b;, c@d; B: e@f; g@h"), "|a@b\n|c@d\n|e@f\n|g@h\n", 0 },
	{ S("A: a@b, c@d"), "|a@b\n|c@d\n", 0 },
	{ S("\"A, B\": a@b;"), "|a@b\n", 0 },
	{ S("(only a comment)"), "", 0 },
	{ S("a@b,a@b,a@B"), "|a@b\n|a@b\n|a@B\n", 0 },

	/* local names */
	{ S("root"), "|root\n", 0 },
	{ S("root (Cron Daemon)"), "Cron Daemon|root\n", 0 },
	{ S("Anacron <root>"), "Anacron|root\n", 0 },
	{ S("ops@example.com,alice"), "|ops@example.com\n|alice\n", 0 },
	{ S("-f"), "|-f\n", 0 },
	{ S("john.doe"), "|john.doe\n", 0 },
	{ S("<\"john doe\">"), "|\"john doe\"\n", 0 },
	{ S("Alice Example"), "", "a name without an address" },
	{ S("\"Alice\""), "", "a name without an address" },
	{ S("Alice."), "", "a name without an address" },
	{ S("Alice Example, a@b"), "|a@b\n", "'Alice Example'" },

	/* weakness 20: nested comments, quotes and brackets inside */
	{ S("x@y ((n))"), "(n)|x@y\n", 0 },
	{ S("x@y (a()c)"), "a()c|x@y\n", 0 },
	{ S("x@y (\\))"), ")|x@y\n", 0 },
	{ S("x@y (a, b@c; \" <d@e>)"), "a, b@c; \" <d@e>|x@y\n", 0 },
	{ S("(a) x (b) @ (c) y (d)"), "d|x@y\n", 0 },
	{ S("x@y (Name), z@w"), "Name|x@y\n|z@w\n", 0 },
	{ S("N (c) <x@y> (d)"), "N|x@y\n", 0 },
	{ S("(c) <x@y>"), "c|x@y\n", 0 },
	{ S("x@y ( a\r\n b )"), "a b|x@y\n", 0 },
	/* weakness 21: quoted local parts */
	{ S("\"john doe\"@y"), "|\"john doe\"@y\n", 0 },
	{ S("<\"john doe\"@y>"), "|\"john doe\"@y\n", 0 },
	{ S("<\"a>b\"@y>"), "|\"a>b\"@y\n", 0 },
	{ S("\"a,b\"@y, c@d"), "|\"a,b\"@y\n|c@d\n", 0 },
	{ S("\"john\"@y"), "|john@y\n", 0 },
	{ S("\"john\".\"q\".doe@y"), "|john.q.doe@y\n", 0 },
	{ S("\"a\\\"b\\\\c\\d\"@y"), "|\"a\\\"b\\\\cd\"@y\n", 0 },
	{ S("\"a@b\"@y"), "|\"a@b\"@y\n", 0 },
	{ S("\"\"@y"), "|\"\"@y\n", 0 },
	{ S("\"a\r\n b\"@y"), "|\"a b\"@y\n", 0 },
	{ S("a..b@y"), "|\"a..b\"@y\n", 0 },
	{ S("a.@y"), "|\"a.\"@y\n", 0 },
	{ S("j . d @ y . z"), "|j.d@y.z\n", 0 },
	/* weakness 22: text behind an address, open quotes, literals, routes */
	{ S("<a@a> foo"), "", "text behind '>'" },
	{ S("<a@a> foo, b@b"), "|b@b\n", "text behind '>'" },
	{ S("a@a foo"), "", "text behind the address" },
	{ S("a@a b@b"), "", "text behind the address" },
	{ S("a@a b@b, c@c"), "|c@c\n", "'a@a b@b'" },
	{ S("a@a <b@b> <c@c>"), "", "not an address" },
	{ S("a@a@a"), "", "more than one '@'" },
	{ S("a@"), "", "no domain" },
	{ S("@a"), "", "nothing before '@'" },
	{ S("a@b..c"), "", "no domain" },
	{ S("a@b."), "", "no domain" },
	{ S("a@.b"), "", "no domain" },
	{ S("a b@c"), "", "two words" },
	{ S("<a b@c>"), "", "two words" },
	{ S("\"a\"b@c"), "", "two words" },
	{ S("\"Doe, John <a@b>, c@d"), "John|a@b\n|c@d\n", "a quote is not closed" },
	{ S("a@b, \"c"), "|a@b\n", "a quote is not closed" },
	{ S("a@b (c, d@e"), "|d@e\n", "a comment is not closed" },
	{ S("a@b)"), "", "')' without '('" },
	{ S("a@[IPv6:::1]"), "|a@[IPv6:::1]\n", 0 },
	{ S("a@[IPv6:::1], <b@[IPv6:2001:db8::1]>"),
	  "|a@[IPv6:::1]\n|b@[IPv6:2001:db8::1]\n", 0 },
	{ S("a@[1.2.3.4]"), "|a@[1.2.3.4]\n", 0 },
	{ S("a@[1.2.3.4"), "", "'['" },
	{ S("a@[1.2] x"), "", "no domain" },
	{ S("a@[1>2]"), "", "'>' without '<'" },
	{ S("a@[1<2], b@c"), "|b@c\n", "'<' without '>'" },
	{ S("a@[1\"2]"), "", "quote" },
	{ S("<@a,@b:c@d>"), "|c@d\n", 0 },
	{ S("X <@a,@b:c@d>, e@f"), "X|c@d\n|e@f\n", 0 },
	{ S("<@a:>"), "", "route" },
	{ S("<@a, b@c, d@e"), "|b@c\n|d@e\n", "route" },
	{ S("<@a,@b>, c@d"), "|c@d\n", "route" },
	{ S("<a@b, c@d"), "|c@d\n", "'<' without '>'" },
	{ S("a@b>, c@d"), "|c@d\n", "'>' without '<'" },
	{ S("<<a@b>>, c@d"), "|c@d\n", "a second '<'" },
	{ S("A: B: a@b;"), "", "':' outside quotes" },
	{ S("a@b:c"), "", "':' outside quotes" },
	/* a backslash protects nothing outside quotes */
	{ S("a\\,b@c"), "|b@c\n", "backslash" },
	/* NUL, CR, LF, controls */
	{ S("a\0b@c, d@e"), "|d@e\n", "NUL" },
	{ S("\"a\0b\"@c, d@e"), "|d@e\n", "quote" },
	{ S("a@b (x\0y), d@e"), "|d@e\n", "comment" },
	{ S("a@b\nRCPT TO:<x@y>"), "", "line end" },
	{ S("a@b\r\nBcc: x@y"), "", "line end" },
	{ S("a@b\n\nc@d"), "", "line end" },		/* weakness 23 */
	{ S("a@b\nResent-From: x"), "", "line end" },	/* weakness 34 */
	{ S("a@b\rc@d"), "", "line end" },
	{ S("\"a\r\nb\"@c"), "", "quote" },
	{ S("\"a\\\r\n b\"@c"), "|\"a\\\\ b\"@c\n", 0 },
	{ S("a\1@b"), "", "control" },
	{ S("\"a\1\"@b"), "", "control" },
	{ S("a\177@b"), "", "control" },
	/* display names */
	{ S("\"Doe, John\" <a@b>"), "Doe, John|a@b\n", 0 },
	{ S("John \"Jack\" Doe <a@b>"), "John Jack Doe|a@b\n", 0 },
	{ S("J. R. \"Bob\" Dobbs <a@b>"), "J. R. Bob Dobbs|a@b\n", 0 },
	{ S("a@b <a@b>"), "a@b|a@b\n", 0 },
	{ S("[ABC] list <a@b>"), "[ABC] list|a@b\n", 0 },
	{ S("[Some Team] <a@b>, c@d"), "[Some Team]|a@b\n|c@d\n", 0 },
	{ S("O\\'Brien <a@b>"), "O\\'Brien|a@b\n", 0 },
	{ S("x) <a@b>"), "x)|a@b\n", 0 },
	{ S("x <a\\b@c>"), "", "backslash" },
	{ S("x <a@b)>"), "", "')' without '('" },
	{ S("x <a@b]>"), "", "']' without '['" },
	{ S("Team: X <a@b>, c@d"), "X|a@b\n|c@d\n", 0 },
	{ S("=?UTF-8?Q?J=C3=B6rg?= <a@b>"), "=?UTF-8?Q?J=C3=B6rg?=|a@b\n", 0 },
	{ S("J\303\266rg <j\303\266rg@b\303\274.de>"),
	  "J\303\266rg|j\303\266rg@b\303\274.de\n", 0 },
	{ S("J\366rg <a@b>"), "J\366rg|a@b\n", 0 },
	{ S("Name<a@b>"), "Name|a@b\n", 0 },
};

/* Divided, the same are found, and nothing that is no address is lost. */
static void check_divided(const char *p, size_t n, const struct addrs *list,
			  const struct err *e)
{
	struct addrs good = ADDRS_INIT, bad = ADDRS_INIT;
	struct err none = ERR_INIT;

	assert_int_equal(addr_list_divide(p, n, &good, &bad, &none), 0);
	assert_int_equal(none.kind, ERR_NONE);
	assert_int_equal(good.n, list->n);
	for (size_t i = 0; i < good.n; i++)
		assert_string_equal(good.v[i].spec, list->v[i].spec);
	assert_int_equal(bad.n > 0, e->kind != ERR_NONE);
	if (bad.n > 0)
		assert_string_equal(bad.v[0].name, e->text);
	for (size_t i = 0; i < bad.n; i++) {
		assert_true(bad.v[i].off + bad.v[i].len <= n);
		assert_non_null(strstr(bad.v[i].name, bad.v[i].spec));
	}
	addrs_clear(&good);
	addrs_clear(&bad);
}

static void check_row(const struct row *r)
{
	struct buf got = BUF_INIT(10000);
	struct addrs list = ADDRS_INIT;
	struct err e = ERR_INIT;
	char *exact = malloc(r->in.n > 0 ? r->in.n : 1);
	int ret;

	assert_non_null(exact);
	memcpy(exact, r->in.p, r->in.n);
	ret = addr_list_parse(exact, r->in.n, &list, &e);
	for (size_t i = 0; i < list.n; i++) {
		const struct addr *a = &list.v[i];

		buf_addf(&got, "%s|%s\n", a->name ? a->name : "", a->spec);
		assert_true(a->len > 0 && a->off + a->len <= r->in.n);
	}
	if (strcmp(buf_str(&got), r->want) != 0)
		print_error("in '%.*s': %s\n", (int)r->in.n, r->in.p, e.text);
	assert_string_equal(buf_str(&got), r->want);
	if ((ret < 0) != (r->bad != NULL))
		print_error("in '%.*s': %s\n", (int)r->in.n, r->in.p, e.text);
	assert_int_equal(ret, r->bad ? -1 : 0);
	assert_int_equal(e.kind, r->bad ? ERR_DATA : ERR_NONE);
	if (r->bad != NULL && strstr(e.text, r->bad) == NULL) {
		print_error("in '%.*s': '%s' does not say '%s'\n", (int)r->in.n,
			    r->in.p, e.text, r->bad);
		fail();
	}
	check_divided(exact, r->in.n, &list, &e);
	addrs_clear(&list);
	buf_free(&got);
	free(exact);
}

/* Each element that is no address is told by itself, in order. */
static void test_divide(void **state)
{
	static const char text[] = "a@b, @@bad, \"x\\\n y\" z w, c@d, Ann Lee, e@f@g";
	static const char *const want[] = {
		"'@@bad' is not an address: nothing before '@'",
		"'\"x\\? y\" z w' is not an address: a name without an address",
		"'Ann Lee' is not an address: a name without an address",
		"'e@f@g' is not an address: more than one '@'",
	};
	struct addrs good = ADDRS_INIT, bad = ADDRS_INIT;
	struct err e = ERR_INIT;
	struct buf many = BUF_INIT(1u << 20);

	(void)state;
	assert_int_equal(addr_list_divide(text, strlen(text), &good, &bad, &e), 0);
	assert_int_equal(good.n, 2);
	assert_string_equal(good.v[1].spec, "c@d");
	assert_int_equal(bad.n, COUNT(want));
	for (size_t i = 0; i < bad.n; i++)
		assert_string_equal(bad.v[i].name, want[i]);
	assert_string_equal(bad.v[0].spec, "@@bad");
	addrs_clear(&good);
	addrs_clear(&bad);
	for (int i = 0; i <= ADDR_LIST_MAX + 5; i++)
		buf_adds(&many, "@,");
	assert_int_equal(addr_list_divide(many.p, many.len, &good, &bad, &e), -1);
	assert_int_equal(e.kind, ERR_DATA);
	assert_int_equal(bad.n, ADDR_LIST_MAX + 1);
	addrs_clear(&bad);
	buf_free(&many);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_row(&rows[i]);
}

/* off and len bracket the addr-spec, so that a domain can be put behind. */
static void test_place(void **state)
{
	static const struct {
		const char *in, *spec;
	} cases[] = {
		{ " root (Cron Daemon)\r\n", "root" },
		{ "Anacron <root>", "root" },
		{ "x (c) < (d) a . b (e) @ (f) c (g) >", "a . b (e) @ (f) c" },
		{ "<@r:a@b>", "a@b" },
		{ "G: a@b;", "a@b" },
		{ "\"a b\"@c (d)", "\"a b\"@c" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct addrs list = ADDRS_INIT;

		assert_int_equal(addr_list_parse(cases[i].in, strlen(cases[i].in),
						 &list, NULL), 0);
		assert_int_equal(list.n, 1);
		assert_bytes(cases[i].in + list.v[0].off, list.v[0].len,
			     cases[i].spec, strlen(cases[i].spec));
		addrs_clear(&list);
	}
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void repeat(struct buf *b, const char *s, size_t times)
{
	for (size_t i = 0; i < times; i++)
		buf_adds(b, s);
}

/*
 * Megabytes of what makes naive parsers slow or deep: each must end within
 * a time that only a linear one can keep, sanitizers and all.
 */
static void test_hostile(void **state)
{
	static const char *const pieces[] = {
		"(", ")", "((", "()", "\\(", "\"", "\"\\\"", "\\\",", "<", "<@a,",
		"<@", "@", ":", "a:", "a :b", ",", ";", "[", "[a", "a ", "a.", ".",
		"(\"", "\"(", "(\\", "<a@b>,", "a@b (c,", "\r\n ", "\n", "\1", "= ",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pieces); i++) {
		for (int tail = 0; tail < 2; tail++) {
			struct buf b = BUF_INIT(2u << 20);
			struct addrs list = ADDRS_INIT;
			double start = seconds();

			repeat(&b, pieces[i], (1u << 20) / strlen(pieces[i]));
			if (tail)
				buf_add(&b, "\0", 1);
			addr_list_parse(b.p, b.len, &list, NULL);
			if (seconds() - start > 3)
				fail_msg("'%s' takes too long", pieces[i]);
			addrs_clear(&list);
			buf_free(&b);
		}
	}
}

static void test_deep_comment(void **state)
{
	struct buf b = BUF_INIT(4u << 20);
	struct addrs list = ADDRS_INIT;

	(void)state;
	buf_adds(&b, "a@b ");
	repeat(&b, "(", 1u << 20);
	repeat(&b, ")", 1u << 20);
	buf_adds(&b, ", c@d");
	assert_int_equal(addr_list_parse(b.p, b.len, &list, NULL), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.v[1].spec, "c@d");
	assert_true(strlen(list.v[0].name) <= ADDR_NAME_MAX);
	addrs_clear(&list);
	buf_free(&b);
}

static void test_many(void **state)
{
	struct buf b = BUF_INIT(8u << 20);
	struct addrs list = ADDRS_INIT;
	struct err e = ERR_INIT;

	(void)state;
	for (int i = 0; i < 10000; i++)
		buf_addf(&b, "%s\"User, %d\" <u%d@example.org>", i ? ",\r\n " : "",
			 i, i);
	assert_int_equal(addr_list_parse(b.p, b.len, &list, &e), 0);
	assert_int_equal(list.n, 10000);
	assert_string_equal(list.v[9999].spec, "u9999@example.org");
	assert_string_equal(list.v[9999].name, "User, 9999");
	addrs_clear(&list);
	buf_clear(&b);
	repeat(&b, "a,", ADDR_LIST_MAX);
	assert_int_equal(addr_list_parse(b.p, b.len, &list, &e), 0);
	assert_int_equal(addr_list_parse("b", 1, &list, &e), -1);
	assert_int_equal(e.kind, ERR_DATA);
	addrs_clear(&list);
	buf_free(&b);
}

/* Too long is an error of that element, wherever the length is. */
static void test_long(void **state)
{
	char text[3000];
	struct addrs list = ADDRS_INIT;
	struct err e = ERR_INIT;
	char *out = NULL;

	(void)state;
	memset(text, 'x', sizeof text);
	memcpy(text + ADDR_MAX - 2, "@y,c@d", 7);
	assert_int_equal(addr_list_parse(text, strlen(text), &list, &e), 0);
	assert_int_equal(strlen(list.v[0].spec), ADDR_MAX);
	addrs_clear(&list);
	memset(text, 'x', sizeof text);
	memcpy(text + ADDR_MAX - 1, "@y,c@d", 7);
	assert_int_equal(addr_list_parse(text, strlen(text), &list, &e), -1);
	assert_non_null(strstr(e.text, "too long"));
	assert_int_equal(list.n, 1);
	addrs_clear(&list);
	memset(text, 'x', sizeof text);
	memcpy(text, "a@", 2);
	memcpy(text + 2900, ",c@d", 5);
	assert_int_equal(addr_list_parse(text, strlen(text), &list, &e), -1);
	assert_int_equal(list.n, 1);
	addrs_clear(&list);
	assert_int_equal(addr_spec_parse(text, "-f", &out, &e), -1);
	for (size_t i = 0; i < sizeof text - 1; i++)
		text[i] = i % 2 ? '.' : 'a';
	text[sizeof text - 1] = '\0';
	assert_int_equal(addr_spec_parse(text, "-f", &out, &e), -1);
}

static void test_spec(void **state)
{
	static const struct {
		const char *in, *out;	/* NULL: refused */
	} cases[] = {
		{ "", "" },
		{ "<>", "" },
		{ "a@b", "a@b" },
		{ "<a@b>", "a@b" },
		{ "root", "root" },
		{ "-x", "-x" },
		{ "*@example.org", "*@example.org" },
		{ "%U@%H", "%U@%H" },
		{ "a+b=c@d", "a+b=c@d" },
		{ "\"a b\"@c", "\"a b\"@c" },
		{ "\"ab\"@c", "ab@c" },
		{ "a@[IPv6:::1]", "a@[IPv6:::1]" },
		{ "j\303\266@b\303\274.de", "j\303\266@b\303\274.de" },
		{ "<@a:b@c>", "b@c" },
		/* weakness 32: "+" behind "@" */
		{ "a@bbbbbbbbbbbbbbbbbbbb+c", "a@bbbbbbbbbbbbbbbbbbbb+c" },
		{ "<a@b", NULL },
		{ "a@b>", NULL },
		{ "<<a@b>>", NULL },
		{ "a@b c", NULL },
		{ " a@b", NULL },
		{ "a@b ", NULL },
		{ "a @b", NULL },
		{ "a@b(c)", NULL },
		{ "(c)a@b", NULL },
		{ "N <a@b>", NULL },
		{ "a@b,c@d", NULL },
		{ "a@b;", NULL },
		{ "a:b@c;", NULL },
		{ "a@b\"", NULL },
		{ "\"a@b", NULL },
		{ "a@", NULL },
		{ "@b", NULL },
		{ "a@b@c", NULL },
		{ "<", NULL },
		{ ">", NULL },
		{ "<@a>", NULL },
		/* weakness 35 */
		{ "a@b\r\nRCPT TO:<x@y>", NULL },
		{ "a@b\n", NULL },
		{ "a@b\r\n", NULL },
		{ "a@b\r", NULL },
		{ "\"a\r\n b\"@c\n", NULL },
		{ "a\tb@c", NULL },
		{ "\"a\tb\"@c", NULL },
		{ "a\1@b", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err e = ERR_INIT;
		char *out = NULL;
		int ret = addr_spec_parse(cases[i].in, "the -f address", &out, &e);

		if ((ret == 0) != (cases[i].out != NULL))
			print_error("'%s'\n", cases[i].in);
		assert_int_equal(ret, cases[i].out != NULL ? 0 : -1);
		if (ret == 0) {
			assert_string_equal(out, cases[i].out);
			assert_null(addr_fault(out));
		} else {
			assert_int_equal(e.kind, ERR_DATA);
			assert_non_null(strstr(e.text, "the -f address"));
			assert_null(out);
		}
		free(out);
	}
}

static void test_parts(void **state)
{
	(void)state;
	assert_int_equal(addr_local_len("a@b"), 1);
	assert_int_equal(addr_local_len("\"a@b\"@c"), 5);
	assert_int_equal(addr_local_len("\"a\\\"@b\"@c"), 7);
	assert_int_equal(addr_local_len("root"), 4);
	assert_int_equal(addr_local_len(""), 0);
	assert_string_equal(addr_domain("\"a@b\"@c"), "c");
	assert_null(addr_domain("root"));
	assert_null(addr_domain("\"a@b\""));
	assert_true(addr_same("a@b.C", "a@B.c"));
	assert_false(addr_same("A@b", "a@b"));
	assert_false(addr_same("a", "a@b"));
	assert_false(addr_same("a@b", "a@bc"));
	assert_true(addr_same("", ""));
}

static void test_fault(void **state)
{
	static const struct {
		const char *spec;
		bool ok;
	} cases[] = {
		{ "a@b", true }, { "", true }, { "root", true },
		{ "\"a b<>\"@c", true }, { "\"a\\\"b\"@c", true },
		{ "j\303\266@x", true },
		{ "j\366@x", false }, { "a b@c", false }, { "a@b>", false },
		{ "<a@b", false }, { "a@b\r\n", false }, { "a\t@b", false },
		{ "\"a@b", false }, { "\"a\\", false }, { "\"a\nb\"@c", false },
		{ "\"a\\\nb\"@c", false }, { "a\177@b", false },
	};
	char longest[ADDR_MAX + 2];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if ((addr_fault(cases[i].spec) == NULL) != cases[i].ok)
			fail_msg("'%s'", cases[i].spec);
	}
	memset(longest, 'x', sizeof longest);
	longest[ADDR_MAX + 1] = '\0';
	assert_non_null(addr_fault(longest));
	longest[ADDR_MAX] = '\0';
	assert_null(addr_fault(longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_divide),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_deep_comment),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_spec),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
