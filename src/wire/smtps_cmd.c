/*
 * The server engine's commands.
 */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/xalloc.h"
#include "wire/path.h"
#include "wire/smtps_int.h"

static void say_offer(struct smtps *s)
{
	const char *name = s->cfg->domain;

	buf_addf(&s->out, "250-%s\r\n250-PIPELINING\r\n250-8BITMIME\r\n", name);
	if (s->cfg->size_max > 0)
		buf_addf(&s->out, "250-SIZE %llu\r\n",
			 (unsigned long long)s->cfg->size_max);
	else
		buf_adds(&s->out, "250-SIZE\r\n");
	if (s->cfg->auth)
		buf_adds(&s->out, "250-AUTH PLAIN\r\n");
	buf_addf(&s->out, "250-DSN\r\n250-SMTPUTF8\r\n250-LIMITS RCPTMAX=%d\r\n"
		 "250 ENHANCEDSTATUSCODES\r\n", SMTPS_RCPT_MAX);
}

static void hello(struct smtps *s, const char *arg, size_t n, bool extended)
{
	if (n == 0) {
		smtps_refuse(s, "501 5.5.4 Say your name");
		return;
	}
	(void)arg;
	smtps_reset(s);
	s->greeted = true;
	if (extended)
		say_offer(s);
	else
		buf_addf(&s->out, "250 %s\r\n", s->cfg->domain);
}

static void ehlo(struct smtps *s, const char *arg, size_t n)
{
	if (s->cfg->lmtp)
		smtps_refuse(s, "500 5.5.1 This is LMTP, say LHLO");
	else
		hello(s, arg, n, true);
}

static void helo(struct smtps *s, const char *arg, size_t n)
{
	if (s->cfg->lmtp)
		smtps_refuse(s, "500 5.5.1 This is LMTP, say LHLO");
	else
		hello(s, arg, n, false);
}

static void lhlo(struct smtps *s, const char *arg, size_t n)
{
	if (!s->cfg->lmtp)
		smtps_refuse(s, "500 5.5.1 This is not LMTP, say EHLO");
	else
		hello(s, arg, n, true);
}

static void mail(struct smtps *s, const char *arg, size_t n)
{
	struct path p;
	const char *why;

	if (!s->greeted) {
		smtps_refuse(s, "503 5.5.1 Say EHLO first");
	} else if (s->cfg->auth && !s->authed) {
		smtps_refuse(s, "530 5.7.0 Authentication required");
	} else if (s->mail) {
		smtps_refuse(s, "503 5.5.1 One message at a time");
	} else if ((why = path_mail(&p, arg, n)) != NULL) {
		smtps_refuse(s, why);
	} else if (s->cfg->size_max > 0 && p.size > s->cfg->size_max) {
		smtps_reply(s, "552 5.3.4 Message too large");
		path_clear(&p);
	} else {
		smtps_reset(s);
		s->mail = true;
		s->utf8 = p.utf8;
		envelope_set_from(&s->env, p.addr);
		s->env.ret = p.ret;
		s->env.envid = p.envid;
		p.envid = NULL;
		path_clear(&p);
		smtps_reply(s, "250 2.1.0 Sender ok");
	}
}

/* A recipient said twice gets one copy; what was said first about it holds. */
static void add_rcpt(struct smtps *s, struct path *p)
{
	struct rcpt *slot;

	if (envelope_add(&s->env, p->addr, &slot)) {
		slot->notify = p->notify;
		slot->orcpt = p->orcpt;
		p->orcpt = NULL;
	}
	if (s->said == NULL)
		s->said = xcalloc(SMTPS_RCPT_MAX, sizeof *s->said);
	s->said[s->rcpts++] = (size_t)(slot - s->env.rcpt);
}

static void rcpt(struct smtps *s, const char *arg, size_t n)
{
	struct path p;
	const char *why;

	if (!s->mail) {
		smtps_refuse(s, "503 5.5.1 Say MAIL first");
	} else if ((why = path_rcpt(&p, arg, n, s->utf8)) != NULL) {
		smtps_refuse(s, why);
	} else {
		if (s->rcpts >= SMTPS_RCPT_MAX) {
			smtps_reply(s, "452 4.5.3 Too many recipients");
		} else {
			add_rcpt(s, &p);
			smtps_reply(s, "250 2.1.5 Recipient ok");
		}
		path_clear(&p);
	}
}

static void data(struct smtps *s, const char *arg, size_t n)
{
	(void)arg;
	if (n > 0)
		smtps_refuse(s, "501 5.5.4 DATA takes no argument");
	else if (!s->mail)
		smtps_refuse(s, "503 5.5.1 Say MAIL first");
	else if (s->rcpts == 0)
		smtps_refuse(s, "554 5.5.1 No valid recipients");
	else
		s->state = SS_BEGIN;
}

static void rset(struct smtps *s, const char *arg, size_t n)
{
	(void)arg;
	if (n > 0) {
		smtps_refuse(s, "501 5.5.4 RSET takes no argument");
		return;
	}
	smtps_reset(s);
	smtps_reply(s, "250 2.0.0 Ok");
}

static void noop(struct smtps *s, const char *arg, size_t n)
{
	(void)arg;
	(void)n;
	smtps_reply(s, "250 2.0.0 Ok");
}

static void quit(struct smtps *s, const char *arg, size_t n)
{
	(void)arg;
	if (n > 0) {
		smtps_refuse(s, "501 5.5.4 QUIT takes no argument");
		return;
	}
	smtps_reply(s, "221 2.0.0 Bye");
	s->state = SS_DONE;
}

static void vrfy(struct smtps *s, const char *arg, size_t n)
{
	(void)arg;
	if (n == 0)
		smtps_refuse(s, "501 5.5.4 Say whom");
	else
		smtps_reply(s, "252 2.5.2 Ask by sending");
}

static void help(struct smtps *s, const char *arg, size_t n)
{
	(void)arg;
	(void)n;
	smtps_reply(s, "214 2.0.0 See RFC 5321");
}

static void not_done(struct smtps *s, const char *arg, size_t n)
{
	(void)arg;
	(void)n;
	smtps_refuse(s, "502 5.5.1 Command not implemented");
}

/*
 * It is not offered, so who says it does not listen; the content that it
 * sends behind would be taken for commands.
 */
static void bdat(struct smtps *s, const char *arg, size_t n)
{
	(void)arg;
	(void)n;
	smtps_reply(s, "421 4.5.1 CHUNKING was not offered");
	s->state = SS_DONE;
}

/*
 * A web browser can be made to post to this port, and speaks in lines too:
 * those that follow would be commands of whoever wrote the page.
 */
static void http(struct smtps *s, const char *arg, size_t n)
{
	(void)arg;
	(void)n;
	smtps_reply(s, "421 4.7.0 This is not a web server");
	s->state = SS_DONE;
}

static void auth(struct smtps *s, const char *arg, size_t n)
{
	size_t word = 0;

	while (word < n && !ascii_isblank(arg[word]))
		word++;
	if (!s->cfg->auth)
		smtps_refuse(s, "502 5.5.1 AUTH is not offered");
	else if (!s->greeted)
		smtps_refuse(s, "503 5.5.1 Say EHLO first");
	else if (s->authed || s->mail)
		smtps_refuse(s, "503 5.5.1 Not now");
	else if (!ascii_memcaseeq(arg, word, "PLAIN"))
		smtps_refuse(s, "504 5.5.4 Only PLAIN is offered");
	else if (word == n) {
		s->state = SS_RESPONSE;
		smtps_reply(s, "334 ");
	} else {
		smtps_response(s, arg + word + 1, n - word - 1);
	}
}

void smtps_response(struct smtps *s, const char *line, size_t n)
{
	s->state = SS_COMMAND;
	if (n == 1 && line[0] == '*') {
		smtps_refuse(s, "501 5.7.0 Login cancelled");
		return;
	}
	buf_wipe(&s->response);
	if (base64_decode(&s->response, line, n) < 0 || s->response.len == 0) {
		buf_wipe(&s->response);
		smtps_refuse(s, "501 5.5.2 Not base 64");
		return;
	}
	s->state = SS_AUTH;
}

static const struct {
	const char *verb;
	void (*run)(struct smtps *s, const char *arg, size_t n);
} verbs[] = {
	{ "EHLO", ehlo }, { "HELO", helo }, { "LHLO", lhlo },
	{ "MAIL", mail }, { "RCPT", rcpt }, { "DATA", data },
	{ "RSET", rset }, { "NOOP", noop }, { "QUIT", quit },
	{ "VRFY", vrfy }, { "HELP", help }, { "AUTH", auth },
	{ "EXPN", not_done }, { "STARTTLS", not_done }, { "BDAT", bdat },
	{ "ETRN", not_done }, { "TURN", not_done },
	{ "GET", http }, { "POST", http }, { "PUT", http }, { "HEAD", http },
	{ "OPTIONS", http }, { "CONNECT", http }, { "HOST:", http },
};

void smtps_command(struct smtps *s, const char *line, size_t n)
{
	size_t word = 0;

	/* Blanks at the end are tolerated (RFC 5321 section 4.1.1). */
	while (n > 0 && ascii_isblank(line[n - 1]))
		n--;
	while (word < n && !ascii_isblank(line[word]))
		word++;
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		size_t arg = word;

		if (!ascii_memcaseeq(line, word, verbs[i].verb))
			continue;
		while (arg < n && ascii_isblank(line[arg]))
			arg++;
		verbs[i].run(s, line + arg, n - arg);
		return;
	}
	smtps_refuse(s, "500 5.5.1 Command not known");
}
