#include "sys/journal.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "sys/host.h"

#define LOGGER "/dev/log"
#define LINE_MAX_BYTES 8192	/* what every logger takes in one piece */

/*
 * Not syslog(3): that one waits for ever for a logger that does not read.
 * The format is RFC 3164's, as the C library writes it to the same socket.
 */
static void format(struct buf *b, const char *ident, int priority, const char *line)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm tm;
	size_t n = strlen(line);

	host_localtime(&tm);
	buf_addf(b, "<%d>%s %2d %02d:%02d:%02d %s[%ld]: ", priority,
		 months[tm.tm_mon % 12], tm.tm_mday, tm.tm_hour, tm.tm_min,
		 tm.tm_sec, ident, (long)getpid());
	buf_add(b, line, n < b->max - b->len ? n : b->max - b->len);
}

int journal_send(const char *path, const char *ident, int priority,
		 const char *line)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct buf b = BUF_INIT(LINE_MAX_BYTES);
	ssize_t put = -1;
	int fd;

	if (strlen(path) >= sizeof sun.sun_path)
		return -1;
	memcpy(sun.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	format(&b, ident, priority, line);
	if (b.len > 0)
		put = sendto(fd, b.p, b.len, MSG_NOSIGNAL, (struct sockaddr *)&sun,
			     sizeof sun);
	close(fd);
	buf_free(&b);
	return put < 0 ? -1 : 0;
}

void journal_line(const char *ident, int facility, bool failed, const char *line)
{
	journal_send(LOGGER, ident, facility | (failed ? LOG_ERR : LOG_INFO), line);
}
