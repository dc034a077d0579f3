/*
 * The queue in a person's hands: mailq, sendmail -bP, ostler queue.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/cmd.h"
#include "flow/handle.h"
#include "flow/listing.h"
#include "flow/queuedir.h"
#include "flow/submit.h"

#define SHOW_MAX (8u << 20)	/* bytes of a message that are shown */

/*
 * The queue that A's account uses; a configuration that cannot be read does
 * not hide what is queued.  1: there is none yet.
 */
static int open_queue(const struct argv_result *a, struct spool **out,
		      struct err *e)
{
	struct err ignored = ERR_INIT;
	struct submit s;
	char *dir = NULL;
	int ret;

	submit_init(&s, a);
	ret = submit_prepare(&s, -1, false, &ignored);
	ret = queuedir(ret == 0 ? &s.route.acc : NULL, &dir, e);
	submit_clear(&s);
	if (ret == 0)
		ret = spool_open(dir, false, out, e);
	free(dir);
	return ret;
}

int cmd_mailq(const struct argv_result *a)
{
	struct err e = ERR_INIT;
	struct spool *s;
	int ret = open_queue(a, &s, &e);

	if (ret == 0) {
		ret = listing_print(s, a->json ? LISTING_JSON : LISTING_MAILQ,
				    cmd_print, &e);
		spool_close(s);
	} else if (ret > 0 && !a->json) {
		puts("Mail queue is empty");
	}
	return ret < 0 ? cmd_fail(a, &e) : 0;
}

int cmd_queue_count(const struct argv_result *a)
{
	struct err e = ERR_INIT;
	unsigned long n = 0;
	struct spool *s;
	int ret = open_queue(a, &s, &e);

	if (ret == 0) {
		ret = listing_count(s, &n, &e);
		spool_close(s);
	}
	if (ret < 0)
		return cmd_fail(a, &e);
	printf("%lu\n", n);
	return 0;
}

/* ---- ostler queue ------------------------------------------------------ */

static int show(struct spool *s, const char *id, struct err *e)
{
	struct buf text = BUF_INIT(SHOW_MAX);
	int ret = handle_show(s, id, &text, e);

	if (ret == 0)
		cmd_print(&text);
	buf_free(&text);
	return ret;
}

static const struct {
	const char *name;
	int (*fn)(struct spool *s, const char *id, struct err *e);
} verbs[] = {
	{ "show", show },
	{ "hold", handle_hold },
	{ "release", handle_release },
	{ "drop", handle_drop },
};

static int usage(const struct argv_result *a)
{
	struct err e = ERR_INIT;

	err_set(&e, ERR_USAGE, "usage: %s queue list [--json] | "
		"show|hold|release|drop ID...", a->prog);
	return cmd_fail(a, &e);
}

static int each_id(const struct argv_result *a, size_t verb, int n,
		   char *const ids[])
{
	struct err e = ERR_INIT;
	struct spool *s;
	int status = 0, ret = open_queue(a, &s, &e);

	if (ret > 0)
		err_set(&e, ERR_DATA, "the queue is empty");
	if (ret != 0)
		return cmd_fail(a, &e);
	for (int i = 0; i < n; i++)
		if (verbs[verb].fn(s, ids[i], &e) < 0)
			status = cmd_fail(a, &e);
	spool_close(s);
	return status;
}

int cmd_queue(int argc, char *const argv[])
{
	struct argv_result a = { .prog = "ostler", .mode = MODE_BP };

	int status = -1;

	account_init(&a.over);
	if (argc > 0 && strcmp(argv[0], "list") == 0) {
		a.json = argc == 2 && strcmp(argv[1], "--json") == 0;
		status = argc == 1 || a.json ? cmd_mailq(&a) : usage(&a);
	}
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (argc > 1 && strcmp(argv[0], verbs[i].name) == 0)
			status = each_id(&a, i, argc - 1, argv + 1);
	if (status < 0)
		status = usage(&a);
	account_clear(&a.over);
	return status;
}
