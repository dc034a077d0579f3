#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "wire/reply.h"
#include "wire/smtps_int.h"

#define OUT_MAX (1 << 24)	/* LMTP answers each of SMTPS_RCPT_MAX */
#define CONTENT_MAX (SMTPS_FEED_MAX + 8)
#define VERDICT_MAX 480		/* bytes of a verdict's text: a reply line has
				 * 512 with code and CRLF */

struct smtps *smtps_new(const struct smtps_config *cfg)
{
	struct smtps *s = xcalloc(1, sizeof *s);

	s->cfg = cfg;
	buf_init(&s->in, SMTPS_LINE_MAX + SMTPS_FEED_MAX);
	buf_init(&s->out, OUT_MAX);
	buf_init(&s->response, SMTPS_LINE_MAX);
	buf_init(&s->content, CONTENT_MAX);
	buf_addf(&s->out, "220 %s %s\r\n", cfg->domain, cfg->lmtp ? "LMTP" : "ESMTP");
	return s;
}

static void free_verdicts(struct smtps *s)
{
	for (size_t i = 0; s->verdict != NULL && i < s->env.n; i++)
		buf_free(&s->verdict[i]);
	free(s->verdict);
	s->verdict = NULL;
}

void smtps_reset(struct smtps *s)
{
	free_verdicts(s);
	envelope_clear(&s->env);
	free(s->said);
	s->said = NULL;
	s->rcpts = s->settled = 0;
	s->mail = s->utf8 = false;
	s->size = 0;
}

void smtps_free(struct smtps *s)
{
	if (s == NULL)
		return;
	smtps_reset(s);
	buf_wipe(&s->in);
	buf_free(&s->out);
	buf_wipe(&s->response);
	buf_free(&s->content);
	free(s);
}

void smtps_reply(struct smtps *s, const char *line)
{
	buf_adds(&s->out, line);
	buf_adds(&s->out, "\r\n");
}

void smtps_refuse(struct smtps *s, const char *line)
{
	smtps_reply(s, line);
	if (++s->bad < SMTPS_BAD_MAX)
		return;
	smtps_reply(s, "421 4.7.0 Too many errors");
	s->state = SS_DONE;
}

static bool has_control(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ascii_iscntrl(p[i]) && p[i] != '\t')
			return true;
	return false;
}

/* A line ends at LF; what stands before it must be a CR, and the only one. */
static void take_line(struct smtps *s, const char *p, size_t n)
{
	bool response = s->state == SS_RESPONSE;

	if (s->overlong || n + 1 > SMTPS_LINE_MAX) {
		s->overlong = false;
		s->state = SS_COMMAND;
		smtps_refuse(s, "500 5.5.2 Line too long");
	} else if (n == 0 || p[n - 1] != '\r') {
		s->state = SS_COMMAND;
		smtps_refuse(s, "500 5.5.2 Lines end with CR LF");
	} else if (has_control(p, n - 1)) {
		s->state = SS_COMMAND;
		smtps_refuse(s, "500 5.5.2 Control character");
	} else if (response) {
		smtps_response(s, p, n - 1);
	} else {
		smtps_command(s, p, n - 1);
	}
}

/* Look at one line; false when none is whole. */
static bool read_line(struct smtps *s)
{
	const char *p = buf_str(&s->in) + s->at;
	size_t n = s->in.len - s->at;
	const char *lf = memchr(p, '\n', n);

	if (lf == NULL) {
		if (n > SMTPS_LINE_MAX || s->overlong) {
			s->overlong = true;
			s->at = s->in.len;
		}
		return false;
	}
	s->at += (size_t)(lf - p) + 1;
	take_line(s, p, (size_t)(lf - p));
	return true;
}

/*
 * One byte of the content.  RFC 5321 section 4.5.2: a dot that begins a
 * line is not part of it, a line of one dot is the end.  A line begins
 * behind CRLF and nowhere else.
 */
static bool take_byte(struct smtps *s, char c)
{
	switch (s->dots) {
	case DOTS_BOL:
		if (c == '.') {
			s->dots = DOTS_DOT;
			return false;
		}
		break;
	case DOTS_DOT:
		if (c == '\r') {
			s->dots = DOTS_DOT_CR;
			return false;
		}
		break;
	case DOTS_DOT_CR:
		if (c == '\n')
			return true;
		/* The dot was stuffing, the CR is text. */
		buf_addc(&s->content, '\r');
		s->dots = DOTS_CR;
		break;
	default:
		break;
	}
	buf_addc(&s->content, c);
	s->dots = c == '\r' ? DOTS_CR :
		  c == '\n' && s->dots == DOTS_CR ? DOTS_BOL : DOTS_TEXT;
	return false;
}

static void content_done(struct smtps *s)
{
	if (s->state == SS_SKIP) {
		for (size_t i = 0; i < (s->cfg->lmtp ? s->rcpts : 1); i++)
			smtps_reply(s, s->why);
		smtps_reset(s);
		s->state = SS_COMMAND;
		return;
	}
	s->verdict = xcalloc(s->env.n, sizeof *s->verdict);
	for (size_t i = 0; i < s->env.n; i++)
		buf_init(&s->verdict[i], REPLY_LINE_MAX);
	s->settled = 0;
	s->state = SS_MESSAGE;
}

static void skip(struct smtps *s, const char *why)
{
	s->state = SS_SKIP;
	s->why = why;
	s->abort = true;
	buf_clear(&s->content);
}

/* Look at what is in of the content; false when there was nothing. */
static bool read_content(struct smtps *s)
{
	bool end = false;

	if (s->at == s->in.len)
		return false;
	while (s->at < s->in.len && !end && s->content.len + 2 <= CONTENT_MAX)
		end = take_byte(s, s->in.p[s->at++]);
	s->size += s->content.len;
	if (s->state == SS_CONTENT && s->cfg->size_max > 0 &&
	    s->size > s->cfg->size_max)
		skip(s, "552 5.3.4 Message too large");
	if (s->state == SS_SKIP)
		buf_clear(&s->content);
	if (end)
		content_done(s);
	return true;
}

static enum smtps_need give(struct smtps_event *ev, const struct buf *b,
			    enum smtps_need need)
{
	ev->data = b->p;
	ev->len = b->len;
	return need;
}

/* The input is over: what is begun and not whole is dropped. */
static void at_eof(struct smtps *s)
{
	if (s->state == SS_CONTENT)
		s->abort = true;
	s->state = SS_DONE;
}

enum smtps_need smtps_next(struct smtps *s, struct smtps_event *ev)
{
	*ev = (struct smtps_event){ 0 };
	for (;;) {
		if (s->abort)
			return SMTPS_ABORT;
		if (s->out.len > 0)
			return give(ev, &s->out, SMTPS_WRITE);
		if (s->content.len > 0)
			return give(ev, &s->content, SMTPS_CONTENT);
		switch (s->state) {
		case SS_BEGIN:
			return SMTPS_BEGIN;
		case SS_MESSAGE:
			return SMTPS_MESSAGE;
		case SS_AUTH:
			return give(ev, &s->response, SMTPS_AUTH);
		case SS_DONE:
			return SMTPS_DONE;
		case SS_CONTENT:
		case SS_SKIP:
			if (read_content(s))
				continue;
			break;
		default:
			if (read_line(s))
				continue;
		}
		if (!s->eof)
			return SMTPS_READ;
		at_eof(s);
	}
}

void smtps_wrote(struct smtps *s)
{
	buf_clear(&s->out);
}

void smtps_feed(struct smtps *s, const char *p, size_t n)
{
	buf_consume(&s->in, s->at);
	s->at = 0;
	if (!s->eof && s->state != SS_DONE && n > 0)
		buf_add(&s->in, p, n);
	if (!s->in.full)
		return;
	/* The driver fed more than it was asked for: nothing can be trusted. */
	if (s->state == SS_CONTENT)
		s->abort = true;
	smtps_reply(s, "421 4.3.0 Internal error");
	s->state = SS_DONE;
}

void smtps_eof(struct smtps *s)
{
	s->eof = true;
}

void smtps_begun(struct smtps *s, bool ok)
{
	if (s->state != SS_BEGIN)
		return;
	if (!ok) {
		smtps_reply(s, "451 4.3.0 No room for a message now");
		smtps_reset(s);
		s->state = SS_COMMAND;
		return;
	}
	smtps_reply(s, "354 Go on, end with a line of one dot");
	s->state = SS_CONTENT;
	s->dots = DOTS_BOL;
	s->size = 0;
}

void smtps_took(struct smtps *s, bool ok)
{
	bool whole = s->state == SS_MESSAGE;

	buf_clear(&s->content);
	if (ok || (s->state != SS_CONTENT && !whole))
		return;
	skip(s, "452 4.3.1 The message could not be kept");
	if (whole)
		content_done(s);
}

void smtps_dropped(struct smtps *s)
{
	s->abort = false;
}

void smtps_authed(struct smtps *s, bool ok)
{
	if (s->state != SS_AUTH)
		return;
	buf_wipe(&s->response);
	s->state = SS_COMMAND;
	s->authed = ok;
	if (ok)
		smtps_reply(s, "235 2.7.0 Welcome");
	else
		smtps_refuse(s, "535 5.7.8 Wrong name or password");
}

const struct envelope *smtps_envelope(const struct smtps *s)
{
	return &s->env;
}

bool smtps_smtputf8(const struct smtps *s)
{
	return s->utf8;
}

/* One reply line from CODE and foreign TEXT, with an enhanced code. */
static void make_verdict(struct buf *out, int code, const char *text)
{
	struct reply r = REPLY_INIT;
	char status[16], shown[VERDICT_MAX];
	size_t n = 0;

	if (code < 200 || code > 599 || code / 100 == 3)
		code = 451;
	reply_set(&r, code, "%s", text);
	/* A reply's lines become one. */
	for (size_t i = 0; i < r.text.len; i++)
		if (r.text.p[i] == '\n' || (r.text.p[i] == '\r' && r.text.p[i + 1] == '\n'))
			r.text.p[i] = ' ';
	n = r.text.len;
	while (n > 0 && r.text.p[n - 1] == ' ')
		n--;
	ascii_printable_copy(shown, sizeof shown, buf_str(&r.text), n);
	if (reply_enhanced(&r, status))
		buf_addf(out, "%d %s", code, shown);
	else
		buf_addf(out, "%d %d.0.0 %s", code, code / 100, shown);
	reply_clear(&r);
}

/* LMTP: one reply for each RCPT accepted, in their order (RFC 2033 4.2). */
static void say_verdicts(struct smtps *s)
{
	if (!s->cfg->lmtp)
		smtps_reply(s, buf_str(&s->verdict[0]));
	for (size_t i = 0; s->cfg->lmtp && i < s->rcpts; i++)
		smtps_reply(s, buf_str(&s->verdict[s->said[i]]));
}

void smtps_settled(struct smtps *s, size_t i, int code, const char *text)
{
	if (s->state != SS_MESSAGE || i >= s->env.n || s->verdict[i].len > 0)
		return;
	make_verdict(&s->verdict[i], code, text);
	if (++s->settled < (s->cfg->lmtp ? s->env.n : 1))
		return;
	say_verdicts(s);
	smtps_reset(s);
	s->state = SS_COMMAND;
}
