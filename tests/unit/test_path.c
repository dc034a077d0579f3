/*
 * src/wire/path: the arguments of MAIL and RCPT.
 */
#include "unit.h"

#include "wire/path.h"

static const struct {
	struct str in;
	const char *addr;	/* NULL: refused, */
	const char *code;	/* with this */
} mails[] = {
	{ S("FROM:<a@b.example>"), "a@b.example", NULL },
	{ S("from:<a@b.example>"), "a@b.example", NULL },
	{ S("FROM: <a@b.example>"), "a@b.example", NULL },
	{ S("FROM:<>"), "", NULL },
	{ S("FROM:<root>"), "root", NULL },
	{ S("FROM:root"), "root", NULL },
	{ S("FROM:a@b.example SIZE=5"), "a@b.example", NULL },
	{ S("FROM:<\"a b\"@c.example>"), "\"a b\"@c.example", NULL },
	{ S("FROM:<\"a>b\"@c.example>"), "\"a>b\"@c.example", NULL },
	{ S("FROM:<\"a\\\"b\"@c.example>"), "\"a\\\"b\"@c.example", NULL },
	{ S("FROM:<@x.example,@y.example:a@b.example>"), "a@b.example", NULL },
	{ S("FROM:<a@[192.0.2.1]>"), "a@[192.0.2.1]", NULL },
	{ S("FROM:<a@[IPv6:2001:db8::1]>"), "a@[IPv6:2001:db8::1]", NULL },
	{ S("FROM:<a@b.example> BODY=8BITMIME SIZE=9 RET=FULL ENVID=x AUTH=<>"), "a@b.example", NULL },
	{ S("FROM:<\xc3\xbc@b.example> SMTPUTF8"), "\xc3\xbc@b.example", NULL },
	{ S("FROM:<\xc3\xbc@b.example>"), NULL, "553 5.6.7" },
	{ S("FROM:<\xff@b.example> SMTPUTF8"), NULL, "501 5.1.7" },
	{ S(""), NULL, "501" },
	{ S("FROM"), NULL, "501" },
	{ S("FROM:"), NULL, "501 5.1.7" },
	{ S("FROM: "), NULL, "501 5.1.7" },
	{ S("TO:<a@b.example>"), NULL, "501" },
	{ S("<a@b.example>"), NULL, "501" },
	{ S("FROM:<a@b.example"), NULL, "501 5.1.7" },
	{ S("FROM:a@b.example>"), NULL, "501 5.1.7" },
	{ S("FROM:<<a@b.example>>"), NULL, "501 5.1.7" },
	{ S("FROM:<a b@c.example>"), NULL, "501 5.1.7" },
	{ S("FROM:<a@b.example>SIZE=1"), NULL, "501 5.1.7" },
	{ S("FROM:<a@b.example> <c@d.example>"), NULL, "555" },
	{ S("FROM:<\"a@b.example>"), NULL, "501 5.1.7" },
	{ S("FROM:<a\0@b.example>"), NULL, "501 5.1.7" },
	{ S("FROM:<@x.example>"), NULL, "501 5.1.7" },
	{ S("FROM:<@x:>"), "", NULL },
	{ S("FROM:<A <a@b.example>"), NULL, "501" },
	{ S("FROM:<a@b.example> SIZE=x"), NULL, "501 5.5.4" },
	{ S("FROM:<a@b.example> SIZE"), NULL, "501 5.5.4" },
	{ S("FROM:<a@b.example> SIZE=99999999999999999999999"), NULL, "501 5.5.4" },
	{ S("FROM:<a@b.example> SIZE=1 size=2"), NULL, "501 5.5.4" },
	{ S("FROM:<a@b.example> BODY=BINARYMIME"), NULL, "501 5.5.4" },
	{ S("FROM:<a@b.example> BODY"), NULL, "501 5.5.4" },
	{ S("FROM:<a@b.example> SMTPUTF8=1"), NULL, "501 5.5.4" },
	{ S("FROM:<a@b.example> RET=HEADERS"), NULL, "501 5.5.4" },
	{ S("FROM:<a@b.example> ENVID="), NULL, "501 5.5.4" },
	{ S("FROM:<a@b.example> ENVID=a+0D+0Ab"), NULL, "501 5.5.4" },
	{ S("FROM:<a@b.example> ENVID=a+zz"), NULL, "501 5.5.4" },
	{ S("FROM:<a@b.example> FOO=bar"), NULL, "555 5.5.4" },
	{ S("FROM:<a@b.example> NOTIFY=NEVER"), NULL, "555 5.5.4" },
	{ S("FROM:<a@b.example> =x"), NULL, "555 5.5.4" },
};

static void test_mail(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(mails); i++) {
		struct path p;
		const char *why = path_mail(&p, mails[i].in.p, mails[i].in.n);

		if ((why == NULL) != (mails[i].addr != NULL))
			print_error("%s: %s\n", mails[i].in.p, why ? why : p.addr);
		if (mails[i].addr != NULL) {
			assert_null(why);
			assert_string_equal(p.addr, mails[i].addr);
		} else {
			assert_non_null(why);
			if (strncmp(why, mails[i].code, strlen(mails[i].code)) != 0)
				print_error("%s: %s\n", mails[i].in.p, why);
			assert_int_equal(strncmp(why, mails[i].code, strlen(mails[i].code)), 0);
			assert_null(p.addr);
		}
		path_clear(&p);
	}
}

static void test_mail_values(void **state)
{
	struct path p;
	static const char in[] = "FROM:<a@b> size=123 body=8bitmime smtputf8 ret=hdrs envid=a+2Bb";

	(void)state;
	assert_null(path_mail(&p, in, strlen(in)));
	assert_int_equal(p.size, 123);
	assert_true(p.eightbit && p.utf8);
	assert_int_equal(p.ret, DSN_RET_HDRS);
	assert_string_equal(p.envid, "a+b");
	path_clear(&p);
	assert_null(path_mail(&p, "FROM:<a@b> BODY=7BIT", 20));
	assert_false(p.eightbit || p.utf8 || p.size != 0 || p.envid != NULL);
	path_clear(&p);
}

static const struct {
	const char *in;
	bool utf8;
	const char *addr;
	unsigned notify;
	const char *orcpt, *code;
} rcpts[] = {
	{ "TO:<a@b.example>", false, "a@b.example", 0, NULL, NULL },
	{ "TO:<postmaster>", false, "postmaster", 0, NULL, NULL },
	{ "TO:<a@b> NOTIFY=NEVER", false, "a@b", DSN_NEVER, NULL, NULL },
	{ "TO:<a@b> notify=success,Failure", false, "a@b", DSN_SUCCESS | DSN_FAILURE, NULL, NULL },
	{ "TO:<a@b> NOTIFY=DELAY ORCPT=rfc822;x+2By@z", false, "a@b", DSN_DELAY, "rfc822;x+2By@z", NULL },
	{ "TO:<\xc3\xbc@b>", true, "\xc3\xbc@b", 0, NULL, NULL },
	{ "TO:<\xc3\xbc@b>", false, NULL, 0, NULL, "553 5.6.7" },
	{ "TO:<>", false, NULL, 0, NULL, "501 5.1.3" },
	{ "TO:<@x:>", false, NULL, 0, NULL, "501 5.1.3" },
	{ "TO:<a@b> NOTIFY=", false, NULL, 0, NULL, "501" },
	{ "TO:<a@b> NOTIFY", false, NULL, 0, NULL, "501" },
	{ "TO:<a@b> NOTIFY=NEVER,DELAY", false, NULL, 0, NULL, "501" },
	{ "TO:<a@b> NOTIFY=DELAY,", false, NULL, 0, NULL, "501" },
	{ "TO:<a@b> NOTIFY=x", false, NULL, 0, NULL, "501" },
	{ "TO:<a@b> ORCPT=rfc822", false, NULL, 0, NULL, "501" },
	{ "TO:<a@b> ORCPT=;x", false, NULL, 0, NULL, "501" },
	{ "TO:<a@b> ORCPT=rfc822;", false, NULL, 0, NULL, "501" },
	{ "TO:<a@b> ORCPT=rfc822;x+z", false, NULL, 0, NULL, "501" },
	{ "TO:<a@b> ORCPT=rf\"c;x", false, NULL, 0, NULL, "501" },
	{ "TO:<a@b> SIZE=1", false, NULL, 0, NULL, "555" },
	{ "FROM:<a@b>", false, NULL, 0, NULL, "501" },
};

static void test_rcpt(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rcpts); i++) {
		struct path p;
		const char *why = path_rcpt(&p, rcpts[i].in, strlen(rcpts[i].in), rcpts[i].utf8);

		if ((why == NULL) != (rcpts[i].addr != NULL))
			print_error("%s: %s\n", rcpts[i].in, why ? why : p.addr);
		if (rcpts[i].addr == NULL) {
			assert_non_null(why);
			assert_int_equal(strncmp(why, rcpts[i].code, strlen(rcpts[i].code)), 0);
			continue;
		}
		assert_null(why);
		assert_string_equal(p.addr, rcpts[i].addr);
		assert_int_equal(p.notify, rcpts[i].notify);
		if (rcpts[i].orcpt != NULL)
			assert_string_equal(p.orcpt, rcpts[i].orcpt);
		else
			assert_null(p.orcpt);
		path_clear(&p);
	}
}

static void test_too_long(void **state)
{
	char in[4000];
	struct path p;

	(void)state;
	memset(in, 'x', sizeof in);
	memcpy(in, "FROM:<", 6);
	memcpy(in + sizeof in - 3, "@b>", 3);
	assert_non_null(path_mail(&p, in, sizeof in));
	memcpy(in, "TO:<a@b> ORCPT=rfc822;", 22);
	assert_non_null(path_rcpt(&p, in, 900, false));
	memcpy(in, "FROM:<a@b> ENVID=", 17);
	assert_non_null(path_mail(&p, in, 17 + 101));
	assert_null(path_mail(&p, in, 17 + 100));
	path_clear(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mail),
		cmocka_unit_test(test_mail_values),
		cmocka_unit_test(test_rcpt),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
