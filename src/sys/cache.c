#include "sys/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "sys/fs.h"
#include "sys/host.h"

#define FOLDER "ostler"

/* Ours, and nobody else's to write. */
static bool is_ours(int fd, mode_t type)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type &&
		st.st_uid == geteuid() &&
		(st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int open_folder(const char *base, const char *below, bool create)
{
	char *path = xasprintf("%s%s/" FOLDER, base, below);
	int fd;

	if (create)
		fs_mkdirs(path, NULL);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && !is_ours(fd, S_IFDIR)) {
		close(fd);
		fd = -1;
	}
	free(path);
	return fd;
}

/*
 * The environment says where, ownership says whether: HOME is another
 * user's under sudo and in cron jobs, and then the place is not ours.
 */
static int open_base(const char *base, const char *below, bool create)
{
	int fd, ours = -1;

	if (base == NULL || base[0] != '/')
		return -1;
	fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (is_ours(fd, S_IFDIR))
		ours = open_folder(base, below, create);
	close(fd);
	return ours;
}

static int cache_dir(bool create)
{
	const char *xdg = getenv("XDG_CACHE_HOME");
	char *home;
	int fd;

	if (getauxval(AT_SECURE) != 0)
		return -1;	/* set-group-id: their environment, our rights */
	if (xdg != NULL && xdg[0] == '/')
		return open_base(xdg, "", create);
	home = host_home(true);
	fd = open_base(home, "/.cache", create);
	free(home);
	if (fd >= 0)
		return fd;
	home = host_home(false);
	fd = open_base(home, "/.cache", create);
	free(home);
	return fd;
}

static bool read_at(int dir, const char *name, struct buf *out)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	bool ok;

	if (fd < 0)
		return false;
	ok = is_ours(fd, S_IFREG) && fs_read_all(fd, name, out, NULL) == 0;
	close(fd);
	return ok;
}

bool cache_read(const char *name, struct buf *out)
{
	int dir = cache_dir(false);
	bool ok = dir >= 0 && read_at(dir, name, out);

	if (dir >= 0)
		close(dir);
	return ok;
}

bool cache_usable(void)
{
	int dir = cache_dir(true);

	if (dir >= 0)
		close(dir);
	return dir >= 0;
}

/* A name that nobody else uses: what is left of a crash is not in the way. */
static void fresh_name(char *out, size_t size, const char *name)
{
	uint64_t number;

	host_random(&number, sizeof number);
	snprintf(out, size, "%s.%016llx", name, (unsigned long long)number);
}

void cache_write(const char *name, const void *p, size_t n)
{
	int dir = cache_dir(true), fd;
	char temp[256];
	bool ok;

	if (dir < 0)
		return;
	fresh_name(temp, sizeof temp, name);
	fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd >= 0) {
		ok = fs_write_all(fd, p, n, temp, NULL) == 0;
		ok = close(fd) == 0 && ok;
		if (!ok || renameat(dir, temp, dir, name) < 0)
			unlinkat(dir, temp, 0);
	}
	close(dir);
}

bool cache_take(const char *name, struct buf *out)
{
	int dir = cache_dir(false);
	char temp[256];
	bool ok = false;

	if (dir < 0)
		return false;
	fresh_name(temp, sizeof temp, name);
	if (renameat(dir, name, dir, temp) == 0) {
		ok = read_at(dir, temp, out);
		unlinkat(dir, temp, 0);
	}
	close(dir);
	return ok;
}

void cache_drop(const char *name)
{
	int dir = cache_dir(false);

	if (dir < 0)
		return;
	unlinkat(dir, name, 0);
	close(dir);
}
