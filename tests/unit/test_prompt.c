/* Asking on a terminal of ours, by a child whose terminal it is. */
#include "sys/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

struct session {
	int master;
	int slave;		/* kept open, to look at its settings */
	pid_t pid;
	char seen[4096];
	size_t seen_n;
};

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

/*
 * The child answers by its exit status: 0 the secret was WANT, 1 something
 * else was typed, 2 ERR_UNAVAILABLE, 3 ERR_TEMP, 4 other.
 * Its signals are as at a terminal; a shell's background has some ignored.
 */
static void child(const char *name, const char *want)
{
	struct secret s = SECRET_INIT;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		signal(signals[i], SIG_DFL);
	setsid();
	if (name != NULL) {
		int fd = open(name, O_RDWR);

		ioctl(fd, TIOCSCTTY, 0);
		close(fd);
	}
	alarm(20);
	if (prompt_secret("password for joe at mail.example: ", &s, &e) == 0)
		_exit(s.len == strlen(want) && memcmp(s.p, want, s.len) == 0 ? 0 : 1);
	_exit(e.kind == ERR_UNAVAILABLE ? 2 : e.kind == ERR_TEMP ? 3 : 4);
}

static void begin(struct session *t, const char *want)
{
	const char *name;

	*t = (struct session){ .master = posix_openpt(O_RDWR | O_NOCTTY) };
	assert_true(t->master >= 0);
	assert_int_equal(grantpt(t->master), 0);
	assert_int_equal(unlockpt(t->master), 0);
	name = ptsname(t->master);
	t->slave = open(name, O_RDWR | O_NOCTTY);
	assert_true(t->slave >= 0);
	t->pid = fork();
	if (t->pid == 0)
		child(name, want);
}

/* Until TEXT has been shown. */
static void expect(struct session *t, const char *text)
{
	while (strstr(t->seen, text) == NULL) {
		struct pollfd p = { .fd = t->master, .events = POLLIN };
		ssize_t n;

		if (poll(&p, 1, 10000) <= 0)
			fail_msg("saw only '%s'", t->seen);
		n = read(t->master, t->seen + t->seen_n,
			 sizeof t->seen - 1 - t->seen_n);
		assert_true(n > 0);
		t->seen_n += (size_t)n;
	}
}

static bool echoes(const struct session *t)
{
	struct termios now;

	assert_int_equal(tcgetattr(t->slave, &now), 0);
	return (now.c_lflag & ECHO) != 0;
}

static void type(struct session *t, const char *text)
{
	assert_int_equal(write(t->master, text, strlen(text)), strlen(text));
}

static int finish(struct session *t)
{
	int status;

	assert_int_equal(waitpid(t->pid, &status, 0), t->pid);
	assert_true(echoes(t));		/* restored, however it ended */
	close(t->master);
	close(t->slave);
	return status;
}

static void test_typed(void **state)
{
	struct session t;

	(void)state;
	begin(&t, "open sesame");
	expect(&t, "password for joe at mail.example: ");
	assert_false(echoes(&t));
	type(&t, "open sesane\x7f\x7fme\n");	/* corrected while typing */
	assert_int_equal(finish(&t), 0);
	assert_null(strstr(t.seen, "sesa"));
}

static void test_nothing_typed(void **state)
{
	struct session t;

	(void)state;
	begin(&t, "");
	expect(&t, ": ");
	type(&t, "\n");
	assert_int_equal(WEXITSTATUS(finish(&t)), 2);
	begin(&t, "");
	expect(&t, ": ");
	type(&t, "\x04");	/* end of file */
	assert_int_equal(WEXITSTATUS(finish(&t)), 2);
}

/* Control-C and others kill us as they would have, behind a tidy terminal. */
static void test_signals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		struct session t;
		int status;

		begin(&t, "");
		expect(&t, ": ");
		assert_false(echoes(&t));
		if (signals[i] == SIGINT)
			type(&t, "half\x03");
		else
			kill(t.pid, signals[i]);
		status = finish(&t);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), signals[i]);
	}
}

static void test_no_terminal(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		child(NULL, "");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_typed),
		cmocka_unit_test(test_nothing_typed),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
