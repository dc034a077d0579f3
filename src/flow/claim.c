#include "flow/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "flow/store.h"
#include "sys/host.h"

#define FILE_BYTES 45056	/* whole blocks; CLAIM_MAX ids fit in */
#define RUNS_MAX 16		/* claim files of one machine */
#define HOST_MAX 64		/* bytes kept of its name */
#define NAME_BYTES (HOST_MAX + 32)
#define FIRST_LINE "ostler-claim 1\n"
#define NOTHING FIRST_LINE "end\n"
#define INHERIT_MS 5000		/* how long others are waited for */

struct claim {
	struct spool *s;
	int dir;		/* the folder "run"; the spool's */
	int fd;
	char name[NAME_BYTES];
	char host[HOST_MAX + 1];
	char boot[64];
	struct spool_ids foreign;	/* that other machines are sending */
	bool lost;		/* a file of this boot tells of a failed fsync */
	bool needy;		/* there is no other: such a one is taken */
};

/* A claim file as read. */
struct record {
	char host[HOST_MAX + 1];
	char boot[64];
	long long time;
	bool lost;
	struct spool_ids ids;
};

/* The machine's name in characters that a file name may have. */
static void get_host(char out[HOST_MAX + 1])
{
	char *name = host_name();
	size_t n = 0;

	for (const char *p = name; *p != '\0' && n < HOST_MAX; p++, n++)
		out[n] = ascii_isalnum(*p) || *p == '-' ||
			(*p == '.' && n > 0) ? *p : '_';
	out[n] = '\0';
	free(name);
}

static void get_boot(char out[64])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, out, 63) : 0;

	if (fd >= 0)
		close(fd);
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	if (out[0] == '\0')
		strcpy(out, "unknown");
}

/* "KEY value" into OUT, cut. */
static bool value_of(const char *line, const char *key, char *out, size_t size)
{
	size_t n = strlen(key);

	if (strncmp(line, key, n) != 0)
		return false;
	snprintf(out, size, "%s", line + n);
	return true;
}

static void read_line(struct record *r, const char *line)
{
	char text[ENTRY_ID_MAX];

	if (value_of(line, "host ", r->host, sizeof r->host) ||
	    value_of(line, "boot ", r->boot, sizeof r->boot))
		return;
	if (value_of(line, "time ", text, sizeof text))
		r->time = atoll(text);
	else if (value_of(line, "lost ", text, sizeof text))
		r->lost = text[0] == '1';
	else if (value_of(line, "id ", text, sizeof text) &&
		 entry_id_ok(text, strlen(text)) && r->ids.n < CLAIM_MAX)
		spool_ids_add(&r->ids, text);
}

/*
 * What FD says, up to "end".  A torn file is no error: it was being
 * written, so nothing of it had been sent.
 */
static int read_record(int fd, const char *name, struct record *r,
		       struct err *e)
{
	struct buf text = BUF_INIT(2 * FILE_BYTES);
	size_t first = strlen(FIRST_LINE);
	char *line, *save = NULL;

	*r = (struct record){ .time = 0 };
	if (store_read(fd, name, &text, e) < 0) {
		buf_free(&text);
		return -1;
	}
	if (text.len > first && memcmp(text.p, FIRST_LINE, first) == 0)
		for (line = strtok_r(text.p + first, "\n", &save);
		     line != NULL && strcmp(line, "end") != 0;
		     line = strtok_r(NULL, "\n", &save))
			read_line(r, line);
	buf_free(&text);
	return 0;
}

/* Make FD's file say that we are about to send IDS. */
static int write_down(const struct claim *c, int fd, const char *name,
		      const struct spool_ids *ids, bool lost, struct err *e)
{
	struct buf text = BUF_INIT(FILE_BYTES);
	int ret;

	buf_addf(&text, FIRST_LINE "host %s\nboot %s\npid %ld\ntime %lld\n"
		 "lost %d\n", c->host, c->boot, (long)getpid(),
		 (long long)time(NULL), lost);
	for (size_t i = 0; i < ids->n; i++) {
		buf_adds(&text, "id ");
		buf_adds(&text, ids->id[i]);
		buf_addc(&text, '\n');
	}
	buf_adds(&text, "end\n");
	buf_fill(&text, '\n', FILE_BYTES - text.len);
	ret = text.full ? err_set(e, ERR_SOFTWARE, "too many ids in a claim") :
		store_write_at(fd, name, text.p, text.len, 0, e);
	buf_free(&text);
	return ret == 0 ? store_sync_bytes(fd, name, e) : ret;
}

/* Is there still somebody whom ID has to reach? */
static bool waits(struct spool *s, const char *id)
{
	struct err ignored = ERR_INIT;
	struct entry en;
	bool is = spool_peek(s, id, &en, &ignored) == 0;

	if (!is)
		return false;
	is = en.env.n > 0;
	entry_clear(&en);
	return is;
}

/* ID may have been sent.  -1: that cannot be written down now. */
static int mark(struct spool *s, const char *id, struct err *e)
{
	struct spool_held *h;
	struct entry *en;
	int ret = spool_take_within(s, id, INHERIT_MS, &h, e);

	if (ret == 0)
		return waits(s, id) ? err_set(e, ERR_TEMP, "'%s' is in other "
					      "hands", id) : 0;
	if (ret < 0)	/* what is damaged is not sent either */
		return e->kind != ERR_DATA ? -1 : 0;
	en = spool_held_entry(h);
	if (en->env.n > 0) {
		entry_cut_off(en, false, time(NULL));
		ret = spool_update(h, e);
		if (ret < 0)
			ret = spool_cut_off(h, e);
	}
	spool_release(h);
	return ret < 0 ? -1 : 0;
}

/* May the owner of R, whose lock we do not see, still be at it?  One of the two
 * clocks may be wrong, but no claim is of the future. */
static bool alive_elsewhere(const struct claim *c, const struct record *r)
{
	return strcmp(r->boot, c->boot) != 0 && strcmp(r->host, c->host) != 0 &&
	       llabs(time(NULL) - r->time) < CLAIM_FOREIGN_S;
}

static int mark_all(struct spool *s, const struct spool_ids *ids,
		    struct err *e)
{
	int ret = 0;

	for (size_t i = 0; i < ids->n; i++)
		if (mark(s, ids->id[i], e) < 0)
			ret = -1;
	return ret;
}

/* All that R's owner did, and what was marked, to the disk. */
static int secure(struct spool *s, const struct record *r, struct err *e)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < r->ids.n; i++)
		ret = spool_secure(s, r->ids.id[i], e);
	spool_touched(s);
	return ret == 0 ? spool_sync(s, e) : ret;
}

/*
 * R's messages are marked, or tell for themselves.  That is on the disk before
 * the claim goes; when it perhaps never will be, the claim is ours from now on,
 * and stays.
 */
static int settle_record(struct claim *c, int fd, const char *name,
			 const struct record *r, bool stays, struct err *e)
{
	struct err ignored = ERR_INIT;

	if (stays)
		return spool_sync(c->s, e);
	if (secure(c->s, r, e) < 0) {
		if (spool_lost(c->s, &ignored) < 0)
			write_down(c, fd, name, &r->ids, true, &ignored);
		return -1;
	}
	return store_write_at(fd, name, NOTHING, strlen(NOTHING), 0, e);
}

/*
 * FD, which we have locked, lists what somebody else was about to send.  1:
 * it stays; its messages are left alone if that one may still be at it,
 * or not all of them could be marked.
 */
static int inherit(struct claim *c, int fd, const char *name, struct err *e)
{
	struct record r;
	bool stays = false, here;
	int ret = read_record(fd, name, &r, e);

	here = strcmp(r.boot, c->boot) == 0;
	if (ret == 0 && r.ids.n > 0 && here && r.lost && !c->needy) {
		stays = c->lost = true;
	} else if (ret == 0 && r.ids.n > 0) {
		stays = alive_elsewhere(c, &r);
		if (!stays && !here)
			stays = mark_all(c->s, &r.ids, e) < 0;
		for (size_t i = 0; stays && i < r.ids.n; i++)
			spool_ids_add(&c->foreign, r.ids.id[i]);
		ret = settle_record(c, fd, name, &r, stays, e);
	}
	spool_ids_clear(&r.ids);
	return ret == 0 && stays ? 1 : ret;
}

/*
 * FD is locked.  If what it lists is from before this boot, its owner is
 * marking right now and nothing of it may be touched before he is through.
 */
static int being_inherited(struct claim *c, int fd, const char *name,
			   struct err *e)
{
	struct record r;
	bool is;

	if (read_record(fd, name, &r, e) < 0)
		return -1;
	is = r.ids.n > 0 && strcmp(r.boot, c->boot) != 0 &&
		!alive_elsewhere(c, &r);
	spool_ids_clear(&r.ids);
	return is;
}

/* What FD lists is not for us. */
static int leave_alone(struct claim *c, int fd, const char *name, struct err *e)
{
	struct record r;

	if (read_record(fd, name, &r, e) < 0)
		return -1;
	for (size_t i = 0; i < r.ids.n; i++)
		spool_ids_add(&c->foreign, r.ids.id[i]);
	spool_ids_clear(&r.ids);
	return 1;
}

/*
 * FD's messages are marked or left alone, by us or by whom we wait for.  Marking
 * is a sync for each, so that he may take longer than we do.
 */
static int settle_file(struct claim *c, int fd, const char *name,
		       struct err *e)
{
	for (int waited = 0; waited < INHERIT_MS; waited += 10) {
		int ret = store_lock(fd, name, e);

		if (ret == 0)
			return inherit(c, fd, name, e);
		if (ret > 0)
			ret = being_inherited(c, fd, name, e);
		if (ret <= 0)
			return ret;
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	return leave_alone(c, fd, name, e);
}

struct looking {
	struct claim *c;
	struct err *e;
};

/* One claim file that is not ours.  -1: nobody knows what it lists, and
 * nothing may be sent. */
static int look_at(void *ctx, const char *name)
{
	struct looking *l = ctx;
	struct err e = ERR_INIT;
	size_t n = strlen(name);
	int fd, ret;

	if (n < 7 || strcmp(name + n - 6, ".claim") != 0 ||
	    strcmp(name, l->c->name) == 0)
		return 0;
	ret = store_open(l->c->dir, name, true, &fd, &e);
	if (ret > 0 || (ret < 0 && e.kind == ERR_DATA))
		return 0;	/* gone, or somebody's idea of a claim file */
	if (ret == 0) {
		ret = settle_file(l->c, fd, name, &e);
		close(fd);
	}
	if (ret < 0)
		*l->e = e;
	return ret < 0 ? -1 : 0;
}

/* Ours alone, and still the file of that name: 0; 1: not so. */
static int own_file(struct claim *c, struct err *e)
{
	int ret = store_lock(c->fd, c->name, e);

	return ret == 0 && !store_same(c->dir, c->name, c->fd) ? 1 : ret;
}

/*
 * A new file, made whole before anything depends on it, and its bytes only
 * when its name is on the disk: so a whole one has a name that lasts.
 */
static int make_file(struct claim *c, struct err *e)
{
	char block[FILE_BYTES];
	int ret;

	memset(block, '\n', sizeof block);
	ret = store_create(c->dir, c->name, &c->fd, e);
	if (ret == 0)
		ret = own_file(c, e);
	if (ret == 0)
		ret = store_sync(c->dir, "run", e);
	if (ret == 0)
		ret = store_write_at(c->fd, c->name, block, sizeof block, 0, e);
	return ret == 0 ? store_sync(c->fd, c->name, e) : ret;
}

/* FD is ours: was it ever finished? */
static bool is_whole(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size >= FILE_BYTES;
}

/* The file is there. */
static int reuse_file(struct claim *c, struct err *e)
{
	int ret = own_file(c, e);

	if (ret == 0)
		ret = inherit(c, c->fd, c->name, e);
	if (ret != 0 || is_whole(c->fd))
		return ret;
	ret = store_unlink(c->dir, c->name, e);
	close(c->fd);
	c->fd = -1;
	return ret == 0 ? make_file(c, e) : ret;
}

/* One of this machine's files that nobody uses: 0; 1: not this one. */
static int try_file(struct claim *c, int i, struct err *e)
{
	int ret;

	snprintf(c->name, sizeof c->name, "%s.%d.claim", c->host, i);
	ret = store_open(c->dir, c->name, true, &c->fd, e);
	if (ret < 0 && e->kind == ERR_DATA)
		return 1;	/* somebody's idea of a claim file */
	if (ret >= 0)
		ret = ret == 1 ? make_file(c, e) : reuse_file(c, e);
	if (ret != 0 && c->fd >= 0) {
		close(c->fd);
		c->fd = -1;
	}
	return ret;
}

int claim_open(struct spool *s, struct claim **out, struct err *e)
{
	struct claim *c = xcalloc(1, sizeof *c);
	int ret = 1;

	c->s = s;
	c->fd = -1;
	spool_forget_lost(s);
	c->dir = spool_run_dir(s, e);
	get_host(c->host);
	get_boot(c->boot);
	if (c->dir < 0)
		ret = -1;
	for (int i = 0; ret == 1 && i < RUNS_MAX; i++)
		ret = try_file(c, i, e);
	/* better to send a mail twice unmarked than none for days */
	c->needy = ret == 1 && c->lost;
	for (int i = 0; ret == 1 && c->needy && i < RUNS_MAX; i++)
		ret = try_file(c, i, e);
	c->needy = false;
	if (ret == 1)
		ret = err_set(e, ERR_TEMP, "%d queue runs are at work already",
			      RUNS_MAX);
	if (ret < 0) {
		spool_ids_clear(&c->foreign);
		free(c);
		return -1;
	}
	*out = c;
	return 0;
}

void claim_prepare(struct spool *s)
{
	char host[HOST_MAX + 1], name[NAME_BYTES];
	struct err ignored = ERR_INIT;
	int dir = spool_run_dir(s, &ignored);
	struct claim *c;

	get_host(host);
	snprintf(name, sizeof name, "%s.0.claim", host);
	if (dir >= 0 && faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
	    claim_open(s, &c, &ignored) == 0)
		claim_close(c);
}

static bool in(const struct spool_ids *list, const char *id)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->id[i], id) == 0)
			return true;
	return false;
}

/*
 * First write, then look again: of two machines that choose the same at
 * the same moment, each sees the other, and the message waits for both.
 */
int claim_set(struct claim *c, const struct spool_ids *ids, bool *mine,
	      struct err *e)
{
	struct looking l = { c, e };
	int ret = write_down(c, c->fd, c->name, ids, false, e);

	c->foreign.n = 0;
	if (ret == 0)
		ret = store_each(c->dir, look_at, &l, e);
	for (size_t i = 0; i < ids->n; i++)
		mine[i] = ret == 0 && !in(&c->foreign, ids->id[i]);
	return ret;
}

void claim_clear(struct claim *c)
{
	store_write_at(c->fd, c->name, NOTHING, strlen(NOTHING), 0, NULL);
}

void claim_lost(struct claim *c)
{
	struct err ignored = ERR_INIT;
	struct record r;

	c->lost = true;
	if (read_record(c->fd, c->name, &r, &ignored) < 0)
		return;
	write_down(c, c->fd, c->name, &r.ids, true, &ignored);
	spool_ids_clear(&r.ids);
}

bool claim_any_lost(struct claim *c)
{
	struct err ignored = ERR_INIT;
	struct looking l = { c, &ignored };

	return store_each(c->dir, look_at, &l, &ignored) < 0 || c->lost;
}

void claim_close(struct claim *c)
{
	if (c == NULL)
		return;
	close(c->fd);
	spool_ids_clear(&c->foreign);
	free(c);
}
