/*
 * What verdicts amount to, and the line the log gets.
 */
#include "unit.h"

#include "flow/settle.h"

static void say(struct outcome *o, enum verdict v, enum err_kind kind, int code,
		const char *text, bool local)
{
	o->verdict = v;
	o->kind = kind;
	reply_set(&o->reply, code, "%s", text);
	o->reply.local = local;
}

static struct envelope three(void)
{
	struct envelope env = ENVELOPE_INIT;

	envelope_set_from(&env, "me@example.org");
	envelope_add(&env, "a@example.org", NULL);
	envelope_add(&env, "b@example.org", NULL);
	envelope_add(&env, "c@example.org", NULL);
	return env;
}

static void test_all_sent(void **state)
{
	struct envelope env = three();
	struct outcome *o = outcomes_new(3);
	struct err e = ERR_INIT;

	(void)state;
	err_set(&e, ERR_TEMP, "the line broke behind the reply");
	for (size_t i = 0; i < 3; i++)
		say(&o[i], SENT, ERR_NONE, 250, "ok", false);
	assert_int_equal(settle_sum(&env, o, &e), 0);
	assert_int_equal(e.kind, ERR_NONE);
	assert_null(settle_reply(&env, o));
	outcomes_free(o, 3);
	envelope_clear(&env);
}

/* Every refused recipient is named with the words for it. */
static void test_refused_named(void **state)
{
	struct envelope env = three();
	struct outcome *o = outcomes_new(3);
	struct err e = ERR_INIT;

	(void)state;
	say(&o[0], FAILED, ERR_DATA, 550, "5.1.1 no such user", false);
	say(&o[1], FAILED, ERR_DATA, 550, "another was refused", true);
	say(&o[2], FAILED, ERR_DATA, 552, "5.2.2 full\x1b[2J", false);
	assert_int_equal(settle_sum(&env, o, &e), -1);
	assert_int_equal(e.kind, ERR_DATA);
	assert_non_null(strstr(e.text, "<a@example.org>: 550 5.1.1 no such user"));
	assert_non_null(strstr(e.text, "<c@example.org>: 552 5.2.2 full?[2J"));
	assert_null(strstr(e.text, "b@example.org"));
	assert_ptr_equal(settle_reply(&env, o), &o[0].reply);
	outcomes_free(o, 3);
	envelope_clear(&env);
}

/* One that may go later makes the whole worth another try. */
static void test_temporary_wins(void **state)
{
	struct envelope env = three();
	struct outcome *o = outcomes_new(3);
	struct err e = ERR_INIT;

	(void)state;
	say(&o[0], FAILED, ERR_DATA, 550, "no", false);
	say(&o[1], SENT, ERR_NONE, 250, "ok", false);
	say(&o[2], DEFERRED, ERR_TEMP, 451, "later", false);
	assert_int_equal(settle_sum(&env, o, &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_ptr_equal(settle_reply(&env, o), &o[2].reply);
	outcomes_free(o, 3);
	envelope_clear(&env);
}

/* When the conversation broke, its own words stay. */
static void test_broken(void **state)
{
	struct envelope env = three();
	struct outcome *o = outcomes_new(3);
	struct err e = ERR_INIT;

	(void)state;
	err_set(&e, ERR_TEMP, "timeout");
	for (size_t i = 0; i < 3; i++)
		say(&o[i], DEFERRED, ERR_TEMP, 451, "timeout", true);
	assert_int_equal(settle_sum(&env, o, &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_string_equal(e.text, "timeout");
	assert_null(settle_reply(&env, o));
	outcomes_free(o, 3);
	envelope_clear(&env);
}

static void test_many_refused(void **state)
{
	struct envelope env = ENVELOPE_INIT;
	struct outcome *o = outcomes_new(1000);
	struct err e = ERR_INIT;
	char addr[32];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(addr, sizeof addr, "r%d@example.org", i);
		envelope_add(&env, addr, NULL);
		say(&o[i], FAILED, ERR_DATA, 550, "no", false);
	}
	assert_int_equal(settle_sum(&env, o, &e), -1);
	assert_non_null(strstr(e.text, "<r19@example.org> and 980 more: 550 no"));
	assert_null(strstr(e.text, "r20@"));
	outcomes_free(o, 1000);
	envelope_clear(&env);
}

static void line_is(const struct settle_note *note, const char *want)
{
	struct envelope env = ENVELOPE_INIT;
	struct buf line = BUF_INIT(65536);
	struct account acc;

	account_init(&acc);
	strv_add(&acc.host, "mail.example.org");
	acc.tls = ON;
	acc.auth = AUTH_AUTO;
	acc.user = strdup("me x");
	envelope_set_from(&env, "me@example.org");
	envelope_add(&env, "a@b.c", NULL);
	envelope_add(&env, "d'e@f.g", NULL);
	settle_line(&acc, &env, note, &line);
	assert_string_equal(buf_str(&line), want);
	account_clear(&acc);
	envelope_clear(&env);
	buf_free(&line);
}

/* msmtp's fields in msmtp's order; nothing in them can break the line. */
static void test_line(void **state)
{
	struct reply ok = REPLY_INIT;
	struct err bad = ERR_INIT;
	struct settle_note note = { .size = 123, .reply = &ok, .delay_s = -1 };

	(void)state;
	reply_set(&ok, 250, "2.0.0 it's\nqueued");
	line_is(&note, "host=mail.example.org tls=on auth=on user=me_x "
		"from=me@example.org recipients=a@b.c,d_e@f.g mailsize=123 "
		"smtpstatus=250 smtpmsg='250 2.0.0 it?s\\nqueued' "
		"exitcode=EX_OK");
	err_set(&bad, ERR_TEMP, "can't\nexitcode=EX_OK");
	note = (struct settle_note){ .size = 123, .err = &bad, .delay_s = -1 };
	line_is(&note, "host=mail.example.org tls=on auth=on user=me_x "
		"from=me@example.org recipients=a@b.c,d_e@f.g "
		"errormsg='can?t?exitcode=EX_OK' exitcode=EX_TEMPFAIL");
	reply_clear(&ok);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_sent),
		cmocka_unit_test(test_refused_named),
		cmocka_unit_test(test_temporary_wins),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_many_refused),
		cmocka_unit_test(test_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
