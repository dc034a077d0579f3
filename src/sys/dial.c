#include "sys/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "sys/clock.h"
#include "sys/lookup.h"
#include "sys/proxy.h"
#include "sys/await.h"
#include "text/idn.h"

#define ADDRESSES_MAX 32	/* of a name that are tried */
#define ATTEMPT_MS 250		/* RFC 8305, section 8: head start */
#define REASONS_MAX 3		/* told in a message */

_Static_assert(ADDRESSES_MAX <= AWAIT_MAX, "all attempts are waited for at once");

static int new_socket(int family, int *fd, struct err *e)
{
	*fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return err_sys(e, ERR_OS, errno, "cannot make a socket");
	return 0;
}

/* ---- unix sockets ------------------------------------------------------ */

static int dial_unix(const char *path, int64_t deadline, int *fd, struct err *e)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int errnum;

	if (strlen(path) >= sizeof sun.sun_path)
		return err_set(e, ERR_CONFIG, "cannot connect to '%s': the path is "
			       "longer than %zu bytes", path,
			       sizeof sun.sun_path - 1);
	memcpy(sun.sun_path, path, strlen(path) + 1);
	if (new_socket(AF_UNIX, fd, e) < 0)
		return -1;
	for (;;) {
		if (connect(*fd, (struct sockaddr *)&sun, sizeof sun) == 0)
			return 0;
		errnum = errno;
		if (errnum == EINTR)
			continue;
		if (errnum != EAGAIN) {
			err_sys(e, ERR_TEMP, errnum, "cannot connect to '%s'", path);
			break;
		}
		/* The queue of the listener is full; nothing tells when that
		 * ends. */
		if (clock_left(deadline) == 0) {
			err_set(e, ERR_TEMP, "timeout connecting to '%s'", path);
			break;
		}
		if (await_ms(20, e) < 0)
			break;
	}
	close(*fd);
	*fd = -1;
	return -1;
}

/* ---- happy eyeballs ---------------------------------------------------- */

struct race {
	const struct addrinfo *order[ADDRESSES_MAX];
	size_t n;		/* addresses */
	size_t started;
	struct pollfd runner[ADDRESSES_MAX];	/* fd -1: lost */
	size_t running;
	struct sockaddr_storage source;
	socklen_t source_len;	/* 0: any */
	const char *source_ip;	/* the same as text */
	struct buf reasons;
	size_t reasons_n;
	struct err first;	/* trouble of our own, not the network's */
};

static void numeric(const struct addrinfo *ai, char *out, size_t size)
{
	if (getnameinfo(ai->ai_addr, ai->ai_addrlen, out, (socklen_t)size, NULL, 0,
			NI_NUMERICHOST) != 0)
		out[0] = '\0';
}

/*
 * RFC 8305, section 4: the system's order, but families take turns,
 * beginning with that of the best address.
 */
static void line_up(struct race *r, const struct addrinfo *all)
{
	const struct addrinfo *same = all, *other = all;
	int family = all->ai_family;

	while ((same != NULL || other != NULL) && r->n < ADDRESSES_MAX) {
		while (same != NULL && same->ai_family != family)
			same = same->ai_next;
		while (other != NULL && other->ai_family == family)
			other = other->ai_next;
		if (same != NULL) {
			r->order[r->n++] = same;
			same = same->ai_next;
		}
		if (other != NULL && r->n < ADDRESSES_MAX) {
			r->order[r->n++] = other;
			other = other->ai_next;
		}
	}
}

static void drop_out(struct race *r, size_t i, int errnum)
{
	char address[64];

	if (r->runner[i].fd >= 0) {
		close(r->runner[i].fd);
		r->runner[i].fd = -1;
		r->running--;
	}
	if (r->reasons_n++ >= REASONS_MAX)
		return;
	numeric(r->order[i], address, sizeof address);
	buf_addf(&r->reasons, "%s%s: %s", r->reasons.len > 0 ? "; " : "", address,
		 strerror(errnum));
}

/* Start the next attempt; -1 only for trouble that no address cures. */
static int start_next(struct race *r, struct err *e)
{
	size_t i = r->started++;
	const struct addrinfo *ai = r->order[i];
	int *fd = &r->runner[i].fd;

	r->runner[i].events = POLLOUT;
	*fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0) {
		if (errno == EAFNOSUPPORT) {
			drop_out(r, i, errno);
			return 0;
		}
		return err_sys(e, ERR_OS, errno, "cannot make a socket");
	}
	r->running++;
#ifdef IP_BIND_ADDRESS_NO_PORT
	setsockopt(*fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){ 1 },
		   sizeof(int));
#endif
	if (r->source_len > 0 &&
	    bind(*fd, (struct sockaddr *)&r->source, r->source_len) < 0)
		return err_sys(e, ERR_OS, errno, "cannot use source_ip '%s'",
			       r->source_ip);
	if (connect(*fd, ai->ai_addr, ai->ai_addrlen) < 0 && errno != EINPROGRESS &&
	    errno != EINTR)
		drop_out(r, i, errno);
	return 0;
}

/* Who has arrived?  Its number, or -1. */
static int look(struct race *r)
{
	for (size_t i = 0; i < r->started; i++) {
		int errnum = 0;
		socklen_t len = sizeof errnum;

		if (r->runner[i].fd < 0 || r->runner[i].revents == 0)
			continue;
		if (getsockopt(r->runner[i].fd, SOL_SOCKET, SO_ERROR, &errnum, &len) < 0)
			errnum = errno;
		if (errnum == 0)
			return (int)i;
		drop_out(r, i, errnum);
	}
	return -1;
}

/* The number of the winner, or -1. */
static int run_race(struct race *r, int64_t deadline, struct err *e)
{
	int64_t next = 0;
	int ready, winner;

	for (;;) {
		if (r->started < r->n && (r->running == 0 || clock_left(next) == 0)) {
			if (start_next(r, e) < 0)
				return -1;
			next = clock_ms() + ATTEMPT_MS;
			continue;
		}
		if (r->running == 0)
			return err_set(e, ERR_TEMP, "%s", buf_str(&r->reasons));
		ready = await_any(r->runner, r->started, r->started < r->n ?
				 clock_sooner(next, deadline) : deadline, e);
		if (ready < 0)
			return -1;
		if (ready == 0 && clock_left(deadline) == 0)
			return err_set(e, ERR_TEMP, "timeout%s%s", r->reasons_n > 0 ?
				       "; " : "", buf_str(&r->reasons));
		winner = ready > 0 ? look(r) : -1;
		if (winner >= 0)
			return winner;
	}
}

static int set_source(struct race *r, const char *literal, struct err *e)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM,
	}, *ai;

	if (getaddrinfo(literal, NULL, &hints, &ai) != 0)
		return err_set(e, ERR_CONFIG, "source_ip '%s' is no IP address",
			       literal);
	memcpy(&r->source, ai->ai_addr, ai->ai_addrlen);
	r->source_len = ai->ai_addrlen;
	r->source_ip = literal;
	freeaddrinfo(ai);
	return 0;
}

/* The name as the resolver wants it: A-labels, no brackets. */
static int plain_host(const char *host, char **out, struct err *e)
{
	size_t n = strlen(host);

	if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
		*out = xmemdup0(host + 1, n - 2);
		return 0;
	}
	if (strchr(host, ':') != NULL) {	/* an IPv6 literal */
		*out = xstrdup(host);
		return 0;
	}
	if (idn_to_ascii(host, out, e) < 0) {
		if (e != NULL)
			e->kind = ERR_NOHOST;
		return -1;
	}
	return 0;
}

static int dial_tcp(const char *host, unsigned port, const char *source_ip,
		    int64_t deadline, struct dialled *out, struct err *e)
{
	struct race r = { .reasons = BUF_INIT(600) };
	struct addrinfo *all = NULL;
	char *name = NULL;
	int winner = -1;

	if ((source_ip != NULL && set_source(&r, source_ip, e) < 0) ||
	    plain_host(host, &name, e) < 0 ||
	    lookup_host(name, port, r.source_len > 0 ? r.source.ss_family :
			AF_UNSPEC, deadline, &all, e) < 0)
		goto out;
	line_up(&r, all);
	winner = run_race(&r, deadline, e);
	if (winner < 0) {
		err_wrap(e, "cannot connect to '%s' port %u", host, port);
		goto out;
	}
	out->fd = r.runner[winner].fd;
	r.runner[winner].fd = -1;
	numeric(r.order[winner], out->address, sizeof out->address);
	if (all->ai_canonname != NULL && all->ai_canonname[0] != '\0')
		out->canonical = xstrdup(all->ai_canonname);
out:
	for (size_t i = 0; i < r.started; i++) {
		if (r.runner[i].fd >= 0)
			close(r.runner[i].fd);
	}
	if (all != NULL)
		freeaddrinfo(all);
	buf_free(&r.reasons);
	free(name);
	return winner < 0 ? -1 : 0;
}

/* ---- the choice -------------------------------------------------------- */

static int dial_proxy(const struct dial *to, int64_t deadline,
		      struct dialled *out, struct err *e)
{
	char *name = NULL;
	int ret = -1;

	if (plain_host(to->host, &name, e) < 0)
		return -1;
	if (dial_tcp(to->proxy_host, to->proxy_port, to->source_ip, deadline, out,
		     e) == 0)
		ret = proxy_ask(out->fd, to, name, deadline, e);
	if (ret < 0)
		err_wrap(e, "proxy '%s'", to->proxy_host);
	/* What is known of the proxy says nothing about the relay. */
	out->address[0] = '\0';
	free(out->canonical);
	out->canonical = NULL;
	free(name);
	return ret;
}

int dial_open(const struct dial *to, int64_t deadline, struct dialled *out,
	      struct err *e)
{
	struct dialled new = { .fd = -1 };
	int ret;

	if (to->socket != NULL)
		ret = dial_unix(to->socket, deadline, &new.fd, e);
	else if (to->proxy_host != NULL)
		ret = dial_proxy(to, deadline, &new, e);
	else
		ret = dial_tcp(to->host, to->port, to->source_ip, deadline, &new, e);
	if (ret < 0 && new.fd >= 0)
		close(new.fd);
	if (ret == 0)
		*out = new;
	return ret;
}
