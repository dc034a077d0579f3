/* Files: what is opened, what is refused, what a full disk leaves behind. */
#include "sys/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/clock.h"

static char dir[] = "/tmp/ostler-fs.XXXXXX";

static const char *in(const char *name)
{
	static char text[4][300];
	static unsigned i;

	i = (i + 1) % 4;
	snprintf(text[i], sizeof text[i], "%s/%s", dir, name);
	return text[i];
}

static void put(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	fchmod(fd, mode);
	close(fd);
}

static char *get(const char *path)
{
	static char text[10000];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

static int set_up(void **state)
{
	(void)state;
	umask(077);
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(dir);	/* each test leaves it empty */
}

static void expect_missing(const char *path, bool want)
{
	struct err e = ERR_INIT;
	bool missing = !want;
	int fd = -7;

	assert_int_equal(fs_open_read(path, false, &fd, &missing, &e), -1);
	if (e.kind != ERR_IO || missing != want)
		fail_msg("%.60s: %s", path, e.text);
	assert_int_equal(fd, -7);
}

static void test_open_read(void **state)
{
	struct err e = ERR_INIT;
	char longest[5000];
	bool missing;
	int fd;

	(void)state;
	put(in("a"), "hello", 0600);
	assert_int_equal(fs_open_read(in("a"), false, &fd, &missing, &e), 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	expect_missing(in("none"), true);
	expect_missing(in("none/none"), true);
	expect_missing(in("a/b"), true);
	assert_int_equal(symlink("loop", in("loop")), 0);
	expect_missing(in("loop"), true);
	unlink(in("loop"));
	memset(longest, 'x', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	expect_missing(longest, true);
	expect_missing(dir, false);
	expect_missing("/dev/null", false);
	assert_int_equal(fs_open_read("/dev/null", true, &fd, &missing, &e), 0);
	close(fd);
	assert_int_equal(fs_open_read(dir, true, &fd, &missing, &e), -1);
	assert_non_null(strstr(e.text, "directory"));
	unlink(in("a"));
}

/* A FIFO that nobody writes does not hold us. */
static void test_fifo(void **state)
{
	struct err e = ERR_INIT;
	struct buf out = BUF_INIT(100);
	bool missing;
	int fd;

	(void)state;
	assert_int_equal(mkfifo(in("fifo"), 0600), 0);
	expect_missing(in("fifo"), false);
	assert_int_equal(fs_open_read(in("fifo"), true, &fd, &missing, &e), 0);
	assert_int_equal(fs_read_all(fd, "fifo", &out, &e), 0);
	assert_int_equal(out.len, 0);
	close(fd);
	unlink(in("fifo"));
}

static void *write_later(void *arg)
{
	int *fd = arg;

	usleep(20000);
	if (write(*fd, "late", 4) != 4)
		abort();
	usleep(20000);
	close(*fd);
	return NULL;
}

static void test_read_all(void **state)
{
	struct buf out = BUF_INIT(8);
	struct err e = ERR_INIT;
	int pair[2];
	pthread_t t;
	int fd;

	(void)state;
	put(in("a"), "12345678", 0600);
	fd = open(in("a"), O_RDONLY);
	assert_int_equal(fs_read_all(fd, "a", &out, &e), 0);
	assert_string_equal(buf_str(&out), "12345678");
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(fs_read_all(fd, "the file", &out, &e), -1);
	assert_int_equal(e.kind, ERR_IO);
	assert_string_equal(e.text, "'the file' is larger than 8 bytes");
	close(fd);
	unlink(in("a"));
	assert_int_equal(fs_read_all(-1, "x", &out, &e), -1);
	buf_clear(&out);
	assert_int_equal(pipe2(pair, O_NONBLOCK), 0);
	assert_int_equal(pthread_create(&t, NULL, write_later, &pair[1]), 0);
	assert_int_equal(fs_read_all(pair[0], "pipe", &out, &e), 0);
	assert_string_equal(buf_str(&out), "late");
	pthread_join(t, NULL);
	close(pair[0]);
	buf_free(&out);
}

static void test_private(void **state)
{
	static const struct { mode_t mode; bool ok; } rows[] = {
		{ 0600, true }, { 0400, true }, { 0700, true }, { 0640, false },
		{ 0604, false }, { 0620, false }, { 0602, false }, { 0610, false },
		{ 0601, false }, { 0644, false }, { 0666, false },
	};
	struct err e = ERR_INIT;
	int fd;

	(void)state;
	put(in("s"), "x", 0600);
	fd = open(in("s"), O_RDONLY);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(fchmod(fd, rows[i].mode), 0);
		assert_int_equal(fs_check_private(fd, "s", getuid(), &e),
				 rows[i].ok ? 0 : -1);
	}
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "chmod 600 's'"));
	assert_int_equal(fchmod(fd, 0600), 0);
	if (getuid() != 0) {
		assert_int_equal(fs_check_private(fd, "s", getuid() + 1, &e), -1);
	} else {	/* root's file may hold anybody's secrets */
		assert_int_equal(fs_check_private(fd, "s", 12345, &e), 0);
		assert_int_equal(fchown(fd, 54321, (gid_t)-1), 0);
		assert_int_equal(fs_check_private(fd, "s", 12345, &e), -1);
	}
	close(fd);
	unlink(in("s"));
}

static void test_temp(void **state)
{
	struct err e = ERR_INIT;
	struct stat st;
	const char *where = NULL;
	char byte = 0;
	int fd;

	(void)state;
	setenv("TMPDIR", dir, 1);
	assert_int_equal(fs_temp(&fd, &where, &e), 0);
	assert_string_equal(where, dir);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(fs_write_all(fd, "abc", 3, "draft", &e), 0);
	assert_int_equal(fs_pread(fd, &byte, 1, 1, &e), 1);
	assert_int_equal(byte, 'b');
	assert_int_equal(fs_pread(fd, &byte, 1, 3, &e), 0);
	assert_int_equal(fs_pread(-1, &byte, 1, 0, &e), -1);
	assert_int_equal(e.kind, ERR_IO);
	close(fd);
	/* Useless places are passed over. */
	setenv("TMPDIR", in("none"), 1);
	assert_int_equal(fs_temp(&fd, &where, &e), 0);
	assert_string_not_equal(where, in("none"));
	close(fd);
	setenv("TMPDIR", ".", 1);
	assert_int_equal(fs_temp(&fd, &where, &e), 0);
	close(fd);
	unsetenv("TMPDIR");
}

static void test_append(void **state)
{
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(fs_append_line(in("log"), "one", 1000, &e), 0);
	assert_int_equal(stat(in("log"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(fs_append_line(in("log"), "two", 1000, &e), 0);
	assert_string_equal(get(in("log")), "one\ntwo\n");
	assert_int_equal(symlink("log", in("link")), 0);
	assert_int_equal(fs_append_line(in("link"), "three", 1000, &e), 0);
	assert_string_equal(get(in("log")), "one\ntwo\nthree\n");
	unlink(in("link"));
	unlink(in("log"));
	assert_int_equal(fs_append_line(in("none/log"), "x", 1000, &e), -1);
	assert_int_equal(e.kind, ERR_IO);
	assert_int_equal(fs_append_line(dir, "x", 1000, &e), -1);
	assert_int_equal(fs_append_line("/dev/full", "x", 1000, &e), -1);
	assert_int_equal(e.kind, ERR_IO);
	assert_int_equal(mkfifo(in("fifo"), 0600), 0);
	assert_int_equal(fs_append_line(in("fifo"), "x", 1000, &e), -1);
	unlink(in("fifo"));
}

/* In a child: a limit on file sizes stays. */
static void limited_child(void)
{
	struct rlimit small = { 10, 10 };
	struct err e = ERR_INIT;

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	_exit(fs_append_line(in("log"), "12345678", 1000, &e) == -1 &&
	      e.kind == ERR_IO ? 0 : 1);
}

/* Whole lines or nothing. */
static void test_append_full(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	put(in("log"), "1234\n", 0600);
	pid = fork();
	if (pid == 0)
		limited_child();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_string_equal(get(in("log")), "1234\n");
	unlink(in("log"));
}

/* The lock other programs take (fcntl, whole file) holds us, not for ever. */
static void test_append_locked(void **state)
{
	struct err e = ERR_INIT;
	int64_t start;
	int pair[2];
	pid_t pid;
	char c;

	(void)state;
	put(in("log"), "", 0600);
	assert_int_equal(pipe(pair), 0);
	pid = fork();
	if (pid == 0) {
		struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
		int fd = open(in("log"), O_RDWR);

		if (fcntl(fd, F_SETLK, &l) < 0 || write(pair[1], "x", 1) != 1)
			_exit(1);
		sleep(20);
		_exit(1);
	}
	assert_int_equal(read(pair[0], &c, 1), 1);
	start = clock_ms();
	assert_int_equal(fs_append_line(in("log"), "x", 60, &e), -1);
	assert_int_equal(e.kind, ERR_IO);
	assert_non_null(strstr(e.text, "lock"));
	assert_true(clock_ms() - start >= 60);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(fs_append_line(in("log"), "y", 1000, &e), 0);
	assert_string_equal(get(in("log")), "y\n");
	unlink(in("log"));
	close(pair[0]);
	close(pair[1]);
}

/* Lines of many writers do not mix. */
static void test_append_many(void **state)
{
	enum { WRITERS = 4, LINES = 50 };
	pid_t pids[WRITERS];
	char *text;
	size_t lines = 0;

	(void)state;
	for (int w = 0; w < WRITERS; w++) {
		pids[w] = fork();
		for (int i = 0; i < LINES && pids[w] == 0; i++)
			if (fs_append_line(in("log"), "0123456789012345678901234567"
					   "890123456789", 10000, NULL) < 0)
				_exit(1);
		if (pids[w] == 0)
			_exit(0);
	}
	for (int w = 0; w < WRITERS; w++) {
		int status;

		assert_int_equal(waitpid(pids[w], &status, 0), pids[w]);
		assert_int_equal(status, 0);
	}
	text = get(in("log"));
	for (; *text != '\0'; text += 41, lines++)
		assert_memory_equal(text, "0123456789012345678901234567890123456789\n", 41);
	assert_int_equal(lines, WRITERS * LINES);
	unlink(in("log"));
}

static void test_append_stdout(void **state)
{
	struct err e = ERR_INIT;
	int pair[2], saved = dup(1);
	char text[8] = "";

	(void)state;
	assert_int_equal(pipe(pair), 0);
	fflush(stdout);
	dup2(pair[1], 1);
	assert_int_equal(fs_append_line("-", "line", 10, &e), 0);
	dup2(saved, 1);
	close(saved);
	assert_int_equal(read(pair[0], text, sizeof text), 5);
	assert_string_equal(text, "line\n");
	close(pair[0]);
	close(pair[1]);
}

static void test_mkdirs(void **state)
{
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(fs_mkdirs(in("a/b/c"), &e), 0);
	assert_int_equal(stat(in("a/b/c"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(fs_mkdirs(in("a/b/c"), &e), 0);
	assert_int_equal(fs_mkdirs(in("a//b/d/"), &e), 0);
	assert_int_equal(stat(in("a/b/d"), &st), 0);
	assert_int_equal(fs_mkdirs(dir, &e), 0);
	assert_int_equal(fs_mkdirs("/", &e), 0);
	assert_int_equal(fs_mkdirs("", &e), -1);
	put(in("f"), "", 0600);
	assert_int_equal(fs_mkdirs(in("f"), &e), -1);
	assert_int_equal(e.kind, ERR_CANTCREAT);
	assert_int_equal(fs_mkdirs(in("f/x"), &e), -1);
	assert_int_equal(e.kind, ERR_CANTCREAT);
	assert_int_equal(fs_mkdirs("/proc/none/x", &e), -1);
	unlink(in("f"));
	rmdir(in("a/b/c"));
	rmdir(in("a/b/d"));
	rmdir(in("a/b"));
	rmdir(in("a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_read),
		cmocka_unit_test(test_fifo),
		cmocka_unit_test(test_read_all),
		cmocka_unit_test(test_private),
		cmocka_unit_test(test_temp),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_append_full),
		cmocka_unit_test(test_append_locked),
		cmocka_unit_test(test_append_many),
		cmocka_unit_test(test_append_stdout),
		cmocka_unit_test(test_mkdirs),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
