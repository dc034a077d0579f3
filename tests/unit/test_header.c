/*
 * Reading a header block: what belongs to it, what the body begins with,
 * and each field's parts.
 */
#include "unit.h"

#include "slices.h"
#include "text/header.h"

#define FIELDS 8

static const struct row {
	struct str in, text, rest;	/* rest: with what was not taken */
	const char *names[FIELDS];
} rows[] = {
	{ S(""), S(""), S(""), { 0 } },
	{ S("\n"), S(""), S(""), { 0 } },
	{ S("\r\n"), S(""), S(""), { 0 } },
	{ S("\nbody"), S(""), S("body"), { 0 } },
	{ S("A: b\n\nbody\n"), S("A: b\r\n"), S("body\n"), { "A" } },
	{ S("A: b\r\n\r\nbody\r\n"), S("A: b\r\n"), S("body\r\n"), { "A" } },
	{ S("A: b\r\r\n\r\r\nbody"), S("A: b\r\n"), S("body"), { "A" } },
	{ S("A: b\r\n\nC: d\n"), S("A: b\r\n"), S("C: d\n"), { "A" } },
	{ S("A: b\nC: d"), S("A: b\r\nC: d\r\n"), S(""), { "A", "C" } },
	{ S("A: b\r"), S("A: b \r\n"), S(""), { "A" } },
	{ S("A:b\nC:d\n"), S("A:b\r\nC:d\r\n"), S(""), { "A", "C" } },
	{ S("A:\n\n"), S("A:\r\n"), S(""), { "A" } },
	{ S("A: b\n c\n\td\nE: f\n\n"), S("A: b\r\n c\r\n\td\r\nE: f\r\n"), S(""),
	  { "A", "E" } },
	{ S("A: b\n \t\n c\n\n"), S("A: b\r\n \t\r\n c\r\n"), S(""), { "A" } },
	{ S("A: b\n \n\nx"), S("A: b\r\n \r\n"), S("x"), { "A" } },
	{ S("A \t: b\nB : c\n\n"), S("A \t: b\r\nB : c\r\n"), S(""), { "A", "B" } },
	{ S("A: b\rc\r\n\n"), S("A: b c\r\n"), S(""), { "A" } },
	/* the first line that cannot be a field begins the body */
	{ S("hello\nworld\n"), S(""), S("hello\nworld\n"), { 0 } },
	{ S("hello"), S(""), S("hello"), { 0 } },
	{ S("A: b\nhello\n\nx"), S("A: b\r\n"), S("hello\n\nx"), { "A" } },
	{ S("A: b\nhello"), S("A: b\r\n"), S("hello"), { "A" } },
	{ S("A: b\nhello you: x\n"), S("A: b\r\n"), S("hello you: x\n"), { "A" } },
	{ S("A: b\n: x\n"), S("A: b\r\n"), S(": x\n"), { "A" } },
	{ S("A: b\n.\n"), S("A: b\r\n"), S(".\n"), { "A" } },
	{ S(" A: b\nC: d\n"), S(""), S(" A: b\nC: d\n"), { 0 } },
	{ S("\tx\n"), S(""), S("\tx\n"), { 0 } },
	{ S("\rA: b\n"), S(""), S("\rA: b\n"), { 0 } },
	/* a stray CR is a blank: here it folds, there it is before ":" */
	{ S("A: b\n\rB: c\n\n"), S("A: b\r\n B: c\r\n"), S(""), { "A" } },
	{ S("B\r: c\n\n"), S("B : c\r\n"), S(""), { "B" } },
	/* mbox lines */
	{ S("From a@b Sat Nov 21 23:00:42 2026\nA: b\n\nx"), S("A: b\r\n"), S("x"),
	  { "A" } },
	{ S(">From a@b Sat Nov 21 23:00:42 2026\r\nA: b\n\nx"), S("A: b\r\n"), S("x"),
	  { "A" } },
	{ S("From a@b\nA: b\n\nx"), S("A: b\r\n"), S("x"), { "A" } },
	{ S("From a@b Sat Nov 21 23:00:42 2026\n\nx"), S(""), S("x"), { 0 } },
	{ S("From now on\n\nx"), S(""), S("From now on\n\nx"), { 0 } },
	{ S("From now on\nwe are\n"), S(""), S("From now on\nwe are\n"), { 0 } },
	{ S("From now on\n folded\n"), S(""), S("From now on\n folded\n"), { 0 } },
	{ S("From now on"), S(""), S("From now on"), { 0 } },
	{ S("From now on\n"), S(""), S("From now on\n"), { 0 } },
	{ S("From a\nFrom b\nA: c\n"), S(""), S("From a\nFrom b\nA: c\n"), { 0 } },
	{ S("A: b\nFrom c Sat Nov 21 23:00:42 2026\n"), S("A: b\r\n"),
	  S("From c Sat Nov 21 23:00:42 2026\n"), { "A" } },
	{ S("From : a@b\n\n"), S("From : a@b\r\n"), S(""), { "From" } },
	{ S("From: a@b\n\n"), S("From: a@b\r\n"), S(""), { "From" } },
	/* weakness 19: a NUL or control must not end the header */
	{ S("A: b\n\0C: d\nBcc: e\n\nx"), S("A: b\r\n\0C: d\r\nBcc: e\r\n"), S("x"),
	  { "A", "C", "Bcc" } },
	{ S("\0A: b\nBcc: e\n\nx"), S("\0A: b\r\nBcc: e\r\n"), S("x"), { "A", "Bcc" } },
	{ S("\0hello you: b\nBcc: e\n"), S("\0hello you: b\r\nBcc: e\r\n"), S(""),
	  { "helloyou", "Bcc" } },
	{ S("B\0c\1c\177: e\n"), S("B\0c\1c\177: e\r\n"), S(""), { "Bcc" } },
	{ S("Bcc\302\240: e\n"), S("Bcc\302\240: e\r\n"), S(""), { "Bcc" } },
	{ S("\0x\n"), S(""), S("\0x\n"), { 0 } },
	{ S("A: b\0c\n\0\n"), S("A: b\0c\r\n"), S("\0\n"), { "A" } },
};

/* Feed in steps; the body is what was held and what was not taken. */
static void run(const struct str *in, size_t step, struct header *h,
		struct buf *rest)
{
	size_t at = 0, len, used, taken = 0;

	header_init(h);
	while (at < in->n && !header_done(h)) {
		char *slice = slice_next(in->p, in->n, step, &at, &len);

		assert_int_equal(header_feed(h, slice, len, &used, NULL), 0);
		assert_true(used <= len);
		assert_true(used == len || header_done(h));
		free(slice);
		taken += used;
	}
	assert_int_equal(header_end(h, NULL), 0);
	assert_true(header_done(h));
	buf_add(rest, buf_str(header_rest(h)), header_rest(h)->len);
	buf_add(rest, in->p + taken, in->n - taken);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		EACH_STEP(step, rows[i].in.n) {
			struct buf rest = BUF_INIT(1000);
			struct header h;
			size_t n = 0, total = 0;

			run(&rows[i].in, step, &h, &rest);
			assert_bytes(h.text.p, h.text.len, rows[i].text.p,
				     rows[i].text.n);
			assert_bytes(rest.p, rest.len, rows[i].rest.p,
				     rows[i].rest.n);
			while (n < FIELDS && rows[i].names[n] != NULL)
				n++;
			assert_int_equal(h.n, n);
			for (size_t k = 0; k < n; k++) {
				assert_int_equal(h.v[k].off, total);
				total += h.v[k].len;
				assert_true(header_is(&h, k, rows[i].names[k]));
				assert_int_equal(h.text.p[h.v[k].off +
						 h.v[k].body - 1], ':');
			}
			assert_int_equal(total, h.text.len);
			header_clear(&h);
			buf_free(&rest);
		}
	}
}

static void parse(struct header *h, const char *text)
{
	size_t used;

	header_init(h);
	assert_int_equal(header_feed(h, text, strlen(text), &used, NULL), 0);
	assert_int_equal(header_end(h, NULL), 0);
}

static void test_lookup(void **state)
{
	struct header h;
	const char *body;
	size_t n;

	(void)state;
	parse(&h, "to: a\nTO : b\n c\nX-To: d\nT: e\nToo: f\n\n");
	assert_int_equal(header_find(&h, 0, "To"), 0);
	assert_int_equal(header_find(&h, 1, "To"), 1);
	assert_int_equal(header_find(&h, 2, "To"), h.n);
	assert_false(header_is(&h, 3, "To"));
	body = header_body(&h, 1, &n);
	assert_bytes(body, n, " b\r\n c\r\n", 8);
	assert_int_equal(h.v[1].name_len, 2);
	header_clear(&h);
}

static void test_resent(void **state)
{
	static const struct {
		const char *in;
		size_t from, to;
	} cases[] = {
		{ "To: a\n\n", 1, 1 },
		{ "Resent-To: a\n\n", 0, 1 },
		{ "Received: x\nresent-to: a\nRESENT-Date: b\nTo: c\nResent-Cc: d\n\n", 1, 3 },
		{ "Resent: a\nTo: b\n\n", 2, 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct header h;
		size_t from, to;

		parse(&h, cases[i].in);
		header_resent(&h, &from, &to);
		assert_int_equal(from, cases[i].from);
		assert_int_equal(to, cases[i].to);
		header_clear(&h);
	}
}

/* The block may have HEADER_MAX bytes and no more, however it comes. */
static void test_ceiling(void **state)
{
	static const size_t steps[] = { 1000, 4096, HEADER_MAX + 10 };
	char *big = malloc(HEADER_MAX + 10);

	(void)state;
	assert_non_null(big);
	for (size_t s = 0; s < COUNT(steps); s++) {
		for (size_t over = 0; over < 2; over++) {
			struct err e = ERR_INIT;
			struct header h;
			size_t used, n = HEADER_MAX - 1 + over;
			int ret = 0;

			memset(big, 'x', n);
			memcpy(big, "A:", 2);
			big[n - 1] = '\n';	/* becomes two */
			header_init(&h);
			for (size_t at = 0; at < n && ret == 0; at += steps[s])
				ret = header_feed(&h, big + at, n - at < steps[s] ?
						  n - at : steps[s], &used, &e);
			assert_int_equal(ret, over ? -1 : 0);
			assert_int_equal(e.kind, over ? ERR_DATA : ERR_NONE);
			assert_true(h.text.len <= HEADER_MAX);
			header_clear(&h);
		}
	}
	free(big);
}

static void test_many_fields(void **state)
{
	struct header h;
	size_t used;
	int ret = 0;

	(void)state;
	header_init(&h);
	for (size_t i = 0; i < HEADER_FIELDS_MAX; i++)
		assert_int_equal(header_feed(&h, "a:\n", 3, &used, NULL), 0);
	ret = header_feed(&h, "a:\n", 3, &used, NULL);
	assert_int_equal(ret, -1);
	header_clear(&h);
}

/* A line is known to be body before all of it is there. */
static void test_long_line(void **state)
{
	struct header h;
	char line[4096];
	size_t used;

	(void)state;
	memset(line, 'x', sizeof line);
	header_init(&h);
	assert_int_equal(header_feed(&h, line, sizeof line, &used, NULL), 0);
	assert_true(header_done(&h));
	assert_true(used < sizeof line);
	assert_int_equal(header_rest(&h)->len, used);
	header_clear(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_resent),
		cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_many_fields),
		cmocka_unit_test(test_long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
