#include "flow/retry.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/xalloc.h"
#include "flow/bounce.h"
#include "flow/retry_int.h"
#include "sys/host.h"

_Static_assert(CLAIM_MAX <= SPOOL_SETTLED, "all of a claim share one fsync");

static bool wanted(const struct run *r, const char *id)
{
	if (r->ask->only == NULL)
		return true;
	for (size_t i = 0; i < r->ask->only->n; i++)
		if (strcmp(r->ask->only->v[i], id) == 0)
			return true;
	return false;
}

static bool due(const struct run *r, const struct entry *en)
{
	return r->ask->now || en->next <= r->now ||
	       en->next > r->now + CIRCUIT_FAR_S;
}

/*
 * Reading it failed with E.  What is damaged is left alone, and mailq tells
 * of it; what could not be had this time is there all the same.
 */
static void unread(struct run *r, const struct err *e)
{
	if (e->kind != ERR_DATA)
		retry_trouble(r);
}

/* Does its account let it be tried now? */
static bool goes(struct run *r, const struct entry *en)
{
	const struct lane *lane = lanes_get(&r->lanes, en, r->now);

	if (!lane->down)
		return true;
	if (lane->routed &&
	    r->now >= en->entered + lane->route.acc.queue_lifetime)
		return true;
	r->res->waiting++;
	retry_stays(r, lane->circuit.next);
	return false;
}

/*
 * How many messages make a batch: for each there are up to five descriptors (of
 * one that is looked at, two that are settled and two that are synced), and
 * there must be some for what is in hand, relay and log.
 */
static size_t batch_size(void)
{
	size_t n = host_descriptors(8 * BATCH_MAX) / 8;

	return n < 1 ? 1 : n > BATCH_MAX ? BATCH_MAX : n;
}

/* Look at ID, and take note of it when it is due. */
static void choose(struct run *r, const char *id)
{
	struct spool_look *l = &r->ahead->look[r->ahead->n];
	struct err e = ERR_INIT;
	bool yes = false;
	int ret;

	if (!wanted(r, id))
		return;
	ret = spool_look(r->s, id, l, &e);
	if (ret < 0)
		unread(r, &e);
	if (ret != 0)
		return;
	if (l->en.env.n == 0)
		yes = true;
	else if (l->en.held && r->ask->only == NULL)
		yes = false;
	else if (l->en.sending)
		yes = true;
	else if (!due(r, &l->en))
		retry_stays(r, l->en.next);
	else
		yes = goes(r, &l->en);
	if (yes)
		r->ahead->n++;
	else
		spool_look_clear(l);
}

/* Choose until the batch is full or the queue ends. */
static int choose_batch(struct run *r, struct err *e)
{
	char after[ENTRY_ID_MAX] = "";

	while (r->ahead->n < r->batch_max && host_stopped() == 0) {
		if (r->at < r->ids.n) {
			choose(r, r->ids.id[r->at++]);
			continue;
		}
		if (r->end)
			break;
		if (r->ids.n > 0)
			memcpy(after, r->ids.id[r->ids.n - 1], sizeof after);
		r->at = 0;
		if (spool_window(r->s, after, SPOOL_WINDOW, &r->ids, e) < 0)
			return -1;
		r->end = r->ids.n < SPOOL_WINDOW;
	}
	return 0;
}

/*
 * An owner came to no end, the last one or, as its claim told, one before a
 * power cut: nobody knows what was sent, and there may be a notice that the
 * env does not know of.
 */
static int recover(struct run *r, struct job *j)
{
	struct err e = ERR_INIT;

	if (j->en->sending) {
		retry_log_cut_off(r, j);
		entry_cut_off(j->en, true, r->now);
		j->unwritten = spool_update(j->h, &e) < 0;
	}
	return bounce_reconcile(r->s, j->h, &e) < 0 ? -1 : 0;
}

/* True: there is nothing to send. */
static bool tidy(struct run *r, struct job *j)
{
	struct err e = ERR_INIT;

	if ((j->en->sending || entry_doubtful(j->en)) && recover(r, j) < 0) {
		retry_trouble(r);
		return true;
	}
	if (j->en->env.n > 0)
		return false;
	if (spool_leave(j->h, &e) == 0)
		j->h = NULL;
	else
		retry_trouble(r);
	return true;
}

/* What the held message of J needs now; true: to be sent. */
static bool ready(struct run *r, struct job *j)
{
	struct err e = ERR_INIT;

	if (tidy(r, j) || (j->en->held && r->ask->only == NULL))
		return false;
	if (!due(r, j->en)) {
		retry_stays(r, j->en->next);
	} else if (!bounce_ready(r->s, j->en)) {
		retry_stays(r, r->now + 1);
	} else if (spool_held_draft(j->h, &j->draft, &e) < 0) {
		retry_trouble(r);
	} else {
		return true;
	}
	return false;
}

/* Own what L saw; true: it is in J, to be sent. */
static bool take(struct run *r, struct spool_look *l, struct job *j)
{
	char id[ENTRY_ID_MAX];
	struct err e = ERR_INIT;
	int ret;

	memcpy(id, l->en.id, sizeof id);
	*j = (struct job){ .h = NULL };
	ret = spool_take_seen(r->s, l, &j->h, &e);
	if (ret < 0)
		unread(r, &e);
	else if (ret == 0 && spool_busy(r->s, id))
		retry_stays(r, r->now + 1);
	if (ret <= 0)
		return false;
	j->en = spool_held_entry(j->h);
	if (ready(r, j))
		return true;
	spool_release(j->h);
	j->h = NULL;
	return false;
}

/* The next of the batch that is to be sent. */
static bool take_next(struct run *r, struct job *j)
{
	while (r->next < r->batch->n && host_stopped() == 0) {
		size_t i = r->next++;

		r->now = time(NULL);
		if (!r->mine[r->first + i])
			retry_stays(r, r->now + CLAIM_FOREIGN_S / 10);
		else if (take(r, &r->batch->look[i], j))
			return true;
	}
	return false;
}

/*
 * The relay has a message and thinks about it: the time to settle the one
 * before, to take the next, to look at one for the next batch, and to remove a
 * file of what has left.
 */
static void meanwhile(void *ctx)
{
	struct run *r = ctx;

	retry_settle(r);
	if (r->taken.h == NULL && !r->ending)
		take_next(r, &r->taken);
	if (!r->ending)
		retry_ahead(r);
	if (r->at < r->ids.n && r->ahead->n < r->batch_max)
		choose(r, r->ids.id[r->at++]);
	spool_spare(r->s);
}

static void batch_clear(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		spool_look_clear(&b->look[i]);
	b->n = 0;
}

/* What has left is brought to the disk; then its claim may go. */
static int settle_claimed(struct run *r, struct err *e)
{
	if (r->claimed.n == 0)
		return 0;
	if (spool_sync_names(r->s, e) < 0)
		return -1;	/* the claim tells the next run */
	claim_clear(r->claim);
	r->claimed.n = 0;
	return 0;
}

static int claim_batch(struct run *r, struct err *e)
{
	if (r->claimed.n + r->batch->n > 2 * r->batch_max &&
	    settle_claimed(r, e) < 0)
		return -1;
	r->first = r->claimed.n;
	for (size_t i = 0; i < r->batch->n; i++)
		spool_ids_add(&r->claimed, r->batch->look[i].en.id);
	return claim_set(r->claim, &r->claimed, r->mine, e);
}

/* The next one, which may be in hand already. */
static bool turn(struct run *r, struct job *j)
{
	if (r->taken.h == NULL)
		return take_next(r, j);
	*j = r->taken;
	r->taken = (struct job){ .h = NULL };
	return true;
}

/*
 * What has left is brought to the disk with every other batch, or when a second
 * has passed, so that a power cut makes few be sent again.
 */
static int send_batch(struct run *r, struct err *e)
{
	struct batch *chosen = r->ahead;
	int64_t synced = time(NULL);
	struct job j;
	int ret = 0;

	r->ahead = r->batch;
	r->batch = chosen;
	r->next = 0;
	if (claim_batch(r, e) < 0)
		return -1;
	while ((!r->ending || r->taken.mail.begun) && turn(r, &j)) {
		if (host_stopped() == 0 || j.mail.begun)
			retry_job(r, &j);
		spool_release(j.h);
		if (r->now > synced + 1 && !r->ending) {
			ret = spool_sync_names(r->s, e);
			r->ending = ret < 0;
			synced = r->now;
		}
	}
	retry_settle(r);
	spool_release(r->taken.h);
	r->taken.h = NULL;
	batch_clear(r->batch);
	return ret;
}

/* RET, unless the disk has lost something meanwhile, for a notice or so. */
static int mind_lost(struct run *r, int ret, struct err *e)
{
	if (spool_lost(r->s, e) == 0)
		return ret;
	claim_lost(r->claim);
	return -1;
}

static int send_all(struct run *r, struct err *e)
{
	int ret;

	do {
		ret = choose_batch(r, e);
		if (ret < 0 || r->ahead->n == 0)
			break;
		ret = mind_lost(r, send_batch(r, e), e);
	} while (ret == 0 && host_stopped() == 0);
	if (ret == 0)
		ret = mind_lost(r, settle_claimed(r, e), e);
	return ret;
}

static void run_clear(struct run *r)
{
	spool_ids_clear(&r->ids);
	spool_ids_clear(&r->claimed);
	batch_clear(r->ahead);
	batch_clear(r->batch);
	free(r->ahead);
	free(r->batch);
	claim_close(r->claim);
}

bool retry_make_room(struct run *r)
{
	struct err ignored = ERR_INIT;
	size_t removed = 0;

	if (!r->repaired && (r->claim == NULL || !claim_any_lost(r->claim)))
		spool_repair(r->s, &removed, &ignored);
	r->repaired = true;
	return removed > 0;
}

/*
 * Unless there is no room, remainders are in nobody's way: they are looked for
 * when the queue is as short as it gets, after a run that went well.  What is
 * wrong with "failed" itself is no run's business.
 */
static void tidy_up(const struct run *r)
{
	struct err ignored = ERR_INIT;
	struct spool *failed;

	if (claim_any_lost(r->claim))
		return;
	if (spool_repair(r->s, NULL, &ignored) < 0)
		r->res->troubles++;
	if (spool_open_failed(r->s, false, &failed, &ignored) != 0)
		return;
	if (spool_tidy(failed, &ignored) < 0)
		r->res->troubles++;
	spool_close(failed);
}

int retry_run(const struct retry_ask *ask, struct retry_result *res,
	      struct err *e)
{
	struct run r = { .ask = ask, .res = res, .s = ask->s,
			 .now = time(NULL), .batch_max = batch_size() };
	int ret;

	*res = (struct retry_result){ .next = -1 };
	r.lanes = (struct lanes){ .s = ask->s, .probe = ask->now,
				  .gentle = ask->gentle, .trace = ask->trace,
				  .spare = { meanwhile, &r } };
	if (claim_open(ask->s, &r.claim, e) < 0 &&
	    (!retry_make_room(&r) || claim_open(ask->s, &r.claim, e) < 0))
		return -1;
	r.ahead = xcalloc(1, sizeof *r.ahead);
	r.batch = xcalloc(1, sizeof *r.batch);
	ret = send_all(&r, e);
	lanes_clear(&r.lanes);
	while (spool_spare(r.s))
		continue;
	if (ret == 0 && host_stopped() == 0)
		tidy_up(&r);
	run_clear(&r);
	return ret;
}
