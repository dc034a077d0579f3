#include "base/base64.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *out, const void *data, size_t n)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t bits = (uint32_t)p[i] << 16;
		char four[4];

		if (i + 1 < n)
			bits |= (uint32_t)p[i + 1] << 8;
		if (i + 2 < n)
			bits |= p[i + 2];
		four[0] = alphabet[bits >> 18];
		four[1] = alphabet[(bits >> 12) & 63];
		four[2] = i + 1 < n ? alphabet[(bits >> 6) & 63] : '=';
		four[3] = i + 2 < n ? alphabet[bits & 63] : '=';
		buf_add(out, four, 4);
	}
}

static int value(char c)
{
	const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

	return at != NULL ? (int)(at - alphabet) : -1;
}

int base64_decode(struct buf *out, const char *p, size_t n)
{
	size_t start = out->len, pad = 0;

	if (n % 4 != 0)
		return -1;
	while (pad < 2 && pad < n && p[n - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < n; i += 4) {
		size_t chars = i + 4 < n ? 4 : 4 - pad;
		uint32_t bits = 0;
		char three[3];

		for (size_t j = 0; j < 4; j++) {
			int v = j < chars ? value(p[i + j]) : 0;

			if (v < 0)
				goto bad;
			bits = bits << 6 | (uint32_t)v;
		}
		three[0] = (char)(bits >> 16);
		three[1] = (char)(bits >> 8);
		three[2] = (char)bits;
		if (memcmp(&three[chars - 1], "\0\0", 4 - chars) != 0)
			goto bad;
		buf_add(out, three, chars - 1);
	}
	return 0;
bad:
	buf_truncate(out, start);
	return -1;
}
