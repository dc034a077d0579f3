/*
 * Address lists: whatever is found must be an address by itself, stand where
 * it is said to stand, and survive being written out again with its name.
 */
#include "fuzz.h"

#include "base/ascii.h"
#include "base/buf.h"
#include "text/addr.h"
#include "text/word.h"

static void only(const char *p, size_t n, const char *spec)
{
	struct addrs list = ADDRS_INIT;

	MUST(addr_list_parse(p, n, &list, NULL) == 0);
	MUST(list.n == 1);
	MUST(strcmp(list.v[0].spec, spec) == 0);
	addrs_clear(&list);
}

static void check(const char *text, size_t n, const struct addr *a)
{
	struct buf b = BUF_INIT(1u << 20);
	const char *why = addr_fault(a->spec);
	char *again;

	MUST(a->spec[0] != '\0' && strlen(a->spec) <= ADDR_MAX);
	MUST(why == NULL || !ascii_utf8_valid(a->spec, strlen(a->spec)));
	MUST(addr_spec_parse(a->spec, "spec", &again, NULL) == 0);
	MUST(strcmp(again, a->spec) == 0);
	MUST(addr_same(again, a->spec));
	free(again);
	MUST(a->len > 0 && a->off <= n && a->len <= n - a->off);
	buf_addf(&b, "<%s>", a->spec);
	only(b.p, b.len, a->spec);
	buf_clear(&b);
	buf_addc(&b, '<');
	buf_add(&b, text + a->off, a->len);
	buf_addc(&b, '>');
	only(b.p, b.len, a->spec);
	buf_clear(&b);
	word_mailbox(&b, a->name, a->spec, 6);
	if (a->name != NULL && b.p[b.len - 1] == '>')
		only(b.p, b.len, a->spec);
	buf_free(&b);
}

/* What is no address is one of its own, and takes no other with it. */
static void divide(const char *text, size_t n, const struct addrs *list,
		   const struct err *e)
{
	struct addrs good = ADDRS_INIT, bad = ADDRS_INIT;

	if (addr_list_divide(text, n, &good, &bad, NULL) == 0) {
		MUST((bad.n > 0) == (e->kind != ERR_NONE));
		MUST(good.n == list->n);
	}
	for (size_t i = 0; i < bad.n; i++) {
		MUST(bad.v[i].off <= n && bad.v[i].len <= n - bad.v[i].off);
		MUST(strpbrk(bad.v[i].spec, "\r\n") == NULL);
	}
	addrs_clear(&good);
	addrs_clear(&bad);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct addrs list = ADDRS_INIT;
	struct err e = ERR_INIT;
	int ret = addr_list_parse(text, size, &list, &e);
	char *spec = NULL, *copy;

	MUST(ret == 0 ? e.kind == ERR_NONE : e.kind == ERR_DATA && e.text[0]);
	for (size_t i = 0; i < list.n; i++) {
		check(text, size, &list.v[i]);
		MUST(i == 0 || list.v[i].off >= list.v[i - 1].off +
		     list.v[i - 1].len);
	}
	divide(text, size, &list, &e);
	addrs_clear(&list);
	copy = malloc(size + 1);
	MUST(copy != NULL);
	if (size > 0)
		memcpy(copy, text, size);
	copy[size] = '\0';
	if (addr_spec_parse(copy, "spec", &spec, NULL) == 0) {
		MUST(strpbrk(spec, "\r\n") == NULL);
		MUST(addr_fault(spec) == NULL ||
		     !ascii_utf8_valid(spec, strlen(spec)));
		free(spec);
	}
	free(copy);
	return 0;
}
