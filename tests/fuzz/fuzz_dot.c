/*
 * Line ends and dots: any slicing gives the same, no bare CR or LF leaves,
 * no line is a lone dot, un-stuffing gives the plain form, and traits tell
 * the truth about it.
 */
#include "fuzz.h"

#include "base/ascii.h"
#include "text/dot.h"
#include "text/traits.h"

static void wire(const char *p, size_t n, bool stuff, unsigned seed,
		 struct buf *out)
{
	struct dot d;
	size_t at = 0, len;

	dot_init(&d, stuff);
	while (at < n) {
		char *slice;

		if (seed == 0) {
			dot_feed(&d, p, n, out);
			break;
		}
		slice = fuzz_slice(p, n, &at, &seed, &len);
		dot_feed(&d, slice, len, out);
		free(slice);
	}
	dot_end(&d, out);
}

static void gather(const char *p, size_t n, unsigned seed, struct traits *t)
{
	size_t at = 0, len;

	traits_init(t);
	while (at < n) {
		char *slice = fuzz_slice(p, n, &at, &seed, &len);

		traits_feed(t, slice, len);
		free(slice);
	}
	traits_end(t);
}

static bool same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->p, b->p, a->len) == 0);
}

/* A naive account of the plain form. */
static void check_traits(const struct traits *t, const char *in, size_t n,
			 const struct buf *plain)
{
	uint64_t lines = 0;
	size_t longest = 0, column = 0;

	for (size_t i = 0; i < plain->len; i++) {
		if (plain->p[i] == '\n') {
			lines++;
			longest = column - 1 > longest ? column - 1 : longest;
			column = 0;
		} else {
			column++;
		}
	}
	MUST(t->raw == n && t->size == plain->len && t->lines == lines);
	MUST(t->longest == longest);
	MUST(t->eightbit == ascii_has_8bit(in, n));
	MUST(t->nul == (n > 0 && memchr(in, '\0', n) != NULL));
}

static void unstuff(const struct buf *in, struct buf *out)
{
	for (size_t i = 0; i < in->len; i++) {
		bool bol = i == 0 || in->p[i - 1] == '\n';

		if (bol && in->p[i] == '.') {
			MUST(in->p[i + 1] == '.' || in->p[i + 1] != '\r');
			continue;
		}
		buf_addc(out, in->p[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf plain = BUF_INIT(1u << 20), cut = BUF_INIT(1u << 20);
	struct buf stuffed = BUF_INIT(1u << 20), back = BUF_INIT(1u << 20);
	const char *p = (const char *)data + 1;
	struct traits t;

	if (size < 1 || size > 100000)
		return 0;
	size--;
	wire(p, size, false, 0, &plain);
	wire(p, size, false, data[0] + 1u, &cut);
	MUST(same(&plain, &cut));
	wire(p, size, true, 0, &stuffed);
	buf_clear(&cut);
	wire(p, size, true, data[0] + 7u, &cut);
	MUST(same(&stuffed, &cut));
	MUST(stuffed.len <= 2 * size + 3);
	MUST(size == 0 ? plain.len == 0 : plain.p[plain.len - 1] == '\n');
	for (size_t i = 0; i < plain.len; i++)
		MUST((plain.p[i] == '\r') ==
		     (i + 1 < plain.len && plain.p[i + 1] == '\n'));
	MUST(stuffed.len < 3 || memcmp(stuffed.p, ".\r\n", 3) != 0);
	MUST(stuffed.len == 0 ||
	     memmem(stuffed.p, stuffed.len, "\r\n.\r\n", 5) == NULL);
	unstuff(&stuffed, &back);
	MUST(same(&plain, &back));
	gather(p, size, data[0] + 3u, &t);
	check_traits(&t, p, size, &plain);
	/* the plain form is its own plain form */
	buf_clear(&cut);
	wire(buf_str(&plain), plain.len, false, 0, &cut);
	MUST(same(&plain, &cut));
	buf_free(&plain);
	buf_free(&cut);
	buf_free(&stuffed);
	buf_free(&back);
	return 0;
}
