#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "flow/spool_int.h"
#include "flow/store.h"
#include "sys/host.h"
#include "text/dot.h"

#define ID_TRIES 16	/* how often a name may be somebody else's */
#define WAIT_NS 5000000	/* until a given name is looked at again */

/*
 * Microseconds since 1970 and fifteen random bits, so that names sort by
 * age; 32 characters that cannot be taken for one another.
 */
void spool_new_id(char out[ENTRY_ID_MAX])
{
	static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
	unsigned char r[3];
	struct timespec now;
	uint64_t us;

	clock_gettime(CLOCK_REALTIME, &now);
	us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	host_random(r, sizeof r);
	for (int i = 10; i >= 0; i--) {
		out[i] = digits[us & 31];
		us >>= 5;
	}
	out[11] = '-';
	for (int i = 0; i < 3; i++)
		out[12 + i] = digits[r[i] & 31];
	out[15] = '\0';
}

/*
 * Row 0 -> 1: make ID.msg and lock it.  Between the two a repair may have
 * taken it for row 2; then it is not ours, and 1 is given.
 */
static int create_msg(struct spool *s, const char *id, int *fd, struct err *e)
{
	char name[SPOOL_NAME_MAX];
	int ret;

	spool_name(name, id, ".msg");
	ret = store_create(s->dir, name, fd, e);
	if (ret != 0)
		return ret;
	ret = store_lock(*fd, name, e);
	if (ret == 0 && !store_same(s->dir, name, *fd))
		ret = 1;
	if (ret != 0)
		close(*fd);
	if (ret < 0)
		store_unlink(s->dir, name, NULL);
	return ret;
}

/* Row 3 with all its bytes, and somebody waits for it? */
static bool whole(struct spool *s, const char *id)
{
	char name[SPOOL_NAME_MAX];
	struct err ignored = ERR_INIT;
	struct entry en;
	struct stat st;
	bool is;

	if (spool_peek(s, id, &en, &ignored) != 0)
		return false;
	spool_name(name, id, ".msg");
	is = en.env.n > 0 &&
		fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		(uint64_t)st.st_size == en.size;
	entry_clear(&en);
	return is;
}

/* A message of its own under a name of its own. */
static int begin_new(struct spool *s, struct entry *en, int *fd, struct err *e)
{
	for (int i = 0; i < ID_TRIES; i++) {
		int ret;

		spool_new_id(en->id);
		ret = create_msg(s, en->id, fd, e);
		if (ret <= 0)
			return ret;
	}
	en->id[0] = '\0';
	return err_set(e, ERR_TEMP, "no free name in the queue '%s'", s->path);
}

/* The lock is ours: remove what is there, and for good. */
static int clear_away(struct spool *s, const char *id, bool msg, struct err *e)
{
	char name[SPOOL_NAME_MAX];

	spool_name(name, id, ".env");
	if (store_unlink(s->dir, name, e) < 0)
		return -1;
	spool_name(name, id, ".msg");
	if (msg && store_unlink(s->dir, name, e) < 0)
		return -1;
	return store_sync(s->dir, s->path, e);
}

/* An env without this msg (row 4) must not be taken for its own. */
static int clear_env(struct spool *s, const char *id, int *fd, struct err *e)
{
	char name[SPOOL_NAME_MAX];

	if (!spool_there(s, id, ".env") || clear_away(s, id, false, e) == 0)
		return 0;
	spool_name(name, id, ".msg");
	store_unlink(s->dir, name, NULL);
	close(*fd);
	return -1;
}

/*
 * The message that EN names, which may be there already: 1.  What a crash
 * has left under that name goes first, and to the disk, or a power cut could
 * bring it back beside the new env.
 */
static int begin_given(struct spool *s, struct entry *en, int *fd,
		       struct err *e)
{
	for (int i = 0; i < ID_TRIES; i++) {
		int old, ret = create_msg(s, en->id, fd, e);

		if (ret == 0)
			return clear_env(s, en->id, fd, e);
		if (ret < 0)
			return -1;
		ret = spool_own(s, en->id, &old, NULL, e);
		if (ret < 0)
			return -1;
		if (whole(s, en->id)) {
			if (ret == 0)
				close(old);
			return 1;
		}
		if (ret == 0) {
			ret = clear_away(s, en->id, true, e);
			close(old);
		}
		if (ret < 0)
			return -1;
		/* a repair that took our new msg for a remainder is quick */
		nanosleep(&(struct timespec){ .tv_nsec = WAIT_NS }, NULL);
	}
	return err_set(e, ERR_TEMP, "somebody else is writing '%s'", en->id);
}

static int put(int fd, struct buf *out, uint64_t *size, struct err *e)
{
	int ret = store_write(fd, "message", buf_str(out), out->len, e);

	*size += out->len;
	buf_clear(out);
	return ret;
}

static int write_body(int fd, const struct draft *d, struct dot *dot,
		      struct buf *out, uint64_t *size, struct err *e)
{
	struct draft_walk walk;
	const char *p;
	size_t n;
	int ret;

	draft_walk_init(&walk, d);
	for (;;) {
		ret = draft_walk_next(&walk, &p, &n, e);
		if (ret < 0 || n == 0)
			break;
		dot_feed(dot, p, n, out);
		ret = put(fd, out, size, e);
		if (ret == 0 && host_stopped() != 0)
			ret = err_set(e, ERR_TEMP, "stopped by signal %d while "
				      "queueing", host_stopped());
		if (ret < 0)
			break;
	}
	draft_walk_clear(&walk);
	return ret;
}

/* The message as it will be sent, and what is to be known of it. */
static int write_msg(int fd, const struct draft *d, struct entry *en,
		     struct err *e)
{
	struct buf out = BUF_INIT(2 * DRAFT_BLOCK + 16);
	struct dot dot;
	int ret = 0;

	en->size = 0;
	dot_init(&dot, false);
	for (size_t off = 0; ret == 0 && off < d->head.len; off += DRAFT_BLOCK) {
		size_t n = d->head.len - off;

		dot_feed(&dot, d->head.p + off,
			 n < DRAFT_BLOCK ? n : DRAFT_BLOCK, &out);
		ret = put(fd, &out, &en->size, e);
	}
	en->head = en->size;
	if (ret == 0)
		ret = write_body(fd, d, &dot, &out, &en->size, e);
	dot_end(&dot, &out);
	if (ret == 0)
		ret = put(fd, &out, &en->size, e);
	buf_free(&out);
	en->eightbit = d->traits.eightbit;
	return ret == 0 ? store_sync(fd, "message", e) : -1;
}

int spool_enter(struct spool *s, const struct draft *d, struct entry *en,
		struct err *e)
{
	char name[SPOOL_NAME_MAX];
	int fd, ret;

	ret = en->id[0] == '\0' ? begin_new(s, en, &fd, e) :
		begin_given(s, en, &fd, e);
	if (ret != 0)
		return ret;
	ret = write_msg(fd, d, en, e);			/* row 1 */
	if (ret == 0)
		ret = spool_write_env(s, en, e);		/* row 3l */
	if (ret == 0)
		ret = store_sync(s->dir, s->path, e);
	if (ret < 0) {
		spool_name(name, en->id, ".env");
		if (store_unlink(s->dir, name, NULL) == 0) {
			spool_name(name, en->id, ".msg");
			store_unlink(s->dir, name, NULL);
		}
		err_wrap(e, "cannot queue the message");
	}
	close(fd);					/* row 3 */
	return ret;
}
