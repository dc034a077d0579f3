/*
 * A child whose every system call is shown to us before it is made, and
 * made, refused, cut short or made its last as we say (seccomp's user
 * notification, so that nothing depends on the machine's registers).
 *
 * Shown are the calls that the C library makes, by the address they are
 * made from: all of the program's go through it.  A sanitizer's runtime makes
 * its own, when and how often it likes, and must not see them fail.  Nor
 * are those shown that only manage memory: whether an allocation needs one
 * depends on what the parent did before the fork.  So the same act
 * makes the same calls each time.
 */
#ifndef CRASH_WATCH_H
#define CRASH_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct watch_call {
	pid_t pid;
	int nr;			/* SYS_* */
	uint64_t arg[6];
};

enum watch_do {
	WATCH_GO,	/* let the kernel make it */
	WATCH_KILL,	/* SIGKILL: it is not made, and nothing after it */
	WATCH_ANSWER	/* give verdict.value (or -verdict.error) instead */
};

struct watch_verdict {
	int error;
	long value;
};

/* What happens to CALL, the N-th (from 0) that is shown. */
typedef enum watch_do watch_fn(void *ctx, const struct watch_call *call,
			       long n, struct watch_verdict *v);

/*
 * Fork; in the child run ACT(ARG) under the watch and _exit() with what it
 * gives (0..125).  Gives the exit status, or 128 + the signal that ended
 * it.  *calls (may be NULL) is how many were seen.
 */
int watch_run(int (*act)(void *arg), void *arg, watch_fn *fn, void *ctx,
	      long *calls);

/* Copy N bytes (a string up to N) of the child's memory; -1: cannot. */
int watch_read(const struct watch_call *call, uint64_t at, void *p, size_t n);
int watch_string(const struct watch_call *call, uint64_t at, char *p, size_t n);

/* Can this machine do it? */
bool watch_possible(void);

#endif
