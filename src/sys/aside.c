#include "sys/aside.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "sys/await.h"

#define STACK_BYTES (1u << 20)	/* name service modules are not modest */

/* Held by the thread that does it and by the one that waits. */
struct job {
	atomic_int holders;
	atomic_int state;	/* of enum state */
	int done_fd;		/* eventfd, written when the work is done */
	void (*work)(void *);
	void (*drop)(void *);
	void *arg;
};

enum state { WORKING, DONE, LEFT };

static void release(struct job *j)
{
	if (atomic_fetch_sub(&j->holders, 1) > 1)
		return;
	close(j->done_fd);
	free(j);
}

static void *run(void *ptr)
{
	const uint64_t one = 1;
	struct job *j = ptr;
	int expected = WORKING;

	j->work(j->arg);
	if (!atomic_compare_exchange_strong(&j->state, &expected, DONE))
		j->drop(j->arg);
	else if (write(j->done_fd, &one, sizeof one) < 0)
		abort();	/* cannot be: the counter is at 0 */
	release(j);
	return NULL;
}

/* Signals belong to the thread that waits, or they would not wake it. */
static int start_thread(struct job *j)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;
	int r;

	if (pthread_attr_init(&attr) != 0)
		return -1;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&thread, &attr, run, j);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return r == 0 ? 0 : -1;
}

int aside(void (*work)(void *), void (*drop)(void *), void *arg,
	  int64_t deadline, const char *what, struct err *e)
{
	struct job *j = xcalloc(1, sizeof *j);
	int expected = WORKING;
	bool left;

	*j = (struct job){ .work = work, .drop = drop, .arg = arg };
	j->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	atomic_init(&j->holders, 2);
	atomic_init(&j->state, WORKING);
	if (j->done_fd < 0 || start_thread(j) < 0) {
		if (j->done_fd >= 0)
			close(j->done_fd);
		free(j);
		work(arg);
		return 0;
	}
	await_fd(j->done_fd, POLLIN, deadline, what, e);
	/* This one decides: what is done at the last moment is done.  It is
	 * also what makes the other thread's writes ours to read. */
	left = atomic_compare_exchange_strong(&j->state, &expected, LEFT);
	release(j);
	return left ? -1 : 0;
}
