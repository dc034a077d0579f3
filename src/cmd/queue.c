/*
 * The queue in a person's hands: mailq, sendmail -bP, sendmail -q, ostler
 * queue.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "flow/handle.h"
#include "flow/listing.h"
#include "flow/queuedir.h"
#include "flow/retry.h"
#include "flow/runner.h"
#include "flow/submit.h"

#define SHOW_MAX (8u << 20)	/* bytes of a message that are shown */
#define QUEUES_MAX 64		/* directories that one rc file can name */

/* The queues that the accounts of a call's configuration use. */
struct queues {
	struct spool *v[QUEUES_MAX];
	size_t n;
	struct err config;	/* what is wrong with that: there may be more */
};

/* Where we may not even look is no queue of ours: monitoring runs mailq with
 * root's HOME and another's uid. */
static bool out_of_reach(const char *dir)
{
	struct stat st;

	return stat(dir, &st) < 0 && errno == EACCES;
}

static int add_queue(struct queues *q, const char *dir, struct err *e)
{
	struct spool *s;
	int ret;

	for (size_t i = 0; i < q->n; i++)
		if (strcmp(spool_path(q->v[i]), dir) == 0)
			return 0;
	if (q->n == QUEUES_MAX)
		return err_set(e, ERR_CONFIG, "more than %d queue directories",
			       QUEUES_MAX);
	ret = spool_open(dir, false, &s, e);
	if (ret < 0 && out_of_reach(dir))
		return 0;
	if (ret == 0)
		q->v[q->n++] = s;
	return ret < 0 ? -1 : 0;
}

/* Who names a directory wants that one. */
static int add_given(struct queues *q, const char *dir, struct err *e)
{
	int ret = spool_open(dir, false, &q->v[0], e);

	if (ret > 0)
		return err_set(e, ERR_NOINPUT, "there is no queue '%s'", dir);
	q->n = ret == 0;
	return ret;
}

static void queues_clear(struct queues *q)
{
	for (size_t i = 0; i < q->n; i++)
		spool_close(q->v[i]);
	q->n = 0;
}

/* STATUS, unless it is only so good because not all is known. */
static int close_queues(const struct argv_result *a, struct queues *q,
			int status)
{
	queues_clear(q);
	return status == 0 && q->config.kind != ERR_NONE ?
		cmd_fail(a, &q->config) : status;
}

/*
 * Open those that exist: DIR alone if it is given; else that of the account
 * chosen and those of all others.  A configuration that cannot be read does
 * not hide what is queued elsewhere, but is told of.
 */
static int open_queues(const struct argv_result *a, const char *only,
		       struct queues *q, struct err *e)
{
	struct submit s;
	char *dir = NULL;
	int ret;

	*q = (struct queues){ .n = 0 };
	if (only != NULL)
		return add_given(q, only, e);
	submit_init(&s, a);
	ret = submit_prepare(&s, -1, false, &q->config);
	if (s.route.loaded)	/* that no account was chosen is no matter */
		q->config = (struct err)ERR_INIT;
	ret = queuedir(ret == 0 ? &s.route.acc : NULL, &dir, e);
	if (ret == 0)
		ret = add_queue(q, dir, e);
	free(dir);
	for (size_t i = 0; ret == 0 && i < s.route.rc.n; i++) {
		dir = s.route.rc.account[i]->queue_dir;
		if (dir != NULL && dir[0] != '\0')
			ret = add_queue(q, dir, e);
	}
	submit_clear(&s);
	if (ret < 0)
		queues_clear(q);
	return ret;
}

static int list(const struct argv_result *a, const char *dir)
{
	struct err e = ERR_INIT;
	struct queues q;
	int ret = open_queues(a, dir, &q, &e);

	if (ret == 0)
		ret = listing_print(q.v, q.n, a->json ? LISTING_JSON :
				    LISTING_MAILQ, cmd_print, &e);
	return close_queues(a, &q, ret < 0 ? cmd_fail(a, &e) : 0);
}

int cmd_mailq(const struct argv_result *a)
{
	return list(a, NULL);
}

int cmd_queue_count(const struct argv_result *a)
{
	struct err e = ERR_INIT;
	unsigned long sum = 0, n;
	struct queues q;
	int ret = open_queues(a, NULL, &q, &e);

	for (size_t i = 0; ret == 0 && i < q.n; i++, sum += n)
		ret = listing_count(q.v[i], &n, &e);
	if (ret == 0)
		printf("%lu\n", sum);
	fflush(stdout);
	return close_queues(a, &q, ret < 0 ? cmd_fail(a, &e) : 0);
}

/* ---- runs -------------------------------------------------------------- */

static void show_event(void *ctx, const struct retry_event *ev)
{
	(void)ctx;
	printf("%s: %zu sent", ev->id, ev->sent);
	if (ev->deferred > 0)
		printf(", %zu deferred", ev->deferred);
	if (ev->failed > 0)
		printf(", %zu failed", ev->failed);
	printf("%s%s\n", ev->why[0] != '\0' ? ": " : "", ev->why);
}

static bool empty(struct spool *s)
{
	struct spool_ids ids = SPOOL_IDS_INIT;
	struct err ignored = ERR_INIT;
	bool is = spool_window(s, "", 1, &ids, &ignored) < 0 || ids.n == 0;

	spool_ids_clear(&ids);
	return is;
}

enum what {
	DUE,	/* by the schedule, circuits respected: timers, cron */
	ALL,	/* as any sendmail's -q, but where the login was refused it
		 * waits: hooks call it whenever a network comes up */
	FORCE	/* a person says so */
};

/* Run the queues once; of WHAT, ONLY these ids (NULL: all). */
static int run_queues(const struct argv_result *a, const struct queues *q,
		      const struct strv *only, enum what what, bool show)
{
	struct err e = ERR_INIT;
	int status = 0;

	for (size_t i = 0; i < q->n; i++) {
		struct retry_ask ask = {
			.s = q->v[i], .now = what != DUE,
			.gentle = what == ALL, .only = only,
			.trace = cmd_trace(a), .prog = a->prog,
			.quiet = a->face >= FACE_SENDMAIL,
			.event = show ? show_event : NULL,
		};
		struct retry_result res = { .notices = 1 };
		int ret = 0;

		/* the second round is for notices that the first has made */
		for (int round = 0; ret == 0 && res.notices > 0 && round < 2;
		     round++) {
			ret = retry_run(&ask, &res, &e);
			ask.now = false;
			ask.only = NULL;
		}
		if (ret < 0)
			status = cmd_fail(a, &e);
		/* what stays is somebody's business later */
		else if (res.left > 0 || (only != NULL && !empty(q->v[i])))
			runner_wake(q->v[i]);
	}
	return status;
}

/*
 * sendmail -q, ostler -q, -qTIME.  A time is a timer's word, for which others
 * start a daemon: as sendmail it is one run of what is due.
 */
int cmd_queue_run(const struct argv_result *a)
{
	struct err e = ERR_INIT;
	struct queues q;
	int status;

	if (open_queues(a, NULL, &q, &e) < 0)
		return cmd_fail(a, &e);
	if (a->queue_interval > 0 && a->face < FACE_SENDMAIL) {
		/* the first queue is the chosen account's */
		char *dir = q.n > 0 ? xstrdup(spool_path(q.v[0])) : NULL;

		queues_clear(&q);
		if (dir == NULL && queuedir(NULL, &dir, &e) < 0)
			return cmd_fail(a, &e);
		status = runner_every(dir, a->queue_interval, a->prog, &e) < 0 ?
			cmd_fail(a, &e) : 0;
		free(dir);
		return status;
	}
	status = run_queues(a, &q, NULL, a->queue_interval > 0 ? DUE : ALL,
			    a->face < FACE_SENDMAIL && isatty(STDOUT_FILENO));
	return close_queues(a, &q, status);
}

/* ---- ostler queue ------------------------------------------------------ */

struct ask {
	struct argv_result a;
	const char *verb;
	const char *dir;
	bool resident;
	struct strv ids;
};

static int show(struct spool *s, const char *id, struct err *e)
{
	struct buf text = BUF_INIT(SHOW_MAX);
	int ret = handle_show(s, id, &text, e);

	if (ret == 0)
		cmd_print(&text);
	buf_free(&text);
	return ret;
}

/* What was given up comes back first; then it is tried, held or not, and what
 * was held and stays is held. */
static int retry(struct spool *s, const char *id, struct err *e)
{
	int ret = handle_find(s, id, e);

	return ret == 1 ? handle_revive(s, id, e) : ret;
}

static const struct {
	const char *name;
	int (*fn)(struct spool *s, const char *id, struct err *e);
	bool failed;		/* also where what was given up is */
	bool run;		/* and then send them */
} verbs[] = {
	{ "show", show, true, false },
	{ "hold", handle_hold, false, false },
	{ "release", handle_release, false, false },
	{ "drop", handle_drop, true, false },
	{ "retry", retry, false, true },
	{ "flush", retry, false, true },
};
#define VERBS (sizeof verbs / sizeof verbs[0])

#define USAGE "usage: ostler queue [-C FILE] [--dir DIR] [--json] list | " \
	"flush [ID...] | run | show|retry|hold|release|drop ID...|all"

static int misuse(const struct ask *k, const char *what, const char *word)
{
	struct err e = ERR_INIT;

	err_set(&e, ERR_USAGE, "%s%s%s%s; " USAGE, what, word[0] != '\0' ?
		" '" : "", word, word[0] != '\0' ? "'" : "");
	return cmd_fail(&k->a, &e);
}

static int no_such_command(const struct ask *k)
{
	const char *names[VERBS + 2] = { "list", "run" }, *near;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < VERBS; i++)
		names[i + 2] = verbs[i].name;
	near = ascii_closest(k->verb, names, VERBS + 2);
	if (near == NULL)
		return misuse(k, "no such command", k->verb);
	if (strcmp(near, k->verb) == 0)
		return misuse(k, k->ids.n > 0 ? "no ids are wanted behind" :
			      "an id is needed behind", k->verb);
	err_set(&e, ERR_USAGE, "no such command '%s'; did you mean '%s'?",
		k->verb, near);
	return cmd_fail(&k->a, &e);
}

static int on_one(struct spool *s, size_t verb, const char *id, struct err *e)
{
	struct err there = ERR_INIT;
	struct spool *failed;
	int ret = verbs[verb].fn(s, id, e), second;

	if (ret != 1 || !verbs[verb].failed)
		return ret;
	second = spool_open_failed(s, false, &failed, &there);
	if (second == 0) {
		second = verbs[verb].fn(failed, id, &there);
		spool_close(failed);
	}
	if (second < 0)
		*e = there;
	return second;
}

/* The id in whichever queue has it; 1: none has. */
static int in_any(const struct queues *q, size_t verb, const char *id,
		  struct err *e)
{
	int ret = 1;

	err_set(e, ERR_DATA, "the queue is empty");
	for (size_t i = 0; ret == 1 && i < q->n; i++)
		ret = on_one(q->v[i], verb, id, e);
	return ret;
}

static int all_ids(const struct queues *q, struct strv *ids, struct err *e)
{
	struct spool_ids part = SPOOL_IDS_INIT;
	char after[ENTRY_ID_MAX];
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < q->n; i++) {
		after[0] = '\0';
		do {
			ret = spool_window(q->v[i], after, SPOOL_WINDOW, &part,
					   e);
			for (size_t k = 0; k < part.n; k++)
				strv_add(ids, part.id[k]);
			if (part.n > 0)
				memcpy(after, part.id[part.n - 1], sizeof after);
		} while (part.n == SPOOL_WINDOW);
	}
	spool_ids_clear(&part);
	return ret;
}

static bool names_all(const struct ask *k)
{
	return k->ids.n == 1 && strcmp(k->ids.v[0], "all") == 0;
}

/* Those that VERB did well are run, whatever became of the others. */
static int hands_on(struct ask *k, size_t verb)
{
	bool all = names_all(k);
	struct strv done = STRV_INIT;
	struct err e = ERR_INIT;
	struct queues q;
	int status = 0, ran = 0;

	if (open_queues(&k->a, k->dir, &q, &e) < 0)
		return cmd_fail(&k->a, &e);
	if (all) {
		strv_clear(&k->ids);
		if (all_ids(&q, &k->ids, &e) < 0)
			status = cmd_fail(&k->a, &e);
	}
	for (size_t i = 0; i < k->ids.n; i++) {
		int ret = in_any(&q, verb, k->ids.v[i], &e);

		if (ret == 0)
			strv_add(&done, k->ids.v[i]);
		/* one of all may just have been sent */
		else if (ret < 0 || !all)
			status = cmd_fail(&k->a, &e);
	}
	if (verbs[verb].run && done.n > 0)
		ran = run_queues(&k->a, &q, &done, FORCE, true);
	else if (strcmp(verbs[verb].name, "release") == 0)
		for (size_t i = 0; i < q.n; i++)
			runner_wake(q.v[i]);
	strv_clear(&done);
	return close_queues(&k->a, &q, status != 0 ? status : ran);
}

/* flush without ids, flush all, retry all, run, run --resident */
static int run(struct ask *k)
{
	struct err e = ERR_INIT;
	struct queues q;
	bool now = strcmp(k->verb, "run") != 0;
	int status;

	if (k->resident && k->dir != NULL)
		return runner_main(k->dir, k->a.prog, &e) < 0 ?
			cmd_fail(&k->a, &e) : 0;
	if (open_queues(&k->a, k->dir, &q, &e) < 0)
		return cmd_fail(&k->a, &e);
	status = run_queues(&k->a, &q, NULL, now ? FORCE : DUE,
			    now || isatty(STDOUT_FILENO));
	return close_queues(&k->a, &q, status);
}

/* -1: all is well, else the exit status. */
static int parse(struct ask *k, int argc, char *const argv[])
{
	for (int i = 0; i < argc; i++) {
		bool takes = strcmp(argv[i], "--dir") == 0 ||
			strcmp(argv[i], "-C") == 0;

		if (takes && i + 1 == argc)
			return misuse(k, "a value is needed behind", argv[i]);
		if (strcmp(argv[i], "--help") == 0) {
			puts(USAGE "\nWhat they do stands in ostler-queue(1).");
			return 0;
		}
		if (strcmp(argv[i], "--json") == 0)
			k->a.json = true;
		else if (strcmp(argv[i], "--resident") == 0)
			k->resident = true;
		else if (strcmp(argv[i], "--debug") == 0)
			k->a.debug = true;
		else if (strcmp(argv[i], "--dir") == 0)
			k->dir = argv[++i];
		else if (strcmp(argv[i], "-C") == 0)
			k->a.rcfile = argv[++i];
		else if (argv[i][0] == '-')
			return misuse(k, "unknown option", argv[i]);
		else if (k->verb == NULL)
			k->verb = argv[i];
		else
			strv_add(&k->ids, argv[i]);
	}
	return k->verb != NULL ? -1 : misuse(k, "a command is needed", "");
}

static int dispatch(struct ask *k)
{
	bool ids = k->ids.n > 0;

	if (strcmp(k->verb, "list") == 0 && !ids)
		return list(&k->a, k->dir);
	if ((strcmp(k->verb, "run") == 0 || strcmp(k->verb, "flush") == 0) &&
	    !ids)
		return run(k);
	for (size_t i = 0; i < VERBS; i++)
		if (ids && strcmp(k->verb, verbs[i].name) == 0)
			/* a hold is for those that nobody names */
			return verbs[i].run && names_all(k) ? run(k) :
				hands_on(k, i);
	return no_such_command(k);
}

int cmd_queue(const struct argv_result *a)
{
	struct ask k = { .a = { .prog = a->prog, .mode = MODE_BP,
				.rcfile = a->rcfile, .json = a->json,
				.debug = a->debug } };
	int status;

	account_init(&k.a.over);
	status = parse(&k, a->nwords, a->words);
	if (status < 0)
		status = dispatch(&k);
	strv_clear(&k.ids);
	account_clear(&k.a.over);
	return status;
}
