#include "tests/crash/record.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xalloc.h"

#define FILES_MAX 64
#define NAMES_MAX 64

/* A file or folder, whatever it is called. */
struct file {
	bool folder;
	struct buf was;		/* contents before the act */
};

enum what { NAME, UNNAME, WRITE, SYNC };

struct op {
	enum what what;
	int file;
	char path[128];		/* NAME, UNNAME: below the stage's folder */
	off_t at;		/* WRITE */
	struct buf data;
	bool syncs_dir;		/* SYNC of a folder, whose path this is */
	bool failed;		/* SYNC: it did not */
	struct stage snap;	/* what had been promised before it */
};

struct name {
	char path[128];
	int file;
};

struct record {
	const struct stage *st;
	struct file file[FILES_MAX];
	int files;
	struct name first[NAMES_MAX];	/* before the act */
	int firsts;
	struct name now[NAMES_MAX];
	int nows;
	struct op op[OPS_MAX];
	int ops;
	bool full;
};

static int find(const struct name *v, int n, const char *path)
{
	for (int i = 0; i < n; i++)
		if (strcmp(v[i].path, path) == 0)
			return i;
	return -1;
}

static void put(struct name *v, int *n, const char *path, int file)
{
	int i = find(v, *n, path);

	if (i < 0 && *n == NAMES_MAX)
		abort();
	if (i < 0)
		i = (*n)++;
	snprintf(v[i].path, sizeof v[i].path, "%s", path);
	v[i].file = file;
}

static void drop(struct name *v, int *n, const char *path)
{
	int i = find(v, *n, path);

	if (i >= 0)
		v[i] = v[--*n];
}

static int new_file(struct record *r, bool folder)
{
	if (r->files == FILES_MAX)
		abort();
	r->file[r->files] = (struct file){ folder, BUF_INIT(8u << 20) };
	return r->files++;
}

static struct op *new_op(struct record *r, enum what what)
{
	struct op *op;

	if (r->ops == OPS_MAX) {
		r->full = true;
		return &r->op[OPS_MAX - 1];
	}
	op = &r->op[r->ops++];
	*op = (struct op){ .what = what, .file = -1, .data = BUF_INIT(8u << 20) };
	op->snap = *r->st;
	return op;
}

static void read_whole(const char *path, struct buf *out)
{
	char block[65536];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	while (fd >= 0 && (n = read(fd, block, sizeof block)) > 0)
		buf_add(out, block, (size_t)n);
	if (fd >= 0)
		close(fd);
}

/* Everything below PATH (REL below the stage) as it is before the act. */
static void scan(struct record *r, const char *rel)
{
	char path[256], below[128];
	struct dirent *de;
	DIR *d;

	snprintf(path, sizeof path, "%s/%s", r->st->dir, rel);
	d = opendir(path);
	while (d != NULL && (de = readdir(d)) != NULL) {
		struct stat st;
		int f;

		if (de->d_name[0] == '.')
			continue;
		snprintf(below, sizeof below, "%.60s%s%.60s", rel,
			 rel[0] != '\0' ? "/" : "", de->d_name);
		snprintf(path, sizeof path, "%s/%s", r->st->dir, below);
		if (lstat(path, &st) < 0)
			abort();
		f = new_file(r, S_ISDIR(st.st_mode));
		put(r->first, &r->firsts, below, f);
		if (S_ISDIR(st.st_mode))
			scan(r, below);
		else
			read_whole(path, &r->file[f].was);
	}
	if (d != NULL)
		closedir(d);
}

/* The path that descriptor FD of the child stands for, below the stage. */
static bool fd_path(const struct record *r, const struct watch_call *call,
		    int fd, char out[128])
{
	char link[64], path[PATH_MAX];
	size_t n = strlen(r->st->dir);
	ssize_t len;

	snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)call->pid, fd);
	len = readlink(link, path, sizeof path - 1);
	if (len < 0)
		return false;
	path[len] = '\0';
	if (strncmp(path, r->st->dir, n) != 0 ||
	    (path[n] != '/' && path[n] != '\0'))
		return false;
	snprintf(out, 128, "%.120s", path + n + (path[n] == '/'));
	return true;
}

/* The path that the child means by a directory's descriptor and a name. */
static bool at_path(const struct record *r, const struct watch_call *call,
		    int dirfd, uint64_t name, char out[128])
{
	char dir[128], text[PATH_MAX];
	size_t n = strlen(r->st->dir);

	if (watch_string(call, name, text, sizeof text) < 0)
		return false;
	if (text[0] == '/') {
		if (strncmp(text, r->st->dir, n) != 0 || text[n] != '/')
			return false;
		snprintf(out, 128, "%.120s", text + n + 1);
		return true;
	}
	if (!fd_path(r, call, dirfd, dir))
		return false;
	snprintf(out, 128, "%.60s/%.60s", dir, text);
	return true;
}

static void made(struct record *r, const char *path, bool folder)
{
	struct op *op;
	int f;

	if (find(r->now, r->nows, path) >= 0)
		return;		/* it will fail, or open what is there */
	f = new_file(r, folder);
	put(r->now, &r->nows, path, f);
	op = new_op(r, NAME);
	op->file = f;
	snprintf(op->path, sizeof op->path, "%s", path);
}

static void unnamed(struct record *r, const char *path)
{
	int i = find(r->now, r->nows, path);
	struct op *op;

	if (i < 0)
		return;
	op = new_op(r, UNNAME);
	op->file = r->now[i].file;
	snprintf(op->path, sizeof op->path, "%s", path);
	drop(r->now, &r->nows, path);
}

/* One operation on the disk, atomic: TO is the file, FROM is not. */
static void renamed(struct record *r, const char *from, const char *to)
{
	int i = find(r->now, r->nows, from);
	struct op *op;

	if (i < 0)
		return;
	op = new_op(r, NAME);
	op->file = r->now[i].file;
	snprintf(op->path, sizeof op->path, "%s", to);
	buf_adds(&op->data, from);	/* the name it had */
	put(r->now, &r->nows, to, op->file);
	drop(r->now, &r->nows, from);
}

void record_short(struct record *r, const struct watch_call *call, size_t n)
{
	char path[128], info[64], text[256];
	struct op *op;
	char *data;
	long long at;
	FILE *f;
	int i;

	if (!fd_path(r, call, (int)call->arg[0], path) ||
	    (i = find(r->now, r->nows, path)) < 0)
		return;
	at = (long long)call->arg[3];
	if (call->nr == SYS_write) {
		snprintf(info, sizeof info, "/proc/%d/fdinfo/%d", (int)call->pid,
			 (int)call->arg[0]);
		f = fopen(info, "r");
		if (f == NULL || fgets(text, sizeof text, f) == NULL ||
		    sscanf(text, "pos: %lld", &at) != 1)
			abort();
		fclose(f);
	}
	data = xmalloc(n);
	if (watch_read(call, call->arg[1], data, n) < 0)
		abort();
	op = new_op(r, WRITE);
	op->file = r->now[i].file;
	op->at = (off_t)at;
	buf_add(&op->data, data, n);
	free(data);
}

static void synced(struct record *r, const struct watch_call *call, bool failed)
{
	char path[128];
	struct op *op;
	int i;

	if (!fd_path(r, call, (int)call->arg[0], path))
		return;
	i = find(r->now, r->nows, path);
	if (i < 0 && path[0] != '\0')
		return;
	op = new_op(r, SYNC);
	op->file = i >= 0 ? r->now[i].file : -1;	/* the stage itself */
	op->syncs_dir = i < 0 || r->file[op->file].folder;
	op->failed = failed;
	snprintf(op->path, sizeof op->path, "%s", path);
}

void record_call(struct record *r, const struct watch_call *c)
{
	char path[128], to[128];

	switch (c->nr) {
	case SYS_openat:
		if ((c->arg[2] & O_CREAT) != 0 &&
		    at_path(r, c, (int)c->arg[0], c->arg[1], path))
			made(r, path, false);
		break;
	case SYS_mkdirat:
		if (at_path(r, c, (int)c->arg[0], c->arg[1], path)) {
			char *slash = strrchr(path, '/');

			/* without its parent it will fail */
			if (slash != NULL)
				*slash = '\0';
			if (slash == NULL || find(r->now, r->nows, path) >= 0) {
				if (slash != NULL)
					*slash = '/';
				made(r, path, true);
			}
		}
		break;
	case SYS_renameat:
	case SYS_renameat2:
		if (at_path(r, c, (int)c->arg[0], c->arg[1], path) &&
		    at_path(r, c, (int)c->arg[2], c->arg[3], to))
			renamed(r, path, to);
		break;
	case SYS_unlinkat:
		if (at_path(r, c, (int)c->arg[0], c->arg[1], path))
			unnamed(r, path);
		break;
	case SYS_write:
	case SYS_pwrite64:
		record_short(r, c, (size_t)c->arg[2]);
		break;
	case SYS_fsync:
	case SYS_fdatasync:
		synced(r, c, false);
		break;
	case SYS_ftruncate: case SYS_linkat: case SYS_symlinkat:
	case SYS_copy_file_range: case SYS_writev: case SYS_pwritev2:
		r->full = true;		/* not thought of: be told */
		break;
	default:
		break;
	}
}

void record_unsynced(struct record *r, const struct watch_call *call)
{
	synced(r, call, true);
}

struct record *record_new(const struct stage *st)
{
	struct record *r = xcalloc(1, sizeof *r);

	r->st = st;
	scan(r, "");
	memcpy(r->now, r->first, sizeof r->now);
	r->nows = r->firsts;
	return r;
}

void record_free(struct record *r)
{
	for (int f = 0; f < r->files; f++)
		buf_free(&r->file[f].was);
	for (int i = 0; i < r->ops; i++)
		buf_free(&r->op[i].data);
	free(r);
}

int record_ops(const struct record *r)
{
	return r->full ? -1 : r->ops;
}

unsigned record_fates(const struct record *r, int op)
{
	return r->op[op].what == WRITE ? 3 : 2;
}

/* Is the name PATH in the folder DIR? */
static bool is_in(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (n == 0)
		return strchr(path, '/') == NULL;
	return strncmp(path, dir, n) == 0 && path[n] == '/' &&
	       strchr(path + n + 1, '/') == NULL;
}

/* Is S a sync for OP? */
static bool is_for(const struct op *s, const struct op *op)
{
	if (s->what != SYNC)
		return false;
	return op->what == WRITE ? s->file == op->file :
		s->syncs_dir && is_in(op->path, s->path);
}

int record_pending(const struct record *r, int end, int out[PENDING_MAX])
{
	int n = 0;

	for (int i = 0; i < end; i++) {
		const struct op *op = &r->op[i];
		int k = i + 1;

		/* the first sync for it decides */
		while (k < end && !is_for(&r->op[k], op))
			k++;
		if (op->what == SYNC || (k < end && !r->op[k].failed))
			continue;
		if (n == PENDING_MAX) {
			printf("more than %d operations unsynced\n", PENDING_MAX);
			abort();
		}
		out[n++] = i;
	}
	return n;
}

static void apply_write(struct buf *b, const struct op *op, bool half)
{
	size_t n = half ? op->data.len / 2 : op->data.len;
	size_t end = (size_t)op->at + n;

	while (b->len < end)
		buf_addc(b, '\0');
	memcpy(b->p + op->at, op->data.p, n);
}

struct disk {
	struct buf data[FILES_MAX];
	struct name name[NAMES_MAX];
	int names;
};

/* The disk after END operations, FATE[i] telling of those unsynced. */
static void make_disk(const struct record *r, int end, const enum fate *fate,
		      struct disk *d)
{
	d->names = 0;
	for (int f = 0; f < r->files; f++) {
		buf_init(&d->data[f], 8u << 20);
		buf_add(&d->data[f], r->file[f].was.p, r->file[f].was.len);
	}
	for (int i = 0; i < r->firsts; i++)
		put(d->name, &d->names, r->first[i].path, r->first[i].file);
	for (int i = 0; i < end; i++) {
		const struct op *op = &r->op[i];
		int at;

		if (fate[i] == LOST)
			continue;
		switch (op->what) {
		case NAME:
			put(d->name, &d->names, op->path, op->file);
			if (op->data.len > 0) {
				at = find(d->name, d->names, op->data.p);
				if (at >= 0 && d->name[at].file == op->file)
					drop(d->name, &d->names, op->data.p);
			}
			break;
		case UNNAME:
			at = find(d->name, d->names, op->path);
			if (at >= 0 && d->name[at].file == op->file)
				drop(d->name, &d->names, op->path);
			break;
		case WRITE:
			apply_write(&d->data[op->file], op, fate[i] == HALF);
			break;
		case SYNC:
			break;
		}
	}
}

static void free_disk(const struct record *r, struct disk *d)
{
	for (int f = 0; f < r->files; f++)
		buf_free(&d->data[f]);
}

static int shallow_first(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	size_t nx = 0, ny = 0;

	for (const char *p = x->path; *p != '\0'; p++)
		nx += *p == '/';
	for (const char *p = y->path; *p != '\0'; p++)
		ny += *p == '/';
	return nx < ny ? -1 : nx > ny;
}

/* Write it into the folder TO; what has lost its folder is lost. */
static void write_disk(const struct record *r, struct disk *d, const char *to)
{
	char path[256];

	qsort(d->name, (size_t)d->names, sizeof d->name[0], shallow_first);
	for (int i = 0; i < d->names; i++) {
		const struct name *n = &d->name[i];
		int fd;

		snprintf(path, sizeof path, "%s/%s", to, n->path);
		if (r->file[n->file].folder) {
			mkdir(path, 0700);
			continue;
		}
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (fd < 0)
			continue;
		if (write(fd, buf_str(&d->data[n->file]), d->data[n->file].len) !=
		    (ssize_t)d->data[n->file].len)
			abort();
		close(fd);
	}
}

#define HASH_START 1469598103934665603u

static uint64_t hash(uint64_t h, const void *p, size_t n)
{
	for (const unsigned char *at = p; n-- > 0; at++)
		h = (h ^ *at) * 1099511628211u;
	return h;
}

/* What tells a disk from others, in whatever order its names are. */
static uint64_t hash_disk(const struct record *r, const struct disk *d)
{
	uint64_t sum = 0;

	for (int i = 0; i < d->names; i++) {
		const struct name *n = &d->name[i];
		const struct buf *b = &d->data[n->file];
		bool folder = r->file[n->file].folder;
		uint64_t h = hash(HASH_START, n->path, strlen(n->path));

		h = hash(h, &folder, sizeof folder);
		sum += hash(h, b->p, b->len);
	}
	return sum;
}

static bool seen_before(struct states *s, uint64_t h)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i] == h)
			return true;
	if (s->n == s->cap) {
		s->cap = s->cap > 0 ? 2 * s->cap : 64;
		s->v = xreallocarray(s->v, s->cap, sizeof *s->v);
	}
	s->v[s->n++] = h;
	return false;
}

static bool judge_disk(const struct record *r, struct disk *d,
		       const struct stage *snap)
{
	char to[64], path[128];
	bool good;

	folder_new(to);
	write_disk(r, d, to);
	snprintf(path, sizeof path, "%s/state/queue", to);
	good = stage_judge(snap, path, JUDGE_REBOOT | JUDGE_POWER);
	tree_remove(to);
	return good;
}

bool record_judge(const struct record *r, int end, const enum fate *fate,
		  struct states *judged)
{
	const struct stage *snap = end < r->ops ? &r->op[end].snap : r->st;
	struct disk *d = xmalloc(sizeof *d);
	uint64_t h;
	bool good = true;

	make_disk(r, end, fate, d);
	h = hash(hash_disk(r, d), snap->msg, sizeof snap->msg);
	if (!seen_before(judged, h)) {
		good = judge_disk(r, d, snap);
		judged->n -= !good;	/* bad ones are judged each time */
	}
	free_disk(r, d);
	free(d);
	return good;
}

void record_explain(const struct record *r, int end, const enum fate *fate)
{
	static const char *const whats[] = { "name", "remove", "write", "sync" };
	static const char *const fates[] = { "", "  LOST", "  HALF" };

	for (int i = 0; i < end; i++)
		printf("    %-6s %2d %s %zu%s\n", whats[r->op[i].what],
		       r->op[i].file, r->op[i].path, r->op[i].data.len,
		       fates[fate[i]]);
}
