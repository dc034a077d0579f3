/* Reading what entry.c writes. */
#include "flow/entry_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "text/header.h"

struct reader {
	struct entry *en;
	struct buf value;		/* of the line at hand, decoded */
	struct rcpt *rcpt;		/* the recipient whose lines these are */
	struct outcome *last;		/* grows with the recipients */
	size_t last_n, last_cap;
	bool struck;			/* they belong to one struck out */
	bool settled;			/* all are */
	size_t key;			/* of the line before */
	bool ended;
};

static int unhex(char c)
{
	if (ascii_isdigit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* How many bytes P begins with that stand for themselves. */
static size_t plain(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] >= ' ' && p[i] <= '~' && p[i] != '\\')
		i++;
	return i;
}

static int unescape(struct buf *out, const char *p, size_t n)
{
	buf_clear(out);
	for (;;) {
		size_t run = plain(p, n);
		int high, low;

		buf_add(out, p, run);
		p += run;
		n -= run;
		if (n == 0)
			return out->full ? -1 : 0;
		if (n < 4 || p[0] != '\\' || p[1] != 'x')
			return -1;
		high = unhex(p[2]);
		low = unhex(p[3]);
		if (high < 0 || low < 0)
			return -1;
		buf_addc(out, (char)(high << 4 | low));
		p += 4;
		n -= 4;
	}
}

/* A value that is a string: no NUL in it, and its line is the only one. */
static int take_text(struct reader *r, char **field)
{
	if (*field != NULL || strlen(buf_str(&r->value)) != r->value.len)
		return -1;
	*field = xstrdup(buf_str(&r->value));
	return 0;
}

static int number(const struct reader *r, uint64_t max, uint64_t *out)
{
	unsigned long long n;

	if (!ascii_number(buf_str(&r->value), r->value.len, max, &n))
		return -1;
	*out = n;
	return 0;
}

static int take_bool(struct reader *r, bool *field)
{
	uint64_t n;

	if (number(r, 1, &n) < 0)
		return -1;
	*field = n != 0;
	return 0;
}

static int take_unsigned(struct reader *r, unsigned *field, unsigned max)
{
	uint64_t n;

	if (number(r, max, &n) < 0)
		return -1;
	*field = (unsigned)n;
	return 0;
}

static int take_time(struct reader *r, int64_t *field)
{
	uint64_t n;

	if (number(r, INT64_MAX, &n) < 0)
		return -1;
	*field = (int64_t)n;
	return 0;
}

static int read_id(struct reader *r)
{
	return strcmp(buf_str(&r->value), r->en->id) == 0 ? 0 : -1;
}

static int take_into(struct reader *r, struct strv *list)
{
	char *text = NULL;

	if (take_text(r, &text) < 0)
		return -1;
	strv_take(list, text);
	return 0;
}

static int read_ret(struct reader *r)
{
	unsigned n;

	if (take_unsigned(r, &n, DSN_RET_FULL) < 0)
		return -1;
	r->en->env.ret = (enum dsn_ret)n;
	return 0;
}

static int read_rcpt(struct reader *r)
{
	char *addr = NULL;

	r->struck = r->settled;
	if (r->struck)
		return 0;
	if (take_text(r, &addr) < 0)
		return -1;
	if (!envelope_add(&r->en->env, addr, &r->rcpt)) {
		free(addr);
		return -1;
	}
	free(addr);
	if (r->last_n == r->last_cap) {
		r->last_cap = r->last_cap > 0 ? 2 * r->last_cap : 4;
		r->last = xreallocarray(r->last, r->last_cap, sizeof *r->last);
	}
	r->last[r->last_n++] = (struct outcome)OUTCOME_INIT;
	return 0;
}

static int read_struck(struct reader *r)
{
	r->struck = true;
	return 0;
}

static struct outcome *last_of(struct reader *r)
{
	return &r->last[r->last_n - 1];
}

static int read_kind(struct reader *r)
{
	unsigned n;

	if (take_unsigned(r, &n, ERR_KINDS - 1) < 0)
		return -1;
	last_of(r)->kind = (enum err_kind)n;
	return 0;
}

static int read_said(struct reader *r)
{
	const char *p = buf_str(&r->value);
	struct outcome *o = last_of(r);
	unsigned long long code;

	if (r->value.len < 4 || p[3] != ' ' || o->reply.code != 0 ||
	    !ascii_number(p, 3, 599, &code) || code < 200)
		return -1;
	o->reply.code = (int)code;
	o->verdict = DEFERRED;
	buf_add(&o->reply.text, p + 4, r->value.len - 4);
	return 0;
}

#define FIELD(name, call) \
	static int read_##name(struct reader *r) { return call; }
FIELD(account, take_text(r, &r->en->account))
FIELD(rc, take_text(r, &r->en->rc_file))
FIELD(rc_usual, take_bool(r, &r->en->rc_usual))
FIELD(trust_env, take_bool(r, &r->en->trust_env))
FIELD(set, take_into(r, &r->en->set))
FIELD(about, take_into(r, &r->en->about))
FIELD(subject, take_text(r, &r->en->subject))
FIELD(size, number(r, INT64_MAX, &r->en->size))
FIELD(head, number(r, 2 * HEADER_MAX, &r->en->head))
FIELD(eightbit, take_bool(r, &r->en->eightbit))
FIELD(entered, take_time(r, &r->en->entered))
FIELD(next, take_time(r, &r->en->next))
FIELD(tries, take_unsigned(r, &r->en->tries, 1000000))
FIELD(crashes, take_unsigned(r, &r->en->crashes, 1000000))
FIELD(held, take_bool(r, &r->en->held))
FIELD(warned, take_bool(r, &r->en->warned))
FIELD(notices, take_unsigned(r, &r->en->notices, 1000000))
FIELD(notice_of, take_text(r, &r->en->notice_of))
FIELD(notice_no, take_unsigned(r, &r->en->notice_no, 1000000))
FIELD(why, take_text(r, &r->en->why))
FIELD(from, take_text(r, &r->en->env.from))
FIELD(envid, take_text(r, &r->en->env.envid))
FIELD(notify, take_unsigned(r, &r->en->env.notify, 15))
FIELD(orcpt, take_text(r, &r->rcpt->orcpt))
FIELD(rcpt_notify, take_unsigned(r, &r->rcpt->notify, 15))
FIELD(maybe, take_bool(r, &last_of(r)->maybe_sent))
FIELD(local, take_bool(r, &last_of(r)->reply.local))
#undef FIELD

/* 2: all are settled. */
static int read_sending(struct reader *r)
{
	unsigned n = 0;

	if (take_unsigned(r, &n, 2) < 0)
		return -1;
	r->en->sending = n == 1;
	r->settled = n == 2;
	return 0;
}

static const struct {
	const char *key;
	bool of_rcpt;		/* belongs to the rcpt line before it */
	int (*read)(struct reader *r);
} keys[] = {
	{ "sending", false, read_sending },
	{ "id", false, read_id },
	{ "account", false, read_account },
	{ "rc", false, read_rc },
	{ "rc-usual", false, read_rc_usual },
	{ "trust-env", false, read_trust_env },
	{ "set", false, read_set },
	{ "subject", false, read_subject },
	{ "size", false, read_size },
	{ "head", false, read_head },
	{ "eightbit", false, read_eightbit },
	{ "entered", false, read_entered },
	{ "next", false, read_next },
	{ "tries", false, read_tries },
	{ "crashes", false, read_crashes },
	{ "held", false, read_held },
	{ "warned", false, read_warned },
	{ "notices", false, read_notices },
	{ "notice-of", false, read_notice_of },
	{ "notice-no", false, read_notice_no },
	{ "about", false, read_about },
	{ "why", false, read_why },
	{ "from", false, read_from },
	{ "envid", false, read_envid },
	{ "ret", false, read_ret },
	{ "notify", false, read_notify },
	{ "rcpt", false, read_rcpt },
	{ "xcpt", false, read_struck },
	{ "orcpt", true, read_orcpt },
	{ "rcpt-notify", true, read_rcpt_notify },
	{ "maybe-sent", true, read_maybe },
	{ "kind", true, read_kind },
	{ "local", true, read_local },
	{ "said", true, read_said },
};

static bool is_key(size_t i, const char *p, size_t n)
{
	return keys[i].key[0] == p[0] && strlen(keys[i].key) == n &&
	       memcmp(keys[i].key, p, n) == 0;
}

/* The key that the N bytes at P are; lines come in about the table's order.
 * False: it is none. */
static bool find_key(struct reader *r, const char *p, size_t n)
{
	const size_t all = sizeof keys / sizeof keys[0];

	for (size_t tried = 0; tried < all; tried++) {
		if (is_key(r->key, p, n))
			return true;
		r->key = r->key + 1 < all ? r->key + 1 : 0;
	}
	return false;
}

/* One line without its LF. */
static int read_line(struct reader *r, const char *p, size_t n)
{
	const char *blank = memchr(p, ' ', n);
	size_t klen = blank != NULL ? (size_t)(blank - p) : n;

	if (n == 3 && memcmp(p, "end", 3) == 0) {
		r->ended = true;
		return 0;
	}
	if (blank == NULL || unescape(&r->value, blank + 1, n - klen - 1) < 0)
		return -1;
	if (!find_key(r, p, klen))
		return -1;
	if (keys[r->key].of_rcpt && r->struck)
		return 0;
	if (keys[r->key].of_rcpt && r->last_n == 0)
		return -1;
	return keys[r->key].read(r);
}

static int read_lines(struct reader *r, const char *p, size_t n, struct err *e)
{
	unsigned long line = 1;

	while (n > 0) {
		const char *lf = memchr(p, '\n', n);

		if (lf == NULL || r->ended)
			break;
		line++;
		if (read_line(r, p, (size_t)(lf - p)) < 0)
			return err_set(e, ERR_DATA, "line %lu is damaged", line);
		n -= (size_t)(lf + 1 - p);
		p = lf + 1;
	}
	if (!r->ended || n > 0)
		return err_set(e, ERR_DATA, "its end is %s",
			       r->ended ? "followed by more" : "missing");
	return 0;
}

static int check(const struct entry *en, struct err *e)
{
	if (en->account == NULL || en->env.from == NULL)
		return err_set(e, ERR_DATA, "%s is missing",
			       en->account == NULL ? "the account" :
			       "the sender");
	if (en->head > en->size)
		return err_set(e, ERR_DATA, "its header is larger than the "
			       "whole message");
	return 0;
}

static int check_first(const char *text, size_t n, struct err *e)
{
	size_t first = strlen(ENTRY_FIRST_LINE), word = strlen(ENTRY_FIRST_WORD);
	const char *lf;

	if (n >= first && memcmp(text, ENTRY_FIRST_LINE, first) == 0)
		return 0;
	lf = memchr(text, '\n', n < 64 ? n : 64);
	if (n >= word && memcmp(text, ENTRY_FIRST_WORD, word) == 0 && lf != NULL)
		return err_set(e, ERR_DATA, "version %.*s is of a newer "
			       "program; left alone",
			       (int)(lf - text - (long)word), text + word);
	return err_set(e, ERR_DATA, "no queue file");
}

int entry_parse(const char *text, size_t n, const char *id, struct entry *out,
		struct err *e)
{
	struct reader r = { .en = out, .value = BUF_INIT(ENTRY_VALUE_MAX) };
	size_t first = strlen(ENTRY_FIRST_LINE);
	int ret;

	*out = (struct entry)ENTRY_INIT;
	if (check_first(text, n, e) < 0)
		return -1;
	strncpy(out->id, id, sizeof out->id - 1);
	ret = read_lines(&r, text + first, n - first, e);
	buf_free(&r.value);
	out->last = r.last;
	out->last_n = r.last_n;
	if (ret == 0)
		ret = check(out, e);
	if (ret < 0)
		entry_clear(out);
	return ret;
}
