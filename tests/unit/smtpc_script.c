#include "smtpc_script.h"

#include <fnmatch.h>

#include "base/xalloc.h"

#define RCPTS 700

static const char *const kinds[ERR_KINDS] = {
	[ERR_NONE] = "none", [ERR_USAGE] = "usage", [ERR_DATA] = "data",
	[ERR_UNAVAILABLE] = "unavailable", [ERR_SOFTWARE] = "software",
	[ERR_IO] = "io", [ERR_TEMP] = "temp", [ERR_PROTOCOL] = "protocol",
	[ERR_NOPERM] = "noperm", [ERR_CONFIG] = "config",
};

static const char *const verdicts[] = { "pending", "sent", "deferred", "failed" };

static const char *const needs[] = {
	"WRITE", "READ", "TLS", "BODY", "READY", "DONE", "FAILED"
};

/* A message of the row: the engine may have two at a time. */
struct given {
	struct envelope env;
	struct outcome *outcome;
	size_t outcomes;
};

struct play {
	const struct script *row;
	size_t step;
	const char *line;	/* of the script, being played */
	size_t len;
	struct smtpc *c;
	struct sasl_config auth;
	struct secret secret;
	struct given given[SCRIPT_MAILS];
	size_t of, ahead;	/* V is about this one; that one is ahead */
	bool secure;
	struct buf traced;
	struct buf hidden;	/* what went out as a secret, a line each */
};

static void wrong(const struct play *p, const char *what, const char *got)
{
	print_error("%s, slices of %zu, at '%.*s': %s '%s'\n", p->row->name,
		    p->step, (int)p->len, p->line, what, got);
	fail();
}

static void check(const struct play *p, bool ok, const char *what, const char *got)
{
	if (!ok)
		wrong(p, what, got);
}

static void want_need(struct play *p, enum smtpc_need want)
{
	struct smtpc_event ev;
	enum smtpc_need need = smtpc_next(p->c, &ev);
	char got[2048];

	if (need == want)
		return;
	snprintf(got, sizeof got, "%s %.*s", needs[need],
		 need == SMTPC_WRITE ? (int)ev.len : 0, need == SMTPC_WRITE ? ev.data : "");
	if (need == SMTPC_FAILED)
		snprintf(got, sizeof got, "FAILED %s %s", kinds[smtpc_error(p->c)->kind],
			 smtpc_error(p->c)->text);
	wrong(p, "it needs", got);
}

static void on_trace(void *ctx, enum smtpc_trace what, bool tls, const char *line,
		     size_t n)
{
	struct play *p = ctx;

	check(p, tls == p->secure, "traced as TLS or not", "wrongly");
	buf_addc(&p->traced, what == SMTPC_SENT ? '>' : what == SMTPC_GOT ? '<' : '*');
	buf_add(&p->traced, line, n);
	buf_addc(&p->traced, '\n');
	for (size_t i = 0; i < n; i++)
		check(p, (unsigned char)line[i] >= 32 && line[i] != 127,
		      "traced", "a control character");
}

/* The next word of the line being played, from *AT on; "" at its end. */
static const char *word(const struct play *p, size_t *at, char out[256])
{
	size_t n = 0;

	while (*at < p->len && p->line[*at] == ' ')
		++*at;
	while (*at < p->len && p->line[*at] != ' ' && n < 255)
		out[n++] = p->line[(*at)++];
	out[n] = '\0';
	return out;
}

static bool starts(const struct play *p, const char *word)
{
	size_t n = strlen(word);

	return p->len >= n && memcmp(p->line, word, n) == 0 &&
	       (p->len == n || p->line[n] == ' ');
}

/* To the next line of the script; false at its end. */
static bool next_line(struct play *p)
{
	p->line += p->len;
	while (*p->line == '\n')
		p->line++;
	p->len = strcspn(p->line, "\n");
	return p->len > 0;
}

static const char *rest(const struct play *p, size_t skip, size_t *n)
{
	*n = p->len > skip ? p->len - skip : 0;
	return p->line + (p->len > skip ? skip : p->len);
}

/* Before TLS nothing goes out but these, and the secret never unhidden. */
static void check_write(struct play *p, const struct smtpc_event *ev)
{
	const char *end = ev->data + ev->len;
	bool hidden = false;

	if (p->secret.p != NULL && ev->secret_len > 0) {
		check(p, ev->secret_off + ev->secret_len <= ev->len, "secret", "outside");
		buf_add(&p->hidden, ev->data + ev->secret_off, ev->secret_len);
		buf_addc(&p->hidden, '\n');
		hidden = true;
	}
	if (p->row->tls == SMTPC_TLS_STARTTLS && !p->secure) {
		check(p, !hidden, "a secret before", "TLS");
		for (const char *s = ev->data; s < end;) {
			const char *lf = memchr(s, '\n', (size_t)(end - s));

			check(p, strncmp(s, "EHLO ", 5) == 0 ||
				 strncmp(s, "LHLO ", 5) == 0 ||
				 strncmp(s, "STARTTLS\r", 9) == 0,
			      "before TLS it says", s);
			s = lf != NULL ? lf + 1 : end;
		}
	}
}

/* C lines in a row are one flight. */
static void play_client(struct play *p)
{
	struct buf want = BUF_INIT(1 << 20);
	struct play first = *p;
	struct smtpc_event ev;

	for (;;) {
		size_t n;
		const char *text = rest(p, 2, &n);

		buf_add(&want, text, n);
		buf_adds(&want, "\r\n");
		first = *p;
		if (!next_line(p) || !starts(p, "C"))
			break;
	}
	*p = first;
	want_need(p, SMTPC_WRITE);
	assert_int_equal(smtpc_next(p->c, &ev), SMTPC_WRITE);
	if (ev.len != want.len || memcmp(ev.data, want.p, want.len) != 0) {
		print_error("got\n%.*s", (int)ev.len, ev.data);
		wrong(p, "another flight; wanted", buf_str(&want));
	}
	check_write(p, &ev);
	smtpc_wrote(p->c);
	buf_free(&want);
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

static void feed(struct play *p, const struct buf *b)
{
	for (size_t at = 0; at < b->len; at += p->step) {
		size_t n = b->len - at < p->step ? b->len - at : p->step;
		char *copy = xmemdup0(b->p + at, n);

		smtpc_feed(p->c, copy, n);
		free(copy);
	}
}

static void play_server(struct play *p)
{
	struct buf said = BUF_INIT(1 << 20);
	struct play last;
	char first = p->line[0];

	if (first != 'F')
		want_need(p, SMTPC_READ);
	do {
		size_t n;
		const char *text = rest(p, 2, &n);

		if (p->line[0] == 's') {
			add_raw(&said, text, n);
		} else {
			buf_add(&said, text, n);
			buf_adds(&said, "\r\n");
		}
		last = *p;
	} while (next_line(p) && (starts(p, "S") || starts(p, "s") || starts(p, "F")));
	*p = last;
	feed(p, &said);
	buf_free(&said);
}

static void fill_envelope(struct given *g, const struct script_mail *m)
{
	const char *to = m->to;

	envelope_clear(&g->env);
	envelope_set_from(&g->env, m->from);
	while (*to != '\0') {
		size_t n = strcspn(to, " ");
		char *addr = xmemdup0(to, n);
		struct rcpt *slot;

		envelope_add(&g->env, addr, &slot);
		if (m->orcpt != NULL)
			slot->orcpt = xstrdup(m->orcpt);
		if (g->env.n == 1)
			slot->notify = m->rcpt_notify;
		free(addr);
		to += n;
		to += strspn(to, " ");
	}
	g->env.notify = m->notify;
	g->env.ret = m->ret;
	g->env.envid = xstrdup_null(m->envid);
	outcomes_free(g->outcome, g->outcomes);
	g->outcomes = g->env.n;
	g->outcome = outcomes_new(g->outcomes);
}

/* Message I of the row, as the engine is given it. */
static struct smtpc_mail mail_of(struct play *p, size_t i)
{
	const struct script_mail *m = &p->row->mail[i];
	struct given *g = &p->given[i];

	fill_envelope(g, m);
	return (struct smtpc_mail){
		.env = &g->env, .outcome = g->outcome, .size = m->size,
		.eightbit = m->eightbit, .utf8_header = m->utf8_header,
		.partial = m->partial, .last = m->last, .one_flight = m->one_flight
	};
}

/* The number behind the line's first word, of a message. */
static size_t which(const struct play *p, size_t *at)
{
	char w[256];
	size_t i;

	*at = strcspn(p->line, " \n");
	i = (size_t)atoi(word(p, at, w));
	check(p, w[0] != '\0' && i < SCRIPT_MAILS, "message", w);
	return i;
}

static void play_mail(struct play *p, bool refused)
{
	struct smtpc_mail mail;
	struct err e = ERR_INIT;
	char w[256];
	size_t at;
	int ret;

	p->of = which(p, &at);
	mail = mail_of(p, p->of);
	ret = smtpc_mail(p->c, &mail, &e);
	check(p, (ret < 0) == refused, "smtpc_mail() says", e.text);
	if (refused)
		check(p, strcmp(kinds[e.kind], word(p, &at, w)) == 0, "kind", kinds[e.kind]);
}

static void play_ahead(struct play *p, bool taken)
{
	struct smtpc_mail mail;
	struct smtpc_event before, ev;
	enum smtpc_need need = smtpc_next(p->c, &before);
	size_t at, i = which(p, &at);

	mail = mail_of(p, i);
	check(p, (smtpc_ahead(p->c, &mail) == 0) == taken, "smtpc_ahead() says",
	      taken ? "not now" : "yes");
	if (taken)
		p->ahead = i;
	else
		check(p, smtpc_next(p->c, &ev) == need && ev.len == before.len,
		      "not ahead, but it needs", needs[smtpc_next(p->c, &ev)]);
}

static void play_resume(struct play *p, bool found)
{
	check(p, smtpc_resume(p->c) == found, "smtpc_resume() finds",
	      found ? "none" : "one");
	if (found)
		p->of = p->ahead;
}

static void play_body(struct play *p, bool whole)
{
	struct smtpc_event ev;

	want_need(p, SMTPC_BODY);
	smtpc_next(p->c, &ev);
	check(p, ev.stuff == (strncmp(p->line + 5, "dots", 4) == 0), "form",
	      ev.stuff ? "dots" : "raw");
	if (whole)
		smtpc_body_end(p->c);
}

static void play_verdict(struct play *p)
{
	size_t at = 1;
	char w[256];
	size_t i = (size_t)atoi(word(p, &at, w));
	const struct given *g = &p->given[p->of];
	const struct outcome *o = &g->outcome[i];
	bool maybe = false, local = false;
	char code[16];

	check(p, i < g->outcomes, "recipient", w);
	check(p, strcmp(verdicts[o->verdict], word(p, &at, w)) == 0, "verdict",
	      verdicts[o->verdict]);
	if (word(p, &at, w)[0] != '\0')
		check(p, strcmp(kinds[o->kind], w) == 0, "kind", kinds[o->kind]);
	snprintf(code, sizeof code, "%d", o->reply.code);
	if (word(p, &at, w)[0] != '\0')
		check(p, strcmp(code, w) == 0, "code", code);
	while (word(p, &at, w)[0] != '\0') {
		maybe = maybe || strcmp(w, "maybe") == 0;
		local = local || strcmp(w, "local") == 0;
	}
	check(p, maybe == o->maybe_sent, "maybe_sent is", o->maybe_sent ? "yes" : "no");
	check(p, local == o->reply.local, "local is", o->reply.local ? "yes" : "no");
}

static void play_failed(struct play *p)
{
	const struct err *e = smtpc_error(p->c);
	size_t at = 6, n;
	char w[256], glob[1024];

	want_need(p, SMTPC_FAILED);
	check(p, strcmp(kinds[e->kind], word(p, &at, w)) == 0, "kind", kinds[e->kind]);
	snprintf(glob, sizeof glob, "%.*s", (int)(p->len > at ? p->len - at - 1 : 0),
		 rest(p, at + 1, &n));
	check(p, glob[0] == '\0' || fnmatch(glob, e->text, 0) == 0, "text", e->text);
}

static void play_lost(struct play *p)
{
	struct err e = ERR_INIT;
	size_t at = 4;
	char w[256];

	word(p, &at, w);
	for (unsigned k = 0; k < ERR_KINDS; k++)
		if (kinds[k] != NULL && strcmp(kinds[k], w) == 0)
			err_set(&e, k, "the line was cut");
	smtpc_lost(p->c, &e);
}

static void play_question(struct play *p)
{
	size_t at = strcspn(p->line, " "), n;
	const char *want = rest(p, at + 1, &n), *got = "";
	char code[16];

	if (starts(p, "LAST")) {
		snprintf(code, sizeof code, "%d", smtpc_last_reply(p->c)->code);
		got = code;
	} else if (starts(p, "STEP")) {
		got = smtpc_step(p->c);
	} else if (starts(p, "AT_END")) {
		got = smtpc_at_end(p->c) ? "yes" : "no";
	} else if (starts(p, "TAKES")) {
		got = smtpc_takes_ahead(p->c) ? "yes" : "no";
	} else if (starts(p, "SENDER")) {
		got = smtpc_sender_taken(p->c) ? "yes" : "no";
	} else if (starts(p, "MECH")) {
		got = smtpc_mech(p->c) ? smtpc_mech(p->c) : "none";
	} else {
		wrong(p, "unknown line", "");
	}
	check(p, strlen(got) == n && memcmp(got, want, n) == 0, "answer", got);
}

/* The lines about a message said ahead; false: it is another one. */
static bool play_ahead_line(struct play *p)
{
	size_t at;

	if (starts(p, "AHEAD") || starts(p, "NOT_AHEAD"))
		play_ahead(p, starts(p, "AHEAD"));
	else if (starts(p, "AHEAD_END"))
		smtpc_ahead_end(p->c);
	else if (starts(p, "RESUME") || starts(p, "NO_RESUME"))
		play_resume(p, starts(p, "RESUME"));
	else if (starts(p, "HELD"))
		smtpc_feed_held(p->c);
	else if (starts(p, "OF"))
		p->of = which(p, &at);
	else
		return false;
	return true;
}

static void play_line(struct play *p)
{
	if (play_ahead_line(p))
		return;
	if (starts(p, "C"))
		play_client(p);
	else if (starts(p, "S") || starts(p, "s") || starts(p, "F"))
		play_server(p);
	else if (starts(p, "READY"))
		want_need(p, SMTPC_READY);
	else if (starts(p, "DONE"))
		want_need(p, SMTPC_DONE);
	else if (starts(p, "FAILED"))
		play_failed(p);
	else if (starts(p, "MAIL") || starts(p, "REFUSE"))
		play_mail(p, starts(p, "REFUSE"));
	else if (starts(p, "BODY") || starts(p, "HALF"))
		play_body(p, starts(p, "BODY"));
	else if (starts(p, "END"))
		smtpc_body_end(p->c);
	else if (starts(p, "QUIT"))
		smtpc_quit(p->c);
	else if (starts(p, "LOST"))
		play_lost(p);
	else if (starts(p, "V"))
		play_verdict(p);
	else if (starts(p, "TLS")) {
		want_need(p, SMTPC_TLS);
		p->secure = true;
		smtpc_tls_up(p->c, p->row->bind, "binding", 7);
	} else
		play_question(p);
}

static void play(const struct script *row, size_t step)
{
	struct play p = {
		.row = row, .step = step, .line = row->text,
		.traced = BUF_INIT(1 << 20), .hidden = BUF_INIT(1 << 20)
	};
	struct smtpc_config cfg = {
		.lmtp = row->lmtp, .domain = row->domain != NULL ? row->domain : "me",
		.tls = row->tls, .pipelining = row->pipelining,
		.chunking = row->chunking, .rmqs = row->rmqs
	};

	if (row->secret != NULL)
		secret_set(&p.secret, row->secret, strlen(row->secret));
	p.auth = (struct sasl_config){
		.mech = row->mech, .user = row->user, .secret = &p.secret,
		.host = "relay.example", .port = 587, .cleartext = row->cleartext
	};
	if (row->user != NULL)
		cfg.auth = &p.auth;
	p.c = smtpc_new(&cfg);
	smtpc_set_trace(p.c, on_trace, &p, false);
	for (p.len = 0; next_line(&p);)
		play_line(&p);
	if (row->secret != NULL && strlen(row->secret) > 3)
		check(&p, strstr(buf_str(&p.traced), row->secret) == NULL, "traced the",
		      "secret");
	for (char *s = p.hidden.p; s != NULL && *s != '\0'; s += strlen(s) + 1) {
		s[strcspn(s, "\n")] = '\0';
		check(&p, strlen(s) < 4 || strstr(buf_str(&p.traced), s) == NULL,
		      "traced the", "secret");
	}
	smtpc_free(p.c);
	secret_clear(&p.secret);
	for (size_t i = 0; i < SCRIPT_MAILS; i++) {
		envelope_clear(&p.given[i].env);
		outcomes_free(p.given[i].outcome, p.given[i].outcomes);
	}
	buf_free(&p.traced);
	buf_free(&p.hidden);
}

void script_play(const struct script *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		play(&rows[i], 1 << 20);
		for (size_t step = 1; step < 40; step++)
			play(&rows[i], step);
	}
}
