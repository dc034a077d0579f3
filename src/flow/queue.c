#include "flow/queue.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "flow/bounce.h"
#include "flow/circuit.h"
#include "flow/claim.h"
#include "flow/lane.h"
#include "flow/queuedir.h"
#include "flow/retry.h"
#include "flow/runner.h"
#include "flow/spool.h"
#include "text/header.h"
#include "text/word.h"

#define SUBJECT_MAX 200		/* bytes kept for lists */

bool queue_wanted(const struct queue_ask *q)
{
	switch ((enum queue_mode)q->acc->queue) {
	case QUEUE_OFF:
		return false;
	case QUEUE_AUTO:
		return q->as_sendmail;
	case QUEUE_ON:
	case QUEUE_ONLY:
		break;
	}
	return true;
}

static int open_queue(const struct queue_ask *q, bool make, struct spool **s,
		      struct err *e)
{
	char *dir;
	int ret;

	if (queuedir(q->acc, &dir, e) < 0)
		return -1;
	ret = spool_open(dir, make, s, e);
	free(dir);
	return ret;
}

/* What tells the account from others, as its entries have it. */
struct way {
	char *rc_file;		/* absolute: a runner's folder is "/" */
	bool rc_usual;		/* not -C's */
	const char *account;
	struct strv rows;
	char *key;
};

/* The usual rc file, as he who runs the queue may not find it; NULL: there is
 * none. */
static char *usual_file(bool trust_env)
{
	char *path = route_user_file(trust_env);

	if (path != NULL && path[0] == '/' && access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

static void way_init(struct way *w, const struct queue_ask *q)
{
	*w = (struct way){ .rc_file = NULL };
	if (q->rc_file != NULL) {
		w->rc_file = realpath(q->rc_file, NULL);
		if (w->rc_file == NULL)
			w->rc_file = xstrdup(q->rc_file);
	} else {
		w->rc_file = usual_file(q->trust_env);
		w->rc_usual = w->rc_file != NULL;
	}
	w->account = q->acc->id != NULL ? q->acc->id : "";
	lane_rows(q->acc, q->over, &w->rows);
	w->key = circuit_key(w->account, w->rc_file, &w->rows);
}

/*
 * A runner reads the rc file anew.  It cannot where that was a pipe of the shell
 * that called us, "-C <(gpg -d ...)", and a mail queued all the same would never
 * go.
 */
static int check_rc_stays(const struct queue_ask *q, struct err *e)
{
	char *path = q->rc_file != NULL ? realpath(q->rc_file, NULL) : NULL;
	struct stat st;
	bool stays = q->rc_file == NULL ||
		(path != NULL && stat(path, &st) == 0 &&
		 !S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode));

	free(path);
	return stays ? 0 : err_set(e, ERR_TEMP, "cannot queue: '%s' can be read "
				   "only once", q->rc_file);
}

static void way_clear(struct way *w)
{
	free(w->rc_file);
	strv_clear(&w->rows);
	free(w->key);
}

/* Was the login refused, and is it too soon to ask again? */
static bool login_rests(const struct queue_ask *q)
{
	struct err ignored = ERR_INIT;
	struct circuit c;
	struct spool *s;
	struct way w;

	if (open_queue(q, false, &s, &ignored) != 0)
		return false;
	way_init(&w, q);
	circuit_read(s, w.key, w.rc_file, q->trust_env, &c);
	way_clear(&w);
	spool_close(s);
	return c.open && c.kind == ERR_NOPERM && time(NULL) < c.next;
}

bool queue_first(const struct queue_ask *q)
{
	if (!queue_wanted(q))
		return false;
	return q->acc->queue == QUEUE_ONLY ||
	       q->delivery == DELIVERY_QUEUE || login_rests(q);
}

/* The message's subject as people read it, or NULL. */
static char *subject_of(const struct draft *d)
{
	struct buf text = BUF_INIT(1u << 20);
	struct header h;
	char *subject = NULL;
	const char *p;
	size_t used, n, at;

	header_init(&h);
	if (d->head.len > 0 &&
	    header_feed(&h, d->head.p, d->head.len, &used, NULL) == 0 &&
	    (at = header_find(&h, 0, "Subject")) < h.n) {
		p = header_body(&h, at, &n);
		word_decode(&text, p, n);
		subject = xcalloc(1, SUBJECT_MAX);
		ascii_printable_copy(subject, SUBJECT_MAX, buf_str(&text),
				     text.len);
	}
	header_clear(&h);
	buf_free(&text);
	return subject;
}

static void fill_entry(const struct queue_ask *q, const struct way *w,
		       const struct outcome *out, int64_t now, struct entry *en)
{
	en->account = xstrdup(w->account);
	en->rc_file = xstrdup_null(w->rc_file);
	en->rc_usual = w->rc_usual;
	en->trust_env = q->trust_env;
	strv_copy(&en->set, &w->rows);
	envelope_copy(&en->env, q->env);
	entry_fresh_last(en);
	for (size_t i = 0; out != NULL && i < en->env.n; i++) {
		en->last[i].verdict = out[i].verdict;
		en->last[i].maybe_sent = out[i].maybe_sent;
		en->last[i].kind = out[i].kind;
		reply_copy(&en->last[i].reply, &out[i].reply);
	}
	en->size = draft_size(q->draft);
	en->entered = en->next = now;
	en->subject = subject_of(q->draft);
}

struct counts {
	size_t sent, failed, deferred;
};

static struct counts count(const struct queue_ask *q, const struct outcome *out)
{
	struct counts c = { 0, 0, 0 };

	for (size_t i = 0; i < q->env->n; i++) {
		c.sent += out != NULL && out[i].verdict == SENT;
		c.failed += out != NULL && out[i].verdict == FAILED;
	}
	c.deferred = q->env->n - c.sent - c.failed;
	return c;
}

/*
 * Refused recipients get their notice first; where that cannot be, they
 * stay in the entry, are refused once more, and told of then.
 */
static void tell_failed(const struct queue_ask *q, struct spool *s,
			struct entry *en, int64_t now)
{
	struct bounce b = { .s = s, .acc = q->acc, .en = en,
			    .draft = q->draft, .now = now };
	bool *failed = xcalloc(en->env.n + 1, sizeof *failed);
	struct err ignored = ERR_INIT;

	/* the notice is named after the message, also when nothing else of it
	 * is queued */
	spool_new_id(en->id);
	for (size_t i = 0; i < en->env.n; i++)
		failed[i] = en->last[i].verdict == FAILED;
	if (bounce_failed(&b, failed, NULL, &ignored) == 0) {
		en->notices++;
		for (size_t i = 0; i < en->env.n; i++)
			failed[i] = !failed[i];
		entry_keep(en, failed);
	}
	free(failed);
}

static void keep_unsent(struct entry *en)
{
	bool *keep = xcalloc(en->env.n + 1, sizeof *keep);

	for (size_t i = 0; i < en->env.n; i++)
		keep[i] = en->last[i].verdict != SENT;
	entry_keep(en, keep);
	free(keep);
}

/* A way that does not work is remembered for all mails of the account. */
static void note_circuit(const struct queue_ask *q, struct spool *s,
			 const struct way *w, const struct err *why,
			 int64_t now)
{
	struct schedule schedule = { 60, 2, 7200 };
	struct err ignored = ERR_INIT;
	struct circuit c;

	schedule_parse(q->acc->retry, &schedule, &ignored);
	circuit_read(s, w->key, w->rc_file, q->trust_env, &c);
	circuit_fail(s, w->key, w->account, w->rc_file, q->trust_env, &schedule,
		     now, why, &c);
}

static int enter(const struct queue_ask *q, const struct outcome *out,
		 bool reached, const struct err *why, struct spool *s,
		 struct queue_result *res, struct err *e)
{
	struct counts n = count(q, out);
	struct entry en = ENTRY_INIT;
	int64_t now = time(NULL);
	struct way w;
	int ret = 0;

	way_init(&w, q);
	fill_entry(q, &w, out, now, &en);
	keep_unsent(&en);
	if (n.failed > 0)
		tell_failed(q, s, &en, now);
	if (out != NULL && !reached)
		note_circuit(q, s, &w, why, now);
	if (reached)
		circuit_close(s, w.key);
	if (out != NULL && reached) {
		en.tries = 1;
		en.next = retry_next(&en, q->acc->retry, q->acc->queue_lifetime,
				     now);
	}
	if (en.env.n > 0)
		ret = spool_enter(s, q->draft, &en, e) < 0 ? -1 : 0;
	if (ret == 0) {
		memcpy(res->id, en.id, sizeof res->id);
		res->queued = n.deferred;
		res->failed = n.failed;
	}
	entry_clear(&en);
	way_clear(&w);
	return ret;
}

int queue_accept(const struct queue_ask *q, const struct outcome *out,
		 bool reached, const struct err *why, struct queue_result *res,
		 struct err *e)
{
	struct counts n = count(q, out);
	struct spool *s;
	int ret;

	*res = (struct queue_result){ .queued = 0 };
	if (!queue_wanted(q) || n.failed == q->env->n || n.sent == q->env->n)
		return 1;
	if (check_rc_stays(q, e) < 0 || open_queue(q, true, &s, e) != 0)
		return -1;
	claim_prepare(s);
	ret = enter(q, out, reached, why, s, res, e);
	/* what is queued to be tried goes at once, the rest when it is due */
	if (ret == 0)
		runner_wake(s);
	spool_close(s);
	return ret;
}

int queue_tell(const struct queue_ask *q, const struct outcome *out,
	       struct queue_result *res, struct err *e)
{
	bool *all = xcalloc(q->env->n + 1, sizeof *all);
	struct entry en = ENTRY_INIT;
	int64_t now = time(NULL);
	struct spool *s;
	struct way w;
	int ret;

	memset(all, true, q->env->n);
	*res = (struct queue_result){ .failed = q->env->n };
	ret = check_rc_stays(q, e);
	if (ret == 0)
		ret = open_queue(q, true, &s, e);
	if (ret == 0) {
		struct bounce b = { .s = s, .acc = q->acc, .en = &en,
				    .draft = q->draft, .now = now };

		claim_prepare(s);
		way_init(&w, q);
		fill_entry(q, &w, out, now, &en);
		spool_new_id(en.id);
		memcpy(res->id, en.id, sizeof res->id);
		ret = bounce_failed(&b, all, NULL, e);
		runner_wake(s);
		entry_clear(&en);
		way_clear(&w);
		spool_close(s);
	}
	free(all);
	return ret != 0 ? -1 : 0;
}

void queue_reached(const struct queue_ask *q)
{
	struct spool_ids ids = SPOOL_IDS_INIT;
	struct err ignored = ERR_INIT;
	struct spool *s;
	struct way w;

	if (open_queue(q, false, &s, &ignored) != 0)
		return;
	if (spool_window(s, "", 1, &ids, &ignored) == 0 && ids.n > 0) {
		way_init(&w, q);
		circuit_close(s, w.key);
		way_clear(&w);
		runner_wake(s);
	}
	spool_ids_clear(&ids);
	spool_close(s);
}
