#include "flow/handle.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/ascii.h"
#include "flow/draft.h"
#include "flow/listing.h"

/* Remove H, which is gone then in any case. */
static int finish(struct spool *s, struct spool_held *h, struct err *e)
{
	if (spool_leave(h, e) < 0) {
		spool_release(h);
		return -1;
	}
	return spool_sync(s, e);
}

static int no_such(const struct spool *s, const char *id, struct err *e)
{
	err_set(e, ERR_DATA, "there is no '%s' in the queue '%s'", id,
		spool_path(s));
	return 1;
}

/* Nobody could own it; RET is what its env is read with. */
static int not_taken(struct spool *s, const char *id, int ret, struct err *e)
{
	if (ret > 0)
		return no_such(s, id, e);
	if (ret < 0 && e->kind == ERR_DATA)
		return err_wrap(e, "'%s' is left alone", id);
	if (ret < 0)
		return -1;
	return err_set(e, ERR_TEMP, "'%s' is being sent at this moment", id);
}

static int take(struct spool *s, const char *id, struct spool_held **h,
		struct err *e)
{
	struct entry en = ENTRY_INIT;
	int ret;

	if (!entry_id_ok(id, strlen(id)))
		return err_set(e, ERR_DATA, "'%s' is no queue id", id);
	ret = spool_take_within(s, id, HANDLE_WAIT_MS, h, e);
	if (ret == 0 && !spool_busy(s, id))	/* just let go */
		ret = spool_take(s, id, h, e);
	if (ret == 1 && spool_held_entry(*h)->env.n > 0)
		return 0;
	if (ret == 1 && finish(s, *h, e) < 0)
		return -1;
	if (ret >= 0)
		ret = spool_peek(s, id, &en, e);
	entry_clear(&en);
	return not_taken(s, id, ret, e);
}

int handle_find(struct spool *s, const char *id, struct err *e)
{
	struct spool_held *h;
	int ret = take(s, id, &h, e);

	if (ret == 0)
		spool_release(h);
	return ret;
}

static int change(struct spool *s, const char *id, bool held, struct err *e)
{
	struct spool_held *h;
	struct entry *en;
	int ret = take(s, id, &h, e);

	if (ret != 0)
		return ret;
	en = spool_held_entry(h);
	en->held = held;
	if (!held)
		en->next = (int64_t)time(NULL);
	ret = spool_update(h, e);
	spool_release(h);
	return ret == 0 ? spool_sync(s, e) : -1;
}

int handle_hold(struct spool *s, const char *id, struct err *e)
{
	return change(s, id, true, e);
}

int handle_release(struct spool *s, const char *id, struct err *e)
{
	return change(s, id, false, e);
}

int handle_drop(struct spool *s, const char *id, struct err *e)
{
	struct spool_held *h;
	int ret = take(s, id, &h, e);

	return ret != 0 ? ret : finish(s, h, e);
}

int handle_revive(struct spool *s, const char *id, struct err *e)
{
	struct spool *failed;
	struct spool_held *h;
	struct entry *en;
	const struct draft *d;
	int ret = spool_open_failed(s, false, &failed, e);

	if (ret != 0)
		return ret < 0 ? -1 : no_such(s, id, e);
	ret = take(failed, id, &h, e);
	if (ret == 1)
		ret = no_such(s, id, e);
	if (ret == 0) {
		en = spool_held_entry(h);
		en->entered = en->next = (int64_t)time(NULL);
		en->held = en->warned = false;
		en->tries = 0;
		free(en->why);
		en->why = NULL;
		ret = spool_held_draft(h, &d, e);
		/* there already: a crash came between these two steps */
		if (ret == 0)
			ret = spool_enter(s, d, en, e) < 0 ? -1 : 0;
		if (ret < 0 || spool_leave(h, e) < 0) {
			spool_release(h);
			ret = -1;
		}
	}
	spool_close(failed);
	return ret;
}

/* Line ends as a terminal wants them, controls made harmless. */
static void add_text(struct buf *out, const char *p, size_t n)
{
	while (n > 0) {
		const char *end = memchr(p, '\n', n);
		size_t line = end != NULL ? (size_t)(end - p) : n;
		size_t text = line > 0 && p[line - 1] == '\r' ? line - 1 : line;

		ascii_printable(out, p, text);
		if (end != NULL)
			buf_addc(out, '\n');
		line += end != NULL;
		p += line;
		n -= line;
	}
}

int handle_show(struct spool *s, const char *id, struct buf *out,
		struct err *e)
{
	const struct draft *d;
	struct draft_walk walk;
	struct spool_held *h;
	const char *p;
	size_t n = 1;
	int ret = take(s, id, &h, e);

	if (ret != 0)
		return ret;
	listing_entry(spool_held_entry(h), out);
	buf_addc(out, '\n');
	ret = spool_held_draft(h, &d, e);
	if (ret == 0) {
		add_text(out, buf_str(&d->head), d->head.len);
		draft_walk_init(&walk, d);
		while (n > 0 && !out->full &&
		       (ret = draft_walk_next(&walk, &p, &n, e)) == 0)
			add_text(out, p, n);
		draft_walk_clear(&walk);
	}
	spool_release(h);
	return ret;
}
