/*
 * The commands of a transaction: MAIL, RCPT, DATA, BDAT, and the end of the
 * message.
 */
#include <stdlib.h>
#include <string.h>

#include "relay.h"

/* "FROM:<address> parameters" in args; fills address and params (both malloc'ed)
 * or says what is wrong.  "<>" gives an empty address. */
static const char *
split_path(const char *args, const char *word, char **address, char **params)
{
	size_t n = strlen(word);
	const char *end, *start;
	bool quoted = false;

	if (strncasecmp(args, word, n) != 0 || args[n] != '<')
		return "'<' must follow the colon at once";
	start = args + n + 1;
	for (end = start; *end != '\0' && (quoted || *end != '>'); end++) {
		if (*end == '\\' && quoted && end[1] != '\0')
			end++;
		else if (*end == '"')
			quoted = !quoted;
	}
	if (*end != '>')
		return "no '>'";
	if (end[1] != '\0' && end[1] != ' ')
		return "something stands right behind '>'";
	if (end[1] == ' ' && (end[2] == '\0' || end[2] == ' ' || end[strlen(end) - 1] == ' '))
		return "too many blanks";
	*address = need(strndup(start, (size_t)(end - start)));
	*params = dup_text(end[1] == ' ' ? end + 2 : "");
	return NULL;
}

/* ret and notify values of RFC 3461; NULL when good. */
static const char *
check_notify(const char *v)
{
	char *copy = dup_text(v), *rest = copy;
	const char *why = *v == '\0' ? "empty NOTIFY" : NULL;
	bool never = false;
	int n = 0;

	for (char *w; (w = next_word(&rest)) != NULL; n++) {
		if (strcasecmp(w, "NEVER") == 0)
			never = true;
		else if (strcasecmp(w, "SUCCESS") != 0 && strcasecmp(w, "FAILURE") != 0 &&
		    strcasecmp(w, "DELAY") != 0)
			why = "unknown NOTIFY";
	}
	if (never && n > 1)
		why = "NEVER is not alone";
	free(copy);
	return why;
}

static const char *
mail_parameter(struct client *c, const char *key, const char *v)
{
	char *end;

	if (strcasecmp(key, "SIZE") == 0 && conf.caps[CAP_SIZE]) {
		if (v == NULL || *v < '0' || *v > '9' || strlen(v) > 20)
			return "SIZE wants a number";
		c->declared = (size_t)strtoull(v, &end, 10);
		c->has_declared = true;
		return *end == '\0' ? NULL : "SIZE wants a number";
	}
	if (strcasecmp(key, "BODY") == 0 && conf.caps[CAP_8BITMIME]) {
		c->eight = v != NULL && strcasecmp(v, "8BITMIME") == 0;
		return c->eight || (v != NULL && strcasecmp(v, "7BIT") == 0) ? NULL :
		    "unknown BODY";
	}
	if (strcasecmp(key, "SMTPUTF8") == 0 && conf.caps[CAP_SMTPUTF8]) {
		c->utf8 = true;
		return v == NULL ? NULL : "SMTPUTF8 takes no value";
	}
	if (strcasecmp(key, "RET") == 0 && conf.caps[CAP_DSN])
		return v != NULL && (strcasecmp(v, "FULL") == 0 ||
		    strcasecmp(v, "HDRS") == 0) ? NULL : "unknown RET";
	if (strcasecmp(key, "ENVID") == 0 && conf.caps[CAP_DSN])
		return v == NULL ? "ENVID wants a value" : check_xtext(v);
	if (strcasecmp(key, "AUTH") == 0 && conf.caps[CAP_AUTH])
		return v == NULL ? "AUTH wants a value" : check_xtext(v);
	return "not offered";
}

static const char *
rcpt_parameter(struct client *c, const char *key, const char *v)
{
	(void)c;
	if (strcasecmp(key, "NOTIFY") == 0 && conf.caps[CAP_DSN])
		return v == NULL ? "NOTIFY wants a value" : check_notify(v);
	if (strcasecmp(key, "ORCPT") == 0 && conf.caps[CAP_DSN]) {
		const char *semi = v == NULL ? NULL : strchr(v, ';');

		return semi == NULL || semi == v ? "ORCPT wants type;address" :
		    check_xtext(semi + 1);
	}
	return "not offered";
}

/* True when every parameter is good; else the reply is queued. */
static bool
parameters_ok(struct client *c, const char *params,
    const char *(*one)(struct client *, const char *, const char *))
{
	char *copy = dup_text(params), *rest = NULL;
	struct bytes seen = BYTES_INIT;
	bool good = true;

	bytes_str(&seen, " ");
	for (char *w = strtok_r(copy, " ", &rest); w && good; w = strtok_r(NULL, " ", &rest)) {
		char *eq = strchr(w, '='), *mark;
		const char *why;

		if (eq != NULL)
			*eq = '\0';
		mark = make_text(" %s ", w);
		why = strcasestr(seen.p, mark) != NULL ? "twice" :
		    one(c, w, eq == NULL ? NULL : eq + 1);
		bytes_str(&seen, mark);
		free(mark);
		if (why != NULL && breach(c, RULE_PARAMETER, "%s: %s", w, why)) {
			reply(c, 555, "5.5.4", "parameter %s: %s", w, why);
			good = false;
		}
	}
	bytes_clear(&seen);
	free(copy);
	return good;
}

static bool
address_ok(struct client *c, const char *address, const char *enhanced)
{
	const char *why = check_mailbox(address, c->utf8);

	if (why == NULL)
		return true;
	if (strcmp(why, "no domain") == 0 &&
	    (conf.lax[RULE_LOCAL] || strcasecmp(address, "postmaster") == 0))
		return true;
	if (!breach(c, strcmp(why, "no domain") == 0 ? RULE_LOCAL :
	    has_8bit(address) && !c->utf8 ? RULE_UTF8 : RULE_ADDRESS, "<%s>: %s",
	    address, why))
		return true;
	reply(c, 553, has_8bit(address) ? "5.6.7" : enhanced, "%s", why);
	return false;
}

/* What stands against any transaction now; the reply is queued. */
static bool
may_begin(struct client *c)
{
	if (c->from_address != NULL && breach(c, RULE_ORDER, "MAIL in a transaction")) {
		reply(c, 503, "5.5.1", "one transaction at a time");
		return false;
	}
	if (conf.require_tls && c->tls == NULL) {
		reply(c, 530, "5.7.0", "STARTTLS first");
		return false;
	}
	if (conf.require_auth && c->mech == NULL) {
		reply(c, 530, "5.7.0", "AUTH first");
		return false;
	}
	if (conf.max_mails > 0 && c->mails >= (unsigned long)conf.max_mails) {
		if (conf.limits != NULL && strstr(conf.limits, "MAILMAX") != NULL)
			breach(c, RULE_LIMITS, "one mail more than announced");
		reply(c, 421, "4.7.0", "enough for one connection");
		c->closing = true;
		return false;
	}
	return true;
}

static bool
take_mail(struct client *c, const char *args)
{
	char *address = NULL, *params = NULL;
	const char *why = split_path(args, "FROM:", &address, &params);
	bool good = false;

	if (why != NULL) {
		breach(c, RULE_SYNTAX, "MAIL %s: %s", args, why);
		reply(c, 501, "5.5.4", "%s", why);
		return false;
	}
	c->utf8 = c->eight = c->has_declared = false;
	if (!parameters_ok(c, params, mail_parameter))
		goto out;
	if (*address != '\0' && !address_ok(c, address, "5.1.7"))
		goto out;
	if (c->has_declared && c->declared > conf.max_size) {
		reply(c, 552, "5.3.4", "too large");
		goto out;
	}
	if (strike(c, STEP_MAIL, address))
		goto out;
	replace(&c->from_address, address);
	replace(&c->from_params, params);
	good = true;
out:
	free(address);
	free(params);
	return good;
}

void
smtp_mail(struct client *c, const char *args)
{
	if (!may_begin(c) || !take_mail(c, args)) {
		c->mail_refused = true;
		return;
	}
	c->mail_refused = false;
	reply(c, 250, "2.1.0", "ok");
}

/* Without a transaction: it is only a mistake when nothing was pipelined. */
static bool
no_transaction(struct client *c, const char *verb)
{
	if (c->from_address != NULL)
		return false;
	if (!c->mail_refused || !conf.caps[CAP_PIPELINING])
		breach(c, RULE_ORDER, "%s without MAIL", verb);
	reply(c, 503, "5.5.1", "MAIL first");
	return true;
}

static void
add_rcpt(struct client *c, char *address, char *params)
{
	if (c->nrcpts == c->rcpts_room) {
		c->rcpts_room = c->rcpts_room == 0 ? 4 : c->rcpts_room * 2;
		c->rcpts = need(reallocarray(c->rcpts, c->rcpts_room,
		    sizeof(*c->rcpts)));
	}
	c->rcpts[c->nrcpts++] = (struct rcpt){ address, params };
}

void
smtp_rcpt(struct client *c, const char *args)
{
	char *address = NULL, *params = NULL;
	const char *why;

	if (no_transaction(c, "RCPT"))
		return;
	if (c->chunks > 0)
		breach(c, RULE_ORDER, "RCPT behind BDAT");
	why = split_path(args, "TO:", &address, &params);
	if (why == NULL && *address == '\0')
		why = "empty recipient";
	if (why != NULL) {
		breach(c, RULE_SYNTAX, "RCPT %s: %s", args, why);
		reply(c, 501, "5.5.4", "%s", why);
		goto refused;
	}
	if (!parameters_ok(c, params, rcpt_parameter) || !address_ok(c, address, "5.1.3"))
		goto refused;
	if (c->nrcpts >= (size_t)conf.max_rcpts) {
		if (conf.limits != NULL && strstr(conf.limits, "RCPTMAX") != NULL)
			breach(c, RULE_LIMITS, "one recipient more than announced");
		reply(c, 452, "4.5.3", "too many recipients");
		goto refused;
	}
	if (strike(c, STEP_RCPT, address))
		goto refused;
	add_rcpt(c, address, params);
	reply(c, 250, "2.1.5", "ok");
	return;
refused:
	free(address);
	free(params);
}

void
smtp_data(struct client *c, const char *args)
{
	if (no_transaction(c, "DATA"))
		return;
	if (*args != '\0' && breach(c, RULE_SYNTAX, "DATA with '%s'", args)) {
		reply(c, 501, "5.5.4", "DATA takes nothing");
		return;
	}
	if (c->chunks > 0 && breach(c, RULE_ORDER, "DATA behind BDAT")) {
		reply(c, 503, "5.5.1", "BDAT was begun");
		return;
	}
	if (c->nrcpts == 0) {
		if (!conf.caps[CAP_PIPELINING])
			breach(c, RULE_ORDER, "DATA without a recipient");
		reply(c, 554, "5.5.1", "no valid recipients");
		return;
	}
	if (strike(c, STEP_DATA, c->from_address))
		return;
	reply(c, 354, NULL, "end with a lone dot");
	c->mode = IN_DATA;
	c->line_start = true;
}

/* BDAT chunk-size [ SP "LAST" ], RFC 3030 section 2.  The bytes follow at once,
 * whatever the answer will be. */
void
smtp_bdat(struct client *c, const char *args)
{
	char *end;
	unsigned long long n = strtoull(args, &end, 10);

	if (*args < '0' || *args > '9' || (*end != '\0' && strcasecmp(end, " LAST") != 0)) {
		breach(c, RULE_SYNTAX, "BDAT %s", args);
		reply(c, 501, "5.5.4", "BDAT wants a number");
		c->closing = true;	/* nobody knows where commands go on */
		return;
	}
	c->chunk = (size_t)n;
	c->chunk_last = *end != '\0';
	c->chunk_void = c->from_address == NULL || c->nrcpts == 0;
	c->mode = IN_BDAT;
	if (!c->chunk_void && c->chunks == 0 && strike(c, STEP_DATA, c->from_address))
		c->chunk_void = true;
	else if (c->chunk_void && c->from_address == NULL)
		no_transaction(c, "BDAT");
	else if (c->chunk_void)
		reply(c, 554, "5.5.1", "no valid recipients");
	if (!c->chunk_void)
		c->chunks++;
	if (c->chunk == 0 && !c->gone)
		bdat_input(c, "", 0);
}

/* The first thing that is wrong with the message as a whole; queues the reply. */
static bool
content_ok(struct client *c)
{
	static const struct { enum rule rule; const char *what; } checks[] = {
		{ RULE_BARE_CR, "CR without LF in the text" },
		{ RULE_BARE_LF, "LF without CR in the text" },
		{ RULE_TEXT_LENGTH, "line longer than 998 bytes" },
		{ RULE_DOTS, "a dot was not doubled" },
	};
	const struct content *b = &c->body;

	if (b->size > conf.max_size) {
		reply(c, 552, "5.3.4", "too large");
		return false;
	}
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (b->broke[checks[i].rule] &&
		    breach(c, checks[i].rule, "%s", checks[i].what)) {
			reply(c, 550, "5.6.0", "%s", checks[i].what);
			return false;
		}
	}
	if (b->last != '\n' && b->size > 0 && breach(c, RULE_ENDING, "no CR LF at the end")) {
		reply(c, 550, "5.6.0", "the last line has no end");
		return false;
	}
	if (b->eight && !c->eight && breach(c, RULE_8BIT, "8-bit text without BODY=8BITMIME")) {
		reply(c, 554, "5.6.1", "8-bit text was not declared");
		return false;
	}
	if (c->has_declared && b->size > c->declared &&
	    breach(c, RULE_SIZE, "%zu bytes, SIZE=%zu", b->size, c->declared)) {
		reply(c, 552, "5.3.4", "larger than declared");
		return false;
	}
	return true;
}

/* One answer for each recipient, RFC 2033 section 4.2. */
static void
end_lmtp(struct client *c)
{
	bool *ok = need(calloc(c->nrcpts, sizeof(*ok)));
	size_t good = 0;

	for (size_t i = 0; i < c->nrcpts && !c->gone; i++) {
		ok[i] = !strike(c, STEP_END, c->rcpts[i].address);
		good += ok[i];
		if (ok[i])
			reply(c, 250, "2.0.0", "<%s> ok", c->rcpts[i].address);
	}
	if (good > 0 && !c->gone) {
		store_message(c, ok, false);
		c->mails++;
	}
	free(ok);
}

static void
end_smtp(struct client *c)
{
	const struct fault *f = fault_at(STEP_END, c->from_address);

	if (f != NULL && f->act == ACT_LOSE) {
		store_message(c, NULL, true);
		client_kill(c, false);
	} else if (f != NULL && f->act == ACT_REPLY) {
		reply(c, f->code, f->code < 500 ? "4.0.0" : "5.0.0", "%s",
		    f->text != NULL ? f->text : "as asked for");
		c->closing = f->code == 421;
	} else if (f != NULL && f->act == ACT_STALL) {
		c->stalled = true;
	} else if (f != NULL) {
		client_kill(c, f->act == ACT_RESET);
	} else {
		unsigned long n = store_message(c, NULL, false);

		c->mails++;
		reply(c, 250, "2.0.0", "accepted as %lu", n);
	}
}

static void
end_of_message(struct client *c)
{
	size_t answers = c->from->lmtp ? c->nrcpts : 1;

	c->mode = IN_COMMANDS;
	if (!content_ok(c)) {
		while (--answers > 0)
			reply(c, 554, "5.6.0", "see above");
	} else if (c->from->lmtp) {
		end_lmtp(c);
	} else {
		end_smtp(c);
	}
	smtp_forget(c);
}

/* In the middle of the message: --fail=body. */
static void
take_content(struct client *c, const char *p, size_t n)
{
	const struct fault *f;

	if (n == 0)
		return;
	content_add(&c->body, p, n);
	for (f = conf.faults; f != NULL && f->step != STEP_BODY; f = f->next)
		;
	if (f == NULL || c->body.size <= f->after || c->body.size - n > f->after)
		return;		/* only where the content crosses the mark */
	strike(c, STEP_BODY, c->from_address);
}

/* A line at the start of which stands a dot; true at the end of the message. */
static bool
take_dotted(struct client *c, const char *p, size_t len)
{
	if (len == 3 && memcmp(p, ".\r\n", 3) == 0) {
		end_of_message(c);
		return true;
	}
	/* A client that doubles dots never sends one alone. */
	if (len > 1 && p[1] != '.' && !conf.lax[RULE_DOTS])
		c->body.broke[RULE_DOTS] = true;
	take_content(c, p + 1, len - 1);
	return false;
}

/* Lines without a dot at their start are taken many at a time: from `run` on. */
size_t
data_input(struct client *c, const char *p, size_t n)
{
	size_t at = 0, run = 0;

	while (at < n && !c->gone && !c->stalled && !c->closing) {
		const char *nl = memchr(p + at, '\n', n - at);
		size_t len = nl == NULL ? n - at : (size_t)(nl - p) + 1 - at;
		bool dotted = c->line_start && p[at] == '.';

		if (nl == NULL && c->line_start && len < 3)
			break;		/* may become the end */
		if (nl == NULL && p[n - 1] == '\r' && --len == 0)
			break;		/* see what is behind it */
		c->line_start = nl != NULL && len > 1 && nl[-1] == '\r';
		at += len;
		if (!dotted)
			continue;
		take_content(c, p + run, at - len - run);
		run = at;
		if (c->gone || c->stalled || c->closing ||
		    take_dotted(c, p + at - len, len))
			return at;
	}
	take_content(c, p + run, at - run);
	return at;
}

/* Also called with nothing when the chunk is empty. */
size_t
bdat_input(struct client *c, const char *p, size_t n)
{
	size_t part = n < c->chunk ? n : c->chunk;

	if (part > 0 && !c->chunk_void)
		take_content(c, p, part);
	c->chunk -= part;
	if (c->chunk > 0 || c->gone || c->stalled || c->closing)
		return part;
	c->mode = IN_COMMANDS;
	if (c->chunk_void) {
		if (c->chunk_last && c->from_address != NULL)
			smtp_forget(c);
	} else if (c->chunk_last) {
		end_of_message(c);
	} else {
		reply(c, 250, "2.0.0", "%zu bytes so far", c->body.size);
	}
	return part;
}
