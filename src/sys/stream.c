#include "sys/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/tls.h"
#include "sys/await.h"

void stream_open(struct stream *s, int fd)
{
	const int on = 1;
	int flags = fcntl(fd, F_GETFL);

	*s = (struct stream)STREAM_INIT;
	s->fd = fd;
	s->heard = true;	/* a proxy has spoken, perhaps */
	if (flags >= 0)
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	/* Refused by unix sockets, which never wait for an ACK anyway. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static int broken(int errnum, struct err *e)
{
	if (errnum == EPIPE)
		return err_set(e, ERR_TEMP, "the other side closed the connection");
	return err_sys(e, ERR_TEMP, errnum, "the connection broke");
}

/* Give N bytes away without waiting: how many went, 0: no room, -1. */
static long give(struct stream *s, const char *p, size_t n, struct err *e)
{
	ssize_t put;

	if (s->tls != NULL)
		return tls_send(s->tls, p, n, e);
	do {
		put = send(s->fd, p, n, MSG_NOSIGNAL);
	} while (put < 0 && errno == EINTR);
	if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (put >= 0)
		s->heard = false;
	return put < 0 ? broken(errno, e) : put;
}

static bool owes(const struct stream *s)
{
	return s->sent < s->out.len ||
		(s->tls != NULL && tls_wants_write(s->tls));
}

/*
 * Move what goes without waiting.  1: everything went, 0: no room, -1.
 */
static int push(struct stream *s, struct err *e)
{
	while (s->sent < s->out.len) {
		long put = give(s, s->out.p + s->sent, s->out.len - s->sent, e);

		if (put <= 0)
			return (int)put;
		s->sent += (size_t)put;
	}
	if (s->out.len > 0) {
		explicit_bzero(s->out.p, s->out.len);	/* a login, perhaps */
		buf_clear(&s->out);
		s->sent = 0;
	}
	return s->tls != NULL ? tls_push(s->tls, e) : 1;
}

/*
 * A write has failed.  When the peer said something before it went away,
 * that matters more than the broken pipe: with WATCH the caller shall read
 * it (1), else an alert in it becomes the error.
 */
static int last_words(struct stream *s, bool watch, struct err *e)
{
	if (watch && stream_readable(s)) {
		struct pollfd p = { .fd = s->fd, .events = POLLIN };
		char c;

		if (s->tls != NULL && tls_pending(s->tls))
			return 1;
		if (s->tls == NULL && poll(&p, 1, 0) > 0 &&
		    recv(s->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
			return 1;
	}
	return s->tls != NULL ? tls_why(s->tls, e) : -1;
}

/* Wait for room: 0, or 1 with WATCH when there is something to read, or -1. */
static int wait_room(struct stream *s, bool watch, int64_t deadline,
		     struct err *e)
{
	int got;

	if (watch && s->tls != NULL && tls_pending(s->tls))
		return 1;
	got = await_fd(s->fd, (short)(watch ? POLLOUT | POLLIN : POLLOUT),
		      deadline, "writing", e);
	if (got < 0)
		return -1;
	return watch && (got & POLLIN) != 0 && stream_readable(s);
}

static int drain(struct stream *s, bool watch, int64_t deadline, struct err *e)
{
	for (;;) {
		int r = push(s, e);

		if (r > 0)
			return 0;
		if (r < 0)
			return last_words(s, watch, e);
		r = wait_room(s, watch, deadline, e);
		if (r != 0)
			return r;
	}
}

int stream_put(struct stream *s, const char *p, size_t n, bool watch,
	       size_t *taken, int64_t deadline, struct err *e)
{
	int r;

	*taken = 0;
	while (*taken < n) {
		size_t left = n - *taken, room = STREAM_OUT_MAX - s->out.len;
		long put;

		if (s->out.len > 0 || left < STREAM_OUT_MAX) {
			if (room > left)
				room = left;
			buf_add(&s->out, p + *taken, room);
			*taken += room;
			if (s->out.len < STREAM_OUT_MAX)
				continue;
			r = drain(s, watch, deadline, e);
			if (r != 0)
				return r;
			continue;
		}
		put = give(s, p + *taken, left, e);
		if (put < 0)
			return last_words(s, watch, e);
		*taken += (size_t)put;
		r = put > 0 ? 0 : wait_room(s, watch, deadline, e);
		if (r != 0)
			return r;
	}
	return 0;
}

int stream_flush(struct stream *s, int64_t deadline, struct err *e)
{
	return drain(s, false, deadline, e);
}

/* Take what is there: bytes, 0 at the end, -1, or TLS_AGAIN. */
static long take(struct stream *s, char *p, size_t n, struct err *e)
{
	ssize_t got;

	if (s->tls != NULL)
		return tls_recv(s->tls, p, n, e);
	do {
		got = recv(s->fd, p, n, 0);
	} while (got < 0 && errno == EINTR);
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return TLS_AGAIN;
	s->heard = got > 0;
	return got < 0 ? broken(errno, e) : got;
}

/*
 * Acknowledge now what has been read.  A server that writes twice, say TLS
 * tickets and then a reply, may hold the second back until the first is
 * acknowledged (RFC 896), which the kernel puts off by 40 ms in the hope that
 * we have something to say.  Where we said something since, that took the
 * acknowledgement along; what TLS reads by itself is not seen here.
 */
static void acknowledge(const struct stream *s)
{
	const int on = 1;

	if (s->tls != NULL || s->heard)
		setsockopt(s->fd, IPPROTO_TCP, TCP_QUICKACK, &on,
				   sizeof on);
}

int stream_read(struct stream *s, char *p, size_t n, size_t *got,
		int64_t deadline, struct err *e)
{
	bool deaf = false;	/* the peer takes no more; it may have answered */

	*got = 0;
	while (!s->eof) {
		short events = POLLIN;
		long r;

		if (owes(s) && !deaf) {
			int room = push(s, NULL);

			deaf = room < 0;
			if (room == 0)
				events |= POLLOUT;
		}
		if (clock_left(deadline) == 0)
			return err_set(e, ERR_TEMP, "timeout reading");
		r = take(s, p, n, e);
		if (r == 0)
			s->eof = true;
		if (r > 0)
			*got = (size_t)r;
		if (r >= 0)
			break;
		if (r != TLS_AGAIN)
			return -1;
		if (s->awake > 0) {
			s->awake--;
			sched_yield();
			continue;
		}
		acknowledge(s);
		if (await_fd(s->fd, events, deadline, "reading", e) < 0)
			return -1;
	}
	s->awake = 0;
	return 0;
}

bool stream_readable(struct stream *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };

	if (s->fd < 0)
		return false;
	if (s->tls != NULL && tls_pending(s->tls))
		return true;
	if (poll(&p, 1, 0) <= 0)
		return false;
	return s->tls == NULL || tls_look(s->tls);
}

void stream_close(struct stream *s)
{
	if (s->tls != NULL) {
		tls_bye(s->tls);
		tls_free(s->tls);
		s->tls = NULL;
	}
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->sent = 0;
	s->eof = false;
	buf_wipe(&s->out);
}
