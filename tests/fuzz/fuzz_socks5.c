/*
 * A SOCKS proxy that says anything.  The first byte: with a login or not.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/socks5.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int talk(const char *p, size_t n, size_t step, bool login, struct buf *out,
		size_t *taken)
{
	struct secret secret = SECRET_INIT;
	struct err e = ERR_INIT;
	struct socks5 s;
	size_t used;
	int ret;

	secret_set(&secret, "sesame", 6);
	socks5_init(&s, "relay.example", 25, login ? "joe" : NULL, &secret, &e);
	ret = socks5_feed(&s, NULL, 0, &used, out, &e);
	for (*taken = 0; ret == 0 && *taken < n; *taken += used)
		ret = socks5_feed(&s, p + *taken, n - *taken < step ? n - *taken : step,
				  &used, out, &e);
	if (s.in.cap > SOCKS5_REPLY_MAX || s.in.full || (ret < 0) != (e.kind != ERR_NONE))
		abort();
	/* No login, no secret. */
	if (!login && out->len > 0 && memmem(out->p, out->len, "sesame", 6) != NULL)
		abort();
	socks5_clear(&s);
	secret_clear(&secret);
	return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = BUF_INIT(10000), bytes = BUF_INIT(10000);
	bool login = size > 0 && (data[0] & 1) != 0;
	const char *p = (const char *)data + (size > 0);
	size_t n = size > 0 ? size - 1 : 0, a, b;

	if (talk(p, n, n, login, &whole, &a) != talk(p, n, 1, login, &bytes, &b) ||
	    a != b || whole.len != bytes.len ||
	    memcmp(whole.p, bytes.p, whole.len) != 0)
		abort();
	buf_free(&whole);
	buf_free(&bytes);
	return 0;
}
