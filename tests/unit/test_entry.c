/* flow/entry: the text of an ID.env. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/xalloc.h"
#include "flow/entry.h"

#define ID "01hzxk3t9qm-a7c"

/* Written by hand from entry.h. */
static const char full[] =
	"ostler-queue 1\n"
	"sending 1\n"
	"id " ID "\n"
	"account work\n"
	"rc /home/a/rc\n"
	"rc-usual 1\n"
	"trust-env 1\n"
	"set host=relay.example\n"
	"set port=25\n"
	"subject tea\\x0aand \\xe2\\x98\\x95\n"
	"size 1000\n"
	"head 300\n"
	"eightbit 1\n"
	"entered 1700000000\n"
	"next 1700000060\n"
	"tries 3\n"
	"held 1\n"
	"notices 2\n"
	"from a@example.org\n"
	"envid id\\x5c7\n"
	"ret 2\n"
	"notify 12\n"
	"rcpt b@example.org\n"
	"orcpt rfc822;B@example.org\n"
	"rcpt-notify 4\n"
	"maybe-sent 1\n"
	"kind 11\n"
	"said 451 4.2.1 later\\x0amuch later\n"
	"xcpt done@example.org\n"
	"rcpt-notify 4\n"
	"kind 11\n"
	"said 451 not his\n"
	"rcpt c@example.org\n"
	"end\n";

static void test_read(void **state)
{
	struct err e = ERR_INIT;
	struct entry en;

	(void)state;
	assert_int_equal(entry_parse(full, strlen(full), ID, &en, &e), 0);
	assert_string_equal(en.id, ID);
	assert_string_equal(en.account, "work");
	assert_string_equal(en.rc_file, "/home/a/rc");
	assert_true(en.rc_usual && en.trust_env);
	assert_int_equal(en.set.n, 2);
	assert_string_equal(en.set.v[1], "port=25");
	assert_string_equal(en.subject, "tea\nand \xe2\x98\x95");
	assert_int_equal(full[ENTRY_SENDING_AT], '1');
	assert_true(en.sending);
	assert_int_equal(en.size, 1000);
	assert_int_equal(en.head, 300);
	assert_true(en.eightbit);
	assert_int_equal(en.entered, 1700000000);
	assert_int_equal(en.next, 1700000060);
	assert_int_equal(en.tries, 3);
	assert_int_equal(en.crashes, 0);
	assert_true(en.held);
	assert_false(en.warned);
	assert_int_equal(en.notices, 2);
	assert_null(en.notice_of);
	assert_string_equal(en.env.from, "a@example.org");
	assert_string_equal(en.env.envid, "id\\7");
	assert_int_equal(en.env.ret, DSN_RET_FULL);
	assert_int_equal(en.env.notify, DSN_FAILURE | DSN_DELAY);
	/* the one struck out is not there, nor are its lines another's */
	assert_int_equal(en.env.n, 2);
	assert_int_equal(en.last_n, 2);
	assert_string_equal(en.env.rcpt[0].addr, "b@example.org");
	assert_string_equal(en.env.rcpt[0].orcpt, "rfc822;B@example.org");
	assert_int_equal(en.env.rcpt[0].notify, DSN_FAILURE);
	assert_int_equal(en.last[0].reply.code, 451);
	assert_string_equal(buf_str(&en.last[0].reply.text),
			    "4.2.1 later\nmuch later");
	assert_true(en.last[0].maybe_sent);
	assert_false(en.last[0].reply.local);
	assert_int_equal(en.last[0].kind, ERR_TEMP);
	assert_int_equal(en.last[0].verdict, DEFERRED);
	assert_string_equal(en.env.rcpt[1].addr, "c@example.org");
	assert_int_equal(en.env.rcpt[1].notify, 0);
	assert_int_equal(en.last[1].reply.code, 0);
	assert_int_equal(en.last[1].verdict, PENDING);
	entry_clear(&en);
}

static void test_write_is_read(void **state)
{
	struct buf text = BUF_INIT(ENTRY_FILE_MAX);
	struct err e = ERR_INIT;
	struct entry en, again;

	(void)state;
	assert_int_equal(entry_parse(full, strlen(full), ID, &en, &e), 0);
	assert_int_equal(entry_print(&en, &text, &e), 0);
	assert_int_equal(entry_parse(text.p, text.len, ID, &again, &e), 0);
	assert_string_equal(again.subject, en.subject);
	assert_string_equal(again.env.envid, en.env.envid);
	assert_int_equal(again.env.n, 2);
	assert_int_equal(again.last[0].reply.code, 451);
	assert_string_equal(buf_str(&again.last[0].reply.text),
			    "4.2.1 later\nmuch later");
	assert_int_equal(again.next, en.next);
	assert_true(again.held && again.trust_env && again.eightbit);
	assert_true(again.rc_usual);
	entry_clear(&en);
	entry_clear(&again);
	buf_free(&text);
}

/* Nobody promises the order in which keys come. */
static void test_any_order(void **state)
{
	static const char odd[] =
		"ostler-queue 1\n"
		"sending 0\n"
		"rcpt b@example.org\n"
		"said 451 later\n"
		"kind 11\n"
		"from a@example.org\n"
		"set port=25\n"
		"next 7\n"
		"entered 5\n"
		"size 10\n"
		"set host=relay.example\n"
		"account work\n"
		"rcpt c@example.org\n"
		"notify 4\n"
		"end\n";
	struct err e = ERR_INIT;
	struct entry en;

	(void)state;
	assert_int_equal(entry_parse(odd, strlen(odd), ID, &en, &e), 0);
	assert_string_equal(en.account, "work");
	assert_string_equal(en.env.from, "a@example.org");
	assert_int_equal(en.env.n, 2);
	assert_int_equal(en.last[0].reply.code, 451);
	assert_int_equal(en.last[0].kind, ERR_TEMP);
	assert_string_equal(en.set.v[0], "port=25");
	assert_string_equal(en.set.v[1], "host=relay.example");
	assert_int_equal(en.next, 7);
	assert_int_equal(en.entered, 5);
	assert_int_equal(en.size, 10);
	assert_int_equal(en.env.notify, DSN_FAILURE);
	entry_clear(&en);
}

/* Whatever stands in a value, it stays one line of one key. */
static void test_foreign_text(void **state)
{
	static const char *const nasty[] = {
		"a\nrcpt evil@example.org", "a\r\nend\n", "", " ", "end",
		"back\\slash", "\\x0a", "\x01\x7f\xff", "trailing ",
	};
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof nasty / sizeof nasty[0]; i++) {
		struct buf text = BUF_INIT(ENTRY_FILE_MAX);
		struct entry en = ENTRY_INIT, again;
		size_t lines = 0;

		strcpy(en.id, ID);
		en.account = xstrdup(nasty[i]);
		en.subject = xstrdup(nasty[i]);
		envelope_set_from(&en.env, nasty[i]);
		envelope_add(&en.env, nasty[i], NULL);
		entry_fresh_last(&en);
		reply_set(&en.last[0].reply, 450, "%s", nasty[i]);
		en.last[0].reply.local = false;
		assert_int_equal(entry_print(&en, &text, &e), 0);
		for (size_t k = 0; k < text.len; k++)
			lines += text.p[k] == '\n';
		assert_int_equal(lines, 14);
		assert_int_equal(text.p[ENTRY_SENDING_AT], '0');
		assert_int_equal(entry_parse(text.p, text.len, ID, &again, &e), 0);
		assert_string_equal(again.account, nasty[i]);
		assert_string_equal(again.subject, nasty[i]);
		assert_string_equal(again.env.from, nasty[i]);
		assert_int_equal(again.env.n, 1);
		assert_string_equal(again.env.rcpt[0].addr, nasty[i]);
		assert_string_equal(buf_str(&again.last[0].reply.text), nasty[i]);
		entry_clear(&en);
		entry_clear(&again);
		buf_free(&text);
	}
}

#define HEAD "ostler-queue 1\naccount a\nfrom b@c\nsize 9\n"

static void test_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "", "no queue file" },
		{ "From: a\n", "no queue file" },
		{ "ostler-queue 1", "no queue file" },
		{ "ostler-queue 2\naccount a\nend\n", "version 2" },
		{ "ostler-queue 10\nend\n", "version 10" },
		{ HEAD, "end is missing" },
		{ HEAD "end", "end is missing" },
		{ HEAD "end\nmore\n", "followed by more" },
		{ HEAD "end\n\n", "followed by more" },
		{ HEAD "future 1\nend\n", "line 5" },
		{ HEAD "\nend\n", "line 5" },
		{ HEAD "account again\nend\n", "line 5" },
		{ HEAD "from again\nend\n", "line 5" },
		{ HEAD "id " ID "x\nend\n", "line 5" },
		{ HEAD "tries -1\nend\n", "line 5" },
		{ HEAD "tries \nend\n", "line 5" },
		{ HEAD "tries\nend\n", "line 5" },
		{ HEAD "next 99999999999999999999\nend\n", "line 5" },
		{ HEAD "held 2\nend\n", "line 5" },
		{ HEAD "subject \\x0\nend\n", "line 5" },
		{ HEAD "subject \\y00\nend\n", "line 5" },
		{ HEAD "subject a\\x00b\nend\n", "line 5" },
		{ HEAD "subject \xe4\nend\n", "line 5" },
		{ HEAD "subject a\rb\nend\n", "line 5" },
		{ HEAD "said 450 early\nend\n", "line 5" },
		{ HEAD "orcpt early\nend\n", "line 5" },
		{ HEAD "rcpt a@b\nsaid 45 x\nend\n", "line 6" },
		{ HEAD "rcpt a@b\nsaid 700 x\nend\n", "line 6" },
		{ HEAD "rcpt a@b\nsaid 450 x\nsaid 450 y\nend\n", "line 7" },
		{ HEAD "rcpt a@b\nrcpt a@B\nend\n", "line 6" },
		{ HEAD "rcpt a@b\nkind 99\nend\n", "line 6" },
		{ HEAD "ret 3\nend\n", "line 5" },
		{ HEAD "head 10\nend\n", "larger" },
		{ "ostler-queue 1\nfrom b@c\nend\n", "account is missing" },
		{ "ostler-queue 1\naccount a\nend\n", "sender is missing" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err e = ERR_INIT;
		struct entry en;

		assert_int_equal(entry_parse(rows[i].text, strlen(rows[i].text),
					     ID, &en, &e), -1);
		assert_int_equal(e.kind, ERR_DATA);
		if (strstr(e.text, rows[i].says) == NULL)
			fail_msg("row %zu: '%s'", i, e.text);
	}
}

/* A file cut off anywhere is not taken for a shorter one. */
static void test_truncated(void **state)
{
	(void)state;
	for (size_t n = 0; n < strlen(full); n++) {
		struct err e = ERR_INIT;
		struct entry en;

		assert_int_equal(entry_parse(full, n, ID, &en, &e), -1);
	}
}

/* "2": nobody is waited for, though the recipients are all there. */
static void test_settled(void **state)
{
	struct err e = ERR_INIT;
	struct entry en;
	char text[sizeof full];

	(void)state;
	memcpy(text, full, sizeof full);
	text[ENTRY_SENDING_AT] = '2';
	assert_int_equal(entry_parse(text, strlen(text), ID, &en, &e), 0);
	assert_int_equal(en.env.n, 0);
	assert_false(en.sending);
	assert_string_equal(en.env.from, "a@example.org");
	entry_clear(&en);
	text[ENTRY_SENDING_AT] = '3';
	assert_int_equal(entry_parse(text, strlen(text), ID, &en, &e), -1);
}

static void test_strike(void **state)
{
	char text[sizeof full];
	struct err e = ERR_INIT;
	struct entry en;
	long at;

	(void)state;
	memcpy(text, full, sizeof full);
	assert_int_equal(entry_strike_at(text, strlen(text), "nobody@x"), -1);
	assert_int_equal(entry_strike_at(text, strlen(text), "b@example.or"), -1);
	at = entry_strike_at(text, strlen(text), "b@example.org");
	assert_true(at > 0);
	assert_memory_equal(text + at, "rcpt b@example.org\n", 19);
	text[at] = 'x';
	assert_int_equal(entry_parse(text, strlen(text), ID, &en, &e), 0);
	assert_int_equal(en.env.n, 1);
	assert_string_equal(en.env.rcpt[0].addr, "c@example.org");
	assert_int_equal(en.last[0].reply.code, 0);
	entry_clear(&en);
}

static void test_cut_off(void **state)
{
	struct err e = ERR_INIT;
	struct entry en;

	(void)state;
	assert_int_equal(entry_parse(full, strlen(full), ID, &en, &e), 0);
	en.next = 5;
	entry_cut_off(&en, false, 1000);
	assert_true(en.last[0].maybe_sent && en.last[1].maybe_sent);
	assert_int_equal(en.last[0].reply.code, 451);
	assert_string_equal(buf_str(&en.last[0].reply.text),
			    "4.2.1 later\nmuch later");
	assert_true(reply_temp(&en.last[1].reply) && en.last[1].reply.local);
	assert_false(en.sending);
	assert_int_equal(en.crashes, 0);
	/* once may be bad luck, again and again is not */
	entry_cut_off(&en, true, 1000);
	assert_int_equal(en.next, 5);
	entry_cut_off(&en, true, 1000);
	assert_int_equal(en.next, 1060);
	entry_cut_off(&en, true, 1000);
	assert_int_equal(en.next, 1120);
	for (int i = 0; i < 50; i++)
		entry_cut_off(&en, true, 1000);
	assert_int_equal(en.next, 1000 + 7200);
	entry_clear(&en);
}

static void test_keep(void **state)
{
	static const bool keep[] = { false, true };
	struct err e = ERR_INIT;
	struct entry en;

	(void)state;
	assert_int_equal(entry_parse(full, strlen(full), ID, &en, &e), 0);
	reply_set(&en.last[1].reply, 450, "of c");
	en.env.rcpt[1].notify = DSN_NEVER;
	entry_keep(&en, keep);
	assert_int_equal(en.env.n, 1);
	assert_int_equal(en.last_n, 1);
	assert_string_equal(en.env.rcpt[0].addr, "c@example.org");
	assert_int_equal(en.env.rcpt[0].notify, DSN_NEVER);
	assert_string_equal(buf_str(&en.last[0].reply.text), "of c");
	assert_string_equal(en.env.from, "a@example.org");
	assert_string_equal(en.env.envid, "id\\7");
	assert_int_equal(en.env.ret, DSN_RET_FULL);
	entry_clear(&en);
}

static void test_ids(void **state)
{
	static const struct {
		const char *id;
		bool ok;
	} rows[] = {
		{ ID, true }, { ID "-b1", true }, { "12345678", true },
		{ "1234567", false }, { "", false }, { "../../etc", false },
		{ "-2345678", false }, { "1234567-", false },
		{ "ABCDEFGH", false }, { "1234.678", false },
		{ "1234567890123456789012345678901234567890", false },
		{ "123456789012345678901234567890123456789", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(entry_id_ok(rows[i].id, strlen(rows[i].id)),
				 rows[i].ok);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_write_is_read),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_foreign_text),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_settled),
		cmocka_unit_test(test_strike),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
