/*
 * DIR/control: a unix socket that takes one line and answers in lines; the
 * commands stand at the top of relay.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "relay.h"

enum { ASKERS = 64, LINE_SIZE = 4096 };

static struct source control = { FROM_CONTROL, -1 };
static struct source *waiting[ASKERS];	/* for "idle" */

bool stopping;
int64_t listen_again;

void
control_open(void)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = &control };
	char *path = make_text("%s/control", conf.dir);

	control.fd = listen_unix(path);
	if (control.fd < 0)
		die("cannot listen on '%s': %s", path, strerror(errno));
	epoll_ctl(poll_fd, EPOLL_CTL_ADD, control.fd, &ev);
	free(path);
}

void
control_accept(void)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int fd = accept4(control.fd, NULL, NULL, SOCK_CLOEXEC);
	struct source *s;

	if (fd < 0)
		return;
	s = need(calloc(1, sizeof(*s)));
	*s = (struct source){ FROM_ASKER, fd };
	ev.data.ptr = s;
	epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &ev);
}

static void
finish(struct source *s, const char *text)
{
	if (send(s->fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		text = NULL;		/* who asked has gone: nothing to do */
	close(s->fd);
	free(s);
}

void
control_idle(void)
{
	for (size_t i = 0; i < ASKERS && clients == NULL; i++) {
		if (waiting[i] != NULL)
			finish(waiting[i], "ok\n");
		waiting[i] = NULL;
	}
}

static void
wait_idle(struct source *s)
{
	for (size_t i = 0; i < ASKERS; i++) {
		if (waiting[i] == NULL) {
			epoll_ctl(poll_fd, EPOLL_CTL_DEL, s->fd, NULL);
			waiting[i] = s;
			return;
		}
	}
	finish(s, "error: too many ask\n");
}

static void
refuse(const char *seconds)
{
	listeners_close();
	listen_again = *seconds == '\0' ? 0 :
	    now_ms() + (int64_t)(atof(seconds) * 1000);
}

static void
kill_all(void)
{
	while (clients != NULL)
		client_kill(clients, false);
}

static void
obey(char *line, struct bytes *out)
{
	char *rest = line + strcspn(line, " "), *why;

	while (*rest == ' ')
		*rest++ = '\0';
	bytes_str(out, "ok\n");
	if (strcmp(line, "stats") == 0) {
		out->len = 0;
		store_stats(out);
	} else if (strcmp(line, "fail") == 0 && strcmp(rest, "none") == 0) {
		clear_faults();
	} else if (strcmp(line, "fail") == 0) {
		if (!parse_fault(rest, &why)) {
			out->len = 0;
			bytes_fmt(out, "error: %s\n", why);
			free(why);
		}
	} else if (strcmp(line, "refuse") == 0) {
		refuse(rest);
	} else if (strcmp(line, "listen") == 0) {
		listeners_open();
	} else if (strcmp(line, "drop") == 0) {
		kill_all();
	} else if (strcmp(line, "stop") == 0) {
		stopping = true;
	} else {
		out->len = 0;
		bytes_fmt(out, "error: unknown command '%s'\n", line);
	}
}

/* A command is short and comes in one piece. */
void
control_input(struct source *s)
{
	char line[LINE_SIZE];
	struct bytes out = BYTES_INIT;
	ssize_t n = recv(s->fd, line, sizeof(line) - 1, 0);

	if (n <= 0) {
		close(s->fd);
		free(s);
		return;
	}
	line[n] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	if (strcmp(line, "idle") == 0) {
		wait_idle(s);
		return;
	}
	obey(line, &out);
	finish(s, out.p);
	bytes_clear(&out);
}

/* The other side: relay --tell PATH WORDS... */
int
control_tell(const char *path, int argc, char **argv)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct bytes line = BYTES_INIT, answer = BYTES_INIT;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ssize_t n;
	int ret;

	if (strlen(path) >= sizeof(un.sun_path))
		die("path too long: '%s'", path);
	strcpy(un.sun_path, path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&un, sizeof(un)) < 0)
		die("cannot reach '%s': %s", path, strerror(errno));
	for (int i = 0; i < argc; i++)
		bytes_fmt(&line, i == 0 ? "%s" : " %s", argv[i]);
	bytes_str(&line, "\n");
	if (send(fd, line.p, line.len, MSG_NOSIGNAL) < 0)
		die("cannot write to '%s': %s", path, strerror(errno));
	do {
		bytes_room(&answer, LINE_SIZE);
		n = recv(fd, answer.p + answer.len, LINE_SIZE, 0);
		if (n > 0)
			answer.len += (size_t)n;
	} while (n > 0);
	bytes_add(&answer, "", 0);
	fputs(answer.p, stdout);
	close(fd);
	ret = strncmp(answer.p, "error", 5) == 0 || answer.len == 0 ? 1 : 0;
	bytes_clear(&line);
	bytes_clear(&answer);
	return ret;
}
