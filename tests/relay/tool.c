#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

void
die(const char *fmt, ...)
{
	va_list ap;

	fputs("error: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(99);
}

void *
need(void *p)
{
	if (p == NULL)
		die("out of memory");
	return p;
}

char *
dup_text(const char *s)
{
	return need(strdup(s));
}

char *
make_text(const char *fmt, ...)
{
	char *s;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		die("out of memory");
	va_end(ap);
	return s;
}

char *
replace(char **slot, const char *s)
{
	char *new = s == NULL ? NULL : dup_text(s);

	free(*slot);
	return *slot = new;
}

void
bytes_room(struct bytes *b, size_t n)
{
	size_t cap = b->cap == 0 ? 256 : b->cap;

	if (b->cap > b->len + n)
		return;
	while (cap <= b->len + n)
		cap *= 2;
	b->p = need(realloc(b->p, cap));
	b->cap = cap;
}

void
bytes_add(struct bytes *b, const void *p, size_t n)
{
	bytes_room(b, n);
	if (n > 0)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
}

void
bytes_str(struct bytes *b, const char *s)
{
	bytes_add(b, s, strlen(s));
}

void
bytes_fmt(struct bytes *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		die("cannot format '%s'", fmt);
	bytes_room(b, (size_t)n);
	va_start(ap, fmt);
	vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void
bytes_eat(struct bytes *b, size_t n)
{
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->p, b->p + n, b->len);
	b->p[b->len] = '\0';
}

void
bytes_clear(struct bytes *b)
{
	free(b->p);
	*b = (struct bytes)BYTES_INIT;
}

const char *
bytes_text(const struct bytes *b)
{
	return b->p == NULL ? "" : b->p;
}

int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
sleep_ms(int64_t ms)
{
	struct timespec t = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

static const char b64_letters[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
b64_encode(const void *p, size_t n, struct bytes *out)
{
	const unsigned char *u = p;

	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)u[i] << 16;
		char four[4];

		if (i + 1 < n)
			v |= (unsigned)u[i + 1] << 8;
		if (i + 2 < n)
			v |= u[i + 2];
		four[0] = b64_letters[v >> 18];
		four[1] = b64_letters[v >> 12 & 63];
		four[2] = i + 1 < n ? b64_letters[v >> 6 & 63] : '=';
		four[3] = i + 2 < n ? b64_letters[v & 63] : '=';
		bytes_add(out, four, 4);
	}
	bytes_add(out, "", 0);
}

bool
b64_decode(const char *text, size_t n, struct bytes *out)
{
	size_t pad = 0;

	if (n % 4 != 0)
		return false;
	while (pad < 2 && pad < n && text[n - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < n; i += 4) {
		size_t have = i + 4 == n ? 4 - pad : 4;
		unsigned v = 0;
		char three[3];

		for (size_t k = 0; k < 4; k++) {
			const char *at = NULL;

			if (k < have && text[i + k] != '\0')
				at = strchr(b64_letters, text[i + k]);
			if (k < have && at == NULL)
				return false;
			v = v << 6 | (at == NULL ? 0 : (unsigned)(at - b64_letters));
		}
		three[0] = (char)(v >> 16);
		three[1] = (char)(v >> 8);
		three[2] = (char)v;
		bytes_add(out, three, have - 1);
	}
	bytes_add(out, "", 0);
	return true;
}

bool
file_read(const char *path, struct bytes *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	do {
		bytes_room(out, 65536);
		n = read(fd, out->p + out->len, 65536);
		if (n > 0)
			out->len += (size_t)n;
	} while (n > 0);
	out->p[out->len] = '\0';
	close(fd);
	return n == 0;
}

bool
file_write(const char *path, const void *p, size_t n, unsigned mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	size_t done = 0;

	if (fd < 0)
		return false;
	while (done < n) {
		ssize_t w = write(fd, (const char *)p + done, n - done);

		if (w <= 0) {
			close(fd);
			return false;
		}
		done += (size_t)w;
	}
	return close(fd) == 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

void
tree_remove(const char *path)
{
	nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS);
}

int
bind_tcp(int family, unsigned *port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr *sa = (struct sockaddr *)&v4;
	socklen_t len = sizeof(v4);
	int one = 1, fd;

	v4.sin_port = v6.sin6_port = htons((uint16_t)*port);
	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v6.sin6_addr = in6addr_loopback;
	if (family == AF_INET6) {
		sa = (struct sockaddr *)&v6;
		len = sizeof(v6);
	}
	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, sa, len) < 0 || getsockname(fd, sa, &len) < 0) {
		close(fd);
		return -1;
	}
	*port = ntohs(family == AF_INET6 ? v6.sin6_port : v4.sin_port);
	return fd;
}

int
listen_tcp(int family, unsigned *port)
{
	int fd = bind_tcp(family, port);

	if (fd >= 0 && listen(fd, 1024) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int
listen_unix(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(un.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(un.sun_path, path);
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&un, sizeof(un)) < 0 || listen(fd, 1024) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

char *
next_word(char **list)
{
	char *word = *list, *comma;

	if (word == NULL || *word == '\0')
		return NULL;
	comma = strchr(word, ',');
	if (comma == NULL) {
		*list = NULL;
	} else {
		*comma = '\0';
		*list = comma + 1;
	}
	return word;
}
