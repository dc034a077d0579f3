/*
 * relay: the bundled SMTP and LMTP relay, for tests, benchmarks and the demo.
 *
 *	relay --dir=DIR [options]
 *	relay --tell DIR/control COMMAND
 *
 * It listens on 127.0.0.1 at ports that the kernel chooses, takes any number of
 * clients at once, stores what it accepts, is strict about what it accepts, and
 * can fail on purpose.  When it listens it writes lines that a shell can eval:
 *
 *	relay_pid=123
 *	relay_dir='...'		--dir
 *	relay_ca='.../ca.pem'	what a client has to trust
 *	relay_control='DIR/control'
 *	relay_plain=40001	port without TLS; relay_starttls, relay_tls,
 *	relay_lmtp=40004	relay_lmtp_starttls alike
 *	relay_socket='PATH'	unix sockets; relay_lmtp_socket alike
 *
 *	eval "$(relay --dir="$d" --background)"; ...; kill "$relay_pid"
 *
 * Where and how long
 *	--dir=DIR	made if need be; see "What it leaves there"
 *	--listen=WORDS	of plain, starttls, tls, lmtp, lmtp-starttls, each also
 *			as WORD:PORT, and unix=PATH, unix-lmtp=PATH; default
 *			plain,starttls,tls,lmtp
 *	--ipv6		also on ::1 at the same ports
 *	--ports=FILE	the lines above go to FILE, which appears complete
 *	--background	return when it listens
 *	--lifetime=S	end after S seconds (300; 0 never), whatever happens
 *	--until-eof	end when standard input does
 *	--log=FILE	the dialogue; - is standard error
 *	--discard	count messages, do not store them (benchmarks)
 *
 * TLS
 *	--ca=DIR	authority made by ca; default: a fresh one in DIR/ca
 *	--cert=NAME	which of its certificates (authority.h); default good
 *	--priority=TEXT	of GnuTLS; default NORMAL
 *	--client-cert=request|require
 *	--no-tickets	no resumption
 *
 * What it offers
 *	--caps=WORDS	exactly these of PIPELINING CHUNKING 8BITMIME SMTPUTF8 SIZE
 *			DSN ENHANCEDSTATUSCODES LIMITS STARTTLS AUTH ETRN;
 *			default all but LIMITS and ETRN
 *	--no=WORDS	not these
 *	--extra=TEXT	one more line in the EHLO reply
 *	--host=NAME	in the greeting
 *	--size=N	largest message; 2 GiB
 *	--limits=TEXT	LIMITS' values, such as "RCPTMAX=10 MAILMAX=5"
 *	--max-mails=N	mails for each connection, then 421; --max-rcpts=N
 *			recipients for each mail, then 452; 20000
 *	--auth=MECHS	default PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256,
 *			both with -PLUS in TLS, XOAUTH2, OAUTHBEARER, and EXTERNAL
 *			with --client-cert.  A starttls port offers AUTH only
 *			inside TLS.
 *	--user=NAME:PASSWORD	may be repeated; the password is the token of
 *			XOAUTH2 and OAUTHBEARER; default user@example.org:secret
 *	--require=auth,tls	before MAIL
 *	--scram-iterations=N	4096
 *	--lie		prove the password wrongly to the client (SCRAM)
 *	--delay=MS	before each burst of replies, as a slow link would
 *	--idle=S	before a silent client is dropped; 60
 *
 * Strictness
 *	A client that breaks a rule gets an error, and a line in DIR/violations.
 *	The rules: bare-cr bare-lf command-length text-length order syntax address
 *	local (no domain) parameter 8bit (not declared) utf8 (not declared) size
 *	(larger than declared) sync (sent ahead where RFC 2920 forbids) early
 *	(before the greeting) dots (not doubled) ending (no CR LF) clear-secret
 *	injection (behind STARTTLS) limits (beyond LIMITS).
 *	--lax=RULES	these may be broken; all is every rule
 *
 * Failing on purpose
 *	--fail=STEP,ACTION[,percent=P][,match=GLOB][,first=N][,text=T][,after=N]
 *	STEP: connect greeting ehlo starttls auth mail rcpt data body end.
 *	ACTION: a reply code (421 also closes), stall (no answer any more), drop
 *	(close), reset (RST), lose (end only: accept and store, then close before
 *	the reply).  match is on the recipient at rcpt (and at end in LMTP), on the
 *	sender at mail, data, body, end, on the mechanism at auth, the name at
 *	ehlo, the listener at connect.  first=N: the first N times only.  body
 *	strikes when N bytes of content (after=N, 0) have come.  May be repeated;
 *	the first that fits strikes.
 *	--seed=N	of the dice for percent
 *
 * Commands for --tell
 *	stats		accepted= recipients= lost= refused= violations=
 *			sessions= (ended) open=
 *	idle		answers when no client is connected
 *	fail RULE	adds one; fail none: removes all
 *	refuse [S]	connections are refused, for S seconds or until: listen
 *	drop		closes every connection
 *	stop		ends
 *
 * What it leaves there
 *	N.eml		a message as received, dot-stuffing or BDAT undone, N from 1
 *	N.env		lines key=value: session listener protocol helo tls suite
 *			resumed auth user mail_from mail_params, for each recipient
 *			rcpt_to (or refused, LMTP) and rcpt_params, verb (DATA, BDAT)
 *			chunks size eight nul longest (line), nth (mail of the
 *			connection), flights (bursts of client bytes on the connection
 *			up to here, the handshake's not counted), lost (see above)
 *	violations	session=N rule=R and what it was; empty is good
 *	sessions	a line when a connection ends: session listener tls resumed
 *			auth user mails flights quit
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "authority.h"
#include "relay.h"

enum { EVENTS = 256, ACCEPTS = 64 };

static struct source input = { FROM_STDIN, 0 };

static void
poll_add(struct source *s)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = s };

	if (s->fd >= 0 && epoll_ctl(poll_fd, EPOLL_CTL_ADD, s->fd, &ev) < 0)
		die("epoll: %s", strerror(errno));
}

/* A port of our own, the same for both families. */
static void
hold_port(struct listener *l)
{
	for (int tries = 0; tries < 50; tries++) {
		unsigned port = l->port;

		l->held4 = bind_tcp(AF_INET, &port);
		if (l->held4 >= 0 && conf.ipv6)
			l->held6 = bind_tcp(AF_INET6, &port);
		if (l->held4 >= 0 && (l->held6 >= 0 || !conf.ipv6)) {
			l->port = port;
			return;
		}
		/* Taken on ::1: let the kernel choose another. */
		if (l->held4 >= 0)
			close(l->held4);
		l->held4 = -1;
		sleep_ms(l->port == 0 ? 0 : 20);
	}
	die("cannot have port %u: %s", l->port, strerror(errno));
}

static void
open_one(struct listener *l)
{
	if (l->path != NULL) {
		l->v4.fd = listen_unix(l->path);
		if (l->v4.fd < 0)
			die("cannot listen on '%s': %s", l->path, strerror(errno));
		return;
	}
	if (l->held4 < 0)
		hold_port(l);
	l->v4.fd = listen_tcp(AF_INET, &l->port);
	if (l->v4.fd >= 0 && conf.ipv6)
		l->v6.fd = listen_tcp(AF_INET6, &l->port);
	if (l->v4.fd < 0 || (conf.ipv6 && l->v6.fd < 0))
		die("cannot listen on port %u: %s", l->port, strerror(errno));
}

void
listeners_open(void)
{
	listen_again = 0;
	for (struct listener *l = conf.listeners; l != NULL; l = l->next) {
		if (l->v4.fd >= 0)
			continue;
		open_one(l);
		poll_add(&l->v4);
		poll_add(&l->v6);
	}
}

void
listeners_close(void)
{
	for (struct listener *l = conf.listeners; l != NULL; l = l->next) {
		if (l->v4.fd >= 0)
			close(l->v4.fd);
		if (l->v6.fd >= 0)
			close(l->v6.fd);
		if (l->path != NULL)
			unlink(l->path);
		l->v4.fd = l->v6.fd = -1;
	}
}

static void
accept_all(struct source *s)
{
	struct listener *l = conf.listeners;

	while (l != NULL && s != &l->v4 && s != &l->v6)
		l = l->next;
	for (int i = 0; l != NULL && i < ACCEPTS; i++) {
		int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		client_accept(l, fd);
	}
}

static void
put_quoted(struct bytes *b, const char *name, const char *value)
{
	bytes_fmt(b, "relay_%s='", name);
	for (; *value != '\0'; value++) {
		if (*value == '\'')
			bytes_str(b, "'\\''");
		else
			bytes_add(b, value, 1);
	}
	bytes_str(b, "'\n");
}

static void
announce(pid_t pid)
{
	struct bytes b = BYTES_INIT;
	char *control = make_text("%s/control", conf.dir);
	char *root = make_text("%s/ca.pem", conf.ca);

	bytes_fmt(&b, "relay_pid=%d\n", (int)pid);
	put_quoted(&b, "dir", conf.dir);
	put_quoted(&b, "ca", root);
	put_quoted(&b, "control", control);
	for (const struct listener *l = conf.listeners; l != NULL; l = l->next) {
		if (l->path != NULL)
			put_quoted(&b, l->name, l->path);
		else
			bytes_fmt(&b, "relay_%s=%u\n", l->name, l->port);
	}
	if (conf.ports != NULL) {
		char *new = make_text("%s.new", conf.ports);

		if (!file_write(new, b.p, b.len, 0644) || rename(new, conf.ports) < 0)
			die("cannot write '%s': %s", conf.ports, strerror(errno));
		free(new);
	} else {
		fputs(b.p, stdout);
		fflush(stdout);
	}
	free(control);
	free(root);
	bytes_clear(&b);
}

/* The parent prints and leaves; the child serves, with nothing of the caller's
 * standard output and input in its hands. */
static void
go_background(void)
{
	pid_t pid = fork();
	int null;

	if (pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (pid > 0) {
		announce(pid);
		_exit(0);
	}
	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, 1);
	if (!conf.until_eof)
		dup2(null, 0);
}

static void
on_event(const struct epoll_event *ev)
{
	struct source *s = ev->data.ptr;
	char ignored[4096];

	switch (s->type) {
	case FROM_LISTENER:
		accept_all(s);
		break;
	case FROM_CLIENT:
		if (!((struct client *)s)->gone)
			client_ready((struct client *)s);
		break;
	case FROM_CONTROL:
		control_accept();
		break;
	case FROM_ASKER:
		control_input(s);
		break;
	case FROM_STDIN:
		if (read(0, ignored, sizeof(ignored)) <= 0)
			stopping = true;
		break;
	}
}

static void
loop(void)
{
	struct epoll_event events[EVENTS];
	int64_t end = conf.lifetime == 0 ? INT64_MAX : now_ms() + conf.lifetime * 1000;

	while (!stopping) {
		int64_t now = now_ms();
		int wait = client_due(now);
		int n;

		if (listen_again != 0 && listen_again - now < wait)
			wait = listen_again > now ? (int)(listen_again - now) : 0;
		n = epoll_wait(poll_fd, events, EVENTS, wait);
		for (int i = 0; i < n; i++)
			on_event(&events[i]);
		now = now_ms();
		client_ticks(now);
		control_idle();
		if (listen_again != 0 && now >= listen_again)
			listeners_open();
		if (now >= end)
			break;
	}
}

static void
on_signal(int sig)
{
	(void)sig;
	stopping = true;
}

static void
prepare(void)
{
	struct rlimit files;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	store_open();
	if (conf.ca == NULL) {
		conf.ca = make_text("%s/ca", conf.dir);
		authority_make(conf.ca);
	}
	tls_setup();
	auth_setup();
	poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (poll_fd < 0)
		die("epoll: %s", strerror(errno));
	listeners_open();
	control_open();
}

int
main(int argc, char **argv)
{
	if (argc > 3 && strcmp(argv[1], "--tell") == 0)
		return control_tell(argv[2], argc - 3, argv + 3);
	options_read(argc, argv);
	prepare();
	if (conf.background)
		go_background();
	else
		announce(getpid());
	if (conf.until_eof)
		poll_add(&input);
	loop();
	while (clients != NULL)
		client_kill(clients, false);
	client_ticks(now_ms());
	listeners_close();
	return 0;
}
