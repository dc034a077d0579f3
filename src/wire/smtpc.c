#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "wire/echo.h"
#include "wire/smtpc_int.h"

#define TRACE_MAX 200000	/* bytes of a traced line */
#define BINDING_MAX 4096

static const char *const state_names[] = {
	[ST_TLS] = "TLS handshake",
	[ST_GREETING] = "greeting",
	[ST_HELLO] = "hello",
	[ST_STARTTLS] = "STARTTLS",
	[ST_AUTH] = "login",
	[ST_ETRN] = "ETRN",
	[ST_READY] = "ready",
	[ST_ENVELOPE] = "envelope",
	[ST_CONTENT] = "content",
	[ST_END] = "end of content",
	[ST_DONE] = "done",
	[ST_FAILED] = "failed",
};

static const char *const steps[] = {
	[V_GREETING] = "the greeting",
	[V_EHLO] = "the reply to EHLO",
	[V_HELO] = "the reply to HELO",
	[V_STARTTLS] = "the reply to STARTTLS",
	[V_AUTH] = "the reply to AUTH",
	[V_ETRN] = "the reply to ETRN",
	[V_RSET] = "the reply to RSET",
	[V_MAIL] = "the reply to MAIL FROM",
	[V_RCPT] = "the reply to RCPT TO",
	[V_DATA] = "the reply to DATA",
	[V_CONTENT] = "the reply to the end of the message",
	[V_QUIT] = "the reply to QUIT",
};

struct smtpc *smtpc_new(const struct smtpc_config *cfg)
{
	struct smtpc *c = xcalloc(1, sizeof *c);

	c->cfg = cfg;
	buf_init(&c->out, SMTPC_FLIGHT_MAX + SMTPC_COMMAND_MAX);
	buf_init(&c->cb, BINDING_MAX);
	buf_init(&c->initial, SMTPC_COMMAND_MAX);
	buf_init(&c->held, SMTPC_HELD_MAX);
	reply_parser_init(&c->parser);
	c->reply = (struct reply)REPLY_INIT;
	c->greeting = (struct reply)REPLY_INIT;
	c->last = (struct reply)REPLY_INIT;
	if (cfg->tls == SMTPC_TLS_IMPLICIT)
		c->state = ST_TLS;
	else
		smtpc_hello_start(c);
	return c;
}

void smtpc_free(struct smtpc *c)
{
	if (c == NULL)
		return;
	sasl_free(c->sasl);
	buf_wipe(&c->out);
	buf_wipe(&c->cb);
	buf_wipe(&c->initial);
	buf_free(&c->held);
	reply_parser_clear(&c->parser);
	reply_clear(&c->reply);
	reply_clear(&c->greeting);
	reply_clear(&c->last);
	caps_clear(&c->caps);
	free(c->txn.rcpt);
	free(c->next.rcpt);
	free(c->queue);
	free(c);
}

void smtpc_set_trace(struct smtpc *c, smtpc_trace_fn *fn, void *ctx,
		     bool secrets)
{
	c->trace = fn;
	c->trace_ctx = ctx;
	c->trace_secrets = secrets;
}

static void trace(struct smtpc *c, enum smtpc_trace what, const char *p, size_t n)
{
	struct buf line = BUF_INIT(TRACE_MAX);

	if (c->trace == NULL)
		return;
	ascii_printable(&line, p, n);
	c->trace(c->trace_ctx, what, c->secure, buf_str(&line), line.len);
	buf_free(&line);
}

void smtpc_info(struct smtpc *c, const char *fmt, ...)
{
	struct buf line = BUF_INIT(TRACE_MAX);
	va_list ap;

	if (c->trace == NULL)
		return;
	va_start(ap, fmt);
	buf_vaddf(&line, fmt, ap);
	va_end(ap);
	trace(c, SMTPC_INFO, buf_str(&line), line.len);
	buf_free(&line);
}

/* A line as it stands on the wire, the secret at its end by its length. */
static void trace_line(struct smtpc *c, enum smtpc_trace what,
		       const char *p, size_t n, size_t secret)
{
	struct buf line = BUF_INIT(TRACE_MAX);

	if (c->trace == NULL)
		return;
	if (c->trace_secrets)
		secret = 0;
	buf_add(&line, p, n - secret);
	if (secret > 0)
		buf_addf(&line, "[%zu bytes]", secret);
	trace(c, what, buf_str(&line), line.len);
	buf_free(&line);
}

static void trace_reply(struct smtpc *c, const struct reply *r, bool hide)
{
	const char *p = buf_str(&r->text), *end = p + r->text.len;

	for (bool more = true; more && c->trace != NULL;) {
		const char *lf = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
		size_t n = (size_t)((lf != NULL ? lf : end) - p);
		struct buf line = BUF_INIT(TRACE_MAX);

		more = lf != NULL;
		buf_addf(&line, "%03d%c", r->code, more ? '-' : ' ');
		buf_add(&line, p, n);
		trace_line(c, SMTPC_GOT, buf_str(&line), line.len, hide ? n : 0);
		buf_free(&line);
		p += n + more;
	}
}

void smtpc_set_state(struct smtpc *c, enum smtpc_state state)
{
	if (c->state == state)
		return;
	c->state = state;
	smtpc_info(c, "state: %s", state_names[state]);
}

bool smtpc_pipelines(const struct smtpc *c)
{
	return c->caps.pipelining && c->cfg->pipelining != SMTPC_PIPE_OFF;
}

static void make_room(struct smtpc *c)
{
	size_t cap = c->cap > 0 ? 2 * c->cap : 16;
	struct pending *q;

	if (c->n < c->cap)
		return;
	q = xcalloc(cap, sizeof *q);
	for (size_t i = 0; i < c->n; i++)
		q[i] = c->queue[(c->head + i) % c->cap];
	free(c->queue);
	c->queue = q;
	c->cap = cap;
	c->head = 0;
}

static void push(struct smtpc *c, enum verb verb, size_t rcpt)
{
	make_room(c);
	c->queue[(c->head + c->n++) % c->cap] = (struct pending){ verb, rcpt };
}

void smtpc_expect(struct smtpc *c, enum verb verb)
{
	push(c, verb, 0);
}

void smtpc_expect_first(struct smtpc *c, enum verb verb)
{
	make_room(c);
	c->head = (c->head + c->cap - 1) % c->cap;
	c->queue[c->head] = (struct pending){ verb, 0 };
	c->n++;
}

static bool has_control(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ascii_iscntrl(p[i]))
			return true;
	return false;
}

/* LINE is a command, the last SECRET bytes of it hidden from the trace. */
static void say(struct smtpc *c, enum verb verb, size_t rcpt,
		const struct buf *line, size_t secret)
{
	if (c->state == ST_FAILED)
		return;
	if (line->full || has_control(buf_str(line), line->len)) {
		smtpc_fail(c, verb < V_RSET ? ERR_CONFIG : ERR_DATA, NULL,
			   "cannot be a command, too long or with a control "
			   "character: '%.60s'",
			   secret > 0 ? "[secret]" : buf_str(line));
		return;
	}
	trace_line(c, SMTPC_SENT, buf_str(line), line->len, secret);
	buf_add(&c->out, buf_str(line), line->len);
	if (secret > 0) {
		c->secret_off = c->out.len - secret;
		c->secret_len = secret;
	}
	buf_adds(&c->out, "\r\n");
	push(c, verb, rcpt);
	c->unsent++;
}

void smtpc_say_line(struct smtpc *c, enum verb verb, size_t rcpt,
		    const struct buf *line)
{
	say(c, verb, rcpt, line, 0);
}

void smtpc_say(struct smtpc *c, enum verb verb, size_t rcpt, const char *fmt, ...)
{
	struct buf line = BUF_INIT(SMTPC_COMMAND_MAX);
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&line, fmt, ap);
	va_end(ap);
	say(c, verb, rcpt, &line, 0);
	buf_free(&line);
}

void smtpc_say_secret(struct smtpc *c, enum verb verb, const char *command,
		      const struct buf *secret)
{
	struct buf line = BUF_INIT(SMTPC_COMMAND_MAX);

	buf_adds(&line, command);
	buf_add(&line, buf_str(secret), secret->len);
	say(c, verb, 0, &line, secret->len);
	buf_wipe(&line);
}

void smtpc_say_bytes(struct smtpc *c, const char *line)
{
	trace(c, SMTPC_SENT, line, strlen(line));
	buf_adds(&c->out, line);
	buf_adds(&c->out, "\r\n");
}

void smtpc_note(struct smtpc *c, const struct reply *r)
{
	reply_copy(&c->last, r);
}

enum err_kind smtpc_kind(const struct reply *r, enum err_kind perm)
{
	if (reply_temp(r))
		return ERR_TEMP;
	return reply_perm(r) ? perm : ERR_PROTOCOL;
}

void smtpc_fail(struct smtpc *c, enum err_kind kind, const struct reply *r,
		const char *fmt, ...)
{
	struct buf text = BUF_INIT(4 * ERR_TEXT_MAX);
	va_list ap;

	if (c->state == ST_FAILED || c->state == ST_DONE)
		return;
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	if (r != NULL) {
		buf_adds(&text, ": ");
		reply_print(r, &text);
		smtpc_note(c, r);
	}
	err_set(&c->err, kind, "%s", buf_str(&text));
	buf_free(&text);
	buf_wipe(&c->out);
	buf_wipe(&c->initial);
	c->secret_len = c->offered = c->offered_unsent = 0;
	c->auth_held = false;
	sasl_free(c->sasl);
	c->sasl = NULL;
	smtpc_mail_settle(c, kind, r);
	smtpc_set_state(c, ST_FAILED);
	smtpc_info(c, "%s", c->err.text);
}

enum smtpc_need smtpc_next(struct smtpc *c, struct smtpc_event *ev)
{
	*ev = (struct smtpc_event){ 0 };
	smtpc_mail_pump(c);
	if (c->out.len > 0) {
		ev->data = c->out.p;
		ev->len = c->out.len;
		ev->secret_off = c->secret_off;
		ev->secret_len = c->secret_len;
		c->offered = c->out.len;
		c->offered_unsent = c->unsent;
		return SMTPC_WRITE;
	}
	switch (c->state) {
	case ST_TLS:
		return SMTPC_TLS;
	case ST_READY:
		return SMTPC_READY;
	case ST_CONTENT:
		ev->stuff = !c->txn.bdat;
		return SMTPC_BODY;
	case ST_DONE:
		return SMTPC_DONE;
	case ST_FAILED:
		return SMTPC_FAILED;
	default:
		return SMTPC_READ;
	}
}

void smtpc_wrote(struct smtpc *c)
{
	if (c->offered > c->out.len)
		return;
	buf_consume(&c->out, c->offered);
	if (c->out.len == 0 && c->secret_len > 0)
		buf_wipe(&c->out);
	c->secret_off = c->secret_len = 0;
	c->unsent -= c->offered_unsent;
	c->offered = c->offered_unsent = 0;
}

static void dispatch(struct smtpc *c, enum verb verb, size_t rcpt,
		     const struct reply *r)
{
	switch (verb) {
	case V_RSET:
	case V_MAIL:
	case V_RCPT:
	case V_DATA:
	case V_CONTENT:
		smtpc_mail_reply(c, verb, rcpt, r);
		break;
	case V_QUIT:
		break;
	default:
		smtpc_hello_reply(c, verb, r);
	}
}

/* Once a login was tried, replies may hold what it was tried with.  A challenge
 * is left: it is not shown, and must stay what it is. */
static void mask_echo(struct smtpc *c, struct reply *r)
{
	const struct sasl_config *auth = c->cfg->auth;

	if (c->mech != NULL && r->code != 334 && auth->secret != NULL)
		echo_mask(&r->text, auth->secret);
}

/* Only a trace that is to have secrets sees a reply as it came. */
static void show_reply(struct smtpc *c, struct reply *r, bool challenge)
{
	if (c->trace_secrets)
		trace_reply(c, r, false);
	mask_echo(c, r);
	if (!c->trace_secrets)
		trace_reply(c, r, challenge);
}

/* A reply is whole: find what it answers. */
static void take_reply(struct smtpc *c, struct reply *r)
{
	struct pending to;

	if (c->n == c->unsent) {
		show_reply(c, r, false);
		/* 421 may come at any time (RFC 5321 section 3.8). */
		smtpc_fail(c, r->code == 421 ? ERR_TEMP : ERR_PROTOCOL, r,
			   r->code == 421 ? "the relay ended the session"
					  : "a reply that nobody asked for");
		return;
	}
	to = c->queue[c->head];
	c->head = (c->head + 1) % c->cap;
	c->n--;
	show_reply(c, r, to.verb == V_AUTH && r->code == 334);
	dispatch(c, to.verb, to.rcpt, r);
	/* Whatever the step made of it: nothing more is answered behind it. */
	if (r->code == 421)
		smtpc_fail(c, ERR_TEMP, r, "the relay ended the session");
	smtpc_mail_pump(c);
}

/* Keep what is about a message that nobody has resumed yet. */
static void hold(struct smtpc *c, const char *p, size_t n)
{
	buf_add(&c->held, p, n);
	if (c->held.full)
		smtpc_fail(c, ERR_PROTOCOL, NULL, "more replies than commands");
}

static bool over(const struct smtpc *c)
{
	return c->state == ST_DONE || c->state == ST_FAILED;
}

/* Kept until asked for, and then in the order they came in. */
static bool holds(const struct smtpc *c)
{
	return c->held.len > 0 || (c->state == ST_READY && c->next.rcpt != NULL);
}

static void take(struct smtpc *c, const char *p, size_t n)
{
	while (n > 0 && !over(c)) {
		struct err e = ERR_INIT;
		size_t used;
		int whole;

		if (holds(c)) {
			hold(c, p, n);
			break;
		}
		if (c->state == ST_TLS) {
			smtpc_fail(c, ERR_PROTOCOL, NULL,
				   "plain text where the TLS handshake belongs: "
				   "somebody may be trying to inject commands");
			break;
		}
		whole = reply_feed(&c->parser, p, n, &used, &c->reply, &e);
		if (whole < 0) {
			trace(c, SMTPC_GOT, buf_str(&c->parser.line),
			      c->parser.line.len);
			smtpc_fail(c, e.kind, NULL, "%s: %s", smtpc_step(c), e.text);
			break;
		}
		p += used;
		n -= used;
		c->took += used;
		if (whole > 0) {
			c->replies++;
			take_reply(c, &c->reply);
			reply_clear(&c->reply);
		}
	}
}

void smtpc_feed(struct smtpc *c, const char *p, size_t n)
{
	c->came += n;
	take(c, p, n);
}

void smtpc_feed_held(struct smtpc *c)
{
	struct buf held = c->held;

	buf_init(&c->held, SMTPC_HELD_MAX);
	take(c, buf_str(&held), held.len);
	buf_free(&held);
}

void smtpc_tls_up(struct smtpc *c, enum sasl_binding bind, const void *cb,
		  size_t cblen)
{
	if (c->state != ST_TLS) {
		smtpc_fail(c, ERR_SOFTWARE, NULL, "TLS was not asked for now");
		return;
	}
	c->secure = true;
	c->bind = cblen > 0 && cblen <= BINDING_MAX ? bind : SASL_BIND_NONE;
	buf_clear(&c->cb);
	if (c->bind != SASL_BIND_NONE)
		buf_add(&c->cb, cb, cblen);
	smtpc_hello_start(c);
}

void smtpc_lost(struct smtpc *c, const struct err *e)
{
	/* what was kept has come */
	do
		smtpc_feed_held(c);
	while (smtpc_resume(c));
	smtpc_fail(c, e->kind != ERR_NONE ? e->kind : ERR_TEMP, NULL, "%s",
		   e->text[0] != '\0' ? e->text : "the connection was lost");
}

void smtpc_quit(struct smtpc *c)
{
	if (c->state != ST_READY || c->next.rcpt != NULL)
		return;
	c->auth_held = false;
	buf_wipe(&c->initial);
	smtpc_say(c, V_QUIT, 0, "QUIT");
	smtpc_set_state(c, ST_DONE);
}

const struct err *smtpc_error(const struct smtpc *c)
{
	return &c->err;
}

const struct reply *smtpc_last_reply(const struct smtpc *c)
{
	return &c->last;
}

bool smtpc_sender_taken(const struct smtpc *c)
{
	return c->txn.sender_taken;
}

const struct caps *smtpc_caps(const struct smtpc *c)
{
	return &c->caps;
}

const struct reply *smtpc_greeting(const struct smtpc *c)
{
	return &c->greeting;
}

const char *smtpc_mech(const struct smtpc *c)
{
	return c->mech;
}

const char *smtpc_step(const struct smtpc *c)
{
	if (c->state == ST_CONTENT)
		return "the message";
	if (c->n > 0)
		return steps[c->queue[c->head].verb];
	return state_names[c->state];
}

bool smtpc_at_end(const struct smtpc *c)
{
	return c->n > 0 && c->queue[c->head].verb == V_CONTENT && c->txn.ended;
}

unsigned long smtpc_replies(const struct smtpc *c)
{
	return c->replies;
}
