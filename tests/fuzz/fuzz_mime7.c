/*
 * 8-bit messages for 7-bit relays: any slicing gives the same, a message
 * without 8-bit bodies is not touched, and what was converted needs it no
 * more, its line ends whole.
 */
#include "fuzz.h"

#include "text/dot.h"
#include "text/mime7.h"

enum verdict { REFUSED, FIT, CONVERTED };

static enum verdict convert(const struct buf *in, unsigned seed, struct buf *out)
{
	struct mime7 *m = mime7_new();
	struct err e = ERR_INIT;
	enum verdict verdict;
	unsigned again = seed;
	size_t at = 0, len;

	while (at < in->len) {
		char *slice = fuzz_slice(in->p, in->len, &at, &seed, &len);

		mime7_scan(m, slice, len);
		free(slice);
	}
	if (mime7_scanned(m, &e) < 0) {
		MUST(e.kind == ERR_DATA && mime7_needed(m));
		mime7_free(m);
		return REFUSED;
	}
	verdict = mime7_needed(m) ? CONVERTED : FIT;
	for (at = 0; at < in->len;) {
		char *slice = fuzz_slice(in->p, in->len, &at, &again, &len);
		size_t before = out->len;

		mime7_feed(m, slice, len, out);
		MUST(out->len - before <= 16 * len + 8192);
		free(slice);
	}
	mime7_end(m, out);
	MUST(!out->full);
	mime7_free(m);
	return verdict;
}

static bool same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->p, b->p, a->len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf in = BUF_INIT(1u << 20), out = BUF_INIT(1u << 24);
	struct buf cut = BUF_INIT(1u << 24), twice = BUF_INIT(1u << 24);
	enum verdict verdict;
	struct dot d;

	if (size < 1 || size > 50000)
		return 0;
	dot_init(&d, false);
	dot_feed(&d, (const char *)data + 1, size - 1, &in);
	dot_end(&d, &in);
	verdict = convert(&in, 1, &out);
	MUST(convert(&in, data[0] + 2u, &cut) == verdict);
	MUST(same(&out, &cut));
	if (verdict == FIT)
		MUST(same(&in, &out));
	if (verdict == CONVERTED) {
		for (size_t i = 0; i < out.len; i++)
			MUST((out.p[i] == '\r') ==
			     (i + 1 < out.len && out.p[i + 1] == '\n'));
		MUST(out.len > 0 && out.p[out.len - 1] == '\n');
		MUST(convert(&out, 3, &twice) == FIT);
	}
	buf_free(&in);
	buf_free(&out);
	buf_free(&cut);
	buf_free(&twice);
	return 0;
}
