#include "flow/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/xalloc.h"

#define ZFS_MAGIC 0x2fc12fc1
#define READ_BLOCK 16384
#define TRIES 100	/* how often an interrupted call is made again */

/* A call that gives -1 and EINTR is made again. */
#define AGAIN(ret, call) do {						\
	int again_ = 0;							\
	do (ret) = (call);						\
	while ((ret) < 0 && errno == EINTR && ++again_ < TRIES);	\
} while (0)

int store_fail(struct err *e, int errnum, const char *what, const char *name)
{
	enum err_kind kind = ERR_IO;

	switch (errnum) {
	case ENOSPC: case EDQUOT: case EROFS: case EMFILE: case ENFILE:
	case ENOMEM: case EACCES: case EPERM: case EFBIG: case ENOLCK:
	case EINTR: case EAGAIN: case ETIMEDOUT: case ESTALE:
		kind = ERR_TEMP;
		break;
	default:
		break;
	}
	return err_sys(e, kind, errnum, "cannot %s '%s'", what, name);
}

const char *store_wrong(const struct stat *st, char text[64])
{
	text[0] = '\0';
	if (S_ISLNK(st->st_mode))
		snprintf(text, 64, "is a symbolic link");
	else if (!S_ISREG(st->st_mode))
		snprintf(text, 64, "is no regular file");
	else if (st->st_uid != geteuid())
		snprintf(text, 64, "belongs to uid %lu",
			 (unsigned long)st->st_uid);
	else if ((st->st_mode & 07777) != 0600)
		snprintf(text, 64, "has mode %04o, not 0600",
			 (unsigned)(st->st_mode & 07777));
	else if (st->st_nlink > 1)
		snprintf(text, 64, "has %lu names",
			 (unsigned long)st->st_nlink);
	return text[0] != '\0' ? text : NULL;
}

/* A directory that only we can look into and change. */
static int check_dir(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return store_fail(e, errno, "look at", path);
	if (st.st_uid != geteuid())
		return err_set(e, ERR_CONFIG, "the queue '%s' belongs to uid "
			       "%lu, not to us", path, (unsigned long)st.st_uid);
	if ((st.st_mode & 077) != 0)
		return err_set(e, ERR_CONFIG, "the queue '%s' has mode %04o: "
			       "others may look into it; chmod 700", path,
			       (unsigned)(st.st_mode & 07777));
	return 0;
}

static int open_dir(int at, const char *path, int *fd, struct err *e)
{
	int got;

	AGAIN(got, openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (got < 0 && errno == ENOENT)
		return 1;
	if (got < 0 && errno == ENOTDIR)
		return err_set(e, ERR_CONFIG, "'%s' is no directory", path);
	if (got < 0)
		return store_fail(e, errno, "open", path);
	if (check_dir(got, path, e) < 0) {
		close(got);
		return -1;
	}
	*fd = got;
	return 0;
}

/* The parent's part of PATH, "." or "/" when it has none; to be freed. */
static char *parent_of(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	while (n > 0 && path[n - 1] != '/')
		n--;
	while (n > 1 && path[n - 1] == '/')
		n--;
	return n == 0 ? xstrdup(".") : xmemdup0(path, n);
}

/* mkdir() with mode 0700 whatever umask our caller had; -1 with errno. */
static int make_one(int at, const char *path)
{
	int ret;

	AGAIN(ret, mkdirat(at, path, 0700));
	return ret < 0 ? ret : fchmodat(at, path, 0700, 0);
}

/* No directory at PATH: it is a wrong place, unless the device failed. */
static int not_made(struct err *e, int errnum, const char *path)
{
	store_fail(e, errnum, "make", path);
	if (e != NULL && e->kind == ERR_IO && errnum != EIO)
		e->kind = ERR_CANTCREAT;
	return -1;
}

static int make_dirs(const char *path, struct err *e)
{
	char *parent;
	int ret;

	ret = make_one(AT_FDCWD, path);
	if (ret == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT)
		return not_made(e, errno, path);
	parent = parent_of(path);
	ret = strcmp(parent, path) == 0 || strcmp(parent, ".") == 0 ?
		not_made(e, ENOENT, path) : make_dirs(parent, e);
	free(parent);
	if (ret < 0)
		return -1;
	ret = make_one(AT_FDCWD, path);
	if (ret < 0 && errno != EEXIST)
		return not_made(e, errno, path);
	return 0;
}

int store_dir(const char *path, bool make, int *fd, struct err *e)
{
	int ret = open_dir(AT_FDCWD, path, fd, e);

	if (ret != 1 || !make)
		return ret;
	if (make_dirs(path, e) < 0)
		return -1;
	ret = open_dir(AT_FDCWD, path, fd, e);
	return ret == 1 ? store_fail(e, ENOENT, "open", path) : ret;
}

int store_subdir(int dir, const char *name, bool make, int *fd, struct err *e)
{
	int ret = open_dir(dir, name, fd, e);

	if (ret != 1 || !make)
		return ret;
	ret = make_one(dir, name);
	if (ret < 0 && errno != EEXIST)
		return not_made(e, errno, name);
	ret = open_dir(dir, name, fd, e);
	return ret == 1 ? store_fail(e, ENOENT, "open", name) : ret;
}

/*
 * A directory above ours.  What we may not read, and a file system that
 * cannot sync a directory, are no trouble of ours; all else may mean that our
 * names are not on the disk.
 */
static int sync_upper(const char *path, struct err *e)
{
	int fd, ret;

	AGAIN(fd, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0)
		return errno == EACCES || errno == EPERM ? 0 :
			store_fail(e, errno, "open", path);
	AGAIN(ret, fsync(fd));
	if (ret < 0 && (errno == EINVAL || errno == ENOSYS ||
			errno == EOPNOTSUPP || errno == EROFS))
		ret = 0;
	if (ret < 0)
		store_fail(e, errno, "bring to the disk", path);
	close(fd);
	return ret;
}

int store_sync_above(const char *path, struct err *e)
{
	char *at = xstrdup(path);
	int ret = 0;

	for (int depth = 0; ret == 0 && depth < 64; depth++) {
		char *up = parent_of(at);
		bool top = strcmp(up, at) == 0;

		ret = sync_upper(up, e);
		free(at);
		at = up;
		if (top || strcmp(at, ".") == 0)
			break;
	}
	free(at);
	return ret;
}

int store_open(int dir, const char *name, bool write, int *fd, struct err *e)
{
	struct stat st;

	return store_open_stat(dir, name, write, fd, &st, e);
}

/*
 * That a message was read is nobody's business, and its time costs a write for
 * each.  Only an owner may leave the time alone; what others own is refused,
 * but by its own words.
 */
static int open_quietly(int dir, const char *name, int flags)
{
	int fd;

	AGAIN(fd, openat(dir, name, flags | O_NOATIME));
	if (fd < 0 && errno == EPERM)
		AGAIN(fd, openat(dir, name, flags));
	return fd;
}

int store_open_stat(int dir, const char *name, bool write, int *fd,
		    struct stat *st, struct err *e)
{
	char text[64];
	int got = open_quietly(dir, name, (write ? O_RDWR : O_RDONLY) |
			       O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (got < 0 && errno == ENOENT)
		return 1;
	if (got < 0) {
		int why = errno;

		if (fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    store_wrong(st, text) != NULL)
			return err_set(e, ERR_DATA, "'%s' %s", name, text);
		return store_fail(e, why, "open", name);
	}
	if (fstat(got, st) < 0) {
		store_fail(e, errno, "look at", name);
		close(got);
		return -1;
	}
	if (store_wrong(st, text) != NULL) {
		close(got);
		return err_set(e, ERR_DATA, "'%s' %s", name, text);
	}
	*fd = got;
	return 0;
}

int store_create(int dir, const char *name, int *fd, struct err *e)
{
	struct stat st;
	int got;

	AGAIN(got, openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
			  O_CLOEXEC, 0600));
	if (got < 0 && errno == EEXIST)
		return 1;
	if (got < 0)
		return store_fail(e, errno, "create", name);
	/* whatever umask our caller had */
	if (fstat(got, &st) < 0 ||
	    ((st.st_mode & 07777) != 0600 && fchmod(got, 0600) < 0)) {
		store_fail(e, errno, "create", name);
		close(got);
		unlinkat(dir, name, 0);
		return -1;
	}
	*fd = got;
	return 0;
}

int store_lock(int fd, const char *name, struct err *e)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int ret;

	AGAIN(ret, fcntl(fd, F_OFD_SETLK, &whole));
	if (ret == 0)
		return 0;
	if (errno == EAGAIN || errno == EACCES)
		return 1;
	return store_fail(e, errno, "lock", name);
}

bool store_locked(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

bool store_shared(int fd)
{
	static const unsigned long own[] = {
		EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC,
		TMPFS_MAGIC, F2FS_SUPER_MAGIC, OVERLAYFS_SUPER_MAGIC, ZFS_MAGIC,
	};
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return true;
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (((unsigned long)fs.f_type & 0xffffffff) == own[i])
			return false;
	return true;
}

bool store_same(int dir, const char *name, int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && store_named(dir, name, &st);
}

bool store_named(int dir, const char *name, struct stat *st)
{
	struct stat now;

	if (fstatat(dir, name, &now, AT_SYMLINK_NOFOLLOW) < 0 ||
	    now.st_ino != st->st_ino || now.st_dev != st->st_dev)
		return false;
	*st = now;
	return true;
}

int store_write(int fd, const char *name, const void *p, size_t n,
		struct err *e)
{
	const char *at = p;

	while (n > 0) {
		ssize_t put;

		AGAIN(put, write(fd, at, n));
		if (put <= 0)
			return store_fail(e, put < 0 ? errno : ENOSPC, "write",
					  name);
		at += put;
		n -= (size_t)put;
	}
	return 0;
}

int store_write_at(int fd, const char *name, const void *p, size_t n,
		   off_t offset, struct err *e)
{
	const char *at = p;

	while (n > 0) {
		ssize_t put;

		AGAIN(put, pwrite(fd, at, n, offset));
		if (put <= 0)
			return store_fail(e, put < 0 ? errno : ENOSPC, "write",
					  name);
		at += put;
		offset += put;
		n -= (size_t)put;
	}
	return 0;
}

int store_read(int fd, const char *name, struct buf *out, struct err *e)
{
	return store_read_n(fd, name, SIZE_MAX, out, e);
}

/* Up to N bytes at OFFSET, as many as one block has: as pread(). */
static ssize_t read_block(int fd, char block[READ_BLOCK], size_t n, off_t offset)
{
	ssize_t got;

	AGAIN(got, pread(fd, block, n < READ_BLOCK ? n : READ_BLOCK, offset));
	return got;
}

int store_read_n(int fd, const char *name, size_t n, struct buf *out,
		 struct err *e)
{
	char block[READ_BLOCK];
	off_t offset = 0;

	while (n > 0) {
		ssize_t got = read_block(fd, block, n, offset);

		if (got < 0)
			return store_fail(e, errno, "read", name);
		if (got == 0)
			break;
		offset += got;
		n -= (size_t)got;
		buf_add(out, block, (size_t)got);
		if (out->full)
			return err_set(e, ERR_DATA, "'%s' is larger than %zu "
				       "bytes", name, out->max);
	}
	return 0;
}

bool store_says(int fd, const char *p, size_t n)
{
	char block[READ_BLOCK];
	off_t offset = 0;

	while (n > 0) {
		ssize_t got = read_block(fd, block, n, offset);

		if (got <= 0 || memcmp(block, p, (size_t)got) != 0)
			return false;
		p += got;
		offset += got;
		n -= (size_t)got;
	}
	return true;
}

int store_sync(int fd, const char *name, struct err *e)
{
	int ret;

	AGAIN(ret, fsync(fd));
	return ret < 0 ? store_fail(e, errno, "bring to the disk", name) : 0;
}

int store_sync_bytes(int fd, const char *name, struct err *e)
{
	int ret;

	AGAIN(ret, fdatasync(fd));
	return ret < 0 ? store_fail(e, errno, "bring to the disk", name) : 0;
}

int store_unlink(int dir, const char *name, struct err *e)
{
	int ret;

	AGAIN(ret, unlinkat(dir, name, 0));
	if (ret < 0 && errno != ENOENT)
		return store_fail(e, errno, "remove", name);
	return 0;
}

int store_replace(int dir, const char *tmp, const char *name, const void *p,
		  size_t n, bool sync, struct err *e)
{
	struct err ignored = ERR_INIT;
	int fd, ret;

	/* what an earlier owner left there is nobody's */
	if (store_unlink(dir, tmp, e) < 0)
		return -1;
	ret = store_create(dir, tmp, &fd, e);
	if (ret == 1)
		return err_set(e, ERR_TEMP, "'%s' appeared from nowhere", tmp);
	if (ret < 0)
		return -1;
	ret = store_write(fd, tmp, p, n, e);
	if (ret == 0 && sync)
		ret = store_sync(fd, tmp, e);
	if (close(fd) < 0 && ret == 0 && errno != EINTR)
		ret = store_fail(e, errno, "write", tmp);
	if (ret == 0) {
		AGAIN(ret, renameat(dir, tmp, dir, name));
		if (ret < 0)
			store_fail(e, errno, "rename", tmp);
	}
	if (ret < 0)
		store_unlink(dir, tmp, &ignored);
	return ret;
}

int store_each(int dir, int (*fn)(void *ctx, const char *name), void *ctx,
	       struct err *e)
{
	struct dirent *de;
	DIR *d;
	int fd, ret = 0;

	AGAIN(fd, openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0)
		return store_fail(e, errno, "open", "the queue");
	d = fdopendir(fd);
	if (d == NULL) {
		store_fail(e, errno, "read", "the queue");
		close(fd);
		return -1;
	}
	for (;;) {
		errno = 0;
		de = readdir(d);
		if (de == NULL)
			break;
		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0)
			continue;
		ret = fn(ctx, de->d_name);
		if (ret != 0)
			break;
	}
	if (ret == 0 && errno != 0)
		ret = store_fail(e, errno, "read", "the queue");
	closedir(d);
	return ret;
}
