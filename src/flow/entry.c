#include "flow/entry.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "flow/entry_int.h"

#define CRASH_WAIT 60		/* seconds, doubling, from the second time on */
#define CRASH_WAIT_MAX 7200
#define ID_MIN 8

void entry_clear(struct entry *en)
{
	outcomes_free(en->last, en->last_n);
	envelope_clear(&en->env);
	strv_clear(&en->set);
	strv_clear(&en->about);
	free(en->account);
	free(en->rc_file);
	free(en->notice_of);
	free(en->why);
	free(en->subject);
	*en = (struct entry)ENTRY_INIT;
}

static bool id_char(char c)
{
	return (c >= 'a' && c <= 'z') || ascii_isdigit(c);
}

bool entry_id_ok(const char *name, size_t n)
{
	if (n < ID_MIN || n >= ENTRY_ID_MAX || !id_char(name[0]) ||
	    !id_char(name[n - 1]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!id_char(name[i]) && name[i] != '-')
			return false;
	return true;
}

void entry_fresh_last(struct entry *en)
{
	outcomes_free(en->last, en->last_n);
	en->last = outcomes_new(en->env.n);
	en->last_n = en->env.n;
}

static void copy_outcome(struct outcome *to, const struct outcome *from)
{
	to->verdict = from->verdict;
	to->maybe_sent = from->maybe_sent;
	to->kind = from->kind;
	reply_copy(&to->reply, &from->reply);
}

void entry_keep(struct entry *en, const bool *keep)
{
	struct entry new = ENTRY_INIT;
	size_t left = 0;

	for (size_t i = 0; i < en->env.n; i++)
		left += keep[i];
	new.last = outcomes_new(left);
	new.last_n = left;
	for (size_t i = 0, k = 0; i < en->env.n; i++) {
		struct rcpt *from = &en->env.rcpt[i], *to;

		if (!keep[i])
			continue;
		if (!envelope_add(&new.env, from->addr, &to))
			continue;
		to->orcpt = xstrdup_null(from->orcpt);
		to->notify = from->notify;
		copy_outcome(&new.last[k++], &en->last[i]);
	}
	envelope_set_from(&new.env, en->env.from);
	new.env.notify = en->env.notify;
	new.env.ret = en->env.ret;
	new.env.envid = xstrdup_null(en->env.envid);
	envelope_clear(&en->env);
	outcomes_free(en->last, en->last_n);
	en->env = new.env;
	en->last = new.last;
	en->last_n = new.last_n;
}

bool entry_doubtful(const struct entry *en)
{
	for (size_t i = 0; i < en->env.n; i++)
		if (en->last[i].maybe_sent)
			return true;
	return false;
}

void entry_cut_off(struct entry *en, bool crashed, int64_t now)
{
	int64_t wait = CRASH_WAIT;

	for (size_t i = 0; i < en->env.n; i++) {
		struct outcome *o = &en->last[i];

		if (o->reply.code == 0) {
			reply_set(&o->reply, 451, "4.4.2 the attempt was cut "
				  "off");
			o->reply.local = true;
			o->kind = ERR_TEMP;
			o->verdict = DEFERRED;
		}
		o->maybe_sent = true;
	}
	en->sending = false;
	if (!crashed || ++en->crashes == 1)
		return;
	for (unsigned i = 2; i < en->crashes && wait < CRASH_WAIT_MAX; i++)
		wait *= 2;
	en->next = now + (wait < CRASH_WAIT_MAX ? wait : CRASH_WAIT_MAX);
}

/* Writing. */

static void escape(struct buf *out, const char *p, size_t n)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c >= ' ' && c < 127 && c != '\\') {
			buf_addc(out, (char)c);
		} else {
			buf_adds(out, "\\x");
			buf_addc(out, hex[c >> 4]);
			buf_addc(out, hex[c & 15]);
		}
	}
}

static void put_text(struct buf *out, const char *key, const char *value)
{
	if (value == NULL)
		return;
	buf_addf(out, "%s ", key);
	escape(out, value, strlen(value));
	buf_addc(out, '\n');
}

static void put_number(struct buf *out, const char *key, uint64_t value)
{
	buf_addf(out, "%s %llu\n", key, (unsigned long long)value);
}

/* What is not worth a line when it is nought. */
static void put_some(struct buf *out, const char *key, uint64_t value)
{
	if (value != 0)
		put_number(out, key, value);
}

static void put_rcpt(struct buf *out, const struct rcpt *r,
		     const struct outcome *last)
{
	size_t n;

	put_text(out, "rcpt", r->addr);
	put_text(out, "orcpt", r->orcpt);
	put_some(out, "rcpt-notify", r->notify);
	if (last == NULL || last->reply.code == 0)
		return;
	put_some(out, "maybe-sent", last->maybe_sent);
	put_some(out, "kind", last->kind);
	put_some(out, "local", last->reply.local);
	buf_addf(out, "said %d ", last->reply.code);
	n = last->reply.text.len;
	escape(out, buf_str(&last->reply.text),
	       n < ENTRY_SAID_MAX ? n : ENTRY_SAID_MAX);
	buf_addc(out, '\n');
}

int entry_print(const struct entry *en, struct buf *out, struct err *e)
{
	buf_addf(out, ENTRY_FIRST_LINE "sending %d\n", en->sending);
	put_text(out, "id", en->id);
	put_text(out, "account", en->account);
	put_text(out, "rc", en->rc_file);
	put_some(out, "rc-usual", en->rc_usual);
	put_some(out, "trust-env", en->trust_env);
	for (size_t i = 0; i < en->set.n; i++)
		put_text(out, "set", en->set.v[i]);
	put_text(out, "subject", en->subject);
	put_number(out, "size", en->size);
	put_number(out, "head", en->head);
	put_some(out, "eightbit", en->eightbit);
	put_number(out, "entered", (uint64_t)en->entered);
	put_number(out, "next", (uint64_t)en->next);
	put_number(out, "tries", en->tries);
	put_some(out, "crashes", en->crashes);
	put_some(out, "held", en->held);
	put_some(out, "warned", en->warned);
	put_some(out, "notices", en->notices);
	put_text(out, "notice-of", en->notice_of);
	put_some(out, "notice-no", en->notice_no);
	for (size_t i = 0; i < en->about.n; i++)
		put_text(out, "about", en->about.v[i]);
	put_text(out, "why", en->why);
	put_text(out, "from", en->env.from);
	put_text(out, "envid", en->env.envid);
	put_some(out, "ret", en->env.ret);
	put_some(out, "notify", en->env.notify);
	for (size_t i = 0; i < en->env.n; i++)
		put_rcpt(out, &en->env.rcpt[i],
			 i < en->last_n ? &en->last[i] : NULL);
	buf_adds(out, "end\n");
	if (out->full)
		return err_set(e, ERR_DATA, "too much to write down about a "
			       "message with %zu recipients", en->env.n);
	return 0;
}

long entry_strike_at(const char *text, size_t n, const char *addr)
{
	struct buf line = BUF_INIT(ENTRY_VALUE_MAX);
	const char *p = text, *end = text + n, *lf;
	long at = -1;

	put_text(&line, "rcpt", addr);
	for (; at < 0 && (lf = memchr(p, '\n', (size_t)(end - p))) != NULL;
	     p = lf + 1)
		if ((size_t)(lf + 1 - p) == line.len &&
		    memcmp(p, line.p, line.len) == 0)
			at = p - text;
	buf_free(&line);
	return at;
}
