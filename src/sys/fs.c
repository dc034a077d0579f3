#include "sys/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "sys/clock.h"
#include "sys/await.h"

#define READ_BLOCK 16384
#define PIPE_SECONDS 60		/* for a pipe in a file's place to move */

static bool is_missing(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == EACCES ||
	       errnum == ELOOP || errnum == ENAMETOOLONG;
}

/* A resource that is short, a disk that stammers: not what the file is. */
static enum err_kind kind_of(int errnum)
{
	switch (errnum) {
	case EMFILE: case ENFILE: case ENOMEM: case ENOBUFS: case EINTR:
	case EAGAIN: case EIO: case ESTALE: case ETIMEDOUT: case ENOLCK:
		return ERR_TEMP;
	default:
		return ERR_IO;
	}
}

int fs_open_read(const char *path, bool any, int *fd, bool *missing,
		 struct err *e)
{
	struct stat st;
	int got, saved;

	*missing = false;
	got = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (got < 0) {
		saved = errno;
		*missing = is_missing(saved);
		return err_sys(e, kind_of(saved), saved, "cannot open '%s'", path);
	}
	if (fstat(got, &st) < 0) {
		saved = errno;
		close(got);
		return err_sys(e, ERR_IO, saved, "cannot look at '%s'", path);
	}
	if (S_ISDIR(st.st_mode) || (!any && !S_ISREG(st.st_mode))) {
		close(got);
		return err_set(e, ERR_IO, "cannot read '%s': it is %s", path,
			       S_ISDIR(st.st_mode) ? "a directory" :
			       "not a regular file");
	}
	*fd = got;
	return 0;
}

int fs_read_all(int fd, const char *name, struct buf *out, struct err *e)
{
	char block[READ_BLOCK];
	int64_t deadline = 0;
	int ret = -1;

	for (;;) {
		ssize_t n = read(fd, block, sizeof block);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {	/* a pipe opened by name */
			if (deadline == 0)
				deadline = clock_in(PIPE_SECONDS);
			if (await_fd(fd, POLLIN, deadline, "reading", e) < 0) {
				err_wrap(e, "cannot read '%s'", name);
				break;
			}
			continue;
		}
		if (n < 0) {
			err_sys(e, kind_of(errno), errno, "cannot read '%s'", name);
			break;
		}
		if (n == 0) {
			ret = 0;
			break;
		}
		buf_add(out, block, (size_t)n);
		if (out->full) {
			err_set(e, ERR_IO, "'%s' is larger than %zu bytes", name,
				out->max);
			break;
		}
	}
	explicit_bzero(block, sizeof block);	/* an rc file holds passwords */
	return ret;
}

int fs_check_private(int fd, const char *name, uid_t uid, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, ERR_CONFIG, errno, "cannot look at '%s'", name);
	if (st.st_uid != uid && st.st_uid != 0)
		return err_set(e, ERR_CONFIG, "'%s' holds secrets and belongs to "
			       "user %lu: it must be yours", name,
			       (unsigned long)st.st_uid);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return err_set(e, ERR_CONFIG, "'%s' holds secrets and its mode is "
			       "%03o: run chmod 600 '%s'", name,
			       (unsigned)(st.st_mode & 0777), name);
	return 0;
}

/* A disk that is full before the first byte is no place for a draft. */
static bool has_room(int fd)
{
	struct statvfs v;

	return fstatvfs(fd, &v) < 0 || v.f_blocks == 0 || v.f_bavail > 0;
}

static int temp_in(const char *dir)
{
	char path[PATH_MAX];
	int fd, n;

	fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
		n = snprintf(path, sizeof path, "%s/ostler.XXXXXX", dir);
		if (n < 0 || (size_t)n >= sizeof path)
			return -1;
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
	}
	if (fd >= 0 && !has_room(fd)) {
		close(fd);
		errno = ENOSPC;
		return -1;
	}
	return fd;
}

int fs_temp(int *fd, const char **where, struct err *e)
{
	const char *dirs[] = { secure_getenv("TMPDIR"), "/var/tmp", "/tmp" };
	int first = 0;

	for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
		if (dirs[i] == NULL || dirs[i][0] != '/')
			continue;
		*where = dirs[i];
		*fd = temp_in(dirs[i]);
		if (*fd >= 0)
			return 0;
		first = first != 0 ? first : errno;
	}
	*where = "memory";
	*fd = memfd_create("draft", MFD_CLOEXEC);
	if (*fd >= 0)
		return 0;
	return err_sys(e, ERR_TEMP, first, "cannot make a temporary file");
}

int fs_write_all(int fd, const void *p, size_t n, const char *name,
		 struct err *e)
{
	const char *from = p;

	while (n > 0) {
		ssize_t put = write(fd, from, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && errno == EAGAIN) {
			if (await_fd(fd, POLLOUT, clock_in(PIPE_SECONDS),
				    "writing", e) < 0)
				return err_wrap(e, "cannot write '%s'", name);
			continue;
		}
		if (put < 0)
			return err_sys(e, ERR_IO, errno, "cannot write '%s'", name);
		from += put;
		n -= (size_t)put;
	}
	return 0;
}

ssize_t fs_pread(int fd, void *p, size_t n, off_t offset, struct err *e)
{
	ssize_t got;

	do {
		got = pread(fd, p, n, offset);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		err_sys(e, ERR_IO, errno, "cannot read back the message");
	return got;
}

/*
 * A lock of the open file (it meets the process locks of other programs
 * that append here).  File systems that know no locks do without.
 */
static int lock_log(int fd, int64_t deadline)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	for (;;) {
		if (fcntl(fd, F_OFD_SETLK, &l) == 0)
			return 0;
		if (errno == ENOLCK || errno == EINVAL || errno == ENOSYS ||
		    errno == EOPNOTSUPP)
			return 0;
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return -1;
		if (clock_left(deadline) == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		/* Not await_ms(): a message that was accepted is logged also
		 * when we are told to stop. */
		poll(NULL, 0, 10);
	}
}

/* Write TEXT in one piece; what a full disk took of it is cut off again. */
static int append_text(int fd, const struct buf *text, const char *path,
		       struct err *e)
{
	struct stat st;
	ssize_t put;
	int saved;

	if (fstat(fd, &st) < 0)
		return err_sys(e, ERR_IO, errno, "cannot look at '%s'", path);
	do {
		put = write(fd, text->p, text->len);
	} while (put < 0 && errno == EINTR);
	if (put == (ssize_t)text->len)
		return 0;
	saved = put < 0 ? errno : ENOSPC;
	if (put > 0 && S_ISREG(st.st_mode) && ftruncate(fd, st.st_size) < 0)
		saved = errno;
	return err_sys(e, ERR_IO, saved, "cannot write '%s'", path);
}

int fs_append_line(const char *path, const char *line, int deadline_ms,
		   struct err *e)
{
	struct buf text = BUF_INIT(1u << 20);
	bool to_stdout = strcmp(path, "-") == 0;
	struct stat st;
	int fd = STDOUT_FILENO, ret = -1;

	buf_adds(&text, line);
	buf_addc(&text, '\n');
	if (text.full) {
		err_set(e, ERR_IO, "cannot write '%s': line too long", path);
		goto out;
	}
	if (to_stdout) {
		ret = fs_write_all(fd, text.p, text.len, "standard output", e);
		goto out;
	}
	/* Non-blocking only for a FIFO that nobody reads. */
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
		  O_NONBLOCK, 0600);
	if (fd < 0) {
		err_sys(e, ERR_IO, errno, "cannot open '%s'", path);
		goto out;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    lock_log(fd, clock_ms() + deadline_ms) < 0) {
		err_sys(e, ERR_IO, errno, "cannot lock '%s'", path);
		goto out;
	}
	ret = append_text(fd, &text, path, e);
out:
	if (fd >= 0 && !to_stdout)
		close(fd);
	buf_free(&text);
	return ret;
}

int fs_mkdirs(const char *path, struct err *e)
{
	char *copy = xstrdup(path);
	struct stat st;
	int ret = 0;

	for (char *p = copy + 1; *copy != '\0'; p++) {
		bool last = *p == '\0';

		if (*p != '/' && !last)
			continue;
		*p = '\0';
		/* EEXIST first: what is above may be unwritable, even
		 * unreadable, and there all the same. */
		if (mkdir(copy, 0700) < 0 && errno != EEXIST &&
		    (last || (errno != EROFS && errno != EACCES && errno != EPERM))) {
			ret = err_sys(e, ERR_CANTCREAT, errno,
				      "cannot make the directory '%s'", copy);
			break;
		}
		if (last)
			break;
		*p = '/';
	}
	if (ret == 0 && (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)))
		ret = err_set(e, ERR_CANTCREAT, "'%s' is not a directory", path);
	free(copy);
	return ret;
}
