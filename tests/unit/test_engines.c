/*
 * The client engine and the server engine of src/wire talk to each other:
 * what went in on one side comes out on the other, whatever the slices.
 */
#include "unit.h"

#include "text/dot.h"
#include "wire/smtpc.h"
#include "wire/smtps.h"

static uint64_t seed;

/* A number below N: xorshift, so that a failure can be repeated. */
static size_t any(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed % n);
}

struct talk {
	struct smtpc_config ccfg;
	struct smtps_config scfg;
	struct sasl_config auth;
	struct secret secret;
	struct smtpc *c;
	struct smtps *s;
	struct buf up, down;	/* on the line, towards the server, the client */
	struct buf text;	/* the message, CRLF lines */
	struct envelope env;
	struct outcome *out;
	struct smtpc_mail mail;
	struct buf got;		/* content as the server had it */
	unsigned mails, messages;
	int code;		/* the server's verdict; LMTP: of recipient 0 */
	bool over;
};

/* Lines of dots, empty ones, text; 8-bit and NUL as well. */
static void make_text(struct buf *b)
{
	static const char bytes[] = "..\0\xff" "abc \t.";

	for (size_t i = any(20); i > 0; i--) {
		for (size_t k = any(6); k > 0; k--)
			buf_addc(b, bytes[any(sizeof bytes - 1)]);
		buf_adds(b, "\r\n");
	}
}

static void make_envelope(struct envelope *env)
{
	char addr[64];

	envelope_set_from(env, any(4) == 0 ? "" : "a@b.example");
	for (size_t n = 1 + any(6); n > 0; n--) {
		snprintf(addr, sizeof addr, "u%zu@d.example", any(10));
		envelope_add(env, addr, NULL);
	}
	if (any(3) == 0)
		env->notify = DSN_FAILURE | DSN_DELAY;
	if (any(3) == 0)
		env->envid = strdup("x+y=z");
}

static void check_message(struct talk *t)
{
	const struct envelope *env = smtps_envelope(t->s);
	size_t n = t->scfg.lmtp ? env->n : 1;

	assert_string_equal(env->from, t->env.from);
	assert_int_equal(env->n, t->env.n);
	for (size_t i = 0; i < env->n; i++) {
		assert_string_equal(env->rcpt[i].addr, t->env.rcpt[i].addr);
		assert_int_equal(env->rcpt[i].notify, t->env.notify);
	}
	if (t->env.envid != NULL)
		assert_string_equal(env->envid, t->env.envid);
	assert_bytes(t->got.p, t->got.len, buf_str(&t->text), t->text.len);
	t->messages++;
	for (size_t i = 0; i < n; i++)
		smtps_settled(t->s, i, i == 0 ? t->code : 250, "x");
}

static void server_turn(struct talk *t)
{
	struct smtps_event ev;

	switch (smtps_next(t->s, &ev)) {
	case SMTPS_WRITE:
		buf_add(&t->down, ev.data, ev.len);
		smtps_wrote(t->s);
		break;
	case SMTPS_READ:
		if (t->up.len > 0) {
			size_t n = 1 + any(t->up.len);

			smtps_feed(t->s, t->up.p, n);
			buf_consume(&t->up, n);
		}
		break;
	case SMTPS_BEGIN:
		buf_clear(&t->got);
		smtps_begun(t->s, true);
		break;
	case SMTPS_CONTENT:
		buf_add(&t->got, ev.data, ev.len);
		smtps_took(t->s, true);
		break;
	case SMTPS_MESSAGE:
		check_message(t);
		break;
	case SMTPS_AUTH:
		smtps_authed(t->s, ev.len == 11 && memcmp(ev.data, "\0joe\0sesame", 11) == 0);
		break;
	case SMTPS_ABORT:
		smtps_dropped(t->s);
		break;
	case SMTPS_DONE:
		break;
	}
}

static void give_mail(struct talk *t)
{
	struct err e = ERR_INIT;

	outcomes_free(t->out, t->env.n);
	envelope_clear(&t->env);
	buf_clear(&t->text);
	make_envelope(&t->env);
	make_text(&t->text);
	t->out = outcomes_new(t->env.n);
	t->mail = (struct smtpc_mail){
		.env = &t->env, .outcome = t->out, .size = t->text.len,
		.partial = any(2) == 0, .last = t->mails == 2
	};
	t->code = any(2) == 0 ? 250 : any(2) == 0 ? 450 : 550;
	t->mails++;
	assert_int_equal(smtpc_mail(t->c, &t->mail, &e), 0);
}

static void check_outcomes(const struct talk *t)
{
	for (size_t i = 0; t->out != NULL && i < t->env.n; i++) {
		int code = i == 0 || !t->scfg.lmtp ? t->code : 250;

		assert_int_equal(t->out[i].verdict, code == 250 ? SENT :
				 code == 450 ? DEFERRED : FAILED);
		assert_int_equal(t->out[i].reply.code, code);
	}
}

static void put_body(struct talk *t)
{
	struct dot dot;

	dot_init(&dot, true);
	dot_feed(&dot, buf_str(&t->text), t->text.len, &t->up);
	dot_end(&dot, &t->up);
	smtpc_body_end(t->c);
}

static void client_turn(struct talk *t)
{
	struct smtpc_event ev;

	switch (smtpc_next(t->c, &ev)) {
	case SMTPC_WRITE:
		buf_add(&t->up, ev.data, ev.len);
		smtpc_wrote(t->c);
		break;
	case SMTPC_READ:
		if (t->down.len > 0) {
			size_t n = 1 + any(t->down.len);

			smtpc_feed(t->c, t->down.p, n);
			buf_consume(&t->down, n);
		}
		break;
	case SMTPC_BODY:
		assert_true(ev.stuff);
		put_body(t);
		break;
	case SMTPC_READY:
		check_outcomes(t);
		give_mail(t);
		break;
	case SMTPC_DONE:
		check_outcomes(t);
		t->over = true;
		break;
	default:
		print_error("%s\n", smtpc_error(t->c)->text);
		fail();
	}
}

static void talk(uint64_t with)
{
	struct talk t = {
		.up = BUF_INIT(60000), .down = BUF_INIT(60000),
		.text = BUF_INIT(60000), .got = BUF_INIT(60000)
	};

	seed = with * 0x9E3779B97F4A7C15u + 1;
	t.scfg = (struct smtps_config){
		.domain = "here.example", .lmtp = any(2) == 0, .auth = any(2) == 0,
		.size_max = any(2) == 0 ? 100000 : 0
	};
	secret_set(&t.secret, "sesame", 6);
	t.auth = (struct sasl_config){ .user = "joe", .secret = &t.secret, .cleartext = true };
	t.ccfg = (struct smtpc_config){
		.domain = "me", .lmtp = t.scfg.lmtp, .chunking = true,
		.pipelining = (enum smtpc_pipelining)any(3),
		.auth = t.scfg.auth ? &t.auth : NULL
	};
	t.c = smtpc_new(&t.ccfg);
	t.s = smtps_new(&t.scfg);
	for (int turns = 0; !t.over; turns++) {
		assert_true(turns < 100000);
		client_turn(&t);
		server_turn(&t);
	}
	assert_int_equal(t.mails, 3);
	assert_int_equal(t.messages, 3);
	smtpc_free(t.c);
	smtps_free(t.s);
	outcomes_free(t.out, t.env.n);
	envelope_clear(&t.env);
	secret_clear(&t.secret);
	buf_free(&t.up);
	buf_free(&t.down);
	buf_free(&t.text);
	buf_free(&t.got);
}

static void test_talks(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		talk(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_talks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
