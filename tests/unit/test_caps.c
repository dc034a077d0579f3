/*
 * src/wire/caps and src/wire/outcome.
 */
#include "unit.h"

#include "wire/caps.h"
#include "wire/outcome.h"

static void parse(struct caps *c, const char *text)
{
	struct reply r = REPLY_INIT;

	r.code = 250;
	buf_adds(&r.text, text);
	caps_parse(c, &r);
	reply_clear(&r);
}

static void test_everything(void **state)
{
	struct caps c = CAPS_INIT;

	(void)state;
	parse(&c, "relay.example greets you\nPIPELINING\nCHUNKING\n8BITMIME\n"
	      "SMTPUTF8\nDSN\nSTARTTLS\nENHANCEDSTATUSCODES\nETRN\n"
	      "SIZE 52428800\nLIMITS RCPTMAX=100 MAILMAX=20 RCPTDOMAINMAX=1\n"
	      "AUTH PLAIN LOGIN SCRAM-SHA-256-PLUS");
	assert_true(c.pipelining && c.chunking && c.eightbitmime && c.smtputf8);
	assert_true(c.dsn && c.starttls && c.enhanced && c.etrn && c.size && c.auth);
	assert_int_equal(c.size_max, 52428800);
	assert_int_equal(c.rcpt_max, 100);
	assert_int_equal(c.mail_max, 20);
	assert_int_equal(c.mechs.n, 3);
	assert_true(caps_has_mech(&c, "SCRAM-SHA-256-PLUS"));
	assert_true(caps_has_mech(&c, "plain"));
	assert_false(caps_has_mech(&c, "SCRAM-SHA-256"));
	assert_false(caps_has_mech(&c, ""));
	assert_int_equal(c.lines.n, 11);
	assert_string_equal(c.lines.v[8], "SIZE 52428800");
	caps_clear(&c);
	assert_false(c.pipelining);
	assert_int_equal(c.lines.n, 0);
}

static void test_case_and_blanks(void **state)
{
	struct caps c = CAPS_INIT;

	(void)state;
	parse(&c, "x\nPipelining\n  starttls\nsize\t77 \nauth  plain\tLogin "
	      "PLAIN\nlimits rcptmax=5");
	assert_true(c.pipelining && c.starttls && c.size && c.auth);
	assert_int_equal(c.size_max, 77);
	assert_int_equal(c.mechs.n, 2);
	assert_string_equal(c.mechs.v[0], "PLAIN");
	assert_string_equal(c.mechs.v[1], "LOGIN");
	assert_int_equal(c.rcpt_max, 5);
	caps_clear(&c);
}

static void test_junk_is_ignored(void **state)
{
	struct caps c = CAPS_INIT;

	(void)state;
	/* The first line is no offer, whatever it says. */
	parse(&c, "STARTTLS");
	assert_false(c.starttls);
	assert_int_equal(c.lines.n, 0);
	parse(&c, "PIPELINING\nXPIPELINING\nPIPELININGS\nSTARTTLS-NOT\n\n \nSIZEX 3");
	assert_false(c.pipelining || c.starttls || c.size);
	assert_int_equal(c.lines.n, 6);
	parse(&c, "x\nSIZE abc\nLIMITS RCPTMAX=0 MAILMAX=-1 RCPTMAX=x RCPTMAX");
	assert_true(c.size);
	assert_int_equal(c.size_max, 0);
	assert_int_equal(c.rcpt_max, 0);
	assert_int_equal(c.mail_max, 0);
	parse(&c, "x\nSIZE 99999999999999999999999999");
	assert_int_equal(c.size_max, 0);
	parse(&c, "x\nSIZE -1");
	assert_int_equal(c.size_max, 0);
	parse(&c, "x\nSIZE 10 20");
	assert_int_equal(c.size_max, 0);
	parse(&c, "x\nSIZE 18446744073709551615");
	assert_true(c.size_max == UINT64_MAX);
	parse(&c, "x\nSIZE 0");
	assert_true(c.size && c.size_max == 0);
	caps_clear(&c);
}

static void test_auth(void **state)
{
	struct caps c = CAPS_INIT;
	struct buf many = BUF_INIT(100000);

	(void)state;
	parse(&c, "x\nAUTH=PLAIN LOGIN\nAUTH LOGIN CRAM-MD5");
	assert_true(c.auth);
	assert_int_equal(c.mechs.n, 3);
	parse(&c, "x\nAUTH");
	assert_true(c.auth);
	assert_int_equal(c.mechs.n, 0);
	parse(&c, "x\nAUTH PL\033AIN a\xff" "b THIS-NAME-IS-TOO-LONG-FOR-ONE X_1");
	assert_int_equal(c.mechs.n, 1);
	assert_string_equal(c.mechs.v[0], "X_1");
	parse(&c, "x\nXAUTH PLAIN");
	assert_false(c.auth);
	buf_adds(&many, "x\nAUTH");
	for (int i = 0; i < 5000; i++)
		buf_addf(&many, " M%d", i);
	parse(&c, buf_str(&many));
	assert_int_equal(c.mechs.n, CAPS_MECHS_MAX);
	buf_free(&many);
	caps_clear(&c);
}

static void test_lines_are_printable(void **state)
{
	struct caps c = CAPS_INIT;

	(void)state;
	parse(&c, "x\nHELP \033[2J\rx\xe2\x80\xae");
	assert_string_equal(c.lines.v[0], "HELP ?[2J?x?");
	caps_clear(&c);
}

static void test_outcomes(void **state)
{
	struct outcome *o = outcomes_new(3);
	struct reply r = REPLY_INIT;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(o[i].verdict == PENDING && o[i].kind == ERR_NONE &&
			    !o[i].maybe_sent && o[i].reply.code == 0);
	reply_set(&r, 550, "5.1.1 no");
	outcome_set(&o[1], FAILED, ERR_DATA, &r);
	reply_set(&r, 451, "later");
	outcomes_settle(o, 3, DEFERRED, ERR_TEMP, &r);
	assert_int_equal(o[0].verdict, DEFERRED);
	assert_string_equal(buf_str(&o[0].reply.text), "later");
	assert_int_equal(o[1].verdict, FAILED);
	assert_int_equal(o[1].kind, ERR_DATA);
	assert_int_equal(o[1].reply.code, 550);
	assert_int_equal(o[2].kind, ERR_TEMP);
	outcome_set(&o[2], SENT, ERR_NONE, NULL);
	assert_int_equal(o[2].reply.code, 0);
	for (int i = 0; i < 5000; i++)
		buf_addc(&r.text, 'x');
	outcome_set(&o[2], FAILED, ERR_DATA, &r);
	assert_int_equal(o[2].reply.text.len, OUTCOME_TEXT_MAX);
	outcome_clear(&o[2]);
	assert_int_equal(o[2].verdict, PENDING);
	reply_clear(&r);
	outcomes_free(o, 3);
	outcomes_free(NULL, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_case_and_blanks),
		cmocka_unit_test(test_junk_is_ignored),
		cmocka_unit_test(test_auth),
		cmocka_unit_test(test_lines_are_printable),
		cmocka_unit_test(test_outcomes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
