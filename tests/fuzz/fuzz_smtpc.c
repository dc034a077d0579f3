/*
 * A relay that says anything.  Three bytes choose account and messages, the
 * rest is what the server says: a line at each READ, or all at once, or a
 * line before the content is over.
 *
 * What must hold whatever it says:
 *	SENT only after the whole content, and a whole 2xx line behind it
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

struct play {
	struct smtpc *c;
	const struct smtpc_config *cfg;
	const char *p, *end;	/* what the server will say */
	unsigned flags;
	bool secure, ended;
	bool yes;		/* a 2xx line was fed after the content */
	struct buf line;	/* last line fed, when unfinished */
	struct envelope env;
	struct outcome *out;
	unsigned mails;
};

enum { BULK = 1, EARLY = 2, PARTIAL = 4, LAST = 8, FLIGHT = 16, BIG = 32, UTF8 = 64, MANY = 128 };

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
		if (p->ended && p->line.p[0] == '2')
			p->yes = true;
		buf_clear(&p->line);
	}
}

static void server_speaks(struct play *p)
{
	const char *lf = memchr(p->p, '\n', (size_t)(p->end - p->p));
	const char *to = lf == NULL || (p->flags & BULK) != 0 ? p->end : lf + 1;
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

static void check_outcomes(const struct play *p)
{
	for (size_t i = 0; p->out != NULL && i < p->env.n; i++) {
		if (p->out[i].verdict == PENDING)
			abort();
		if (p->out[i].verdict == SENT && !(p->ended && p->yes))
			abort();
		if (p->out[i].maybe_sent && !p->ended)
			abort();
	}
}

static void give_mail(struct play *p)
{
	struct smtpc_mail mail = {
		.env = &p->env, .size = (p->flags & BIG) != 0 ? 1000000 : 10,
		.eightbit = true, .partial = (p->flags & PARTIAL) != 0,
		.last = (p->flags & LAST) != 0, .one_flight = (p->flags & FLIGHT) != 0
	};
	struct err e = ERR_INIT;

	check_outcomes(p);
	if (p->mails++ >= 3) {
		smtpc_quit(p->c);
		return;
	}
	if (p->out == NULL)
		p->out = outcomes_new(p->env.n);
	mail.outcome = p->out;
	p->ended = p->yes = false;
	if (smtpc_mail(p->c, &mail, &e) < 0) {
		check_outcomes(p);
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
		return true;
	case SMTPC_READ:
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
		p->ended = true;
		smtpc_body_end(p->c);
		return true;
	case SMTPC_READY:
		give_mail(p);
		return true;
	default:
		check_outcomes(p);
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
	outcomes_free(p.out, p.env.n);
	envelope_clear(&p.env);
	secret_clear(&secret);
	buf_free(&p.line);
	return 0;
}
