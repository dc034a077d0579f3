/*
 * Each system call that an act on the queue makes fails once, in each way
 * that it can fail: no room, no quota, no descriptors, broken device,
 * interrupted, cut short.  The act gives an error that says so, or does
 * its work all the same; what was queued before is untouched; what it refused
 * is not there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/crash/acts.h"
#include "tests/crash/watch.h"

#define SHORT -1	/* in place of an errno: half of it is written */

static const struct {
	int nr;
	int error[8];		/* up to the first 0 */
} faults[] = {
	{ SYS_openat, { ENOSPC, EDQUOT, EIO, EMFILE, ENFILE, EINTR, EROFS } },
	{ SYS_mkdirat, { ENOSPC, EDQUOT, EIO, EROFS, EINTR } },
	{ SYS_fchmodat, { EIO, EROFS } },
	{ SYS_fchmod, { EIO, EROFS } },
	{ SYS_write, { ENOSPC, EDQUOT, EIO, EFBIG, EINTR, SHORT } },
	{ SYS_pwrite64, { ENOSPC, EDQUOT, EIO, EINTR, SHORT } },
	{ SYS_read, { EIO, EINTR } },
	{ SYS_pread64, { EIO, EINTR } },
	{ SYS_fsync, { EIO, ENOSPC, EDQUOT, EINTR } },
	{ SYS_fdatasync, { EIO, ENOSPC, EDQUOT, EINTR } },
	{ SYS_renameat, { ENOSPC, EDQUOT, EIO, EINTR } },
	{ SYS_renameat2, { ENOSPC, EDQUOT, EIO, EINTR } },
	{ SYS_unlinkat, { EIO, EROFS, EINTR } },
	{ SYS_close, { EIO, EINTR, ENOSPC } },
	{ SYS_fcntl, { ENOLCK, EINTR, EIO } },
	{ SYS_fstat, { EIO, ENOMEM } },
	{ SYS_newfstatat, { EIO, ENOMEM } },
	{ SYS_faccessat, { EIO } },
	{ SYS_faccessat2, { EIO } },
	{ SYS_getdents64, { EIO, EINTR } },
	{ SYS_getrandom, { EINTR } },
};

struct fault {
	const struct stage *st;
	long at;
	int error;		/* 0: none, count only */
	long seen;
	int nr;			/* of the call at AT */
};

/* Half of what a write wants, written for it; 0: cannot. */
static long half(const struct watch_call *call)
{
	char path[64], block[65536];
	size_t n = (size_t)call->arg[2] / 2;
	long ret;
	int fd;

	if (n == 0 || n > sizeof block ||
	    watch_read(call, call->arg[1], block, n) < 0)
		return 0;
	if (call->nr == SYS_pwrite64) {
		snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)call->pid,
			 (int)call->arg[0]);
		fd = open(path, O_WRONLY);
		ret = fd >= 0 ? pwrite(fd, block, n, (off_t)call->arg[3]) : 0;
	} else {
		/* its file offset has to move: use its own description */
		int pidfd = (int)syscall(SYS_pidfd_open, call->pid, 0);

		fd = (int)syscall(SYS_pidfd_getfd, pidfd, (int)call->arg[0], 0);
		ret = fd >= 0 ? write(fd, block, n) : 0;
		close(pidfd);
	}
	if (fd >= 0)
		close(fd);
	return ret > 0 ? ret : 0;
}

static enum watch_do fail_at(void *ctx, const struct watch_call *call, long n,
			     struct watch_verdict *v)
{
	struct fault *f = ctx;

	(void)n;
	if (!f->st->on || f->st->over || f->seen++ != f->at)
		return WATCH_GO;
	f->nr = call->nr;
	if (f->error == 0)
		return WATCH_GO;
	if (f->error == SHORT) {
		v->value = half(call);
		return v->value > 0 ? WATCH_ANSWER : WATCH_GO;
	}
	v->error = f->error;
	return WATCH_ANSWER;
}

/* Does E say what was wrong in the kind that a caller can go by? */
static bool kind_right(const struct err *e, int error)
{
	int status = err_exit(e->kind);

	if (e->text[0] == '\0')
		return false;
	if (error == ENOSPC || error == EDQUOT)
		return status == 75;
	return status == 74 || status == 75 || status == 71;
}

static bool run(const struct act *a, struct fault *f)
{
	struct stage *st = stage_new(a);
	struct performance p = { a, st };
	int status;
	bool good = true;

	f->st = st;
	f->seen = 0;
	f->nr = -1;
	status = watch_run(stage_perform, &p, fail_at, f, NULL);
	if (status != 0) {
		printf("status %d\n", status);
		good = false;
	} else if (st->result < 0 && !kind_right(&st->e, f->error)) {
		printf("unclear: %d '%s'\n", st->e.kind, st->e.text);
		good = false;
	}
	good = stage_judge(st, st->path, 0) && good;
	stage_free(st);
	return good;
}

static const int *errors_of(int nr)
{
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		if (faults[i].nr == nr)
			return faults[i].error;
	return NULL;
}

/* All faults of call AT; how many were bad. */
static long all_faults(const struct act *a, long at, long *runs)
{
	struct fault f = { NULL, at, 0, 0, -1 };
	const int *error;
	long bad = 0;

	if (!run(a, &f))
		return 1;
	error = errors_of(f.nr);
	for (; error != NULL && *error != 0; error++, (*runs)++) {
		int nr = f.nr;

		f.error = *error;
		if (run(a, &f))
			continue;
		printf("  ... %s, call %ld (number %d) failing with '%s'\n",
		       a->name, at, nr,
		       *error == SHORT ? "short write" : strerror(*error));
		bad++;
	}
	return bad;
}

int main(void)
{
	long runs = 0, bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!watch_possible()) {
		puts("this machine does not let a system call be watched");
		return 77;
	}
	for (size_t i = 0; i < acts_n; i++) {
		struct fault f = { NULL, -1, 0, 0, -1 };
		long calls, before = runs;

		if (!run(&acts[i], &f)) {
			printf("%s: does not work undisturbed\n", acts[i].name);
			bad++;
			continue;
		}
		calls = f.seen;
		for (long at = 0; at < calls; at++)
			bad += all_faults(&acts[i], at, &runs);
		printf("%s: %ld faults in %ld calls\n", acts[i].name,
		       runs - before, calls);
	}
	printf("%ld runs, %ld bad\n", runs, bad);
	return bad > 0;
}
