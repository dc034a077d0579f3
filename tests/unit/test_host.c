/*
 * What the caller left us with, and what is made of it.  Most of it is done
 * in children, because it cannot be undone.
 */
#include "sys/host.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/await.h"
#include "sys/clock.h"

/* The line of a check that failed, as exit status; 0: all well. */
#define CHECK(x) do { if (!(x)) _exit(__LINE__ % 200 + 1); } while (0)

static void in_child(void (*body)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		body();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) != 0)
		fail_msg("line %d (or 200 more)", WEXITSTATUS(status) - 1);
}

static bool is_null(int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat("/dev/null", &b) == 0 &&
		a.st_rdev == b.st_rdev;
}

static void closed_all(void)
{
	close(0);
	close(1);
	close(2);
	CHECK(host_settle() == 7);
	CHECK(is_null(0) && is_null(1) && is_null(2));
	CHECK(open("/dev/null", O_RDONLY) >= 3);
}

static void closed_one(void)
{
	int pair[2];
	char c;

	CHECK(pipe(pair) == 0);
	CHECK(dup2(pair[0], 0) == 0 && write(pair[1], "x", 1) == 1);
	close(1);
	CHECK(host_settle() == 2);
	CHECK(!is_null(0) && is_null(1));
	CHECK(read(0, &c, 1) == 1 && c == 'x');
}

static void closed_none(void)
{
	for (int i = 0; i < 3; i++)
		CHECK(dup2(open("/dev/zero", O_RDWR), i) == i);
	CHECK(host_settle() == 0);
	CHECK(!is_null(0) && !is_null(1) && !is_null(2));
}

static void (*handler(int s))(int)
{
	struct sigaction a;

	CHECK(sigaction(s, NULL, &a) == 0);
	return a.sa_handler;
}

static void signals(void)
{
	static const int stay[] = { SIGHUP, SIGINT, SIGQUIT, SIGTSTP };
	static const int go[] = { SIGTERM, SIGCHLD, SIGALRM, SIGUSR1, SIGUSR2 };
	sigset_t set;

	for (size_t i = 0; i < sizeof stay / sizeof stay[0]; i++)
		signal(stay[i], SIG_IGN);
	for (size_t i = 0; i < sizeof go / sizeof go[0]; i++)
		signal(go[i], SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	umask(0177);
	host_settle();
	for (size_t i = 0; i < sizeof stay / sizeof stay[0]; i++)
		CHECK(handler(stay[i]) == SIG_IGN);
	for (size_t i = 0; i < sizeof go / sizeof go[0]; i++)
		CHECK(handler(go[i]) == SIG_DFL);
	CHECK(handler(SIGPIPE) == SIG_IGN);
	CHECK(handler(SIGXFSZ) == SIG_IGN);
	sigprocmask(SIG_BLOCK, NULL, &set);
	for (int s = 1; s < SIGRTMIN; s++)
		CHECK(sigismember(&set, s) != 1);
	CHECK(umask(0) == 077);
}

/* What was ignored on purpose is not caught either. */
static void nohup(void)
{
	signal(SIGHUP, SIG_IGN);
	host_settle();
	host_catch_stop();
	raise(SIGHUP);
	CHECK(host_stopped() == 0);
	raise(SIGTERM);
	CHECK(host_stopped() == SIGTERM);
	raise(SIGINT);
	CHECK(host_stopped() == SIGTERM);	/* the first one counts */
}

static void wakes(void)
{
	struct err e = ERR_INIT;
	int64_t start = clock_ms();

	signal(SIGINT, SIG_DFL);	/* a shell's background has it ignored */
	host_settle();
	CHECK(host_stop_fd() == -1);
	CHECK(await_ms(20, &e) == 0);
	CHECK(clock_ms() - start >= 20);
	host_catch_stop();
	raise(SIGINT);
	CHECK(await_ms(60000, &e) == -1 && e.kind == ERR_TEMP);
	CHECK(strstr(e.text, "stopped by signal 2") != NULL);
	CHECK(clock_ms() - start < 10000);
}

static void cores(void)
{
	struct rlimit r;

	host_settle();
	CHECK(getrlimit(RLIMIT_CORE, &r) == 0);
	CHECK(r.rlim_cur <= 1 && r.rlim_max <= 1);
}

static void test_settle(void **state)
{
	(void)state;
	in_child(closed_all);
	in_child(closed_one);
	in_child(closed_none);
	in_child(signals);
	in_child(nohup);
	in_child(wakes);
	in_child(cores);
}

/* The environment has no say in who we are. */
static void test_who(void **state)
{
	struct passwd *pw;
	char *name;

	(void)state;
	setenv("USER", "mallory", 1);
	setenv("LOGNAME", "mallory", 1);
	setenv("HOME", "/nowhere", 1);
	name = host_user();
	pw = getpwuid(getuid());
	assert_string_equal(name, pw != NULL ? pw->pw_name : "unknown");
	free(name);
	name = host_home(true);
	assert_string_equal(name, "/nowhere");
	free(name);
	name = host_home(false);
	pw = getpwuid(getuid());
	if (pw != NULL)
		assert_string_equal(name, pw->pw_dir);
	free(name);
	setenv("HOME", "", 1);
	name = host_home(true);
	assert_true(name == NULL || strcmp(name, "") != 0);
	free(name);
	name = host_full_name();
	assert_true(name == NULL || (name[0] != '\0' && strchr(name, ',') == NULL &&
				     strchr(name, '&') == NULL));
	free(name);
}

static void test_env_ours(void **state)
{
	char dir[] = "/tmp/ostler-host-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(dir));
	unsetenv("HOME");
	assert_true(host_env_ours());
	setenv("HOME", dir, 1);
	assert_true(host_env_ours());
	if (getuid() == 0) {
		assert_int_equal(chown(dir, 1, 1), 0);
		assert_false(host_env_ours());
	}
	rmdir(dir);
	assert_false(host_env_ours());
}

static void unknown_uid(void)
{
	char *name;

	if (setuid(54321) < 0 || getpwuid(54321) != NULL)
		return;		/* not root, or somebody has it */
	name = host_user();
	CHECK(strcmp(name, "unknown") == 0);
	CHECK(host_full_name() == NULL);
	CHECK(host_home(false) == NULL);
	free(name);
}

static void test_nobody(void **state)
{
	(void)state;
	in_child(unknown_uid);
}

static void test_names(void **state)
{
	char *name = host_name(), here[256];
	struct err e = ERR_INIT;
	int64_t start = clock_ms();

	(void)state;
	assert_int_equal(gethostname(here, sizeof here), 0);
	assert_string_equal(name, here);
	free(name);
	name = host_canonical();
	assert_true(name[0] != '\0');
	assert_true(clock_ms() - start < 8000);
	free(name);
	assert_int_equal(host_mailname(&name, &e), 0);
	free(name);
}

static void test_random(void **state)
{
	unsigned char a[300] = "", b[300] = "";
	int zeros = 0;

	(void)state;
	host_random(a, sizeof a);
	host_random(b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
	for (size_t i = 0; i < sizeof a; i++)
		zeros += a[i] == 0;
	assert_true(zeros < 30);
}

static void test_localtime(void **state)
{
	struct tm tm;
	time_t now = time(NULL);

	(void)state;
	host_localtime(&tm);
	assert_true(mktime(&tm) - now <= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settle),
		cmocka_unit_test(test_who),
		cmocka_unit_test(test_env_ours),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_localtime),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
