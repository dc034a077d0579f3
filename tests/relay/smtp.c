/*
 * The conversation: command lines, their order, and the commands that open a
 * session.  Those of a transaction are in mail.c.
 *
 * Longest command lines: RFC 5321 section 4.5.3.1.4 allows 512 bytes with CRLF;
 * MAIL grows by SIZE 26 (RFC 1870), BODY 17 (RFC 6152), SMTPUTF8 10 (RFC 6531),
 * DSN 100, RCPT by DSN 500 (RFC 3461), AUTH to 12288 (RFC 4954 section 4).  An
 * OAuth token may be longer still, so AUTH has this server's own bound.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "relay.h"

enum {
	LINE_MAX_BASE = 512, LINE_MAX_MAIL = 512 + 26 + 17 + 10 + 100,
	LINE_MAX_RCPT = 512 + 500, LINE_MAX_AUTH = 128 * 1024
};

void
reply(struct client *c, int code, const char *enhanced, const char *fmt, ...)
{
	size_t start = c->out.len;
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (enhanced != NULL && conf.caps[CAP_CODES])
		bytes_fmt(&c->out, "%d %s %s\r\n", code, enhanced, text);
	else
		bytes_fmt(&c->out, "%d %s\r\n", code, text);
	if (code >= 400)
		count_refusal();
	store_log(c, 'S', c->out.p + start, c->out.len - start);
}

bool
strike(struct client *c, enum step step, const char *subject)
{
	const struct fault *f = fault_at(step, subject);
	const char *enhanced;

	if (f == NULL)
		return false;
	switch (f->act) {
	case ACT_REPLY:
		enhanced = f->code >= 500 ? "5.0.0" : f->code >= 400 ? "4.0.0" :
		    f->code < 300 ? "2.0.0" : NULL;
		reply(c, f->code, enhanced, "%s",
		    f->text != NULL ? f->text : "as asked for");
		if (f->code == 421 || step == STEP_GREETING)
			c->closing = true;
		break;
	case ACT_STALL:
		c->stalled = true;
		break;
	case ACT_RESET:
		client_kill(c, true);
		break;
	default:
		client_kill(c, false);
		break;
	}
	return true;
}

void
smtp_forget(struct client *c)
{
	for (size_t i = 0; i < c->nrcpts; i++) {
		free(c->rcpts[i].address);
		free(c->rcpts[i].params);
	}
	free(c->rcpts);
	c->rcpts = NULL;
	c->nrcpts = c->rcpts_room = 0;
	replace(&c->from_address, NULL);
	replace(&c->from_params, NULL);
	content_clear(&c->body);
	c->mail_refused = c->utf8 = c->eight = c->has_declared = false;
	c->declared = 0;
	c->chunks = 0;
}

void
smtp_greet(struct client *c)
{
	if (strike(c, STEP_GREETING, ""))
		return;
	reply(c, 220, NULL, "%s %s ostler test relay", conf.host,
	    c->from->lmtp ? "LMTP" : "ESMTP");
}

static void
hello_lines(struct client *c, struct bytes *b)
{
	bytes_fmt(b, "%s greets you\n", conf.host);
	for (int i = 0; i < CAP_COUNT; i++) {
		if (!conf.caps[i])
			continue;
		switch ((enum cap)i) {
		case CAP_SIZE:
			bytes_fmt(b, "SIZE %zu\n", conf.max_size);
			break;
		case CAP_LIMITS:
			if (conf.limits != NULL)
				bytes_fmt(b, "LIMITS %s\n", conf.limits);
			break;
		case CAP_STARTTLS:
			if (c->from->kind == STARTTLS && c->tls == NULL)
				bytes_str(b, "STARTTLS\n");
			break;
		case CAP_AUTH:
			/* Not in clear where TLS can be had. */
			if (c->tls != NULL || c->from->kind == PLAIN) {
				bytes_str(b, "AUTH");
				auth_list(c, b);
				bytes_str(b, "\n");
			}
			break;
		default:
			bytes_fmt(b, "%s\n", cap_name((enum cap)i));
		}
	}
	if (conf.extra != NULL)
		bytes_fmt(b, "%s\n", conf.extra);
}

static void
do_hello(struct client *c, const char *line, bool extended)
{
	struct bytes b = BYTES_INIT;
	size_t start = c->out.len;
	const char *name = strchr(line, ' ');
	const char *why = name == NULL ? "no name" : check_domain(name + 1, true);

	if (strike(c, STEP_EHLO, name == NULL ? "" : name + 1))
		return;
	if (why != NULL && breach(c, RULE_SYNTAX, "%s: %s", line, why)) {
		reply(c, 501, "5.5.4", "%s", why);
		return;
	}
	smtp_forget(c);
	replace(&c->helo, line);
	c->ehlo = extended;
	if (!extended) {
		reply(c, 250, NULL, "%s", conf.host);
		return;
	}
	hello_lines(c, &b);
	for (char *at = b.p, *nl; (nl = strchr(at, '\n')) != NULL; at = nl + 1) {
		*nl = '\0';
		bytes_fmt(&c->out, "250%c%s\r\n", nl[1] == '\0' ? ' ' : '-', at);
	}
	store_log(c, 'S', c->out.p + start, c->out.len - start);
	bytes_clear(&b);
}

static void
do_starttls(struct client *c, bool more_behind)
{
	if (c->from->kind != STARTTLS || !conf.caps[CAP_STARTTLS] || c->tls != NULL) {
		breach(c, RULE_ORDER, "STARTTLS that is not offered");
		reply(c, 502, "5.5.1", "not offered");
		return;
	}
	if (more_behind && breach(c, RULE_INJECTION, "bytes behind STARTTLS")) {
		reply(c, 501, "5.5.4", "nothing may follow STARTTLS");
		c->closing = true;
		return;
	}
	if (strike(c, STEP_STARTTLS, ""))
		return;
	reply(c, 220, "2.0.0", "go ahead");
	c->upgrade = true;
}

/* Commands that need no words of their own. */
static void
do_simple(struct client *c, const char *verb)
{
	if (strcasecmp(verb, "RSET") == 0) {
		smtp_forget(c);
		reply(c, 250, "2.0.0", "forgotten");
	} else if (strcasecmp(verb, "NOOP") == 0) {
		reply(c, 250, "2.0.0", "nothing done");
	} else if (strcasecmp(verb, "QUIT") == 0) {
		c->quit = true;
		reply(c, 221, "2.0.0", "bye");
		c->closing = true;
	} else if (strcasecmp(verb, "VRFY") == 0) {
		reply(c, 252, "2.5.0", "try it");
	} else if (strcasecmp(verb, "ETRN") == 0 && conf.caps[CAP_ETRN]) {
		reply(c, 250, "2.0.0", "queue started");
	} else {
		breach(c, RULE_SYNTAX, "unknown command %s", verb);
		reply(c, 500, "5.5.2", "unknown command");
	}
}

static bool
is(const char *line, const char *verb)
{
	size_t n = strlen(verb);

	return strncasecmp(line, verb, n) == 0 && (line[n] == ' ' || line[n] == '\0');
}

/* RFC 2920 section 3.1: what may only stand last in a group.  BDAT and MAIL,
 * RCPT, RSET may have more behind them; AUTH looks for itself. */
static bool
must_be_last(const char *line)
{
	static const char *const last[] = {
		"EHLO", "HELO", "LHLO", "DATA", "VRFY", "QUIT", "NOOP", "ETRN",
	};

	for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
		if (is(line, last[i]))
			return true;
	}
	return false;
}

/* The content behind BDAT is no command, so it is not looked at here. */
static bool
group_ok(struct client *c, const char *line, bool more_behind)
{
	if (!more_behind || is(line, "STARTTLS") || is(line, "BDAT"))
		return true;
	if (is(line, "AUTH") && c->ehlo && conf.caps[CAP_PIPELINING])
		return true;
	if (c->ehlo && conf.caps[CAP_PIPELINING] && !must_be_last(line))
		return true;
	if (!breach(c, RULE_SYNC, "more was sent behind %.60s", line))
		return true;
	reply(c, 503, "5.5.0", "wait for the reply");
	return false;
}

static bool
length_ok(struct client *c, const char *line, size_t n)
{
	size_t max = LINE_MAX_BASE;

	if (is(line, "MAIL") && c->ehlo)
		max = LINE_MAX_MAIL;
	if (is(line, "RCPT") && c->ehlo)
		max = LINE_MAX_RCPT;
	if (is(line, "AUTH"))
		max = LINE_MAX_AUTH;
	if (n <= max || !breach(c, RULE_COMMAND_LENGTH, "%zu bytes: %.60s", n, line))
		return true;
	reply(c, 500, "5.5.6", "line too long");
	return false;
}

static void
command(struct client *c, const char *line, bool more_behind)
{
	const char *hello = c->from->lmtp ? "LHLO" : "EHLO";

	if (!group_ok(c, line, more_behind))
		return;
	if (is(line, hello)) {
		do_hello(c, line, true);
	} else if (is(line, "HELO") && !c->from->lmtp) {
		do_hello(c, line, false);
	} else if (is(line, "NOOP") || is(line, "QUIT") || is(line, "RSET") ||
	    is(line, "VRFY")) {
		char verb[5];

		snprintf(verb, sizeof(verb), "%.4s", line);
		do_simple(c, verb);
	} else if (c->helo == NULL && breach(c, RULE_ORDER, "%.60s before %s", line, hello)) {
		reply(c, 503, "5.5.1", "%s first", hello);
	} else if (is(line, "STARTTLS")) {
		do_starttls(c, more_behind);
	} else if (is(line, "AUTH")) {
		auth_start(c, line[4] == '\0' ? "" : line + 5, more_behind);
	} else if (is(line, "MAIL")) {
		smtp_mail(c, line[4] == '\0' ? "" : line + 5);
	} else if (is(line, "RCPT")) {
		smtp_rcpt(c, line[4] == '\0' ? "" : line + 5);
	} else if (is(line, "DATA")) {
		smtp_data(c, line + 4);
	} else if (is(line, "BDAT") && conf.caps[CAP_CHUNKING] && c->ehlo) {
		smtp_bdat(c, line[4] == '\0' ? "" : line + 5);
	} else {
		char verb[16];

		snprintf(verb, sizeof(verb), "%.*s", (int)strcspn(line, " "), line);
		do_simple(c, verb);
	}
}

/* False when the line was refused for its bytes. */
static bool
bytes_ok(struct client *c, const char *p, size_t n)
{
	size_t text = n - 1;

	if (text > 0 && p[text - 1] == '\r') {
		text--;
	} else if (breach(c, RULE_BARE_LF, "in a command: %.*s",
	    text < 60 ? (int)text : 60, p)) {
		reply(c, 500, "5.5.2", "line does not end with CR LF");
		return false;
	}
	if (memchr(p, '\r', text) != NULL && breach(c, RULE_BARE_CR, "in a command")) {
		reply(c, 500, "5.5.2", "CR in a line");
		return false;
	}
	if (memchr(p, '\0', text) != NULL && breach(c, RULE_SYNTAX, "NUL in a command")) {
		reply(c, 500, "5.5.2", "NUL in a line");
		return false;
	}
	return true;
}

static size_t
line_input(struct client *c, const char *p, size_t n)
{
	const char *nl = memchr(p, '\n', n);
	size_t len;
	char *line;

	if (nl == NULL) {
		if (n > LINE_MAX_AUTH) {
			breach(c, RULE_COMMAND_LENGTH, "endless line");
			reply(c, 500, "5.5.6", "line too long");
			c->closing = true;
		}
		return 0;
	}
	len = (size_t)(nl - p) + 1;
	store_log(c, 'C', p, len);
	if (!bytes_ok(c, p, len))
		return len;
	line = need(strndup(p, len - 1));
	if (len > 1 && line[len - 2] == '\r')
		line[len - 2] = '\0';
	if (c->mode == IN_AUTH)
		auth_line(c, line);
	else if (length_ok(c, line, len))
		command(c, line, n > len);
	free(line);
	return len;
}

void
smtp_input(struct client *c)
{
	size_t at = 0;

	while (at < c->in.len && !c->closing && !c->stalled && !c->gone && !c->upgrade) {
		const char *p = c->in.p + at;
		size_t n = c->in.len - at, used;

		if (c->mode == IN_DATA)
			used = data_input(c, p, n);
		else if (c->mode == IN_BDAT)
			used = bdat_input(c, p, n);
		else
			used = line_input(c, p, n);
		if (used == 0)
			break;
		at += used;
	}
	bytes_eat(&c->in, at);
}
