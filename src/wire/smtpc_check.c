/*
 * The client engine before a transaction: can this message be given to this
 * relay at all?
 */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "text/idn.h"
#include "wire/smtpc_int.h"

#define ENVID_MAX 100		/* RFC 3461 section 4.4 */
#define ORCPT_MAX 1000		/* twice what RFC 3461 section 4.2 allows */

char *smtpc_wire_addr(const char *addr, bool utf8, struct err *e)
{
	char *spec;
	bool ascii;

	if (utf8 || !ascii_has_8bit(addr, strlen(addr)))
		return xstrdup(addr);
	if (idn_addr_to_ascii(addr, &spec, &ascii, e) < 0)
		return NULL;
	if (ascii)
		return spec;
	free(spec);
	err_set(e, ERR_DATA, "'%s' cannot be sent without SMTPUTF8, which the "
		"relay does not offer", addr);
	return NULL;
}

static void all_failed(const struct smtpc_mail *m, enum err_kind kind, int code,
		       const char *status, const struct err *e)
{
	struct reply r = REPLY_INIT;

	reply_set(&r, code, "%s %s", status, e->text);
	outcomes_settle(m->outcome, m->env->n, FAILED, kind, &r);
	reply_clear(&r);
}

/* Refuse recipient I without asking the relay. */
static void refuse_locally(struct txn *t, size_t i, enum verdict v,
			   enum err_kind kind, int code, const char *text)
{
	struct reply r = REPLY_INIT;

	reply_set(&r, code, "%s", text);
	outcome_set(&t->mail.outcome[i], v, kind, &r);
	t->rcpt[i] = RCPT_REFUSED;
	t->live--;
	reply_clear(&r);
}

/*
 * SMTPUTF8 is said when it is offered and something needs it (RFC 6531
 * section 3.4).  When it is not offered, domains can be written in ASCII;
 * local parts cannot.
 */
static int check_utf8(const struct smtpc *c, struct txn *t, struct err *e)
{
	const struct smtpc_mail *m = &t->mail;
	struct err why = ERR_INIT;
	char *spec;

	t->utf8 = c->caps.smtputf8 &&
		  (m->utf8_header || envelope_needs_utf8(m->env));
	if (t->utf8)
		return 0;
	if ((spec = smtpc_wire_addr(m->env->from, false, e)) == NULL) {
		all_failed(m, ERR_DATA, 553, "5.6.7", e);
		return -1;
	}
	free(spec);
	for (size_t i = 0; i < m->env->n; i++) {
		char text[ERR_TEXT_MAX + 8] = "5.6.7 ";

		if ((spec = smtpc_wire_addr(m->env->rcpt[i].addr, false, &why)) != NULL) {
			free(spec);
			continue;
		}
		memcpy(text + 6, why.text, strlen(why.text) + 1);
		refuse_locally(t, i, FAILED, ERR_DATA, 553, text);
		*e = why;
	}
	if (t->live == m->env->n || (m->partial && t->live > 0))
		return 0;
	all_failed(m, ERR_DATA, 550, "5.6.7",
		   &(struct err){ .text = "not sent because another recipient "
					  "cannot be written without SMTPUTF8" });
	return -1;
}

static int check_limits(const struct smtpc *c, struct txn *t, struct err *e)
{
	const struct smtpc_mail *m = &t->mail;
	size_t max = c->caps.rcpt_max, taken = 0;

	if (c->caps.size_max > 0 && m->size > c->caps.size_max) {
		err_set(e, ERR_DATA, "the message has %llu bytes, the relay takes "
			"at most %llu", (unsigned long long)m->size,
			(unsigned long long)c->caps.size_max);
		all_failed(m, ERR_DATA, 552, "5.3.4", e);
		return -1;
	}
	if (max == 0 || t->live <= max)
		return 0;
	if (!m->partial) {
		err_set(e, ERR_UNAVAILABLE, "the message has %zu recipients, the "
			"relay takes at most %zu at once: send it to fewer, or set "
			"'partial on'", t->live, max);
		all_failed(m, ERR_UNAVAILABLE, 550, "5.5.3", e);
		return -1;
	}
	for (size_t i = 0; i < m->env->n; i++)
		if (t->rcpt[i] == RCPT_UNASKED && ++taken > max)
			refuse_locally(t, i, DEFERRED, ERR_TEMP, 452,
				       "4.5.3 the relay takes no more recipients "
				       "in one message");
	return 0;
}

/* RFC 3461 sections 4.2 and 4.4: a type and an xtext; at most 100 characters. */
static int check_dsn(const struct envelope *env, struct err *e)
{
	if (env->envid != NULL && strlen(env->envid) > ENVID_MAX)
		return err_set(e, ERR_DATA, "the envelope id has more than %d "
			       "characters", ENVID_MAX);
	for (size_t i = 0; i < env->n; i++) {
		const char *o = env->rcpt[i].orcpt;

		if (o == NULL)
			continue;
		if (strlen(o) > ORCPT_MAX || strchr(o, ';') == NULL)
			return err_set(e, ERR_DATA, "not an original recipient: "
				       "'%.80s'", o);
		for (; *o != '\0'; o++)
			if (*o <= ' ' || *o > '~')
				return err_set(e, ERR_DATA, "not an original "
					       "recipient: '%.80s'",
					       env->rcpt[i].orcpt);
	}
	return 0;
}

int smtpc_check_mail(const struct smtpc *c, struct txn *t, struct err *e)
{
	const struct smtpc_mail *m = &t->mail;

	for (size_t i = 0; i < m->env->n; i++)
		outcome_clear(&m->outcome[i]);
	if (m->env->n == 0)
		return err_set(e, ERR_DATA, "the message has no recipient");
	if (m->env->from == NULL)
		return err_set(e, ERR_DATA, "the message has no sender");
	if (envelope_check(m->env, e) < 0 || check_dsn(m->env, e) < 0) {
		all_failed(m, ERR_DATA, 553, "5.1.3", e);
		return -1;
	}
	if (check_utf8(c, t, e) < 0)
		return -1;
	return check_limits(c, t, e);
}
