#include "sys/proxy.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "sys/await.h"
#include "wire/socks5.h"

static int send_all(int fd, const struct buf *b, int64_t deadline, struct err *e)
{
	size_t at = 0;

	while (at < b->len) {
		ssize_t put = send(fd, b->p + at, b->len - at, MSG_NOSIGNAL);

		if (put >= 0)
			at += (size_t)put;
		else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (await_fd(fd, POLLOUT, deadline, "writing", e) < 0)
				return -1;
		} else if (errno != EINTR)
			return err_sys(e, ERR_TEMP, errno, "the connection broke");
	}
	return 0;
}

/*
 * Bytes are looked at first and taken when the engine has said how many are
 * the proxy's: those behind are the relay's greeting.
 */
static int one_answer(int fd, struct socks5 *s, struct buf *out, int64_t deadline,
		      struct err *e)
{
	char in[SOCKS5_REPLY_MAX];
	size_t used = 0;
	ssize_t got;
	int r;

	if (await_fd(fd, POLLIN, deadline, "waiting for an answer", e) < 0)
		return -1;
	got = recv(fd, in, sizeof in, MSG_PEEK);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got < 0)
		return err_sys(e, ERR_TEMP, errno, "the connection broke");
	if (got == 0)
		return err_set(e, ERR_TEMP, "closed the connection");
	r = socks5_feed(s, in, (size_t)got, &used, out, e);
	if (r == 0 && used == 0)
		return err_set(e, ERR_PROTOCOL, "an answer that cannot be");
	/* It is all there: no wait, no short read. */
	if (used > 0 && recv(fd, in, used, 0) != (ssize_t)used)
		return err_set(e, ERR_TEMP, "the connection broke");
	return r;
}

int proxy_ask(int fd, const struct dial *to, const char *host, int64_t deadline,
	      struct err *e)
{
	struct buf out = BUF_INIT(2048);
	struct socks5 s;
	size_t used;
	int r;

	if (socks5_init(&s, host, to->port, to->proxy_user, to->proxy_password,
			e) < 0)
		return -1;
	r = socks5_feed(&s, NULL, 0, &used, &out, e);
	while (r == 0) {
		r = send_all(fd, &out, deadline, e);
		buf_wipe(&out);		/* it may have held the password */
		if (r == 0)
			r = one_answer(fd, &s, &out, deadline, e);
	}
	buf_wipe(&out);
	socks5_clear(&s);
	return r > 0 ? 0 : -1;
}
