/* The program under test: its HOME, its start and its end. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "talk.h"

enum { ARGS_MAX = 4096 };

static char *program;		/* path */

static void
write_in_dir(const char *name, const struct bytes *b, unsigned mode)
{
	char *path = make_text("%s/%s", talk.dir, name);

	if (!file_write(path, b->p, b->len, mode) || chmod(path, mode) < 0)
		die("cannot write '%s': %s", path, strerror(errno));
	free(path);
}

/* Did an rc line speak of this word, or "-word"? */
static bool
rc_has(const char *word)
{
	size_t n = strlen(word);

	for (const char *at = bytes_text(&talk.rc_lines); *at != '\0';) {
		const char *start = *at == '-' ? at + 1 : at;

		if (strncmp(start, word, n) == 0 && (start[n] == ' ' || start[n] == '\n'))
			return true;
		at = strchr(at, '\n') + 1;
	}
	return false;
}

static void
rc_default(struct bytes *rc, const char *word, const char *value)
{
	char *text;

	if (rc_has(word))
		return;
	text = put_variables(value);
	bytes_fmt(rc, "%s %s\n", word, text);
	free(text);
}

static void
write_rc(void)
{
	struct bytes rc = BYTES_INIT;
	bool tls = strstr(talk.listen, "tls") != NULL;
	unsigned mode = 0600;

	if (talk.rc_mode != NULL)
		mode = (unsigned)strtoul(talk.rc_mode, NULL, 8);
	if (talk.has_rc_file) {
		write_in_dir(".msmtprc", &talk.rc_file, mode);
		return;
	}
	bytes_str(&rc, "account default\n");
	if (strcmp(talk.listen, "unix") == 0) {
		rc_default(&rc, "socket", "${DIR}/sock");
	} else {
		rc_default(&rc, "host", "localhost");
	}
	rc_default(&rc, "port", strcmp(talk.listen, "unix") == 0 ? "25" : "${PORT}");
	rc_default(&rc, "from", "sender@example.org");
	rc_default(&rc, "timeout", "10");
	rc_default(&rc, "tls", tls ? "on" : "off");
	if (tls) {
		rc_default(&rc, "tls_trust_file", "${CA}");
		rc_default(&rc, "tls_starttls", talk.listen[0] == 's' ? "on" : "off");
	}
	if (talk.want_log)
		rc_default(&rc, "logfile", "${DIR}/log");
	for (const char *at = bytes_text(&talk.rc_lines); *at != '\0';) {
		size_t n = strcspn(at, "\n") + 1;

		if (*at != '-')
			bytes_add(&rc, at, n);
		at += n;
	}
	write_in_dir(".msmtprc", &rc, mode);
	bytes_clear(&rc);
}

static void
find_program(void)
{
	const char *given = getenv("OSTLER");
	char self[4096];
	ssize_t n;

	if (given != NULL) {
		program = dup_text(given);
	} else {
		n = readlink("/proc/self/exe", self, sizeof(self) - 1);
		if (n < 0)
			die("where am I? set OSTLER");
		self[n] = '\0';
		program = make_text("%s/../../src/ostler", dirname(self));
	}
	if (access(program, X_OK) < 0)
		die("cannot run '%s': %s", program, strerror(errno));
}

void
program_prepare(void)
{
	char *tmp = make_text("%s/tmp", talk.dir);

	find_program();
	if (mkdir(tmp, 0700) < 0)
		die("cannot make '%s': %s", tmp, strerror(errno));
	free(tmp);
	write_rc();
	write_in_dir("input", &talk.input, 0600);
}

/* Blanks part words, double quotes hold them together, with escapes. */
static void
split_args(char **argv)
{
	const char *at = talk.args == NULL ? "b@example.org" : talk.args;
	size_t n = 0;

	argv[n++] = talk.as == NULL ? program : talk.as;
	while (*(at += strspn(at, " ")) != '\0') {
		struct bytes word = BYTES_INIT;
		bool quoted = false;
		const char *start = at;
		char *raw;

		for (; *at != '\0' && (quoted || *at != ' '); at++) {
			if (*at == '\\' && quoted && at[1] != '\0')
				at++;
			else if (*at == '"')
				quoted = !quoted;
		}
		raw = need(strndup(start, (size_t)(at - start)));
		if (strchr(raw, '"') != NULL && raw[0] != '"') {
			/* --name="a b": the quotes begin inside */
			char *quote = strchr(raw, '"');

			bytes_add(&word, raw, (size_t)(quote - raw));
			unescape(quote, &word);
		} else if (raw[0] == '"') {
			unescape(raw, &word);
		} else {
			bytes_str(&word, raw);
		}
		free(raw);
		if (n + 1 >= ARGS_MAX)
			die("too many arguments");
		argv[n++] = word.p;
	}
	argv[n] = NULL;
}

static void
redirect(const char *name, int flags, int fd)
{
	char *path = make_text("%s/%s", talk.dir, name);
	int new = open(path, flags, 0600);

	if (new < 0 || dup2(new, fd) < 0)
		_exit(99);
	if (new != fd)
		close(new);
	free(path);
}

static void
set_environment(void)
{
	static const char *const kept[] = {
		"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE",
		"GCOV_PREFIX", "GCOV_PREFIX_STRIP", "LD_LIBRARY_PATH",
	};
	char *values[sizeof(kept) / sizeof(kept[0])];

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		values[i] = getenv(kept[i]);
	environ = NULL;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (values[i] != NULL)
			setenv(kept[i], values[i], 1);
	}
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
	setenv("HOME", talk.dir, 1);
	setenv("USER", "tester", 1);
	setenv("LOGNAME", "tester", 1);
	setenv("LC_ALL", "C", 1);
	setenv("TMPDIR", make_text("%s/tmp", talk.dir), 1);
	for (size_t at = 0; at < talk.env.len;) {
		if (talk.env.p[at] == '-')
			unsetenv(talk.env.p + at + 1);
		else
			putenv(dup_text(talk.env.p + at));
		at += strlen(talk.env.p + at) + 1;
	}
}

static void
set_limit(int which, long n)
{
	struct rlimit l = { (rlim_t)n, (rlim_t)n };

	if (n >= 0 && setrlimit((__rlimit_resource_t)which, &l) < 0)
		_exit(99);
}

/* A pipe that nobody reads. */
static void
break_descriptor(int fd)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0 || dup2(ends[1], fd) < 0)
		_exit(99);
	close(ends[0]);
}

static void
run_child(char **argv)
{
	/* A session of its own: no terminal to ask at, and one group to end. */
	setsid();
	signal(SIGPIPE, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	if (chdir(talk.dir) < 0)
		_exit(99);
	set_environment();
	redirect(talk.stdin_path != NULL ? talk.stdin_path : "input", O_RDONLY, 0);
	redirect("stdout", O_WRONLY | O_CREAT | O_TRUNC, 1);
	redirect("stderr", O_WRONLY | O_CREAT | O_TRUNC, 2);
	for (int fd = 0; fd < 3; fd++) {
		if (talk.close_fd[fd])
			close(fd);
		if (talk.break_fd[fd])
			break_descriptor(fd);
	}
	set_limit(RLIMIT_NOFILE, talk.limit_files);
	set_limit(RLIMIT_FSIZE, talk.limit_size);
	execv(program, argv);
	_exit(99);
}

void
program_start(void)
{
	static char *argv[ARGS_MAX];

	/* Relative to where talk was called, not to the throwaway folder. */
	program = need(realpath(program, NULL));
	split_args(argv);
	fflush(stdout);
	talk.start = now_ms();
	talk.pid = fork();
	if (talk.pid < 0)
		die("cannot fork: %s", strerror(errno));
	if (talk.pid == 0)
		run_child(argv);
}

static void
ended(int status, const struct rusage *use)
{
	talk.ended = true;
	talk.status = status;
	talk.rss_kb = use->ru_maxrss;
	talk.took = now_ms() - talk.start;
	note("**", "the program ended", 17);
}

bool
program_ended(void)
{
	struct rusage use;
	int status;

	if (!talk.ended && wait4(talk.pid, &status, WNOHANG, &use) == talk.pid)
		ended(status, &use);
	return talk.ended;
}

void
program_wait(void)
{
	int64_t pause = 1;

	while (!program_ended()) {
		if (now_ms() > talk.deadline)
			fail("the program still runs after %.1f s",
			    (double)(now_ms() - talk.start) / 1000);
		sleep_ms(pause);
		if (pause < 20)
			pause++;
	}
}

void
program_signal(const char *name)
{
	static const struct { const char *name; int number; } names[] = {
		{ "TERM", SIGTERM }, { "INT", SIGINT }, { "HUP", SIGHUP },
		{ "STOP", SIGSTOP }, { "CONT", SIGCONT }, { "KILL", SIGKILL },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i].name, name) == 0) {
			kill(talk.pid, names[i].number);
			return;
		}
	}
	fail("unknown signal '%s'", name);
}

void
program_cleanup(void)
{
	if (talk.pid <= 0)
		return;
	if (!talk.ended)
		kill(-talk.pid, SIGKILL);
	if (!talk.ended)
		waitpid(talk.pid, NULL, 0);
}
