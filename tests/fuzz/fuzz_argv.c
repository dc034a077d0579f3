/* A command line: words ended by NUL, the first one the called name. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "conf/argv.h"

#define WORDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_clean(const char *p)
{
	for (; p != NULL && *p != '\0'; p++)
		assert(!ascii_iscntrl(*p) || *p == '\t');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct argv_host host = { .posixly_correct = size % 2, .home = "/h" };
	char *text = xmemdup0((const char *)data, size), *argv[WORDS + 1];
	struct argv_result r;
	struct err e = ERR_INIT;
	int argc = 0;

	for (size_t i = 0; i < size && argc < WORDS; i += strlen(text + i) + 1)
		argv[argc++] = text + i;
	argv[argc] = NULL;
	if (argv_parse(argc, argv, &host, &r, &e) < 0) {
		assert(e.kind == ERR_USAGE && e.text[0] != '\0');
	} else {
		assert(r.mode != MODE_SEND || r.rcpt.n > 0 ||
		       r.read_recipients || r.pretend);
		check_clean(r.from);
		check_clean(r.over.domain);
		check_clean(r.over.from_full_name);
		check_clean(r.rmqs);
		check_clean(r.configure);
		check_clean(r.envid);
		check_clean(r.syslog_tag);
		for (size_t i = 0; i < r.rcpt.n; i++)
			check_clean(r.rcpt.v[i]);
		assert(r.over.from == NULL);
	}
	argv_clear(&r);
	free(text);
	return 0;
}
