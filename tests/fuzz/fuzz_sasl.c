/*
 * A login server that says anything.  The first byte picks the mechanism,
 * each line behind it is a challenge: as it is when it begins with "!", else
 * encoded in base 64 with every \1 replaced by the client's SCRAM nonce.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "wire/sasl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const mechs[] = {
	"SCRAM-SHA-256", "SCRAM-SHA-1", "SCRAM-SHA-256-PLUS", "PLAIN", "CRAM-MD5",
	"DIGEST-MD5", "LOGIN", "NTLM", "EXTERNAL", "OAUTHBEARER", "XOAUTH2"
};

/* Those who prove that they know the secret; nothing random does. */
static bool mutual(const char *mech)
{
	return strncmp(mech, "SCRAM", 5) == 0 || strcmp(mech, "DIGEST-MD5") == 0;
}

/* Rounds are arithmetic, not parsing: keep them cheap. */
static bool slow(const uint8_t *data, size_t size)
{
	const uint8_t *p = data;

	while ((p = memmem(p, size - (size_t)(p - data), "i=", 2)) != NULL) {
		size_t digits = 0;

		for (p += 2; p < data + size && *p >= '0' && *p <= '9'; p++)
			digits++;
		if (digits > 4)
			return true;
	}
	return false;
}

static void get_nonce(const struct buf *initial, struct buf *nonce)
{
	struct buf raw = BUF_INIT(100000);
	const char *r;

	if (base64_decode(&raw, buf_str(initial), initial->len) == 0 &&
	    (r = strstr(buf_str(&raw), ",r=")) != NULL)
		buf_adds(nonce, r + 3);
	buf_free(&raw);
}

static void challenge(struct buf *out, const char *p, size_t n, const struct buf *nonce)
{
	struct buf raw = BUF_INIT(60000);

	if (n > 0 && p[0] == '!') {
		buf_add(out, p + 1, n - 1);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (p[i] == '\1')
			buf_add(&raw, buf_str(nonce), nonce->len);
		else
			buf_addc(&raw, p[i]);
	base64_encode(out, buf_str(&raw), raw.len);
	buf_free(&raw);
}

static void talk(struct sasl *s, const char *mech, const char *p, const char *end)
{
	struct buf out = BUF_INIT(200000), nonce = BUF_INIT(1000), ch = BUF_INIT(100000);
	struct err e = ERR_INIT;
	bool has;
	int ret = sasl_initial(s, &out, &has, &e);

	get_nonce(&out, &nonce);
	for (int rounds = 0; ret == 0 && p < end && rounds < 20; rounds++) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));

		buf_clear(&ch);
		buf_clear(&out);
		challenge(&ch, p, (size_t)((lf != NULL ? lf : end) - p), &nonce);
		ret = sasl_step(s, buf_str(&ch), ch.len, &out, &e);
		/* Base 64 only: no answer can become a command. */
		if (strspn(buf_str(&out), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
			   "qrstuvwxyz0123456789+/=") != out.len)
			abort();
		p = lf != NULL ? lf + 1 : end;
	}
	if (sasl_finish(s, &e) == 0 && mutual(mech))
		abort();
	for (const char *c = sasl_complaint(s); *c != '\0'; c++)
		if ((unsigned char)*c < 32 || *c == 127)
			abort();
	buf_free(&out);
	buf_free(&nonce);
	buf_free(&ch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct secret secret = SECRET_INIT;
	struct sasl_config cfg = {
		.user = "joe", .secret = &secret, .host = "relay.example", .port = 25
	};
	struct err e = ERR_INIT;
	const char *mech;
	struct sasl *s;

	if (size == 0 || slow(data, size))
		return 0;
	mech = mechs[data[0] % (sizeof mechs / sizeof *mechs)];
	secret_set(&secret, "sesame", 6);
	if (sasl_open(&s, &cfg, mech, SASL_BIND_EXPORTER, "binding", 7, &e) < 0)
		abort();
	talk(s, mech, (const char *)data + 1, (const char *)data + size);
	sasl_free(s);
	secret_clear(&secret);
	return 0;
}
