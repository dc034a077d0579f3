#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "flow/spool_int.h"
#include "flow/store.h"

#define HELD_BLOCK 16384	/* bytes of a message read with one call */
#define TICK_S 1		/* two changes in it may bear the same time */

/* Open ID's env and read it into L: 0; 1: gone; -1. */
static int read_env(struct spool *s, const char *id, bool write,
		    struct spool_look *l, struct err *e)
{
	char name[SPOOL_NAME_MAX];
	int ret;

	spool_name(name, id, ".env");
	ret = store_open_stat(s->dir, name, write, &l->env, &l->st, e);
	if (ret != 0)
		return ret;
	l->dated = l->st.st_ctim.tv_sec + TICK_S < time(NULL);
	return store_read_n(l->env, name, (size_t)l->st.st_size, &l->text, e);
}

static int parse_env(const char *id, const struct buf *text, struct entry *out,
		     struct err *e)
{
	if (entry_parse(buf_str(text), text->len, id, out, e) == 0)
		return 0;
	return err_wrap(e, "'%s.env'", id);
}

/* Read and parse; nothing is left in L unless 0 is given. */
static int look(struct spool *s, const char *id, bool write,
		struct spool_look *l, struct err *e)
{
	int ret;

	*l = (struct spool_look)SPOOL_LOOK_INIT;
	ret = read_env(s, id, write, l, e);
	if (ret == 0)
		ret = parse_env(id, &l->text, &l->en, e);
	if (ret != 0)
		spool_look_clear(l);
	return ret;
}

int spool_look(struct spool *s, const char *id, struct spool_look *l,
	       struct err *e)
{
	return look(s, id, true, l, e);
}

void spool_look_clear(struct spool_look *l)
{
	entry_clear(&l->en);
	buf_free(&l->text);
	if (l->env >= 0)
		close(l->env);
	l->env = -1;
}

int spool_peek(struct spool *s, const char *id, struct entry *out,
	       struct err *e)
{
	struct spool_look l;
	int ret = look(s, id, false, &l, e);

	if (ret != 0)
		return ret;
	*out = l.en;
	l.en = (struct entry)ENTRY_INIT;
	spool_look_clear(&l);
	return 0;
}

bool spool_busy(struct spool *s, const char *id)
{
	char name[SPOOL_NAME_MAX];
	bool busy;
	int fd;

	spool_name(name, id, ".msg");
	if (store_open(s->dir, name, true, &fd, NULL) != 0)
		return false;
	busy = store_locked(fd);
	close(fd);
	return busy;
}

/*
 * Is L's file still the env, and does it say what it said?  What other machines
 * may have done to it cannot be told from a file that stayed open.
 */
static bool unchanged(const struct spool *s, struct spool_look *l)
{
	struct timespec then = l->st.st_ctim;
	char name[SPOOL_NAME_MAX];

	spool_name(name, l->en.id, ".env");
	if (s->shared || !store_named(s->dir, name, &l->st) ||
	    (uint64_t)l->st.st_size != l->text.len)
		return false;
	if (l->dated && l->st.st_ctim.tv_sec == then.tv_sec &&
	    l->st.st_ctim.tv_nsec == then.tv_nsec)
		return true;
	return store_says(l->env, buf_str(&l->text), l->text.len);
}

/* Own ID, of which L may have been seen. */
static int take(struct spool *s, const char *id, struct spool_look *l,
		struct spool_held **out, struct err *e)
{
	struct spool_held *h;
	uint64_t size = 0;
	int msg, ret;

	ret = spool_own(s, id, &msg, &size, e);
	if (ret > 0 && !spool_there(s, id, ".msg") && spool_there(s, id, ".env"))
		ret = err_set(e, ERR_DATA, "'%s.msg' is missing", id);
	if (ret != 0)
		return ret < 0 ? -1 : 0;
	/* only now is the env sure to stay as it is */
	if (l->env < 0 || !unchanged(s, l)) {
		spool_look_clear(l);
		ret = look(s, id, true, l, e);
	}
	if (ret == 0 && size != l->en.size)
		ret = err_set(e, ERR_DATA, "'%s.msg' is not of the length that "
			      "it had", id);
	if (ret != 0) {
		close(msg);
		return ret < 0 ? -1 : 0;
	}
	h = xcalloc(1, sizeof *h);
	*h = (struct spool_held){ .s = s, .en = l->en, .msg = msg,
				  .env = l->env, .draft = DRAFT_INIT };
	l->en = (struct entry)ENTRY_INIT;
	l->env = -1;
	*out = h;
	return 1;
}

int spool_take(struct spool *s, const char *id, struct spool_held **out,
	       struct err *e)
{
	struct spool_look l = SPOOL_LOOK_INIT;
	int ret = take(s, id, &l, out, e);

	spool_look_clear(&l);
	return ret;
}

int spool_take_seen(struct spool *s, struct spool_look *l,
		    struct spool_held **out, struct err *e)
{
	char id[ENTRY_ID_MAX];

	memcpy(id, l->en.id, sizeof id);
	return take(s, id, l, out, e);
}

int spool_take_within(struct spool *s, const char *id, int ms,
		      struct spool_held **out, struct err *e)
{
	for (int waited = 0;; waited += 10) {
		int ret = spool_take(s, id, out, e);

		if (ret != 0 || waited >= ms || !spool_there(s, id, ".env"))
			return ret;
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
}

struct entry *spool_held_entry(struct spool_held *h)
{
	return &h->en;
}

/* N bytes of the message from OFF on into OUT. */
static int read_msg(struct spool_held *h, uint64_t off, size_t n,
		    struct buf *out, struct err *e)
{
	char block[HELD_BLOCK];

	while (n > 0) {
		ssize_t got = pread(h->msg, block, n < sizeof block ? n :
				    sizeof block, (off_t)off);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return store_fail(e, got < 0 ? errno : EIO, "read",
					  h->en.id);
		buf_add(out, block, (size_t)got);
		off += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

/* A small message is read with one call; of others only the head is. */
static int load(struct spool_held *h, struct err *e)
{
	struct draft *d = &h->draft;
	size_t head = (size_t)h->en.head;

	if (h->en.size > HELD_BLOCK) {
		d->fd = h->msg;
		d->off = (off_t)head;
		return read_msg(h, 0, head, &d->head, e);
	}
	if (read_msg(h, 0, (size_t)h->en.size, &d->head, e) < 0)
		return -1;
	buf_add(&d->mem, buf_str(&d->head) + head, d->head.len - head);
	buf_truncate(&d->head, head);
	return 0;
}

int spool_held_draft(struct spool_held *h, const struct draft **out,
		     struct err *e)
{
	struct draft *d = &h->draft;

	*out = d;
	if (h->loaded)
		return 0;
	buf_clear(&d->head);
	if (load(h, e) < 0)
		return -1;
	d->len = h->en.size - h->en.head;
	traits_init(&d->traits);
	d->traits.raw = d->traits.size = d->len;
	d->traits.eightbit = h->en.eightbit;
	d->mended = true;
	h->loaded = true;
	return 0;
}

static void forget_env(struct spool_held *h)
{
	if (h->env >= 0)
		close(h->env);
	h->env = -1;
}

static void free_held(struct spool_held *h)
{
	forget_env(h);
	close(h->msg);
	draft_clear(&h->draft);
	entry_clear(&h->en);
	free(h);
}

void spool_release(struct spool_held *h)
{
	if (h != NULL)
		free_held(h);
}

int spool_update(struct spool_held *h, struct err *e)
{
	if (spool_write_env(h->s, &h->en, e) < 0)
		return -1;
	forget_env(h);			/* another file has its name now */
	h->s->dirty = true;
	return 0;
}

/* The env that is there now, open for a change in place. */
static int open_env(struct spool_held *h, struct err *e)
{
	char name[SPOOL_NAME_MAX];
	int ret;

	if (h->env >= 0)
		return 0;
	spool_name(name, h->en.id, ".env");
	ret = store_open(h->s->dir, name, true, &h->env, e);
	if (ret == 0)
		return 0;
	h->env = -1;
	return ret < 0 ? -1 : err_set(e, ERR_DATA, "'%s' is gone", name);
}

static int put_digit(struct spool_held *h, const char *digit, struct err *e)
{
	if (open_env(h, e) < 0)
		return -1;
	return store_write_at(h->env, h->en.id, digit, 1, ENTRY_SENDING_AT, e);
}

int spool_sending(struct spool_held *h, bool on, struct err *e)
{
	return put_digit(h, on ? "1" : "0", e);
}

int spool_cut_off(struct spool_held *h, struct err *e)
{
	int ret = put_digit(h, "1", e);

	if (ret == 0)
		ret = store_sync(h->env, h->en.id, e);
	if (ret < 0)
		h->s->lost = *e;
	return ret;
}

int spool_strike(struct spool_held *h, const char *addr, struct err *e)
{
	struct buf text = BUF_INIT(ENTRY_FILE_MAX);
	long at;
	int ret;

	if (open_env(h, e) < 0)
		return -1;
	ret = store_read(h->env, h->en.id, &text, e);
	if (ret == 0) {
		at = entry_strike_at(buf_str(&text), text.len, addr);
		if (at >= 0)
			ret = store_write_at(h->env, h->en.id, "x", 1, at, e);
		if (ret == 0 && at >= 0)
			ret = store_sync(h->env, h->en.id, e);
	}
	buf_free(&text);
	return ret;
}

/* Row 3l -> 2, but locked. */
static int remove_env(struct spool_held *h, struct err *e)
{
	char name[SPOOL_NAME_MAX];

	spool_name(name, h->en.id, ".env");
	if (store_unlink(h->s->dir, name, e) < 0)
		return -1;
	forget_env(h);
	h->s->dirty = true;
	return 0;
}

/*
 * An env that cannot be removed can say that nobody waits for it.  It is let go
 * of as it is, for whoever finds it, and the next sync tells.
 */
int spool_leave(struct spool_held *h, struct err *e)
{
	struct spool *s = h->s;
	struct err why = ERR_INIT;

	if (s->n_settled == SPOOL_SETTLED && spool_sync(s, e) < 0)
		return -1;
	if (remove_env(h, &why) == 0) {
		draft_clear(&h->draft);		/* it is not sent again */
		s->settled[s->n_settled++] = h;
		return 0;
	}
	if (put_digit(h, "2", e) < 0)
		return -1;
	if (s->trouble.kind == ERR_NONE)
		s->trouble = why;
	free_held(h);
	return 0;
}

/* Row 2 -> 0. */
static void remove_msg(struct spool_held *h)
{
	char name[SPOOL_NAME_MAX];

	spool_name(name, h->en.id, ".msg");
	store_unlink(h->s->dir, name, NULL);
	free_held(h);
}

bool spool_spare(struct spool *s)
{
	if (s->n_synced == 0)
		return false;
	remove_msg(s->synced[--s->n_synced]);
	return true;
}

int spool_sync_names(struct spool *s, struct err *e)
{
	struct err first;
	int ret = 0;

	while (s->n_synced > 0)
		remove_msg(s->synced[--s->n_synced]);
	first = s->trouble;
	s->trouble = (struct err)ERR_INIT;
	if (s->dirty)
		ret = store_sync(s->dir, s->path, e);
	if (ret == 0)
		s->dirty = false;
	else
		s->lost = *e;
	for (size_t i = 0; i < s->n_settled; i++) {
		/* unsynced, the env may come back: it must find its message */
		if (ret == 0)
			s->synced[s->n_synced++] = s->settled[i];
		else
			free_held(s->settled[i]);
	}
	s->n_settled = 0;
	if (first.kind == ERR_NONE)
		return ret;
	*e = first;
	return -1;
}

int spool_sync(struct spool *s, struct err *e)
{
	int ret = spool_sync_names(s, e);

	while (spool_spare(s))
		continue;
	return ret;
}

int spool_lost(const struct spool *s, struct err *e)
{
	if (s->lost.kind == ERR_NONE)
		return 0;
	*e = s->lost;
	return -1;
}

void spool_forget_lost(struct spool *s)
{
	s->lost = (struct err)ERR_INIT;
}

int spool_secure(struct spool *s, const char *id, struct err *e)
{
	struct spool_look l;
	int ret = look(s, id, true, &l, e);

	if (ret != 0)	/* gone, or nobody can tell what it says */
		return ret < 0 && e->kind != ERR_DATA ? -1 : 0;
	if (l.en.sending || l.en.env.n == 0)
		ret = store_sync(l.env, id, e);
	if (ret < 0)
		s->lost = *e;
	spool_look_clear(&l);
	return ret;
}

void spool_touched(struct spool *s)
{
	s->dirty = true;
}

int spool_bury(struct spool_held *h, struct err *e)
{
	struct spool *failed;
	const struct draft *d;
	struct entry copy;
	int ret;

	if (spool_held_draft(h, &d, e) < 0 ||
	    spool_open_failed(h->s, true, &failed, e) < 0)
		return -1;
	copy = h->en;	/* borrowed but for what enter fills in */
	ret = spool_enter(failed, d, &copy, e);
	spool_close(failed);
	return ret < 0 ? -1 : spool_leave(h, e);
}
