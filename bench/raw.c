/*
 * The bundled relay's raw rate: N messages over one connection by a client that
 * knows all the answers and does nothing else.
 *
 *	raw PORT N FILE		FILE: the message, CRLF line ends
 *
 * Each message is one write of MAIL, RCPT and BDAT LAST with its content, as
 * ostler sends one, and waits for the three replies before the next.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Read until N reply lines without "-" behind their code have come. */
static void replies(int fd, int n)
{
	static char buf[65536];
	static size_t have;

	while (n > 0) {
		char *lf = memchr(buf, '\n', have);
		ssize_t got;

		if (lf != NULL) {
			size_t len = (size_t)(lf + 1 - buf);

			if (len < 4 || (buf[0] != '2' && buf[0] != '3')) {
				fprintf(stderr, "refused: %.*s", (int)len, buf);
				exit(1);
			}
			n -= buf[3] != '-';
			have -= len;
			memmove(buf, buf + len, have);
			continue;
		}
		got = read(fd, buf + have, sizeof buf - have);
		if (got <= 0)
			die("read");
		have += (size_t)got;
	}
}

static void put(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done <= 0)
			die("write");
		p += done;
		n -= (size_t)done;
	}
}

int main(int argc, char *argv[])
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	static char mail[1 << 20], text[(1 << 20) + 512];
	struct timespec a, b;
	ssize_t size;
	int fd, one = 1, n, len;

	if (argc != 4)
		return 64;
	n = atoi(argv[2]);
	fd = open(argv[3], O_RDONLY);
	size = fd >= 0 ? read(fd, mail, sizeof mail) : -1;
	if (size < 0)
		die(argv[3]);
	close(fd);
	to.sin_port = htons((unsigned short)atoi(argv[1]));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	replies(fd, 1);
	put(fd, "EHLO raw\r\n", 10);
	replies(fd, 1);
	len = snprintf(text, 512, "MAIL FROM:<a@example.org> SIZE=%zd\r\n"
		       "RCPT TO:<b@example.com>\r\nBDAT %zd LAST\r\n", size, size);
	memcpy(text + len, mail, (size_t)size);
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int i = 0; i < n; i++) {
		put(fd, text, (size_t)len + (size_t)size);
		replies(fd, 3);
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	put(fd, "QUIT\r\n", 6);
	printf("%.6f\n", (double)(b.tv_sec - a.tv_sec) +
	       (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	return 0;
}
