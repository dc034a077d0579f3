/*
 * The secret in a server's words: "sesame" plainly and in base 64 at each of
 * its three distances (encoded by another program).
 */
#include "unit.h"

#include "base/buf.h"
#include "base/secret.h"
#include "wire/echo.h"

static const struct {
	struct str secret, text, masked;
} rows[] = {
	{ S("sesame"), S("5.7.8 wrong password"), S("5.7.8 wrong password") },
	{ S("sesame"), S("sesame"), S("******") },
	{ S("sesame"), S("not sesame, sesamesesame"), S("not ******, ************") },
	{ S("sesame"), S("Sesame is another"), S("Sesame is another") },
	/* sesame; \0joe\0sesame; asesameb; absesame: a letter that the secret
	 * shares with a neighbour stays */
	{ S("sesame"), S("c2VzYW1l"), S("********") },
	{ S("sesame"), S("AGpvZQBzZXNhbWU="), S("AGpvZQB*******U=") },
	{ S("sesame"), S("YXNlc2FtZWI="), S("YX*******WI=") },
	{ S("sesame"), S("YWJzZXNhbWU="), S("YWJ*******U=") },
	/* too short to be told from other words */
	{ S("ok"), S("ok, wrong"), S("ok, wrong") },
	{ S(""), S("text"), S("text") },
	{ S("longer than the text"), S("text"), S("text") },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf text = BUF_INIT(1000);
		struct secret s = SECRET_INIT;

		secret_set(&s, rows[i].secret.p, rows[i].secret.n);
		buf_add(&text, rows[i].text.p, rows[i].text.n);
		echo_mask(&text, &s);
		assert_bytes(text.p, text.len, rows[i].masked.p, rows[i].masked.n);
		secret_clear(&s);
		buf_free(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
