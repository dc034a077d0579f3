/*
 * What a power cut leaves.  Each act on the queue is run once and recorded;
 * then for each point of that record every state that the disk may legally
 * be in (record.h) is made in a directory of its own and judged as the next
 * run would find it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/crash/acts.h"
#include "tests/crash/record.h"
#include "tests/crash/watch.h"

#define STATES_MAX 4096		/* of one point; more are drawn by lot */

struct cut {
	const struct stage *st;
	struct record *record;
};

static enum watch_do note(void *ctx, const struct watch_call *call, long n,
			  struct watch_verdict *v)
{
	struct cut *c = ctx;

	(void)n;
	(void)v;
	if (c->st->on && !c->st->over)
		record_call(c->record, call);
	return WATCH_GO;
}

/* The NTH of all combinations of fates. */
static void choose(const struct record *r, const int *pend, int n,
		   unsigned long nth, bool lots, enum fate *fate)
{
	for (int i = 0; i < n; i++) {
		unsigned kinds = record_fates(r, pend[i]);
		unsigned long pick = lots ? (unsigned long)random() : nth;

		fate[pend[i]] = (enum fate)(pick % kinds);
		nth /= kinds;
	}
}

/* All states at the point before operation END; how many were bad. */
static long all_states(const struct record *r, int end, struct states *judged)
{
	enum fate fate[OPS_MAX] = { THERE };
	int pend[PENDING_MAX], n = record_pending(r, end, pend);
	unsigned long total = 1;
	long bad = 0;

	for (int i = 0; i < n; i++)
		total *= record_fates(r, pend[i]);
	for (unsigned long k = 0; k < total && k < STATES_MAX; k++) {
		choose(r, pend, n, k, total > STATES_MAX && k > 0, fate);
		if (!record_judge(r, end, fate, judged) && bad++ == 0)
			record_explain(r, end, fate);
	}
	return bad;
}

/* How many states of A are bad; *judged counts all. */
static long power_cut(const struct act *a, size_t *judged)
{
	struct stage *st = stage_new(a);
	struct performance p = { a, st };
	struct cut c = { st, record_new(st) };
	struct states states = { 0 };
	int status = watch_run(stage_perform, &p, note, &c, NULL), ops;
	long bad = 0;

	ops = record_ops(c.record);
	if (status != 0 || st->result != 0 || ops < 0) {
		printf("%s: %s\n", a->name, ops < 0 ? "cannot be recorded" :
		       st->e.text);
		bad = 1;
	}
	for (int end = 0; bad == 0 && end <= ops; end++) {
		bad += all_states(c.record, end, &states);
		if (bad > 0)
			printf("  ... %s, cut after operation %d of %d\n",
			       a->name, end, ops);
	}
	printf("%s: %d operations, %zu states\n", a->name, ops, states.n);
	*judged += states.n;
	free(states.v);
	record_free(c.record);
	stage_free(st);
	return bad;
}

int main(void)
{
	size_t judged = 0;
	long bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!watch_possible()) {
		puts("this machine does not let a system call be watched");
		return 77;
	}
	srandom(1);
	for (size_t i = 0; i < acts_n; i++)
		bad += power_cut(&acts[i], &judged);
	printf("%zu states judged, %ld bad\n", judged, bad);
	return bad > 0;
}
