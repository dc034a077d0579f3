/*
 * What leaves of a header: rows of a message's header, the edits asked for,
 * and the block on the wire.
 */
#include "unit.h"

#include "slices.h"
#include "text/edit.h"

enum { BCC = 1, TO_CC = 2, FROM = 4 };

static const struct row {
	struct str in, out;
	unsigned remove;
	const char *from, *to, *date, *msgid, *qualify;
} rows[] = {
	{ S(""), S("\r\n"), BCC, 0, 0, 0, 0, 0 },
	{ S("A: b\n"), S("A: b\r\n\r\n"), BCC, 0, 0, 0, 0, 0 },
	{ S("A: b\n\nbody"), S("A: b\r\n\r\n"), BCC, 0, 0, 0, 0, 0 },
	/* weakness 12: no header at all */
	{ S("hello\n"), S("From: x@y\r\n\r\n"), BCC, "x@y", 0, 0, 0, 0 },
	/* the order of what is added */
	{ S("A: b\n"),
	  S("From: f\r\nTo: t,\r\n u\r\nDate: d\r\nMessage-ID: m\r\nA: b\r\n\r\n"),
	  BCC, "f", "t,\r\n u", "d", "m", 0 },
	/* Bcc: any case, folded, repeated, blank before the colon, Resent-
	 * (weakness 18), behind broken fields (19) */
	{ S("Bcc: x\nA: b\nBCC: y,\n z,\n\tw\nbcc:\nC: d\n"), S("A: b\r\nC: d\r\n\r\n"),
	  BCC, 0, 0, 0, 0, 0 },
	{ S("Bcc : x\nBcc\t \t: y\nA: b\n"), S("A: b\r\n\r\n"), BCC, 0, 0, 0, 0, 0 },
	{ S("Resent-Bcc: x\nresent-bcc : y\n z\nA: b\n"), S("A: b\r\n\r\n"), BCC,
	  0, 0, 0, 0, 0 },
	{ S("\0A: b\nBcc: x\n"), S("\0A: b\r\n\r\n"), BCC, 0, 0, 0, 0, 0 },
	{ S("\0Bcc: x\nB\1cc: y\nBcc\302\240: z\nA: b\n"), S("A: b\r\n\r\n"), BCC,
	  0, 0, 0, 0, 0 },
	{ S("Bcc: x\n \n y\nA: b\n"), S("A: b\r\n\r\n"), BCC, 0, 0, 0, 0, 0 },
	{ S("Bcc\r: x\nA: b\n"), S("A: b\r\n\r\n"), BCC, 0, 0, 0, 0, 0 },
	{ S("Bcc: x\nA: b\n"), S("Bcc: x\r\nA: b\r\n\r\n"), 0, 0, 0, 0, 0, 0 },
	{ S("X-Bcc: x\nBcc-X: y\nBc: z\nBccc: w\n"),
	  S("X-Bcc: x\r\nBcc-X: y\r\nBc: z\r\nBccc: w\r\n\r\n"), BCC, 0, 0, 0, 0, 0 },
	/* a Bcc in the body is the body's */
	{ S("A: b\n\nBcc: x\n"), S("A: b\r\n\r\n"), BCC, 0, 0, 0, 0, 0 },
	{ S("Return-Path: <x@y>\nReceived: z\n"), S("Received: z\r\n\r\n"), 0,
	  0, 0, 0, 0, 0 },
	/* replaced fields */
	{ S("From: a\nfrom : b\n c\nA: b\n"), S("From: f\r\nA: b\r\n\r\n"), BCC | FROM,
	  "f", 0, 0, 0, 0 },
	{ S("To: a\nCc: b\n c\nBcc: d\nResent-To: e\nA: b\n"),
	  S("To: undisclosed-recipients:;\r\nResent-To: e\r\nA: b\r\n\r\n"), TO_CC,
	  0, "undisclosed-recipients:;", 0, 0, 0 },
	/* nothing else is touched: case, blanks, folds, 8-bit, long lines */
	{ S("subJECT:\t a \303\251 \n\n"), S("subJECT:\t a \303\251 \r\n\r\n"), BCC,
	  0, 0, 0, 0, 0 },
	/* bare addresses */
	{ S("From: root (Cron Daemon)\n"), S("From: root@h (Cron Daemon)\r\n\r\n"), BCC,
	  0, 0, 0, 0, "h" },
	{ S("From: Anacron <root>\nTo: root, b@c,\n alice (x)\nReply-To: r\nSender: s\n"
	    "Cc: \"Q, R\" <t>, u;\n"),
	  S("From: Anacron <root@h>\r\nTo: root@h, b@c,\r\n alice@h (x)\r\n"
	    "Reply-To: r@h\r\nSender: s@h\r\nCc: \"Q, R\" <t@h>, u@h;\r\n\r\n"), BCC,
	  0, 0, 0, 0, "h" },
	{ S("Resent-To: a\nresent-FROM: b\nX-To: c\nSubject: d\n"),
	  S("Resent-To: a@h\r\nresent-FROM: b@h\r\nX-To: c\r\nSubject: d\r\n\r\n"), BCC,
	  0, 0, 0, 0, "h" },
	{ S("To: G: a, b@c;, d\n"), S("To: G: a@h, b@c;, d@h\r\n\r\n"), BCC,
	  0, 0, 0, 0, "h" },
	/* what is no address stays */
	{ S("To: Alice Example, bob, \"x\n"),
	  S("To: Alice Example, bob@h, \"x\r\n\r\n"), BCC, 0, 0, 0, 0, "h" },
};

static void read_header(const struct str *in, size_t step, struct header *h)
{
	size_t at = 0, len, used;

	header_init(h);
	while (at < in->n && !header_done(h)) {
		char *slice = slice_next(in->p, in->n, step, &at, &len);

		assert_int_equal(header_feed(h, slice, len, &used, NULL), 0);
		free(slice);
	}
	assert_int_equal(header_end(h, NULL), 0);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		struct edit ed = {
			.remove_bcc = r->remove & BCC,
			.remove_to_cc = r->remove & TO_CC,
			.remove_from = r->remove & FROM,
			.from = r->from, .to = r->to, .date = r->date,
			.msgid = r->msgid, .qualify = r->qualify,
		};

		EACH_STEP(step, r->in.n) {
			struct buf out = BUF_INIT(1000);
			struct header h;

			read_header(&r->in, step, &h);
			assert_int_equal(edit_apply(&ed, &h, &out, NULL), 0);
			assert_bytes(out.p, out.len, r->out.p, r->out.n);
			header_clear(&h);
			buf_free(&out);
		}
	}
}

static void test_bad_bodies(void **state)
{
	static const char *const bad[] = {
		"a\n", "a\r", "a\r\n", "a\r\nBcc: x", "a\n b", "a\r b", "\r\n",
		"a\r\n\r\n b", "a\r\r\n b",
	};
	static const char *const good[] = { "", "a", "a\r\n b", "a\r\n\tb" };
	struct str nothing = S("A: b\n");
	struct header h;

	(void)state;
	read_header(&nothing, 5, &h);
	for (size_t i = 0; i < COUNT(bad) + COUNT(good); i++) {
		bool ok = i >= COUNT(bad);
		const char *body = ok ? good[i - COUNT(bad)] : bad[i];
		const struct edit each[] = {
			{ .from = body }, { .to = body }, { .date = body },
			{ .msgid = body },
		};

		for (size_t k = 0; k < COUNT(each); k++) {
			struct buf out = BUF_INIT(1000);
			struct err e = ERR_INIT;

			assert_int_equal(edit_apply(&each[k], &h, &out, &e),
					 ok ? 0 : -1);
			assert_int_equal(e.kind, ok ? ERR_NONE : ERR_DATA);
			buf_free(&out);
		}
	}
	header_clear(&h);
}

static void test_full(void **state)
{
	struct str in = S("A: 0123456789\n");
	struct buf out = BUF_INIT(16);
	struct edit ed = { .remove_bcc = true };
	struct err e = ERR_INIT;
	struct header h;

	(void)state;
	read_header(&in, 100, &h);
	assert_int_equal(edit_apply(&ed, &h, &out, &e), -1);
	assert_int_equal(e.kind, ERR_DATA);
	buf_free(&out);
	buf_init(&out, 17);
	assert_int_equal(edit_apply(&ed, &h, &out, &e), 0);
	buf_free(&out);
	header_clear(&h);
}

/* A sender that the relay would refuse gives way, in place; others stay. */
static bool is_bare(const void *ctx, const char *spec)
{
	(void)ctx;
	return strchr(spec, '@') == NULL;
}

static void test_sender(void **state)
{
	static const char in[] =
		"From: root (Cron Daemon)\r\n"
		"Sender: \"The Host\" <root>,\r\n <joe@far.example>\r\n"
		"Reply-To: root\r\n"
		"To: root\r\n";
	static const char want[] =
		"X-Original-From: root (Cron Daemon)\r\n"
		"From: me@example.org (Cron Daemon)\r\n"
		"Sender: \"The Host\" <me@example.org>,\r\n <joe@far.example>\r\n"
		"Reply-To: root@example.net\r\n"
		"To: root@example.net\r\n"
		"\r\n";
	const struct edit ed = {
		.sender = "me@example.org", .sender_for = is_bare,
		.original_from = "root (Cron Daemon)", .qualify = "example.net",
	};
	struct buf out = BUF_INIT(65536);
	struct err e = ERR_INIT;
	struct header h;
	size_t used;

	(void)state;
	header_init(&h);
	assert_int_equal(header_feed(&h, in, sizeof in - 1, &used, &e), 0);
	assert_int_equal(header_end(&h, &e), 0);
	assert_int_equal(edit_apply(&ed, &h, &out, &e), 0);
	assert_bytes(out.p, out.len, want, sizeof want - 1);
	header_clear(&h);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sender),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bad_bodies),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
