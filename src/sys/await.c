#include "sys/await.h"

#include <errno.h>
#include <string.h>

#include "sys/clock.h"
#include "sys/host.h"

static int stopped(struct err *e)
{
	return err_set(e, ERR_TEMP, "stopped by signal %d (%s)", host_stopped(),
		       strsignal(host_stopped()));
}

int await_any(struct pollfd *p, size_t n, int64_t until, struct err *e)
{
	struct pollfd all[AWAIT_MAX + 1];
	int ready, left;

	if (n > AWAIT_MAX)
		return err_set(e, ERR_SOFTWARE, "too many descriptors to wait for");
	if (n > 0)
		memcpy(all, p, n * sizeof *p);
	/* A signal before the poll() has written to this one, so the poll()
	 * returns at once; poll() itself leaves negative numbers alone. */
	all[n] = (struct pollfd){ .fd = host_stop_fd(), .events = POLLIN };
	for (;;) {
		if (host_stopped())
			return stopped(e);
		left = clock_left(until);
		if (left == 0)
			return 0;
		ready = poll(all, (nfds_t)(n + 1), left);
		if (ready < 0 && errno != EINTR)
			return err_sys(e, ERR_OS, errno, "cannot wait");
		if (host_stopped())
			return stopped(e);
		if (ready > 0)
			break;
	}
	for (size_t i = 0; i < n; i++)
		p[i].revents = all[i].revents;
	return ready;
}

int await_fd(int fd, short events, int64_t deadline, const char *what,
	    struct err *e)
{
	struct pollfd p = { .fd = fd, .events = events };
	int ready = await_any(&p, 1, deadline, e);

	if (ready == 0)
		return err_set(e, ERR_TEMP, "timeout %s", what);
	return ready < 0 ? -1 : p.revents;
}

int await_ms(int ms, struct err *e)
{
	return await_any(NULL, 0, clock_ms() + ms, e);
}
