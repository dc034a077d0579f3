#include "flow/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "flow/circuit.h"

#define PIECE_MAX (4u << 20)	/* bytes printed of one recipient at the most */
#define PIECE_OUT 65536		/* bytes gathered before they are handed on */

/* An account that does not work, and whether a message of the list waits for
 * it: others are no news. */
struct down {
	struct circuit c;
	bool waits;
};

struct listing {
	struct spool *spool;
	enum listing_form form;
	listing_out_fn *out;
	struct buf text;
	bool failed;		/* in the folder of what was given up */
	unsigned long messages;
	unsigned long long bytes;
	bool looked;		/* for accounts that do not work, once there is
				 * a message: */
	struct down *down;
	size_t downs, quiet;	/* how many; those that nothing waits for */
	struct err trouble;	/* with looking */
};

static void hand_on(struct listing *l, bool all)
{
	if (l->text.len < PIECE_OUT && !all)
		return;
	l->out(&l->text);
	buf_clear(&l->text);
}

static const char *state_of(const struct listing *l, const struct entry *en)
{
	if (l->failed)
		return "failed";
	if (en->held)
		return "held";
	return spool_busy(l->spool, en->id) ? "active" : "waiting";
}

/* Local time; BRIEF as mailq has always shown it. */
static void add_time(struct buf *out, bool brief, int64_t seconds)
{
	time_t t = (time_t)seconds;
	char text[64] = "?";
	struct tm tm;

	if (localtime_r(&t, &tm) != NULL && brief)
		strftime(text, sizeof text, "%a %b %e %H:%M:%S", &tm);
	else if (localtime_r(&t, &tm) != NULL)
		strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z", &tm);
	buf_adds(out, text);
}

/* TEXT, which others wrote, between BEFORE and AFTER. */
static void add_text(struct buf *out, const char *before, const char *text,
		     const char *after)
{
	buf_adds(out, before);
	ascii_printable(out, text, strlen(text));
	buf_adds(out, after);
}

/* The command line's own has no name. */
static void add_account(struct buf *out, const char *name, const char *quote)
{
	if (name != NULL && name[0] != '\0')
		buf_addf(out, "%s%s%s", quote, name, quote);
	else
		buf_adds(out, "(command line)");
}

/* What was said of recipient I; only a relay's words have a code. */
static void add_reply(const struct entry *en, size_t i, struct buf *out)
{
	const struct reply *r = &en->last[i].reply;
	const char *text = buf_str(&r->text);
	char enhanced[16];

	if (!r->local) {
		reply_print(r, out);
		return;
	}
	if (reply_enhanced(r, enhanced))
		text += strlen(enhanced);
	text += strspn(text, " ");
	ascii_printable(out, text, strlen(text));
}

/* ---- mailq ------------------------------------------------------------- */

/* What was last said of recipient I, in brackets on a line of its own. */
static void add_said(const struct entry *en, size_t i, struct buf *out)
{
	if (i >= en->last_n || en->last[i].reply.code == 0)
		return;
	buf_adds(out, "        (");
	add_reply(en, i, out);
	buf_adds(out, en->last[i].maybe_sent ? "; it may have been sent)\n" : ")\n");
}

static void print_mailq(struct listing *l, const struct entry *en)
{
	static const struct { const char *state; char mark; } marks[] = {
		{ "failed", '?' }, { "held", '!' }, { "active", '*' },
	};
	const char *state = state_of(l, en);
	char mark = ' ';

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (ascii_caseeq(marks[i].state, state))
			mark = marks[i].mark;
	if (l->messages == 0)
		buf_adds(&l->text, "-Queue ID-                  --Size-- "
			 "---Arrival Time--- -Sender/Recipient-\n");
	buf_addf(&l->text, "%s%c %8llu ", en->id, mark,
		 (unsigned long long)en->size);
	add_time(&l->text, true, en->entered);
	add_text(&l->text, "  <", en->env.from, ">\n");
	for (size_t i = 0; i < en->env.n; i++) {
		add_said(en, i, &l->text);
		add_text(&l->text, "        <", en->env.rcpt[i].addr, ">\n");
		hand_on(l, false);
	}
	if (en->why != NULL)
		add_text(&l->text, "        (given up: ", en->why, ")\n");
	buf_addc(&l->text, '\n');
}

/* ---- json -------------------------------------------------------------- */

static void json_text(struct buf *out, const char *key, const char *value)
{
	struct buf text = BUF_INIT(65536);

	/* controls and what is not UTF-8 are gone after this */
	ascii_printable(&text, value, strlen(value));
	buf_addf(out, "\"%s\":\"", key);
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, text.p[i]);
	}
	buf_addc(out, '"');
	buf_free(&text);
}

static void json_rcpt(const struct entry *en, size_t i, struct buf *out)
{
	struct buf said = BUF_INIT(4096);

	buf_adds(out, i > 0 ? ",{" : "{");
	json_text(out, "address", en->env.rcpt[i].addr);
	if (i < en->last_n && en->last[i].reply.code != 0) {
		add_reply(en, i, &said);
		buf_addc(out, ',');
		json_text(out, "delay_reason", buf_str(&said));
		buf_addf(out, ",\"maybe_sent\":%s",
			 en->last[i].maybe_sent ? "true" : "false");
	}
	buf_addc(out, '}');
	buf_free(&said);
}

static void print_json(struct listing *l, const struct entry *en)
{
	struct buf *out = &l->text;

	buf_addc(out, '{');
	json_text(out, "queue_id", en->id);
	buf_addc(out, ',');
	json_text(out, "state", state_of(l, en));
	buf_addf(out, ",\"arrival_time\":%lld,\"next_try\":%lld,\"tries\":%u,"
		 "\"message_size\":%llu,", (long long)en->entered,
		 (long long)en->next, en->tries, (unsigned long long)en->size);
	json_text(out, "account", en->account != NULL ? en->account : "");
	buf_addc(out, ',');
	json_text(out, "sender", en->env.from);
	if (en->subject != NULL) {
		buf_addc(out, ',');
		json_text(out, "subject", en->subject);
	}
	buf_adds(out, ",\"recipients\":[");
	for (size_t i = 0; i < en->env.n; i++) {
		json_rcpt(en, i, out);
		hand_on(l, false);
	}
	buf_adds(out, "]}\n");
}

/* ---- all of it --------------------------------------------------------- */

static void print_strange(struct listing *l, const char *name, const char *why)
{
	if (l->form == LISTING_JSON) {
		buf_addc(&l->text, '{');
		json_text(&l->text, "strange", name);
		buf_addc(&l->text, ',');
		json_text(&l->text, "reason", why);
		buf_adds(&l->text, "}\n");
		return;
	}
	buf_addf(&l->text, "left alone: '");
	ascii_printable(&l->text, name, strlen(name));
	buf_addf(&l->text, "': %s\n", why);
}

static void on_strange(void *ctx, const char *name, const char *why)
{
	print_strange(ctx, name, why);
	hand_on(ctx, false);
}

static void on_circuit(void *ctx, const struct circuit *c)
{
	struct listing *l = ctx;

	l->down = xreallocarray(l->down, l->downs + 1, sizeof *l->down);
	l->down[l->downs++] = (struct down){ .c = *c };
	l->quiet++;
}

static void note_account(struct listing *l, const struct entry *en)
{
	uint64_t hash;
	char *key;

	if (!l->looked)
		circuit_each(l->spool, on_circuit, l, &l->trouble);
	l->looked = true;
	if (l->quiet == 0)
		return;
	key = circuit_key(en->account, en->rc_file, &en->set);
	hash = circuit_hash(key);
	free(key);
	for (size_t i = 0; i < l->downs; i++) {
		if (l->down[i].waits || l->down[i].c.key != hash)
			continue;
		l->down[i].waits = true;
		l->quiet--;
	}
}

static void print_one(struct listing *l, const char *id)
{
	struct entry en = ENTRY_INIT;
	struct err e = ERR_INIT;
	int ret = spool_peek(l->spool, id, &en, &e);

	if (ret < 0) {
		print_strange(l, id, e.text);
	} else if (ret == 0 && en.env.n > 0) {
		if (l->form == LISTING_JSON)
			print_json(l, &en);
		else
			print_mailq(l, &en);
		l->messages++;
		l->bytes += en.size;
		if (!l->failed)
			note_account(l, &en);
	}
	entry_clear(&en);
	hand_on(l, false);
}

static int print_all(struct listing *l, struct err *e)
{
	struct spool_ids ids = SPOOL_IDS_INIT;
	char after[ENTRY_ID_MAX] = "";
	int ret;

	do {
		ret = spool_window(l->spool, after, SPOOL_WINDOW, &ids, e);
		for (size_t i = 0; i < ids.n; i++)
			print_one(l, ids.id[i]);
		if (ids.n > 0)
			memcpy(after, ids.id[ids.n - 1], sizeof after);
	} while (ids.n == SPOOL_WINDOW);
	spool_ids_clear(&ids);
	return ret < 0 ? -1 : spool_strange(l->spool, on_strange, l, e);
}

static int print_failed(struct listing *l, struct err *e)
{
	struct spool *queue = l->spool, *failed;
	int ret = spool_open_failed(queue, false, &failed, e);

	if (ret != 0)
		return ret < 0 ? -1 : 0;
	l->spool = failed;
	l->failed = true;
	ret = print_all(l, e);
	l->failed = false;
	l->spool = queue;
	spool_close(failed);
	return ret;
}

/* An account that does not work is why its mails show no reason. */
static void print_down(struct listing *l, const struct circuit *c)
{
	struct buf *out = &l->text;

	if (l->form == LISTING_JSON) {
		buf_addc(out, '{');
		json_text(out, "account_down", c->account);
		buf_addf(out, ",\"since\":%lld,\"next_try\":%lld,"
			 "\"failures\":%u,", (long long)c->since,
			 (long long)c->next, c->failures);
		json_text(out, "reason", c->text);
		buf_adds(out, "}\n");
		return;
	}
	buf_adds(out, "account ");
	add_account(out, c->account, "'");
	buf_adds(out, " does not work since ");
	add_time(out, true, c->since);
	buf_adds(out, ", next try ");
	add_time(out, true, c->next);
	buf_addf(out, ":\n        %s\n", c->text);
}

/* One queue, with what was given up and what does not work. */
static int print_queue(struct listing *l, struct err *e)
{
	l->looked = false;
	l->downs = l->quiet = 0;
	if (print_all(l, e) < 0 || print_failed(l, e) < 0)
		return -1;
	for (size_t i = 0; i < l->downs; i++)
		if (l->down[i].waits)
			print_down(l, &l->down[i].c);
	if (l->trouble.kind == ERR_NONE)
		return 0;
	*e = l->trouble;
	return -1;
}

int listing_print(struct spool *const *s, size_t n, enum listing_form form,
		  listing_out_fn *out, struct err *e)
{
	struct listing l = { .form = form, .out = out,
			     .text = BUF_INIT(PIECE_MAX) };
	unsigned long long kb;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < n; i++) {
		l.spool = s[i];
		ret = print_queue(&l, e);
	}
	kb = (l.bytes + 1023) / 1024;
	if (form == LISTING_MAILQ && l.messages == 0)
		buf_adds(&l.text, "Mail queue is empty\n");
	else if (form == LISTING_MAILQ)
		buf_addf(&l.text, "\t\tTotal requests: %lu\n"
			 "-- %llu Kbytes in %lu Request%s.\n", l.messages, kb,
			 l.messages, l.messages == 1 ? "" : "s");
	hand_on(&l, true);
	buf_free(&l.text);
	free(l.down);
	return ret;
}

/* Does print_one() sum it up?  A settled one's files are all that is left. */
static bool counts(struct spool *s, const char *id)
{
	struct entry en = ENTRY_INIT;
	struct err ignored = ERR_INIT;
	bool yes = spool_peek(s, id, &en, &ignored) == 0 && en.env.n > 0;

	entry_clear(&en);
	return yes;
}

int listing_count(struct spool *s, unsigned long *n, struct err *e)
{
	struct spool_ids ids = SPOOL_IDS_INIT;
	char after[ENTRY_ID_MAX] = "";
	int ret;

	*n = 0;
	do {
		ret = spool_window(s, after, SPOOL_WINDOW, &ids, e);
		for (size_t i = 0; i < ids.n; i++)
			*n += counts(s, ids.id[i]);
		if (ids.n > 0)
			memcpy(after, ids.id[ids.n - 1], sizeof after);
	} while (ids.n == SPOOL_WINDOW);
	spool_ids_clear(&ids);
	return ret;
}

void listing_entry(const struct entry *en, struct buf *out)
{
	buf_addf(out, "id         %s\naccount    ", en->id);
	add_account(out, en->account, "");
	buf_adds(out, "\nentered    ");
	add_time(out, false, en->entered);
	buf_adds(out, "\nnext try   ");
	add_time(out, false, en->next);
	buf_addf(out, "%s\ntries      %u\nsize       %llu\n",
		 en->held ? " (held)" : "", en->tries,
		 (unsigned long long)en->size);
	add_text(out, "sender     <", en->env.from, ">\n");
	if (en->subject != NULL)
		add_text(out, "subject    ", en->subject, "\n");
	for (size_t i = 0; i < en->env.n; i++) {
		add_text(out, "recipient  <", en->env.rcpt[i].addr, ">\n");
		add_said(en, i, out);
	}
	if (en->notice_of != NULL)
		buf_addf(out, "tells of   %s\n", en->notice_of);
	if (en->why != NULL)
		add_text(out, "given up   ", en->why, "\n");
}
