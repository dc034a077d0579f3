/*
 * The server's side of a dialogue.  Everything waits at most until the test's
 * deadline.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "peer.h"
#include "talk.h"

enum { ENDLESS_MAX = 1 << 28 };

struct peer peer = { .listen4 = -1, .listen6 = -1, .fd = -1 };

unsigned
peer_port(void)
{
	return peer.port;
}

const struct bytes *
peer_clear(void)
{
	return &peer.clear;
}

/* A bound port at which nobody listens: connections are refused, and nobody else
 * can take it. */
static void
bind_only(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
		die("cannot bind: %s", strerror(errno));
	peer.port = ntohs(sa.sin_port);
}

void
peer_listen(const char *kind)
{
	if (strcmp(kind, "unix") == 0) {
		char *path = make_text("%s/sock", talk.dir);

		peer.listen4 = listen_unix(path);
		free(path);
	} else if (strcmp(kind, "refuse") == 0) {
		bind_only();
		return;
	} else {
		/* localhost may mean ::1 too: nobody else shall answer there. */
		for (int tries = 0; tries < 50 && peer.listen6 < 0; tries++) {
			unsigned port = 0;

			if (peer.listen4 >= 0)
				close(peer.listen4);
			peer.listen4 = listen_tcp(AF_INET, &port);
			peer.port = port;
			peer.listen6 = listen_tcp(AF_INET6, &port);
			if (peer.listen6 < 0 && errno != EADDRINUSE)
				break;		/* no IPv6 here */
		}
	}
	if (peer.listen4 < 0)
		die("cannot listen: %s", strerror(errno));
}

static int
left(void)
{
	int64_t ms = talk.deadline - now_ms();

	return ms < 0 ? 0 : ms > 60000 ? 60000 : (int)ms;
}

/* Waits for the descriptor; fails at the deadline. */
void
peer_wait(short events)
{
	struct pollfd p = { peer.fd, events, 0 };

	while (poll(&p, 1, left()) <= 0) {
		if (left() == 0)
			fail("nothing happened until the deadline");
	}
}

static void
drop_connection(void)
{
	if (peer.tls != NULL)
		gnutls_deinit(peer.tls);
	if (peer.fd >= 0)
		close(peer.fd);
	peer.tls = NULL;
	peer.fd = -1;
	peer.in.len = 0;
}

static int
take_connection(void)
{
	int fd = -1;

	if (peer.listen4 >= 0)
		fd = accept4(peer.listen4, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0 && peer.listen6 >= 0)
		fd = accept4(peer.listen6, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	return fd;
}

static void
open_connection(void)
{
	int one = 1;

	for (int pause = 1; (peer.fd = take_connection()) < 0; pause = pause < 10 ? pause + 1 : 10) {
		bool gone = program_ended();

		peer.fd = take_connection();
		if (peer.fd >= 0)
			break;
		if (gone)
			fail("the program ended without a connection");
		if (left() == 0)
			fail("no connection until the deadline");
		sleep_ms(pause);
	}
	setsockopt(peer.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	peer.over = peer.eof = false;
	peer.in.len = 0;
	peer.count++;
	note("**", "connection", 10);
}

/* The first thing said opens the first connection. */
void
peer_ensure(void)
{
	if (peer.fd < 0 && peer.count == 0)
		open_connection();
	if (peer.fd < 0)
		fail("there is no connection any more");
}

void
do_accept(const struct step *s)
{
	(void)s;
	if (peer.count > 0)
		peer_finish();
	open_connection();
}

void
peer_no_more(void)
{
	int fd = take_connection();
	char c;

	if (fd < 0)
		return;
	/* A race of addresses may leave one that was never used. */
	sleep_ms(20);
	if (recv(fd, &c, 1, 0) == 0) {
		close(fd);
		return;
	}
	fail("one connection more than the file has");
}

/* Reads what there is, waiting for it: false when the client has closed. */
bool
peer_more(void)
{
	ssize_t n;

	if (peer.eof)
		return false;
	bytes_room(&peer.in, 65536);
	for (;;) {
		char *at = peer.in.p + peer.in.len;

		if (peer.tls != NULL) {
			n = gnutls_record_recv(peer.tls, at, 65536);
			if (n >= 0 || gnutls_error_is_fatal((int)n))
				break;
			if (gnutls_record_check_pending(peer.tls) == 0 && n == GNUTLS_E_AGAIN)
				peer_wait(POLLIN);
		} else {
			n = recv(peer.fd, at, 65536, 0);
			if (n >= 0 || (errno != EAGAIN && errno != EINTR))
				break;
			peer_wait(POLLIN);
		}
	}
	if (n <= 0) {
		peer.eof = true;
		note("C:", "[closed]", 8);
		return false;
	}
	note(peer.tls == NULL ? "C:" : "C~", peer.in.p + peer.in.len, (size_t)n);
	if (peer.tls == NULL)
		bytes_add(&peer.clear, peer.in.p + peer.in.len, (size_t)n);
	peer.in.len += (size_t)n;
	return true;
}

bool
peer_line(struct bytes *line)
{
	const char *nl;
	size_t n;

	peer_ensure();
	while ((nl = peer.in.len == 0 ? NULL : memchr(peer.in.p, '\n', peer.in.len)) == NULL) {
		if (!peer_more())
			return false;
	}
	n = (size_t)(nl - peer.in.p) + 1;
	bytes_add(line, peer.in.p, n);
	bytes_eat(&peer.in, n);
	if (n < 2 || line->p[line->len - 2] != '\r')
		fail("a line from the client ends without CR");
	line->len -= 2;
	line->p[line->len] = '\0';
	if (memchr(line->p, '\r', line->len) != NULL)
		fail("a bare CR from the client");
	return true;
}

size_t
peer_bytes(struct bytes *out, size_t n)
{
	size_t start = out->len;

	peer_ensure();
	while (peer.in.len < n && peer_more())
		;
	if (n > peer.in.len)
		n = peer.in.len;
	bytes_add(out, bytes_text(&peer.in), n);
	bytes_eat(&peer.in, n);
	return out->len - start;
}

bool
peer_quiet(int64_t ms)
{
	int64_t end = now_ms() + ms;

	peer_ensure();
	while (peer.in.len == 0 && now_ms() < end) {
		struct pollfd p = { peer.fd, POLLIN, 0 };

		if (poll(&p, 1, (int)(end - now_ms())) > 0 && !peer_more())
			return true;
	}
	return peer.in.len == 0;
}

void
peer_over(void)
{
	peer.over = true;
}

/* False when the client does not take it any more. */
static bool
put(const char *p, size_t n)
{
	size_t slice = peer.slice == 0 ? n : peer.slice;

	for (size_t done = 0; done < n;) {
		size_t part = n - done < slice ? n - done : slice;
		ssize_t w;

		if (peer.tls != NULL)
			w = gnutls_record_send(peer.tls, p + done, part);
		else
			w = send(peer.fd, p + done, part, MSG_NOSIGNAL);
		if (peer.tls != NULL ? w == GNUTLS_E_AGAIN || w == GNUTLS_E_INTERRUPTED :
		    w < 0 && (errno == EAGAIN || errno == EINTR)) {
			peer_wait(POLLOUT);
			continue;
		}
		if (w < 0)
			return false;
		done += (size_t)w;
		if (done < n && peer.slice > 0)
			sleep_ms(1);
	}
	return true;
}

void
peer_send(const void *p, size_t n)
{
	peer_ensure();
	note(peer.tls == NULL ? "S:" : "S~", p, n);
	if (!put(p, n))
		note("**", "the client does not read any more", 33);
}

void
do_send_line(const struct step *s)
{
	struct bytes b = BYTES_INIT;

	bytes_fmt(&b, "%s\r\n", s->text);
	peer_send(b.p, b.len);
	bytes_clear(&b);
}

void
do_send_raw(const struct step *s)
{
	struct bytes b = BYTES_INIT;

	unescape(s->text, &b);
	peer_send(b.p, b.len);
	bytes_clear(&b);
}

void
do_send_below(const struct step *s)
{
	struct bytes b = BYTES_INIT;

	peer_ensure();
	unescape(s->text, &b);
	note("S!", b.p, b.len);
	if (send(peer.fd, b.p, b.len, MSG_NOSIGNAL) < 0)
		note("**", strerror(errno), strlen(strerror(errno)));
	bytes_clear(&b);
}

/* Has the client closed or sent something?  Reads it away: a client that is busy
 * refusing us may also say QUIT. */
static bool
client_gone(int wait_ms)
{
	struct pollfd p = { peer.fd, POLLIN, 0 };
	char c[4096];
	ssize_t n;

	if (poll(&p, 1, wait_ms) <= 0)
		return false;
	if (peer.tls != NULL) {
		n = gnutls_record_recv(peer.tls, c, sizeof(c));
		return n == 0 || (n < 0 && gnutls_error_is_fatal((int)n));
	}
	n = recv(peer.fd, c, sizeof(c), 0);
	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

void
do_endless(const struct step *s)
{
	struct bytes one = BYTES_INIT, many = BYTES_INIT;
	size_t sent = 0;

	peer_ensure();
	unescape(s->text, &one);
	while (many.len < 65536)
		bytes_add(&many, one.p, one.len);
	note("S:", one.p, one.len);
	while (!client_gone(0) && put(many.p, many.len)) {
		sent += many.len;
		if (sent > ENDLESS_MAX)
			fail("the client takes it for ever");
		if (left() == 0)
			fail("the client still reads at the deadline");
	}
	bytes_clear(&one);
	bytes_clear(&many);
	peer.over = true;
}

void
do_trickle(const struct step *s)
{
	struct bytes b = BYTES_INIT;
	char *text;
	long ms = strtol(s->text, &text, 10);

	peer_ensure();
	unescape(*text == ' ' ? text + 1 : text, &b);
	if (b.len == 0)
		fail("trickle wants a text");
	note("S:", b.p, b.len);
	for (size_t i = 0; !client_gone((int)ms); i++) {
		if (!put(b.p + i % b.len, 1))
			break;
		if (left() == 0)
			fail("the client still waits at the deadline");
	}
	bytes_clear(&b);
	peer.over = true;
}

void
do_split(const struct step *s)
{
	peer.slice = (size_t)atol(s->text);
}

void
do_delay(const struct step *s)
{
	sleep_ms(atol(s->text));
}

void
do_close(const struct step *s)
{
	(void)s;
	peer_ensure();
	note("S:", "[close]", 7);
	drop_connection();
}

void
do_bye(const struct step *s)
{
	peer_ensure();
	if (peer.tls != NULL)
		gnutls_bye(peer.tls, GNUTLS_SHUT_WR);
	do_close(s);
}

void
do_reset(const struct step *s)
{
	struct linger now = { 1, 0 };

	peer_ensure();
	setsockopt(peer.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	do_close(s);
}

void
do_stall(const struct step *s)
{
	(void)s;
	peer_ensure();
	program_wait();
	peer.over = true;
}

void
do_signal(const struct step *s)
{
	program_signal(s->text);
}

/* After the last directive: QUIT or nothing, then the end. */
void
peer_finish(void)
{
	static const char quit[] = "QUIT\r\n", bye[] = "221 2.0.0 bye\r\n";
	bool answered = false;

	if (peer.fd < 0)
		return;
	while (!peer.over && peer_more()) {
		if (peer.in.len > 6 || strncmp(peer.in.p, quit, peer.in.len) != 0)
			fail("the client sends something more: %.60s", peer.in.p);
		if (peer.in.len == 6 && !answered) {
			answered = true;
			note("S:", bye, sizeof(bye) - 1);
			put(bye, sizeof(bye) - 1);
		}
	}
	/* What comes after a stall or a broken handshake still must not be a
	 * secret in clear. */
	if (peer.over && peer.tls == NULL && !peer.eof) {
		char rest[65536];
		ssize_t n;

		while ((n = recv(peer.fd, rest, sizeof(rest), 0)) > 0)
			bytes_add(&peer.clear, rest, (size_t)n);
	}
	drop_connection();
}
