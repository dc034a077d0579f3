#include "sys/host.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/xalloc.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/lookup.h"
#include "text/addr.h"

#define NAME_BYTES 256		/* HOST_NAME_MAX is 64, a DNS name 255 */
#define CANONICAL_SECONDS 5	/* for a name that only decorates */

char *host_user(void)
{
	const struct passwd *pw = getpwuid(getuid());

	if (pw == NULL || pw->pw_name == NULL || pw->pw_name[0] == '\0')
		return xstrdup("unknown");
	return xstrdup(pw->pw_name);
}

/* "&" stands for the login name with a capital: an old habit of GECOS. */
char *host_full_name(void)
{
	struct buf name = BUF_INIT(1024);
	const struct passwd *pw = getpwuid(getuid());

	if (pw == NULL || pw->pw_gecos == NULL)
		return NULL;
	for (const char *p = pw->pw_gecos; *p != '\0' && *p != ','; p++) {
		if (*p != '&' || pw->pw_name == NULL || pw->pw_name[0] == '\0') {
			buf_addc(&name, *p);
			continue;
		}
		buf_addc(&name, ascii_toupper(pw->pw_name[0]));
		buf_adds(&name, pw->pw_name + 1);
	}
	if (name.len == 0 || name.full) {
		buf_free(&name);
		return NULL;
	}
	return buf_steal(&name);
}

char *host_home(bool trust_env)
{
	const char *home = trust_env ? getenv("HOME") : NULL;
	const struct passwd *pw;

	if (home != NULL && home[0] != '\0')
		return xstrdup(home);
	pw = getpwuid(getuid());
	if (pw == NULL || pw->pw_dir == NULL || pw->pw_dir[0] == '\0')
		return NULL;
	return xstrdup(pw->pw_dir);
}

bool host_env_ours(void)
{
	const char *home = getenv("HOME");
	struct stat st;

	return home == NULL || home[0] == '\0' ||
		(stat(home, &st) == 0 && st.st_uid == getuid());
}

char *host_name(void)
{
	char name[NAME_BYTES];

	if (gethostname(name, sizeof name) < 0)
		return xstrdup("localhost");
	name[sizeof name - 1] = '\0';
	return xstrdup(name[0] != '\0' ? name : "localhost");
}

size_t host_descriptors(size_t wanted)
{
	struct rlimit limit, more;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	more = limit;
	more.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	if (more.rlim_cur > limit.rlim_cur &&
	    setrlimit(RLIMIT_NOFILE, &more) == 0)
		return (size_t)more.rlim_cur;
	return limit.rlim_cur > SIZE_MAX ? SIZE_MAX : (size_t)limit.rlim_cur;
}

char *host_canonical(void)
{
	struct addrinfo *found = NULL;
	char *name = host_name();

	if (lookup_host(name, 0, AF_UNSPEC, clock_in(CANONICAL_SECONDS), &found,
			NULL) == 0 && found->ai_canonname != NULL &&
	    found->ai_canonname[0] != '\0') {
		free(name);
		name = xstrdup(found->ai_canonname);
	}
	if (found != NULL)
		freeaddrinfo(found);
	return name;
}

/* Going through all hosts is what no other source than the file does. */
char *host_full(void)
{
	char *name = host_name(), *full = NULL;
	const struct hostent *h;

	sethostent(0);
	while (full == NULL && (h = gethostent()) != NULL) {
		bool ours = ascii_caseeq(h->h_name, name);

		for (char **other = h->h_aliases; !ours && *other != NULL; other++)
			ours = ascii_caseeq(*other, name);
		if (ours && strchr(h->h_name, '.') != NULL)
			full = xstrdup(h->h_name);
	}
	endhostent();
	free(name);
	return full;
}

/* Whether "name@DOMAIN" is an address. */
static bool is_domain(const char *domain)
{
	char *addr = xasprintf("postmaster@%s", domain), *spec = NULL;
	bool is = addr_spec_parse(addr, "mailname", &spec, NULL) == 0;

	free(addr);
	free(spec);
	return is;
}

int host_mailname(char **out, struct err *e)
{
	static const char path[] = SYSCONFDIR "/mailname";
	struct buf text = BUF_INIT(4096);
	struct err why = ERR_INIT;
	bool missing;
	int fd, ret;

	*out = NULL;
	ret = fs_open_read(path, false, &fd, &missing, &why);
	if (ret == 0) {
		ret = fs_read_all(fd, path, &text, &why);
		close(fd);
	}
	if (ret == 0) {
		const char *p = buf_str(&text);
		size_t n = strcspn(p, "\n"), skip = strspn(p, " \t\r");

		while (n > skip && (ascii_isblank(p[n - 1]) || p[n - 1] == '\r'))
			n--;
		if (n > skip)
			*out = xmemdup0(p + skip, n - skip);
	}
	buf_free(&text);
	if (why.kind == ERR_TEMP) {
		*e = why;
		return -1;
	}
	if (*out == NULL || is_domain(*out))
		return 0;
	err_set(e, ERR_CONFIG, "%s: '%s' is no domain name", path, *out);
	free(*out);
	*out = NULL;
	return -1;
}

void host_random(void *p, size_t n)
{
	char *to = p;

	while (n > 0) {
		ssize_t got = getrandom(to, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			fputs("ostler: no random bytes from the kernel\n", stderr);
			_exit(EX_OSERR);
		}
		to += got;
		n -= (size_t)got;
	}
}

void host_localtime(struct tm *tm)
{
	time_t now = time(NULL);

	localtime_r(&now, tm);
}

/*
 * Open something harmless as FD, which is closed; the lowest free number is
 * what open() gives, and those below are open already.  Reading a closed
 * standard input stays an error: it must not become an empty message.
 */
static void occupy(int fd)
{
	int got = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDWR);

	if (got < 0)	/* a jail without /dev */
		got = memfd_create("null", 0);
	if (got != fd)
		_exit(EX_OSERR);
}

/*
 * Callers hand down signals ignored or blocked for reasons of their own.
 * Those that a person ignores on purpose (nohup, mail(1)) stay so.  These go
 * to their defaults: an ignored SIGCHLD would take our children's exit
 * status, an ignored SIGTERM would keep us from ending.
 */
static void settle_signals(void)
{
	static const int reset[] = { SIGTERM, SIGCHLD, SIGALRM, SIGUSR1, SIGUSR2,
				     SIGCONT };
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (size_t i = 0; i < sizeof reset / sizeof reset[0]; i++)
		sigaction(reset[i], &dfl, NULL);
	/* Writing to what nobody reads, or past the file size limit, is an
	 * error to report, not a death. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

unsigned host_settle(void)
{
	struct rlimit core;
	unsigned closed = 0;

	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
			closed |= 1u << fd;
			occupy(fd);
		}
	}
	settle_signals();
	umask(077);
	/* One byte rather than none: 0 still lets the kernel feed a core to
	 * a handler behind a pipe, 1 is its word for "not at all". */
	if (getrlimit(RLIMIT_CORE, &core) == 0) {
		core.rlim_max = core.rlim_max > 1 ? 1 : core.rlim_max;
		core.rlim_cur = core.rlim_max;
		setrlimit(RLIMIT_CORE, &core);
	}
	return closed;
}

static volatile sig_atomic_t stop_signal;
static int stop_fd = -1;

static void on_stop(int signal)
{
	const uint64_t one = 1;
	int saved = errno;

	if (stop_signal == 0)
		stop_signal = signal;
	if (stop_fd >= 0 && write(stop_fd, &one, sizeof one) < 0)
		stop_signal = signal;	/* poll() sees EINTR all the same */
	errno = saved;
}

void host_catch_stop(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction old, new = { .sa_handler = on_stop };

	if (stop_fd < 0)
		stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sigemptyset(&new.sa_mask);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		if (sigaction(signals[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			sigaction(signals[i], &new, NULL);
	}
}

int host_stopped(void)
{
	return stop_signal;
}

int host_stop_fd(void)
{
	return stop_fd;
}
