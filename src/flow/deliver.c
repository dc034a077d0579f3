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

static void reset(struct outcome *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		outcome_clear(&out[i]);
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

	reply_clear(&dl->said);
	if (dl->relay == NULL &&
	    relay_open(&ask, &dl->relay, &dl->said, e) < 0) {
		dl->relay = NULL;
		return for_all(dl, out, e);
	}
	if (dl->need_dsn && wants_dsn(dl->env) &&
	    !smtpc_caps(relay_engine(dl->relay))->dsn) {
		err_set(e, ERR_UNAVAILABLE, "the relay does not offer DSN: "
			"dsn_notify and dsn_return cannot be used with it");
		return for_all(dl, out, e);
	}
	relay_set_spare(dl->relay, &dl->spare);
	/* the verdicts are the truth, also when the line broke behind them */
	relay_mail(dl->relay, dl->env, dl->draft, dl->partial, !dl->keep, out, e);
	reply_copy(&dl->said, smtpc_last_reply(relay_engine(dl->relay)));
	return settle_sum(dl->env, out, e);
}

static void let_go(struct deliver *dl)
{
	if (dl->keep && dl->relay != NULL && relay_usable(dl->relay))
		return;
	relay_close(dl->relay);
	dl->relay = NULL;
}

int deliver(struct deliver *dl, struct outcome *out, struct err *e)
{
	const struct account *acc = dl->acc;
	size_t hosts = acc->socket != NULL || acc->host.n == 0 ? 1 : acc->host.n;
	int ret = -1;

	for (size_t i = 0; i < hosts; i++) {
		struct err here = ERR_INIT;

		if (i > 0)
			reset(out, dl->env->n);
		ret = try_host(dl, acc->host.n > i ? acc->host.v[i] : NULL, out,
			       &here);
		if (ret == 0 || i + 1 == hosts ||
		    !may_go_on(dl->env, out, &here)) {
			*e = here;
			break;
		}
		let_go(dl);
	}
	return ret;
}

void deliver_end(struct deliver *dl)
{
	let_go(dl);
	reply_clear(&dl->said);
}
