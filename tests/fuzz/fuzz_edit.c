/*
 * Edited headers: nothing that goes is left in any spelling, no line end is
 * bare, the one empty line is the last, and to edit again changes nothing.
 */
#include "fuzz.h"

#include "base/ascii.h"
#include "text/edit.h"

/*
 * The name of the field line at P as the most forgiving server could read
 * it: only its printable characters up to the colon.
 */
static void lax_name(const char *p, size_t n, char name[32])
{
	size_t len = 0;

	for (size_t i = 0; i < n && p[i] != ':' && len < 31; i++)
		if (p[i] > ' ' && p[i] <= '~')
			name[len++] = p[i];
	name[len] = '\0';
}

static void check_block(const struct buf *b, unsigned flags)
{
	size_t start = 0;

	MUST(b->len >= 2 && memcmp(b->p + b->len - 2, "\r\n", 2) == 0);
	MUST(memmem(b->p, b->len, "\r\n\r\n", 4) ==
	     (b->len == 2 ? NULL : b->p + b->len - 4));
	for (size_t i = 0; i < b->len; i++) {
		MUST((b->p[i] == '\r') == (i + 1 < b->len && b->p[i + 1] == '\n'));
		if (b->p[i] != '\n' || start + 2 > i)
			continue;
		if (b->p[start] != ' ' && b->p[start] != '\t') {
			char name[32];

			lax_name(b->p + start, i - start, name);
			MUST(!ascii_caseeq(name, "Return-Path"));
			if (flags & 1)
				MUST(!ascii_caseeq(name, "Bcc") &&
				     !ascii_caseeq(name, "Resent-Bcc"));
			if (flags & 2)
				MUST(!ascii_caseeq(name, "To") &&
				     !ascii_caseeq(name, "Cc") &&
				     !ascii_caseeq(name, "Bcc"));
			if (flags & 4)
				MUST(!ascii_caseeq(name, "From"));
		}
		start = i + 1;
	}
}

static int read_header(struct header *h, const char *p, size_t n)
{
	size_t used;

	header_init(h);
	if (n > 0 && header_feed(h, p, n, &used, NULL) < 0)
		return -1;
	return header_end(h, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = BUF_INIT(1u << 24), again = BUF_INIT(1u << 24);
	struct edit ed = { 0 };
	struct header h, h2;
	char *body;

	if (size < 1 || size > 100000)
		return 0;
	ed.remove_bcc = data[0] & 1;
	ed.remove_to_cc = data[0] & 2;
	ed.remove_from = data[0] & 4;
	ed.qualify = data[0] & 8 ? "q.example" : NULL;
	MUST(read_header(&h, (const char *)data + 1, size - 1) == 0);
	MUST(edit_apply(&ed, &h, &out, NULL) == 0);
	check_block(&out, data[0]);

	/* an mbox line can only come from a broken name that became the first */
	if (out.len < 5 || (memcmp(out.p, "From ", 5) != 0 &&
			    memcmp(out.p, ">From", 5) != 0)) {
		MUST(read_header(&h2, out.p, out.len) == 0);
		MUST(h2.text.len == out.len - 2);
		MUST(edit_apply(&ed, &h2, &again, NULL) == 0);
		MUST(again.len == out.len && memcmp(again.p, out.p, out.len) == 0);
		header_clear(&h2);
	}

	/* the same bytes as the body of an added field: refused or harmless */
	body = strndup((const char *)data + 1, size - 1);
	MUST(body != NULL);
	ed.from = data[0] & 16 ? body : NULL;
	ed.to = data[0] & 32 ? body : NULL;
	ed.date = data[0] & 64 ? body : NULL;
	ed.msgid = body;
	buf_clear(&again);
	if (edit_apply(&ed, &h, &again, NULL) == 0)
		check_block(&again, data[0] & 1);
	free(body);
	header_clear(&h);
	buf_free(&out);
	buf_free(&again);
	return 0;
}
