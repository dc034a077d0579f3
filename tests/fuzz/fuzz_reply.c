/*
 * Replies: whatever the slices, the same replies, the same verdict, and no
 * more memory than promised.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SEEN_MAX 4000000

/* Everything the parser says about the bytes, as text. */
static void read_all(const char *p, size_t n, size_t step, struct buf *seen)
{
	struct reply r = REPLY_INIT;
	struct reply_parser parser;
	struct err e = ERR_INIT;
	char enhanced[16];
	int ret = 0;

	reply_parser_init(&parser);
	for (size_t at = 0; at < n && ret >= 0;) {
		size_t len = n - at < step ? n - at : step, used;

		ret = reply_feed(&parser, p + at, len, &used, &r, &e);
		if (used > len)
			abort();
		at += used;
		if (parser.line.cap > REPLY_SASL_MAX || r.text.cap > REPLY_TEXT_MAX)
			abort();
		if (ret != 1)
			continue;
		if (r.code < 200 || r.code > 599 || reply_parser_partial(&parser))
			abort();
		reply_enhanced(&r, enhanced);
		buf_addf(seen, "%s ", enhanced);
		buf_add(seen, r.text.p, r.text.len);
		reply_print(&r, seen);
		reply_clear(&r);
	}
	buf_addf(seen, "%d", ret < 0 ? -1 : reply_parser_partial(&parser));
	if (ret < 0 && e.kind != ERR_PROTOCOL)
		abort();
	reply_clear(&r);
	reply_parser_clear(&parser);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = BUF_INIT(SEEN_MAX), bytes = BUF_INIT(SEEN_MAX);

	read_all((const char *)data, size, size, &whole);
	read_all((const char *)data, size, 1, &bytes);
	if (whole.len != bytes.len || memcmp(whole.p, bytes.p, whole.len) != 0)
		abort();
	buf_free(&whole);
	buf_free(&bytes);
	return 0;
}
