/*
 * A relay that says anything.  Three bytes choose account and messages, the
 * rest is what the server says: a line at each READ, or all at once, or a
 * line before the content is over.  A message may be said ahead of the reply to
 * the one before, and resumed, or the line lost before that.
 *
 * What must hold whatever it says:
 *	SENT only after the whole content, and a whole 2xx line behind it; said
 *	ahead, only after one for each of its four commands
 *	"maybe sent" only when the whole content was handed over
 *	with STARTTLS nothing but EHLO and STARTTLS goes out in clear
 *	the password does not go out in clear, and never into the trace
 *	what goes out is lines without other control characters
 *	DONE and FAILED leave no recipient without a verdict
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/smtpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define USER_B64 "am9l"
#define SECRET_B64 "c2VzYW1l"
#define PLAIN_B64 "AGpvZQBzZXNhbWU="
#define STEPS_MAX 20000
#define MAILS 3

struct message {
	struct outcome *out;	/* NULL: not given yet */
	bool ended;
	bool yes;		/* a 2xx line was fed after the content */
	bool ahead;		/* said so, */
	unsigned yeses;		/* and 2xx lines fed since */
};

struct play {
	struct smtpc *c;
	const struct smtpc_config *cfg;
	const char *p, *end;	/* what the server will say */
	unsigned flags, more;
	bool secure;
	bool half;		/* the message ahead is said, its content is not */
	bool waits;		/* and it is not resumed */
	bool lose;		/* the line is lost before it could be */
	struct buf line;	/* last line fed, when unfinished */
	struct envelope env;
	struct message mail[MAILS];
	unsigned mails;		/* given so far, the one ahead included */
};

enum { BULK = 1, EARLY = 2, PARTIAL = 4, LAST = 8, FLIGHT = 16, BIG = 32, UTF8 = 64, MANY = 128 };

/* in the second byte, above what chooses the login */
enum { AHEAD = 16, FED = 32, CUT = 64, THREE = 128 };

static void on_trace(void *ctx, enum smtpc_trace what, bool tls, const char *line, size_t n)
{
	(void)ctx;
	(void)tls;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < 32 || line[i] == 127)
			abort();
	if (what == SMTPC_SENT && (memmem(line, n, SECRET_B64, 8) != NULL ||
				   memmem(line, n, PLAIN_B64, 16) != NULL))
		abort();
}

static void feed(struct play *p, const char *s, size_t n)
{
	char *copy = malloc(n > 0 ? n : 1);

	memcpy(copy, s, n);
	smtpc_feed(p->c, copy, n);
	free(copy);
	for (size_t i = 0; i < n; i++) {
		buf_addc(&p->line, s[i]);
		if (s[i] != '\n')
			continue;
		for (unsigned k = 0; k < p->mails && p->line.p[0] == '2'; k++) {
			p->mail[k].yes = p->mail[k].yes || p->mail[k].ended;
			p->mail[k].yeses++;
		}
		buf_clear(&p->line);
	}
}

/* Messages are said ahead: the relay says all at once only behind one. */
static void server_speaks(struct play *p)
{
	const char *lf = memchr(p->p, '\n', (size_t)(p->end - p->p));
	bool bulk = (p->flags & BULK) != 0 && ((p->more & AHEAD) == 0 || p->waits);
	const char *to = lf == NULL || bulk ? p->end : lf + 1;
	struct err e = ERR_INIT;

	if (p->p == p->end) {
		err_set(&e, ERR_TEMP, "closed");
		smtpc_lost(p->c, &e);
		return;
	}
	feed(p, p->p, (size_t)(to - p->p));
	p->p = to;
}

static void check_write(const struct play *p, const struct smtpc_event *ev)
{
	const char *s = ev->data, *end = s + ev->len;

	if (ev->len == 0 || ev->secret_off + ev->secret_len > ev->len)
		abort();
	if (!p->secure && (memmem(s, ev->len, SECRET_B64, 8) != NULL ||
			   memmem(s, ev->len, PLAIN_B64, 16) != NULL))
		abort();
	while (s < end) {
		const char *cr = memchr(s, '\r', (size_t)(end - s));

		if (cr == NULL || cr + 1 >= end || cr[1] != '\n')
			abort();
		for (const char *k = s; k < cr; k++)
			if ((unsigned char)*k < 32 || *k == 127)
				abort();
		if (p->cfg->tls == SMTPC_TLS_STARTTLS && !p->secure &&
		    strncmp(s, "EHLO me\r", 8) != 0 && strncmp(s, "LHLO me\r", 8) != 0 &&
		    strncmp(s, "STARTTLS\r", 9) != 0)
			abort();
		s = cr + 2;
	}
}

/* Of the first N messages, which are over. */
static void check_outcomes(const struct play *p, unsigned n)
{
	for (const struct message *m = p->mail; m < p->mail + n; m++)
		for (size_t i = 0; m->out != NULL && i < p->env.n; i++) {
			const struct outcome *o = &m->out[i];

			if (o->verdict == PENDING || (o->maybe_sent && !m->ended))
				abort();
			if (o->verdict == SENT && !(m->ended && m->yes))
				abort();
			if (o->verdict == SENT && m->ahead && m->yeses < 4)
				abort();
		}
}

/* The message to be given next; it counts from here on. */
static struct smtpc_mail next_mail(struct play *p)
{
	struct message *m = &p->mail[p->mails++];

	m->out = outcomes_new(p->env.n);
	return (struct smtpc_mail){
		.env = &p->env, .outcome = m->out,
		.size = (p->flags & BIG) != 0 ? 1000000 : 10,
		.eightbit = true, .partial = (p->flags & PARTIAL) != 0,
		.last = (p->flags & LAST) != 0 &&
			((p->more & AHEAD) == 0 || p->mails == MAILS),
		.one_flight = (p->flags & FLIGHT) != 0
	};
}

static bool say_ahead(struct play *p)
{
	struct smtpc_mail mail;
	struct message *m = &p->mail[p->mails];

	if ((p->more & AHEAD) == 0 || p->mails == MAILS || !smtpc_takes_ahead(p->c))
		return false;
	mail = next_mail(p);
	if (smtpc_ahead(p->c, &mail) != 0) {
		outcomes_free(m->out, p->env.n);
		*m = (struct message){ 0 };
		p->mails--;
		return false;
	}
	m->ahead = p->half = p->waits = true;
	if ((p->more & FED) != 0 && (p->flags & BULK) == 0)
		server_speaks(p);
	return true;
}

/* The content of the message ahead goes out behind its commands. */
static void end_ahead(struct play *p)
{
	struct err e = ERR_INIT;

	if (!p->half)
		return;
	p->half = false;
	if ((p->more & FED) != 0)
		server_speaks(p);
	if ((p->more & CUT) != 0) {
		err_set(&e, ERR_TEMP, "closed");
		smtpc_lost(p->c, &e);
		return;
	}
	p->mail[p->mails - 1].ended = true;
	smtpc_ahead_end(p->c);
}

static void resume(struct play *p)
{
	struct err e = ERR_INIT;
	struct smtpc_event ev;

	p->waits = false;
	if (p->lose) {
		err_set(&e, ERR_TEMP, "closed");
		smtpc_lost(p->c, &e);
		return;
	}
	if (!smtpc_resume(p->c))
		abort();
	if ((p->more & FED) != 0 && p->p < p->end)
		server_speaks(p);
	if ((p->more & THREE) != 0 && say_ahead(p) &&
	    smtpc_next(p->c, &ev) == SMTPC_WRITE) {
		check_write(p, &ev);
		smtpc_wrote(p->c);
		end_ahead(p);
	}
	smtpc_feed_held(p->c);
}

static void give_mail(struct play *p)
{
	struct smtpc_mail mail;
	struct err e = ERR_INIT;

	if (p->waits) {
		check_outcomes(p, p->mails - 1);
		resume(p);
		return;
	}
	check_outcomes(p, p->mails);
	if (p->mails == MAILS) {
		smtpc_quit(p->c);
		return;
	}
	mail = next_mail(p);
	if (smtpc_mail(p->c, &mail, &e) < 0) {
		check_outcomes(p, p->mails);
		smtpc_quit(p->c);
	}
}

/* One need of the engine; false when it is over. */
static bool step(struct play *p)
{
	struct smtpc_event ev;

	switch (smtpc_next(p->c, &ev)) {
	case SMTPC_WRITE:
		check_write(p, &ev);
		smtpc_wrote(p->c);
		end_ahead(p);
		return true;
	case SMTPC_READ:
		if (!say_ahead(p))
			server_speaks(p);
		return true;
	case SMTPC_TLS:
		p->secure = true;
		smtpc_tls_up(p->c, SASL_BIND_EXPORTER, "binding", 7);
		return true;
	case SMTPC_BODY:
		if ((p->flags & EARLY) != 0 && p->p < p->end) {
			server_speaks(p);
			p->flags &= ~(unsigned)EARLY;
			return true;
		}
		p->mail[p->mails - 1].ended = true;
		smtpc_body_end(p->c);
		return true;
	case SMTPC_READY:
		give_mail(p);
		return true;
	default:
		check_outcomes(p, p->mails);
		return false;
	}
}

static void make_envelope(struct play *p)
{
	char addr[] = "a@d.example";

	envelope_set_from(&p->env, "me@b.example");
	envelope_add(&p->env, (p->flags & UTF8) != 0 ? "\xc3\xbc@d.example" : "c@d.example", NULL);
	for (addr[0] = 'd'; (p->flags & MANY) != 0 && addr[0] < 'h'; addr[0]++)
		envelope_add(&p->env, addr, NULL);
	p->env.notify = DSN_FAILURE;
	p->env.ret = DSN_RET_HDRS;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const mechs[] = {
		NULL, NULL, "PLAIN", "LOGIN", "SCRAM-SHA-256", "XOAUTH2", "EXTERNAL", "NTLM"
	};
	struct secret secret = SECRET_INIT;
	struct sasl_config auth = { .user = "joe", .secret = &secret, .host = "x", .port = 1 };
	struct smtpc_config cfg = { .domain = "me" };
	struct play p = { .cfg = &cfg, .line = BUF_INIT(1 << 20) };

	if (size < 3)
		return 0;
	cfg.tls = (enum smtpc_tls)(data[0] & 3) % 3;
	cfg.pipelining = (enum smtpc_pipelining)(data[0] >> 2 & 3) % 3;
	cfg.chunking = (data[0] & 16) != 0;
	cfg.lmtp = (data[0] & 32) != 0;
	cfg.rmqs = (data[0] & 192) == 192 ? "x" : NULL;
	cfg.auth = (data[1] & 8) != 0 ? &auth : NULL;
	auth.mech = mechs[data[1] & 7];
	p.lose = (data[0] & 192) == 128;
	p.more = data[1];
	p.flags = data[2];
	p.p = (const char *)data + 3;
	p.end = (const char *)data + size;
	/* Rounds of SCRAM are arithmetic, not parsing. */
	if (memmem(p.p, (size_t)(p.end - p.p), "334", 3) != NULL && auth.mech != NULL &&
	    auth.mech[0] == 'S')
		auth.mech = "CRAM-MD5";
	secret_set(&secret, "sesame", 6);
	make_envelope(&p);
	p.c = smtpc_new(&cfg);
	smtpc_set_trace(p.c, on_trace, &p, false);
	for (unsigned n = 0; step(&p);)
		if (++n > STEPS_MAX)
			abort();
	smtpc_free(p.c);
	for (unsigned i = 0; i < MAILS; i++)
		outcomes_free(p.mail[i].out, p.env.n);
	envelope_clear(&p.env);
	secret_clear(&secret);
	buf_free(&p.line);
	return 0;
}
