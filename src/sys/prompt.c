#include "sys/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "sys/clock.h"
#include "sys/await.h"

#define TYPE_SECONDS 300	/* who has not typed by then has gone away */

static const int caught[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM,
			      SIGTSTP, SIGTTIN, SIGTTOU };
#define CAUGHT (sizeof caught / sizeof caught[0])

static volatile sig_atomic_t arrived;
static volatile sig_atomic_t wake_fd = -1;

static void note(int signal)
{
	int saved = errno;

	arrived = signal;
	if (wake_fd >= 0 && write(wake_fd, "", 1) < 0)
		arrived = signal;	/* the pipe is full: it wakes anyway */
	errno = saved;
}

/* Read a line with what the terminal's driver lets be edited. */
static int read_line(int tty, int wake, struct buf *line, struct err *e)
{
	int64_t deadline = clock_in(TYPE_SECONDS);
	struct pollfd p[2] = {
		{ .fd = tty, .events = POLLIN }, { .fd = wake, .events = POLLIN },
	};
	char c;

	while (arrived == 0) {
		int ready = await_any(p, 2, deadline, e);
		ssize_t n;

		if (ready < 0)
			return -1;
		if (ready == 0)
			return err_set(e, ERR_UNAVAILABLE, "nothing was typed for %d "
				       "seconds", TYPE_SECONDS);
		if (p[0].revents == 0 || arrived != 0)
			continue;
		n = read(tty, &c, 1);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0 || c == '\n' || c == '\r')
			break;
		buf_addc(line, c);
	}
	explicit_bzero(&c, sizeof c);
	return 0;
}

/* One try; `arrived` tells afterwards whether a signal cut it short. */
static int ask(int tty, const char *prompt, struct buf *line, struct err *e)
{
	struct sigaction act = { .sa_handler = note }, old[CAUGHT];
	struct termios before, quiet;
	int wake[2], ret;

	if (tcgetattr(tty, &before) < 0)
		return err_sys(e, ERR_UNAVAILABLE, errno, "cannot use the terminal");
	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_sys(e, ERR_OS, errno, "cannot make a pipe");
	arrived = 0;
	wake_fd = wake[1];
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < CAUGHT; i++)
		sigaction(caught[i], &act, &old[i]);
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	ret = tcsetattr(tty, TCSAFLUSH, &quiet);
	if (ret < 0 && arrived == 0)
		err_sys(e, ERR_UNAVAILABLE, errno, "cannot use the terminal");
	if (ret == 0) {
		if (write(tty, prompt, strlen(prompt)) < 0)
			err_sys(e, ERR_UNAVAILABLE, errno, "cannot use the terminal");
		ret = read_line(tty, wake[0], line, e);
		if (write(tty, "\n", 1) < 0)
			ret = ret < 0 ? ret : 0;	/* only looks */
	}
	while (tcsetattr(tty, TCSAFLUSH, &before) < 0 && errno == EINTR &&
	       arrived != SIGTTOU)
		;
	for (size_t i = 0; i < CAUGHT; i++)
		sigaction(caught[i], &old[i], NULL);
	wake_fd = -1;
	close(wake[0]);
	close(wake[1]);
	return ret;
}

int prompt_secret(const char *prompt, struct secret *out, struct err *e)
{
	struct buf line = BUF_INIT(SECRET_MAX);
	int ret, sig;
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (tty < 0)
		return err_sys(e, errno == EMFILE || errno == ENFILE ?
			       ERR_TEMP : ERR_UNAVAILABLE, errno,
			       "no terminal to ask for it on");
	do {
		buf_wipe(&line);
		ret = ask(tty, prompt, &line, e);
		sig = arrived;
		/* The terminal is in order again; now the signal does what it
		 * would have done.  Behind a stop we ask once more. */
		if (sig != 0)
			raise(sig);
	} while (sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU);
	if (ret == 0 && sig != 0)
		ret = err_set(e, ERR_TEMP, "stopped by signal %d (%s)", sig,
			      strsignal(sig));
	else if (ret == 0 && line.full)
		ret = err_set(e, ERR_UNAVAILABLE, "what was typed is too long");
	else if (ret == 0 && line.len == 0)
		ret = err_set(e, ERR_UNAVAILABLE, "no password was typed");
	if (ret == 0)
		ret = secret_set(out, line.p, line.len);
	buf_wipe(&line);
	close(tty);
	return ret;
}
