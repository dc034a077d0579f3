/*
 * xtext: encoding is undone by decoding and is made of its characters; a
 * decoded value is what its encoding decodes to.
 */
#include "fuzz.h"

#include "text/xtext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf coded = BUF_INIT(1u << 20), plain = BUF_INIT(1u << 20);
	const char *p = (const char *)data;

	if (size > 100000)
		return 0;
	xtext_encode(&coded, p, size);
	for (size_t i = 0; i < coded.len; i++)
		MUST(coded.p[i] >= '!' && coded.p[i] <= '~' && coded.p[i] != '=');
	MUST(xtext_decode(&plain, buf_str(&coded), coded.len) == 0);
	MUST(plain.len == size && (size == 0 || memcmp(plain.p, p, size) == 0));
	buf_clear(&plain);
	if (xtext_decode(&plain, p, size) == 0) {
		struct buf again = BUF_INIT(1u << 20);

		buf_clear(&coded);
		xtext_encode(&coded, buf_str(&plain), plain.len);
		MUST(xtext_decode(&again, buf_str(&coded), coded.len) == 0);
		MUST(again.len == plain.len);
		MUST(again.len == 0 || memcmp(again.p, plain.p, again.len) == 0);
		MUST(plain.len <= size);
		buf_free(&again);
	} else {
		MUST(plain.len == 0);
	}
	buf_free(&coded);
	buf_free(&plain);
	return 0;
}
