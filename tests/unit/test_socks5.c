/*
 * src/wire/socks5: RFC 1928 and RFC 1929, byte for byte.
 */
#include "unit.h"

#include "slices.h"
#include "wire/socks5.h"

#define HELLO "\5\1\0"
#define HELLO2 "\5\2\0\2"
#define REQUEST "\5\1\0\3\15relay.example\2\113"	/* port 587 */
#define LOGIN "\1\3joe\6sesame"

static const struct {
	const char *name;
	const char *user;
	struct str in, out;
	int ret;
	enum err_kind kind;
	size_t left;		/* bytes that are the relay's */
	const char *says;
} rows[] = {
	{ "IPv4", NULL, S("\5\0\5\0\0\1\300\0\2\1\2\113"), S(HELLO REQUEST), 1, 0, 0, NULL },
	{ "IPv6", NULL, S("\5\0\5\0\0\4\1\2\3\4\5\6\7\10\1\2\3\4\5\6\7\10\0\1"),
	  S(HELLO REQUEST), 1, 0, 0, NULL },
	{ "name", NULL, S("\5\0\5\0\0\3\3abc\0\1"), S(HELLO REQUEST), 1, 0, 0, NULL },
	{ "empty name", NULL, S("\5\0\5\0\0\3\0\0\1"), S(HELLO REQUEST), 1, 0, 0, NULL },
	{ "greeting behind", NULL, S("\5\0\5\0\0\1\0\0\0\0\0\0" "220 hi\r\n"),
	  S(HELLO REQUEST), 1, 0, 8, NULL },
	{ "login", "joe", S("\5\2\1\0\5\0\0\1\0\0\0\0\0\0"), S(HELLO2 LOGIN REQUEST), 1, 0, 0, NULL },
	{ "login not wanted", "joe", S("\5\0\5\0\0\1\0\0\0\0\0\0"), S(HELLO2 REQUEST), 1, 0, 0, NULL },
	{ "unfinished", NULL, S("\5\0\5\0\0\1\0\0\0\0\0"), S(HELLO REQUEST), 0, 0, 0, NULL },
	{ "nothing", NULL, S(""), S(HELLO), 0, 0, 0, NULL },
	{ "login refused", "joe", S("\5\2\1\1"), S(HELLO2 LOGIN), -1, ERR_NOPERM, 0, "'joe'" },
	{ "login wanted", NULL, S("\5\377"), S(HELLO), -1, ERR_NOPERM, 0, "proxy_user" },
	{ "no method", "joe", S("\5\377"), S(HELLO2), -1, ERR_NOPERM, 0, "takes no login" },
	{ "method not offered", NULL, S("\5\2"), S(HELLO), -1, ERR_PROTOCOL, 0, "0x02" },
	{ "GSSAPI", "joe", S("\5\1"), S(HELLO2), -1, ERR_PROTOCOL, 0, NULL },
	{ "version 4", NULL, S("\0\132"), S(HELLO), -1, ERR_PROTOCOL, 0, NULL },
	{ "HTTP", NULL, S("H"), S(HELLO), -1, ERR_PROTOCOL, 0, "0x48" },
	{ "SMTP", NULL, S("220 hi"), S(HELLO), -1, ERR_PROTOCOL, 0, NULL },
	{ "bad login version", "joe", S("\5\2\5"), S(HELLO2 LOGIN), -1, ERR_PROTOCOL, 0, NULL },
	{ "bad reply version", NULL, S("\5\0\4"), S(HELLO REQUEST), -1, ERR_PROTOCOL, 0, NULL },
	{ "bad type", NULL, S("\5\0\5\0\0\2"), S(HELLO REQUEST), -1, ERR_PROTOCOL, 0, NULL },
	/* Seen as soon as it is said: some proxies close then. */
	{ "1", NULL, S("\5\0\5\1"), S(HELLO REQUEST), -1, ERR_TEMP, 0, "general" },
	{ "2", NULL, S("\5\0\5\2"), S(HELLO REQUEST), -1, ERR_UNAVAILABLE, 0, "rules" },
	{ "3", NULL, S("\5\0\5\3"), S(HELLO REQUEST), -1, ERR_TEMP, 0, "network" },
	{ "4", NULL, S("\5\0\5\4"), S(HELLO REQUEST), -1, ERR_TEMP, 0, "relay.example" },
	{ "5", NULL, S("\5\0\5\5"), S(HELLO REQUEST), -1, ERR_TEMP, 0, "refused" },
	{ "6", NULL, S("\5\0\5\6"), S(HELLO REQUEST), -1, ERR_TEMP, 0, NULL },
	{ "7", NULL, S("\5\0\5\7"), S(HELLO REQUEST), -1, ERR_UNAVAILABLE, 0, NULL },
	{ "8", NULL, S("\5\0\5\10"), S(HELLO REQUEST), -1, ERR_UNAVAILABLE, 0, NULL },
	{ "9", NULL, S("\5\0\5\11"), S(HELLO REQUEST), -1, ERR_UNAVAILABLE, 0, "0x09" },
	{ "240", NULL, S("\5\0\5\360"), S(HELLO REQUEST), -1, ERR_UNAVAILABLE, 0, "0xf0" },
};

static int talk(struct socks5 *s, const struct str *in, size_t step, size_t *taken,
		struct buf *out, struct err *e)
{
	size_t at = 0, used;
	int ret = socks5_feed(s, "", 0, &used, out, e);

	*taken = 0;
	while (ret == 0 && at < in->n) {
		size_t len;
		char *slice = slice_next(in->p, in->n, step, &at, &len);

		ret = socks5_feed(s, slice, len, &used, out, e);
		assert_true(used <= len);
		*taken += used;
		free(slice);
	}
	return ret;
}

static void test_rows(void **state)
{
	struct secret secret = SECRET_INIT;

	(void)state;
	secret_set(&secret, "sesame", 6);
	for (size_t i = 0; i < COUNT(rows); i++) {
		EACH_STEP(step, rows[i].in.n) {
			struct buf out = BUF_INIT(10000);
			struct err e = ERR_INIT;
			struct socks5 s;
			size_t taken;

			assert_int_equal(socks5_init(&s, "relay.example", 587, rows[i].user,
						     &secret, &e), 0);
			if (talk(&s, &rows[i].in, step, &taken, &out, &e) != rows[i].ret) {
				print_error("%s: %s\n", rows[i].name, e.text);
				fail();
			}
			assert_bytes(out.p, out.len, rows[i].out.p, rows[i].out.n);
			assert_int_equal(e.kind, rows[i].kind);
			if (rows[i].says != NULL)
				assert_non_null(strstr(e.text, rows[i].says));
			if (rows[i].ret > 0)
				assert_int_equal(rows[i].in.n - taken, rows[i].left);
			socks5_clear(&s);
			buf_free(&out);
		}
	}
	secret_clear(&secret);
}

static void test_limits(void **state)
{
	char host[257];
	char user[257];
	struct secret secret = SECRET_INIT;
	struct buf out = BUF_INIT(10000);
	struct err e = ERR_INIT;
	struct socks5 s;
	size_t used;

	(void)state;
	memset(host, 'h', 256);
	host[256] = '\0';
	memset(user, 'u', 256);
	user[256] = '\0';
	assert_int_equal(socks5_init(&s, host, 25, NULL, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_int_equal(socks5_init(&s, "", 25, NULL, NULL, &e), -1);
	assert_int_equal(socks5_init(&s, "h", 0, NULL, NULL, &e), -1);
	assert_int_equal(socks5_init(&s, "h", 65536, NULL, NULL, &e), -1);
	assert_int_equal(socks5_init(&s, "h", 25, "", NULL, &e), -1);
	assert_int_equal(socks5_init(&s, "h", 25, user, NULL, &e), -1);
	secret_set(&secret, host, 256);
	assert_int_equal(socks5_init(&s, "h", 25, "u", &secret, &e), -1);
	secret_set(&secret, host, 255);
	host[255] = user[255] = '\0';
	assert_int_equal(socks5_init(&s, host, 65535, user, &secret, &e), 0);
	assert_int_equal(socks5_feed(&s, "\5\2\1\0", 4, &used, &out, &e), 0);
	assert_int_equal(out.len, 4 + 1 + 1 + 255 + 1 + 255 + 4 + 1 + 255 + 2);
	assert_memory_equal(out.p + out.len - 2, "\377\377", 2);
	socks5_clear(&s);
	buf_clear(&out);
	/* A user without a password. */
	assert_int_equal(socks5_init(&s, "h", 25, "u", NULL, &e), 0);
	assert_int_equal(socks5_feed(&s, "\5\2", 2, &used, &out, &e), 0);
	assert_bytes(out.p, out.len, "\5\2\0\2\1\1u\0", 8);
	socks5_clear(&s);
	secret_clear(&secret);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
