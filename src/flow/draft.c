#include "flow/draft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "sys/fs.h"
#include "sys/host.h"

/* Where an input that can be read again later stands, or -1. */
static off_t seekable_at(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -1;
	return lseek(fd, 0, SEEK_CUR);
}

static int read_block(int fd, char *block, size_t *n, struct err *e)
{
	ssize_t got;

	do {
		if (host_stopped() != 0)
			return err_set(e, ERR_TEMP, "stopped by signal %d while "
				       "reading the message", host_stopped());
		got = read(fd, block, DRAFT_BLOCK);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_sys(e, ERR_IO, errno, "cannot read the message");
	*n = (size_t)got;
	return 0;
}

/* Memory is full: what it holds and all that follows goes to a file. */
static int spill(struct draft *d, struct err *e)
{
	int fd;

	if (fs_temp(&fd, e) < 0)
		return -1;
	d->fd = fd;
	d->owned = true;
	d->off = 0;
	if (fs_write_all(fd, d->mem.p, d->mem.len, "temporary file", e) < 0)
		return -1;
	buf_free(&d->mem);
	return 0;
}

static int keep(struct draft *d, const char *p, size_t n, bool in_place,
		struct err *e)
{
	traits_feed(&d->traits, p, n);
	d->len += n;
	if (in_place)
		return 0;
	if (d->fd < 0) {
		if (n <= d->mem.max - d->mem.len) {
			buf_add(&d->mem, p, n);
			return 0;
		}
		if (spill(d, e) < 0)
			return -1;
	}
	return fs_write_all(d->fd, p, n, "temporary file", e);
}

/* The rest of an input that is not wanted: its writer must not meet a
 * closed pipe before it can see our exit status. */
static void drain(int fd, char *block)
{
	size_t n;

	while (read_block(fd, block, &n, &(struct err)ERR_INIT) == 0 && n > 0)
		continue;
}

static int read_all(int fd, struct header *h, struct draft *d, char *block,
		    struct err *e)
{
	off_t at = seekable_at(fd);
	bool in_header = true;
	size_t n, used;

	if (at >= 0)
		d->fd = fd;
	for (;;) {
		if (read_block(fd, block, &n, e) < 0)
			return -1;
		if (n == 0)
			break;
		used = 0;
		if (in_header) {
			if (header_feed(h, block, n, &used, e) < 0)
				return -1;
			at += at >= 0 ? (off_t)used : 0;
			if (!header_done(h))
				continue;
			in_header = false;
			d->off = at >= 0 ? at - (off_t)header_rest(h)->len : 0;
			if (keep(d, header_rest(h)->p, header_rest(h)->len,
				 at >= 0, e) < 0)
				return -1;
		}
		if (keep(d, block + used, n - used, at >= 0, e) < 0)
			return -1;
	}
	if (!in_header)
		return 0;
	/* the input ended inside the header */
	if (header_end(h, e) < 0)
		return -1;
	d->off = at >= 0 ? at - (off_t)header_rest(h)->len : 0;
	return keep(d, header_rest(h)->p, header_rest(h)->len, at >= 0, e);
}

int draft_read(int fd, struct header *h, struct draft *d, struct err *e)
{
	char *block = xmalloc(DRAFT_BLOCK);
	int ret;

	traits_init(&d->traits);
	ret = read_all(fd, h, d, block, e);
	traits_end(&d->traits);
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
