#include "flow/settle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "sys/fs.h"
#include "sys/host.h"
#include "sys/journal.h"

#define NAMED_MAX 20		/* recipients an error text names */
#define LOG_WAIT_MS 2000	/* for another's lock on the log: the mail is
				 * out, and its sender waits */
#define LOG_LINE_MAX (1u << 20)
#define LOG_TIME_MAX 128

/* The relay's words for outcomes I and on that are the same, once. */
static bool same_words(const struct outcome *a, const struct outcome *b)
{
	return a->reply.code == b->reply.code &&
	       strcmp(buf_str(&a->reply.text), buf_str(&b->reply.text)) == 0;
}

static bool any_sent(const struct envelope *env, const struct outcome *out)
{
	for (size_t i = 0; i < env->n; i++)
		if (out[i].verdict == SENT)
			return true;
	return false;
}

/* "250 ok" alone would not tell anybody what is wrong with it. */
static void add_words(const struct reply *r, struct buf *text)
{
	buf_adds(text, reply_temp(r) || reply_perm(r) ? ": " :
		 ": an answer that makes no sense here: ");
	reply_print(r, text);
}

static bool any_refused(const struct envelope *env, const struct outcome *out)
{
	for (size_t i = 0; i < env->n; i++)
		if (out[i].verdict != SENT && !out[i].reply.local)
			return true;
	return false;
}

/*
 * Our own trouble that is everybody's needs no names, nor does a recipient
 * to whom nothing was sent because others were refused.  One who may have
 * got the message, unlike those whom the relay refused, does.
 */
static void name_refused(const struct envelope *env, const struct outcome *out,
			 struct buf *text)
{
	const struct outcome *before = NULL;
	size_t named = 0, more = 0;
	bool some = any_sent(env, out);
	bool refused = any_refused(env, out);

	for (size_t i = 0; i < env->n; i++) {
		bool ours = out[i].reply.local && out[i].verdict != PENDING;

		if (out[i].verdict == SENT ||
		    (ours && !some && !(refused && out[i].maybe_sent)))
			continue;
		if (++named > NAMED_MAX) {
			more++;
			continue;
		}
		if (before != NULL && !same_words(before, &out[i])) {
			add_words(&before->reply, text);
			buf_adds(text, "; ");
		} else if (before != NULL) {
			buf_adds(text, ", ");
		}
		buf_addf(text, "<%s>", env->rcpt[i].addr);
		before = &out[i];
	}
	if (more > 0)
		buf_addf(text, " and %zu more", more);
	if (before != NULL)
		add_words(&before->reply, text);
}

/* The outcome whose kind stands for all: a temporary one before others. */
static const struct outcome *telling(const struct envelope *env,
				     const struct outcome *out)
{
	const struct outcome *worst = NULL;

	for (size_t i = 0; i < env->n; i++) {
		if (out[i].verdict == SENT)
			continue;
		if (worst == NULL ||
		    (out[i].verdict == DEFERRED && worst->verdict == FAILED))
			worst = &out[i];
	}
	return worst;
}

int settle_sum(const struct envelope *env, const struct outcome *out,
	       struct err *e)
{
	struct buf text = BUF_INIT(65536);
	const struct outcome *worst = telling(env, out);

	if (worst == NULL) {
		*e = (struct err)ERR_INIT;
		return 0;
	}
	name_refused(env, out, &text);
	if (text.len > 0)
		err_set(e, worst->kind, "%s", buf_str(&text));
	else if (e->kind == ERR_NONE)
		err_set(e, worst->kind, "%s", buf_str(&worst->reply.text));
	e->kind = worst->kind != ERR_NONE ? worst->kind : ERR_TEMP;
	buf_free(&text);
	return -1;
}

const struct reply *settle_reply(const struct envelope *env,
				 const struct outcome *out)
{
	const struct outcome *worst = telling(env, out);

	for (size_t i = 0; worst != NULL && i < env->n; i++)
		if (out[i].verdict == worst->verdict && !out[i].reply.local &&
		    out[i].reply.code > 0)
			return &out[i].reply;
	return NULL;
}

bool settle_doubt(const struct envelope *env, const struct outcome *out)
{
	for (size_t i = 0; i < env->n; i++)
		if (out[i].verdict == DEFERRED && out[i].maybe_sent)
			return true;
	return false;
}

static void add_recipients(const struct envelope *env, struct buf *line)
{
	struct buf list = BUF_INIT(LOG_LINE_MAX / 2);

	for (size_t i = 0; i < env->n; i++) {
		if (i > 0)
			buf_addc(&list, ',');
		buf_adds(&list, env->rcpt[i].addr);
	}
	log_word(line, "recipients", buf_str(&list));
	buf_free(&list);
}

void settle_line(const struct account *acc, const struct envelope *env,
		 const struct settle_note *note, struct buf *line)
{
	bool failed = note->err != NULL && note->err->kind != ERR_NONE;

	if (acc->host.n > 0)
		log_word(line, "host", acc->host.v[0]);
	else
		log_word(line, "socket", acc->socket != NULL ? acc->socket : "");
	log_word(line, "tls", acc->tls == ON ? "on" : "off");
	log_word(line, "auth", acc->auth != AUTH_OFF ? "on" : "off");
	if (acc->auth != AUTH_OFF && acc->user != NULL)
		log_word(line, "user", acc->user);
	log_word(line, "from", env->from != NULL ? env->from : "");
	add_recipients(env, line);
	if (note->size > 0 && !failed)
		log_number(line, "mailsize", note->size);
	if (note->reply != NULL && note->reply->code > 0) {
		char *words = xasprintf("%d %s", note->reply->code,
					buf_str(&note->reply->text));

		log_number(line, "smtpstatus",
			   (unsigned long long)note->reply->code);
		log_text(line, "smtpmsg", words);
		free(words);
	}
	if (failed)
		log_text(line, "errormsg", note->err->text);
	if (note->id != NULL)
		log_word(line, "queue", note->id);
	if (note->delay_s >= 0)
		log_number(line, "delay", (unsigned long long)note->delay_s);
	log_word(line, "exitcode",
		 err_exit_name(failed ? note->err->kind : ERR_NONE));
	if (note->again)
		log_word(line, "duplicate", "maybe");
	if (note->doubt)
		log_word(line, "sent", "maybe");
	buf_truncate(line, line->len - 1);	/* the blank behind the last */
}

/* The format is the user's own: a time of his account, in his log. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static bool format_time(char *out, size_t size, const char *format)
{
	struct tm tm;

	host_localtime(&tm);
	return strftime(out, size, format, &tm) > 0;
}
#pragma GCC diagnostic pop

/* The log cannot be written, for E's reason: say so, and not to nobody. */
static void say_unlogged(const struct account *acc, const char *full,
			 const struct err *e, const char *ident,
			 const char *prog)
{
	char *text = xasprintf("cannot log to '%s': %s: the line was: %s",
			       acc->logfile, e->text, full);

	if (prog != NULL)
		fprintf(stderr, "%s: %s\n", prog, text);
	else
		journal_line(ident, acc->syslog >= 0 ? acc->syslog : LOG_MAIL,
			     true, text);
	free(text);
}

static void log_to_file(const struct account *acc, const char *line,
			const char *ident, const char *prog)
{
	const char *format = acc->logfile_time_format;
	struct err e = ERR_INIT;
	char stamp[LOG_TIME_MAX] = "";
	char *full;

	if (format == NULL)
		format = "%b %d %H:%M:%S";
	if (strcmp(format, "none") != 0 &&
	    !format_time(stamp, sizeof stamp, format))
		err_set(&e, ERR_CONFIG, "logfile_time_format gives nothing, "
			"or too much");
	full = xasprintf("%s%s%s", stamp, stamp[0] != '\0' ? " " : "", line);
	if (e.kind != ERR_NONE ||
	    fs_append_line(acc->logfile, full, LOG_WAIT_MS, &e) < 0)
		say_unlogged(acc, full, &e, ident, prog);
	free(full);
}

bool settle_logs(const struct account *acc)
{
	return (acc->logfile != NULL && acc->logfile[0] != '\0') ||
	       acc->syslog >= 0;
}

void settle_log(const struct account *acc, bool failed, const char *line,
		const char *ident, const char *prog)
{
	if (acc->logfile != NULL && acc->logfile[0] != '\0')
		log_to_file(acc, line, ident, prog);
	if (acc->syslog >= 0)
		journal_line(ident, acc->syslog, failed, line);
}
