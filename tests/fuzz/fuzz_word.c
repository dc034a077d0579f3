/*
 * Display names: what is written is one phrase of bounded lines that says
 * the name and nothing else; what is decoded is printable.
 */
#include "fuzz.h"

#include "base/ascii.h"
#include "text/addr.h"
#include "text/word.h"

/* Runs of blanks and controls as one blank, none at the ends. */
static void clean(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == ' ' || ascii_iscntrl(*s)) {
			if (b->len > 0 && b->p[b->len - 1] != ' ')
				buf_addc(b, ' ');
		} else {
			buf_addc(b, *s);
		}
	}
	if (b->len > 0 && b->p[b->len - 1] == ' ')
		buf_truncate(b, b->len - 1);
}

static void check_lines(const struct buf *out, size_t col)
{
	size_t line = col;

	for (size_t i = 0; i < out->len; i++, line++) {
		MUST(!ascii_iscntrl(out->p[i]) || out->p[i] == '\r' ||
		     out->p[i] == '\n');
		MUST((out->p[i] & 0x80) == 0);
		if (out->p[i] != '\r')
			continue;
		MUST(out->len - i > 2 && out->p[i + 1] == '\n' &&
		     out->p[i + 2] == ' ');
		MUST(line < 998);
		line = 0;
		i += 1;
	}
	MUST(line < 998 + 1100);
}

static void encode(const char *name, size_t col)
{
	struct buf want = BUF_INIT(1u << 20), out = BUF_INIT(1u << 22);
	struct buf back = BUF_INIT(1u << 20), shown = BUF_INIT(1u << 20);
	struct addrs list = ADDRS_INIT;

	clean(&want, name);
	word_phrase(&out, name, col);
	MUST((out.len == 0) == (want.len == 0));
	check_lines(&out, col);
	if (want.len == 0)
		goto done;
	buf_clear(&out);
	word_mailbox(&out, name, "a@b", col);
	check_lines(&out, col);
	MUST(addr_list_parse(out.p, out.len, &list, NULL) == 0);
	MUST(list.n == 1 && strcmp(list.v[0].spec, "a@b") == 0);
	if (strlen(list.v[0].name) > 1000 || want.len > 1000)
		goto done;
	if (!ascii_has_8bit(want.p, want.len) &&
	    strncmp(list.v[0].name, "=?UTF-8?B?", 10) != 0) {
		MUST(strcmp(list.v[0].name, want.p) == 0);
	} else if (ascii_utf8_valid(want.p, want.len)) {
		word_decode(&back, list.v[0].name, strlen(list.v[0].name));
		ascii_printable(&shown, want.p, want.len);
		if (ascii_has_8bit(want.p, want.len))
			MUST(strcmp(buf_str(&back), buf_str(&shown)) == 0);
	}
done:
	addrs_clear(&list);
	buf_free(&want);
	buf_free(&out);
	buf_free(&back);
	buf_free(&shown);
}

static void decode(const char *p, size_t n)
{
	struct buf out = BUF_INIT(1u << 22), again = BUF_INIT(1u << 22);

	word_decode(&out, p, n);
	MUST(!out.full);
	MUST(ascii_utf8_valid(buf_str(&out), out.len));
	ascii_printable(&again, buf_str(&out), out.len);
	MUST(again.len == out.len);
	MUST(out.len == 0 || memcmp(out.p, again.p, out.len) == 0);
	buf_free(&out);
	buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name;

	if (size < 1 || size > 20000)
		return 0;
	decode((const char *)data + 1, size - 1);
	name = strndup((const char *)data + 1, size - 1);
	MUST(name != NULL);
	encode(name, data[0] % 100);
	free(name);
	return 0;
}
