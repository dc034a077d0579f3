#include "flow/retry_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "flow/bounce.h"
#include "flow/settle.h"
#include "sys/host.h"

#define CLOCK_SET 1577836800	/* 1 January 2020: no clock that is set is before */
#define ROUNDS_MAX 1000		/* as a relay that takes only a few recipients
				 * at a time makes necessary */

int64_t retry_next(const struct entry *en, const char *retry, int lifetime,
		   int64_t now)
{
	struct schedule schedule = { 60, 2, 7200 };
	struct err ignored = ERR_INIT;
	int64_t end = en->entered + lifetime, next;

	if (retry != NULL)
		schedule_parse(retry, &schedule, &ignored);
	next = now + circuit_jitter(schedule_wait(&schedule,
				    en->tries > 0 ? en->tries : 1));
	return next > end && end > now ? end : next;
}

void retry_stays(struct run *r, int64_t when)
{
	r->res->left++;
	if (r->res->next < 0 || when < r->res->next)
		r->res->next = when;
}

void retry_trouble(struct run *r)
{
	r->res->troubles++;
	retry_stays(r, r->now);
}

static void report(struct run *r, const struct job *j, size_t sent,
		   size_t deferred, size_t failed)
{
	struct retry_event ev = {
		.id = j->en->id, .sent = sent, .deferred = deferred,
		.failed = failed, .why = j->mail.e.text,
	};

	r->res->sent += sent;
	r->res->deferred += deferred;
	r->res->failed += failed;
	if (r->ask->event != NULL)
		r->ask->event(r->ask->ctx, &ev);
}

/* Is any recipient sent now who may have had it before? */
static bool twice(const struct job *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->en->last[i].maybe_sent && j->mail.out[i].verdict == SENT)
			return true;
	return false;
}

static bool maybe(const struct job *j)
{
	return settle_doubt(&j->en->env, j->mail.out);
}

static void log_line(const struct run *r, const struct job *j, bool failed,
		     const struct buf *line)
{
	const char *prog = r->ask->prog;

	settle_log(&j->lane->route.acc, failed, buf_str(line), prog,
		   r->ask->quiet ? NULL : prog);
}

static void log_attempt(struct run *r, const struct job *j)
{
	const struct account *acc = &j->lane->route.acc;
	struct buf line = BUF_INIT(1u << 20);
	struct settle_note note = {
		.size = j->en->size,
		.reply = j->mail.reply.code > 0 ? &j->mail.reply : NULL,
		.err = &j->mail.e, .id = j->en->id,
		.delay_s = (int)(r->now - j->en->entered),
		.again = twice(j), .doubt = maybe(j),
	};

	if (!settle_logs(acc))
		return;
	settle_line(acc, &j->en->env, &note, &line);
	log_line(r, j, j->mail.e.kind != ERR_NONE, &line);
	buf_free(&line);
}

void retry_log_cut_off(struct run *r, struct job *j)
{
	struct buf line = BUF_INIT(1u << 20);
	struct err e = ERR_INIT;
	struct settle_note note = {
		.err = &e, .id = j->en->id, .doubt = true,
		.delay_s = (int)(r->now - j->en->entered),
	};

	j->lane = lanes_get(&r->lanes, j->en, r->now);
	if (!settle_logs(&j->lane->route.acc))
		return;
	err_set(&e, ERR_TEMP, "the process that was sending it ended");
	settle_line(&j->lane->route.acc, &j->en->env, &note, &line);
	log_line(r, j, true, &line);
	buf_free(&line);
}

static void log_remark(struct run *r, const struct job *j, const char *what,
		       const struct err *e)
{
	struct buf line = BUF_INIT(65536);

	log_word(&line, "queue", j->en->id);
	log_text(&line, "error", what);
	log_text(&line, "reason", e->text);
	buf_truncate(&line, line.len - 1);
	log_line(r, j, true, &line);
	buf_free(&line);
}

static void take_outcome(struct outcome *to, const struct outcome *from)
{
	to->maybe_sent = to->maybe_sent || from->maybe_sent;
	to->verdict = from->verdict;
	to->kind = from->kind;
	reply_copy(&to->reply, &from->reply);
}

static char *lifetime_words(int seconds)
{
	if (seconds % 86400 == 0)
		return xasprintf("%d day%s", seconds / 86400,
				 seconds == 86400 ? "" : "s");
	return xasprintf("%d minutes", seconds / 60);
}

static struct bounce bounce_of(const struct run *r, const struct job *j)
{
	return (struct bounce){ .s = r->s, .acc = &j->lane->route.acc,
				.en = j->en, .draft = j->draft, .now = r->now };
}

/* A notice may be in the queue now that this run does not come by. */
static void noticed(struct run *r, const struct job *j)
{
	if (j->en->env.from[0] == '\0')
		return;
	r->res->notices++;
	retry_stays(r, r->now);
}

/*
 * The recipients flagged in GONE are given up, AGED or refused.  True: their
 * notice is in the queue (or nobody wants one), and they may leave.
 */
static bool give_up(struct run *r, struct job *j, const bool *gone, bool aged)
{
	struct bounce b = bounce_of(r, j);
	char *words = aged ? lifetime_words(j->lane->route.acc.queue_lifetime) :
		NULL;
	struct err e = ERR_INIT;
	bool told = bounce_failed(&b, gone, words, &e) == 0 ||
		(retry_make_room(r) && bounce_failed(&b, gone, words, &e) == 0);

	free(words);
	if (told) {
		j->en->notices++;
		noticed(r, j);
	} else {
		r->res->troubles++;
		log_remark(r, j, "the failure cannot be told", &e);
	}
	return told;
}

/* It is not being sent any more; with a doubt that only we know of it is. */
static void at_rest(struct job *j)
{
	struct err ignored = ERR_INIT;

	if (j->unwritten)
		spool_cut_off(j->h, &ignored);
	else
		spool_sending(j->h, false, &ignored);
}

/*
 * Those flagged in GONE are settled: the env forgets them, or, with no room
 * left to write another, has them struck out.  If a notice was made that it
 * then does not know of (TOLD), one could not be struck out, or one of the
 * others may have had the mail, it stays marked as being sent, and the next
 * owner looks into it.
 */
static void record(struct run *r, struct job *j, const bool *gone, bool told)
{
	bool *keep = xcalloc(j->n + 1, sizeof *keep);
	struct strv done = STRV_INIT;
	struct err e = ERR_INIT;
	bool struck = true;

	for (size_t i = 0; i < j->n; i++) {
		keep[i] = !gone[i];
		if (gone[i])
			strv_add(&done, j->en->env.rcpt[i].addr);
	}
	entry_keep(j->en, keep);
	j->unwritten = spool_update(j->h, &e) < 0 &&
		(!retry_make_room(r) || spool_update(j->h, &e) < 0);
	if (j->unwritten) {
		r->res->troubles++;
		log_remark(r, j, "cannot write down what was settled", &e);
		for (size_t i = 0; i < done.n; i++) {
			if (spool_strike(j->h, done.v[i], &e) == 0)
				continue;
			log_remark(r, j, "cannot strike out", &e);
			struck = false;
		}
		j->unwritten = told || !struck || entry_doubtful(j->en);
		at_rest(j);
	}
	strv_clear(&done);
	free(keep);
}

static void leave(struct run *r, struct job *j)
{
	struct err e = ERR_INIT;

	if (spool_leave(j->h, &e) == 0) {
		j->h = NULL;
		return;
	}
	log_remark(r, j, "cannot remove a settled message", &e);
	spool_cut_off(j->h, &e);	/* it has been sent: in doubt at least */
	retry_trouble(r);
}

/* Flags of the recipients with verdict V; how many. */
static size_t with_verdict(const struct job *j, enum verdict v, bool *out)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n; i++) {
		out[i] = j->mail.out[i].verdict == v;
		n += out[i];
	}
	return n;
}

static void add_flags(bool *to, const bool *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = to[i] || from[i];
}

/* Is it the relay itself that keeps somebody waiting? */
static bool relay_defers(const struct job *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->mail.out[i].verdict == DEFERRED && !j->mail.out[i].reply.local)
			return true;
	return false;
}

/* Do all who were put off wait because there are too many for one message, by
 * its LIMITS or by its word (RFC 5321 section 4.5.3.1.10)? */
static bool too_many(const struct job *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->mail.out[i].verdict == DEFERRED && !j->mail.out[i].reply.local &&
		    j->mail.out[i].reply.code != 452)
			return false;
	return true;
}

static void warn(struct run *r, struct job *j, const bool *late)
{
	const struct account *acc = &j->lane->route.acc;
	struct bounce b = bounce_of(r, j);
	struct err e = ERR_INIT;

	if (j->en->warned || acc->queue_warn <= 0 || !relay_defers(j) ||
	    r->now - j->en->entered < acc->queue_warn)
		return;
	if (bounce_delayed(&b, late, j->en->entered + acc->queue_lifetime,
			   &e) == 0) {
		j->en->warned = true;
		noticed(r, j);
	} else {
		log_remark(r, j, "the delay cannot be told", &e);
	}
}

static bool too_old(const struct run *r, const struct job *j)
{
	return r->now >= j->en->entered + j->lane->route.acc.queue_lifetime;
}

/*
 * It was tried before it was due, for a person or a hook could not wait: that
 * is no step of the schedule, or who says so often enough puts it off.
 */
static bool early(const struct run *r, const struct job *j)
{
	unsigned tries = j->en->tries > 0 ? j->en->tries : 1;

	return circuit_early(r->now, j->en->next,
			     schedule_wait(&j->lane->schedule, tries));
}

/* It stays: when is it due again? */
static void put_off(const struct run *r, struct job *j)
{
	if (early(r, j))
		return;
	j->en->tries++;
	j->en->next = retry_next(j->en, j->lane->route.acc.retry,
				 j->lane->route.acc.queue_lifetime, r->now);
}

/*
 * The verdicts are in: tell of failures first, then forget everybody who is
 * settled.  True: some are left only because the relay takes few at a time,
 * and it can go on with them at once.
 */
static bool settle(struct run *r, struct job *j)
{
	bool *gone = xcalloc(j->n + 1, 1), *some = xcalloc(j->n + 1, 1);
	size_t sent, failed, deferred;
	unsigned notices = j->en->notices;
	bool again;

	for (size_t i = 0; i < j->n; i++)
		take_outcome(&j->en->last[i], &j->mail.out[i]);
	j->en->crashes = 0;
	sent = with_verdict(j, SENT, gone);
	failed = with_verdict(j, FAILED, some);
	if (failed > 0 && give_up(r, j, some, false))
		add_flags(gone, some, j->n);
	deferred = with_verdict(j, DEFERRED, some);
	again = sent > 0 && deferred > 0 && too_many(j) && !maybe(j) &&
		!j->lane->down;
	if (deferred > 0 && !again) {
		if (!too_old(r, j))
			warn(r, j, some);
		else if (give_up(r, j, some, true))
			add_flags(gone, some, j->n);
	}
	report(r, j, sent, deferred, failed);
	if (memchr(gone, false, j->n) == NULL) {
		leave(r, j);
		again = false;
	} else {
		if (!again)
			put_off(r, j);
		record(r, j, gone, j->en->notices > notices);
		if (!again)
			retry_stays(r, j->en->next);
	}
	free(gone);
	free(some);
	return again;
}

/* Its account does not work; old age comes all the same. */
static void wait_for_lane(struct run *r, struct job *j)
{
	bool *all;

	if (j->lane->routed && too_old(r, j)) {
		all = xcalloc(j->en->env.n + 1, 1);
		memset(all, true, j->en->env.n);
		j->n = j->en->env.n;
		if (give_up(r, j, all, true)) {
			report(r, j, 0, 0, j->n);
			leave(r, j);
			free(all);
			return;
		}
		free(all);
	}
	r->res->waiting++;
	retry_stays(r, j->lane->circuit.next);
}

static bool sent_to_all(const struct job *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->mail.out[i].verdict != SENT)
			return false;
	return true;
}

/*
 * Most mails: nobody is to be told and nothing to be written.  Not a step too
 * many, for a process that dies before the env says so sends it again.
 */
static void settle_sent(struct run *r, struct job *j)
{
	report(r, j, j->n, 0, 0);
	bounce_told(r->s, j->en);
	leave(r, j);
}

static void clear_said(struct job *j)
{
	outcomes_free(j->mail.out, j->n);
	reply_clear(&j->mail.reply);
}

void retry_settle(struct run *r)
{
	struct job *j = &r->sent;

	if (j->h == NULL)
		return;
	log_attempt(r, j);
	settle_sent(r, j);
	clear_said(j);
	spool_release(j->h);
	j->h = NULL;
}

static void address(struct job *j)
{
	j->n = j->en->env.n;
	j->mail = (struct lane_mail){
		.env = &j->en->env, .draft = j->draft,
		.out = outcomes_new(j->n), .reply = REPLY_INIT,
		.e = ERR_INIT,
	};
}

/* Once to the relay.  True: at once again, with those left. */
static bool attempt(struct run *r, struct job *j)
{
	enum lane_said said;
	bool again = false;

	if (!j->mail.begun)
		address(j);
	said = lane_deliver(&r->lanes, j->lane, &j->mail);
	retry_settle(r);
	r->res->tried += said == LANE_DECIDED;
	if (said == LANE_DECIDED && sent_to_all(j)) {
		r->sent = *j;
		j->h = NULL;
		return false;
	}
	log_attempt(r, j);
	if (said != LANE_DECIDED) {
		report(r, j, 0, j->n, 0);
		at_rest(j);
		wait_for_lane(r, j);
	} else {
		again = settle(r, j);
	}
	clear_said(j);
	return again;
}

/*
 * Too old, its sender may have been told of that by a run which died before it
 * could take it out.  Nothing was being sent then, so that nobody sees it in the
 * env.  True: it is done.
 */
static bool told_before(struct run *r, struct job *j)
{
	struct err e = ERR_INIT;

	if (bounce_reconcile(r->s, j->h, &e) < 0)
		retry_trouble(r);
	else if (j->en->env.n == 0)
		leave(r, j);
	else
		return false;
	return true;
}

/*
 * It came in when the clock was not set yet, or far ahead: its age is counted
 * from now on.
 */
static void mind_clock(struct run *r, struct job *j)
{
	struct err ignored = ERR_INIT;

	if (r->now < CLOCK_SET || (j->en->entered >= CLOCK_SET &&
				   j->en->entered <= r->now + CIRCUIT_FAR_S))
		return;
	j->en->entered = r->now;
	spool_update(j->h, &ignored);
}

/* Can it be sent as it is? */
static bool straight(const struct run *r, const struct job *j)
{
	return j->lane->routed && !j->lane->down && !too_old(r, j);
}

void retry_ahead(struct run *r)
{
	struct job *j = &r->taken;
	struct err ignored = ERR_INIT;

	if (j->h == NULL || j->mail.begun || host_stopped() != 0)
		return;
	mind_clock(r, j);
	j->lane = lanes_get(&r->lanes, j->en, r->now);
	if (!straight(r, j) || !lane_ready_ahead(&r->lanes, j->lane, j->draft) ||
	    spool_sending(j->h, true, &ignored) < 0)
		return;
	address(j);
	if (lane_ahead(j->lane, &j->mail))
		return;
	clear_said(j);
	spool_sending(j->h, false, &ignored);
}

/* Make ready; false: it is settled, or has to wait. */
static bool prepare(struct run *r, struct job *j)
{
	mind_clock(r, j);
	j->lane = lanes_get(&r->lanes, j->en, r->now);
	if (!lane_open(j->lane))	/* who knows when it is on its way */
		retry_settle(r);
	if (j->lane->routed && too_old(r, j) && told_before(r, j))
		return false;
	if (j->lane->routed && !j->lane->down)
		return true;
	wait_for_lane(r, j);
	return false;
}

void retry_job(struct run *r, struct job *j)
{
	struct err e = ERR_INIT;
	bool begun = j->mail.begun;

	if (begun && !lane_open(j->lane))
		retry_settle(r);
	if (!begun && !prepare(r, j))
		return;
	for (int i = 0; i < ROUNDS_MAX && j->h != NULL; i++) {
		if (!(begun && i == 0) && spool_sending(j->h, true, &e) < 0) {
			log_remark(r, j, "cannot write down that it is being "
				   "sent", &e);
			retry_trouble(r);
			return;
		}
		if (!attempt(r, j))
			return;
	}
	retry_stays(r, j->en->next);
}
