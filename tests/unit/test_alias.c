/*
 * Aliases: what a file says, what is refused and where, and what becomes of
 * the recipients.
 */
#include "unit.h"

#include <time.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "text/addr.h"
#include "text/alias.h"

/* The include files of the tests. */
static const struct {
	const char *path, *text;
} files[] = {
	{ "/list", "a@list, b@list # two\n\n# none\n\"C, D\" <c@list>\r\nadmin" },
	{ "/empty", "" },
	{ "/self", ":include:/self" },
	{ "/alias", "loop" },
	{ "/bad", "a@b\nc@d e@f\n" },
	{ "/more", ":include:/list, :include:/list" },
};

static int include(void *ctx, const char *path, char **text, struct err *e)
{
	size_t *calls = ctx;

	++*calls;
	for (size_t i = 0; i < COUNT(files); i++) {
		if (strcmp(files[i].path, path) == 0) {
			*text = xstrdup(files[i].text);
			return 0;
		}
	}
	return err_set(e, ERR_CONFIG, "cannot open '%s'", path);
}

static const char *const at_home[] = { "home.example", "localhost" };

static const struct {
	const char *file, *in;	/* recipients, blanks between */
	const char *out;	/* NULL: refused, */
	const char *why;	/* saying this */
} cases[] = {
	{ "", "root a@b", "root a@b", 0 },
	{ "root: a@b\n", "root", "a@b", 0 },
	{ "root: a@b", "ROOT x@y Root", "a@b x@y", 0 },
	{ "Root : a@b\r\n", "root", "a@b", 0 },
	{ "root: a@b\n", "rooty", "rooty", 0 },
	{ "root: a@b\n", "root@home.example root@LOCALHOST root@else",
	  "a@b root@else", 0 },
	{ "default: d@x\nroot: r@x\n", "root who who@home.example who@else",
	  "r@x d@x who@else", 0 },
	{ "john.doe: a@b\n\"jane doe\": c@d\n", "john.doe \"jane_doe\"@x \"jane doe\"@localhost",
	  "a@b jane_doe@x c@d", 0 },
	/* weakness 24: order, the one behind an expanded one, many a line,
	 * display names, comments */
	{ "root: a@b\ncron: c@d\n", "root cron", "a@b c@d", 0 },
	{ "root: c@x, b@x,a@x\n", "z@x root y@x", "z@x c@x b@x a@x y@x", 0 },
	{ "root: \"Doe, J\" <a@b>, c@d (x, y), J <e@f>\n", "root", "a@b c@d e@f", 0 },
	{ "# x\n\nroot: a@b, # one\n# in between\n\n  c@d, # two\n\te@f\nx: y@z\n",
	  "root x", "a@b c@d e@f y@z", 0 },
	{ "root: \"a#b\"@c # d\n", "root", "a#b@c", 0 },
	{ "root: a@b,,\n", "root", "a@b", 0 },
	{ "a: b\nb: c, x@y\nc: d@e\n", "a", "d@e x@y", 0 },
	{ "a: b, c\nb: x@y\nc: b, x@Y, z\n", "a", "x@y z", 0 },
	{ "team: G: a@b, c@d;\n", "team", "a@b c@d", 0 },
	{ "x: b\303\266b\n", "x", "b\303\266b", 0 },
	/* loops */
	{ "a: a\n", "a", NULL, "f:1: alias 'a' leads to itself" },
	{ "x: y@z\na: b\nb: c\nc: x, A\n", "a", NULL, "f:2: alias 'a'" },
	{ "x: y@z\na: a@LocalHost\n", "a", NULL, "f:2: alias 'a'" },
	{ "a: a\n", "b", "b", 0 },
	{ "default: root\n", "x", NULL, "'default' leads to itself" },
	/* includes */
	{ "admin: r@x\nl: :include:/list\n", "l", "a@list b@list c@list r@x", 0 },
	{ "l: x@y, \":include:/list\" , z@w\n", "l", "x@y a@list b@list c@list admin z@w", 0 },
	{ "l: x@y, :Include: /more\n", "l", "x@y a@list b@list c@list admin", 0 },
	{ "l: :include:/empty, x@y\n", "l", "x@y", 0 },
	{ "l: :include:/self\n", "l", NULL, "'/self' includes itself" },
	{ "loop: :include:/alias\n", "loop", NULL, "f:1: alias 'loop' leads to itself" },
	{ "l: :include:/bad\n", "l", NULL, "/bad:2: 'c@d e@f'" },
	{ "l: :include:/none\n", "l", NULL, "cannot open '/none'" },
	/* what no file may say */
	{ "root a@b\n", NULL, NULL, "f:1: no 'name: address'" },
	{ "\nroot\n", NULL, NULL, "f:2:" },
	{ ": a@b\n", NULL, NULL, "f:1:" },
	{ "a@b: c@d\n", NULL, NULL, "f:1:" },
	{ "a b: c@d\n", NULL, NULL, "f:1:" },
	{ "# x\n a@b\n", NULL, NULL, "f:2: nothing to be continued" },
	{ "x: y@z\nroot:\n", NULL, NULL, "f:2: alias 'root' stands for nothing" },
	{ "root: <>\n", NULL, NULL, "stands for nothing" },
	{ "root: # a@b\n", NULL, NULL, "stands for nothing" },
	{ "a: b@c\nx: y@z\nA: d@e\n", NULL, NULL, "f:3: alias 'a' is there twice, first in line 1" },
	{ "root: a@b c@d\nx: y@z\n", NULL, NULL, "f:1: 'a@b c@d'" },
	{ "root: a@b,\n c@d e@f\nx: y@z\n", NULL, NULL, "f:1: 'c@d e@f'" },
	{ "root: Alice Example\n", NULL, NULL, "f:1:" },
	{ "root: \"a@b\n", NULL, NULL, "f:1:" },
	{ "root: |/bin/x\n", NULL, NULL, "f:1: '|/bin/x': programs and files" },
	{ "root: \"|/bin/x y, z\"\n", NULL, NULL, "programs and files" },
	{ "root: /var/mail/x\n", NULL, NULL, "programs and files" },
	{ "root: :include:list\n", NULL, NULL, "without a path" },
	{ "root: a@b: c\n", NULL, NULL, "f:1:" },
};

static void add_recipients(struct envelope *env, const char *in)
{
	/* a blank separates, but for those inside quotes */
	for (const char *p = in; *p != '\0';) {
		const char *start = p;
		bool quoted = false;
		char *addr, *spec;

		for (; *p != '\0' && (quoted || *p != ' '); p++)
			quoted ^= *p == '"';
		addr = xmemdup0(start, (size_t)(p - start));
		assert_int_equal(addr_spec_parse(addr, "row", &spec, NULL), 0);
		envelope_add(env, spec, NULL);
		free(addr);
		free(spec);
		p += *p == ' ';
	}
}

static void check_env(const struct envelope *env, const char *want)
{
	struct buf got = BUF_INIT(10000);

	for (size_t i = 0; i < env->n; i++)
		buf_addf(&got, "%s%s", i > 0 ? " " : "", env->rcpt[i].addr);
	assert_string_equal(buf_str(&got), want);
	buf_free(&got);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct envelope env = ENVELOPE_INIT, before = ENVELOPE_INIT;
		struct aliases *a = NULL;
		struct err e = ERR_INIT;
		size_t calls = 0;
		int ret = aliases_parse(cases[i].file, strlen(cases[i].file), "f",
					&a, &e);

		if (cases[i].in != NULL) {
			if (ret < 0)
				print_error("%s\n", e.text);
			assert_int_equal(ret, 0);
			add_recipients(&env, cases[i].in);
			envelope_copy(&before, &env);
			ret = aliases_expand(a, &env, at_home, COUNT(at_home),
					     include, &calls, &e);
		}
		if ((ret == 0) != (cases[i].out != NULL))
			print_error("case %zu: '%s' %s\n", i, cases[i].file, e.text);
		assert_int_equal(ret, cases[i].out ? 0 : -1);
		if (ret == 0) {
			check_env(&env, cases[i].out);
		} else {
			assert_int_equal(e.kind, ERR_CONFIG);
			if (strstr(e.text, cases[i].why) == NULL)
				fail_msg("'%s' does not say '%s'", e.text,
					 cases[i].why);
			assert_int_equal(env.n, before.n);
		}
		aliases_free(a);
		envelope_clear(&env);
		envelope_clear(&before);
	}
}

/* What goes wrong for some recipient is found without one. */
static void test_check(void **state)
{
	static const struct {
		const char *file, *why;
	} checks[] = {
		{ "", NULL },
		{ "a: b, c\nb: c\nc: d@x\n", NULL },
		{ "a: b\nb: a@localhost\n", "leads to itself" },
		{ "x: y\ndefault: root\n", "'default' leads to itself" },
		{ "a: :include:/nowhere\n", "/nowhere" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(checks); i++) {
		struct aliases *a = NULL;
		struct err e = ERR_INIT;
		size_t calls = 0;
		int ret;

		assert_int_equal(aliases_parse(checks[i].file,
					       strlen(checks[i].file), "f", &a,
					       &e), 0);
		ret = aliases_check(a, at_home, COUNT(at_home), include,
				    &calls, &e);
		assert_int_equal(ret, checks[i].why != NULL ? -1 : 0);
		if (ret < 0 && strstr(e.text, checks[i].why) == NULL)
			fail_msg("'%s' does not say '%s'", e.text,
				 checks[i].why);
		aliases_free(a);
	}
}

/* More includes in the file than one mail may lead through, each known anew. */
static void test_check_many(void **state)
{
	struct buf file = BUF_INIT(1u << 16);
	struct aliases *a = NULL;
	struct err e = ERR_INIT;
	size_t calls = 0;

	(void)state;
	for (unsigned i = 0; i < 2 * ALIAS_INCLUDES; i++)
		buf_addf(&file, "n%u: :include:/list\n", i);
	assert_int_equal(aliases_parse(buf_str(&file), file.len, "f", &a, &e), 0);
	assert_int_equal(aliases_check(a, NULL, 0, include, &calls, &e), 0);
	assert_int_equal(calls, 2 * ALIAS_INCLUDES);
	aliases_free(a);
	buf_free(&file);
}

/* Chains of ALIAS_DEPTH are followed, longer ones not, whatever is first. */
static void test_depth(void **state)
{
	(void)state;
	for (int extra = 0; extra < 2; extra++) {
		for (int from = 0; from < 2; from++) {
			struct buf text = BUF_INIT(10000);
			struct envelope env = ENVELOPE_INIT;
			struct err e = ERR_INIT;
			struct aliases *a;

			for (int i = 1; i < ALIAS_DEPTH + extra; i++)
				buf_addf(&text, "a%d: a%d\n", i, i + 1);
			buf_addf(&text, "a%d: x@y\n", ALIAS_DEPTH + extra);
			assert_int_equal(aliases_parse(text.p, text.len, "f", &a,
						       NULL), 0);
			if (from)	/* half of it is known already */
				envelope_add(&env, "a9", NULL);
			envelope_add(&env, "a1", NULL);
			assert_int_equal(aliases_expand(a, &env, NULL, 0, NULL, NULL,
							&e), extra ? -1 : 0);
			assert_int_equal(e.kind, extra ? ERR_CONFIG : ERR_NONE);
			check_env(&env, !extra ? "x@y" : from ? "a9 a1" : "a1");
			aliases_free(a);
			envelope_clear(&env);
			buf_free(&text);
		}
	}
}

/* Each level doubles: expanded naively, 2^15 and more. */
static void test_wide(void **state)
{
	struct buf text = BUF_INIT(1u << 20);
	struct envelope env = ENVELOPE_INIT;
	struct aliases *a;
	clock_t start = clock();

	(void)state;
	for (int i = 1; i < ALIAS_DEPTH; i++) {
		buf_addf(&text, "a%d: ", i);
		for (int k = 0; k < 1000; k++)
			buf_addf(&text, "a%d,", i + 1);
		buf_adds(&text, "x@y\n");
	}
	buf_addf(&text, "a%d: z@w", ALIAS_DEPTH);
	assert_int_equal(aliases_parse(text.p, text.len, "f", &a, NULL), 0);
	envelope_add(&env, "a1", NULL);
	assert_int_equal(aliases_expand(a, &env, NULL, 0, NULL, NULL, NULL), 0);
	check_env(&env, "z@w x@y");
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 3);
	aliases_free(a);
	envelope_clear(&env);
	buf_free(&text);
}

/* Many names, each found; no limit on a line. */
static void test_many(void **state)
{
	struct buf text = BUF_INIT(4u << 20);
	struct envelope env = ENVELOPE_INIT;
	struct aliases *a;

	(void)state;
	for (int i = 0; i < 10000; i++)
		buf_addf(&text, "n%d: v%d@x\n", i, i);
	buf_adds(&text, "all: ");
	for (int i = 0; i < 10000; i++)
		buf_addf(&text, "n%d, ", 9999 - i);
	assert_int_equal(aliases_parse(text.p, text.len, "f", &a, NULL), 0);
	envelope_add(&env, "all", NULL);
	assert_int_equal(aliases_expand(a, &env, NULL, 0, NULL, NULL, NULL), 0);
	assert_int_equal(env.n, 10000);
	assert_string_equal(env.rcpt[0].addr, "v9999@x");
	assert_string_equal(env.rcpt[9999].addr, "v0@x");
	aliases_free(a);
	envelope_clear(&env);
	buf_free(&text);
}

/* The envelope's other parts and the recipient's wishes stay. */
static void test_wishes(void **state)
{
	const char *file = "root: a@b, c@d\n";
	struct envelope env = ENVELOPE_INIT;
	struct aliases *a;
	struct rcpt *r;

	(void)state;
	assert_int_equal(aliases_parse(file, strlen(file), "f", &a, NULL), 0);
	envelope_set_from(&env, "s@t");
	env.envid = strdup("id");
	env.ret = DSN_RET_FULL;
	env.notify = DSN_FAILURE;
	envelope_add(&env, "root", &r);
	r->notify = DSN_NEVER;
	r->orcpt = strdup("rfc822;root");
	assert_int_equal(aliases_expand(a, &env, NULL, 0, NULL, NULL, NULL), 0);
	check_env(&env, "a@b c@d");
	assert_string_equal(env.from, "s@t");
	assert_string_equal(env.envid, "id");
	assert_int_equal(env.ret, DSN_RET_FULL);
	assert_int_equal(env.notify, DSN_FAILURE);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(env.rcpt[i].notify, DSN_NEVER);
		assert_string_equal(env.rcpt[i].orcpt, "rfc822;root");
	}
	assert_false(envelope_add(&env, "c@D", NULL));
	aliases_free(a);
	envelope_clear(&env);
	aliases_free(NULL);
}

static void test_no_include(void **state)
{
	const char *file = "root: :include:/list\n";
	struct envelope env = ENVELOPE_INIT;
	struct err e = ERR_INIT;
	struct aliases *a;

	(void)state;
	assert_int_equal(aliases_parse(file, strlen(file), "f", &a, NULL), 0);
	envelope_add(&env, "root", NULL);
	assert_int_equal(aliases_expand(a, &env, NULL, 0, NULL, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	check_env(&env, "root");
	aliases_free(a);
	envelope_clear(&env);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_many),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_wishes),
		cmocka_unit_test(test_no_include),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
