/*
 * Header blocks: any slicing finds the same; nothing is lost between header
 * and body; what is kept is the input but for line ends.
 */
#include "fuzz.h"

#include "text/dot.h"
#include "text/header.h"

static void read_header(struct header *h, const char *p, size_t n, unsigned seed,
			struct buf *rest)
{
	size_t at = 0, taken = 0, len, used;

	header_init(h);
	while (at < n && !header_done(h)) {
		char *slice;

		if (seed != 0) {
			slice = fuzz_slice(p, n, &at, &seed, &len);
		} else {
			slice = malloc(n);
			MUST(slice != NULL);
			memcpy(slice, p, n);
			at = len = n;
		}
		MUST(header_feed(h, slice, len, &used, NULL) == 0);
		MUST(used <= len && (used == len || header_done(h)));
		free(slice);
		taken += used;
	}
	MUST(header_end(h, NULL) == 0);
	MUST(header_done(h));
	MUST(header_rest(h)->len <= taken);
	buf_add(rest, buf_str(header_rest(h)), header_rest(h)->len);
	if (n > taken)
		buf_add(rest, p + taken, n - taken);
}

/* Lines end in CRLF only, none is empty, fields lie side by side. */
static void check(const struct header *h)
{
	size_t end = 0;

	for (size_t i = 0; i < h->n; i++) {
		const char *p = h->text.p + h->v[i].off;
		size_t n = h->v[i].len, body;

		MUST(h->v[i].off == end);
		end += n;
		MUST(end <= h->text.len);
		MUST(h->v[i].name_len > 0 && h->v[i].name_len < h->v[i].body);
		MUST(h->v[i].body < n && p[h->v[i].body - 1] == ':');
		MUST(memchr(p, ':', n) == p + h->v[i].body - 1);
		MUST(p[0] != ' ' && p[0] != '\t');
		MUST(header_body(h, i, &body) == p + h->v[i].body);
		MUST(body == n - h->v[i].body);
		for (size_t k = 0; k < n; k++) {
			MUST((p[k] == '\r') == (k + 1 < n && p[k + 1] == '\n'));
			if (p[k] == '\n' && k + 1 < n)
				MUST(p[k + 1] == ' ' || p[k + 1] == '\t');
		}
		MUST(p[n - 1] == '\n');
	}
	MUST(end == h->text.len);
}

/* All that was not body, in wire form, is the block (and an empty line). */
static void check_kept(const struct header *h, const char *p, size_t n)
{
	struct buf wire = BUF_INIT(4 * n + 8);
	struct dot d;

	dot_init(&d, false);
	dot_feed(&d, p, n, &wire);
	dot_end(&d, &wire);
	MUST(wire.len >= h->text.len);
	MUST(h->text.len == 0 || memcmp(wire.p, h->text.p, h->text.len) == 0);
	MUST(wire.len == h->text.len ||
	     (wire.len == h->text.len + 2 &&
	      memcmp(wire.p + h->text.len, "\r\n", 2) == 0));
	buf_free(&wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header whole, cut;
	struct buf rest = BUF_INIT(size), rest2 = BUF_INIT(size);
	const char *p = (const char *)data + 1;
	size_t from, to;

	if (size < 1 || size > 100000)
		return 0;
	size--;
	read_header(&whole, p, size, 0, &rest);
	read_header(&cut, p, size, data[0] + 1u, &rest2);
	check(&whole);
	MUST(whole.n == cut.n && whole.text.len == cut.text.len);
	MUST(whole.text.len == 0 ||
	     memcmp(whole.text.p, cut.text.p, cut.text.len) == 0);
	MUST(rest.len == rest2.len);
	MUST(rest.len == 0 || memcmp(rest.p, rest2.p, rest.len) == 0);
	MUST(rest.len == 0 || memcmp(rest.p, p + size - rest.len, rest.len) == 0);
	for (size_t i = 0; i < whole.n; i++)
		MUST(whole.v[i].name_len == cut.v[i].name_len &&
		     whole.v[i].off == cut.v[i].off);
	if (size < 5 || (memcmp(p, "From ", 5) != 0 && memcmp(p, ">From", 5) != 0))
		check_kept(&whole, p, size - rest.len);
	header_resent(&whole, &from, &to);
	MUST(from <= to && to <= whole.n);
	header_clear(&whole);
	header_clear(&cut);
	buf_free(&rest);
	buf_free(&rest2);
	return 0;
}
