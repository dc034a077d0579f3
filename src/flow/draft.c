#include "flow/draft.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "sys/await.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/host.h"

off_t draft_place(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -1;
	return lseek(fd, 0, SEEK_CUR);
}

void draft_give_back(int fd, off_t place)
{
	if (place >= 0)
		lseek(fd, place, SEEK_SET);
}

/*
 * The caller's end may be non-blocking, set so by whoever shares it: that is
 * waited for as long as a blocking one.
 */
static int read_block(int fd, char *block, size_t *n, struct err *e)
{
	ssize_t got;

	for (;;) {
		if (host_stopped() != 0)
			return err_set(e, ERR_TEMP, "stopped by signal %d while "
				       "reading the message", host_stopped());
		got = read(fd, block, DRAFT_BLOCK);
		if (got < 0 && errno == EAGAIN) {
			if (await_fd(fd, POLLIN, CLOCK_NEVER, "reading", e) < 0)
				return err_wrap(e, "reading the message");
		} else if (got >= 0 || errno != EINTR) {
			break;
		}
	}
	if (got < 0)
		return err_sys(e, ERR_IO, errno, "cannot read the message");
	*n = (size_t)got;
	return 0;
}

/* Add to the temporary file. */
static int put(struct draft_in *in, const char *p, size_t n, struct err *e)
{
	if (fs_write_all(in->d->fd, p, n, "temporary file", e) < 0)
		return err_wrap(e, "keeping the message in '%s'", in->where);
	return 0;
}

/* Memory is full: what it holds and all that follows goes to a file. */
static int spill(struct draft_in *in, struct err *e)
{
	struct draft *d = in->d;
	int fd;

	if (fs_temp(&fd, &in->where, e) < 0)
		return -1;
	d->fd = fd;
	d->owned = true;
	d->off = 0;
	if (put(in, buf_str(&d->mem), d->mem.len, e) < 0)
		return -1;
	buf_free(&d->mem);
	return 0;
}

static int keep(struct draft_in *in, const char *p, size_t n, struct err *e)
{
	struct draft *d = in->d;

	traits_feed(&d->traits, p, n);
	d->len += n;
	if (in->in_place)
		return 0;
	if (d->fd < 0) {
		if (n <= d->mem.max - d->mem.len) {
			buf_add(&d->mem, p, n);
			return 0;
		}
		if (spill(in, e) < 0)
			return -1;
	}
	return put(in, p, n, e);
}

void draft_in_init(struct draft_in *in, struct header *h, struct draft *d)
{
	*in = (struct draft_in){ .h = h, .d = d };
	traits_init(&d->traits);
}

int draft_in_feed(struct draft_in *in, const char *p, size_t n, struct err *e)
{
	size_t used = 0;

	in->taken += n;
	if (!in->in_body) {
		const struct buf *rest = header_rest(in->h);

		if (header_feed(in->h, p, n, &used, e) < 0)
			return -1;
		if (!header_done(in->h))
			return 0;
		in->in_body = true;
		in->d->off += (off_t)(in->taken - (n - used) - rest->len);
		if (keep(in, buf_str(rest), rest->len, e) < 0)
			return -1;
	}
	return keep(in, p + used, n - used, e);
}

int draft_in_end(struct draft_in *in, struct err *e)
{
	int ret = 0;

	if (!in->in_body) {
		const struct buf *rest = header_rest(in->h);

		/* the input ended inside the header */
		ret = header_end(in->h, e);
		in->d->off += (off_t)(in->taken - rest->len);
		if (ret == 0)
			ret = keep(in, buf_str(rest), rest->len, e);
	}
	traits_end(&in->d->traits);
	return ret;
}

/* The rest of an input that is not wanted: its writer must not meet a
 * closed pipe before it can see our exit status. */
static void drain(int fd, char *block)
{
	struct err ignored = ERR_INIT;
	size_t n;

	while (read_block(fd, block, &n, &ignored) == 0 && n > 0)
		continue;
}

int draft_read(int fd, struct header *h, struct draft *d, struct err *e)
{
	char *block = xmalloc(DRAFT_BLOCK);
	struct draft_in in;
	off_t at = draft_place(fd);
	size_t n = 0;
	int ret;

	draft_in_init(&in, h, d);
	if (at >= 0) {
		in.in_place = true;
		d->fd = fd;
		d->off = at;
	}
	while ((ret = read_block(fd, block, &n, e)) == 0 && n > 0 &&
	       (ret = draft_in_feed(&in, block, n, e)) == 0)
		continue;
	if (ret == 0)
		ret = draft_in_end(&in, e);
	if (ret < 0 && host_stopped() == 0)
		drain(fd, block);
	explicit_bzero(block, DRAFT_BLOCK);
	free(block);
	return ret;
}

uint64_t draft_size(const struct draft *d)
{
	return d->head.len + d->traits.size;
}

bool draft_eightbit(const struct draft *d)
{
	return d->traits.eightbit ||
	       (d->head.len > 0 && ascii_has_8bit(d->head.p, d->head.len));
}

void draft_walk_init(struct draft_walk *w, const struct draft *d)
{
	*w = (struct draft_walk){ .d = d };
}

int draft_walk_next(struct draft_walk *w, const char **p, size_t *n,
		    struct err *e)
{
	const struct draft *d = w->d;
	uint64_t left = d->len - w->pos;
	ssize_t got;

	*n = left < DRAFT_BLOCK ? (size_t)left : DRAFT_BLOCK;
	if (*n == 0)
		return 0;
	if (d->fd < 0) {
		*p = d->mem.p + w->pos;
		w->pos += *n;
		return 0;
	}
	if (w->block == NULL)
		w->block = xmalloc(DRAFT_BLOCK);
	got = fs_pread(d->fd, w->block, *n, d->off + (off_t)w->pos, e);
	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(e, ERR_IO, "the message became shorter while it "
			       "was being sent");
	*p = w->block;
	*n = (size_t)got;
	w->pos += *n;
	return 0;
}

void draft_walk_clear(struct draft_walk *w)
{
	free(w->block);
	*w = (struct draft_walk){ 0 };
}

void draft_clear(struct draft *d)
{
	if (d->owned && d->fd >= 0)
		close(d->fd);
	buf_free(&d->head);
	buf_free(&d->mem);
	*d = (struct draft)DRAFT_INIT;
}
