/* Plain streams: gathering, waiting, ends, deadlines, being told to stop. */
#include "sys/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/clock.h"
#include "sys/host.h"

#define SECONDS 10

struct both {
	struct stream s;
	int peer;
	struct err e;
};

static void both_open(struct both *b)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	stream_open(&b->s, pair[0]);
	b->peer = pair[1];
	b->e = (struct err)ERR_INIT;
}

static void both_close(struct both *b)
{
	stream_close(&b->s);
	assert_int_equal(b->s.fd, -1);
	if (b->peer >= 0)
		close(b->peer);
}

static size_t waiting(int fd)
{
	static char block[1 << 20];
	ssize_t n = recv(fd, block, sizeof block, MSG_PEEK | MSG_DONTWAIT);

	return n > 0 ? (size_t)n : 0;
}

static void put(struct both *b, const char *text)
{
	size_t n;

	assert_int_equal(stream_put(&b->s, text, strlen(text), false, &n,
				    clock_in(SECONDS), &b->e), 0);
	assert_int_equal(n, strlen(text));
}

/* A TCP connection; the listener, whose queue has the other end. */
static int connected(int *fd)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof sin;
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	*fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&sin, sizeof sin), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&sin, &len), 0);
	assert_int_equal(connect(*fd, (struct sockaddr *)&sin, sizeof sin), 0);
	return listener;
}

static void test_open(void **state)
{
	socklen_t on_len = sizeof(int);
	int fd, on = 0, listener = connected(&fd);
	struct stream s = STREAM_INIT;

	(void)state;
	stream_open(&s, fd);
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &on_len), 0);
	assert_int_not_equal(on, 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	stream_close(&s);
	stream_close(&s);	/* harmless */
	close(listener);
}

static void test_gather(void **state)
{
	struct both b;
	char in[64];

	(void)state;
	both_open(&b);
	put(&b, "MAIL FROM:<a@b>\r\n");
	put(&b, "RCPT TO:<c@d>\r\n");
	assert_int_equal(waiting(b.peer), 0);
	assert_int_equal(stream_flush(&b.s, clock_in(SECONDS), &b.e), 0);
	assert_int_equal(waiting(b.peer), 32);
	assert_int_equal(read(b.peer, in, sizeof in), 32);
	assert_memory_equal(in, "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n", 32);
	assert_int_equal(stream_flush(&b.s, clock_in(SECONDS), &b.e), 0);
	assert_int_equal(waiting(b.peer), 0);
	/* Thrown away, not sent, when nobody flushes. */
	put(&b, ".\r\n");
	stream_close(&b.s);
	assert_int_equal(read(b.peer, in, sizeof in), 0);
	both_close(&b);
}

/* A read writes what is gathered: nobody waits for the other. */
static void test_read_flushes(void **state)
{
	struct both b;
	char in[8];
	size_t n;

	(void)state;
	both_open(&b);
	put(&b, "NOOP\r\n");
	assert_int_equal(send(b.peer, "250\r\n", 5, 0), 5);
	assert_int_equal(stream_read(&b.s, in, sizeof in, &n, clock_in(SECONDS),
				     &b.e), 0);
	assert_int_equal(n, 5);
	assert_int_equal(waiting(b.peer), 6);
	both_close(&b);
}

struct reader {
	int fd;
	size_t slice;
	unsigned char sum;
	size_t got;
	useconds_t pause;
};

static void *read_all(void *arg)
{
	struct reader *r = arg;
	unsigned char block[65536];
	ssize_t n;

	while ((n = read(r->fd, block, r->slice)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			r->sum = (unsigned char)(r->sum * 31 + block[i]);
		r->got += (size_t)n;
		if (r->pause > 0)
			usleep(r->pause);
	}
	return NULL;
}

/* Every slice size gives the same bytes. */
static void test_slices(void **state)
{
	static const size_t slices[] = { 1, 7, 1000, 65535, 65536, 65537, 300000 };
	enum { SIZE = 700000 };
	unsigned char *data = malloc(SIZE), sum = 0;

	(void)state;
	for (size_t i = 0; i < SIZE; i++) {
		data[i] = (unsigned char)(i ^ i >> 7);
		sum = (unsigned char)(sum * 31 + data[i]);
	}
	for (size_t k = 0; k < sizeof slices / sizeof slices[0]; k++) {
		struct reader r = { .slice = 4096 };
		struct both b;
		pthread_t t;

		both_open(&b);
		r.fd = b.peer;
		assert_int_equal(pthread_create(&t, NULL, read_all, &r), 0);
		for (size_t at = 0, n; at < SIZE; at += n) {
			size_t left = SIZE - at;

			assert_int_equal(stream_put(&b.s, (char *)data + at,
				left < slices[k] ? left : slices[k], false, &n,
				clock_in(SECONDS), &b.e), 0);
			assert_true(n > 0);
		}
		assert_int_equal(stream_flush(&b.s, clock_in(SECONDS), &b.e), 0);
		stream_close(&b.s);
		pthread_join(t, NULL);
		assert_int_equal(r.got, SIZE);
		assert_int_equal(r.sum, sum);
		both_close(&b);
	}
	free(data);
}

/* The relay speaks while we write: say so, keep what was not taken. */
static void test_watch(void **state)
{
	enum { SIZE = 2000000 };
	char *data = calloc(1, SIZE), in[16];
	struct both b;
	size_t n, more;
	int r;

	(void)state;
	both_open(&b);
	r = stream_put(&b.s, data, SIZE, true, &n, clock_ms() + 30, &b.e);
	assert_int_equal(r, -1);
	assert_int_equal(b.e.kind, ERR_TEMP);
	assert_non_null(strstr(b.e.text, "timeout"));
	assert_true(n < SIZE);
	assert_int_equal(send(b.peer, "552 no\r\n", 8, 0), 8);
	r = stream_put(&b.s, data, SIZE, true, &more, clock_in(SECONDS), &b.e);
	assert_int_equal(r, 1);
	assert_int_equal(stream_read(&b.s, in, sizeof in, &n, clock_in(SECONDS),
				     &b.e), 0);
	assert_int_equal(n, 8);
	/* Without watching the bytes do not matter. */
	assert_int_equal(send(b.peer, "552 no\r\n", 8, 0), 8);
	r = stream_put(&b.s, data, SIZE, false, &more, clock_ms() + 30, &b.e);
	assert_int_equal(r, -1);
	both_close(&b);
	free(data);
}

/* It says why and goes: the reason is still there to be read. */
static void test_last_words(void **state)
{
	char *data = calloc(1, 200000), in[16];
	struct both b;
	size_t n;

	(void)state;
	both_open(&b);
	assert_int_equal(send(b.peer, "421 bye\r\n", 9, 0), 9);
	close(b.peer);
	b.peer = -1;
	assert_int_equal(stream_put(&b.s, data, 200000, true, &n, clock_in(SECONDS),
				    &b.e), 1);
	assert_int_equal(stream_read(&b.s, in, sizeof in, &n, clock_in(SECONDS),
				     &b.e), 0);
	assert_int_equal(n, 9);
	assert_int_equal(stream_put(&b.s, data, 200000, true, &n, clock_in(SECONDS),
				    &b.e), -1);
	assert_int_equal(b.e.kind, ERR_TEMP);
	both_close(&b);
	free(data);
}

static void test_end(void **state)
{
	struct both b;
	char in[8];
	size_t n;

	(void)state;
	both_open(&b);
	assert_int_equal(send(b.peer, "25", 2, 0), 2);
	shutdown(b.peer, SHUT_WR);
	assert_int_equal(stream_read(&b.s, in, 1, &n, clock_in(SECONDS), &b.e), 0);
	assert_int_equal(n, 1);
	assert_false(b.s.eof);
	assert_int_equal(stream_read(&b.s, in, 8, &n, clock_in(SECONDS), &b.e), 0);
	assert_int_equal(n, 1);
	assert_true(stream_readable(&b.s));
	for (int again = 0; again < 2; again++) {
		assert_int_equal(stream_read(&b.s, in, 8, &n, clock_in(SECONDS),
					     &b.e), 0);
		assert_int_equal(n, 0);
		assert_true(b.s.eof);
	}
	both_close(&b);
}

static void test_reset(void **state)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct linger now = { .l_onoff = 1, .l_linger = 0 };
	socklen_t len = sizeof sin;
	int listener = socket(AF_INET, SOCK_STREAM, 0), peer;
	struct stream s = STREAM_INIT;
	struct err e = ERR_INIT;
	char in[8];
	size_t n;

	(void)state;
	assert_int_equal(bind(listener, (struct sockaddr *)&sin, sizeof sin), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&sin, &len), 0);
	stream_open(&s, socket(AF_INET, SOCK_STREAM, 0));
	fcntl(s.fd, F_SETFL, 0);
	assert_int_equal(connect(s.fd, (struct sockaddr *)&sin, sizeof sin), 0);
	fcntl(s.fd, F_SETFL, O_NONBLOCK);
	peer = accept(listener, NULL, NULL);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(peer);
	assert_int_equal(stream_read(&s, in, sizeof in, &n, clock_in(SECONDS), &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_non_null(strstr(e.text, "reset"));
	assert_false(s.eof);
	stream_close(&s);
	close(listener);
}

static void test_deadlines(void **state)
{
	struct both b;
	char in[8];
	size_t n;
	int64_t start;

	(void)state;
	both_open(&b);
	start = clock_ms();
	assert_int_equal(stream_read(&b.s, in, 8, &n, start + 80, &b.e), -1);
	assert_int_equal(b.e.kind, ERR_TEMP);
	assert_non_null(strstr(b.e.text, "timeout"));
	assert_true(clock_ms() - start >= 80);
	assert_true(clock_ms() - start < 5000);
	/* A deadline that is over is over, whatever there is to read: else
	 * one byte now and then would last for ever. */
	assert_int_equal(send(b.peer, "2", 1, 0), 1);
	assert_int_equal(stream_read(&b.s, in, 8, &n, clock_ms(), &b.e), -1);
	assert_int_equal(stream_read(&b.s, in, 8, &n, CLOCK_NEVER, &b.e), 0);
	assert_int_equal(n, 1);
	both_close(&b);
}

/* In a child, because what is caught stays caught. */
static void stop_child(int before)
{
	struct both b;
	char in[8];
	size_t n;
	pid_t me = getpid(), kid = 0;
	int ok;

	both_open(&b);
	host_catch_stop();
	if (before) {
		raise(SIGTERM);
	} else {
		kid = fork();
		if (kid == 0) {
			usleep(50000);
			kill(me, SIGTERM);
			_exit(0);
		}
	}
	ok = stream_read(&b.s, in, 8, &n, clock_in(SECONDS), &b.e) == -1 &&
		b.e.kind == ERR_TEMP && strstr(b.e.text, "stopped by signal") &&
		host_stopped() == SIGTERM;
	if (kid > 0)
		waitpid(kid, NULL, 0);
	_exit(ok ? 0 : 1);
}

static void test_stop(void **state)
{
	(void)state;
	for (int before = 0; before < 2; before++) {
		int64_t start = clock_ms();
		int status;
		pid_t pid = fork();

		if (pid == 0)
			stop_child(before);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
		assert_true(clock_ms() - start < 5000);
	}
}

/* Does it acknowledge before it waits?  It is told to stop: it does not wait. */
static int acknowledges(struct stream *s)
{
	socklen_t len = sizeof(int);
	struct err e = ERR_INIT;
	int on = 0;
	char in[8];
	size_t n;

	/* as a connection is on which both have spoken */
	if (setsockopt(s->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on) < 0 ||
	    stream_read(s, in, 8, &n, CLOCK_NEVER, &e) == 0 ||
	    getsockopt(s->fd, IPPROTO_TCP, TCP_QUICKACK, &on, &len) < 0)
		return -1;
	return on;
}

/* What a proxy said came before the stream was there. */
static void acknowledge_child(void)
{
	int fd, listener = connected(&fd), peer = accept(listener, NULL, NULL);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct stream s = STREAM_INIT;
	struct err e = ERR_INIT;
	char in[8];
	size_t n;
	int bad;

	stream_open(&s, fd);
	host_catch_stop();
	raise(SIGTERM);
	bad = acknowledges(&s) != 1;
	if (stream_put(&s, "EHLO\r\n", 6, false, &n, CLOCK_NEVER, &e) < 0 ||
	    stream_flush(&s, CLOCK_NEVER, &e) < 0 || acknowledges(&s) != 0)
		bad |= 2;
	if (send(peer, "250-", 4, 0) != 4 || poll(&p, 1, SECONDS * 1000) != 1 ||
	    stream_read(&s, in, 8, &n, CLOCK_NEVER, &e) < 0 || n != 4 ||
	    acknowledges(&s) != 1)
		bad |= 4;
	_exit(bad);
}

static void test_acknowledge(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		acknowledge_child();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A large message passes; what is held of it stays small. */
static void test_many_bytes(void **state)
{
	enum { SIZE = 1 << 20, TIMES = 64 };
	struct reader r = { .slice = 65536 };
	char *data = calloc(1, SIZE);
	struct both b;
	pthread_t t;
	size_t n;

	(void)state;
	both_open(&b);
	r.fd = b.peer;
	assert_int_equal(pthread_create(&t, NULL, read_all, &r), 0);
	for (int i = 0; i < TIMES; i++) {
		assert_int_equal(stream_put(&b.s, data, SIZE, true, &n,
					    clock_in(SECONDS), &b.e), 0);
		assert_true(b.s.out.len < STREAM_OUT_MAX);
	}
	assert_int_equal(stream_flush(&b.s, clock_in(SECONDS), &b.e), 0);
	stream_close(&b.s);
	pthread_join(t, NULL);
	assert_int_equal(r.got, (size_t)SIZE * TIMES);
	both_close(&b);
	free(data);
}

static void test_clock(void **state)
{
	int64_t now = clock_ms();

	(void)state;
	assert_int_equal(clock_in(0), CLOCK_NEVER);
	assert_int_equal(clock_in(-1), CLOCK_NEVER);
	assert_true(clock_in(5) >= now + 5000);
	assert_true(clock_in(5) < now + 6000);
	assert_int_equal(clock_left(CLOCK_NEVER), -1);
	assert_int_equal(clock_left(now), 0);
	assert_int_equal(clock_left(now - 1000000), 0);
	assert_true(clock_left(now + 60000) > 50000);
	assert_int_equal(clock_left(CLOCK_NEVER - 1), INT32_MAX);
	assert_int_equal(clock_sooner(3, CLOCK_NEVER), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_gather),
		cmocka_unit_test(test_read_flushes),
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_last_words),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_acknowledge),
		cmocka_unit_test(test_many_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
