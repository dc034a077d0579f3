#include "flow/bounce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "sys/fs.h"
#include "sys/host.h"
#include "text/addr.h"
#include "text/date.h"
#include "text/dsn.h"
#include "text/msgid.h"

#define BODY_MAX (2u << 20)	/* bytes of the parts that we write */
#define KEPT_WHY "its sender is told, but gets the header only"

/* Everything that a notice is made of, and what it owns. */
struct making {
	const struct bounce *b;
	struct dsn d;
	struct dsn_rcpt *rcpt;
	char *from, *host, *msgid, *refers;
	char date[DATE_MAX], entered[DATE_MAX], until[DATE_MAX];
	char boundary[40];
};

static void format_date(int64_t when, char out[DATE_MAX])
{
	time_t t = (time_t)when;
	struct tm tm;

	localtime_r(&t, &tm);
	date_format(&tm, out);
}

/* The original's Message-ID, or NULL. */
static char *original_msgid(const struct draft *d)
{
	struct header h;
	const char *p;
	char *id = NULL;
	size_t used, n, at;

	header_init(&h);
	if (d->head.len > 0 &&
	    header_feed(&h, d->head.p, d->head.len, &used, NULL) == 0 &&
	    (at = header_find(&h, 0, "Message-ID")) < h.n) {
		p = header_body(&h, at, &n);
		while (n > 0 && (ascii_isblank(*p) || *p == '\r' || *p == '\n'))
			p++, n--;
		for (size_t i = 0; id == NULL && n > 2 && *p == '<' && i < n; i++)
			if (p[i] == '>')
				id = xmemdup0(p, i + 1);
	}
	header_clear(&h);
	return id;
}

static const char *relay_name(const struct account *acc)
{
	if (acc->socket != NULL)
		return acc->socket;
	return acc->host.n > 0 ? acc->host.v[0] : NULL;
}

static void making_init(struct making *m, const struct bounce *b,
			const bool *which, bool delayed)
{
	unsigned char random[MSGID_RANDOM];
	const char *domain = b->acc->qualify_domain;

	*m = (struct making){ .b = b };
	if (domain == NULL || domain[0] == '\0')
		domain = addr_domain(b->en->env.from);
	m->host = host_name();
	m->from = xasprintf("MAILER-DAEMON@%s", domain != NULL ? domain : m->host);
	host_random(random, sizeof random);
	m->msgid = msgid_make(random, domain);
	host_random(random, sizeof random);
	snprintf(m->boundary, sizeof m->boundary, "=_%02x%02x%02x%02x%02x%02x"
		 "%02x%02x%02x%02x", random[0], random[1], random[2], random[3],
		 random[4], random[5], random[6], random[7], random[8],
		 random[9]);
	m->refers = original_msgid(b->draft);
	format_date(b->now, m->date);
	format_date(b->en->entered, m->entered);
	m->rcpt = xcalloc(b->en->env.n + 1, sizeof *m->rcpt);
	m->d = (struct dsn){
		.delayed = delayed, .host = m->host,
		.relay = relay_name(b->acc), .from = m->from,
		.to = b->en->env.from, .date = m->date, .msgid = m->msgid,
		.refers = m->refers, .boundary = m->boundary,
		.queue_id = b->en->id, .entered = m->entered,
		.subject = b->en->subject, .envid = b->en->env.envid,
		.rcpt = m->rcpt,
	};
	for (size_t i = 0; i < b->en->env.n; i++) {
		const struct outcome *o = &b->en->last[i];

		if (!which[i])
			continue;
		m->rcpt[m->d.n++] = (struct dsn_rcpt){
			.addr = b->en->env.rcpt[i].addr,
			.orcpt = b->en->env.rcpt[i].orcpt,
			.code = o->reply.code,
			.said = buf_str(&o->reply.text),
			.local = o->reply.local,
		};
	}
}

static void making_clear(struct making *m)
{
	free(m->rcpt);
	free(m->from);
	free(m->host);
	free(m->msgid);
	free(m->refers);
}

static int emit(struct draft *out, const char *p, size_t n, struct err *e)
{
	traits_feed(&out->traits, p, n);
	out->len += n;
	return fs_write_all(out->fd, p, n, "temporary file", e);
}

static int emit_original(const struct making *m, struct draft *out,
			 struct err *e)
{
	const struct draft *d = m->b->draft;
	struct draft_walk walk;
	const char *p;
	size_t n;
	int ret = emit(out, buf_str(&d->head), d->head.len, e);

	draft_walk_init(&walk, d);
	while (ret == 0 && m->d.full) {
		ret = draft_walk_next(&walk, &p, &n, e);
		if (ret < 0 || n == 0)
			break;
		ret = emit(out, p, n, e);
	}
	draft_walk_clear(&walk);
	return ret;
}

/* The notice's body in a temporary file: the original may be large. */
static int write_body(const struct making *m, struct draft *out, struct err *e)
{
	struct buf text = BUF_INIT(BODY_MAX);
	const char *where;
	int ret;

	if (fs_temp(&out->fd, &where, e) < 0)
		return -1;
	out->owned = true;
	traits_init(&out->traits);
	dsn_open(&m->d, &text);
	ret = emit(out, buf_str(&text), text.len, e);
	if (ret == 0)
		ret = emit_original(m, out, e);
	buf_clear(&text);
	dsn_close(&m->d, &text);
	if (ret == 0)
		ret = emit(out, buf_str(&text), text.len, e);
	traits_end(&out->traits);
	buf_free(&text);
	return ret;
}

/* Whether the original is to come back whole. */
static bool wants_whole(const struct entry *en)
{
	if (en->env.ret != DSN_RET_NONE)
		return en->env.ret == DSN_RET_FULL;
	return en->size <= BOUNCE_WHOLE_MAX;
}

/* Enter the notice as ID; one of that name that is there already is it. */
static int enter(const struct making *m, const char *suffix, unsigned no,
		 struct err *e)
{
	const struct entry *of = m->b->en;
	struct draft d = DRAFT_INIT;
	struct entry en = ENTRY_INIT;
	int ret = -1;

	if ((size_t)snprintf(en.id, sizeof en.id, "%s%s", of->id, suffix) >=
	    sizeof en.id)
		return err_set(e, ERR_SOFTWARE, "no room for a notice of a "
			       "notice");
	en.account = xstrdup(of->account);
	en.rc_file = xstrdup_null(of->rc_file);
	en.rc_usual = of->rc_usual;
	en.trust_env = of->trust_env;
	strv_copy(&en.set, &of->set);
	en.notice_of = xstrdup(of->id);
	en.notice_no = no;
	en.entered = en.next = m->b->now;
	en.subject = xstrdup(m->d.delayed ? "delay notice" : "failure notice");
	for (size_t i = 0; i < m->d.n; i++)
		strv_add(&en.about, m->d.rcpt[i].addr);
	envelope_set_from(&en.env, "");
	envelope_add(&en.env, of->env.from, NULL);
	entry_fresh_last(&en);
	dsn_head(&m->d, &d.head);
	if (write_body(m, &d, e) == 0)
		ret = spool_enter(m->b->s, &d, &en, e);
	entry_clear(&en);
	draft_clear(&d);
	return ret < 0 ? err_wrap(e, "cannot tell <%s>", of->env.from) : 0;
}

/* Does the sender want to hear of recipient I for WHAT (a DSN_ flag)? */
static bool wants(const struct entry *en, size_t i, unsigned what)
{
	unsigned notify = en->env.rcpt[i].notify;

	if (notify == 0)
		notify = en->env.notify;
	return notify == 0 || (notify & what) != 0;
}

static size_t wanted(const struct entry *en, const bool *which, unsigned what,
		     bool *out)
{
	size_t n = 0;

	for (size_t i = 0; i < en->env.n; i++) {
		out[i] = which[i] && wants(en, i, what);
		n += out[i];
	}
	return n;
}

/* The message with these recipients alone, in "failed" as ID. */
static int keep_failed(const struct bounce *b, const bool *gone,
		       const char *id, const char *why, struct err *e)
{
	struct spool *failed;
	struct buf text = BUF_INIT(ENTRY_FILE_MAX);
	struct entry copy;
	int ret;

	/* a deep copy by way of its text */
	ret = entry_print(b->en, &text, e);
	if (ret == 0)
		ret = entry_parse(buf_str(&text), text.len, b->en->id, &copy, e);
	buf_free(&text);
	if (ret < 0)
		return -1;
	entry_keep(&copy, gone);
	if (copy.why == NULL)
		copy.why = xstrdup(why);
	snprintf(copy.id, sizeof copy.id, "%s", id);
	ret = spool_open_failed(b->s, true, &failed, e);
	if (ret == 0) {
		ret = spool_enter(failed, b->draft, &copy, e);
		spool_close(failed);
	}
	entry_clear(&copy);
	return ret < 0 ? -1 : 0;
}

static void part_id(char out[ENTRY_ID_MAX], const char *id, unsigned no)
{
	snprintf(out, ENTRY_ID_MAX, "%.*s-f%u", ENTRY_ID_MAX - 8, id, no);
}

/* Nobody can be told.  The whole message keeps its name. */
static int keep_untold(const struct bounce *b, const bool *gone, struct err *e)
{
	char id[ENTRY_ID_MAX];
	size_t n = 0;

	for (size_t i = 0; i < b->en->env.n; i++)
		n += gone[i];
	part_id(id, b->en->id, b->en->notices + 1);
	return keep_failed(b, gone, b->en->notices > 0 || n < b->en->env.n ?
			   id : b->en->id, "refused, and its sender is null: "
			   "there is nobody to tell", e);
}

/*
 * A notice that has the header only could be refused as well, and then
 * the text would be nowhere: it stays in "failed" until the notice is sent.
 */
static int keep_text(const struct bounce *b, const bool *gone, unsigned no,
		     struct err *e)
{
	char id[ENTRY_ID_MAX];

	part_id(id, b->en->id, no);
	return keep_failed(b, gone, id, KEPT_WHY, e);
}

void bounce_told(struct spool *s, const struct entry *notice)
{
	char id[ENTRY_ID_MAX];
	struct err ignored = ERR_INIT;
	struct spool *failed;
	struct spool_held *h;
	const char *why;

	if (notice->notice_of == NULL || notice->notice_no == 0 ||
	    spool_open_failed(s, false, &failed, &ignored) != 0)
		return;
	part_id(id, notice->notice_of, notice->notice_no);
	if (spool_take(failed, id, &h, &ignored) == 1) {
		why = spool_held_entry(h)->why;
		if (why == NULL || strcmp(why, KEPT_WHY) != 0 ||
		    spool_leave(h, &ignored) < 0)
			spool_release(h);
	}
	spool_close(failed);
}

int bounce_failed(const struct bounce *b, const bool *gone,
		  const char *lifetime, struct err *e)
{
	unsigned no = b->en->notices + 1;
	struct making m;
	char suffix[16];
	bool *tell;
	int ret = 0;

	if (b->en->env.from[0] == '\0')
		return keep_untold(b, gone, e);
	tell = xcalloc(b->en->env.n + 1, sizeof *tell);
	if (wanted(b->en, gone, DSN_FAILURE, tell) > 0) {
		making_init(&m, b, tell, false);
		m.d.lifetime = lifetime;
		m.d.full = wants_whole(b->en);
		m.d.eightbit = true;
		snprintf(suffix, sizeof suffix, "-b%u", no);
		if (!m.d.full)
			ret = keep_text(b, tell, no, e);
		if (ret == 0)
			ret = enter(&m, suffix, no, e);
		making_clear(&m);
	}
	free(tell);
	return ret;
}

int bounce_delayed(const struct bounce *b, const bool *late, int64_t until,
		   struct err *e)
{
	struct making m;
	bool *tell;
	int ret = 0;

	if (b->en->env.from[0] == '\0')
		return 0;
	tell = xcalloc(b->en->env.n + 1, sizeof *tell);
	if (wanted(b->en, late, DSN_DELAY, tell) > 0) {
		making_init(&m, b, tell, true);
		format_date(until, m.until);
		m.d.until = m.until;
		m.d.eightbit = true;
		ret = enter(&m, "-w", 0, e);
		making_clear(&m);
	}
	free(tell);
	return ret;
}

/* Take those that a notice is about off EN. */
static void forget(struct entry *en, const struct strv *about)
{
	bool *keep = xcalloc(en->env.n + 1, sizeof *keep);

	for (size_t i = 0; i < en->env.n; i++) {
		keep[i] = true;
		for (size_t k = 0; keep[i] && k < about->n; k++)
			keep[i] = strcmp(en->env.rcpt[i].addr, about->v[k]) != 0;
	}
	entry_keep(en, keep);
	free(keep);
}

/* The notice of EN called ID and SUFFIX, if there is one. */
static bool look(struct spool *s, const struct entry *en, const char *suffix,
		 struct entry *notice)
{
	struct err ignored = ERR_INIT;
	char id[ENTRY_ID_MAX + 16];

	snprintf(id, sizeof id, "%s%s", en->id, suffix);
	return strlen(id) < ENTRY_ID_MAX &&
	       spool_peek(s, id, notice, &ignored) == 0;
}

/* As look(), of one of those that nobody can be told of. */
static bool look_failed(struct spool *s, const struct entry *en,
			const char *suffix, struct entry *kept)
{
	struct err ignored = ERR_INIT;
	struct spool *failed;
	bool there;

	if (spool_open_failed(s, false, &failed, &ignored) != 0)
		return false;
	there = look(failed, en, suffix, kept);
	spool_close(failed);
	if (there && kept->env.n == 0) {	/* taken out meanwhile */
		entry_clear(kept);
		return false;
	}
	for (size_t i = 0; there && i < kept->env.n; i++)
		strv_add(&kept->about, kept->env.rcpt[i].addr);
	return there;
}

int bounce_reconcile(struct spool *s, struct spool_held *h, struct err *e)
{
	struct entry *en = spool_held_entry(h), notice;
	bool null = en->env.from[0] == '\0', changed = false;
	char suffix[16];

	for (;;) {
		snprintf(suffix, sizeof suffix, null ? "-f%u" : "-b%u",
			 en->notices + 1);
		if (null ? !look_failed(s, en, suffix, &notice) :
		    !look(s, en, suffix, &notice))
			break;
		forget(en, &notice.about);
		en->notices++;
		changed = true;
		entry_clear(&notice);
	}
	if (!null && !en->warned && look(s, en, "-w", &notice)) {
		en->warned = true;
		changed = true;
		entry_clear(&notice);
	}
	if (!changed)
		return 0;
	return spool_update(h, e) < 0 ? -1 : 1;
}

bool bounce_ready(struct spool *s, const struct entry *en)
{
	struct err e = ERR_INIT;
	struct spool_held *h;
	struct entry of;
	bool knows;
	int ret;

	if (en->notice_of == NULL)
		return true;
	ret = spool_peek(s, en->notice_of, &of, &e);
	if (ret < 0 && e.kind == ERR_TEMP)
		return false;	/* it cannot be asked now */
	if (ret != 0)
		return true;	/* it has left, or is beyond asking */
	knows = en->notice_no == 0 ? of.warned : of.notices >= en->notice_no;
	entry_clear(&of);
	if (knows)
		return true;
	ret = spool_take(s, en->notice_of, &h, &e);
	if (ret != 1)	/* in other hands; or so damaged that nobody takes it */
		return ret < 0 && e.kind == ERR_DATA;
	ret = bounce_reconcile(s, h, &e);
	spool_release(h);
	/* what it now says must be on the disk before the notice goes */
	return ret >= 0 && spool_sync(s, &e) == 0;
}
