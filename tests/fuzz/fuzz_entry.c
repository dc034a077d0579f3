/*
 * The file of a queued message: any bytes parse or are refused, and what was
 * parsed reads the same when it has been written again.
 */
#include "fuzz.h"

#include "flow/entry.h"

#define ID "01hzxk3t9qm-a7c"

static void write_and_read(const struct entry *en)
{
	struct buf first = BUF_INIT(ENTRY_FILE_MAX), second = BUF_INIT(ENTRY_FILE_MAX);
	struct err e = ERR_INIT;
	struct entry again;

	MUST(entry_print(en, &first, &e) == 0);
	MUST(entry_parse(buf_str(&first), first.len, ID, &again, &e) == 0);
	MUST(again.env.n == en->env.n && again.last_n == en->env.n);
	MUST(entry_print(&again, &second, &e) == 0);
	MUST(first.len == second.len &&
		   memcmp(buf_str(&first), buf_str(&second), first.len) == 0);
	for (size_t i = 0; i < en->env.n; i++) {
		long at = entry_strike_at(buf_str(&first), first.len,
					  en->env.rcpt[i].addr);

		MUST(at > 0 && first.p[at] == 'r' && first.p[at - 1] == '\n');
	}
	entry_clear(&again);
	buf_free(&first);
	buf_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	struct entry en;

	if (entry_parse((const char *)data, size, ID, &en, &e) < 0) {
		MUST(e.text[0] != '\0' && en.env.n == 0);
		return 0;
	}
	write_and_read(&en);
	entry_clear(&en);
	return 0;
}
