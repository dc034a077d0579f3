/*
 * The keyring, with a library of ours under libsecret's name: the process
 * starts itself again with the folder where it is on the library path.
 */
#include "sys/keyring.h"

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

static int set_up(void **state)
{
	(void)state;
	setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
	return 0;
}

static void expect(const char *host, const char *want)
{
	struct secret s = SECRET_INIT;
	struct err e = ERR_INIT;
	bool found;

	if (keyring_find(host, "joe", &s, &found, &e) < 0)
		fail_msg("%s: %s", host, e.text);
	assert_int_equal(found, want != NULL);
	if (want != NULL)
		assert_string_equal(s.p, want);
	else
		assert_false(secret_isset(&s));
	secret_clear(&s);
}

static void test_found(void **state)
{
	(void)state;
	expect("mail.example", "de.marlam.msmtp.password 2 host=mail.example "
	       "service=smtp user=joe");
	expect("net", "org.gnome.keyring.NetworkPassword 0 user=joe protocol=smtp "
	       "server=net");
	expect("none", NULL);
}

static void test_trouble(void **state)
{
	struct secret s = SECRET_INIT;
	struct err e = ERR_INIT;
	bool found;

	(void)state;
	assert_int_equal(keyring_find("!", "joe", &s, &found, &e), -1);
	assert_int_equal(e.kind, ERR_UNAVAILABLE);
	assert_string_equal(e.text, "the keyring: the collection is locked");
	assert_false(found);
	assert_int_equal(keyring_find("long", "joe", &s, &found, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_false(found);
	assert_false(secret_isset(&s));
}

/* Without a session bus nothing is asked, and nothing started. */
static void test_no_bus(void **state)
{
	char run[] = "/tmp/ostler-run.XXXXXX", file[64];
	FILE *f;

	(void)state;
	unsetenv("DBUS_SESSION_BUS_ADDRESS");
	unsetenv("XDG_RUNTIME_DIR");
	expect("mail.example", NULL);
	setenv("DBUS_SESSION_BUS_ADDRESS", "", 1);
	setenv("XDG_RUNTIME_DIR", "relative", 1);
	expect("mail.example", NULL);
	assert_non_null(mkdtemp(run));
	setenv("XDG_RUNTIME_DIR", run, 1);
	expect("mail.example", NULL);
	snprintf(file, sizeof file, "%s/bus", run);
	f = fopen(file, "w");	/* no socket */
	assert_non_null(f);
	fclose(f);
	expect("mail.example", NULL);
	unlink(file);
	rmdir(run);
	unsetenv("XDG_RUNTIME_DIR");
	setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
}

/* A service that waits for a person does not keep us from ending. */
static void test_stopped(void **state)
{
	int64_t start = clock_ms();
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		struct secret s = SECRET_INIT;
		struct err e = ERR_INIT;
		bool found;

		host_catch_stop();
		_exit(keyring_find("hang", "joe", &s, &found, &e) == -1 &&
		      e.kind == ERR_TEMP && !found ? 0 : 1);
	}
	usleep(100000);
	kill(pid, SIGTERM);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) || WTERMSIG(status) == SIGTERM);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(clock_ms() - start < 2500);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_trouble),
		cmocka_unit_test(test_no_bus),
		cmocka_unit_test(test_stopped),
	};
	char path[4096], *slash;
	ssize_t n;

	(void)argv;
	n = readlink("/proc/self/exe", path, sizeof path - 1);
	if (n < 0)
		return 99;
	path[n] = '\0';
	if (getenv("TEST_KEYRING_AGAIN") == NULL && argc == 1) {
		char exe[4096];

		memcpy(exe, path, (size_t)n + 1);
		slash = strrchr(path, '/');
		snprintf(slash, sizeof path - (size_t)(slash - path), "/fake");
		setenv("LD_LIBRARY_PATH", path, 1);
		setenv("TEST_KEYRING_AGAIN", "1", 1);
		execl(exe, exe, (char *)NULL);
		return 99;
	}
	return cmocka_run_group_tests(tests, set_up, NULL);
}
