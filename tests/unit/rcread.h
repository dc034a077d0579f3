/*
 * What the tests of src/conf share: an rc file given as a string, with an
 * outside made of tables.
 */
#ifndef UNIT_RCREAD_H
#define UNIT_RCREAD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "conf/opt.h"
#include "conf/optout.h"
#include "conf/rc.h"

/* "eval NAME" gives the text beside it; the command "fail" fails. */
static const char *const evals[][2] = {
	{ "pw", "password s3cret" }, { "empty", "" }, { "again", "eval pw" },
	{ "blank", "   " }, { "junk", "nonsense 1" }, { "cr", "user x\r" },
	{ "inc", "include one" }, { "acc", "account made : a" },
};
static const char *const files[][2] = {	/* by pattern, one file each */
	{ "one", "account one\nhost one.example\n" },
	{ "bad", "# fine\ntls maybe\n" },
	{ "loop", "include loop\n" },
	{ "twice", "include twice\ninclude twice\n" },
	{ "settings", "user included\r\nport 26\r\n" },
	{ "defs", "defaults\ndomain d.example\n" },
	{ "/home/al/x", "user tilde\n" },
	{ "secret", "password in-the-clear\n" },
};
static const char *const vars[][2] = {
	{ "HOST", "v.example" }, { "EMPTY", "" }, { "_x1", "two words" },
	{ "NL", "a\nb" }, { "QUOTED", "\"q\"" },
};

static inline int test_eval(void *ctx, const char *cmd, char **line,
			    struct err *e)
{
	(void)ctx;
	for (size_t i = 0; i < sizeof evals / sizeof evals[0]; i++)
		if (strcmp(evals[i][0], cmd) == 0) {
			*line = xstrdup(evals[i][1]);
			return 0;
		}
	return err_set(e, ERR_CONFIG, "'%s' printed nothing", cmd);
}

static inline int test_include(void *ctx, const char *pattern,
			       int (*add)(void *, const char *, const char *,
					  size_t, struct err *),
			       void *arg, struct err *e)
{
	(void)ctx;
	if (strcmp(pattern, "none*") == 0)
		return 0;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (strcmp(files[i][0], pattern) == 0)
			return add(arg, pattern, files[i][1],
				   strlen(files[i][1]), e);
	return err_set(e, ERR_CONFIG, "cannot open '%s': no such file", pattern);
}

static inline const char *test_getenv(void *ctx, const char *name)
{
	(void)ctx;
	for (size_t i = 0; i < sizeof vars / sizeof vars[0]; i++)
		if (strcmp(vars[i][0], name) == 0)
			return vars[i][1];
	return NULL;
}

static const struct rc_host test_host = {
	.home = "/home/al", .eval = test_eval, .include = test_include,
	.getenv = test_getenv,
};

/* The value of KEY in A as an rc file says it, malloced. */
static inline char *value_of(const struct account *a, const char *key)
{
	struct buf b = BUF_INIT(1u << 20);

	buf_adds(&b, "");
	optout_value(a, opt_by_key(key), &b);
	return buf_steal(&b);
}

#endif
