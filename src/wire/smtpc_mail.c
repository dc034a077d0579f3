/*
 * The client engine's transaction: from READY to a verdict for each
 * recipient.
 */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "text/xtext.h"
#include "wire/smtpc_int.h"

#define PARAM_MAX 8192		/* bytes of a command's parameters */

static int begin(const struct smtpc *c, const struct smtpc_mail *mail,
		 struct txn *t, struct err *e)
{
	*t = (struct txn){
		.mail = *mail,
		.rcpt = xcalloc(mail->env->n, 1),
		.live = mail->env->n,
		.bdat = c->cfg->chunking && c->caps.chunking,
	};
	if (smtpc_check_mail(c, t, e) == 0)
		return 0;
	free(t->rcpt);
	t->rcpt = NULL;
	return -1;
}

int smtpc_mail(struct smtpc *c, const struct smtpc_mail *mail, struct err *e)
{
	struct txn t;

	if (c->state != ST_READY || c->next.rcpt != NULL)
		return err_set(e, ERR_SOFTWARE, "the relay is not ready for a message");
	if (begin(c, mail, &t, e) < 0)
		return -1;
	t.rset = c->open;
	c->txn = t;
	reply_clear(&c->last);
	smtpc_set_state(c, ST_ENVELOPE);
	return 0;
}

static void finish(struct smtpc *c)
{
	free(c->txn.rcpt);
	c->txn.rcpt = NULL;
	if (!c->txn.mail.last) {
		smtpc_set_state(c, ST_READY);
		return;
	}
	if (c->n == 0)
		smtpc_say(c, V_QUIT, 0, "QUIT");
	smtpc_set_state(c, ST_DONE);
}

/*
 * No content goes out, and everything said was answered.  All or nothing:
 * who was accepted shares the fate of who was refused.
 */
static void give_up(struct smtpc *c)
{
	const struct smtpc_mail *m = &c->txn.mail;
	struct reply r = REPLY_INIT;
	bool temp = c->txn.others == DEFERRED;

	reply_set(&r, temp ? 450 : 550, "%s not sent because another recipient "
		  "was refused", temp ? "4.0.0" : "5.0.0");
	outcomes_settle(m->outcome, m->env->n, temp ? DEFERRED : FAILED,
			c->txn.kind, &r);
	reply_clear(&r);
	finish(c);
}

static void settle(struct txn *t, enum err_kind kind, const struct reply *r)
{
	if (t->rcpt == NULL)
		return;
	for (size_t i = 0; i < t->mail.env->n; i++)
		if (t->mail.outcome[i].verdict == PENDING)
			t->mail.outcome[i].maybe_sent = t->ended;
	outcomes_settle(t->mail.outcome, t->mail.env->n, DEFERRED, kind, r);
	free(t->rcpt);
	t->rcpt = NULL;
}

void smtpc_mail_settle(struct smtpc *c, enum err_kind kind, const struct reply *r)
{
	struct reply own = REPLY_INIT;

	if (r == NULL) {
		reply_set(&own, 451, "%s", c->err.text);
		r = &own;
	}
	settle(&c->txn, kind, r);
	settle(&c->next, kind, r);
	reply_clear(&own);
}

/* COMMAND with an address, checked before, and its parameters. */
static void say_address(struct smtpc *c, enum verb verb, size_t i,
			const char *command, const char *addr,
			const struct buf *par)
{
	struct buf line = BUF_INIT(SMTPC_COMMAND_MAX);
	struct err e = ERR_INIT;
	char *spec = smtpc_wire_addr(addr, c->txn.utf8, &e);

	if (spec == NULL) {
		smtpc_fail(c, ERR_DATA, NULL, "%s", e.text);
	} else if (par->full) {
		smtpc_fail(c, ERR_DATA, NULL, "too many parameters for %s", command);
	} else {
		buf_adds(&line, command);
		buf_adds(&line, ":<");
		buf_adds(&line, spec);
		buf_addc(&line, '>');
		buf_add(&line, buf_str(par), par->len);
		smtpc_say_line(c, verb, i, &line);
	}
	buf_free(&line);
	free(spec);
}

/*
 * MAIL FROM:<reverse-path> [SIZE=n] [BODY=8BITMIME] [SMTPUTF8] [RET=] [ENVID=]
 */
static void say_mail(struct smtpc *c)
{
	const struct smtpc_mail *m = &c->txn.mail;
	const struct envelope *env = m->env;
	struct buf par = BUF_INIT(PARAM_MAX);

	if (c->caps.size) {
		buf_adds(&par, " SIZE=");
		buf_addu(&par, m->size);
	}
	if (c->caps.eightbitmime && m->eightbit)
		buf_adds(&par, " BODY=8BITMIME");
	if (c->txn.utf8)
		buf_adds(&par, " SMTPUTF8");
	if (c->caps.dsn && env->ret != DSN_RET_NONE)
		buf_addf(&par, " RET=%s", env->ret == DSN_RET_FULL ? "FULL" : "HDRS");
	if (c->caps.dsn && env->envid != NULL && env->envid[0] != '\0') {
		buf_adds(&par, " ENVID=");
		xtext_encode(&par, env->envid, strlen(env->envid));
	}
	c->txn.mail_said = true;
	say_address(c, V_MAIL, 0, "MAIL FROM", env->from, &par);
	buf_free(&par);
}

static void add_notify(struct buf *par, unsigned notify)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
		{ DSN_SUCCESS, "SUCCESS" },
		{ DSN_FAILURE, "FAILURE" },
		{ DSN_DELAY, "DELAY" },
	};
	const char *between = "";

	if (notify == 0)
		return;
	buf_adds(par, " NOTIFY=");
	if ((notify & DSN_NEVER) != 0) {
		buf_adds(par, "NEVER");
		return;
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if ((notify & names[i].bit) == 0)
			continue;
		buf_addf(par, "%s%s", between, names[i].name);
		between = ",";
	}
}

/*
 * RCPT TO:<forward-path> [NOTIFY=] [ORCPT=]
 */
static void say_rcpt(struct smtpc *c, size_t i)
{
	const struct envelope *env = c->txn.mail.env;
	const struct rcpt *to = &env->rcpt[i];
	struct buf par = BUF_INIT(PARAM_MAX);

	if (c->caps.dsn) {
		add_notify(&par, to->notify != 0 ? to->notify : env->notify);
		if (to->orcpt != NULL)
			buf_addf(&par, " ORCPT=%s", to->orcpt);
	}
	say_address(c, V_RCPT, i, "RCPT TO", to->addr, &par);
	buf_free(&par);
}

static void say_content(struct smtpc *c)
{
	struct buf line = BUF_INIT(SMTPC_COMMAND_MAX);
	struct txn *t = &c->txn;

	t->content_said = true;
	if (!t->bdat) {
		smtpc_say(c, V_DATA, 0, "DATA");
		return;
	}
	buf_adds(&line, "BDAT ");
	buf_addu(&line, t->mail.size);
	buf_adds(&line, " LAST");
	smtpc_say_line(c, V_CONTENT, 0, &line);
	buf_free(&line);
}

/*
 * May DATA or BDAT follow before all recipients are answered?  Not when it
 * is all or nothing for several: after a 354 there is no way back but to
 * drop the connection.  BDAT takes the content with it, so it must be small.
 */
static bool may_ride(const struct txn *t)
{
	return (t->live == 1 || t->mail.partial) &&
	       (!t->bdat || t->mail.one_flight);
}

static bool say_or_give_up(struct smtpc *c)
{
	struct txn *t = &c->txn;

	if (c->n > 0) {
		if (t->content_said || !may_ride(t))
			return false;
	} else if (t->accepted == 0 || (!t->mail.partial && t->others != PENDING)) {
		give_up(c);
		return true;
	}
	say_content(c);
	if (t->bdat)
		smtpc_set_state(c, ST_CONTENT);
	return true;
}

/* The next command of the transaction; false when there is none now. */
static bool say_next(struct smtpc *c)
{
	struct txn *t = &c->txn;

	if (t->doomed) {
		if (c->n > 0)
			return false;
		give_up(c);
	} else if (c->auth_held) {
		smtpc_auth_say(c);
	} else if (t->rset) {
		t->rset = false;
		smtpc_say(c, V_RSET, 0, "RSET");
	} else if (!t->mail_said) {
		say_mail(c);
	} else {
		while (t->asked < t->mail.env->n && t->rcpt[t->asked] != RCPT_UNASKED)
			t->asked++;
		if (t->asked == t->mail.env->n)
			return say_or_give_up(c);
		say_rcpt(c, t->asked++);
	}
	return true;
}

void smtpc_mail_pump(struct smtpc *c)
{
	while (c->state == ST_ENVELOPE) {
		if (c->n > 0 && (!smtpc_pipelines(c) || c->n >= SMTPC_WINDOW ||
				 c->out.len >= SMTPC_FLIGHT_MAX))
			break;
		if (!say_next(c))
			break;
	}
}

void smtpc_body_end(struct smtpc *c)
{
	struct txn *t = &c->txn;

	if (c->state != ST_CONTENT)
		return;
	t->ended = true;
	t->ended_at = c->came;
	smtpc_set_state(c, ST_END);
	if (!t->bdat)
		smtpc_say_bytes(c, ".");
	if (t->mail.last && smtpc_pipelines(c))
		smtpc_say(c, V_QUIT, 0, "QUIT");
}

bool smtpc_takes_ahead(const struct smtpc *c)
{
	return c->state == ST_END && c->next.rcpt == NULL && c->txn.bdat &&
	       c->txn.mail.env->n == 1 && smtpc_pipelines(c) &&
	       !c->cfg->lmtp && !c->txn.mail.last;
}

int smtpc_ahead(struct smtpc *c, const struct smtpc_mail *mail)
{
	struct txn now = c->txn, t;
	struct err e = ERR_INIT;

	if (!smtpc_takes_ahead(c) || mail->env->n > SMTPC_AHEAD_RCPTS ||
	    begin(c, mail, &t, &e) < 0)
		return 1;
	if (!may_ride(&t)) {
		free(t.rcpt);
		return 1;
	}
	c->txn = t;
	/* whatever becomes of the one before, this one begins anew */
	smtpc_say(c, V_RSET, 0, "RSET");
	say_mail(c);
	/* a failure has settled it, and freed who is asked */
	for (size_t i = 0; i < mail->env->n && c->state != ST_FAILED; i++)
		if (t.rcpt[i] == RCPT_UNASKED)
			say_rcpt(c, i);
	c->txn.asked = mail->env->n;
	say_content(c);
	c->next = c->txn;
	c->txn = now;
	if (c->state == ST_FAILED)
		smtpc_mail_settle(c, c->err.kind, NULL);
	return 0;
}

void smtpc_ahead_end(struct smtpc *c)
{
	c->next.ended = c->next.rcpt != NULL;
	c->next.ended_at = c->came;
}

bool smtpc_resume(struct smtpc *c)
{
	if (c->state != ST_READY || c->next.rcpt == NULL)
		return false;
	c->txn = c->next;
	c->next = (struct txn){ .rcpt = NULL };
	reply_clear(&c->last);
	smtpc_set_state(c, ST_END);
	return true;
}

/* What a refusal at MAIL, RCPT or DATA means; false: it is none. */
static bool refusal(const struct reply *r, enum verdict *v, enum err_kind *kind)
{
	*v = reply_temp(r) || r->code == 530 ? DEFERRED : FAILED;
	*kind = reply_temp(r) ? ERR_TEMP : r->code == 530 ? ERR_NOPERM : ERR_DATA;
	return reply_temp(r) || reply_perm(r);
}

static void odd(struct smtpc *c, const char *command, const struct reply *r)
{
	smtpc_fail(c, ERR_PROTOCOL, r, "the relay's answer to %s makes no sense",
		   command);
}

/* MAIL or DATA was refused, and with it everybody who has no verdict yet. */
static void refused_for_all(struct smtpc *c, enum verdict v, enum err_kind kind,
			    const struct reply *r)
{
	const struct smtpc_mail *m = &c->txn.mail;

	c->txn.doomed = true;
	c->txn.kind = kind;
	if (c->last.code == 0)
		smtpc_note(c, r);
	outcomes_settle(m->outcome, m->env->n, v, kind, r);
}

static void mail_answered(struct smtpc *c, const struct reply *r)
{
	enum verdict v;
	enum err_kind kind;

	if (reply_ok(r))
		c->open = c->txn.sender_taken = true;
	else if (refusal(r, &v, &kind))
		refused_for_all(c, v, kind, r);
	else
		odd(c, "MAIL FROM", r);
}

static void rcpt_answered(struct smtpc *c, size_t i, const struct reply *r)
{
	struct txn *t = &c->txn;
	enum verdict v;
	enum err_kind kind;

	if (t->doomed)
		return;
	if (reply_ok(r)) {
		t->rcpt[i] = RCPT_ACCEPTED;
		t->accepted++;
		return;
	}
	if (!refusal(r, &v, &kind)) {
		odd(c, "RCPT TO", r);
		return;
	}
	t->rcpt[i] = RCPT_REFUSED;
	outcome_set(&t->mail.outcome[i], v, kind, r);
	if (c->last.code == 0)
		smtpc_note(c, r);
	if (t->others == PENDING || (t->others == FAILED && v == DEFERRED)) {
		t->others = v;
		t->kind = kind;
	}
}

static void data_answered(struct smtpc *c, const struct reply *r)
{
	struct txn *t = &c->txn;
	enum verdict v;
	enum err_kind kind;

	if (refusal(r, &v, &kind)) {
		refused_for_all(c, v, kind, r);
	} else if (r->code != 354) {
		odd(c, "DATA", r);
	} else if (t->doomed || t->accepted == 0) {
		/* An empty message would be the polite way out (RFC 2920
		 * section 3.1); a server this confused might deliver it. */
		smtpc_fail(c, t->kind, NULL,
			   "the relay wants a message after refusing everybody it is for");
	} else {
		smtpc_expect(c, V_CONTENT);
		smtpc_set_state(c, ST_CONTENT);
	}
}

/* The relay answers the content before it has seen its end. */
static void early(struct smtpc *c, const struct reply *r)
{
	const struct smtpc_mail *m = &c->txn.mail;

	if (reply_temp(r))
		outcomes_settle(m->outcome, m->env->n, DEFERRED, ERR_TEMP, r);
	else if (reply_perm(r))
		outcomes_settle(m->outcome, m->env->n, FAILED, ERR_UNAVAILABLE, r);
	smtpc_fail(c, smtpc_kind(r, ERR_UNAVAILABLE), r,
		   "the relay answered before the end of the message");
}

static void content_verdict(struct outcome *o, const struct reply *r)
{
	if (o->verdict != PENDING)
		return;
	if (reply_ok(r))
		outcome_set(o, SENT, ERR_NONE, r);
	else if (reply_temp(r))
		outcome_set(o, DEFERRED, ERR_TEMP, r);
	else
		outcome_set(o, FAILED, ERR_UNAVAILABLE, r);
}

/*
 * LMTP answers once for each accepted recipient (RFC 2033 section 4.2);
 * when none was, a refused BDAT is answered once.  True: more are to come.
 */
static bool lmtp_verdict(struct smtpc *c, const struct reply *r)
{
	struct txn *t = &c->txn;
	size_t n = t->mail.env->n;

	while (t->answered < n && t->rcpt[t->answered] != RCPT_ACCEPTED)
		t->answered++;
	if (t->answered < n)
		content_verdict(&t->mail.outcome[t->answered++], r);
	while (t->answered < n && t->rcpt[t->answered] != RCPT_ACCEPTED)
		t->answered++;
	return t->answered < n;
}

static void content_answered(struct smtpc *c, const struct reply *r)
{
	struct txn *t = &c->txn;

	if (!t->ended || (reply_ok(r) && c->took <= t->ended_at)) {
		early(c, r);
		return;
	}
	if (!reply_ok(r) && !reply_temp(r) && !reply_perm(r)) {
		odd(c, "the end of the message", r);
		return;
	}
	/* Of LMTP's many replies a refusal says most. */
	if (!c->cfg->lmtp || c->last.code == 0 || !reply_ok(r))
		smtpc_note(c, r);
	if (!c->cfg->lmtp) {
		for (size_t i = 0; i < t->mail.env->n; i++)
			content_verdict(&t->mail.outcome[i], r);
	} else if (lmtp_verdict(c, r)) {
		smtpc_expect_first(c, V_CONTENT);
		return;
	}
	/* A BDAT refused leaves the transaction open (RFC 3030 section 2). */
	c->open = t->bdat && !reply_ok(r);
	finish(c);
}

void smtpc_mail_reply(struct smtpc *c, enum verb verb, size_t rcpt,
		      const struct reply *r)
{
	switch (verb) {
	case V_MAIL:
		mail_answered(c, r);
		break;
	case V_RCPT:
		rcpt_answered(c, rcpt, r);
		break;
	case V_DATA:
		data_answered(c, r);
		break;
	case V_CONTENT:
		content_answered(c, r);
		break;
	default:
		/* RSET is never refused (RFC 5321 section 4.1.1.5). */
		c->open = false;
		if (!reply_ok(r))
			smtpc_fail(c, reply_temp(r) ? ERR_TEMP : ERR_PROTOCOL, r,
				   "the relay refused RSET");
	}
}
