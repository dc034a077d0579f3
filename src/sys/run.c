#include "sys/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "sys/clock.h"
#include "sys/await.h"

#define TICK_MS 50		/* between looks at a child without a pidfd */
#define PRINTED_MAX (64u << 20)	/* a command that prints more never ends */
#define GRACE_MS 200		/* from SIGTERM to SIGKILL */

struct child {
	pid_t pid;
	int out;		/* its standard output */
	int pidfd;		/* -1: the kernel has none */
	int tty;		/* lent to it; -1: none */
	bool gone;
	int status;
	struct buf line;	/* what it wrote, up to the first newline */
	bool line_done;
	size_t printed;		/* all that was read */
};

/* ---- the child's side -------------------------------------------------- */

static void close_from(int first)
{
	long max;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)first, ~0u, 0u) == 0)
		return;
#endif
	max = sysconf(_SC_OPEN_MAX);
	for (int fd = first; fd < (max > 0 && max < 65536 ? max : 65536); fd++)
		close(fd);
}

/* Between fork() and exec(): nothing that takes a lock. */
static void become(const char *cmd, int out)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	setpgid(0, 0);
	if (dup2(out, STDOUT_FILENO) < 0)
		_exit(126);
	/* in this order it needs no further descriptor */
	close_from(3);
	close(STDIN_FILENO);
	if (open("/dev/null", O_RDONLY) != STDIN_FILENO)
		_exit(126);
	for (int s = 1; s < NSIG; s++)
		sigaction(s, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execl("/bin/sh", "sh", "-c", cmd, (char *)NULL);
	_exit(127);
}

/* ---- the terminal ------------------------------------------------------ */

/* tcsetpgrp() stops who is in the background, unless he blocks SIGTTOU. */
static void give_tty(int tty, pid_t group)
{
	sigset_t block, old;

	sigemptyset(&block);
	sigaddset(&block, SIGTTOU);
	sigprocmask(SIG_BLOCK, &block, &old);
	tcsetpgrp(tty, group);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

/*
 * A group of its own is a background group, which may not read the
 * terminal; a command that asks for a passphrase there must.
 */
static void lend_tty(struct child *c)
{
	c->tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (c->tty < 0)
		return;
	if (tcgetpgrp(c->tty) == getpgrp()) {
		give_tty(c->tty, c->pid);
		return;
	}
	close(c->tty);
	c->tty = -1;
}

/* ---- our side ---------------------------------------------------------- */

static bool reap(struct child *c)
{
	pid_t r;

	if (c->gone)
		return true;
	do {
		r = waitpid(c->pid, &c->status, WNOHANG);
	} while (r < 0 && errno == EINTR);
	c->gone = r != 0;
	if (r < 0)
		c->status = 0;	/* somebody else has it; cannot happen */
	return c->gone;
}

static void end(struct child *c)
{
	int64_t grace = clock_ms() + GRACE_MS;

	kill(-c->pid, SIGTERM);
	kill(-c->pid, SIGCONT);
	while (!reap(c) && clock_left(grace) > 0)
		poll(NULL, 0, 5);	/* also when we are being stopped */
	kill(-c->pid, SIGKILL);
	while (!reap(c))
		poll(NULL, 0, 5);
}

static int start(struct child *c, const char *cmd, struct err *e)
{
	int pipe_fd[2];

	if (pipe2(pipe_fd, O_CLOEXEC) < 0)
		return err_sys(e, ERR_OS, errno, "cannot make a pipe");
	c->pid = fork();
	if (c->pid == 0)
		become(cmd, pipe_fd[1]);
	close(pipe_fd[1]);
	if (c->pid < 0) {
		err_sys(e, ERR_OS, errno, "cannot fork");
		close(pipe_fd[0]);
		return -1;
	}
	setpgid(c->pid, c->pid);	/* whoever comes first */
	fcntl(pipe_fd[0], F_SETFL, O_NONBLOCK);
	c->out = pipe_fd[0];
#ifdef SYS_pidfd_open
	c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0u);
#endif
	lend_tty(c);
	return 0;
}

/*
 * Read what is there; false when the pipe has come to its end.  Not more at
 * once than decides about the line: a command that prints faster than we
 * read must not keep us from the deadline and the signals.
 */
static bool read_some(struct child *c)
{
	char block[4096];
	bool more = true;
	ssize_t n;

	for (size_t had = 0; had <= SECRET_MAX; had += (size_t)n) {
		const char *nl;

		do {
			n = read(c->out, block, sizeof block);
		} while (n < 0 && errno == EINTR);
		if (n <= 0) {
			more = n < 0 && errno == EAGAIN;
			break;
		}
		c->printed += (size_t)n;
		if (c->line_done)
			continue;	/* read on: it shall not die of SIGPIPE */
		nl = memchr(block, '\n', (size_t)n);
		buf_add(&c->line, block, nl != NULL ? (size_t)(nl - block) : (size_t)n);
		c->line_done = nl != NULL;
	}
	explicit_bzero(block, sizeof block);
	return more;
}

/*
 * Until the command itself is gone.  Something it left behind may hold the
 * pipe open; that is not waited for.
 */
static int attend(struct child *c, int64_t deadline, struct err *e)
{
	bool open = true;

	for (;;) {
		struct pollfd p[2] = {
			{ .fd = open ? c->out : -1, .events = POLLIN },
			{ .fd = c->pidfd, .events = POLLIN },
		};
		int64_t until = deadline;

		if (c->pidfd < 0)
			until = clock_sooner(deadline, clock_ms() + TICK_MS);
		if (await_any(p, 2, until, e) < 0)
			return -1;
		if (reap(c)) {
			if (open)
				read_some(c);
			return 0;
		}
		if (open)
			open = read_some(c);
		if (c->printed > PRINTED_MAX)
			return err_set(e, ERR_CONFIG, "printed more than %u bytes",
				       PRINTED_MAX);
		if (clock_left(deadline) == 0)
			return err_set(e, ERR_TEMP, "took longer than %d seconds",
				       RUN_SECONDS);
	}
}

static int result(struct child *c, struct secret *out, struct err *e)
{
	size_t n = c->line.len;

	if (WIFSIGNALED(c->status))
		return err_set(e, ERR_CONFIG, "was ended by signal %d",
			       WTERMSIG(c->status));
	if (WEXITSTATUS(c->status) != 0)
		return err_set(e, ERR_CONFIG, "exited with %d%s",
			       WEXITSTATUS(c->status),
			       WEXITSTATUS(c->status) == 127 ?
			       " (no such command)" : "");
	if (c->line.full)
		return err_set(e, ERR_CONFIG, "printed more than %d bytes",
			       SECRET_MAX);
	if (n == 0 && !c->line_done)
		return err_set(e, ERR_CONFIG, "printed nothing");
	if (n > 0 && c->line.p[n - 1] == '\r')
		n--;
	if (n > 0 && memchr(c->line.p, '\0', n) != NULL)
		return err_set(e, ERR_CONFIG, "printed a NUL byte");
	return secret_set(out, buf_str(&c->line), n);
}

int run_line(const char *cmd, const char *what, struct secret *out,
	     struct err *e)
{
	struct child c = {
		.pid = -1, .out = -1, .pidfd = -1, .tty = -1,
		.line = BUF_INIT(SECRET_MAX),
	};
	int ret;

	ret = start(&c, cmd, e);
	if (ret == 0) {
		ret = attend(&c, clock_in(RUN_SECONDS), e);
		if (ret < 0)
			end(&c);
		else
			ret = result(&c, out, e);
	}
	if (c.tty >= 0) {
		give_tty(c.tty, getpgrp());
		close(c.tty);
	}
	if (c.pidfd >= 0)
		close(c.pidfd);
	if (c.out >= 0)
		close(c.out);
	buf_wipe(&c.line);
	if (ret < 0)
		err_wrap(e, "the command of '%s'", what);
	return ret;
}
