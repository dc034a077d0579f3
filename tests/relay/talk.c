/*
 * talk FILE.talk: plays a dialogue with the program.
 *
 *	talk [-k] [-v] FILE.talk
 *
 * It makes a throwaway HOME with an rc file, listens on loopback at a port that
 * the kernel chooses, runs the program (environment OSTLER; else ../../src/ostler
 * from where talk lies) with the arguments and standard input that the file
 * gives, plays the server word for word, and looks at what the program did.  Exit
 * 0: as the file says; 1: not so (it is told why, with the dialogue); 99: the
 * file itself is wrong.  -k keeps the throwaway folder, -v always tells the
 * dialogue.
 *
 * A file has a directive a line; blank lines and lines that begin with # say
 * nothing.  A directive that takes a block is followed by <<EOF and the lines up
 * to EOF, or by "< FILE" beside the script.  ${PORT} ${DIR} (the throwaway
 * folder) ${CERTS} ${CA} ${SIZE} (of the input with CRLF) ${SHA256:NAME} (a
 * certificate's fingerprint) stand for their values everywhere but in input.
 * In "escaped" text \r \n \t \0 \\ \" \xHH stand for bytes.
 *
 * To begin with
 *	listen KIND	plain (default), starttls, tls: what the rc file says, and
 *			its trust file then is ${CA}; unix: a socket; refuse: nobody
 *			listens at the port
 *	run ARGS [BLOCK]	blanks part arguments, double quotes keep them
 *			together with escapes; the block is standard input
 *	input BLOCK	standard input; or escaped text; adds up
 *	input-lines N TEXT	N times the escaped text
 *			Without any: a short message from sender@example.org to
 *			b@example.org that needs no header added.
 *	rc LINE		one more line for the account.  It has already: account
 *			default, host localhost, port, from sender@example.org,
 *			timeout 10, tls as above, and logfile ${DIR}/log when the
 *			test looks at the log; a line with the same first word takes
 *			the place of these.  "rc -WORD" only takes it away.
 *	rcfile BLOCK	the whole file, or as escaped text
 *	rcmode MODE	0600
 *	env NAME=VALUE	added to a clean environment; env -NAME: taken from it
 *	file NAME [MODE] BLOCK	a file in ${DIR}; 0600
 *	as NAME		argv[0]
 *	closed DIGITS	descriptors of 0 1 2 that are closed at the start
 *	broken DIGITS	the same, pipes that nobody reads
 *	stdin PATH	in place of the input, relative to ${DIR}
 *	limit files N, limit size N	of descriptors, of the size of a file
 *	within SECONDS	bound for all; 20.  A program that runs longer fails.
 *
 * The dialogue, in order.  The server sends a line only when it has read what
 * stands before it; how the client packs its lines does not matter.
 *	S TEXT		a line, CRLF added
 *	S- TEXT		escaped text, nothing added
 *	S! TEXT		the same, below TLS
 *	C LINE		exactly this line with CRLF must come
 *	C* GLOB		a line that matches
 *	C- TEXT		exactly these escaped bytes
 *	Cdata [BLOCK]	lines up to the lone dot, dot-stuffing undone: as the block,
 *			or as escaped text, or without either as the input with CRLF
 *	Cdata* BLOCK	the same, line by line against globs; a line "**" stands
 *			for any number of lines
 *	Cbdat [BLOCK]	"BDAT n LAST" and n bytes, otherwise as Cdata
 *	Cskip N		N bytes, whatever they are
 *	Cuntil GLOB	lines up to one that matches
 *	Ceof		the client closes now, having sent nothing more
 *	quiet MS	nothing comes for so long
 *	nothing		nothing comes any more: not even QUIT
 *	split N		from here on send in slices of N bytes, 0: whole
 *	delay MS	wait
 *	trickle MS TEXT	the escaped text over and over, a byte every MS, until the
 *			client has gone
 *	endless TEXT	the same, as fast as it takes it
 *	close, bye, reset	close; with TLS's close_notify first; with RST
 *	stall		do nothing until the program has ended
 *	signal NAME	to the program
 *	tls [NAME] [split N] [priority P] [request] [require] [refused]
 *			handshake with the certificate NAME of authority.h (good).
 *			refused: the client must not go through with it, or send
 *			nothing inside
 *	greet		S 220 relay.test ESMTP ready
 *	ehlo WORDS	C EHLO localhost, and a reply with WORDS parted by commas
 *	starttls [...]	C STARTTLS, S 220 go ahead, tls ...
 *	connection	the next connection
 * After the last directive of a connection the client may send QUIT, and nothing
 * else, and has to close.  More connections than the file has fail.
 *
 * What is looked at in the end
 *	exit LIST	statuses and names of signals with commas between; 0
 *	stderr GLOB	a line matches; not-stderr GLOB: none does
 *	stdout GLOB, not-stdout GLOB, log GLOB	alike
 *	log-lines N	so many
 *	holds FILE GLOB	a line of a file in ${DIR} matches
 *	secret WORD	never came in clear, plain or in base64, and is nowhere in
 *			output and log
 *	memory KB	peak resident size (not under sanitizers)
 * and always: no death by a signal that exit does not name, nothing but printable
 * text on standard error and in the log, silence there after success unless the
 * file expects something, one line or more after failure, no file left in TMPDIR.
 */
#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authority.h"
#include "talk.h"

struct talk talk = { .limit_files = -1, .limit_size = -1 };

#if defined(__SANITIZE_ADDRESS__)
/* A test that fails ends where it stands, with what it holds: not a leak. */
int __lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
	return 1;
}
#endif

static const char message[] =
	"From: sender@example.org\n"
	"To: b@example.org\n"
	"Subject: hello\n"
	"Date: Sat, 21 Nov 2026 22:41:25 +0000\n"
	"Message-ID: <1@example.org>\n"
	"\n"
	"hello\n";

void
note(const char *mark, const void *p, size_t n)
{
	const char *s = p;

	if (n > 2000)
		n = 2000;
	bytes_fmt(&talk.transcript, "%7.3f %s ", (double)(now_ms() - talk.start) / 1000,
	    mark);
	for (size_t i = 0; i < n; i++) {
		if (s[i] >= ' ' && s[i] <= '~' && s[i] != '\\')
			bytes_add(&talk.transcript, s + i, 1);
		else if (s[i] == '\r' || s[i] == '\n')
			bytes_str(&talk.transcript, s[i] == '\r' ? "\\r" : "\\n");
		else
			bytes_fmt(&talk.transcript, "\\x%02x", (unsigned char)s[i]);
	}
	bytes_str(&talk.transcript, "\n");
}

static void
show_file(const char *name)
{
	char *path = make_text("%s/%s", talk.dir, name);
	struct bytes b = BYTES_INIT;

	if (file_read(path, &b) && b.len > 0)
		printf("---- %s ----\n%.*s", name, (int)(b.len < 20000 ? b.len : 20000), b.p);
	bytes_clear(&b);
	free(path);
}

static void
show_all(void)
{
	printf("---- dialogue ----\n%s", bytes_text(&talk.transcript));
	show_file("stderr");
	show_file("stdout");
	show_file("log");
	show_file(".msmtprc");
}

void
fail(const char *fmt, ...)
{
	va_list ap;

	printf("%s", talk.script);
	if (talk.now != NULL)
		printf(":%u (%s)", talk.now->line, talk.now->verb->word);
	printf(": ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	show_all();
	exit(1);
}

static void
cleanup(void)
{
	program_cleanup();
	if (talk.dir != NULL && talk.keep)
		printf("kept: %s\n", talk.dir);
	else if (talk.dir != NULL)
		tree_remove(talk.dir);
}

/* Whoever is told to stop has no time left: what waits gives up, and what was
 * made is cleaned up on the ordinary way out. */
static void
on_signal(int sig)
{
	(void)sig;
	talk.deadline = 0;
}

static char *
fingerprint(const char *name)
{
	char *path = make_text("%s/certs/%s.sha256", talk.dir, name);
	struct bytes b = BYTES_INIT;

	if (!file_read(path, &b))
		fail("no fingerprint of '%s'", name);
	free(path);
	return b.p;
}

/* The value of a variable, malloc'ed. */
static char *
variable(const char *name)
{
	struct bytes crlf = BYTES_INIT;
	char *value;

	if (strcmp(name, "PORT") == 0)
		return make_text("%u", peer_port());
	if (strcmp(name, "DIR") == 0)
		return dup_text(talk.dir);
	if (strcmp(name, "CERTS") == 0)
		return make_text("%s/certs", talk.dir);
	if (strcmp(name, "CA") == 0)
		return make_text("%s/certs/ca.pem", talk.dir);
	if (strncmp(name, "SHA256:", 7) == 0)
		return fingerprint(name + 7);
	if (strcmp(name, "SIZE") == 0) {
		to_crlf(&talk.input, &crlf);
		value = make_text("%zu", crlf.len);
		bytes_clear(&crlf);
		return value;
	}
	fail("unknown variable '%s'", name);
}

char *
put_variables(const char *text)
{
	struct bytes out = BYTES_INIT;
	const char *mark;

	while ((mark = strstr(text, "${")) != NULL && strchr(mark, '}') != NULL) {
		size_t n = strcspn(mark, "}");
		char *name = need(strndup(mark + 2, n - 2));
		char *value = variable(name);

		bytes_add(&out, text, (size_t)(mark - text));
		bytes_str(&out, value);
		text = mark + n + 1;
		free(name);
		free(value);
	}
	bytes_str(&out, text);
	return out.p;
}

static int
hex(char c)
{
	const char *digits = "0123456789abcdef", *at;

	at = c == '\0' ? NULL : strchr(digits, c | 0x20);
	return at == NULL ? -1 : (int)(at - digits);
}

void
unescape(const char *text, struct bytes *out)
{
	size_t n = strlen(text);

	if (n >= 2 && text[0] == '"' && text[n - 1] == '"') {
		text++;		/* quotes keep blanks at the edges */
		n -= 2;
	}
	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (c == '\\' && i + 1 < n) {
			c = text[++i];
			if (c == 'x' && i + 2 < n && hex(text[i + 1]) >= 0 &&
			    hex(text[i + 2]) >= 0) {
				c = (char)(hex(text[i + 1]) * 16 + hex(text[i + 2]));
				i += 2;
			} else if (c == 'r' || c == 'n' || c == 't' || c == '0') {
				c = c == 'r' ? '\r' : c == 'n' ? '\n' : c == 't' ? '\t' : '\0';
			}
		}
		bytes_add(out, &c, 1);
	}
	bytes_add(out, "", 0);
}

void
to_crlf(const struct bytes *in, struct bytes *out)
{
	for (size_t i = 0; i < in->len; i++) {
		if (in->p[i] == '\n' && (i == 0 || in->p[i - 1] != '\r'))
			bytes_add(out, "\r", 1);
		bytes_add(out, in->p + i, 1);
	}
	if (in->len > 0 && in->p[in->len - 1] != '\n')
		bytes_add(out, "\r\n", 2);
	bytes_add(out, "", 0);
}

bool
line_matches(const char *glob, const char *text)
{
	return fnmatch(glob, text, FNM_NOESCAPE) == 0;
}

static void
early_directives(void)
{
	double seconds = 20;

	replace(&talk.listen, "plain");
	for (size_t i = 0; i < talk.nsteps; i++) {
		const struct step *s = &talk.steps[i];

		if (strcmp(s->verb->word, "listen") == 0)
			replace(&talk.listen, s->text);
		else if (strcmp(s->verb->word, "within") == 0)
			seconds = atof(s->text);
		else if (strncmp(s->verb->word, "log", 3) == 0)
			talk.want_log = true;
		else if (strcmp(s->verb->word, "exit") == 0)
			talk.has_exit = true;
		else if (strcmp(s->verb->word, "stderr") == 0)
			talk.has_stderr = true;
	}
	talk.start = now_ms();
	talk.deadline = talk.start + (int64_t)(seconds * 1000);
}

static bool
needs_certificates(void)
{
	for (size_t i = 0; i < talk.nsteps; i++) {
		const struct step *s = &talk.steps[i];

		if (strstr(s->verb->word, "tls") != NULL || strstr(s->text, "${C") != NULL)
			return true;
	}
	return strstr(talk.listen, "tls") != NULL;
}

static void
play(enum phase phase)
{
	for (size_t i = 0; i < talk.nsteps; i++) {
		struct step *s = &talk.steps[i];
		struct bytes block = BYTES_INIT;

		if (s->verb->phase != phase)
			continue;
		talk.now = s;
		if (phase != SETUP || strncmp(s->verb->word, "input", 5) != 0) {
			char *text = put_variables(s->text);

			free(s->text);
			s->text = text;
			if (s->has_block && strcmp(s->verb->word, "run") != 0) {
				bytes_str(&block, text = put_variables(bytes_text(&s->block)));
				free(text);
				bytes_clear(&s->block);
				s->block = block;
			}
		}
		s->verb->act(s);
	}
	talk.now = NULL;
}

static void
dialogue(void)
{
	bool any = false;

	for (size_t i = 0; i < talk.nsteps; i++)
		any = any || talk.steps[i].verb->phase == DIALOGUE;
	program_start();
	if (any) {
		play(DIALOGUE);
		peer_finish();
	}
	program_wait();
	peer_no_more();
}

int
main(int argc, char **argv)
{
	const char *tmp = getenv("TMPDIR");
	int o;

	while ((o = getopt(argc, argv, "kv")) != -1) {
		talk.keep = talk.keep || o == 'k';
		talk.verbose = talk.verbose || o == 'v';
		if (o == '?')
			return 64;
	}
	if (optind != argc - 1) {
		fputs("usage: talk [-k] [-v] FILE.talk\n", stderr);
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGHUP, on_signal);
	talk.script = argv[optind];
	script_read(talk.script);
	talk.dir = make_text("%s/talk.XXXXXX", tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(talk.dir) == NULL)
		die("cannot make '%s': %s", talk.dir, strerror(errno));
	atexit(cleanup);
	early_directives();
	if (needs_certificates()) {
		char *certs = make_text("%s/certs", talk.dir);

		authority_make(certs);
		free(certs);
	}
	bytes_str(&talk.input, message);
	for (size_t i = 0; i < talk.nsteps; i++) {
		const char *word = talk.steps[i].verb->word;

		if (strncmp(word, "input", 5) == 0)
			talk.input.len = 0;
	}
	peer_listen(talk.listen);
	play(SETUP);
	program_prepare();
	dialogue();
	play(CHECK);
	check_always();
	if (talk.verbose)
		show_all();
	return 0;
}
