#include "flow/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "flow/retry.h"
#include "flow/store.h"
#include "sys/host.h"

const char *runner_program = "/proc/self/exe";

bool runner_there(struct spool *s, char *text, size_t size)
{
	struct err ignored = ERR_INIT;
	int dir = spool_run_dir(s, &ignored), fd;
	bool there;

	if (dir < 0 || store_open(dir, "runner", true, &fd, &ignored) != 0)
		return false;
	there = store_locked(fd);
	if (there && text != NULL) {
		ssize_t n = pread(fd, text, size - 1, 0);

		text[n > 0 ? n : 0] = '\0';
	}
	close(fd);
	return there;
}

/* Touch the file that the runner watches. */
static void touch_wake(int dir)
{
	struct err ignored = ERR_INIT;
	int fd, ret = store_open(dir, "wake", true, &fd, &ignored);

	if (ret == 1)
		ret = store_create(dir, "wake", &fd, &ignored);
	if (ret != 0)
		return;
	futimens(fd, NULL);
	close(fd);
}

/*
 * The grandchild: nothing of the caller's but environment and identity.
 * Only calls that are safe between fork and exec.
 */
static void become(const char *path)
{
	char *const argv[] = { (char *)"ostler", (char *)"queue",
			       (char *)"--dir", (char *)path,
			       (char *)"run", (char *)"--resident", NULL };
	struct sigaction plain = { .sa_handler = SIG_DFL };
	sigset_t empty;
	int null;

	for (int sig = 1; sig < 32; sig++)
		sigaction(sig, &plain, NULL);
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
	umask(077);
	if (chdir("/") < 0)
		_exit(1);
	null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
	    dup2(null, 2) < 0)
		_exit(1);
	if (close_range(3, ~0U, 0) < 0)
		for (int fd = 3; fd < 1024; fd++)
			close(fd);
	execv(runner_program, argv);
	_exit(1);
}

/*
 * A child that ends at once and a grandchild that is nobody's: the caller
 * is not left with a zombie, and the runner not with a terminal.
 */
static void leave_behind(const char *path)
{
	char full[4096];
	pid_t pid;
	int status;

	if (path[0] != '/' && realpath(path, full) != NULL)
		path = full;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		setsid();
		if (fork() == 0)
			become(path);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
}

void runner_wake(struct spool *s)
{
	struct err ignored = ERR_INIT;
	int dir = spool_run_dir(s, &ignored);

	if (dir < 0)
		return;
	touch_wake(dir);
	if (runner_program != NULL && !runner_there(s, NULL, 0))
		leave_behind(spool_path(s));
}

/* The resident's own things. */
struct runner {
	struct spool *s;
	const char *prog;
	int lock;		/* on run/runner, or -1 */
	int watch;		/* inotify on run/wake, or -1 */
	int timer;		/* counts also while the machine sleeps, or -1 */
};

static void say_who(const struct runner *r)
{
	char boot[64] = "", text[256], *host = host_name();
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, boot, sizeof boot - 1) : 0;

	if (fd >= 0)
		close(fd);
	boot[n > 0 ? n : 0] = '\0';
	boot[strcspn(boot, "\n")] = '\0';
	snprintf(text, sizeof text, "host %.100s\nboot %s\npid %ld\n", host,
		 boot, (long)getpid());
	free(host);
	if (ftruncate(r->lock, 0) == 0)
		store_write_at(r->lock, "runner", text, strlen(text), 0, NULL);
}

/* 0: we are the runner; 1: another is. */
static int get_lock(struct runner *r, struct err *e)
{
	int dir = spool_run_dir(r->s, e), ret;

	if (dir < 0)
		return -1;
	ret = store_open(dir, "runner", true, &r->lock, e);
	if (ret == 1) {
		ret = store_create(dir, "runner", &r->lock, e);
		if (ret == 1)	/* another was quicker */
			ret = store_open(dir, "runner", true, &r->lock, e);
	}
	if (ret != 0) {
		r->lock = -1;
		return -1;
	}
	ret = store_lock(r->lock, "runner", e);
	if (ret == 0) {
		say_who(r);
		return 0;
	}
	close(r->lock);
	r->lock = -1;
	return ret;
}

static void drop_lock(struct runner *r)
{
	if (r->lock >= 0)
		close(r->lock);
	r->lock = -1;
}

static void start_watching(struct runner *r, const char *dir)
{
	struct err ignored = ERR_INIT;
	char path[4096];

	touch_wake(spool_run_dir(r->s, &ignored));
	r->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	snprintf(path, sizeof path, "%s/run/wake", dir);
	if (r->watch >= 0 &&
	    inotify_add_watch(r->watch, path, IN_ATTRIB | IN_MODIFY) < 0) {
		close(r->watch);
		r->watch = -1;
	}
	r->timer = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
}

static void forget_wakes(const struct runner *r)
{
	char events[4096];

	while (r->watch >= 0 && read(r->watch, events, sizeof events) > 0)
		continue;
}

static void sleep_for(const struct runner *r, int64_t seconds)
{
	struct itimerspec when = { .it_value.tv_sec = seconds };
	struct pollfd p[] = {
		{ .fd = r->watch, .events = POLLIN },
		{ .fd = r->timer, .events = POLLIN },
		{ .fd = host_stop_fd(), .events = POLLIN },
	};

	if (r->timer >= 0)
		timerfd_settime(r->timer, 0, &when, NULL);
	if (host_stopped() == 0)
		poll(p, 3, seconds < INT_MAX / 1000 ? (int)seconds * 1000 + 500 :
		     INT_MAX);
}

/* How long to sleep after RES. */
static int64_t pause_after(const struct runner *r,
			   const struct retry_result *res)
{
	int64_t left = res->next - time(NULL);

	/* without a watch the queue is looked at more often */
	if (r->watch < 0 && left > RUNNER_BLIND_S)
		left = RUNNER_BLIND_S;

	if (res->troubles > 0 && left < RUNNER_PAUSE_S)
		left = RUNNER_PAUSE_S;
	if (left > RUNNER_SLEEP_S)
		left = RUNNER_SLEEP_S;
	return left < 1 ? 1 : left;
}

/* Somebody has removed the whole queue: there will be no more work. */
static bool gone(const struct runner *r)
{
	struct stat st;

	return stat(spool_path(r->s), &st) < 0 && errno == ENOENT;
}

/* Run and sleep until nothing is left; 0, also when told to stop. */
static int serve(struct runner *r, struct err *e)
{
	struct retry_ask ask = { .s = r->s, .prog = r->prog, .quiet = true };
	struct retry_result res;

	while (host_stopped() == 0) {
		/* first, so that a wake during the run is not lost */
		forget_wakes(r);
		if (retry_run(&ask, &res, e) < 0) {
			if (gone(r))
				return 0;
			res.left = 1;
			res.next = time(NULL);
			res.troubles = 1;
		}
		if (res.left == 0)
			return 0;
		sleep_for(r, pause_after(r, &res));
	}
	return 0;
}

/* One more look, without the lock: is there anything to do after all? */
static bool nothing_left(struct runner *r)
{
	struct retry_ask ask = { .s = r->s, .prog = r->prog, .quiet = true };
	struct retry_result res;
	struct err ignored = ERR_INIT;

	return retry_run(&ask, &res, &ignored) < 0 || res.left == 0;
}

int runner_main(const char *dir, const char *prog, struct err *e)
{
	struct runner r = { .prog = prog, .lock = -1, .watch = -1, .timer = -1 };
	int ret = spool_open(dir, false, &r.s, e);

	if (ret != 0)
		return ret < 0 ? -1 : 0;
	start_watching(&r, dir);
	/*
	 * Who queues something and finds the lock taken leaves it to us; so
	 * look once more after the lock is gone.
	 */
	do {
		ret = get_lock(&r, e);
		if (ret == 0)
			ret = serve(&r, e);
		drop_lock(&r);
	} while (ret == 0 && host_stopped() == 0 && !nothing_left(&r));
	if (r.watch >= 0)
		close(r.watch);
	if (r.timer >= 0)
		close(r.timer);
	spool_close(r.s);
	return ret < 0 ? -1 : 0;
}

static int run_once(const char *dir, const char *prog, struct err *e)
{
	struct retry_ask ask = { .prog = prog };
	struct retry_result res;
	int ret;

	if (spool_open(dir, true, &ask.s, e) < 0)
		return -1;
	ret = retry_run(&ask, &res, e);
	spool_close(ask.s);
	return ret;
}

int runner_every(const char *dir, unsigned interval, const char *prog,
		 struct err *e)
{
	struct runner r = { .prog = prog, .lock = -1, .watch = -1, .timer = -1 };

	r.timer = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	while (host_stopped() == 0) {
		if (run_once(dir, prog, e) < 0) {
			if (e->kind != ERR_TEMP && e->kind != ERR_IO)
				return -1;
			fprintf(stderr, "%s: %s\n", prog, e->text);
			*e = (struct err)ERR_INIT;
		}
		sleep_for(&r, interval);
	}
	if (r.timer >= 0)
		close(r.timer);
	return 0;
}
