/*
 * Dot-stuffing and line ends, and the facts gathered beside them.  Each row
 * states both forms; traits must agree with the unstuffed one.
 */
#include "unit.h"

#include "base/buf.h"
#include "slices.h"
#include "text/dot.h"
#include "text/traits.h"

static const struct row {
	struct str in, plain, stuffed;
	uint64_t lines;
	size_t longest;
	bool eightbit, nul, barecr;
} rows[] = {
	{ S(""), S(""), S(""), 0, 0, 0, 0, 0 },
	{ S("a"), S("a\r\n"), S("a\r\n"), 1, 1, 0, 0, 0 },
	{ S("a\n"), S("a\r\n"), S("a\r\n"), 1, 1, 0, 0, 0 },
	{ S("a\r\n"), S("a\r\n"), S("a\r\n"), 1, 1, 0, 0, 0 },
	{ S("a\r\r\n"), S("a\r\n"), S("a\r\n"), 1, 1, 0, 0, 0 },
	{ S("a\r\r\r\n"), S("a \r\n"), S("a \r\n"), 1, 2, 0, 0, 1 },
	{ S("\n"), S("\r\n"), S("\r\n"), 1, 0, 0, 0, 0 },
	{ S("\r\n"), S("\r\n"), S("\r\n"), 1, 0, 0, 0, 0 },
	{ S("\n\n\n"), S("\r\n\r\n\r\n"), S("\r\n\r\n\r\n"), 3, 0, 0, 0, 0 },
	{ S("a\r"), S("a \r\n"), S("a \r\n"), 1, 2, 0, 0, 1 },
	{ S("\r"), S(" \r\n"), S(" \r\n"), 1, 1, 0, 0, 1 },
	{ S("\r\r"), S("  \r\n"), S("  \r\n"), 1, 2, 0, 0, 1 },
	{ S("a\rb\n"), S("a b\r\n"), S("a b\r\n"), 1, 3, 0, 0, 1 },
	{ S("a\r\rb\n"), S("a  b\r\n"), S("a  b\r\n"), 1, 4, 0, 0, 1 },
	{ S("."), S(".\r\n"), S("..\r\n"), 1, 1, 0, 0, 0 },
	{ S(".\n"), S(".\r\n"), S("..\r\n"), 1, 1, 0, 0, 0 },
	{ S("..\n.a\nb.\n"), S("..\r\n.a\r\nb.\r\n"), S("...\r\n..a\r\nb.\r\n"),
	  3, 2, 0, 0, 0 },
	/* ends of data as lax servers see them */
	{ S("a\n.\nb\n"), S("a\r\n.\r\nb\r\n"), S("a\r\n..\r\nb\r\n"), 3, 1, 0, 0, 0 },
	{ S("a\r\n.\r\nb"), S("a\r\n.\r\nb\r\n"), S("a\r\n..\r\nb\r\n"), 3, 1, 0, 0, 0 },
	{ S("a\r.\rb\n"), S("a . b\r\n"), S("a . b\r\n"), 1, 5, 0, 0, 1 },
	{ S("a\n.\rb\n"), S("a\r\n. b\r\n"), S("a\r\n.. b\r\n"), 2, 3, 0, 0, 1 },
	{ S("a\r.\nb\n"), S("a .\r\nb\r\n"), S("a .\r\nb\r\n"), 2, 3, 0, 0, 1 },
	{ S("a\n\r.\r\nb"), S("a\r\n .\r\nb\r\n"), S("a\r\n .\r\nb\r\n"), 3, 2, 0, 0, 1 },
	{ S("a\r\n\r.\r\n"), S("a\r\n .\r\n"), S("a\r\n .\r\n"), 2, 2, 0, 0, 1 },
	{ S("a\r\n.\r\r\n"), S("a\r\n.\r\n"), S("a\r\n..\r\n"), 2, 1, 0, 0, 0 },
	{ S("a\n.\r\r\r\n"), S("a\r\n. \r\n"), S("a\r\n.. \r\n"), 2, 2, 0, 0, 1 },
	/* any byte */
	{ S("a\0b\n\0\n"), S("a\0b\r\n\0\r\n"), S("a\0b\r\n\0\r\n"), 2, 3, 0, 1, 0 },
	{ S("\303\251\n"), S("\303\251\r\n"), S("\303\251\r\n"), 1, 2, 1, 0, 0 },
	{ S("12345678\377"), S("12345678\377\r\n"), S("12345678\377\r\n"), 1, 9, 1, 0, 0 },
	/* mixed in one message */
	{ S("1\n2\r\n3\r\r\n4\n\n5"), S("1\r\n2\r\n3\r\n4\r\n\r\n5\r\n"),
	  S("1\r\n2\r\n3\r\n4\r\n\r\n5\r\n"), 6, 1, 0, 0, 0 },
};

static void feed(const struct row *r, bool stuff, size_t step, struct buf *out)
{
	struct dot d;
	size_t at = 0, len;

	dot_init(&d, stuff);
	while (at < r->in.n) {
		char *slice = slice_next(r->in.p, r->in.n, step, &at, &len);

		dot_feed(&d, slice, len, out);
		dot_feed(&d, NULL, 0, out);
		free(slice);
	}
	dot_end(&d, out);
}

static void test_rows(void **state)
{
	struct buf out = BUF_INIT(1000);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		EACH_STEP(step, rows[i].in.n) {
			feed(&rows[i], false, step, &out);
			assert_bytes(out.p, out.len, rows[i].plain.p, rows[i].plain.n);
			buf_clear(&out);
			feed(&rows[i], true, step, &out);
			assert_bytes(out.p, out.len, rows[i].stuffed.p,
				     rows[i].stuffed.n);
			buf_clear(&out);
		}
	}
	buf_free(&out);
}

static void test_traits(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		EACH_STEP(step, rows[i].in.n) {
			struct traits t;
			size_t at = 0, len;

			traits_init(&t);
			while (at < rows[i].in.n) {
				char *slice = slice_next(rows[i].in.p, rows[i].in.n,
							 step, &at, &len);

				traits_feed(&t, slice, len);
				traits_feed(&t, NULL, 0);
				free(slice);
			}
			traits_end(&t);
			assert_int_equal(t.raw, rows[i].in.n);
			assert_int_equal(t.size, rows[i].plain.n);
			assert_int_equal(t.lines, rows[i].lines);
			assert_int_equal(t.longest, rows[i].longest);
			assert_int_equal(t.eightbit, rows[i].eightbit);
			assert_int_equal(t.nul, rows[i].nul);
			assert_int_equal(t.barecr, rows[i].barecr);
		}
	}
}

/*
 * Weaknesses 1 and 13: lines whose length meets a block size, with and
 * without a line end, with a CR at the seam.
 */
static void test_seams(void **state)
{
	static const size_t sizes[] = { 1, 511, 512, 1022, 1023, 1024, 2046, 4096,
					65535, 65536 };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct buf out = BUF_INIT(300000);
		size_t n = sizes[i];
		char *line = malloc(2 * n + 3);
		struct dot d;

		assert_non_null(line);
		memset(line, 'x', 2 * n + 3);
		line[n] = '\r';
		dot_init(&d, true);
		for (size_t at = 0; at < 2 * n + 1; at += n)
			dot_feed(&d, line + at, 2 * n + 1 - at < n ?
				 2 * n + 1 - at : n, &out);
		dot_end(&d, &out);
		assert_int_equal(out.len, 2 * n + 3);
		assert_int_equal(out.p[n], ' ');
		assert_memory_equal(out.p + out.len - 3, "x\r\n", 3);
		free(line);
		buf_free(&out);
	}
}

static void test_full(void **state)
{
	struct buf out = BUF_INIT(4);
	struct dot d;

	(void)state;
	dot_init(&d, false);
	dot_feed(&d, "abcdef\n", 7, &out);
	assert_true(out.full);
	assert_true(out.len <= 4);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_traits),
		cmocka_unit_test(test_seams),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
