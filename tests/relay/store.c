/*
 * What the relay leaves in --dir.  The files are described at the top of relay.c;
 * a message's two files are complete before the client gets its 250.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "relay.h"

static FILE *log_file, *session_file, *violation_file;
static unsigned long accepted, lost_replies, refusals, violations, sessions, rcpts;

static FILE *
open_in_dir(const char *name)
{
	char *path = make_text("%s/%s", conf.dir, name);
	FILE *f = fopen(path, "ae");

	if (f == NULL)
		die("cannot open '%s': %s", path, strerror(errno));
	setvbuf(f, NULL, _IOLBF, 0);
	free(path);
	return f;
}

void
store_open(void)
{
	if (mkdir(conf.dir, 0755) < 0 && errno != EEXIST)
		die("cannot make '%s': %s", conf.dir, strerror(errno));
	session_file = open_in_dir("sessions");
	violation_file = open_in_dir("violations");
	if (conf.log == NULL)
		return;
	log_file = strcmp(conf.log, "-") == 0 ? stderr : fopen(conf.log, "ae");
	if (log_file == NULL)
		die("cannot open '%s': %s", conf.log, strerror(errno));
	setvbuf(log_file, NULL, _IOLBF, 0);
}

static void
put_printable(FILE *f, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (isprint((unsigned char)p[i]) && p[i] != '\\')
			putc(p[i], f);
		else
			fprintf(f, "\\x%02x", (unsigned char)p[i]);
	}
}

void
store_log(const struct client *c, char side, const char *p, size_t n)
{
	if (log_file == NULL)
		return;
	while (n > 0 && (p[n - 1] == '\n' || p[n - 1] == '\r'))
		n--;
	fprintf(log_file, "%u %c%c ", c->id, side, c->tls == NULL ? ':' : '~');
	put_printable(log_file, p, n);
	putc('\n', log_file);
}

bool
breach(const struct client *c, enum rule r, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (conf.lax[r])
		return false;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	violations++;
	fprintf(violation_file, "session=%u rule=%s ", c->id, rule_name(r));
	put_printable(violation_file, text, strlen(text));
	putc('\n', violation_file);
	return true;
}

void
count_refusal(void)
{
	refusals++;
}

static void
describe_session(const struct client *c, struct bytes *b)
{
	bytes_fmt(b, "session=%u\nlistener=%s\nprotocol=%s\nhelo=%s\n", c->id,
	    c->from->name, c->from->lmtp ? "LMTP" : "SMTP", c->helo);
	if (c->tls != NULL) {
		char *suite = gnutls_session_get_desc(c->tls);

		bytes_fmt(b, "tls=%s\nsuite=%s\nresumed=%d\n",
		    gnutls_protocol_get_name(gnutls_protocol_get_version(c->tls)),
		    suite, gnutls_session_is_resumed(c->tls) != 0);
		gnutls_free(suite);
	} else {
		bytes_str(b, "tls=none\n");
	}
	bytes_fmt(b, "auth=%s\nuser=%s\n", c->mech == NULL ? "none" : c->mech,
	    c->user == NULL ? "" : c->user);
}

static void
describe_message(const struct client *c, const bool *ok, bool lost, struct bytes *b)
{
	bytes_fmt(b, "mail_from=%s\nmail_params=%s\n", c->from_address, c->from_params);
	for (size_t i = 0; i < c->nrcpts; i++) {
		bytes_fmt(b, "%s=%s\n", ok == NULL || ok[i] ? "rcpt_to" : "refused",
		    c->rcpts[i].address);
		bytes_fmt(b, "rcpt_params=%s\n", c->rcpts[i].params);
	}
	bytes_fmt(b, "verb=%s\nchunks=%u\nsize=%zu\n", c->chunks > 0 ? "BDAT" : "DATA",
	    c->chunks, c->body.size);
	bytes_fmt(b, "eight=%d\nnul=%d\nlongest=%zu\n", c->body.eight, c->body.nul,
	    c->body.longest);
	bytes_fmt(b, "nth=%u\nflights=%u\nlost=%d\n", c->mails + 1, c->flights, lost);
}

unsigned long
store_message(struct client *c, const bool *ok, bool lost)
{
	struct bytes b = BYTES_INIT;
	char *path;

	accepted++;
	lost_replies += lost;
	for (size_t i = 0; i < c->nrcpts; i++)
		rcpts += ok == NULL || ok[i];
	if (conf.discard)
		return accepted;
	path = make_text("%s/%lu.eml", conf.dir, accepted);
	if (c->body.fd < 0) {
		if (!file_write(path, c->body.mem.p, c->body.mem.len, 0644))
			die("cannot write '%s': %s", path, strerror(errno));
	} else {
		size_t done = 0;

		while (done < c->body.mem.len) {
			ssize_t n = write(c->body.fd, c->body.mem.p + done,
			    c->body.mem.len - done);

			if (n <= 0)
				die("cannot write '%s': %s", path, strerror(errno));
			done += (size_t)n;
		}
		if (rename(c->body.path, path) < 0)
			die("cannot rename to '%s': %s", path, strerror(errno));
	}
	free(path);
	describe_session(c, &b);
	describe_message(c, ok, lost, &b);
	path = make_text("%s/%lu.env", conf.dir, accepted);
	if (!file_write(path, b.p, b.len, 0644))
		die("cannot write '%s': %s", path, strerror(errno));
	free(path);
	bytes_clear(&b);
	return accepted;
}

void
store_session(const struct client *c)
{
	sessions++;
	fprintf(session_file, "session=%u listener=%s tls=%s resumed=%d auth=%s user=%s "
	    "mails=%u flights=%u quit=%d\n", c->id, c->from->name,
	    c->tls == NULL || c->shaking ? "none" :
	    gnutls_protocol_get_name(gnutls_protocol_get_version(c->tls)),
	    c->tls != NULL && !c->shaking && gnutls_session_is_resumed(c->tls) != 0,
	    c->mech == NULL ? "none" : c->mech, c->user == NULL ? "" : c->user,
	    c->mails, c->flights, c->quit);
}

void
store_stats(struct bytes *out)
{
	unsigned open = 0;

	for (const struct client *c = clients; c != NULL; c = c->next)
		open++;
	bytes_fmt(out, "accepted=%lu\nrecipients=%lu\nlost=%lu\nrefused=%lu\n"
	    "violations=%lu\nsessions=%lu\nopen=%u\n", accepted, rcpts, lost_replies,
	    refusals, violations, sessions, open);
}
