#include "sys/lookup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "sys/aside.h"

struct query {
	char *name;
	char service[8];
	struct addrinfo hints;
	struct addrinfo *found;
	int status, errnum;
};

static void ask(void *arg)
{
	struct query *q = arg;

	q->status = getaddrinfo(q->name, q->service, &q->hints, &q->found);
	q->errnum = errno;
	if (q->status != 0)
		q->found = NULL;
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
