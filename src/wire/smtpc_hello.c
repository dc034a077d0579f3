/*
 * The client engine up to READY: greeting, EHLO, STARTTLS, AUTH, ETRN.
 */
#include <string.h>

#include "wire/smtpc_int.h"

#define AUTH_LINE_MAX 12288	/* RFC 4954 section 4: octets of an AUTH command
				 * that every server must take */
#define AUTH_ROUNDS_MAX 16	/* challenges; no mechanism has more than four */

static const char *domain(const struct smtpc *c)
{
	const char *d = c->cfg->domain;

	return d != NULL && d[0] != '\0' ? d : "localhost";
}

static void say_ehlo(struct smtpc *c)
{
	smtpc_set_state(c, ST_HELLO);
	smtpc_say(c, V_EHLO, 0, "%s %s", c->cfg->lmtp ? "LHLO" : "EHLO", domain(c));
}

void smtpc_hello_start(struct smtpc *c)
{
	reply_clear(&c->last);
	if (c->greeting.code != 0) {
		say_ehlo(c);
		return;
	}
	smtpc_set_state(c, ST_GREETING);
	smtpc_expect(c, V_GREETING);
}

static void greeted(struct smtpc *c, const struct reply *r)
{
	if (r->code != 220) {
		smtpc_fail(c, smtpc_kind(r, ERR_UNAVAILABLE), r,
			   "the relay does not want to talk");
		return;
	}
	reply_copy(&c->greeting, r);
	say_ehlo(c);
}

static void quit(struct smtpc *c)
{
	smtpc_say(c, V_QUIT, 0, "QUIT");
	smtpc_set_state(c, ST_DONE);
}

static void say_etrn(struct smtpc *c)
{
	if (!c->caps.etrn) {
		smtpc_fail(c, ERR_UNAVAILABLE, NULL, "the relay does not offer ETRN");
		return;
	}
	smtpc_set_state(c, ST_ETRN);
	smtpc_say(c, V_ETRN, 0, "ETRN %s", c->cfg->rmqs);
}

static void logged_in(struct smtpc *c)
{
	if (c->cfg->rmqs != NULL)
		say_etrn(c);
	else
		smtpc_set_state(c, ST_READY);
}

void smtpc_auth_say(struct smtpc *c)
{
	char command[64];
	size_t n = strlen(c->mech);

	memcpy(command, "AUTH ", 5);
	memcpy(command + 5, c->mech, n + 1);
	c->auth_held = false;
	c->parser.line_max = REPLY_SASL_MAX;
	if (c->initial.len == 0 ||
	    5 + n + 1 + c->initial.len + 2 > AUTH_LINE_MAX) {
		smtpc_say(c, V_AUTH, 0, "%s", command);
		return;
	}
	memcpy(command + 5 + n, " ", 2);
	smtpc_say_secret(c, V_AUTH, command, &c->initial);
	buf_wipe(&c->initial);
}

static int open_auth(struct smtpc *c, struct err *e)
{
	const struct sasl_config *auth = c->cfg->auth;
	bool has;

	if (!c->caps.auth)
		return err_set(e, ERR_UNAVAILABLE,
			       "the relay does not offer a login (AUTH): %s",
			       c->secure ? "set 'auth off' if it needs none"
					 : "it may under TLS, set 'tls on'");
	if (sasl_choose(auth, &c->caps, c->secure, c->bind, &c->mech, e) < 0)
		return -1;
	if (sasl_open(&c->sasl, auth, c->mech, c->bind, c->cb.p, c->cb.len, e) < 0)
		return -1;
	return sasl_initial(c->sasl, &c->initial, &has, e);
}

/* May AUTH wait for the first message and go in its flight? */
static bool may_hold(const struct smtpc *c)
{
	return c->cfg->pipelining == SMTPC_PIPE_FULL && c->caps.pipelining &&
	       c->cfg->rmqs == NULL && sasl_one_round(c->mech) &&
	       c->initial.len > 0 && c->initial.len < AUTH_LINE_MAX - 64;
}

static void begin_auth(struct smtpc *c)
{
	struct err e = ERR_INIT;

	if (open_auth(c, &e) < 0) {
		smtpc_fail(c, e.kind, NULL, "%s", e.text);
		return;
	}
	c->rounds = 0;
	if (may_hold(c)) {
		c->auth_held = true;
		smtpc_set_state(c, ST_READY);
		return;
	}
	smtpc_set_state(c, ST_AUTH);
	smtpc_auth_say(c);
}

static void after_hello(struct smtpc *c)
{
	if (c->cfg->tls == SMTPC_TLS_STARTTLS && !c->secure) {
		if (!c->caps.starttls) {
			smtpc_fail(c, ERR_UNAVAILABLE, NULL,
				   "the relay does not offer STARTTLS, nothing was "
				   "sent: perhaps it wants TLS from the start "
				   "('tls_starttls off', port 465), or somebody on "
				   "the way removed the offer");
			return;
		}
		smtpc_set_state(c, ST_STARTTLS);
		smtpc_say(c, V_STARTTLS, 0, "STARTTLS");
	} else if (c->cfg->auth != NULL) {
		begin_auth(c);
	} else {
		logged_in(c);
	}
}

/*
 * An old server refuses EHLO for good (RFC 5321 section 3.2).  Without EHLO
 * there is no STARTTLS and no AUTH, so HELO serves only who wants neither.
 */
static bool may_helo(const struct smtpc *c)
{
	return !c->cfg->lmtp && c->cfg->auth == NULL && c->cfg->rmqs == NULL &&
	       c->cfg->tls != SMTPC_TLS_STARTTLS;
}

static void helloed(struct smtpc *c, enum verb verb, const struct reply *r)
{
	if (r->code == 250) {
		if (verb == V_EHLO)
			caps_parse(&c->caps, r);
		after_hello(c);
	} else if (verb == V_EHLO && reply_perm(r) && may_helo(c)) {
		smtpc_say(c, V_HELO, 0, "HELO %s", domain(c));
	} else {
		smtpc_fail(c, smtpc_kind(r, ERR_UNAVAILABLE), r, "the relay refused %s",
			   verb == V_HELO ? "HELO" : c->cfg->lmtp ? "LHLO" : "EHLO");
	}
}

static void starttls_answered(struct smtpc *c, const struct reply *r)
{
	if (r->code != 220) {
		smtpc_fail(c, smtpc_kind(r, ERR_UNAVAILABLE), r,
			   "the relay refused STARTTLS, nothing was sent");
		return;
	}
	/* What was read in clear is worth nothing (RFC 3207 section 4.2). */
	caps_clear(&c->caps);
	smtpc_set_state(c, ST_TLS);
}

/*
 * The exchange cannot go on: "*" tells the server so (RFC 4954 section 4),
 * its answer is not waited for.  When more than AUTH is in flight, that
 * would not be read as an answer.
 */
static void cancel(struct smtpc *c, enum err_kind kind, const char *text)
{
	bool alone = c->state == ST_AUTH;

	smtpc_fail(c, kind, NULL, "%s", text);
	if (alone)
		smtpc_say_bytes(c, "*");
}

static void challenged(struct smtpc *c, const struct reply *r)
{
	struct buf answer = BUF_INIT(SMTPC_COMMAND_MAX);
	struct err e = ERR_INIT;

	if (c->state != ST_AUTH) {
		cancel(c, ERR_PROTOCOL, "a challenge for a login that has no more to say");
	} else if (++c->rounds > AUTH_ROUNDS_MAX) {
		cancel(c, ERR_PROTOCOL, "too many challenges in one login");
	} else if (c->initial.len > 0) {
		smtpc_say_secret(c, V_AUTH, "", &c->initial);
		buf_wipe(&c->initial);
	} else if (sasl_step(c->sasl, buf_str(&r->text), r->text.len, &answer, &e) < 0) {
		cancel(c, e.kind, e.text);
	} else {
		smtpc_say_secret(c, V_AUTH, "", &answer);
	}
	buf_wipe(&answer);
}

static void auth_refused(struct smtpc *c, const struct reply *r)
{
	const char *user = c->cfg->auth->user, *why = sasl_complaint(c->sasl);

	smtpc_fail(c, smtpc_kind(r, ERR_NOPERM), r,
		   "the relay refused the login by %s as '%s'%s%s%s", c->mech,
		   user != NULL ? user : "", why[0] != '\0' ? " (" : "", why,
		   why[0] != '\0' ? ")" : "");
}

static void authenticated(struct smtpc *c)
{
	struct err e = ERR_INIT;

	if (sasl_finish(c->sasl, &e) < 0) {
		smtpc_fail(c, e.kind, NULL, "%s", e.text);
		return;
	}
	sasl_free(c->sasl);
	c->sasl = NULL;
	c->parser.line_max = REPLY_LINE_MAX;
	if (c->state == ST_AUTH)
		logged_in(c);
}

static void auth_answered(struct smtpc *c, const struct reply *r)
{
	if (r->code == 235 && c->initial.len == 0)
		authenticated(c);
	else if (r->code == 235)
		smtpc_fail(c, ERR_NOPERM, r,
			   "the relay claims success before the login began");
	else if (r->code == 334)
		challenged(c, r);
	else
		auth_refused(c, r);
}

/* compat: 250 to 253 are good news of different kinds (RFC 1985 section 5). */
static void etrn_answered(struct smtpc *c, const struct reply *r)
{
	enum err_kind kind = ERR_PROTOCOL;

	if (r->code >= 250 && r->code <= 253) {
		smtpc_note(c, r);
		quit(c);
		return;
	}
	if (r->code == 458 || r->code == 459)
		kind = ERR_UNAVAILABLE;
	else if (r->code == 500 || r->code == 501)
		kind = ERR_DATA;
	else if (reply_temp(r))
		kind = ERR_TEMP;
	smtpc_fail(c, kind, r, "the relay refused ETRN");
}

void smtpc_hello_reply(struct smtpc *c, enum verb verb, const struct reply *r)
{
	switch (verb) {
	case V_GREETING:
		greeted(c, r);
		break;
	case V_STARTTLS:
		starttls_answered(c, r);
		break;
	case V_AUTH:
		auth_answered(c, r);
		break;
	case V_ETRN:
		etrn_answered(c, r);
		break;
	default:
		helloed(c, verb, r);
	}
}
