/* Other people's commands: what they are given, and how they end. */
#include "sys/run.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/clock.h"
#include "sys/host.h"

static void expect_line(const char *cmd, const char *want, size_t n)
{
	struct secret s = SECRET_INIT;
	struct err e = ERR_INIT;

	if (run_line(cmd, "passwordeval", &s, &e) < 0)
		fail_msg("%s: %s", cmd, e.text);
	if (s.len != n || memcmp(s.p, want, n) != 0)
		fail_msg("%s: gave '%s'", cmd, s.p);
	secret_clear(&s);
}

static void expect_error(const char *cmd, enum err_kind kind, const char *says)
{
	struct secret s = SECRET_INIT;
	struct err e = ERR_INIT;

	if (run_line(cmd, "passwordeval", &s, &e) == 0)
		fail_msg("%s: taken", cmd);
	if (e.kind != kind || strstr(e.text, says) == NULL ||
	    strstr(e.text, "'passwordeval'") == NULL ||
	    strstr(e.text, "hunter2") != NULL)
		fail_msg("%s: kind %d, %s", cmd, (int)e.kind, e.text);
	assert_false(secret_isset(&s));
}

static void test_output(void **state)
{
	(void)state;
	expect_line("echo hunter2", "hunter2", 7);
	expect_line("printf hunter2", "hunter2", 7);
	expect_line("printf 'hunter2\\r\\n'", "hunter2", 7);
	expect_line("printf ' a b \\nsecond\\nthird\\n'", " a b ", 5);
	expect_line("printf '\\nsecond\\n'", "", 0);
	expect_line("printf 'a\\rb\\n'", "a\rb", 3);
	/* 10 MB behind the first line: read, not kept, no SIGPIPE */
	expect_line("echo x; head -c 10000000 /dev/zero", "x", 1);
	expect_line("printf p; exec 1>&-; sleep 0.1", "p", 1);
	/* a NUL in a later line is not ours */
	expect_line("printf 'x\\ny\\000z\\n'", "x", 1);
}

static void test_failures(void **state)
{
	(void)state;
	expect_error("echo hunter2; exit 3", ERR_CONFIG, "exited with 3");
	expect_error("echo hunter2; false", ERR_CONFIG, "exited with 1");
	expect_error("echo hunter2; kill -TERM $$", ERR_CONFIG, "ended by signal 15");
	expect_error("/nonexistent/command 2>/dev/null", ERR_CONFIG, "exited with 127");
	expect_error("true", ERR_CONFIG, "printed nothing");
	expect_error("printf 'hunter2\\000x\\n'", ERR_CONFIG, "NUL");
	expect_error("head -c 70000 /dev/zero | tr '\\000' x", ERR_CONFIG, "65536");
	expect_error(":", ERR_CONFIG, "printed nothing");
	/* faster than we read, and for ever */
	expect_error("exec cat /dev/zero", ERR_CONFIG, "printed more than");
	expect_error("exec yes", ERR_CONFIG, "printed more than");
}

static void test_longest(void **state)
{
	struct secret s = SECRET_INIT;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(run_line("head -c 65536 /dev/zero | tr '\\000' x", "eval",
				  &s, &e), 0);
	assert_int_equal(s.len, SECRET_MAX);
	secret_clear(&s);
}

/* The mail is not on its standard input; nothing else of ours is open. */
static void test_surroundings(void **state)
{
	int fd = open("/dev/null", O_RDONLY), high = fcntl(fd, F_DUPFD, 200);
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old, old_usr;
	sigset_t block, before;

	(void)state;
	assert_true(high >= 200);
	expect_line("cat; echo end", "end", 3);
	expect_line("readlink /proc/self/fd/0", "/dev/null", 9);
	/* 0 1 2 and the folder that ls reads */
	expect_line("ls /proc/self/fd | wc -l | tr -d ' '", "4", 1);
	expect_line("[ $(ps -o pgid= -p $$ 2>/dev/null || echo $$) -eq $$ ] && echo own",
		    "own", 3);
	sigaction(SIGPIPE, &ignore, &old);
	sigaction(SIGUSR1, &ignore, &old_usr);
	sigfillset(&block);
	sigprocmask(SIG_BLOCK, &block, &before);
	/* 32 and 33 are the C library's own and not to be had */
	expect_line("m=$(sed -n 's/^SigBlk:[[:space:]]*/0x/p' /proc/self/status); "
		    "echo $((m & 0x7fffffff))", "0", 1);
	expect_line("m=$(sed -n 's/^SigIgn:[[:space:]]*/0x/p' /proc/self/status); "
		    "echo $((m & 0x7fffffff))", "0", 1);
	sigprocmask(SIG_SETMASK, &before, NULL);
	sigaction(SIGPIPE, &old, NULL);
	sigaction(SIGUSR1, &old_usr, NULL);
	close(fd);
	close(high);
}

/* What it left running does not hold us up. */
static void test_left_behind(void **state)
{
	int64_t start = clock_ms();

	(void)state;
	expect_line("echo x; sleep 3 &", "x", 1);
	assert_true(clock_ms() - start < 2500);
}

/* A signal ends the command with all it started, and at once. */
static void stop_child(const char *file, const char *deaf_to)
{
	struct secret s = SECRET_INIT;
	struct err e = ERR_INIT;
	char cmd[256];
	int ok;

	host_catch_stop();
	snprintf(cmd, sizeof cmd, "trap '' %s; sleep 60 & echo $! >%s.new; "
		 "mv %s.new %s; echo hunter2; wait", deaf_to, file, file, file);
	ok = run_line(cmd, "passwordeval", &s, &e) == -1 && e.kind == ERR_TEMP &&
		strstr(e.text, "stopped by signal") != NULL && !secret_isset(&s);
	_exit(ok ? 0 : 1);
}

/* Gone, or a zombie whose new parent takes its time. */
static bool is_dead(int pid)
{
	char name[64], state = 'Z';
	FILE *f;

	snprintf(name, sizeof name, "/proc/%d/stat", pid);
	f = fopen(name, "r");
	if (f == NULL)
		return true;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(f);
	return state == 'Z' || state == 'X';
}

static void one_stop(const char *deaf_to)
{
	char dir[] = "/tmp/ostler-run.XXXXXX", file[64];
	int64_t start;
	FILE *f = NULL;
	int status, sleeper = 0;
	pid_t pid;

	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof file, "%s/pid", dir);
	pid = fork();
	if (pid == 0)
		stop_child(file, deaf_to);
	for (int i = 0; i < 5000 && (f = fopen(file, "r")) == NULL; i++)
		usleep(1000);
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &sleeper), 1);
	fclose(f);
	start = clock_ms();
	kill(pid, SIGTERM);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(clock_ms() - start < 3000);
	for (int i = 0; i < 2000 && !is_dead(sleeper); i++)
		usleep(1000);
	assert_true(is_dead(sleeper));
	unlink(file);
	rmdir(dir);
}

static void test_stopped(void **state)
{
	(void)state;
	one_stop("INT");
	one_stop("INT TERM HUP");	/* only SIGKILL is heard */
}

static void test_no_leak(void **state)
{
	int before = dup(0), after;

	(void)state;
	close(before);
	expect_line("echo x", "x", 1);
	expect_error("exit 1", ERR_CONFIG, "exited with 1");
	after = dup(0);
	close(after);
	assert_int_equal(after, before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_surroundings),
		cmocka_unit_test(test_left_behind),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_no_leak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
