#include "sys/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "sys/aside.h"

#define NEEDED 4	/* descriptors that a look-up may want at once */

struct query {
	char *name;
	char service[8];
	struct addrinfo hints;
	struct addrinfo *found;
	int status, errnum;
};

/*
 * The C library says "no such host" as well when it could not open its files
 * and sockets, and that is no fault of the name.  0, or why a few descriptors
 * cannot be had.
 */
static int descriptors_lacking(void)
{
	int fds[NEEDED], n = 0, errnum = 0;

	while (n < NEEDED && errnum == 0) {
		fds[n] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (fds[n] >= 0)
			n++;
		else
			errnum = errno;
	}
	while (n > 0)
		close(fds[--n]);
	return errnum == EMFILE || errnum == ENFILE ? errnum : 0;
}

static void ask(void *arg)
{
	struct query *q = arg;

	q->status = getaddrinfo(q->name, q->service, &q->hints, &q->found);
	q->errnum = errno;
	if (q->status == 0)
		return;
	q->found = NULL;
	if (q->status == EAI_NONAME && (q->hints.ai_flags & AI_NUMERICHOST) == 0 &&
	    (q->errnum = descriptors_lacking()) != 0)
		q->status = EAI_SYSTEM;
}

static void drop(void *arg)
{
	struct query *q = arg;

	if (q->found != NULL)
		freeaddrinfo(q->found);
	free(q->name);
	free(q);
}

static int failed(const struct query *q, struct err *e)
{
	switch (q->status) {
	case EAI_NONAME:
#ifdef EAI_NODATA
	case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
	case EAI_ADDRFAMILY:
#endif
		return err_set(e, ERR_NOHOST, "cannot find '%s': %s", q->name,
			       q->hints.ai_family == AF_UNSPEC ?
			       "no such host" : "no address of the family wanted");
	case EAI_SYSTEM:
		return err_sys(e, ERR_TEMP, q->errnum, "cannot look up '%s'",
			       q->name);
	default:
		return err_set(e, ERR_TEMP, "cannot look up '%s': %s", q->name,
			       gai_strerror(q->status));
	}
}

int lookup_host(const char *name, unsigned port, int family, int64_t deadline,
		struct addrinfo **out, struct err *e)
{
	struct query *q = xcalloc(1, sizeof *q);
	int ret;

	q->name = xstrdup(name);
	snprintf(q->service, sizeof q->service, "%u", port & 0xffff);
	q->hints = (struct addrinfo){
		.ai_family = family,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};
	ask(q);
	if (q->status != 0) {
		q->hints.ai_flags = AI_CANONNAME | AI_NUMERICSERV;
		if (aside(ask, drop, q, deadline, "in the name look-up", e) < 0)
			return err_wrap(e, "cannot look up '%s'", name);
	}
	ret = q->status == 0 ? 0 : failed(q, e);
	if (ret == 0) {
		*out = q->found;
		q->found = NULL;
	}
	drop(q);
	return ret;
}
