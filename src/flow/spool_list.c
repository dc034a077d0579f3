#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "flow/spool_int.h"
#include "flow/store.h"

/*
 * NAME as "ID.suffix": the id into ID and the suffix is given; NULL when it
 * is neither ID.msg, ID.env nor ID.new.
 */
static const char *split(const char *name, char id[ENTRY_ID_MAX])
{
	size_t n = strlen(name);
	const char *suffix;

	if (n < 5 || !entry_id_ok(name, n - 4))
		return NULL;
	suffix = name + n - 4;
	if (strcmp(suffix, ".msg") != 0 && strcmp(suffix, ".env") != 0 &&
	    strcmp(suffix, ".new") != 0)
		return NULL;
	memcpy(id, name, n - 4);
	id[n - 4] = '\0';
	return suffix;
}

void spool_ids_add(struct spool_ids *ids, const char *id)
{
	if (ids->n == ids->cap) {
		ids->cap = ids->cap > 0 ? 2 * ids->cap : 64;
		ids->id = xreallocarray(ids->id, ids->cap, sizeof *ids->id);
	}
	strncpy(ids->id[ids->n], id, ENTRY_ID_MAX - 1);
	ids->id[ids->n++][ENTRY_ID_MAX - 1] = '\0';
}

void spool_ids_clear(struct spool_ids *ids)
{
	free(ids->id);
	*ids = (struct spool_ids)SPOOL_IDS_INIT;
}

/* The MAX smallest ids behind AFTER: a heap whose top is the largest. */
struct window {
	const char *after;
	size_t max;
	struct spool_ids *ids;
};

static void swap(struct spool_ids *ids, size_t a, size_t b)
{
	char t[ENTRY_ID_MAX];

	memcpy(t, ids->id[a], sizeof t);
	memcpy(ids->id[a], ids->id[b], sizeof t);
	memcpy(ids->id[b], t, sizeof t);
}

static void sift_up(struct spool_ids *ids, size_t i)
{
	while (i > 0 && strcmp(ids->id[(i - 1) / 2], ids->id[i]) < 0) {
		swap(ids, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
}

static void sift_down(struct spool_ids *ids, size_t i)
{
	for (;;) {
		size_t big = i, left = 2 * i + 1, right = left + 1;

		if (left < ids->n && strcmp(ids->id[left], ids->id[big]) > 0)
			big = left;
		if (right < ids->n && strcmp(ids->id[right], ids->id[big]) > 0)
			big = right;
		if (big == i)
			return;
		swap(ids, i, big);
		i = big;
	}
}

static int look(void *ctx, const char *name)
{
	struct window *w = ctx;
	struct spool_ids *ids = w->ids;
	char id[ENTRY_ID_MAX];
	const char *suffix = split(name, id);

	if (suffix == NULL || strcmp(suffix, ".env") != 0 ||
	    strcmp(id, w->after) <= 0)
		return 0;
	if (ids->n < w->max) {
		spool_ids_add(ids, id);
		sift_up(ids, ids->n - 1);
	} else if (strcmp(id, ids->id[0]) < 0) {
		memcpy(ids->id[0], id, sizeof id);
		sift_down(ids, 0);
	}
	return 0;
}

static int by_age(const void *a, const void *b)
{
	return strcmp(a, b);
}

int spool_window(struct spool *s, const char *after, size_t max,
		 struct spool_ids *ids, struct err *e)
{
	struct window w = { .after = after, .max = max, .ids = ids };
	int ret;

	ids->n = 0;
	ret = store_each(s->dir, look, &w, e);
	if (ret < 0)
		ids->n = 0;
	else if (ids->n > 0)
		qsort(ids->id, ids->n, sizeof *ids->id, by_age);
	return ret;
}

struct walk {
	struct spool *s;
	void (*fn)(void *ctx, const char *name, const char *reason);
	void *ctx;
	size_t *removed;
	int ret;		/* -1: E tells of one of them */
	struct err *e;
};

/* Names that the server of a network file system or we ourselves keep. */
static bool known(const char *name)
{
	return strncmp(name, ".nfs", 4) == 0 || strcmp(name, "run") == 0 ||
	       strcmp(name, "failed") == 0;
}

static int check_name(void *ctx, const char *name)
{
	struct walk *w = ctx;
	char id[ENTRY_ID_MAX], text[64], msg[SPOOL_NAME_MAX];
	const char *suffix = split(name, id), *wrong;
	struct stat st;

	if (known(name))
		return 0;
	if (suffix == NULL) {
		w->fn(w->ctx, name, "is not ours");
		return 0;
	}
	if (fstatat(w->s->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;	/* gone meanwhile */
	wrong = store_wrong(&st, text);
	if (wrong != NULL) {
		w->fn(w->ctx, name, wrong);
		return 0;
	}
	spool_name(msg, id, ".msg");
	if (strcmp(suffix, ".env") == 0 &&
	    fstatat(w->s->dir, msg, &st, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == ENOENT &&
	    fstatat(w->s->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		w->fn(w->ctx, name, "its message is missing");
	return 0;
}

int spool_strange(struct spool *s,
		  void (*fn)(void *ctx, const char *name, const char *reason),
		  void *ctx, struct err *e)
{
	struct walk w = { .s = s, .fn = fn, .ctx = ctx };

	return store_each(s->dir, check_name, &w, e);
}

static int gone(struct spool *s, const char *name)
{
	struct stat st;

	return fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 &&
	       errno == ENOENT;
}

int spool_repair_id(struct spool *s, const char *id, size_t *removed,
		    struct err *e)
{
	char msg[SPOOL_NAME_MAX], env[SPOOL_NAME_MAX], new[SPOOL_NAME_MAX];
	int fd, ret;

	spool_name(msg, id, ".msg");
	spool_name(env, id, ".env");
	spool_name(new, id, ".new");
	ret = store_open(s->dir, msg, true, &fd, e);
	if (ret == 1)	/* nobody can own it: it has no message */
		return store_unlink(s->dir, new, e);
	if (ret < 0)
		return e != NULL && e->kind == ERR_DATA ? 0 : -1;
	ret = store_lock(fd, msg, e);
	if (ret == 0 && store_same(s->dir, msg, fd)) {
		ret = store_unlink(s->dir, new, e);
		if (ret == 0 && gone(s, env)) {
			ret = store_unlink(s->dir, msg, e);
			if (ret == 0 && removed != NULL)
				(*removed)++;
		}
	}
	close(fd);
	return ret < 0 ? -1 : 0;
}

static int repair_name(void *ctx, const char *name)
{
	struct walk *w = ctx;
	char id[ENTRY_ID_MAX], env[SPOOL_NAME_MAX];
	const char *suffix = split(name, id);

	if (suffix == NULL || strcmp(suffix, ".env") == 0)
		return 0;
	spool_name(env, id, ".env");
	if (strcmp(suffix, ".msg") == 0 && !gone(w->s, env))
		return 0;
	if (spool_repair_id(w->s, id, w->removed, w->e) < 0)
		w->ret = -1;
	return 0;
}

int spool_repair(struct spool *s, size_t *removed, struct err *e)
{
	struct walk w = { .s = s, .removed = removed, .e = e };

	if (removed != NULL)
		*removed = 0;
	return store_each(s->dir, repair_name, &w, e) < 0 ? -1 : w.ret;
}

/* Nobody waits for it, if so ID's env says: what began to leave leaves. */
static int finish_id(struct spool *s, const char *id, struct err *e)
{
	struct entry en = ENTRY_INIT;
	struct spool_held *h;
	int ret = spool_peek(s, id, &en, e);
	bool settled = ret == 0 && en.env.n == 0;

	entry_clear(&en);
	if (!settled)	/* what is damaged is a person's */
		return ret < 0 && e->kind != ERR_DATA ? -1 : 0;
	ret = spool_take(s, id, &h, e);
	if (ret != 1 || spool_leave(h, e) == 0)
		return ret < 0 ? -1 : 0;
	spool_release(h);
	return -1;
}

int spool_tidy(struct spool *s, struct err *e)
{
	struct spool_ids ids = SPOOL_IDS_INIT;
	char after[ENTRY_ID_MAX] = "";
	int ret = 0, bad = 0;

	do {
		ret = spool_window(s, after, SPOOL_WINDOW, &ids, e);
		for (size_t i = 0; i < ids.n; i++)
			bad += finish_id(s, ids.id[i], e) < 0;
		if (ids.n > 0)
			memcpy(after, ids.id[ids.n - 1], sizeof after);
	} while (ids.n == SPOOL_WINDOW);
	spool_ids_clear(&ids);
	if (spool_sync(s, e) < 0 || spool_repair(s, NULL, e) < 0 || bad > 0)
		ret = -1;
	return ret;
}
