/*
 * Reaching a relay, on loopback only.  getaddrinfo() is ours here: names
 * under .test have the addresses, the delays and the errors below.
 */
#include "sys/dial.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/clock.h"
#include "sys/host.h"

static const struct fake {
	const char *name;
	const char *addresses[4];
	const char *canonical;
	unsigned ms;		/* the answer takes */
	int status;
} fakes[] = {
	{ "one.test", { "127.0.0.1" }, "one.canonical.test", 0, 0 },
	{ "xn--bcher-kva.test", { "127.0.0.1" }, NULL, 0, 0 },
	{ "dead-first.test", { "127.0.0.3", "127.0.0.1" }, NULL, 0, 0 },
	{ "refused-first.test", { "127.0.0.2", "127.0.0.1" }, NULL, 0, 0 },
	{ "all-refused.test", { "127.0.0.2", "127.0.0.4", "127.0.0.5", "127.0.0.6" },
	  NULL, 0, 0 },
	{ "all-dead.test", { "127.0.0.3", "127.0.0.3", "127.0.0.3", "127.0.0.3" },
	  NULL, 0, 0 },
	{ "dead-thrice.test", { "127.0.0.3", "127.0.0.3", "127.0.0.3", "127.0.0.1" },
	  NULL, 0, 0 },
	{ "both.test", { "127.0.0.3", "127.0.0.3", "::1" }, NULL, 0, 0 },
	{ "late.test", { "127.0.0.1" }, NULL, 100, 0 },
	{ "hangs.test", { "127.0.0.1" }, NULL, 20000, 0 },
	{ "none.test", { NULL }, NULL, 0, EAI_NONAME },
	{ "again.test", { NULL }, NULL, 0, EAI_AGAIN },
	{ "fail.test", { NULL }, NULL, 0, EAI_FAIL },
};

static atomic_int asked;	/* names that went to the resolver */
static atomic_int family_wanted;

typedef int resolver(const char *, const char *, const struct addrinfo *,
		     struct addrinfo **);

static resolver *real(void)
{
	static resolver *found;

	if (found == NULL) {
		void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");

		memcpy(&found, &symbol, sizeof found);
	}
	return found;
}

static int invent(const struct fake *f, const char *service,
		  const struct addrinfo *hints, struct addrinfo **res)
{
	struct addrinfo numeric = *hints, *head = NULL, **end = &head;

	usleep(f->ms * 1000);
	if (f->status != 0)
		return f->status;
	numeric.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	for (size_t i = 0; i < 4 && f->addresses[i] != NULL; i++) {
		if (real()(f->addresses[i], service, &numeric, end) == 0)
			end = &(*end)->ai_next;
	}
	if (head == NULL)
		return EAI_NONAME;
	if (f->canonical != NULL && (hints->ai_flags & AI_CANONNAME) != 0)
		head->ai_canonname = strdup(f->canonical);
	*res = head;
	return 0;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **res)
{
	if (name == NULL || (hints->ai_flags & AI_NUMERICHOST) != 0)
		return real()(name, service, hints, res);
	asked++;
	family_wanted = hints->ai_family;
	for (size_t i = 0; i < sizeof fakes / sizeof fakes[0]; i++) {
		if (strcmp(name, fakes[i].name) == 0)
			return invent(&fakes[i], service, hints, res);
	}
	return EAI_NONAME;
}

/* ---- the other side ---------------------------------------------------- */

static int good4, good6, dead;	/* listeners; 6: -1 where there is none */
static unsigned port;		/* of all of them */
static int fill[64];		/* what makes the dead one dead */
static size_t fill_n;

static int listen_on(const char *address, unsigned at, int backlog)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST,
		.ai_socktype = SOCK_STREAM }, *ai;
	char service[8];
	int fd, on = 1;

	snprintf(service, sizeof service, "%u", at);
	if (real()(address, service, &hints, &ai) != 0)
		return -1;
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd >= 0 && (bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 ||
			listen(fd, backlog) < 0)) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(ai);
	return fd;
}

static unsigned port_of(int fd)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof sin;

	return getsockname(fd, (struct sockaddr *)&sin, &len) < 0 ? 0 :
		ntohs(sin.sin_port);
}

/* A listener whose queue is full answers no SYN: a black hole on loopback. */
static void kill_listener(int listener)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof sin;

	getsockname(listener, (struct sockaddr *)&sin, &len);
	for (fill_n = 0; fill_n < 64; fill_n++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		struct sockaddr_in other;

		fill[fill_n] = fd;
		if (connect(fd, (struct sockaddr *)&sin, sizeof sin) == 0)
			continue;
		usleep(20000);
		len = sizeof other;
		if (getpeername(fd, (struct sockaddr *)&other, &len) < 0) {
			fill_n++;	/* this one hangs */
			return;
		}
	}
}

static int set_up(void **state)
{
	(void)state;
	for (int tries = 0; tries < 50; tries++) {
		good4 = listen_on("127.0.0.1", 0, 50);
		if (good4 < 0)
			return -1;
		port = port_of(good4);
		dead = listen_on("127.0.0.3", port, 0);
		good6 = listen_on("::1", port, 50);
		if (dead >= 0 && (good6 >= 0 || listen_on("::1", 0, 1) < 0))
			break;
		close(good4);
		close(dead);
	}
	kill_listener(dead);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < fill_n; i++)
		close(fill[i]);
	close(good4);
	close(dead);
	if (good6 >= 0)
		close(good6);
	return 0;
}

/* ---- tests ------------------------------------------------------------- */

static void expect_good(const struct dial *to, const char *address)
{
	struct dialled d = { .fd = -1 };
	struct err e = ERR_INIT;

	if (dial_open(to, clock_in(10), &d, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(d.address, address);
	assert_true(fcntl(d.fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(d.fd, F_GETFD) & FD_CLOEXEC);
	close(d.fd);
	free(d.canonical);
}

static void expect_bad(const struct dial *to, int64_t ms, enum err_kind kind,
		       const char *says)
{
	struct dialled d = { .fd = -7 };
	struct err e = ERR_INIT;
	int64_t start = clock_ms();
	int before = dup(0), after;

	close(before);
	assert_int_equal(dial_open(to, clock_ms() + ms, &d, &e), -1);
	if (e.kind != kind || strstr(e.text, says) == NULL)
		fail_msg("kind %d, \"%s\"", (int)e.kind, e.text);
	assert_int_equal(d.fd, -7);
	assert_true(clock_ms() - start < ms + 3000);
	/* A look-up that was left behind keeps one until it ends; one that
	 * has just ended is about to give it back. */
	for (int i = 0; i < 2000; i++) {
		after = dup(0);
		close(after);
		if (after <= before + (strncmp(to->host, "hangs", 5) == 0))
			return;
		usleep(1000);
	}
	fail_msg("%s: descriptor left open", to->host);
}

static void test_literals(void **state)
{
	struct dial to = { .host = "127.0.0.1", .port = port };

	(void)state;
	asked = 0;
	expect_good(&to, "127.0.0.1");
	if (good6 >= 0) {
		to.host = "::1";
		expect_good(&to, "::1");
		to.host = "[::1]";
		expect_good(&to, "::1");
	}
	assert_int_equal(asked, 0);	/* no resolver for these */
}

static void test_names(void **state)
{
	struct dial to = { .host = "one.test", .port = port };
	struct dialled d = { .fd = -1 };
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(dial_open(&to, clock_in(10), &d, &e), 0);
	assert_string_equal(d.canonical, "one.canonical.test");
	close(d.fd);
	free(d.canonical);
	to.host = "b\xc3\xbc" "cher.test";
	expect_good(&to, "127.0.0.1");
	to.host = "late.test";
	expect_good(&to, "127.0.0.1");
}

static void test_lookup_errors(void **state)
{
	struct dial to = { .host = "none.test", .port = port };

	(void)state;
	expect_bad(&to, 5000, ERR_NOHOST, "cannot find 'none.test'");
	to.host = "again.test";
	expect_bad(&to, 5000, ERR_TEMP, "cannot look up 'again.test'");
	to.host = "fail.test";
	expect_bad(&to, 5000, ERR_TEMP, "cannot look up 'fail.test'");
	to.host = "two..dots";
	expect_bad(&to, 5000, ERR_NOHOST, "");
}

/* Weakness 3 of msmtp: the look-up of a name was bound by no timeout. */
static void test_w03_a_look_up_has_an_end(void **state)
{
	struct dial to = { .host = "hangs.test", .port = port };
	int64_t start = clock_ms();

	(void)state;
	expect_bad(&to, 100, ERR_TEMP, "timeout");
	assert_true(clock_ms() - start < 3000);
}

/*
 * Weakness 49 of msmtp: one address after the other, each with the whole
 * timeout, one family after the other.
 */
static void test_w49_addresses_do_not_wait_for_each_other(void **state)
{
	struct dial to = { .host = "dead-first.test", .port = port };
	int64_t start = clock_ms();

	(void)state;
	expect_good(&to, "127.0.0.1");
	assert_true(clock_ms() - start >= 240);	/* the head start */
	assert_true(clock_ms() - start < 2000);
	to.host = "refused-first.test";
	start = clock_ms();
	expect_good(&to, "127.0.0.1");
	assert_true(clock_ms() - start < 200);	/* nothing to wait for */
	to.host = "dead-thrice.test";
	start = clock_ms();
	expect_good(&to, "127.0.0.1");
	assert_true(clock_ms() - start < 2000);
	/* and all of them together have no more time than one */
	to.host = "all-dead.test";
	start = clock_ms();
	expect_bad(&to, 1500, ERR_TEMP, "timeout");
	assert_true(clock_ms() - start < 2500);
	if (good6 < 0)
		return;
	/* Families take turns: the second attempt is IPv6. */
	to.host = "both.test";
	start = clock_ms();
	expect_good(&to, "::1");
	assert_true(clock_ms() - start < 490);
}

static void test_all_fail(void **state)
{
	struct dial to = { .host = "all-refused.test", .port = port };

	(void)state;
	expect_bad(&to, 5000, ERR_TEMP, "127.0.0.2: Connection refused; 127.0.0.4: "
		   "Connection refused; 127.0.0.5: Connection refused");
	to.host = "127.0.0.2";
	expect_bad(&to, 5000, ERR_TEMP, "cannot connect to '127.0.0.2' port");
	to.host = "127.0.0.3";
	expect_bad(&to, 100, ERR_TEMP, "timeout");
}

static void test_source(void **state)
{
	struct dial to = { .host = "127.0.0.1", .port = port,
		.source_ip = "127.0.0.9" };
	struct dialled d = { .fd = -1 };
	struct err e = ERR_INIT;
	struct sockaddr_in sin;
	socklen_t len = sizeof sin;

	(void)state;
	assert_int_equal(dial_open(&to, clock_in(10), &d, &e), 0);
	assert_int_equal(getsockname(d.fd, (struct sockaddr *)&sin, &len), 0);
	assert_int_equal(ntohl(sin.sin_addr.s_addr), 0x7f000009);
	close(d.fd);
	free(d.canonical);
	to.host = "one.test";
	expect_good(&to, "127.0.0.1");
	assert_int_equal(family_wanted, AF_INET);
	to.source_ip = "::1";
	expect_bad(&to, 5000, ERR_NOHOST, "no address of the family");
	to.source_ip = "one.test";
	expect_bad(&to, 5000, ERR_CONFIG, "source_ip 'one.test'");
	to.source_ip = "192.0.2.1";	/* not ours */
	expect_bad(&to, 5000, ERR_OS, "cannot use source_ip '192.0.2.1'");
}

static void test_unix(void **state)
{
	char dir[] = "/tmp/ostler-dial.XXXXXX", path[64], longest[200];
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct dial to = { .socket = path, .host = "none.test" };
	int listener, queued[10];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/s", dir);
	expect_bad(&to, 1000, ERR_TEMP, "No such file");
	snprintf(sun.sun_path, sizeof sun.sun_path, "%s", path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&sun, sizeof sun), 0);
	expect_bad(&to, 1000, ERR_TEMP, "refused");
	assert_int_equal(listen(listener, 0), 0);
	expect_good(&to, "");
	/* A full queue is waited for, not for ever. */
	close(accept(listener, NULL, NULL));
	for (size_t i = 0; i < 10; i++) {
		queued[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(queued[i], (struct sockaddr *)&sun, sizeof sun);
	}
	expect_bad(&to, 80, ERR_TEMP, "timeout");
	for (size_t i = 0; i < 10; i++)
		close(queued[i]);
	memset(longest, 'x', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	to.socket = longest;
	expect_bad(&to, 1000, ERR_CONFIG, "longer than 107");
	close(listener);
	unlink(path);
	rmdir(dir);
}

/* ---- a SOCKS5 proxy (RFC 1928) ------------------------------------------ */

struct step {
	const char *want;	/* NULL: nothing is read */
	size_t want_n;
	const char *say;
	size_t say_n;
};

struct proxy {
	int listener;
	struct step steps[4];
	size_t n;
	bool trickle;		/* says it byte by byte */
	bool keep;		/* stays open until the client goes */
	bool right;		/* every step was as wanted */
	pthread_t thread;
};

static void say(int fd, const struct step *s, bool trickle)
{
	size_t piece = trickle ? 1 : s->say_n;

	for (size_t at = 0; at < s->say_n; at += piece) {
		if (send(fd, s->say + at, piece, MSG_NOSIGNAL) < 0)
			return;
		if (trickle)
			usleep(1000);
	}
}

static void *play(void *arg)
{
	struct proxy *p = arg;
	int fd = accept(p->listener, NULL, NULL);
	char in[600];

	p->right = fd >= 0;
	for (size_t i = 0; i < p->n && p->right; i++) {
		const struct step *s = &p->steps[i];

		if (s->want_n > 0)
			p->right = recv(fd, in, s->want_n, MSG_WAITALL) ==
				(ssize_t)s->want_n && memcmp(in, s->want, s->want_n) == 0;
		if (p->right)
			say(fd, s, p->trickle);
	}
	if (p->keep)
		while (recv(fd, in, sizeof in, 0) > 0)
			continue;
	close(fd);
	return NULL;
}

static unsigned proxy_start(struct proxy *p)
{
	unsigned at;

	p->listener = listen_on("127.0.0.1", 0, 1);
	assert_true(p->listener >= 0);
	at = port_of(p->listener);
	assert_int_equal(pthread_create(&p->thread, NULL, play, p), 0);
	return at;
}

static void proxy_end(struct proxy *p)
{
	pthread_join(p->thread, NULL);
	close(p->listener);
	assert_true(p->right);
}

#define HELLO { "\5\1\0", 3, "\5\0", 2 }
/* CONNECT to the name "relay.test" (10 bytes), port 587 */
#define ASK "\5\1\0\3\x0arelay.test\x02\x4b", 17
#define YES "\5\0\0\1\x7f\0\0\1\x02\x4b"

static void expect_proxy(struct proxy p, enum err_kind kind, const char *says)
{
	struct dial to = { .host = "relay.test", .port = 587,
		.proxy_host = "127.0.0.1", .proxy_port = proxy_start(&p) };

	asked = 0;
	expect_bad(&to, 5000, kind, says);
	assert_int_equal(asked, 0);	/* the proxy resolves, nobody else */
	proxy_end(&p);
}

static void test_proxy(void **state)
{
	(void)state;
	for (int trickle = 0; trickle < 2; trickle++) {
		struct proxy p = { .n = 2, .keep = true, .trickle = trickle != 0,
			.steps = { HELLO, { ASK, YES "220 hi\r\n", 18 } } };
		struct dial to = { .host = "relay.test", .port = 587,
			.proxy_host = "one.test", .proxy_port = proxy_start(&p) };
		struct dialled d = { .fd = -1 };
		struct err e = ERR_INIT;
		char in[16];

		if (dial_open(&to, clock_in(10), &d, &e) < 0)
			fail_msg("%s", e.text);
		assert_string_equal(d.address, "");
		assert_null(d.canonical);
		/* The relay's first words are all there. */
		fcntl(d.fd, F_SETFL, 0);
		assert_int_equal(recv(d.fd, in, 8, MSG_WAITALL), 8);
		assert_memory_equal(in, "220 hi\r\n", 8);
		close(d.fd);
		proxy_end(&p);
	}
}

static void test_proxy_login(void **state)
{
	struct proxy p = { .n = 3, .keep = true, .steps = {
		{ "\5\2\0\2", 4, "\5\2", 2 },
		{ "\1\3joe\6secret", 12, "\1\0", 2 },
		{ ASK, YES, 10 } } };
	struct secret s = SECRET_INIT;
	struct dial to = { .host = "relay.test", .port = 587,
		.proxy_host = "127.0.0.1", .proxy_user = "joe", .proxy_password = &s };
	struct dialled d = { .fd = -1 };
	struct err e = ERR_INIT;

	(void)state;
	secret_set(&s, "secret", 6);
	to.proxy_port = proxy_start(&p);
	if (dial_open(&to, clock_in(10), &d, &e) < 0)
		fail_msg("%s", e.text);
	close(d.fd);
	proxy_end(&p);
	p.steps[1].say = "\1\1";
	p.n = 2;
	to.proxy_port = proxy_start(&p);
	expect_bad(&to, 5000, ERR_NOPERM, "proxy '127.0.0.1'");
	proxy_end(&p);
	secret_clear(&s);
}

static void test_proxy_refusals(void **state)
{
	(void)state;
	expect_proxy((struct proxy){ .n = 2, .steps = { HELLO,
		{ ASK, "\5\2\0\1\0\0\0\0\0\0", 10 } } }, ERR_UNAVAILABLE, "rules");
	expect_proxy((struct proxy){ .n = 2, .steps = { HELLO,
		{ ASK, "\5\5\0\1\0\0\0\0\0\0", 10 } } }, ERR_TEMP, "refused");
	expect_proxy((struct proxy){ .n = 1, .steps = {
		{ "\5\1\0", 3, "\5\xff", 2 } } }, ERR_NOPERM, "proxy");
	expect_proxy((struct proxy){ .n = 1, .steps = {
		{ "\5\1\0", 3, "HTTP/1.1 400\r\n", 14 } } }, ERR_PROTOCOL, "proxy");
	expect_proxy((struct proxy){ .n = 2, .steps = { HELLO,
		{ ASK, "\5\0\0", 3 } } }, ERR_TEMP, "proxy");
	expect_proxy((struct proxy){ .n = 1, .steps = { { NULL, 0, "", 0 } } },
		     ERR_TEMP, "proxy");
}

/* Silence, a dead proxy, and never a way around it. */
static void test_proxy_bounded(void **state)
{
	struct proxy p = { .n = 1, .keep = true, .steps = { HELLO } };
	struct dial to = { .host = "127.0.0.1", .port = port,
		.proxy_host = "127.0.0.1", .proxy_port = proxy_start(&p) };
	int fd;

	(void)state;
	fcntl(good4, F_SETFL, O_NONBLOCK);
	while ((fd = accept(good4, NULL, NULL)) >= 0)
		close(fd);	/* of the tests before */
	expect_bad(&to, 100, ERR_TEMP, "timeout");
	proxy_end(&p);
	to.proxy_host = "127.0.0.2";
	to.proxy_port = port;
	expect_bad(&to, 5000, ERR_TEMP, "refused");
	to.proxy_host = "none.test";
	expect_bad(&to, 5000, ERR_NOHOST, "none.test");
	to.proxy_host = "127.0.0.3";
	expect_bad(&to, 100, ERR_TEMP, "timeout");
	assert_int_equal(accept(good4, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);
	fcntl(good4, F_SETFL, 0);
}

static void few_descriptors(void)
{
	struct rlimit few = { 20, 20 };
	struct dial to = { .host = "127.0.0.1", .port = port };
	struct dialled d = { .fd = -1 };
	struct err e = ERR_INIT;
	int fd;

	setrlimit(RLIMIT_NOFILE, &few);
	while ((fd = dup(0)) >= 0)
		continue;
	_exit(dial_open(&to, clock_in(5), &d, &e) == -1 && e.kind == ERR_OS ? 0 : 1);
}

static void stopped(void)
{
	struct dial to = { .host = "127.0.0.3", .port = port };
	struct dialled d = { .fd = -1 };
	struct err e = ERR_INIT;
	int64_t start = clock_ms();
	pid_t me = getpid(), kid;
	int ok;

	host_catch_stop();
	kid = fork();
	if (kid == 0) {
		usleep(30000);
		kill(me, SIGTERM);
		_exit(0);
	}
	ok = dial_open(&to, clock_in(30), &d, &e) == -1 && e.kind == ERR_TEMP &&
		strstr(e.text, "stopped by signal") != NULL &&
		clock_ms() - start < 10000;
	waitpid(kid, NULL, 0);
	_exit(ok ? 0 : 1);
}

static void test_children(void **state)
{
	void (*const bodies[])(void) = { few_descriptors, stopped };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0)
			bodies[i]();
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literals),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_lookup_errors),
		cmocka_unit_test(test_w03_a_look_up_has_an_end),
		cmocka_unit_test(test_w49_addresses_do_not_wait_for_each_other),
		cmocka_unit_test(test_all_fail),
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_unix),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_proxy_login),
		cmocka_unit_test(test_proxy_refusals),
		cmocka_unit_test(test_proxy_bounded),
		cmocka_unit_test(test_children),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
