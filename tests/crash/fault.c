/*
 * Each system call that an act on the queue makes fails in each way that it
 * can fail: no room, no quota, no descriptors, broken device, interrupted,
 * cut short; once, and where that is how it goes also from then on.  The act gives an error that says so, or does
 * its work all the same; what was queued before is untouched; what it refused
 * is not there; and all of this also when the power is cut as it ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "tests/crash/acts.h"
#include "tests/crash/record.h"
#include "tests/crash/watch.h"

#define SHORT -1	/* in place of an errno: half of it is written */

static const struct {
	int nr;
	int error[9];		/* up to the first 0 */
} faults[] = {
	{ SYS_openat, { ENOSPC, EDQUOT, EIO, EMFILE, ENFILE, ENOMEM, EINTR,
			EROFS } },
	{ SYS_mkdirat, { ENOSPC, EDQUOT, EIO, EINTR, EROFS } },
	{ SYS_fchmodat, { ENOSPC, EDQUOT, EIO, EINTR, EROFS } },
	{ SYS_fchmod, { ENOSPC, EDQUOT, EIO, EINTR, EROFS } },
	{ SYS_write, { ENOSPC, EDQUOT, EIO, EINTR, EFBIG, SHORT } },
	{ SYS_pwrite64, { ENOSPC, EDQUOT, EIO, EINTR, EFBIG, SHORT } },
	{ SYS_read, { EIO, EINTR } },
	{ SYS_pread64, { EIO, EINTR } },
	{ SYS_fsync, { ENOSPC, EDQUOT, EIO, EINTR } },
	{ SYS_fdatasync, { ENOSPC, EDQUOT, EIO, EINTR } },
	{ SYS_renameat, { ENOSPC, EDQUOT, EIO, EINTR, EROFS } },
	{ SYS_renameat2, { ENOSPC, EDQUOT, EIO, EINTR, EROFS } },
	{ SYS_unlinkat, { ENOSPC, EDQUOT, EIO, EINTR, EROFS } },
	{ SYS_close, { ENOSPC, EDQUOT, EIO, EINTR } },
	{ SYS_fcntl, { ENOLCK, EIO, EINTR } },
	{ SYS_fstat, { EIO, ENOMEM } },
	{ SYS_fstatfs, { EIO, ENOSYS } },
	{ SYS_newfstatat, { EIO, ENOMEM } },
	{ SYS_faccessat, { EIO, ENOMEM } },
	{ SYS_faccessat2, { EIO, ENOMEM } },
	{ SYS_getdents64, { EIO, EINTR } },
	{ SYS_getrandom, { EINTR } },
	{ SYS_clock_nanosleep, { EINTR } },
	/* cannot fail */
	{ SYS_geteuid, { 0 } },
	{ SYS_getpid, { 0 } },
	{ SYS_uname, { 0 } },
};

#define CALLS_MAX 400

/* The calls of an act that nothing disturbs. */
struct calls {
	struct watch_call v[CALLS_MAX];
	long n;
};

struct fault {
	const struct stage *st;
	struct record *record;
	struct calls *calls;	/* of the act; found out where AT is -1 */
	long at;		/* which of them fails; -1: none does */
	int error;
	bool lasting;		/* and so does all that meets it later */
	long seen;
	bool hit;		/* it came, and failed */
	bool unclosed;		/* it was a close, which was not made */
	struct states *judged;	/* what power cuts made of the act */
};

/* Half of what a write wants, written for it by its own description. */
static long half(const struct watch_call *call)
{
	int pidfd = (int)syscall(SYS_pidfd_open, call->pid, 0);
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, (int)call->arg[0], 0);
	size_t n = (size_t)call->arg[2] / 2;
	char *block = xmalloc(n);
	ssize_t ret;

	if (watch_read(call, call->arg[1], block, n) < 0)
		abort();
	ret = call->nr == SYS_write ? write(fd, block, n) :
		pwrite(fd, block, n, (off_t)call->arg[3]);
	if (ret != (ssize_t)n)
		abort();
	free(block);
	close(fd);
	close(pidfd);
	return ret;
}

/* How NR can fail, up to the first 0; NULL: it has no row. */
static const int *errors_of(int nr)
{
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		if (faults[i].nr == nr)
			return faults[i].error;
	return NULL;
}

static bool fails_with(int nr, int error)
{
	const int *at = errors_of(nr);

	while (at != NULL && *at != 0 && *at != error)
		at++;
	return at != NULL && *at == error;
}

/* Does CALL fail with ERROR for as long as that is the state of things? */
static bool meets(const struct watch_call *call, int error)
{
	bool opens = call->nr == SYS_openat,
	     makes = (opens && (call->arg[2] & O_CREAT) != 0) ||
		     call->nr == SYS_mkdirat;

	switch (error) {
	case EIO:
		return call->nr != SYS_close && fails_with(call->nr, EIO);
	case EMFILE: case ENFILE:
		return opens;
	case ENOSPC: case EDQUOT:	/* what is there may be changed */
		return makes || call->nr == SYS_write;
	case EROFS:
		return makes || call->nr == SYS_write ||
			(opens && (call->arg[2] & O_ACCMODE) != O_RDONLY) ||
			call->nr == SYS_pwrite64 || call->nr == SYS_fchmod ||
			call->nr == SYS_fchmodat || call->nr == SYS_renameat ||
			call->nr == SYS_renameat2 || call->nr == SYS_unlinkat;
	default:
		return false;
	}
}

/* Is it the call that shall fail? */
static bool is_due(struct fault *f, const struct watch_call *call)
{
	long at = f->seen++;

	if (f->at >= 0)
		return at == f->at && call->nr == f->calls->v[at].nr;
	if (at < CALLS_MAX)
		f->calls->v[at] = *call;
	return false;
}

static enum watch_do fail(struct fault *f, const struct watch_call *call,
			  struct watch_verdict *v)
{
	if (f->error == SHORT) {
		record_short(f->record, call, (size_t)call->arg[2] / 2);
		v->value = half(call);
		return WATCH_ANSWER;
	}
	if ((call->nr == SYS_fsync || call->nr == SYS_fdatasync) &&
	    f->error != EINTR)
		record_unsynced(f->record, call);
	f->unclosed = call->nr == SYS_close;
	v->error = f->error;
	return WATCH_ANSWER;
}

static enum watch_do fail_at(void *ctx, const struct watch_call *call, long n,
			     struct watch_verdict *v)
{
	struct fault *f = ctx;

	(void)n;
	if (!f->st->on || f->st->over)
		return WATCH_GO;
	if (is_due(f, call)) {
		f->hit = true;
		return fail(f, call, v);
	}
	if (f->hit && f->lasting && meets(call, f->error))
		return fail(f, call, v);
	record_call(f->record, call);
	return WATCH_GO;
}

/* May A fail, and does E say so in the kind that a caller can go by? */
static bool may_refuse(const struct act *a, const struct fault *f,
		       const struct err *e)
{
	bool full = f->error == ENOSPC || f->error == EDQUOT;
	int status = err_exit(e->kind);

	if (e->text[0] == '\0' || (full && f->lasting && !a->room))
		return false;
	if (full)
		return status == 75;
	return status == 74 || status == 75 || status == 71;
}

/*
 * The power is cut behind the last call: all that was not synced is lost or
 * is there, but for one.
 */
static bool judge_cut(const struct record *r, struct states *judged)
{
	enum fate fate[OPS_MAX] = { THERE };
	int end = record_ops(r), pend[PENDING_MAX], n;

	if (end < 0)
		return puts("cannot be recorded"), false;
	n = record_pending(r, end, pend);
	for (int odd = -1; odd < n; odd++)
		for (int most = THERE; most <= LOST; most++) {
			for (int i = 0; i < n; i++)
				fate[pend[i]] = (most == LOST) == (i == odd) ?
					THERE : LOST;
			if (record_judge(r, end, fate, judged))
				continue;
			record_explain(r, end, fate);
			return false;
		}
	return true;
}

static bool run(const struct act *a, struct fault *f)
{
	struct stage *st = stage_new(a);
	struct performance p = { a, st };
	int status;
	bool good = true;

	f->st = st;
	f->record = record_new(st);
	status = watch_run(stage_perform, &p, fail_at, f, NULL);
	if (status != 0) {
		printf("status %d\n", status);
		good = false;
	} else if (st->leaked && !f->unclosed) {
		puts("a descriptor is left open");
		good = false;
	} else if (st->result < 0 && !may_refuse(a, f, &st->e)) {
		printf("refused: %d '%s'\n", st->e.kind, st->e.text);
		good = false;
	}
	good = stage_judge(st, st->path, f->lasting && f->error == EIO ?
			   JUDGE_BROKEN : 0) && good;
	good = judge_cut(f->record, f->judged) && good;
	record_free(f->record);
	stage_free(st);
	return good;
}

/* Nothing fails; *calls is what was done. */
static bool undisturbed(const struct act *a, struct calls *calls,
			struct states *judged)
{
	struct fault f = { .calls = calls, .at = -1, .judged = judged };
	bool good = run(a, &f);

	calls->n = f.seen;
	return good && f.seen > 0 && f.seen <= CALLS_MAX;
}

/* True: all is as it must be. */
static bool one_fault(const struct act *a, const struct fault *how)
{
	struct fault f = *how;

	if (run(a, &f) && f.hit)
		return true;
	printf("  ... %s, call %ld (number %d) failing %swith '%s'%s\n",
	       a->name, f.at, f.calls->v[f.at].nr, f.lasting ? "for good " : "",
	       f.error == SHORT ? "short write" : strerror(f.error),
	       f.hit ? "" : ": it did not come");
	return false;
}

/* All faults of call AT; how many were bad. */
static long all_faults(const struct act *a, struct calls *calls, long at,
		       struct states *judged, long *runs)
{
	int nr = calls->v[at].nr;
	const int *error = errors_of(nr);
	long bad = 0;

	if (error == NULL) {
		printf("%s, call %ld: nobody has thought of number %d\n",
		       a->name, at, nr);
		return 1;
	}
	for (; *error != 0; error++) {
		struct fault f = { .calls = calls, .at = at, .error = *error,
				   .judged = judged };

		if (*error == SHORT && calls->v[at].arg[2] < 2)
			continue;	/* one byte is written or not */
		(*runs)++;
		bad += !one_fault(a, &f);
		if (!meets(&calls->v[at], *error))
			continue;
		f.lasting = true;
		(*runs)++;
		bad += !one_fault(a, &f);
	}
	return bad;
}

/* All of A's; how many were bad. */
static long act_faults(const struct act *a, long *runs)
{
	struct states judged = { 0 };
	struct calls calls;
	long before = *runs, bad = 0;

	if (!undisturbed(a, &calls, &judged)) {
		printf("%s: does not work undisturbed\n", a->name);
		free(judged.v);
		return 1;
	}
	for (long at = 0; at < calls.n; at++)
		bad += all_faults(a, &calls, at, &judged, runs);
	printf("%s: %ld faults in %ld calls, %zu disks after a power cut\n",
	       a->name, *runs - before, calls.n, judged.n);
	free(judged.v);
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
	for (size_t i = 0; i < acts_n; i++)
		bad += act_faults(&acts[i], &runs);
	printf("%ld runs, %ld bad\n", runs, bad);
	return bad > 0;
}
