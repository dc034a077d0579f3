/*
 * src/wire/reply: RFC 5321 section 4.2 and what servers make of it.
 */
#include "unit.h"

#include "slices.h"
#include "wire/reply.h"

struct row {
	const char *in;
	size_t n;
	int ret;		/* of the last reply_feed() */
	int code;
	const char *text;	/* after 1 */
	const char *left;	/* bytes not taken, after 1 */
};
#define IN(s) (s), sizeof(s) - 1

static const struct row rows[] = {
	{ IN("220 relay.example ESMTP\r\n"), 1, 220, "relay.example ESMTP", "" },
	{ IN("250-a\r\n250-b c\r\n250 d\r\n"), 1, 250, "a\nb c\nd", "" },
	{ IN("250-\r\n250 \r\n"), 1, 250, "\n", "" },
	{ IN("250\r\n"), 1, 250, "", "" },
	{ IN("250-a\r\n250\r\n"), 1, 250, "a\n", "" },
	{ IN("250 ok\n"), 1, 250, "ok", "" },
	{ IN("250-a\n250 b\r\n"), 1, 250, "a\nb", "" },
	{ IN("354 go\r\n250 next\r\n"), 1, 354, "go", "250 next\r\n" },
	{ IN("599  two blanks\r\n"), 1, 599, " two blanks", "" },
	{ IN("250 a\rb\r\n"), 1, 250, "a\rb", "" },
	{ IN("250 nul\0here\r\n"), 1, 250, NULL, "" },
	/* more is needed */
	{ IN(""), 0, 0, NULL, NULL },
	{ IN("2"), 0, 0, NULL, NULL },
	{ IN("250"), 0, 0, NULL, NULL },
	{ IN("250 ok"), 0, 0, NULL, NULL },
	{ IN("250 ok\r"), 0, 0, NULL, NULL },
	{ IN("250-ok\r\n"), 0, 0, NULL, NULL },
	{ IN("250-ok\r\n250"), 0, 0, NULL, NULL },
	/* no reply, seen before the line is whole */
	{ IN("HTTP"), -1, 0, NULL, NULL },
	{ IN("\x15\x03\x01"), -1, 0, NULL, NULL },
	{ IN("\0"), -1, 0, NULL, NULL },
	{ IN("2a"), -1, 0, NULL, NULL },
	{ IN("2500"), -1, 0, NULL, NULL },
	{ IN("25 "), -1, 0, NULL, NULL },
	{ IN("150 "), -1, 0, NULL, NULL },
	{ IN("999 "), -1, 0, NULL, NULL },
	{ IN("600 "), -1, 0, NULL, NULL },
	{ IN(" 250"), -1, 0, NULL, NULL },
	{ IN("250:"), -1, 0, NULL, NULL },
	{ IN("\r\n"), -1, 0, NULL, NULL },
	{ IN("\n"), -1, 0, NULL, NULL },
	{ IN("25\r\n"), -1, 0, NULL, NULL },
	{ IN("25\n"), -1, 0, NULL, NULL },
	{ IN("250\rx\r\n"), -1, 0, NULL, NULL },
	/* contradictory */
	{ IN("250-a\r\n550 b\r\n"), -1, 0, NULL, NULL },
	{ IN("550-a\r\n250 b\r\n"), -1, 0, NULL, NULL },
	{ IN("250-a\r\nb\r\n"), -1, 0, NULL, NULL },
};

/* Feed slices of STEP bytes until the parser says something but "more". */
static int feed(const char *p, size_t n, size_t step, struct reply *r,
		size_t *taken, struct err *e, bool *partial)
{
	struct reply_parser parser;
	size_t at = 0;
	int ret = 0;

	reply_parser_init(&parser);
	*taken = 0;
	while (ret == 0 && at < n) {
		size_t len, used;
		char *slice = slice_next(p, n, step, &at, &len);

		ret = reply_feed(&parser, slice, len, &used, r, e);
		assert_true(used <= len);
		*taken += used;
		free(slice);
	}
	*partial = reply_parser_partial(&parser);
	reply_parser_clear(&parser);
	return ret;
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];

		EACH_STEP(step, row->n) {
			struct reply r = REPLY_INIT;
			struct err e = ERR_INIT;
			size_t taken;
			bool partial;
			int ret = feed(row->in, row->n, step, &r, &taken, &e, &partial);

			if (ret != row->ret)
				print_error("row %zu step %zu\n", i, step);
			assert_int_equal(ret, row->ret);
			if (ret == 1) {
				assert_int_equal(r.code, row->code);
				assert_false(r.local);
				assert_false(partial);
				if (row->text != NULL)
					assert_bytes(buf_str(&r.text), r.text.len,
						     row->text, strlen(row->text));
				assert_bytes(row->in + taken, row->n - taken, row->left,
					     strlen(row->left));
			} else if (ret == 0) {
				assert_int_equal(taken, row->n);
				assert_int_equal(partial, row->n > 0);
			} else {
				assert_int_equal(e.kind, ERR_PROTOCOL);
				assert_true(e.text[0] != '\0');
			}
			reply_clear(&r);
		}
	}
}

static void test_text_keeps_nul(void **state)
{
	struct reply r = REPLY_INIT;
	struct buf line = BUF_INIT(1000);
	struct err e = ERR_INIT;
	size_t taken;
	bool partial;

	(void)state;
	assert_int_equal(feed("250 a\0b\r\n", 9, 9, &r, &taken, &e, &partial), 1);
	assert_bytes(r.text.p, r.text.len, "a\0b", 3);
	reply_print(&r, &line);
	assert_string_equal(buf_str(&line), "250 a?b");
	buf_free(&line);
	reply_clear(&r);
}

/* FILL bytes of text in one line, with and without its end. */
static int feed_line(size_t fill, size_t max, bool end)
{
	struct buf line = BUF_INIT(1 << 20);
	struct reply r = REPLY_INIT;
	struct reply_parser p;
	struct err e = ERR_INIT;
	size_t used;
	int ret;

	buf_adds(&line, "250 ");
	for (size_t i = 0; i < fill; i++)
		buf_addc(&line, 'x');
	if (end)
		buf_adds(&line, "\r\n");
	reply_parser_init(&p);
	if (max > 0)
		p.line_max = max;
	ret = reply_feed(&p, line.p, line.len, &used, &r, &e);
	assert_true(p.line.cap <= REPLY_SASL_MAX);
	if (ret < 0)
		assert_int_equal(e.kind, ERR_PROTOCOL);
	if (ret > 0)
		assert_int_equal(r.text.len, fill);
	reply_parser_clear(&p);
	reply_clear(&r);
	buf_free(&line);
	return ret;
}

static void test_line_limit(void **state)
{
	(void)state;
	assert_int_equal(feed_line(REPLY_LINE_MAX - 5, 0, true), 1);
	assert_int_equal(feed_line(REPLY_LINE_MAX - 4, 0, false), 0);
	assert_int_equal(feed_line(REPLY_LINE_MAX - 3, 0, false), -1);
	assert_int_equal(feed_line(1000000, 0, true), -1);
	assert_int_equal(feed_line(90000, REPLY_SASL_MAX, true), 1);
	assert_int_equal(feed_line(1000000, REPLY_SASL_MAX, false), -1);
}

/* How many lines of TEXT until the parser has enough? */
static size_t endless(const char *text, struct err *e)
{
	struct reply r = REPLY_INIT;
	struct reply_parser p;
	size_t used, n = 0;
	int ret;

	reply_parser_init(&p);
	do {
		ret = reply_feed(&p, text, strlen(text), &used, &r, e);
		n++;
	} while (ret == 0 && n < 100000);
	assert_int_equal(ret, -1);
	assert_true(r.text.cap <= REPLY_TEXT_MAX);
	reply_parser_clear(&p);
	reply_clear(&r);
	return n;
}

static void test_endless(void **state)
{
	char line[1000];
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(endless("250-x\r\n", &e), REPLY_LINES_MAX + 1);
	assert_int_equal(e.kind, ERR_PROTOCOL);
	memset(line, 'y', sizeof line);
	memcpy(line, "250-", 4);
	memcpy(line + sizeof line - 3, "\r\n", 3);
	/* Each line adds 993 bytes and the LF between. */
	assert_int_equal(endless(line, &e), REPLY_TEXT_MAX / 994 + 1);
}

static void test_enhanced(void **state)
{
	static const struct { int code; const char *text, *want; } in[] = {
		{ 550, "5.1.1 no such user", "5.1.1" },
		{ 250, "2.0.0", "2.0.0" },
		{ 451, "4.7.100 wait\nmore", "4.7.100" },
		{ 550, "5.1.1\nno", "5.1.1" },
		{ 550, "4.1.1 another class", "" },
		{ 354, "3.0.0 no such class", "" },
		{ 550, "5.1 too short", "" },
		{ 550, "5.1.", "" },
		{ 550, "5.1.1111 long", "" },
		{ 550, "5.1.1no", "" },
		{ 550, "", "" },
		{ 550, "no", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(in); i++) {
		struct reply r = REPLY_INIT;
		char out[16] = "unset";

		r.code = in[i].code;
		buf_adds(&r.text, in[i].text);
		assert_int_equal(reply_enhanced(&r, out), in[i].want[0] != '\0');
		assert_string_equal(out, in[i].want);
		reply_clear(&r);
	}
}

static void test_print(void **state)
{
	static const struct { int code; const char *text, *want; } in[] = {
		{ 250, "", "250" },
		{ 550, "5.1.1 no such user", "550 5.1.1 no such user" },
		{ 550, "5.1.1 a\n5.1.1 b\n5.1.1", "550 5.1.1 a b" },
		{ 550, "5.1.1\n5.1.1 b\nc", "550 5.1.1 b c" },
		{ 550, "a\n\nb", "550 a b" },
		{ 550, "\033[31mred\r\n550 forged", "550 ?[31mred? 550 forged" },
		{ 550, "a\xe2\x80\xae" "b\xff", "550 a?b?" },
		{ 550, "gr\xc3\xbc\xc3\x9f", "550 gr\xc3\xbc\xc3\x9f" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(in); i++) {
		struct reply r = REPLY_INIT;
		struct buf out = BUF_INIT(10000);

		r.code = in[i].code;
		buf_adds(&r.text, in[i].text);
		buf_adds(&out, "<");
		reply_print(&r, &out);
		assert_string_equal(buf_str(&out) + 1, in[i].want);
		buf_free(&out);
		reply_clear(&r);
	}
}

static void test_print_is_cut(void **state)
{
	struct reply r = REPLY_INIT;
	struct buf out = BUF_INIT(10000);

	(void)state;
	r.code = 550;
	for (int i = 0; i < 3000; i++)
		buf_adds(&r.text, i % 30 == 29 ? "\n" : "\xc3\xa4");
	reply_print(&r, &out);
	assert_in_range(out.len, REPLY_PRINT_MAX - 8, REPLY_PRINT_MAX);
	assert_null(strchr(out.p, '\n'));
	assert_null(strchr(out.p, '?'));
	buf_free(&out);
	reply_clear(&r);
}

static void test_set_copy_clear(void **state)
{
	struct reply a = REPLY_INIT, b = REPLY_INIT;

	(void)state;
	reply_set(&a, 451, "4.4.2 %s", "line lost");
	assert_true(a.local);
	assert_true(reply_temp(&a) && !reply_ok(&a) && !reply_perm(&a));
	reply_set(&b, 250, "old");
	assert_true(reply_ok(&b));
	reply_copy(&b, &a);
	assert_int_equal(b.code, 451);
	assert_true(b.local);
	assert_string_equal(buf_str(&b.text), "4.4.2 line lost");
	reply_copy(&b, &b);
	assert_string_equal(buf_str(&b.text), "4.4.2 line lost");
	reply_copy_cut(&b, &a, 5);
	assert_string_equal(buf_str(&b.text), "4.4.2");
	reply_clear(&a);
	reply_clear(&a);
	assert_int_equal(a.code, 0);
	assert_false(a.local);
	reply_copy(&b, &a);
	assert_int_equal(b.code, 0);
	assert_int_equal(b.text.len, 0);
	reply_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_text_keeps_nul),
		cmocka_unit_test(test_line_limit),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_enhanced),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_print_is_cut),
		cmocka_unit_test(test_set_copy_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
