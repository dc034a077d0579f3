#include "flow/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "flow/spool_int.h"
#include "flow/store.h"

void spool_name(char out[SPOOL_NAME_MAX], const char *id, const char *suffix)
{
	snprintf(out, SPOOL_NAME_MAX, "%s%s", id, suffix);
}

static int open_queue(const char *path, int at, bool make, struct spool **out,
		      struct err *e)
{
	struct spool *s;
	int fd, ret;

	ret = at < 0 ? store_dir(path, make, &fd, e) :
		store_subdir(at, "failed", make, &fd, e);
	if (ret != 0)
		return ret;
	s = xcalloc(1, sizeof *s);
	s->path = xstrdup(path);
	s->dir = fd;
	s->run = -1;
	*out = s;
	return 0;
}

/*
 * A new queue's own name must survive a power cut as well.  Whoever meets it
 * without "run" syncs the directories above and then makes that folder.
 */
static int finish_queue(struct spool *s, struct err *e)
{
	int ret = store_subdir(s->dir, "run", false, &s->run, e);

	if (ret != 1)
		return ret;
	store_sync_above(s->path);
	ret = store_subdir(s->dir, "run", true, &s->run, e);
	return ret < 0 ? -1 : store_sync(s->dir, s->path, e);
}

int spool_open(const char *dir, bool make, struct spool **out, struct err *e)
{
	int ret = open_queue(dir, -1, make, out, e);

	if (ret == 0 && make && finish_queue(*out, e) < 0) {
		spool_close(*out);
		return -1;
	}
	return ret;
}

int spool_open_failed(const struct spool *s, bool make, struct spool **out,
		      struct err *e)
{
	char *path = xasprintf("%s/failed", s->path);
	int ret = open_queue(path, s->dir, make, out, e);

	if (ret == 0 && make && store_sync(s->dir, s->path, e) < 0) {
		spool_close(*out);
		ret = -1;
	}
	free(path);
	return ret;
}

void spool_close(struct spool *s)
{
	struct err ignored = ERR_INIT;

	if (s == NULL)
		return;
	spool_sync(s, &ignored);
	if (s->run >= 0)
		close(s->run);
	close(s->dir);
	free(s->path);
	free(s);
}

const char *spool_path(const struct spool *s)
{
	return s->path;
}

int spool_run_dir(struct spool *s, struct err *e)
{
	if (s->run < 0 && store_subdir(s->dir, "run", true, &s->run, e) < 0)
		return -1;
	return s->run;
}

bool spool_there(struct spool *s, const char *id, const char *suffix)
{
	char name[SPOOL_NAME_MAX];

	spool_name(name, id, suffix);
	return faccessat(s->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int spool_own(struct spool *s, const char *id, int *fd, struct err *e)
{
	char name[SPOOL_NAME_MAX];
	int ret;

	spool_name(name, id, ".msg");
	ret = store_open(s->dir, name, true, fd, e);
	if (ret != 0)
		return ret;
	ret = store_lock(*fd, name, e);
	if (ret == 0 && !store_same(s->dir, name, *fd))
		ret = 1;
	if (ret != 0)
		close(*fd);
	return ret;
}

int spool_write_env(struct spool *s, const struct entry *en, struct err *e)
{
	struct buf text = BUF_INIT(ENTRY_FILE_MAX);
	char tmp[SPOOL_NAME_MAX], name[SPOOL_NAME_MAX];
	int ret;

	spool_name(tmp, en->id, ".new");
	spool_name(name, en->id, ".env");
	ret = entry_print(en, &text, e);
	if (ret == 0)
		ret = store_replace(s->dir, tmp, name, buf_str(&text), text.len,
				    true, e);
	buf_free(&text);
	return ret;
}

int spool_peek(struct spool *s, const char *id, struct entry *out,
	       struct err *e)
{
	struct buf text = BUF_INIT(ENTRY_FILE_MAX);
	char name[SPOOL_NAME_MAX];
	int fd, ret;

	spool_name(name, id, ".env");
	ret = store_open(s->dir, name, false, &fd, e);
	if (ret != 0)
		return ret;
	ret = store_read(fd, name, &text, e);
	close(fd);
	if (ret == 0 && entry_parse(buf_str(&text), text.len, id, out, e) < 0)
		ret = err_wrap(e, "'%s'", name);
	buf_free(&text);
	return ret;
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

int spool_take(struct spool *s, const char *id, struct spool_held **out,
	       struct err *e)
{
	struct spool_held *h;
	struct entry en;
	struct stat st;
	int fd, ret;

	ret = spool_own(s, id, &fd, e);
	if (ret != 0)
		return ret < 0 ? -1 : 0;
	/* only now is the env sure to stay as it is */
	ret = spool_peek(s, id, &en, e);
	if (ret != 0) {
		close(fd);
		return ret < 0 ? -1 : 0;
	}
	st.st_size = (off_t)en.size;
	if (fstat(fd, &st) < 0 || (uint64_t)st.st_size != en.size) {
		if ((uint64_t)st.st_size != en.size)
			err_set(e, ERR_DATA, "'%s.msg' is not of the length "
				"that it had", id);
		else
			store_fail(e, errno, "look at", id);
		entry_clear(&en);
		close(fd);
		return -1;
	}
	h = xcalloc(1, sizeof *h);
	h->s = s;
	h->en = en;
	h->draft = (struct draft)DRAFT_INIT;
	h->draft.fd = fd;
	*out = h;
	return 1;
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

int spool_held_draft(struct spool_held *h, const struct draft **out,
		     struct err *e)
{
	struct draft *d = &h->draft;
	size_t head = (size_t)h->en.head;

	*out = d;
	if (h->loaded)
		return 0;
	buf_clear(&d->head);
	while (d->head.len < head) {
		char block[16384];
		size_t want = head - d->head.len;
		ssize_t got = pread(d->fd, block,
				    want < sizeof block ? want : sizeof block,
				    (off_t)d->head.len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return store_fail(e, got < 0 ? errno : EIO, "read",
					  h->en.id);
		buf_add(&d->head, block, (size_t)got);
	}
	d->off = (off_t)head;
	d->len = h->en.size - head;
	traits_init(&d->traits);
	d->traits.raw = d->traits.size = d->len;
	d->traits.eightbit = h->en.eightbit;
	h->loaded = true;
	return 0;
}

static void free_held(struct spool_held *h)
{
	close(h->draft.fd);
	h->draft.fd = -1;
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
	h->s->dirty = true;
	return 0;
}

int spool_sending(struct spool_held *h, bool on, struct err *e)
{
	char name[SPOOL_NAME_MAX];
	int fd, ret;

	spool_name(name, h->en.id, ".env");
	ret = store_open(h->s->dir, name, true, &fd, e);
	if (ret == 1)
		return err_set(e, ERR_DATA, "'%s' is gone", name);
	if (ret < 0)
		return -1;
	ret = store_write_at(fd, name, on ? "1" : "0", 1, ENTRY_SENDING_AT, e);
	close(fd);
	return ret;
}

int spool_strike(struct spool_held *h, const char *addr, struct err *e)
{
	struct buf text = BUF_INIT(ENTRY_FILE_MAX);
	char name[SPOOL_NAME_MAX];
	int fd, ret;
	long at;

	spool_name(name, h->en.id, ".env");
	ret = store_open(h->s->dir, name, true, &fd, e);
	if (ret != 0)
		return -1;
	ret = store_read(fd, name, &text, e);
	if (ret == 0) {
		at = entry_strike_at(buf_str(&text), text.len, addr);
		if (at >= 0)
			ret = store_write_at(fd, name, "x", 1, at, e);
		if (ret == 0 && at >= 0)
			ret = store_sync(fd, name, e);
	}
	buf_free(&text);
	close(fd);
	return ret;
}

int spool_leave(struct spool_held *h, struct err *e)
{
	struct spool *s = h->s;
	char name[SPOOL_NAME_MAX];

	if (s->n_settled == SPOOL_SETTLED && spool_sync(s, e) < 0)
		return -1;
	spool_name(name, h->en.id, ".env");
	if (store_unlink(s->dir, name, e) < 0)
		return -1;
	s->dirty = true;
	s->settled[s->n_settled++] = h;			/* row 2, but locked */
	return 0;
}

int spool_sync(struct spool *s, struct err *e)
{
	struct err first = ERR_INIT;
	char name[SPOOL_NAME_MAX];
	int ret = 0;

	if (s->dirty)
		ret = store_sync(s->dir, s->path, &first);
	if (ret == 0)
		s->dirty = false;
	for (size_t i = 0; i < s->n_settled; i++) {
		struct spool_held *h = s->settled[i];

		/* unsynced, the env may come back: it must find its message */
		spool_name(name, h->en.id, ".msg");
		if (ret == 0)
			store_unlink(s->dir, name, NULL);
		free_held(h);				/* row 0 */
	}
	s->n_settled = 0;
	if (ret < 0)
		*e = first;
	return ret;
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
