/*
 * src/wire/smtps: sessions as text.
 *
 *	C text		the client says this line (CRLF added)
 *	c text		raw: \r \n \0 \\ are read, nothing is added
 *	S glob		the next line that the server says
 *	M from to...	a message came, with this envelope
 *	B text		and this content, raw as c
 *	ABORT		what was begun was to be dropped
 *	NOTHING		the server said nothing more, nothing came
 *	DONE		the session is over
 *	EOF		the client is gone
 *
 * Each session is played whole and in slices of what the client says.
 */
#include "unit.h"

#include <fnmatch.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "wire/smtps.h"

struct session {
	const char *name;
	bool lmtp, auth;
	uint64_t size_max;
	bool no_begin, no_took, no_auth;
	struct { int code; const char *text; } verdict[4];
	const char *text;
};

struct play {
	const struct session *row;
	size_t step;
	const char *line;
	size_t len;
	struct smtps *s;
	struct buf out, content, mails, bodies;
	size_t out_at;
	unsigned aborts;
	bool begun, done;
};

static void wrong(const struct play *p, const char *got)
{
	print_error("%s, slices of %zu, at '%.*s': '%s'\n", p->row->name, p->step,
		    (int)p->len, p->line, got);
	fail();
}

static void settle(struct play *p)
{
	const struct envelope *env = smtps_envelope(p->s);
	size_t n = p->row->lmtp ? env->n : 1;

	buf_addf(&p->mails, "%s", env->from);
	for (size_t i = 0; i < env->n; i++)
		buf_addf(&p->mails, " %s", env->rcpt[i].addr);
	buf_addc(&p->mails, '\n');
	buf_clear(&p->bodies);
	buf_add(&p->bodies, buf_str(&p->content), p->content.len);
	buf_clear(&p->content);
	p->begun = false;
	/* Backwards: the order is the engine's business. */
	for (size_t i = n; i-- > 0;) {
		if (p->row->verdict[i].code != 0)
			smtps_settled(p->s, i, p->row->verdict[i].code,
				      p->row->verdict[i].text);
		else
			smtps_settled(p->s, i, 250, "2.0.0 queued");
	}
}

/* Run until the engine wants to read or is done. */
static void run(struct play *p)
{
	struct smtps_event ev;

	for (;;) {
		switch (smtps_next(p->s, &ev)) {
		case SMTPS_WRITE:
			buf_add(&p->out, ev.data, ev.len);
			smtps_wrote(p->s);
			break;
		case SMTPS_BEGIN:
			if (p->begun)
				wrong(p, "BEGIN twice");
			p->begun = !p->row->no_begin;
			smtps_begun(p->s, p->begun);
			break;
		case SMTPS_CONTENT:
			if (!p->begun)
				wrong(p, "CONTENT without BEGIN");
			buf_add(&p->content, ev.data, ev.len);
			smtps_took(p->s, !p->row->no_took);
			break;
		case SMTPS_MESSAGE:
			if (!p->begun)
				wrong(p, "MESSAGE without BEGIN");
			settle(p);
			break;
		case SMTPS_ABORT:
			if (!p->begun)
				wrong(p, "ABORT without BEGIN");
			p->begun = false;
			p->aborts++;
			buf_clear(&p->content);
			smtps_dropped(p->s);
			break;
		case SMTPS_AUTH:
			smtps_authed(p->s, !p->row->no_auth &&
				     ev.len == 11 && memcmp(ev.data, "\0joe\0sesame", 11) == 0);
			break;
		case SMTPS_DONE:
			p->done = true;
			return;
		case SMTPS_READ:
			return;
		}
	}
}

static void add_raw(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (c == '\\' && i + 1 < n) {
			c = s[++i];
			c = c == 'r' ? '\r' : c == 'n' ? '\n' : c == '0' ? '\0' : c;
		}
		buf_addc(b, c);
	}
}

static bool next_line(struct play *p)
{
	p->line += p->len;
	while (*p->line == '\n')
		p->line++;
	p->len = strcspn(p->line, "\n");
	return p->len > 0;
}

static bool is_client(const struct play *p)
{
	return p->line[0] == 'C' || p->line[0] == 'c';
}

static void client(struct play *p)
{
	struct buf said = BUF_INIT(1 << 20);
	struct play last;

	do {
		size_t n = p->len > 2 ? p->len - 2 : 0;

		if (p->line[0] == 'c') {
			add_raw(&said, p->line + 2, n);
		} else {
			buf_add(&said, p->line + 2, n);
			buf_adds(&said, "\r\n");
		}
		last = *p;
	} while (next_line(p) && is_client(p));
	p->line = last.line;
	p->len = last.len;
	run(p);
	for (size_t at = 0; at < said.len && !p->done; at += p->step) {
		size_t n = said.len - at < p->step ? said.len - at : p->step;
		char *copy = xmemdup0(said.p + at, n);

		smtps_feed(p->s, copy, n);
		free(copy);
		run(p);
	}
	buf_free(&said);
}

static void server(struct play *p)
{
	const char *s, *lf;
	char glob[1024], line[2048];

	run(p);
	s = buf_str(&p->out) + p->out_at;
	lf = strstr(s, "\r\n");
	if (lf == NULL)
		wrong(p, s);
	snprintf(glob, sizeof glob, "%.*s", (int)p->len - 2, p->line + 2);
	snprintf(line, sizeof line, "%.*s", (int)(lf - s), s);
	if (fnmatch(glob, line, 0) != 0)
		wrong(p, line);
	p->out_at += (size_t)(lf - s) + 2;
}

static void play_line(struct play *p)
{
	struct buf want = BUF_INIT(100000);

	if (is_client(p)) {
		client(p);
	} else if (p->line[0] == 'S') {
		server(p);
	} else if (p->line[0] == 'M') {
		size_t n = strcspn(buf_str(&p->mails), "\n");

		if (n != p->len - 2 || memcmp(buf_str(&p->mails), p->line + 2, n) != 0)
			wrong(p, buf_str(&p->mails));
		buf_consume(&p->mails, n + 1);
	} else if (p->line[0] == 'B') {
		add_raw(&want, p->line + 2, p->len > 2 ? p->len - 2 : 0);
		if (want.len != p->bodies.len ||
		    (want.len > 0 && memcmp(want.p, p->bodies.p, want.len) != 0))
			wrong(p, buf_str(&p->bodies));
	} else if (strncmp(p->line, "ABORT", 5) == 0) {
		if (p->aborts-- == 0)
			wrong(p, "no abort");
	} else if (strncmp(p->line, "NOTHING", 7) == 0) {
		if (p->out.len != p->out_at || p->mails.len > 0 || p->aborts > 0)
			wrong(p, buf_str(&p->out) + p->out_at);
	} else if (strncmp(p->line, "DONE", 4) == 0) {
		if (!p->done || p->out.len != p->out_at || p->mails.len > 0 ||
		    p->aborts > 0 || p->begun)
			wrong(p, "not done");
	} else {
		smtps_eof(p->s);
		run(p);
	}
	buf_free(&want);
}

static void play(const struct session *row, size_t step)
{
	struct smtps_config cfg = {
		.lmtp = row->lmtp, .domain = "here.example",
		.size_max = row->size_max, .auth = row->auth
	};
	struct play p = {
		.row = row, .step = step, .line = row->text,
		.out = BUF_INIT(1 << 20), .content = BUF_INIT(1 << 20),
		.mails = BUF_INIT(1 << 20), .bodies = BUF_INIT(1 << 20),
	};

	p.s = smtps_new(&cfg);
	while (next_line(&p))
		play_line(&p);
	smtps_free(p.s);
	buf_free(&p.out);
	buf_free(&p.content);
	buf_free(&p.mails);
	buf_free(&p.bodies);
}

static void play_all(const struct session *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		play(&rows[i], 60000);
		for (size_t step = 1; step < 30; step++)
			play(&rows[i], step);
	}
}

#define HI "S 220 here.example ESMTP\nC HELO me\nS 250 here.example\n"
#define ENV HI "C MAIL FROM:<a@b>\nS 250 2.1.0 *\nC RCPT TO:<c@d>\nS 250 2.1.5 *\n"
#define DATA ENV "C DATA\nS 354 *\n"
#define OK "S 250 2.0.0 queued\n"

static const struct session order[] = {
	{ .name = "greeting first", .text = "S 220 here.example ESMTP\nNOTHING" },
	{ .name = "EHLO", .size_max = 1000,
	  .text = "S 220*\nC EHLO me\nS 250-here.example\nS 250-PIPELINING\nS 250-8BITMIME\n"
		  "S 250-SIZE 1000\nS 250-DSN\nS 250-SMTPUTF8\nS 250-LIMITS RCPTMAX=10000\n"
		  "S 250 ENHANCEDSTATUSCODES\nNOTHING" },
	{ .name = "one message", .text = DATA "C Subject: x\nC \nC text\nC .\n" OK
		  "M a@b c@d\nB Subject: x\\r\\n\\r\\ntext\\r\\n\nC QUIT\nS 221 2.0.0 *\nDONE" },
	{ .name = "everything at once",
	  .text = "S 220*\nC HELO me\nC MAIL FROM:<>\nC RCPT TO:<c@d>\nC RCPT TO:<e@f>\nC DATA\n"
		  "C x\nC .\nC MAIL FROM:<a@b>\nC RCPT TO:<root>\nC DATA\nC .\nC QUIT\n"
		  "S 250 *\nS 250 2.1.0*\nS 250 2.1.5*\nS 250 2.1.5*\nS 354*\n" OK
		  "S 250 2.1.0*\nS 250 2.1.5*\nS 354*\n" OK "S 221*\nM  c@d e@f\nM a@b root\nB \nDONE" },
	{ .name = "letter case and blanks", .text = "S 220*\nC helo  me\nS 250*\nC mail from: <a@b>  \n"
		  "S 250*\nC Rcpt To:<c@d>\nS 250*\nC data \nS 354*" },
	{ .name = "EHLO as alice says it", .text = "S 220*\nC EHLO [127.0.0.1]\nS 250-*" },
	{ .name = "no name", .text = "S 220*\nC EHLO\nS 501*\nC HELO \nS 501*" },
	{ .name = "MAIL before HELO", .text = "S 220*\nC MAIL FROM:<a@b>\nS 503 5.5.1*" },
	{ .name = "RCPT before MAIL", .text = HI "C RCPT TO:<a@b>\nS 503 5.5.1*" },
	{ .name = "DATA before MAIL", .text = HI "C DATA\nS 503 5.5.1*" },
	{ .name = "DATA before RCPT", .text = HI "C MAIL FROM:<a@b>\nS 250*\nC DATA\nS 554 5.5.1*" },
	{ .name = "MAIL twice", .text = ENV "C MAIL FROM:<a@b>\nS 503*" },
	{ .name = "RSET", .text = ENV "C RSET\nS 250 2.0.0*\nC RCPT TO:<c@d>\nS 503*\n"
		  "C MAIL FROM:<x@y>\nS 250*\nC RCPT TO:<z@y>\nS 250*\nC DATA\nS 354*\nC .\n" OK
		  "M x@y z@y" },
	{ .name = "EHLO resets", .text = ENV "C EHLO me\nS 250-*\nS 250-*\nS 250-*\nS 250-*\nS 250-*\n"
		  "S 250-*\nS 250-*\nS 250 *\nC DATA\nS 503*" },
	{ .name = "after a message MAIL is needed", .text = DATA "C .\n" OK "C RCPT TO:<a@b>\nS 503*" },
	{ .name = "NOOP, VRFY, HELP, EXPN", .text = HI "C NOOP\nS 250*\nC NOOP x\nS 250*\n"
		  "C VRFY a\nS 252*\nC VRFY\nS 501*\nC HELP\nS 214*\nC EXPN x\nS 502*" },
	{ .name = "not offered", .text = HI "C STARTTLS\nS 502*\nC AUTH PLAIN x\nS 502*\nC TURN\nS 502*\n"
		  "C ETRN x\nS 502*" },
	{ .name = "unknown", .text = HI "C FOO\nS 500 5.5.1*\nC \nS 500*\nC MAILX FROM:<a@b>\nS 500*" },
	{ .name = "arguments that do not belong", .text = ENV "C DATA x\nS 501*\nC RSET x\nS 501*\n"
		  "C QUIT x\nS 501*\nC QUIT\nS 221*\nDONE" },
	{ .name = "nothing after QUIT", .text = HI "C QUIT\nC NOOP\nS 221*\nDONE" },
	{ .name = "parameters", .text = HI "C MAIL FROM:<a@b> FOO=1\nS 555*\nC MAIL FROM:<a@b> SIZE=x\n"
		  "S 501*\nC MAIL FROM:<a@b> BODY=8BITMIME SIZE=5\nS 250*\nC RCPT TO:<c@d> FOO\nS 555*\n"
		  "C RCPT TO:<c@d> NOTIFY=NEVER\nS 250*" },
	{ .name = "SMTPUTF8", .text = HI "C MAIL FROM:<\xc3\xbc@b>\nS 553*\nC MAIL FROM:<a@b>\nS 250*\n"
		  "C RCPT TO:<\xc3\xbc@b>\nS 553*\nC RSET\nS 250*\nC MAIL FROM:<\xc3\xbc@b> SMTPUTF8\n"
		  "S 250*\nC RCPT TO:<\xc3\xbc@b>\nS 250*" },
	{ .name = "a recipient said twice", .text = ENV "C RCPT TO:<c@D>\nS 250*\nC DATA\nS 354*\nC .\n" OK
		  "M a@b c@d" },
	{ .name = "too many errors", .text = HI "C 1\nC 2\nC 3\nC 4\nC 5\nC 6\nC 7\nC 8\nC 9\nC 10\nC 11\n"
		  "C 12\nC 13\nC 14\nC 15\nC 16\nC 17\nC 18\nC 19\nC 20\nC 21\nS 500*\nS 500*\nS 500*\n"
		  "S 500*\nS 500*\nS 500*\nS 500*\nS 500*\nS 500*\nS 500*\nS 500*\nS 500*\nS 500*\nS 500*\n"
		  "S 500*\nS 500*\nS 500*\nS 500*\nS 500*\nS 500*\nS 421 4.7.0*\nDONE" },
	{ .name = "a browser", .text = "S 220*\nC POST / HTTP/1.1\nC MAIL FROM:<a@b>\nS 421*\nDONE" },
	{ .name = "BDAT", .text = ENV "C BDAT 14 LAST\nC MAIL FROM:<x@y>\nS 421*\nDONE" },
};

static const struct session lines[] = {
	{ .name = "LF alone is refused at once", .text = "S 220*\nc HELO me\\n\nS 500 5.5.2*\nC HELO me\nS 250*" },
	{ .name = "CR in a line", .text = "S 220*\nc HELO m\\re\\r\\n\nS 500 5.5.2*" },
	{ .name = "CR CR LF", .text = "S 220*\nc HELO me\\r\\r\\n\nS 500 5.5.2*" },
	{ .name = "NUL", .text = "S 220*\nc HELO m\\0e\\r\\n\nS 500 5.5.2*" },
	{ .name = "escape", .text = "S 220*\nC HELO \033[2J\nS 500 5.5.2*" },
	{ .name = "a recipient behind LF", .text = ENV "c RCPT TO:<x@y>\\nRCPT TO:<z@y>\\r\\n\nS 500*\nS 250*\n"
		  "C DATA\nS 354*\nC .\n" OK "M a@b c@d z@y" },
	{ .name = "EOF at once", .text = "S 220*\nEOF\nDONE" },
	{ .name = "EOF in a command", .text = HI "c QUI\nEOF\nDONE" },
	{ .name = "EOF behind whole commands", .text = HI "C NOOP\nc NOOP\nEOF\nS 250*\nDONE" },
	{ .name = "EOF in a message", .text = DATA "C text\nEOF\nABORT\nDONE" },
	{ .name = "EOF in the last line", .text = DATA "c text\\r\\n.\\r\nEOF\nABORT\nDONE" },
	{ .name = "EOF after DATA", .text = DATA "EOF\nABORT\nDONE" },
	{ .name = "EOF after the dot", .text = DATA "C x\nC .\nEOF\n" OK "M a@b c@d\nB x\\r\\n\nDONE" },
};

static const struct session content[] = {
	{ .name = "empty", .text = DATA "C .\n" OK "M a@b c@d\nB " },
	{ .name = "dots", .text = DATA "C ..\nC ...\nC ..x\nC x.\nC . \nC .\n" OK
		  "M a@b c@d\nB .\\r\\n..\\r\\n.x\\r\\nx.\\r\\n \\r\\n" },
	/* None of these ends the message: RFC 5321 section 4.1.1.4. */
	{ .name = "LF . LF", .text = DATA "c a\\n.\\nMAIL FROM:<x@y>\\r\\n.\\r\\n\n" OK
		  "M a@b c@d\nB a\\n.\\nMAIL FROM:<x@y>\\r\\n\nNOTHING" },
	{ .name = "LF . CRLF", .text = DATA "c a\\n.\\r\\nb\\r\\n.\\r\\n\n" OK "M a@b c@d\nB a\\n.\\r\\nb\\r\\n" },
	{ .name = "CRLF . LF", .text = DATA "c a\\r\\n.\\nb\\r\\n.\\r\\n\n" OK "M a@b c@d\nB a\\r\\n\\nb\\r\\n" },
	{ .name = "CR . CR", .text = DATA "c a\\r.\\rb\\r\\n.\\r\\n\n" OK "M a@b c@d\nB a\\r.\\rb\\r\\n" },
	{ .name = "CRLF . CR x", .text = DATA "c a\\r\\n.\\rx\\r\\n.\\r\\n\n" OK "M a@b c@d\nB a\\r\\n\\rx\\r\\n" },
	{ .name = "CRLF . CR CRLF", .text = DATA "c a\\r\\n.\\r\\r\\nb\\r\\n.\\r\\n\n" OK
		  "M a@b c@d\nB a\\r\\n\\r\\r\\nb\\r\\n" },
	{ .name = "CR CRLF . CRLF", .text = DATA "c a\\r\\r\\n.\\r\\n\n" OK "M a@b c@d\nB a\\r\\r\\n" },
	{ .name = "CRLF . CRLF . CRLF", .text = DATA "c a\\r\\n.\\r\\n.\\r\\n\n" OK "M a@b c@d\nB a\\r\\n\nS 500*" },
	{ .name = "NUL and 8 bit", .text = DATA "c a\\0b\xff\\r\\n.\\r\\n\n" OK "M a@b c@d\nB a\\0b\xff\\r\\n" },
	{ .name = "bytes behind the end are commands", .text = DATA "c a\\r\\n.\\r\\nNOOP\\r\\n\n" OK
		  "S 250*\nM a@b c@d\nB a\\r\\n" },
	{ .name = "SIZE announced", .size_max = 10, .text = HI "C MAIL FROM:<a@b> SIZE=11\nS 552 5.3.4*\n"
		  "C MAIL FROM:<a@b> SIZE=10\nS 250*" },
	{ .name = "size, exactly", .size_max = 10, .text = DATA "C 12345678\nC .\n" OK
		  "M a@b c@d\nB 12345678\\r\\n" },
	{ .name = "size, one more", .size_max = 10, .text = DATA "C 123456789\nC .\nS 552 5.3.4*\nABORT\n"
		  "NOTHING\nC MAIL FROM:<a@b>\nS 250*" },
	{ .name = "stuffing is not counted", .size_max = 4, .text = DATA "C ...\nC .\n" OK
		  "M a@b c@d\nB ..\\r\\n" },
	{ .name = "much more than allowed", .size_max = 10, .text = DATA "C 123456789012345678901234567890\n"
		  "C MAIL FROM:<x@y>\nC ..\nC .\nS 552*\nABORT\nNOTHING\nC NOOP\nS 250*" },
	{ .name = "no room", .no_begin = true, .text = ENV "C DATA\nS 451*\nC RCPT TO:<c@d>\nS 503*" },
	{ .name = "cannot be kept", .no_took = true, .text = DATA "C 1\nC 2\nC .\nS 452*\nABORT\nNOTHING\n"
		  "C MAIL FROM:<a@b>\nS 250*" },
	{ .name = "cannot be kept, and EOF", .no_took = true, .text = DATA "C 1\nC 2\nEOF\nABORT\nDONE" },
};

static const struct session verdicts[] = {
	{ .name = "refused", .verdict = {{ 550, "5.1.1 no such user" }},
	  .text = DATA "C .\nS 550 5.1.1 no such user\nM a@b c@d" },
	{ .name = "without its own status", .verdict = {{ 451, "later" }},
	  .text = DATA "C .\nS 451 4.0.0 later\nM a@b c@d" },
	{ .name = "status of another class", .verdict = {{ 451, "5.1.1 x" }},
	  .text = DATA "C .\nS 451 4.0.0 5.1.1 x\nM a@b c@d" },
	{ .name = "hostile text", .verdict = {{ 554, "5.7.1 a\r\n250 b\033\nc\n" }},
	  .text = DATA "C .\nS 554 5.7.1 a* 250 b? c\nM a@b c@d" },
	{ .name = "impossible code", .verdict = {{ 99, "x" }}, .text = DATA "C .\nS 451 4.0.0 x\nM a@b c@d" },
	{ .name = "354", .verdict = {{ 354, "x" }}, .text = DATA "C .\nS 451 4.0.0 x\nM a@b c@d" },
	{ .name = "LMTP", .lmtp = true, .verdict = {{ 250, "2.0.0 a" }, { 550, "5.1.1 b" }, { 450, "c" }},
	  .text = "S 220 here.example LMTP\nC EHLO me\nS 500*\nC LHLO me\nS 250-*\nS 250-*\nS 250-*\nS 250-*\n"
		  "S 250-*\nS 250-*\nS 250-*\nS 250 *\nC MAIL FROM:<>\nS 250*\nC RCPT TO:<1@x>\nS 250*\n"
		  "C RCPT TO:<2@x>\nS 250*\nC RCPT TO:<1@x>\nS 250*\nC RCPT TO:<3@x>\nS 250*\nC DATA\nS 354*\n"
		  "C .\nS 250 2.0.0 a\nS 550 5.1.1 b\nS 250 2.0.0 a\nS 450 4.0.0 c\nM  1@x 2@x 3@x\nNOTHING" },
	{ .name = "LMTP, cannot be kept", .lmtp = true, .no_took = true,
	  .text = "S 220*\nC LHLO me\nC MAIL FROM:<>\nC RCPT TO:<1@x>\nC RCPT TO:<2@x>\nC DATA\nC x\nC .\n"
		  "S 250-*\nS 250-*\nS 250-*\nS 250-*\nS 250-*\nS 250-*\nS 250-*\nS 250 *\nS 250*\nS 250*\nS 250*\n"
		  "S 354*\nS 452*\nS 452*\nABORT\nNOTHING" },
	{ .name = "LHLO without LMTP", .text = "S 220*\nC LHLO me\nS 500*" },
};

/* base64 of NUL "joe" NUL "sesame" */
#define PLAIN_IR "AGpvZQBzZXNhbWU="

static const struct session logins[] = {
	{ .name = "needed", .auth = true, .text = HI "C MAIL FROM:<a@b>\nS 530 5.7.0*" },
	{ .name = "offered", .auth = true, .text = "S 220*\nC EHLO me\nS 250-here.example\nS 250-*\nS 250-*\n"
		  "S 250-SIZE\nS 250-AUTH PLAIN\nS 250-*\nS 250-*\nS 250-*\nS 250 *\n"
		  "C AUTH PLAIN " PLAIN_IR "\nS 235*\nC MAIL FROM:<a@b>\nS 250*" },
	{ .name = "without initial response", .auth = true, .text = HI "C auth plain\nS 334 \nC " PLAIN_IR "\nS 235*" },
	{ .name = "cancelled", .auth = true, .text = HI "C AUTH PLAIN\nS 334 \nC *\nS 501*\nC NOOP\nS 250*" },
	{ .name = "wrong", .auth = true, .text = HI "C AUTH PLAIN AGpvZQB4\nS 535 5.7.8*\nC MAIL FROM:<a@b>\nS 530*" },
	{ .name = "refused", .auth = true, .no_auth = true, .text = HI "C AUTH PLAIN " PLAIN_IR "\nS 535*" },
	{ .name = "twice", .auth = true, .text = HI "C AUTH PLAIN " PLAIN_IR "\nS 235*\nC AUTH PLAIN " PLAIN_IR "\nS 503*" },
	{ .name = "before HELO", .auth = true, .text = "S 220*\nC AUTH PLAIN " PLAIN_IR "\nS 503*" },
	{ .name = "another mechanism", .auth = true, .text = HI "C AUTH LOGIN\nS 504*\nC AUTH\nS 504*" },
	{ .name = "not base 64", .auth = true, .text = HI "C AUTH PLAIN !!!!\nS 501*\nC AUTH PLAIN =\nS 501*" },
	{ .name = "LF in the response", .auth = true, .text = HI "C AUTH PLAIN\nS 334 \nc " PLAIN_IR "\\n\nS 500*\n"
		  "C NOOP\nS 250*" },
	{ .name = "EOF in the response", .auth = true, .text = HI "C AUTH PLAIN\nS 334 \nEOF\nDONE" },
};

static void test_order(void **state) { (void)state; play_all(order, COUNT(order)); }
static void test_lines(void **state) { (void)state; play_all(lines, COUNT(lines)); }
static void test_content(void **state) { (void)state; play_all(content, COUNT(content)); }
static void test_verdicts(void **state) { (void)state; play_all(verdicts, COUNT(verdicts)); }
static void test_logins(void **state) { (void)state; play_all(logins, COUNT(logins)); }

static void say(struct smtps *s, const char *text, struct buf *out)
{
	struct smtps_event ev;

	smtps_feed(s, text, strlen(text));
	while (smtps_next(s, &ev) == SMTPS_WRITE) {
		buf_add(out, ev.data, ev.len);
		smtps_wrote(s);
	}
}

static void test_long_lines(void **state)
{
	struct smtps_config cfg = { .domain = "here" };
	struct smtps *s = smtps_new(&cfg);
	struct buf out = BUF_INIT(1 << 20);
	static char line[SMTPS_FEED_MAX];

	(void)state;
	say(s, "HELO me\r\n", &out);
	buf_clear(&out);
	memset(line, 'x', SMTPS_LINE_MAX - 2);
	memcpy(line, "NOOP ", 5);
	memcpy(line + SMTPS_LINE_MAX - 2, "\r\n", 2);
	say(s, line, &out);
	assert_string_equal(out.p, "250 2.0.0 Ok\r\n");
	buf_clear(&out);
	memset(line, 'x', SMTPS_LINE_MAX - 1);
	memcpy(line, "NOOP ", 5);
	memcpy(line + SMTPS_LINE_MAX - 1, "\r\n", 2);
	say(s, line, &out);
	assert_string_equal(out.p, "500 5.5.2 Line too long\r\n");
	buf_clear(&out);
	/* A megabyte without an end, then one: one refusal, and it goes on. */
	memset(line, 'x', SMTPS_FEED_MAX - 1);
	for (int i = 0; i < 16; i++)
		say(s, line, &out);
	assert_int_equal(out.len, 0);
	say(s, "\r\nNOOP\r\n", &out);
	assert_string_equal(out.p, "500 5.5.2 Line too long\r\n250 2.0.0 Ok\r\n");
	smtps_free(s);
	buf_free(&out);
}

static void test_many_recipients(void **state)
{
	struct smtps_config cfg = { .domain = "here" };
	struct smtps *s = smtps_new(&cfg);
	struct buf out = BUF_INIT(1 << 22);
	char line[64];

	(void)state;
	say(s, "HELO me\r\nMAIL FROM:<>\r\n", &out);
	for (int i = 0; i < SMTPS_RCPT_MAX; i++) {
		snprintf(line, sizeof line, "RCPT TO:<u%d@d.example>\r\n", i);
		say(s, line, &out);
	}
	assert_int_equal(smtps_envelope(s)->n, SMTPS_RCPT_MAX);
	buf_clear(&out);
	say(s, "RCPT TO:<one@more.example>\r\n", &out);
	assert_string_equal(out.p, "452 4.5.3 Too many recipients\r\n");
	assert_int_equal(smtps_envelope(s)->n, SMTPS_RCPT_MAX);
	buf_clear(&out);
	say(s, "DATA\r\n", &out);
	assert_int_equal(smtps_next(s, &(struct smtps_event){ 0 }), SMTPS_BEGIN);
	smtps_free(s);
	buf_free(&out);
}

/* A driver that feeds although it was not asked loses the session. */
static void test_overfed(void **state)
{
	struct smtps_config cfg = { .domain = "here" };
	struct smtps *s = smtps_new(&cfg);
	struct smtps_event ev;
	static char block[SMTPS_FEED_MAX];

	(void)state;
	memset(block, 'x', SMTPS_FEED_MAX);
	smtps_feed(s, block, SMTPS_FEED_MAX);
	smtps_feed(s, block, SMTPS_FEED_MAX);
	assert_int_equal(smtps_next(s, &ev), SMTPS_WRITE);
	smtps_wrote(s);
	assert_int_equal(smtps_next(s, &ev), SMTPS_DONE);
	smtps_free(s);
	smtps_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_logins),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_many_recipients),
		cmocka_unit_test(test_overfed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
