/*
 * Send the message on standard input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "conf/optout.h"
#include "flow/submit.h"

/*
 * The dialogue as people know it: "->" what we say, "<-" what the relay
 * says, with "~" in place of "-" under TLS, "***" for remarks.
 */
static void show_line(void *ctx, enum smtpc_trace what, bool tls,
		      const char *line, size_t n)
{
	static const char *const marks[][2] = {
		[SMTPC_SENT] = { " ->", " ~>" },
		[SMTPC_GOT] = { "<- ", "<~ " },
		[SMTPC_INFO] = { "***", "***" },
	};
	struct buf text = BUF_INIT(1u << 20);

	(void)ctx;
	ascii_printable(&text, line, n);
	printf("%s %s\n", marks[what][tls], buf_str(&text));
	fflush(stdout);
	buf_free(&text);
}

const struct relay_trace *cmd_trace(const struct argv_result *a)
{
	static const struct relay_trace plain = { .fn = show_line },
		whole = { .fn = show_line, .secrets = true };

	if (a->debug)
		return a->show_secrets ? &whole : &plain;
	return a->verbose ? &plain : NULL;
}

static void show_settings(const struct submit *s)
{
	struct buf text = BUF_INIT(1u << 20);
	struct account acc;	/* with the sender that was asked for */

	account_copy(&acc, &s->route.acc);
	if (s->env.from != NULL) {
		free(acc.from);
		acc.from = xstrdup(s->env.from);
	}
	buf_adds(&text, buf_str(&s->route.info));
	optout_pretend(&acc, true, &text);
	buf_addf(&text, "reading recipients from %s\n",
		 s->ask->read_recipients ? "the command line and the mail" :
		 "the command line");
	cmd_print(&text);
	account_clear(&acc);
	buf_free(&text);
}

/* The header for a terminal: what others wrote moves no cursor. */
static void add_header(struct buf *text, const struct buf *head)
{
	const char *p = buf_str(head), *end = p + head->len;

	while (p < end) {
		size_t n = 0;

		while (p + n < end && memchr("\r\n\t", p[n], 3) == NULL)
			n++;
		ascii_printable(text, p, n);
		p += n;
		if (p < end && *p != '\r')
			buf_addc(text, *p);
		p++;
	}
}

/* What would be sent: the envelope and the header after its edits. */
static void show_message(const struct submit *s)
{
	struct buf text = BUF_INIT(2 * HEADER_MAX);

	buf_addf(&text, "envelope from = <%s>\n",
		 s->env.from != NULL ? s->env.from : "");
	for (size_t i = 0; i < s->env.n; i++)
		buf_addf(&text, "envelope recipient = <%s>\n",
			 s->env.rcpt[i].addr);
	for (size_t i = 0; i < s->bad.why.n; i++)
		buf_addf(&text, "refused %s\n", s->bad.why.v[i]);
	if (s->header.n > 0) {
		buf_adds(&text, "header:\n");
		add_header(&text, &s->draft.head);
	}
	cmd_print(&text);
	buf_free(&text);
}

static int fail(const struct submit *s, struct err *e)
{
	if (s->routed && s->route.acc.id[0] != '\0')
		err_wrap(e, "account '%s'", s->route.acc.id);
	return cmd_fail(s->ask, e);
}

/* To whom sendmail's face is silent a person gets a line. */
static void tell_queued(const struct submit *s)
{
	const struct queue_result *q = &s->queued;

	if (s->refused.kind != ERR_NONE)
		fprintf(stderr, "%s: not for everybody, a notice will tell: %s\n",
			s->ask->prog, s->refused.text);
	if (q->queued > 0 && s->outcome == NULL)
		fprintf(stderr, "%s: queued as %s: %s\n", s->ask->prog, q->id,
			s->why.text);
	else if (q->queued > 0)
		fprintf(stderr, "%s: queued as %s, and will be tried again: %s\n",
			s->ask->prog, q->id, s->why.text);
	else if (q->failed > 0)
		fprintf(stderr, "%s: not for everybody, a notice will tell: %s\n",
			s->ask->prog, s->why.text);
}

static int send_prepared(struct submit *s, struct err *e)
{
	const struct argv_result *a = s->ask;

	if (s->route.warning != NULL && a->face < FACE_SENDMAIL)
		fprintf(stderr, "%s: warning: %s\n", a->prog, s->route.warning);
	if (a->pretend || a->debug)
		show_settings(s);
	if (a->pretend) {
		show_message(s);
		return 0;
	}
	if (submit_send(s, cmd_trace(a), e) < 0)
		return fail(s, e);
	if (a->face < FACE_SENDMAIL && a->errmode != ERRMODE_QUIET)
		tell_queued(s);
	return 0;
}

int cmd_send(const struct argv_result *a)
{
	struct submit s;
	struct err e = ERR_INIT;
	bool there = !(a->pretend && isatty(STDIN_FILENO));
	off_t place = draft_place(STDIN_FILENO);
	int status;

	submit_init(&s, a);
	if (submit_prepare(&s, STDIN_FILENO, there, &e) < 0) {
		if (!a->pretend)
			submit_log_failure(&s, &e);
		status = fail(&s, &e);
	} else {
		status = send_prepared(&s, &e);
	}
	if (status != 0)
		draft_give_back(STDIN_FILENO, place);
	submit_clear(&s);
	return status;
}
