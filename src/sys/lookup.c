#include "sys/lookup.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "sys/await.h"

#define STACK_BYTES (1u << 20)	/* name service modules are not modest */

/* One look-up, held by the thread that does it and by the one that waits. */
struct job {
	atomic_int holders;
	int done_fd;		/* eventfd: written when the rest is valid */
	char *name;
	char service[8];
	struct addrinfo hints;
	struct addrinfo *found;
	int status, errnum;
};

static void job_release(struct job *j)
{
	if (atomic_fetch_sub(&j->holders, 1) > 1)
		return;
	if (j->found != NULL)
		freeaddrinfo(j->found);
	if (j->done_fd >= 0)
		close(j->done_fd);
	free(j->name);
	free(j);
}

static void job_run(struct job *j)
{
	j->status = getaddrinfo(j->name, j->service, &j->hints, &j->found);
	j->errnum = errno;
	if (j->status != 0)
		j->found = NULL;
}

static void *job_thread(void *arg)
{
	const uint64_t one = 1;
	struct job *j = arg;

	job_run(j);
	/* Cannot fail: the counter is at 0. */
	if (write(j->done_fd, &one, sizeof one) < 0)
		j->status = EAI_SYSTEM;
	job_release(j);
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
	atomic_fetch_add(&j->holders, 1);
	r = pthread_create(&thread, &attr, job_thread, j);
	if (r != 0)
		atomic_fetch_sub(&j->holders, 1);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return r == 0 ? 0 : -1;
}

static int failed(const struct job *j, struct err *e)
{
	switch (j->status) {
	case EAI_NONAME:
#ifdef EAI_NODATA
	case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
	case EAI_ADDRFAMILY:
#endif
		return err_set(e, ERR_NOHOST, "cannot find '%s': %s", j->name,
			       j->hints.ai_family == AF_UNSPEC ?
			       "no such host" : "no address of the family wanted");
	case EAI_SYSTEM:
		return err_sys(e, ERR_TEMP, j->errnum, "cannot look up '%s'",
			       j->name);
	default:
		return err_set(e, ERR_TEMP, "cannot look up '%s': %s", j->name,
			       gai_strerror(j->status));
	}
}

/*
 * Where no thread can be had (a limit on processes), the resolver's own
 * timeouts have to do.
 */
static int look_up(struct job *j, int64_t deadline, struct err *e)
{
	if (j->done_fd < 0 || start_thread(j) < 0)
		job_run(j);
	else if (await_fd(j->done_fd, POLLIN, deadline, "in the name look-up", e) < 0)
		return err_wrap(e, "cannot look up '%s'", j->name);
	return j->status == 0 ? 0 : failed(j, e);
}

int lookup_host(const char *name, unsigned port, int family, int64_t deadline,
		struct addrinfo **out, struct err *e)
{
	struct job *j = xcalloc(1, sizeof *j);
	int ret;

	atomic_init(&j->holders, 1);
	j->done_fd = -1;
	j->name = xstrdup(name);
	snprintf(j->service, sizeof j->service, "%u", port & 0xffff);
	j->hints = (struct addrinfo){
		.ai_family = family,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};
	job_run(j);
	ret = j->status == 0 ? 0 : -1;
	if (ret < 0) {
		j->hints.ai_flags = AI_CANONNAME | AI_NUMERICSERV;
		j->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		ret = look_up(j, deadline, e);
	}
	if (ret == 0) {
		*out = j->found;
		j->found = NULL;
	}
	job_release(j);
	return ret;
}
