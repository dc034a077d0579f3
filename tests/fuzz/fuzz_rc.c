/*
 * An rc file.  What it accepts is printed and read again: that must give the
 * same accounts.  Addresses choose among them.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/xalloc.h"
#include "conf/opt.h"
#include "conf/optout.h"
#include "conf/rc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A command prints itself; a file holds its name; a variable its name. */
static int fake_eval(void *ctx, const char *cmd, char **line, struct err *e)
{
	(void)ctx;
	if (strcmp(cmd, "false") == 0)
		return err_set(e, ERR_CONFIG, "failed");
	*line = xstrdup(cmd);
	return 0;
}

static int fake_include(void *ctx, const char *pattern,
			int (*add)(void *arg, const char *name,
				   const char *text, size_t n, struct err *e),
			void *arg, struct err *e)
{
	unsigned *budget = ctx;

	if ((*budget)-- == 0)
		return err_set(e, ERR_CONFIG, "enough");
	return add(arg, pattern, pattern, strlen(pattern), e);
}

static const char *fake_getenv(void *ctx, const char *name)
{
	(void)ctx;
	return name[0] == 'U' ? NULL : name;
}

static void check_value_clean(const char *p)
{
	for (; p != NULL && *p != '\0'; p++)
		assert(!ascii_iscntrl(*p) || *p == '\t');
}

/* Nothing that could end a command or a log line got in. */
static void check_clean(const struct account *a)
{
	check_value_clean(a->domain);
	check_value_clean(a->from);
	check_value_clean(a->from_full_name);
	check_value_clean(a->user);
	for (size_t i = 0; i < a->host.n; i++)
		check_value_clean(a->host.v[i]);
}

static void check_again(const struct account *a, const struct rc_host *host)
{
	struct buf text = BUF_INIT(1u << 20);
	struct rc again = RC_INIT;
	struct err e = ERR_INIT;
	const struct account *b;

	optout_print_config(a, &text);
	if (rc_parse(&again, "again", buf_str(&text), text.len, host, &e) < 0)
		abort();
	b = rc_find(&again, a->id);
	assert(b != NULL);
	for (size_t i = 0; i < opts_n; i++)
		assert(opts[i].type == OPT_SECRET || opt_same(a, b, &opts[i]));
	buf_free(&text);
	rc_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned budget = 100;
	const struct rc_host host = {
		.ctx = &budget, .home = "/h", .eval = fake_eval,
		.include = fake_include, .getenv = fake_getenv,
	};
	const char *text = (const char *)data;
	struct rc rc = RC_INIT;
	struct err e = ERR_INIT;
	size_t half = size / 2;
	bool secret = rc_has_secret(text, size);

	/* as two files when the first byte says so, else as one */
	if (size > 0 && text[0] == '2' &&
	    rc_parse(&rc, "one", text + 1, half, &host, &e) == 0)
		rc_parse(&rc, "two", text + 1 + half, size - 1 - half, &host, &e);
	else if (size == 0 || text[0] != '2') {
		if (rc_parse(&rc, "one", text, size, &host, &e) == 0)
			assert(!secret || rc.has_secret);
	}
	if (e.kind != ERR_NONE) {
		assert(e.text[0] != '\0');
	} else {
		for (size_t i = 0; i < rc.n; i++) {
			char *addr = xmemdup0(text, strnlen(text, size < 100 ? size : 100));

			check_clean(rc.account[i]);
			assert(rc_find(&rc, rc.account[i]->id) == rc.account[i]);
			check_again(rc.account[i], &host);
			(void)account_check(rc.account[i], &e);
			(void)rc_find_from(&rc, addr);
			(void)rc_closest(&rc, addr);
			free(addr);
		}
	}
	rc_clear(&rc);
	return 0;
}
