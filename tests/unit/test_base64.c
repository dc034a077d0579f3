/*
 * Base 64: the vectors of RFC 4648 section 10, and what is none.
 */
#include "unit.h"

#include "base/base64.h"
#include "base/buf.h"

static const struct {
	struct str plain, coded;
} pairs[] = {
	{ S(""), S("") },
	{ S("f"), S("Zg==") },
	{ S("fo"), S("Zm8=") },
	{ S("foo"), S("Zm9v") },
	{ S("foob"), S("Zm9vYg==") },
	{ S("fooba"), S("Zm9vYmE=") },
	{ S("foobar"), S("Zm9vYmFy") },
	{ S("\0\0\0"), S("AAAA") },
	{ S("\377\377\377"), S("////") },
	{ S("\373\357\276"), S("++++") },
};

static void test_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct buf out = BUF_INIT(100);

		base64_encode(&out, pairs[i].plain.p, pairs[i].plain.n);
		assert_bytes(out.p, out.len, pairs[i].coded.p, pairs[i].coded.n);
		buf_clear(&out);
		buf_adds(&out, "x");
		assert_int_equal(base64_decode(&out, pairs[i].coded.p,
					       pairs[i].coded.n), 0);
		assert_bytes(out.p + 1, out.len - 1, pairs[i].plain.p,
			     pairs[i].plain.n);
		buf_free(&out);
	}
}

static void test_bad(void **state)
{
	static const struct str bad[] = {
		S("Z"), S("Zg"), S("Zg="), S("Zg==="), S("===="), S("Z==="),
		S("Zh=="), S("Zm9="), S("Zg==Zg=="), S("Zm=v"), S("Zm 9"),
		S("Zm9\n"), S("Zm9v\n"), S("Zm9-"), S("Zm9_"), S("Zm\0v"),
		S("Zm9\377"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct buf out = BUF_INIT(100);

		buf_adds(&out, "keep");
		assert_int_equal(base64_decode(&out, bad[i].p, bad[i].n), -1);
		assert_string_equal(out.p, "keep");
		buf_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
