#include "flow/spool.h"

#include <errno.h>
#include <fcntl.h>
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
	size_t n = strnlen(id, ENTRY_ID_MAX - 1), more = strlen(suffix);

	memcpy(out, id, n);
	memcpy(out + n, suffix, more + 1);
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
	s->shared = store_shared(fd);
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
	if (store_sync_above(s->path, e) < 0 ||
	    store_subdir(s->dir, "run", true, &s->run, e) < 0)
		return -1;
	return store_sync(s->dir, s->path, e);
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

int spool_own(struct spool *s, const char *id, int *fd, uint64_t *size,
	      struct err *e)
{
	char name[SPOOL_NAME_MAX];
	struct stat st;
	int ret;

	spool_name(name, id, ".msg");
	ret = store_open_stat(s->dir, name, true, fd, &st, e);
	if (ret != 0)
		return ret;
	ret = store_lock(*fd, name, e);
	/* its name may have gone before the lock was ours */
	if (ret == 0 && !store_named(s->dir, name, &st))
		ret = 1;
	if (ret != 0)
		close(*fd);
	if (size != NULL)
		*size = (uint64_t)st.st_size;
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
