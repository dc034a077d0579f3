#include "wire/echo.h"

#include <string.h>

#include "base/base64.h"

static void overwrite(struct buf *text, const char *what, size_t n)
{
	char *at = text->p;
	size_t left = text->len;

	while (left >= n && (at = memmem(at, left, what, n)) != NULL) {
		memset(at, '*', n);
		at += n;
		left = text->len - (size_t)(at - text->p);
	}
}

/*
 * BEFORE bytes of something else stand ahead of the secret in what was
 * encoded.  The letters that its neighbours share with it are not known:
 * only those that are its own are looked for.
 */
static void overwrite_base64(struct buf *text, const struct secret *s, size_t before)
{
	struct buf plain = BUF_INIT(SECRET_MAX + 4);
	struct buf b64 = BUF_INIT(2 * SECRET_MAX);
	size_t from = before == 0 ? 0 : before + 1;
	size_t to = (before + s->len) * 8 / 6;

	buf_add(&plain, "\0\0", before);
	buf_add(&plain, s->p, s->len);
	base64_encode(&b64, plain.p, plain.len);
	overwrite(text, b64.p + from, to - from);
	buf_wipe(&plain);
	buf_wipe(&b64);
}

void echo_mask(struct buf *text, const struct secret *s)
{
	if (s->len < ECHO_SECRET_MIN || text->len < s->len)
		return;
	overwrite(text, s->p, s->len);
	for (size_t before = 0; before < 3; before++)
		overwrite_base64(text, s, before);
}
