#include "flow/deliver.h"

#include <string.h>

#include "flow/settle.h"

/* May the next host be asked, after ERR and with these verdicts? */
static bool may_go_on(const struct envelope *env, const struct outcome *out,
		      const struct err *e)
{
	/* what the relay refused for good, another of the same account
	 * will refuse as well; and what may have been sent is not sent again */
	if (e->kind == ERR_DATA || e->kind == ERR_NOUSER ||
	    e->kind == ERR_NOPERM || e->kind == ERR_CONFIG)
		return false;
	for (size_t i = 0; i < env->n; i++)
		if (out[i].verdict == SENT || out[i].verdict == FAILED ||
		    out[i].maybe_sent)
			return false;
	return true;
}

/* Trouble for every recipient alike: nothing of the message was sent. */
static int for_all(const struct deliver *dl, struct outcome *out,
		   const struct err *e)
{
	outcomes_settle_err(out, dl->env->n, e);
	return -1;
}

static bool wants_dsn(const struct envelope *env)
{
	return env->notify != 0 || env->ret != DSN_RET_NONE;
}

static int try_host(struct deliver *dl, const char *host, struct outcome *out,
		    struct err *e)
{
	const struct relay_ask ask = {
		.acc = dl->acc, .host = host, .secret = dl->secret,
		.trace = dl->trace,
	};
	const struct reply *words;

	reply_clear(&dl->said);
	dl->moved = dl->moved || dl->relay == NULL;
	if (dl->relay == NULL &&
	    relay_open(&ask, &dl->relay, &dl->said, e) < 0) {
		dl->relay = NULL;
		return for_all(dl, out, e);
	}
	dl->reached = true;
	if (dl->need_dsn && wants_dsn(dl->env) &&
	    !smtpc_caps(relay_engine(dl->relay))->dsn) {
		err_set(e, ERR_UNAVAILABLE, "the relay does not offer DSN: "
			"dsn_notify and dsn_return cannot be used with it");
		return for_all(dl, out, e);
	}
	relay_set_spare(dl->relay, &dl->spare);
	/* the verdicts are the truth, also when the line broke behind them */
	if (dl->begun)
		relay_resume(dl->relay, e);
	else
		relay_mail(dl->relay, dl->env, dl->draft, dl->partial,
			   !dl->keep, out, e);
	dl->begun = false;
	/* behind the one that refused there may be others */
	words = settle_reply(dl->env, out);
	reply_copy(&dl->said, words != NULL ? words :
		   smtpc_last_reply(relay_engine(dl->relay)));
	return settle_sum(dl->env, out, e);
}

/*
 * The host before has not taken it.  When this one cannot be reached, what the
 * other said of the mail stands.
 */
static int next_host(struct deliver *dl, const char *host, struct outcome *out,
		     struct err *e)
{
	struct outcome *mine = outcomes_new(dl->env->n);
	struct reply before = REPLY_INIT;
	struct err here = ERR_INIT;
	int ret;

	reply_copy(&before, &dl->said);
	relay_close(dl->relay);
	dl->relay = NULL;
	ret = try_host(dl, host, mine, &here);
	if (dl->relay == NULL && dl->reached) {
		reply_copy(&dl->said, &before);
	} else {
		for (size_t i = 0; i < dl->env->n; i++) {
			struct outcome swap = out[i];

			out[i] = mine[i];
			mine[i] = swap;
		}
		*e = here;
	}
	outcomes_free(mine, dl->env->n);
	reply_clear(&before);
	return ret;
}

static const char *host_at(const struct account *acc, size_t i)
{
	return i < acc->host.n ? acc->host.v[i] : NULL;
}

/* Was I of the hosts the first to be tried, which was OPEN's or just the first? */
static bool tried(const struct account *acc, size_t i, const char *open)
{
	return open != NULL ? strcmp(acc->host.v[i], open) == 0 : i == 0;
}

int deliver(struct deliver *dl, struct outcome *out, struct err *e)
{
	const struct account *acc = dl->acc;
	size_t hosts = acc->socket != NULL ? 0 : acc->host.n;
	const char *open = dl->relay != NULL ? relay_host(dl->relay) : NULL;
	int ret;

	dl->reached = dl->moved = false;
	*e = (struct err)ERR_INIT;
	ret = try_host(dl, open != NULL ? open : host_at(acc, 0), out, e);
	for (size_t i = 0; i < hosts && ret < 0; i++) {
		if (tried(acc, i, open))
			continue;
		if (!may_go_on(dl->env, out, e))
			break;
		ret = next_host(dl, acc->host.v[i], out, e);
	}
	return ret;
}

void deliver_end(struct deliver *dl)
{
	if (!dl->keep || dl->relay == NULL || !relay_usable(dl->relay)) {
		relay_close(dl->relay);
		dl->relay = NULL;
	}
	reply_clear(&dl->said);
}
