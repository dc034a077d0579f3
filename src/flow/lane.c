#include "flow/lane.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "conf/opt.h"
#include "conf/optout.h"
#include "flow/cred.h"
#include "flow/deliver.h"
#include "flow/settle.h"
#include "sys/host.h"

#define BROKEN_MAX 3	/* mails that break their connections one after the
			 * other: then it is the relay, not the mails */

static void lane_free(struct lane *ln)
{
	relay_close(ln->relay);
	secret_clear(&ln->secret);
	route_clear(&ln->route);
	account_clear(&ln->over);
	free(ln->key);
	free(ln->account);
	free(ln->rc_file);
	strv_clear(&ln->set);
	free(ln);
}

void lanes_clear(struct lanes *l)
{
	for (size_t i = 0; i < l->n; i++)
		lane_free(l->v[i]);
	l->n = 0;
	strv_clear(&l->spent);
}

/* "key value" as lane_rows() wrote it. */
static int set_row(struct account *a, const char *row, const char *home,
		   struct err *e)
{
	const char *blank = strchr(row, ' ');
	const struct origin origin = { .file = NULL, .line = 1 };
	const struct opt *o;
	char *key;

	if (blank == NULL)
		return err_set(e, ERR_CONFIG, "'%s' is no setting", row);
	key = xmemdup0(row, (size_t)(blank - row));
	o = opt_by_key(key);
	free(key);
	if (o == NULL)
		return err_set(e, ERR_CONFIG, "this program does not know the "
			       "setting '%s'", row);
	return opt_set(a, o, blank + 1, home, origin, e);
}

/* Is O's VALUE a file below the working directory? */
static bool is_relative(const struct opt *o, const char *value)
{
	bool word = strcmp(o->key, "tls_trust_file") == 0 &&
		strcmp(value, "system") == 0;

	if (o->type != OPT_PATH && strcmp(o->key, "socket") != 0)
		return false;
	return value[0] != '\0' && value[0] != '/' && value[0] != '~' &&
	       strcmp(value, "-") != 0 && strncmp(value, "pkcs11:", 7) != 0 &&
	       !word;
}

/* A runner's folder is "/": paths are kept as this process finds the files. */
static void add_row(const struct account *a, const struct opt *o,
		    struct strv *rows)
{
	struct buf row = BUF_INIT(1u << 17), value = BUF_INIT(1u << 17);
	char *here = NULL;

	if (o->type == OPT_SECRET)
		return;
	optout_value(a, o, &value);
	if (is_relative(o, buf_str(&value)))
		here = realpath(".", NULL);
	buf_addf(&row, "%s %s%s%s", o->key, here != NULL ? here : "",
		 here != NULL ? "/" : "", buf_str(&value));
	if (!row.full && !value.full)
		strv_add(rows, buf_str(&row));
	free(here);
	buf_free(&row);
	buf_free(&value);
}

void lane_rows(const struct account *acc, const struct account *over,
	       struct strv *rows)
{
	bool named = acc->id != NULL && acc->id[0] != '\0';
	const struct account *from = named ? over : acc;
	bool host = false;

	for (size_t i = 0; from != NULL && i < opts_n; i++) {
		if (opts[i].of != NULL || !account_isset(from, i) ||
		    strcmp(opts[i].key, "queue") == 0 ||
		    strcmp(opts[i].key, "queue_dir") == 0)
			continue;	/* it is queued, and here */
		add_row(from, &opts[i], rows);
		host = host || strcmp(opts[i].key, "host") == 0;
	}
	/* a host out of the environment has no origin */
	if (!named && !host && acc->host.n > 0)
		add_row(acc, opt_by_key("host"), rows);
}

/* Whoever runs the queue may have another HOME than he who filled it.  But a
 * usual file that is gone may have been moved to another usual place, and one
 * that cannot be read is passed over as always. */
static const char *rc_of(const struct entry *en)
{
	return en->rc_usual && en->rc_file != NULL &&
		access(en->rc_file, R_OK) < 0 ? NULL : en->rc_file;
}

/* Read the configuration anew; -1: it cannot be used. */
static int configure(struct lane *ln, const struct entry *en, struct err *e)
{
	struct route_ask ask = {
		.rc_file = rc_of(en),
		.account = en->account[0] != '\0' ? en->account : NULL,
		.host_given = en->account[0] == '\0',
		.over = &ln->over,
		.trust_env = en->trust_env,
	};
	char *home = host_home(en->trust_env);
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < en->set.n; i++)
		ret = set_row(&ln->over, en->set.v[i], home, e);
	free(home);
	if (ret == 0)
		ret = route_open(&ask, &ln->route, e);
	if (ret == 0 && schedule_parse(ln->route.acc.retry, &ln->schedule, e) < 0)
		ret = -1;
	return ret;
}

/* Nothing more goes this way in this run; that we are told to stop is not the
 * account's fault. */
static void lane_fail(struct lanes *l, struct lane *ln, const struct err *e)
{
	/* what is on its way already has its answer waited for */
	if (ln->relay == NULL || !relay_usable(ln->relay) ||
	    !relay_has_ahead(ln->relay)) {
		relay_close(ln->relay);
		ln->relay = NULL;
	}
	ln->down = true;
	if (host_stopped() != 0)
		return;
	circuit_fail(l->s, ln->key, ln->account, ln->rc_file, ln->trust_env,
		     &ln->schedule, time(NULL), e, &ln->circuit);
}

static void lane_works(struct lanes *l, struct lane *ln)
{
	if (!ln->circuit.open)
		return;
	circuit_close(l->s, ln->key);
	ln->circuit = (struct circuit){ .open = false };
}

/* Is an account with an open circuit to be asked all the same? */
static bool probes(const struct lanes *l, const struct lane *ln)
{
	if (!l->probe || (l->gentle && ln->circuit.kind == ERR_NOPERM))
		return false;
	for (size_t i = 0; i < l->spent.n; i++)
		if (strcmp(l->spent.v[i], ln->key) == 0)
			return false;	/* it was, in this run */
	return true;
}

static struct lane *lane_new(struct lanes *l, const struct entry *en,
			     int64_t now)
{
	struct lane *ln = xcalloc(1, sizeof *ln);
	struct err e = ERR_INIT;

	*ln = (struct lane){ .route = ROUTE_INIT };
	ln->key = circuit_key(en->account, en->rc_file, &en->set);
	strv_copy(&ln->set, &en->set);
	ln->account = xstrdup(en->account);
	ln->rc_file = xstrdup_null(en->rc_file);
	ln->trust_env = en->trust_env;
	account_init(&ln->over);
	/* for a configuration that names none */
	ln->schedule = (struct schedule){ 60, 2, 7200 };
	circuit_read(l->s, ln->key, ln->rc_file, ln->trust_env, &ln->circuit);
	ln->down = ln->circuit.open && ln->circuit.next > now &&
		!probes(l, ln);
	if (configure(ln, en, &e) == 0)
		ln->routed = true;
	else if (!ln->down)
		lane_fail(l, ln, &e);
	return ln;
}

static void make_room(struct lanes *l)
{
	size_t oldest = l->v[0] == l->busy ? 1 : 0;

	if (l->n < LANES_MAX)
		return;
	for (size_t i = 1; i < l->n; i++)
		if (l->v[i] != l->busy && l->v[i]->used < l->v[oldest]->used)
			oldest = i;
	if (l->v[oldest]->down)
		strv_add(&l->spent, l->v[oldest]->key);
	lane_free(l->v[oldest]);
	l->v[oldest] = l->v[--l->n];
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Is LN what circuit_key() would call EN's? */
static bool is_way_of(const struct lane *ln, const struct entry *en)
{
	if (ln->set.n != en->set.n || strcmp(ln->account, en->account) != 0 ||
	    !same_text(ln->rc_file, en->rc_file))
		return false;
	for (size_t i = 0; i < en->set.n; i++)
		if (strcmp(ln->set.v[i], en->set.v[i]) != 0)
			return false;
	return true;
}

struct lane *lanes_get(struct lanes *l, const struct entry *en, int64_t now)
{
	struct lane *ln = NULL;

	for (size_t i = 0; ln == NULL && i < l->n; i++)
		if (is_way_of(l->v[i], en))
			ln = l->v[i];
	if (ln == NULL) {
		make_room(l);
		ln = lane_new(l, en, now);
		l->v[l->n++] = ln;
	}
	ln->used = ++l->count;
	return ln;
}

/*
 * Did the conversation end before this mail was in it?  Either without a
 * word about it, or with 421, which is about the connection (RFC 5321
 * section 3.8); and certainly nothing of the mail was accepted.
 */
static bool not_about_it(const struct envelope *env, const struct outcome *out)
{
	for (size_t i = 0; i < env->n; i++)
		if (out[i].verdict != DEFERRED || out[i].maybe_sent ||
		    (!out[i].reply.local && out[i].reply.code != 421))
			return false;
	return true;
}

/*
 * Some relays speak of a missing or bad login (RFC 4954 section 6) only when
 * they are given a sender: that is no verdict on the mail.  Where they took the
 * sender it is one on a recipient.
 */
static bool login_trouble(const struct lane *ln, const struct envelope *env,
			  const struct outcome *out, struct err *e)
{
	if (e->kind == ERR_NONE || (ln->relay != NULL && smtpc_sender_taken(
						 relay_engine(ln->relay))))
		return false;
	for (size_t i = 0; i < env->n; i++) {
		int code = out[i].reply.local ? 0 : out[i].reply.code;

		if (out[i].verdict == SENT || out[i].maybe_sent ||
		    (code != 530 && code != 534 && code != 535 && code != 538 &&
		     out[i].kind != ERR_NOPERM))
			return false;
	}
	e->kind = ERR_NOPERM;
	return true;
}

static bool usable(const struct lane *ln)
{
	return ln->relay != NULL && relay_usable(ln->relay);
}

bool lane_open(const struct lane *ln)
{
	return !ln->down && usable(ln);
}

/* A relay that takes only so many a connection is left in time (RFC 9422). */
static void mind_limits(struct lane *ln)
{
	uint32_t max;

	if (ln->relay == NULL)
		return;
	max = smtpc_caps(relay_engine(ln->relay))->mail_max;
	if (!relay_usable(ln->relay) || (max > 0 && ln->mails >= max)) {
		relay_close(ln->relay);
		ln->relay = NULL;
	}
}

static void reset(struct outcome *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		outcome_clear(&out[i]);
}

/* What is known of a message that was sent ahead, over a connection that is gone. */
static bool tell_begun(struct lane_mail *m)
{
	const struct reply *words = settle_reply(m->env, m->out);

	m->begun = false;
	m->e = (struct err)ERR_INIT;
	if (words != NULL)
		reply_copy(&m->reply, words);
	settle_sum(m->env, m->out, &m->e);
	return true;
}

/* One try, over the connection there is or a new one. */
static bool try_once(struct lanes *l, struct lane *ln, struct lane_mail *m)
{
	const struct account *acc = &ln->route.acc;
	struct deliver dl = {
		.acc = acc, .secret = &ln->secret,
		.env = m->env, .draft = m->draft, .begun = m->begun,
		.trace = l->trace, .spare = l->spare,
		.partial = acc->partial != OFF, .keep = true,
		.relay = ln->relay, .said = REPLY_INIT,
	};

	if (m->begun && (ln->relay == NULL || !relay_has_ahead(ln->relay)))
		return tell_begun(m);
	m->begun = false;
	m->e = (struct err)ERR_INIT;
	deliver(&dl, m->out, &m->e);
	if (dl.moved)
		ln->mails = ln->smooth = 0;
	ln->relay = dl.relay;
	ln->mails++;
	ln->smooth = m->e.kind == ERR_NONE ? ln->smooth + 1 : 0;
	reply_copy(&m->reply, &dl.said);
	reply_clear(&dl.said);
	return dl.reached;
}

bool lane_ready_ahead(const struct lanes *l, const struct lane *ln,
		      const struct draft *d)
{
	uint32_t max;

	/* with several hosts the next one may be asked for the one before */
	if (ln != l->busy || ln->relay == NULL || ln->single ||
	    ln->smooth < LANE_SMOOTH || ln->route.acc.host.n > 1 ||
	    !relay_takes_ahead(ln->relay, d))
		return false;
	max = smtpc_caps(relay_engine(ln->relay))->mail_max;
	return max == 0 || ln->mails + 2 <= max;
}

bool lane_ahead(struct lane *ln, struct lane_mail *m)
{
	m->begun = relay_ahead(ln->relay, m->env, m->draft,
			       ln->route.acc.partial != OFF, m->out);
	if (!m->begun)
		reset(m->out, m->env->n);
	return m->begun;
}

/* M was on its way when the account turned out not to work. */
static enum lane_said last_of_lane(struct lane *ln, struct lane_mail *m)
{
	bool undecided = not_about_it(m->env, m->out) ||
		login_trouble(ln, m->env, m->out, &m->e);

	relay_close(ln->relay);
	ln->relay = NULL;
	return undecided ? LANE_DOWN : LANE_DECIDED;
}

enum lane_said lane_deliver(struct lanes *l, struct lane *ln,
			    struct lane_mail *m)
{
	bool begun = m->begun, used = begun || ln->relay != NULL, up;

	ln->used = ++l->count;
	l->busy = ln;
	if (!ln->have_secret) {
		if (cred_get(&ln->route.acc, false, &ln->secret, &m->e) < 0) {
			lane_fail(l, ln, &m->e);
			return LANE_DOWN;
		}
		ln->have_secret = true;
	}
	up = try_once(l, ln, m);
	ln->single = ln->single || (begun && !usable(ln));
	if (begun && ln->down)
		return last_of_lane(ln, m);
	if (up && used && not_about_it(m->env, m->out) &&
	    (begun || !usable(ln))) {
		/* it had been closed behind the last mail */
		if (!usable(ln)) {
			relay_close(ln->relay);
			ln->relay = NULL;
			used = false;
		}
		reset(m->out, m->env->n);
		up = try_once(l, ln, m);
	}
	if (!up || login_trouble(ln, m->env, m->out, &m->e)) {
		lane_fail(l, ln, &m->e);
		return LANE_DOWN;
	}
	if (usable(ln)) {
		ln->broken = 0;
		lane_works(l, ln);
	} else if (!used && ++ln->broken >= BROKEN_MAX) {
		lane_fail(l, ln, &m->e);
		if (not_about_it(m->env, m->out))
			return LANE_DOWN;
	}
	mind_limits(ln);
	return LANE_DECIDED;
}
