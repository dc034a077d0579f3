/*
 * src/wire/smtpc with much of everything: recipients, replies, tokens; and
 * what a script cannot say.
 */
#include "unit.h"

#include <gsasl.h>

#include "base/base64.h"
#include "base/buf.h"
#include "wire/smtpc.h"

struct run {
	struct smtpc_config cfg;
	struct sasl_config auth;
	struct secret secret;
	struct smtpc *c;
	struct envelope env;
	struct outcome *out;
	struct smtpc_mail mail;
	struct buf said;	/* the last flight */
};

static void say(struct run *r, const char *text)
{
	smtpc_feed(r->c, text, strlen(text));
}

static enum smtpc_need next(struct run *r)
{
	struct smtpc_event ev;
	enum smtpc_need need = smtpc_next(r->c, &ev);

	buf_clear(&r->said);
	if (need == SMTPC_WRITE) {
		buf_add(&r->said, ev.data, ev.len);
		smtpc_wrote(r->c);
	}
	return need;
}

/* A run at READY, with OFFER behind the server's name. */
static void begin(struct run *r, const char *offer)
{
	r->said = (struct buf)BUF_INIT(10000000);
	r->cfg.domain = "me";
	r->c = smtpc_new(&r->cfg);
	say(r, "220 x\r\n");
	assert_int_equal(next(r), SMTPC_WRITE);
	say(r, "250-x\r\n");
	say(r, offer);
}

static void recipients(struct run *r, size_t n)
{
	char addr[64];

	envelope_set_from(&r->env, "a@b.example");
	for (size_t i = 0; i < n; i++) {
		snprintf(addr, sizeof addr, "user%zu@d.example", i);
		assert_true(envelope_add(&r->env, addr, NULL));
	}
	r->out = outcomes_new(n);
	r->mail.env = &r->env;
	r->mail.outcome = r->out;
}

static void end(struct run *r)
{
	smtpc_free(r->c);
	outcomes_free(r->out, r->env.n);
	envelope_clear(&r->env);
	secret_clear(&r->secret);
	buf_free(&r->said);
}

static size_t lines(const struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->p[i] == '\n';
	return n;
}

static void test_window(void **state)
{
	struct run r = { .cfg = { .pipelining = SMTPC_PIPE_AUTO } };
	struct err e = ERR_INIT;
	size_t said, answered = 0;

	(void)state;
	begin(&r, "250 PIPELINING\r\n");
	recipients(&r, 1300);
	r.mail.last = true;
	assert_int_equal(smtpc_mail(r.c, &r.mail, &e), 0);
	assert_int_equal(next(&r), SMTPC_WRITE);
	said = lines(&r.said);
	assert_int_equal(said, SMTPC_WINDOW);
	while (answered < 1301) {
		say(&r, "250 ok\r\n");
		answered++;
		if (next(&r) == SMTPC_WRITE && answered < 1301) {
			said += lines(&r.said);
			assert_true(said - answered <= SMTPC_WINDOW);
		}
	}
	assert_int_equal(said, 1301);
	assert_string_equal(r.said.p, "DATA\r\n");
	say(&r, "354\r\n");
	assert_int_equal(next(&r), SMTPC_BODY);
	smtpc_body_end(r.c);
	assert_int_equal(next(&r), SMTPC_WRITE);
	assert_string_equal(r.said.p, ".\r\nQUIT\r\n");
	say(&r, "250\r\n");
	assert_int_equal(next(&r), SMTPC_DONE);
	for (size_t i = 0; i < 1300; i++)
		assert_int_equal(r.out[i].verdict, SENT);
	end(&r);
}

/* A flight is bounded in bytes as well: long addresses. */
static void test_flight_bytes(void **state)
{
	struct run r = { .cfg = { .pipelining = SMTPC_PIPE_AUTO } };
	struct err e = ERR_INIT;
	char addr[900];

	(void)state;
	begin(&r, "250 PIPELINING\r\n");
	envelope_set_from(&r.env, "a@b.example");
	memset(addr, 'l', sizeof addr);
	for (int i = 0; i < 400; i++) {
		snprintf(addr + 800, 100, "%d@d.example", i);
		envelope_add(&r.env, addr, NULL);
	}
	r.out = outcomes_new(400);
	r.mail = (struct smtpc_mail){ .env = &r.env, .outcome = r.out };
	assert_int_equal(smtpc_mail(r.c, &r.mail, &e), 0);
	assert_int_equal(next(&r), SMTPC_WRITE);
	assert_in_range(r.said.len, 60000, 70000);
	/* The rest follows without a reply: it is the driver that was spared. */
	assert_int_equal(next(&r), SMTPC_WRITE);
	assert_in_range(r.said.len, 60000, 70000);
	end(&r);
}

static void test_lmtp_many(void **state)
{
	struct run r = { .cfg = { .pipelining = SMTPC_PIPE_AUTO, .lmtp = true } };
	struct err e = ERR_INIT;
	size_t n = 10000;

	(void)state;
	begin(&r, "250 PIPELINING\r\n");
	recipients(&r, n);
	r.mail.partial = true;
	assert_int_equal(smtpc_mail(r.c, &r.mail, &e), 0);
	for (size_t answered = 0; answered <= n;) {
		assert_int_equal(next(&r), SMTPC_WRITE);
		for (size_t k = lines(&r.said); k > 0 && answered <= n; k--)
			say(&r, answered++ % 10 == 3 ? "550 no\r\n" : "250\r\n");
	}
	say(&r, "354\r\n");
	assert_int_equal(next(&r), SMTPC_BODY);
	smtpc_body_end(r.c);
	assert_int_equal(next(&r), SMTPC_WRITE);
	for (size_t i = 0; i < n; i++)
		if (r.out[i].verdict == PENDING)
			say(&r, i % 7 == 0 ? "452 full\r\n" : "250\r\n");
	assert_int_equal(next(&r), SMTPC_READY);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(r.out[i].verdict,
				 (i + 1) % 10 == 3 ? FAILED : i % 7 == 0 ? DEFERRED : SENT);
	end(&r);
}

/* The longest refusal for each of many recipients is not kept whole. */
static void test_huge_refusals(void **state)
{
	struct run r = { .cfg = { .pipelining = SMTPC_PIPE_AUTO } };
	struct buf big = BUF_INIT(200000);
	struct err e = ERR_INIT;
	size_t kept = 0;

	(void)state;
	for (int i = 0; i < 30; i++) {
		buf_adds(&big, "550-");
		for (int k = 0; k < 4000; k++)
			buf_addc(&big, 'x');
		buf_adds(&big, "\r\n");
	}
	buf_adds(&big, "550 end\r\n");
	begin(&r, "250 PIPELINING\r\n");
	recipients(&r, 200);
	assert_int_equal(smtpc_mail(r.c, &r.mail, &e), 0);
	next(&r);
	say(&r, "250\r\n");
	for (size_t i = 0; i < 200; i++)
		smtpc_feed(r.c, big.p, big.len);
	assert_int_equal(next(&r), SMTPC_READY);
	for (size_t i = 0; i < 200; i++) {
		assert_int_equal(r.out[i].verdict, FAILED);
		kept += r.out[i].reply.text.cap;
	}
	assert_true(kept <= 200 * 2 * OUTCOME_TEXT_MAX);
	buf_free(&big);
	end(&r);
}

/* RFC 4954: a line longer than 12288 octets may not be understood. */
static void test_long_token(void **state)
{
	struct run r = { .cfg = { .tls = SMTPC_TLS_IMPLICIT } };
	size_t len = 60000;
	char *token = malloc(len);

	(void)state;
	memset(token, 't', len);
	secret_set(&r.secret, token, len);
	free(token);
	r.auth = (struct sasl_config){ .mech = "XOAUTH2", .user = "joe", .secret = &r.secret };
	r.cfg.auth = &r.auth;
	r.cfg.domain = "me";
	r.said = (struct buf)BUF_INIT(1000000);
	r.c = smtpc_new(&r.cfg);
	assert_int_equal(next(&r), SMTPC_TLS);
	smtpc_tls_up(r.c, SASL_BIND_NONE, NULL, 0);
	say(&r, "220 x\r\n");
	next(&r);
	say(&r, "250-x\r\n250 AUTH XOAUTH2\r\n");
	assert_int_equal(next(&r), SMTPC_WRITE);
	assert_string_equal(r.said.p, "AUTH XOAUTH2\r\n");
	say(&r, "334 \r\n");
	assert_int_equal(next(&r), SMTPC_WRITE);
	assert_int_equal(lines(&r.said), 1);
	assert_true(r.said.len > 80000);
	say(&r, "235 ok\r\n");
	assert_int_equal(next(&r), SMTPC_READY);
	end(&r);
}

/* A challenge may be long while a login runs, and nothing else may. */
static void test_long_challenge(void **state)
{
	char *line = malloc(50000);
	struct run r = { .cfg = { .tls = SMTPC_TLS_OFF } };

	(void)state;
	memset(line, 'Q', 50000);
	memcpy(line, "334 ", 4);
	memcpy(line + 49997, "\r\n", 3);
	secret_set(&r.secret, "sesame", 6);
	r.auth = (struct sasl_config){ .mech = "CRAM-MD5", .user = "joe", .secret = &r.secret };
	r.cfg.auth = &r.auth;
	begin(&r, "250 AUTH CRAM-MD5\r\n");
	assert_int_equal(next(&r), SMTPC_WRITE);
	/* 49993 characters are no base 64; what matters is that it is read. */
	say(&r, line);
	assert_int_equal(next(&r), SMTPC_WRITE);
	assert_string_equal(r.said.p, "*\r\n");
	assert_int_equal(next(&r), SMTPC_FAILED);
	assert_non_null(strstr(smtpc_error(r.c)->text, "base 64"));
	end(&r);

	r = (struct run){ .cfg = { .tls = SMTPC_TLS_OFF } };
	secret_set(&r.secret, "sesame", 6);
	r.auth = (struct sasl_config){ .mech = "PLAIN", .user = "joe", .secret = &r.secret,
				       .cleartext = true };
	r.cfg.auth = &r.auth;
	begin(&r, "250 AUTH PLAIN\r\n");
	next(&r);
	say(&r, "235 ok\r\n");
	recipients(&r, 1);
	assert_int_equal(smtpc_mail(r.c, &r.mail, NULL), 0);
	next(&r);
	say(&r, line);
	assert_int_equal(next(&r), SMTPC_FAILED);
	assert_int_equal(smtpc_error(r.c)->kind, ERR_PROTOCOL);
	assert_int_equal(r.out[0].verdict, DEFERRED);
	end(&r);
	free(line);
}

static int on_property(Gsasl *ctx, Gsasl_session *s, Gsasl_property prop)
{
	(void)ctx;
	if (prop == GSASL_PASSWORD)
		return gsasl_property_set(s, prop, "sesame");
	if (prop == GSASL_CB_TLS_EXPORTER)
		return gsasl_property_set(s, prop, "YmluZGluZw==");
	return GSASL_NO_CALLBACK;
}

/* SCRAM with a server that is honest, or leaves out its proof. */
static void scram(bool honest)
{
	struct run r = { .cfg = { .tls = SMTPC_TLS_IMPLICIT } };
	struct buf line = BUF_INIT(10000);
	char *answer = NULL;
	Gsasl *ctx;
	Gsasl_session *server;

	gsasl_init(&ctx);
	gsasl_callback_set(ctx, on_property);
	gsasl_server_start(ctx, "SCRAM-SHA-256-PLUS", &server);
	secret_set(&r.secret, "sesame", 6);
	r.auth = (struct sasl_config){ .user = "joe", .secret = &r.secret, .host = "x" };
	r.cfg.auth = &r.auth;
	r.cfg.domain = "me";
	r.said = (struct buf)BUF_INIT(1000000);
	r.c = smtpc_new(&r.cfg);
	smtpc_tls_up(r.c, SASL_BIND_EXPORTER, "binding", 7);
	say(&r, "220 x\r\n");
	next(&r);
	say(&r, "250-x\r\n250 AUTH PLAIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS\r\n");
	assert_int_equal(next(&r), SMTPC_WRITE);
	assert_string_equal(smtpc_mech(r.c), "SCRAM-SHA-256-PLUS");
	assert_memory_equal(r.said.p, "AUTH SCRAM-SHA-256-PLUS ", 24);
	buf_truncate(&r.said, r.said.len - 2);
	assert_int_equal(gsasl_step64(server, r.said.p + 24, &answer), GSASL_NEEDS_MORE);
	buf_addf(&line, "334 %s\r\n", answer);
	gsasl_free(answer);
	say(&r, line.p);
	assert_int_equal(next(&r), SMTPC_WRITE);
	buf_truncate(&r.said, r.said.len - 2);
	assert_int_equal(gsasl_step64(server, r.said.p, &answer), GSASL_OK);
	buf_clear(&line);
	if (honest) {
		buf_addf(&line, "334 %s\r\n", answer);
		say(&r, line.p);
		assert_int_equal(next(&r), SMTPC_WRITE);
		assert_string_equal(r.said.p, "\r\n");
	}
	gsasl_free(answer);
	say(&r, "235 ok\r\n");
	assert_int_equal(next(&r), honest ? SMTPC_READY : SMTPC_FAILED);
	if (!honest)
		assert_int_equal(smtpc_error(r.c)->kind, ERR_NOPERM);
	gsasl_finish(server);
	gsasl_done(ctx);
	buf_free(&line);
	end(&r);
}

static void test_scram(void **state)
{
	(void)state;
	scram(true);
	scram(false);
}

/* The last one that was never asked for: endless replies end at the first. */
static void test_endless(void **state)
{
	struct run r = { .cfg = { .tls = SMTPC_TLS_OFF } };

	(void)state;
	begin(&r, "250 x\r\n");
	for (int i = 0; i < 100000; i++)
		say(&r, "250 again\r\n");
	assert_int_equal(next(&r), SMTPC_FAILED);
	assert_int_equal(smtpc_error(r.c)->kind, ERR_PROTOCOL);
	end(&r);
}

static void test_misuse(void **state)
{
	struct run r = { .cfg = { .tls = SMTPC_TLS_OFF } };
	struct err e = ERR_INIT;

	(void)state;
	begin(&r, "250-PIPELI");
	recipients(&r, 1);
	assert_int_equal(smtpc_mail(r.c, &r.mail, &e), -1);
	assert_int_equal(e.kind, ERR_SOFTWARE);
	assert_int_equal(r.out[0].verdict, PENDING);
	smtpc_body_end(r.c);
	smtpc_quit(r.c);
	smtpc_wrote(r.c);
	assert_int_equal(next(&r), SMTPC_READ);
	smtpc_tls_up(r.c, SASL_BIND_NONE, NULL, 0);
	assert_int_equal(next(&r), SMTPC_FAILED);
	assert_int_equal(smtpc_error(r.c)->kind, ERR_SOFTWARE);
	end(&r);
	smtpc_free(NULL);
}

struct seen {
	struct buf text;
};

static void on_trace(void *ctx, enum smtpc_trace what, bool tls, const char *line, size_t n)
{
	struct seen *s = ctx;
	static const char *const mark[] = { "->", "<-", "**" };

	buf_adds(&s->text, tls ? "tls" : "");
	buf_adds(&s->text, mark[what]);
	buf_addc(&s->text, ' ');
	buf_add(&s->text, line, n);
	buf_addc(&s->text, '\n');
}

/* A login that is refused; the refusal repeats the password. */
static void trace_login(struct buf *text, bool secrets)
{
	struct run r = { .cfg = { .tls = SMTPC_TLS_STARTTLS, .domain = "me" } };
	struct seen seen = { BUF_INIT(100000) };

	r.said = (struct buf)BUF_INIT(1000000);
	secret_set(&r.secret, "sesame", 6);
	r.auth = (struct sasl_config){ .user = "joe", .secret = &r.secret, .mech = "LOGIN" };
	r.cfg.auth = &r.auth;
	r.c = smtpc_new(&r.cfg);
	smtpc_set_trace(r.c, on_trace, &seen, secrets);
	say(&r, "220 \033x\r\n");
	next(&r);
	say(&r, "250-x\r\n250 STARTTLS\r\n");
	next(&r);
	say(&r, "220\r\n");
	smtpc_tls_up(r.c, SASL_BIND_NONE, NULL, 0);
	next(&r);
	say(&r, "250-x\r\n250 AUTH LOGIN\r\n");
	next(&r);
	say(&r, "334 VXNlcm5hbWU6\r\n");
	next(&r);
	say(&r, "334 UGFzc3dvcmQ6\r\n");
	next(&r);
	say(&r, "535-5.7.8 no sesame\r\n535 5.7.8 c2VzYW1l\r\n");
	*text = seen.text;
	end(&r);
}

static void test_trace(void **state)
{
	struct buf text;

	(void)state;
	trace_login(&text, false);
	assert_string_equal(text.p,
		"<- 220 ?x\n** state: hello\n-> EHLO me\n<- 250-x\n<- 250 STARTTLS\n"
		"** state: STARTTLS\n-> STARTTLS\n<- 220 \n** state: TLS handshake\n"
		"tls** state: hello\ntls-> EHLO me\ntls<- 250-x\ntls<- 250 AUTH LOGIN\n"
		"tls** state: login\ntls-> AUTH LOGIN\ntls<- 334 [12 bytes]\n"
		"tls-> [4 bytes]\ntls<- 334 [12 bytes]\ntls-> [8 bytes]\n"
		"tls<- 535-5.7.8 no ******\ntls<- 535 5.7.8 ********\n"
		"tls** state: failed\ntls** the relay refused the login by LOGIN as "
		"'joe': 535 5.7.8 no ****** ********\n");
	buf_free(&text);
}

/* Asked for secrets, the trace has them as they went over the wire; what
 * becomes an error, which is logged, has them not even then. */
static void test_trace_secrets(void **state)
{
	struct buf text;

	(void)state;
	trace_login(&text, true);
	assert_non_null(strstr(text.p,
		"tls-> AUTH LOGIN\ntls<- 334 VXNlcm5hbWU6\ntls-> am9l\n"
		"tls<- 334 UGFzc3dvcmQ6\ntls-> c2VzYW1l\n"
		"tls<- 535-5.7.8 no sesame\ntls<- 535 5.7.8 c2VzYW1l\n"));
	assert_non_null(strstr(text.p, "as 'joe': 535 5.7.8 no ******"));
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_flight_bytes),
		cmocka_unit_test(test_lmtp_many),
		cmocka_unit_test(test_huge_refusals),
		cmocka_unit_test(test_long_token),
		cmocka_unit_test(test_long_challenge),
		cmocka_unit_test(test_scram),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_trace_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
