/*
 * Each act on the queue is stopped by SIGKILL at each of its system calls, a
 * run per call; after each the queue must be a row of its table, nothing
 * promised may be lost and nothing may be sent twice without being marked.
 */
#include <signal.h>
#include <stdio.h>

#include "tests/crash/acts.h"
#include "tests/crash/watch.h"

struct stop {
	const struct stage *st;
	long at;		/* which call is not made; -1: all are */
	long seen;
};

static enum watch_do stop_at(void *ctx, const struct watch_call *call, long n,
			     struct watch_verdict *v)
{
	struct stop *s = ctx;

	(void)call;
	(void)n;
	(void)v;
	if (!s->st->on || s->st->over)
		return WATCH_GO;
	return s->seen++ == s->at ? WATCH_KILL : WATCH_GO;
}

/* One run; *calls is how many there were.  False: it is not as it must be. */
static bool run(const struct act *a, long at, long *calls)
{
	struct stage *st = stage_new(a);
	struct performance p = { a, st };
	struct stop stop = { st, at, 0 };
	int status = watch_run(stage_perform, &p, stop_at, &stop, NULL);
	bool good = true;

	*calls = stop.seen;
	if (at < 0 && (status != 0 || st->result != 0 || stop.seen == 0)) {
		printf("status %d: %s\n", status, st->e.text);
		good = false;
	}
	if (at >= 0 && (status != 128 + SIGKILL || stop.seen != at + 1)) {
		printf("status %d: was to be stopped\n", status);
		good = false;
	}
	good = stage_judge(st, st->path, 0) && good;
	stage_free(st);
	return good;
}

int main(void)
{
	long total = 0, bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!watch_possible()) {
		puts("this machine does not let a system call be watched");
		return 77;
	}
	for (size_t i = 0; i < acts_n; i++) {
		long calls, ignored;

		if (!run(&acts[i], -1, &calls)) {
			printf("%s: does not even work undisturbed\n",
			       acts[i].name);
			bad++;
			continue;
		}
		for (long at = 0; at < calls; at++, total++)
			if (!run(&acts[i], at, &ignored)) {
				printf("  ... %s, stopped at call %ld of %ld\n",
				       acts[i].name, at, calls);
				bad++;
			}
		printf("%s: stopped at each of %ld calls\n", acts[i].name, calls);
	}
	printf("%ld runs, %ld bad\n", total, bad);
	return bad > 0;
}
