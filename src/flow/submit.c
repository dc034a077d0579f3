#include "flow/submit.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "conf/opt.h"
#include "flow/cred.h"
#include "flow/deliver.h"
#include "flow/rewrite.h"
#include "flow/settle.h"
#include "sys/host.h"
#include "sys/journal.h"
#include "text/addr.h"

void submit_init(struct submit *s, const struct argv_result *ask)
{
	*s = (struct submit){ .ask = ask, .draft = DRAFT_INIT,
			      .env = ENVELOPE_INIT, .route = ROUTE_INIT };
	header_init(&s->header);
}

static bool as_sendmail(const struct submit *s)
{
	return s->ask->face >= FACE_SENDMAIL;
}

bool submit_trusts_env(const struct argv_result *ask)
{
	return getuid() == geteuid() && getgid() == getegid() &&
	       (ask->face < FACE_SENDMAIL || host_env_ours());
}

static int check_hops(const struct submit *s, struct err *e)
{
	if (compose_hops(&s->header) <= COMPOSE_HOPS_MAX)
		return 0;
	return err_set(e, ERR_DATA, "the message has passed more than %d "
		       "relays: it runs in a loop", COMPOSE_HOPS_MAX);
}

/* Who sends and to whom, as far as the message and the arguments tell. */
static int address(struct submit *s, char **from, struct err *e)
{
	const struct argv_result *a = s->ask;

	if (a->read_envelope_from) {
		*from = compose_header_from(&s->header);
		if (*from == NULL)
			return err_set(e, ERR_USAGE, "--read-envelope-from: "
				       "the message has no From address");
	} else {
		*from = xstrdup_null(a->from);
	}
	if (compose_recipients(&a->rcpt, a->read_recipients, &s->header,
			       &s->env, &s->bad, e) < 0)
		return -1;
	if (s->env.n == 0 && s->bad.env.n > 0)
		return misfits_say(&s->bad, e);
	if (s->env.n == 0 && !a->pretend && a->mode == MODE_SEND)
		return err_set(e, ERR_USAGE, a->read_recipients ?
			       "no recipients: none were given and the message "
			       "names none" : "no recipients");
	return 0;
}

static int route(struct submit *s, const char *from, struct err *e)
{
	const struct argv_result *a = s->ask;
	char *header_from = compose_header_from(&s->header);
	struct route_ask ask = {
		.rc_file = a->rcfile,
		.account = a->account,
		.host_given = account_isset(&a->over, opt_index(opt_by_key("host"))),
		.from = from,
		.over = &a->over,
		.trust_env = submit_trusts_env(s->ask),
		.no_login = a->mode == MODE_SERVERINFO,
		.no_mail = a->mode == MODE_SERVERINFO || a->mode == MODE_RMQS ||
			a->mode == MODE_PRINT_CONFIG,
		.header_from = header_from,
	};
	int ret = route_open(&ask, &s->route, e);

	free(header_from);
	s->routed = ret == 0;
	return ret;
}

static int set_sender(struct submit *s, const char *from, struct err *e)
{
	char *spec = NULL;
	int ret;

	if (ascii_caseeq(from, "MAILER-DAEMON"))
		from = "";
	ret = addr_spec_parse(from, "sender", &spec, e);
	if (ret == 0)
		envelope_set_from(&s->env, spec);
	free(spec);
	return ret;
}

/* Nobody said who sends. */
static int default_sender(struct submit *s, struct err *e)
{
	const char *from = s->route.acc.from;
	char *user;
	int ret;

	if (from != NULL && strpbrk(from, "*?[") == NULL) {
		if (set_sender(s, from, e) == 0)
			return 0;
		e->kind = ERR_CONFIG;
		return account_blame(&s->route.acc, "from", e);
	}
	if (as_sendmail(s)) {
		user = host_user();
		ret = set_sender(s, user, e);
		free(user);
		return ret;
	}
	if (s->ask->pretend || s->ask->mode != MODE_SEND)
		return 0;
	if (from != NULL)
		return err_set(e, ERR_CONFIG, "no sender: 'from %s' is a pattern "
			       "that chooses the account; use -f", from);
	return err_set(e, ERR_CONFIG, "no sender: set 'from' in the account, or "
		       "use -f");
}

/*
 * The sender: what was asked for if the account lets it, else the account's
 * own.  Called as sendmail there is always one, the caller's login name.
 * Patterns in an option are its user's words; what a message says is data.
 */
static int choose_sender(struct submit *s, const char *from, struct err *e)
{
	const struct account *acc = &s->route.acc;
	char *text, *header_from;
	int ret = 0;

	if (from == NULL || acc->allow_from_override == OFF ||
	    acc->auto_from == ON)
		return default_sender(s, e);
	text = xstrdup(from);
	if (s->ask->from != NULL && !as_sendmail(s)) {
		header_from = compose_header_from(&s->header);
		ret = route_substitute(&text, header_from, e);
		free(header_from);
	}
	if (ret == 0)
		ret = set_sender(s, text, e);
	free(text);
	return ret;
}

/* The domain for bare names, or NULL when they are left as they are. */
static int qualifying_domain(const struct submit *s, char **domain,
			     struct err *e)
{
	const struct account *acc = &s->route.acc;

	*domain = NULL;
	if (acc->qualify_domain != NULL && acc->qualify_domain[0] != '\0')
		*domain = xstrdup(acc->qualify_domain);
	else if (as_sendmail(s) && host_mailname(domain, e) < 0)
		return -1;
	else if (as_sendmail(s) && *domain == NULL) {
		/* a full name spares the look-up of one */
		*domain = host_name();
		if (strchr(*domain, '.') == NULL) {
			free(*domain);
			*domain = host_canonical();
		}
	}
	return 0;
}

static int complete(struct submit *s, const char *from, struct err *e)
{
	struct account *acc = &s->route.acc;
	char *domain;

	if (rewrite_aliases(acc, &s->env, e) < 0 || choose_sender(s, from, e) < 0)
		return -1;
	if (s->env.from != NULL && rewrite_sender_for(acc, s->env.from))
		envelope_set_from(&s->env, acc->from);
	if (qualifying_domain(s, &domain, e) < 0)
		return -1;
	if (domain != NULL) {
		free(acc->qualify_domain);
		acc->qualify_domain = domain;
		rewrite_qualify(&s->env, domain);
	}
	if (s->env.notify == 0)
		s->env.notify = acc->dsn_notify;
	if (s->env.ret == DSN_RET_NONE)
		s->env.ret = (enum dsn_ret)acc->dsn_return;
	if (s->env.envid == NULL)
		s->env.envid = xstrdup_null(s->ask->envid);
	if (envelope_check(&s->env, e) < 0)
		return -1;
	return compose_head(acc, &s->env, &s->header, NULL, &s->draft, e);
}

static struct queue_ask queue_ask(const struct submit *s)
{
	return (struct queue_ask){
		.acc = &s->route.acc, .as_sendmail = as_sendmail(s),
		.delivery = s->ask->delivery, .rc_file = s->ask->rcfile,
		.trust_env = submit_trusts_env(s->ask), .over = &s->ask->over,
		.env = &s->env, .draft = &s->draft,
	};
}

/*
 * What is no address is a recipient refused, and shares its fate: where there
 * is a queue the others get the mail and the sender a notice.  For -bv it is one
 * of the results.
 */
static int check_misfits(const struct submit *s, struct err *e)
{
	struct queue_ask q = queue_ask(s);

	if (s->bad.env.n == 0 || s->ask->mode == MODE_BV ||
	    (s->ask->mode == MODE_SEND && s->route.acc.partial != OFF &&
	     queue_wanted(&q)))
		return 0;
	return misfits_say(&s->bad, e);
}

int submit_prepare(struct submit *s, int fd, bool read, struct err *e)
{
	char *from = NULL;
	int ret = 0;

	if (read)
		ret = draft_read(fd, &s->header, &s->draft, e);
	if (ret == 0)
		ret = check_hops(s, e);
	if (ret == 0)
		ret = address(s, &from, e);
	if (ret == 0)
		ret = route(s, from, e);
	if (ret == 0)
		ret = check_misfits(s, e);
	if (ret == 0)
		ret = complete(s, from, e);
	free(from);
	return ret;
}

int submit_given(struct submit *s, const struct envelope *env, struct err *e)
{
	envelope_copy(&s->env, env);
	if (check_hops(s, e) < 0 || route(s, env->from, e) < 0)
		return -1;
	return complete(s, env->from, e);
}

static void log_line(const struct submit *s, const struct envelope *env,
		     const char *id, const struct reply *reply,
		     const struct err *e)
{
	struct settle_note note = {
		.size = draft_size(&s->draft), .reply = reply, .err = e,
		.id = id[0] != '\0' ? id : NULL, .delay_s = -1,
		.doubt = env == &s->env && s->outcome != NULL &&
			settle_doubt(env, s->outcome),
	};
	struct buf line = BUF_INIT(1u << 20);
	struct account given;	/* all that is known when nothing else is */
	const struct account *acc = s->route.chosen ? &s->route.acc : &given;
	const char *prog = s->ask->prog, *tag = s->ask->syslog_tag;
	bool failed = e->kind != ERR_NONE;

	tag = tag != NULL ? tag : prog;
	account_init(&given);
	account_merge(&given, &s->ask->over);
	if (s->route.chosen) {
		settle_line(acc, env, &note, &line);
	} else {
		log_text(&line, "errormsg", e->text);
		buf_addf(&line, "exitcode=%s", err_exit_name(e->kind));
	}
	settle_log(acc, failed, buf_str(&line), tag,
		   as_sendmail(s) ? NULL : prog);
	/* standard error of a sendmail is often nobody's */
	if (failed && as_sendmail(s) && acc->syslog < 0)
		journal_line(tag, LOG_MAIL, true, buf_str(&line));
	account_clear(&given);
	buf_free(&line);
}

static void log_attempt(const struct submit *s, const struct reply *reply,
			const struct err *e)
{
	log_line(s, &s->env, s->queued.id, reply, e);
}

void submit_log_failure(struct submit *s, const struct err *e)
{
	struct err ignored = ERR_INIT;
	bool routed = s->routed;

	/* what the mail lacks is found before its account is */
	if (!s->route.chosen && (e->kind == ERR_USAGE || e->kind == ERR_DATA))
		route(s, s->ask->from, &ignored);
	log_attempt(s, NULL, e);
	s->routed = routed;
}

#define TOLD_MAX 5		/* recipients named in one line */

/* Who has the mail already, and would have it twice if it were sent again. */
static void add_sent(const struct submit *s, struct buf *text)
{
	size_t sent = 0;

	for (size_t i = 0; i < s->env.n; i++) {
		if (s->outcome[i].verdict != SENT || ++sent > TOLD_MAX)
			continue;
		buf_addf(text, "%s<%s>", sent == 1 ? "; sent to " : ", ",
			 s->env.rcpt[i].addr);
	}
	if (sent > TOLD_MAX)
		buf_addf(text, " and %zu more", sent - TOLD_MAX);
	if (sent > 0)
		buf_adds(text, " already");
}

static int not_queued(const struct submit *s, bool tried,
		      const struct err *trouble, struct err *e)
{
	struct buf text = BUF_INIT(4 * ERR_TEXT_MAX);

	buf_adds(&text, trouble->text);
	if (tried) {
		add_sent(s, &text);
		buf_addf(&text, "; it was to be queued because: %s", e->text);
	} else {
		buf_adds(&text, "; it was to be queued without a try");
	}
	err_set(e, trouble->kind, "%s", buf_str(&text));
	buf_free(&text);
	return -1;
}

/*
 * The attempt ended with E.  0: the queue has it now; -1: it has not, E says
 * the whole story.
 */
static int hand_over(struct submit *s, const struct queue_ask *q, bool tried,
		     bool reached, struct err *e)
{
	struct err trouble = ERR_INIT;

	switch (queue_accept(q, tried ? s->outcome : NULL, reached, e,
			     &s->queued, &trouble)) {
	case 0:
		s->why = *e;
		return 0;
	case 1:
		return -1;
	default:
		return not_queued(s, tried, &trouble, e);
	}
}

static int try_now(struct submit *s, const struct queue_ask *q,
		   const struct relay_trace *trace, struct err *e)
{
	struct secret secret = SECRET_INIT;
	struct reply reply = REPLY_INIT;
	struct deliver dl = {
		.acc = &s->route.acc, .secret = &secret, .env = &s->env,
		.draft = &s->draft, .trace = trace,
		.partial = s->route.acc.partial == ON ||
			(s->route.acc.partial == AUTO && queue_wanted(q)),
		.need_dsn = !as_sendmail(s), .said = REPLY_INIT,
	};
	bool reached;
	int ret;

	s->outcome = outcomes_new(s->env.n);
	ret = cred_get(&s->route.acc, !as_sendmail(s), &secret, e);
	if (ret == 0)
		ret = deliver(&dl, s->outcome, e);
	reached = dl.reached;
	reply_copy(&reply, &dl.said);
	deliver_end(&dl);
	secret_clear(&secret);
	if (ret == 0) {
		log_attempt(s, &reply, e);
		queue_reached(q);
	} else {
		struct err said = *e;

		ret = hand_over(s, q, true, reached, e);
		log_attempt(s, &reply, ret == 0 ? &said : e);
	}
	reply_clear(&reply);
	return ret;
}

/* Tell the sender of what is no address: before anything is sent, for if
 * that cannot be, the caller must hear of it and may then send it again. */
static int tell_misfits(struct submit *s, struct err *e)
{
	struct queue_ask q = queue_ask(s);
	size_t n = s->bad.env.n;
	struct outcome *out = outcomes_new(n);
	struct queue_result res;
	int ret;

	envelope_set_from(&s->bad.env, s->env.from);
	s->bad.env.notify = s->env.notify;
	s->bad.env.ret = s->env.ret;
	s->bad.env.envid = xstrdup_null(s->env.envid);
	for (size_t i = 0; i < n; i++) {
		struct reply r = REPLY_INIT;

		reply_set(&r, 553, "5.1.3 %s", s->bad.why.v[i]);
		outcome_set(&out[i], FAILED, ERR_DATA, &r);
		reply_clear(&r);
	}
	q.env = &s->bad.env;
	ret = queue_tell(&q, out, &res, e);
	outcomes_free(out, n);
	misfits_say(&s->bad, &s->refused);
	if (ret < 0)
		return err_wrap(e, "%s; its sender cannot be told",
				s->refused.text);
	log_line(s, &s->bad.env, res.id, NULL, &s->refused);
	return 0;
}

int submit_send(struct submit *s, const struct relay_trace *trace,
		struct err *e)
{
	struct queue_ask q = queue_ask(s);
	int ret;

	if (s->bad.env.n > 0 && tell_misfits(s, e) < 0) {
		log_attempt(s, NULL, e);
		return -1;
	}
	if (!queue_first(&q)) {
		ret = try_now(s, &q, trace, e);
	} else {
		err_set(e, ERR_TEMP, "not tried yet");
		ret = hand_over(s, &q, false, false, e);
		log_attempt(s, NULL, e);
	}
	if (ret == 0)
		*e = (struct err)ERR_INIT;
	return ret;
}

void submit_clear(struct submit *s)
{
	if (s->outcome != NULL)
		outcomes_free(s->outcome, s->env.n);
	header_clear(&s->header);
	draft_clear(&s->draft);
	envelope_clear(&s->env);
	misfits_clear(&s->bad);
	route_clear(&s->route);
	*s = (struct submit){ .draft = DRAFT_INIT, .env = ENVELOPE_INIT,
			      .route = ROUTE_INIT };
}
