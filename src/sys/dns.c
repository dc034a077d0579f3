#include "sys/dns.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "sys/aside.h"

#define ANSWER_MAX 65535	/* what a DNS message over TCP can have */
#define HEADER 12		/* bytes; RFC 1035, 4.1.1 */
#define JUMPS_MAX 64		/* compression pointers in one name */
#define TYPE_SRV 33
#define CLASS_IN 1

/* ---- the answer -------------------------------------------------------- */

struct scan {
	const unsigned char *msg;
	size_t n, at;
};

static bool get16(struct scan *s, unsigned *out)
{
	if (s->n - s->at < 2)
		return false;
	*out = (unsigned)s->msg[s->at] << 8 | s->msg[s->at + 1];
	s->at += 2;
	return true;
}

static bool skip(struct scan *s, size_t n)
{
	if (s->n - s->at < n)
		return false;
	s->at += n;
	return true;
}

/*
 * The name at the scan's place, behind which the scan stands afterwards; a
 * pointer leads backwards only, so that it ends.  *host: is it made of the
 * characters of a host name?  OUT may be NULL.
 */
static bool get_name(struct scan *s, char out[DNS_NAME_MAX], bool *host)
{
	size_t at = s->at, used = 0, behind = 0;
	unsigned jumps = 0;

	*host = true;
	for (;;) {
		unsigned len;

		if (at >= s->n)
			return false;
		len = s->msg[at++];
		if (len == 0)
			break;
		if (len >= 0xc0) {
			size_t to;

			if (at >= s->n)
				return false;
			to = (size_t)(len & 0x3f) << 8 | s->msg[at++];
			if (behind == 0)
				behind = at;
			if (to >= at - 2 || jumps++ == JUMPS_MAX)
				return false;
			at = to;
			continue;
		}
		if (len > 63 || len > s->n - at || used + len + 1 >= DNS_NAME_MAX)
			return false;
		for (unsigned i = 0; i < len; i++) {
			char c = (char)s->msg[at + i];

			if (!ascii_isalnum(c) && c != '-' && c != '_')
				*host = false;
			if (out != NULL)
				out[used + i] = c;
		}
		used += len;
		if (out != NULL)
			out[used] = '.';
		used++;
		at += len;
	}
	if (out != NULL)
		out[used > 0 ? used - 1 : 0] = '\0';
	s->at = behind > 0 ? behind : at;
	return true;
}

/* One record of the answer; *take: it is an SRV record with a usable target. */
static bool get_record(struct scan *s, struct dns_srv *srv, bool *take)
{
	unsigned type, class, len;
	size_t end;
	bool host;

	*take = false;
	if (!get_name(s, NULL, &host) || !get16(s, &type) || !get16(s, &class) ||
	    !skip(s, 4) || !get16(s, &len) || len > s->n - s->at)
		return false;
	end = s->at + len;
	if (type == TYPE_SRV && class == CLASS_IN) {
		if (!get16(s, &srv->priority) || !get16(s, &srv->weight) ||
		    !get16(s, &srv->port) || !get_name(s, srv->target, &host) ||
		    s->at > end)
			return false;
		*take = host;
	}
	s->at = end;
	return true;
}

static bool better(const struct dns_srv *a, const struct dns_srv *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return a->weight > b->weight;
}

/* Put it behind those that are as good: at most DNS_SRV_MAX, no need of more. */
static void insert(struct dns_srv *list, size_t n, const struct dns_srv *srv)
{
	while (n > 0 && better(srv, &list[n - 1])) {
		list[n] = list[n - 1];
		n--;
	}
	list[n] = *srv;
}

int dns_parse_srv(const unsigned char *msg, size_t n, struct dns_srv **out,
		  size_t *count, struct err *e)
{
	struct scan s = { .msg = msg, .n = n, .at = 2 };
	struct dns_srv srv, *list;
	unsigned flags, questions, answers;
	bool host, take;

	*count = 0;
	*out = NULL;
	if (n < HEADER || !get16(&s, &flags) || !get16(&s, &questions) ||
	    !get16(&s, &answers) || !skip(&s, 4) || (flags & 0x8000) == 0)
		return err_set(e, ERR_TEMP, "the DNS answer is broken");
	if ((flags & 0xf) == 3)		/* NXDOMAIN */
		return 0;
	if ((flags & 0xf) != 0)
		return err_set(e, ERR_TEMP, "the DNS server failed (code %u)",
			       flags & 0xf);
	for (; questions > 0; questions--) {
		if (!get_name(&s, NULL, &host) || !skip(&s, 4))
			return err_set(e, ERR_TEMP, "the DNS answer is broken");
	}
	list = xcalloc(DNS_SRV_MAX, sizeof *list);
	for (; answers > 0 && *count < DNS_SRV_MAX; answers--) {
		if (!get_record(&s, &srv, &take)) {
			free(list);
			*count = 0;
			return err_set(e, ERR_TEMP, "the DNS answer is broken");
		}
		if (take)
			insert(list, (*count)++, &srv);
	}
	*out = list;
	return 0;
}

/* ---- the question ------------------------------------------------------ */

struct query {
	char *name;
	unsigned char *answer;
	int len;		/* of it; -1: see herrno */
	int herrno;
};

/* A state of its own: this thread may be left alone with it. */
static void ask(void *arg)
{
	struct query *q = arg;
	struct __res_state state;

	memset(&state, 0, sizeof state);
	q->len = -1;
	q->herrno = NETDB_INTERNAL;
	if (res_ninit(&state) < 0)
		return;
	q->len = res_nquery(&state, q->name, CLASS_IN, TYPE_SRV, q->answer,
			    ANSWER_MAX);
	q->herrno = state.res_h_errno;
	res_nclose(&state);
}

static void drop(void *arg)
{
	struct query *q = arg;

	free(q->name);
	free(q->answer);
	free(q);
}

int dns_srv(const char *name, int64_t deadline, struct dns_srv **out, size_t *n,
	    struct err *e)
{
	struct query *q = xcalloc(1, sizeof *q);
	int ret;

	*out = NULL;
	*n = 0;
	q->name = xstrdup(name);
	q->answer = xmalloc(ANSWER_MAX);
	if (aside(ask, drop, q, deadline, "in the DNS look-up", e) < 0)
		return err_wrap(e, "cannot look up '%s'", name);
	if (q->len >= 0)
		ret = dns_parse_srv(q->answer, (size_t)q->len < ANSWER_MAX ?
				    (size_t)q->len : ANSWER_MAX, out, n, e);
	else if (q->herrno == HOST_NOT_FOUND || q->herrno == NO_DATA)
		ret = 0;
	else
		ret = err_set(e, ERR_TEMP, "%s", hstrerror(q->herrno));
	if (ret < 0)
		err_wrap(e, "cannot look up '%s'", name);
	drop(q);
	return ret;
}
