/*
 * src/wire/sasl and bearer: choice, conversations with libgsasl's own server
 * side, the examples of the RFCs, and servers that lie.
 */
#include "unit.h"

#include <gsasl.h>

#include "base/base64.h"
#include "wire/bearer.h"
#include "wire/sasl.h"

#define USER "joe"
#define PASS "sesame"

static struct secret secret;
static struct sasl_config config;

static int setup(void **state)
{
	(void)state;
	secret_set(&secret, PASS, strlen(PASS));
	config = (struct sasl_config){
		.user = USER, .secret = &secret, .host = "relay.example", .port = 587
	};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	secret_clear(&secret);
	return 0;
}

static void offer(struct caps *c, const char *mechs)
{
	struct reply r = REPLY_INIT;

	reply_set(&r, 250, "x\nAUTH %s", mechs);
	caps_parse(c, &r);
	reply_clear(&r);
}

#define TLS true
#define CLEAR false
#define NO SASL_BIND_NONE
#define EXP SASL_BIND_EXPORTER

static const struct {
	const char *offered, *forced;
	bool tls;
	enum sasl_binding bind;
	bool cleartext;
	const char *want;	/* NULL: refused */
	const char *says;	/* the error holds this */
} choices[] = {
	{ "PLAIN LOGIN", NULL, TLS, NO, false, "PLAIN", NULL },
	{ "LOGIN PLAIN", NULL, TLS, EXP, false, "PLAIN", NULL },
	{ "LOGIN", NULL, TLS, EXP, false, "LOGIN", NULL },
	{ "LOGIN CRAM-MD5", NULL, TLS, EXP, false, "CRAM-MD5", NULL },
	{ "LOGIN DIGEST-MD5", NULL, TLS, EXP, false, "DIGEST-MD5", NULL },
	{ "NTLM LOGIN", NULL, TLS, EXP, false, "LOGIN", NULL },
	{ "NTLM", NULL, TLS, EXP, false, "NTLM", NULL },
	{ "PLAIN SCRAM-SHA-1", NULL, TLS, EXP, false, "SCRAM-SHA-1", NULL },
	{ "SCRAM-SHA-1 SCRAM-SHA-256", NULL, TLS, EXP, false, "SCRAM-SHA-256", NULL },
	{ "SCRAM-SHA-1-PLUS SCRAM-SHA-256", NULL, TLS, EXP, false, "SCRAM-SHA-1-PLUS", NULL },
	{ "SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS", NULL, TLS, EXP, false, "SCRAM-SHA-256-PLUS", NULL },
	{ "SCRAM-SHA-256-PLUS SCRAM-SHA-1", NULL, TLS, NO, false, "SCRAM-SHA-1", NULL },
	{ "SCRAM-SHA-256-PLUS", NULL, TLS, NO, false, NULL, "SCRAM-SHA-256-PLUS" },
	{ "GSSAPI EXTERNAL OAUTHBEARER XOAUTH2 XYZ", NULL, TLS, EXP, false, NULL, "XYZ" },
	{ "", NULL, TLS, EXP, false, NULL, "none" },
	/* without TLS */
	{ "PLAIN LOGIN", NULL, CLEAR, NO, false, NULL, "tls on" },
	{ "CRAM-MD5 DIGEST-MD5 NTLM", NULL, CLEAR, NO, false, NULL, "tls on" },
	{ "PLAIN SCRAM-SHA-1", NULL, CLEAR, NO, false, "SCRAM-SHA-1", NULL },
	{ "PLAIN LOGIN", NULL, CLEAR, NO, true, "PLAIN", NULL },
	/* forced */
	{ "PLAIN LOGIN", "LOGIN", TLS, EXP, false, "LOGIN", NULL },
	{ "PLAIN", "SCRAM-SHA-256", TLS, EXP, false, NULL, "does not offer" },
	{ "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", TLS, EXP, false, NULL, "does not offer" },
	{ "PLAIN", "PLAIN", CLEAR, NO, false, NULL, "auth_cleartext on" },
	{ "LOGIN", "LOGIN", CLEAR, NO, false, NULL, "auth_cleartext on" },
	{ "XOAUTH2", "XOAUTH2", CLEAR, NO, false, NULL, "auth_cleartext on" },
	{ "OAUTHBEARER", "OAUTHBEARER", CLEAR, NO, false, NULL, "auth_cleartext on" },
	{ "PLAIN", "PLAIN", CLEAR, NO, true, "PLAIN", NULL },
	{ "CRAM-MD5", "CRAM-MD5", CLEAR, NO, false, "CRAM-MD5", NULL },
	{ "EXTERNAL", "EXTERNAL", TLS, NO, false, "EXTERNAL", NULL },
	{ "XOAUTH2", "XOAUTH2", TLS, NO, false, "XOAUTH2", NULL },
	{ "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1-PLUS", TLS, NO, false, NULL, "tls on" },
	{ "XYZ", "XYZ", TLS, NO, false, NULL, "not known" },
};

static void test_choose(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(choices); i++) {
		struct sasl_config cfg = config;
		struct caps caps = CAPS_INIT;
		struct err e = ERR_INIT;
		const char *mech = NULL;
		int ret;

		offer(&caps, choices[i].offered);
		cfg.mech = choices[i].forced;
		cfg.cleartext = choices[i].cleartext;
		ret = sasl_choose(&cfg, &caps, choices[i].tls, choices[i].bind, &mech, &e);
		if (choices[i].want != NULL) {
			assert_int_equal(ret, 0);
			assert_string_equal(mech, choices[i].want);
		} else {
			assert_int_equal(ret, -1);
			assert_int_equal(e.kind, ERR_UNAVAILABLE);
			if (strstr(e.text, choices[i].says) == NULL)
				print_error("row %zu: %s\n", i, e.text);
			assert_non_null(strstr(e.text, choices[i].says));
		}
		caps_clear(&caps);
	}
}

static void test_facts(void **state)
{
	const char *const *all = sasl_mechanisms();
	size_t n = 0;

	(void)state;
	assert_string_equal(all[0], "SCRAM-SHA-256-PLUS");
	while (all[n] != NULL)
		n++;
	assert_int_equal(n, 13);
	for (size_t i = 0; i < n; i++) {
		bool external = strcmp(all[i], "EXTERNAL") == 0;
		bool gssapi = strcmp(all[i], "GSSAPI") == 0;

		assert_int_equal(sasl_needs_user(all[i]), !external);
		assert_int_equal(sasl_needs_secret(all[i]), !external && !gssapi);
		assert_int_equal(sasl_one_round(all[i]),
				 external || strcmp(all[i], "PLAIN") == 0);
	}
	assert_false(sasl_needs_user("XYZ") || sasl_one_round("XYZ"));
}

/* The server's side, by the library. */

static int on_property(Gsasl *ctx, Gsasl_session *session, Gsasl_property prop)
{
	const char **want = gsasl_callback_hook_get(ctx);

	switch (prop) {
	case GSASL_PASSWORD:
		return gsasl_property_set(session, prop, want[0]);
	case GSASL_CB_TLS_EXPORTER:
		return want[1] == NULL ? GSASL_NO_CALLBACK
				       : gsasl_property_set(session, prop, want[1]);
	case GSASL_SERVICE:
		return gsasl_property_set(session, prop, "smtp");
	case GSASL_HOSTNAME:
		return gsasl_property_set(session, prop, "relay.example");
	case GSASL_REALM:
		return gsasl_property_set(session, prop, "relay.example");
	case GSASL_SCRAM_ITER:
		return gsasl_property_set(session, prop, "4096");
	case GSASL_VALIDATE_EXTERNAL:
		return GSASL_OK;
	default:
		return GSASL_NO_CALLBACK;
	}
}

struct server {
	Gsasl *ctx;
	Gsasl_session *session;
	const char *want[2];
	bool done;
};

static void server_open(struct server *s, const char *mech, const char *password,
			const char *cb64)
{
	s->want[0] = password;
	s->want[1] = cb64;
	s->done = false;
	assert_int_equal(gsasl_init(&s->ctx), GSASL_OK);
	gsasl_callback_set(s->ctx, on_property);
	gsasl_callback_hook_set(s->ctx, s->want);
	assert_int_equal(gsasl_server_start(s->ctx, mech, &s->session), GSASL_OK);
}

static int server_step(struct server *s, const char *in, struct buf *out)
{
	char *answer = NULL;
	int rc = gsasl_step64(s->session, in, &answer);

	buf_clear(out);
	if (answer != NULL)
		buf_adds(out, answer);
	gsasl_free(answer);
	s->done = rc == GSASL_OK;
	return rc;
}

static void server_close(struct server *s)
{
	gsasl_finish(s->session);
	gsasl_done(s->ctx);
}

/*
 * A whole login; true when both sides are content.  The server speaks last
 * as RFC 4954 has it: what it would say with success is one more 334.
 */
static bool converse(const char *mech, enum sasl_binding bind, const char *cb,
		     const char *password, const char *server_cb)
{
	struct buf to = BUF_INIT(100000), from = BUF_INIT(100000);
	struct server server;
	struct sasl *s;
	struct err e = ERR_INIT;
	bool has, ok = false;
	int rc;

	server_open(&server, mech, password, server_cb);
	assert_int_equal(sasl_open(&s, &config, mech, bind, cb, strlen(cb), &e), 0);
	assert_int_equal(sasl_initial(s, &to, &has, &e), 0);
	rc = server_step(&server, has && strcmp(to.p, "=") != 0 ? buf_str(&to) : "", &from);
	while (rc == GSASL_NEEDS_MORE || (rc == GSASL_OK && from.len > 0)) {
		buf_clear(&to);
		if (sasl_step(s, buf_str(&from), from.len, &to, &e) < 0)
			goto out;
		if (rc == GSASL_OK)
			break;
		rc = server_step(&server, buf_str(&to), &from);
	}
	ok = rc == GSASL_OK && sasl_finish(s, &e) == 0;
out:
	sasl_free(s);
	server_close(&server);
	buf_free(&to);
	buf_free(&from);
	return ok;
}

#define CB64 "YmluZGluZw=="	/* "binding" */

static void test_scram(void **state)
{
	static const char *const plain[] = { "SCRAM-SHA-1", "SCRAM-SHA-256" };
	static const char *const plus[] = { "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_true(converse(plain[i], NO, "", PASS, NULL));
		assert_true(converse(plain[i], EXP, "binding", PASS, NULL));
		assert_false(converse(plain[i], NO, "", "other", NULL));
		assert_true(converse(plus[i], EXP, "binding", PASS, CB64));
		assert_false(converse(plus[i], EXP, "another", PASS, CB64));
		assert_false(converse(plus[i], EXP, "binding", "other", CB64));
		assert_true(converse(plain[i], NO, "", PASS, CB64));
	}
}

static void test_md5(void **state)
{
	(void)state;
	assert_true(converse("CRAM-MD5", NO, "", PASS, NULL));
	assert_false(converse("CRAM-MD5", NO, "", "other", NULL));
	assert_true(converse("DIGEST-MD5", NO, "", PASS, NULL));
	assert_false(converse("DIGEST-MD5", NO, "", "other", NULL));
	assert_true(converse("PLAIN", NO, "", PASS, NULL));
	assert_true(converse("EXTERNAL", NO, "", PASS, NULL));
}

/* Begin MECH and give the initial response as text. */
static struct sasl *begin(const char *mech, struct buf *raw)
{
	struct buf b64 = BUF_INIT(100000);
	struct err e = ERR_INIT;
	struct sasl *s;
	bool has;

	assert_int_equal(sasl_open(&s, &config, mech, NO, NULL, 0, &e), 0);
	assert_int_equal(sasl_initial(s, &b64, &has, &e), 0);
	if (has)
		assert_int_equal(base64_decode(raw, b64.p, b64.len), 0);
	else
		assert_int_equal(b64.len, 0);
	buf_free(&b64);
	return s;
}

static int challenge(struct sasl *s, const char *text, struct buf *raw, struct err *e)
{
	struct buf b64 = BUF_INIT(100000), out = BUF_INIT(100000);
	int ret;

	base64_encode(&b64, text, strlen(text));
	ret = sasl_step(s, b64.p, b64.len, &out, e);
	buf_clear(raw);
	if (ret == 0)
		assert_int_equal(base64_decode(raw, buf_str(&out), out.len), 0);
	buf_free(&b64);
	buf_free(&out);
	return ret;
}

/* The nonce of a client-first-message "n,,n=joe,r=NONCE". */
static const char *nonce(const struct buf *first)
{
	assert_memory_equal(first->p, "n,,n=joe,r=", 11);
	return first->p + 11;
}

static void test_scram_lies(void **state)
{
	struct buf raw = BUF_INIT(100000), text = BUF_INIT(100000);
	struct err e = ERR_INIT;
	struct sasl *s;

	(void)state;
	/* Success before any proof. */
	s = begin("SCRAM-SHA-256", &raw);
	assert_int_equal(sasl_finish(s, &e), -1);
	assert_int_equal(e.kind, ERR_NOPERM);
	sasl_free(s);

	/* Success after the client's proof and without the server's. */
	buf_clear(&raw);
	s = begin("SCRAM-SHA-256", &raw);
	buf_addf(&text, "r=%sserver,s=QSXCR+Q6sek8bf92,i=4096", nonce(&raw));
	assert_int_equal(challenge(s, buf_str(&text), &raw, &e), 0);
	assert_memory_equal(raw.p, "c=biws,r=", 9);
	assert_int_equal(sasl_finish(s, &e), -1);
	assert_int_equal(e.kind, ERR_NOPERM);
	/* A wrong signature. */
	e = (struct err)ERR_INIT;
	assert_int_equal(challenge(s, "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
				   &raw, &e), -1);
	assert_int_equal(e.kind, ERR_NOPERM);
	assert_int_equal(sasl_finish(s, &e), -1);
	sasl_free(s);
	buf_free(&text);
	buf_free(&raw);
}

static void test_scram_rounds(void **state)
{
	static const struct { const char *i; bool ok; } in[] = {
		{ "4096", true }, { "1", true }, { "2000001", false },
		{ "4294967295", false }, { "99999999999999999999", false },
		{ "0", false }, { "-1", false }, { "x", false }, { "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(in); i++) {
		struct buf raw = BUF_INIT(100000), text = BUF_INIT(100000);
		struct err e = ERR_INIT;
		struct sasl *s = begin("SCRAM-SHA-1", &raw);

		buf_addf(&text, "r=%sserver,s=QSXCR+Q6sek8bf92,i=%s", nonce(&raw), in[i].i);
		assert_int_equal(challenge(s, buf_str(&text), &raw, &e), in[i].ok ? 0 : -1);
		if (!in[i].ok)
			assert_int_equal(e.kind, ERR_PROTOCOL);
		sasl_free(s);
		buf_free(&raw);
		buf_free(&text);
	}
}

static void test_scram_nonsense(void **state)
{
	static const char *const in[] = {
		"", "r=other,s=QSXCR+Q6sek8bf92,i=4096", "m=x,r=a,s=b,i=1", "e=other-error",
		"r=,s=,i=", "\xff\xfe", "r=a", ",,,", "v=abc",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(in); i++) {
		struct buf raw = BUF_INIT(100000);
		struct err e = ERR_INIT;
		struct sasl *s = begin("SCRAM-SHA-256", &raw);

		assert_int_equal(challenge(s, in[i], &raw, &e), -1);
		assert_true(e.kind == ERR_PROTOCOL || e.kind == ERR_NOPERM);
		assert_int_equal(sasl_finish(s, &e), -1);
		sasl_free(s);
		buf_free(&raw);
	}
}

static void test_plain_and_login(void **state)
{
	struct buf raw = BUF_INIT(1000);
	struct err e = ERR_INIT;
	struct sasl *s = begin("PLAIN", &raw);

	(void)state;
	/* RFC 4616: [authzid] NUL authcid NUL passwd */
	assert_bytes(raw.p, raw.len, "\0joe\0sesame", 11);
	assert_int_equal(sasl_finish(s, &e), 0);
	assert_int_equal(challenge(s, "", &raw, &e), -1);
	assert_int_equal(e.kind, ERR_PROTOCOL);
	sasl_free(s);

	buf_clear(&raw);
	s = begin("LOGIN", &raw);
	assert_int_equal(raw.len, 0);
	assert_int_equal(challenge(s, "User Name\0", &raw, &e), 0);
	assert_bytes(raw.p, raw.len, "joe", 3);
	assert_int_equal(sasl_finish(s, &e), -1);
	assert_int_equal(challenge(s, "Password\0", &raw, &e), 0);
	assert_bytes(raw.p, raw.len, "sesame", 6);
	assert_int_equal(sasl_finish(s, &e), 0);
	sasl_free(s);
	buf_free(&raw);
}

/* [MS-SMTPNTLM]: asked first, then negotiate, challenge, authenticate. */
static void test_ntlm(void **state)
{
	/* NTLMSSP, type 2, no target name, flags 0x00000201, challenge */
	static const char type2[] = "NTLMSSP\0\2\0\0\0\0\0\0\0\60\0\0\0\1\2\0\0"
		"\1\2\3\4\5\6\7\10\0\0\0\0\0\0\0\0";
	struct buf raw = BUF_INIT(10000), out = BUF_INIT(10000), b64 = BUF_INIT(1000);
	struct err e = ERR_INIT;
	struct sasl *s = begin("NTLM", &raw);

	(void)state;
	assert_int_equal(raw.len, 0);
	assert_int_equal(sasl_step(s, "NTLM supported", 14, &out, &e), 0);
	assert_int_equal(base64_decode(&raw, out.p, out.len), 0);
	assert_memory_equal(raw.p, "NTLMSSP\0\1\0\0\0", 12);
	assert_int_equal(sasl_finish(s, &e), -1);
	base64_encode(&b64, type2, sizeof type2 - 1);
	buf_clear(&out);
	buf_clear(&raw);
	assert_int_equal(sasl_step(s, b64.p, b64.len, &out, &e), 0);
	assert_int_equal(base64_decode(&raw, out.p, out.len), 0);
	assert_memory_equal(raw.p, "NTLMSSP\0\3\0\0\0", 12);
	assert_int_equal(sasl_finish(s, &e), 0);
	sasl_free(s);
	buf_free(&raw);
	buf_free(&out);
	buf_free(&b64);
}

static void test_config_errors(void **state)
{
	struct sasl_config cfg = config;
	struct secret bad = SECRET_INIT;
	struct err e = ERR_INIT;
	struct sasl *s;

	(void)state;
	cfg.user = NULL;
	assert_int_equal(sasl_open(&s, &cfg, "PLAIN", NO, NULL, 0, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_null(s);
	cfg.user = USER;
	cfg.secret = &bad;
	assert_int_equal(sasl_open(&s, &cfg, "SCRAM-SHA-1", NO, NULL, 0, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	secret_set(&bad, "a\0b", 3);
	assert_int_equal(sasl_open(&s, &cfg, "PLAIN", NO, NULL, 0, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_int_equal(sasl_open(&s, &cfg, "XYZ", NO, NULL, 0, &e), -1);
	assert_int_equal(e.kind, ERR_UNAVAILABLE);
	secret_clear(&bad);
	/* An empty password is a password. */
	secret_set(&bad, "", 0);
	assert_int_equal(sasl_open(&s, &cfg, "PLAIN", NO, NULL, 0, &e), 0);
	sasl_free(s);
	secret_clear(&bad);
	sasl_free(NULL);
}

static void test_bearer(void **state)
{
	struct buf raw = BUF_INIT(100000);
	struct secret token = SECRET_INIT;
	struct err e = ERR_INIT;

	(void)state;
	/* RFC 7628 section 4.1 */
	secret_set(&token, "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==", 42);
	assert_int_equal(bearer_oauth(&raw, "user@example.com", "server.example.com",
				      143, &token, &e), 0);
	assert_string_equal(raw.p, "n,a=user@example.com,\1host=server.example.com\1"
			    "port=143\1auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1\1");
	buf_clear(&raw);
	secret_set(&token, "t\1x", 3);
	assert_int_equal(bearer_oauth(&raw, "u", "h", 1, &token, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_int_equal(bearer_xoauth2(&raw, "u", &token, &e), -1);
	secret_set(&token, "t", 1);
	assert_int_equal(bearer_xoauth2(&raw, "u\1", &token, &e), -1);
	secret_clear(&token);
	buf_free(&raw);
}

static void test_complaint(void **state)
{
	static const struct { struct str in; const char *want; } rows[] = {
		{ S("{\"status\":\"invalid_token\",\"scope\":\"a b\"}"), "status invalid_token, scope a b" },
		{ S(" { \"status\" : \"400\" , \"n\" : 5 } "), "status 400, n 5" },
		{ S("{\"a\":true}"), "a true" },
		{ S("{\"a\":\"q\\\"b\\\\c\\nd\\/\"}"), "a q\"b\\c d/" },
		{ S("{\"a\":\"\\u00fc\\u0041\\u20ac\\ud83d\"}"), "a \xc3\xbc" "A\xe2\x82\xac?" },
		{ S("{\"a\":\"\\u001b[31m\"}"), "a ?[31m" },
		{ S("{\"a\":\"\\u202e\"}"), "a ?" },
		/* not such an object: as it is */
		{ S("no json"), "no json" },
		{ S("{\"a\":"), "{\"a\":" },
		{ S("{\"a\":\"b"), "{\"a\":\"b" },
		{ S("{\"a\":\"\\"), "{\"a\":\"\\" },
		{ S("{\"a\":\"\\u12"), "{\"a\":\"\\u12" },
		{ S("{\"a\":\"\\uzzzz\"}"), "{\"a\":\"\\uzzzz\"}" },
		{ S("{\"a\":[1]}"), "{\"a\":[1]}" },
		{ S("{}"), "{}" },
		{ S(""), "" },
		{ S("a\0b\033"), "a?b?" },
	};
	char words[BEARER_WORDS_MAX];
	char longer[5000];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bearer_complaint(words, rows[i].in.p, rows[i].in.n);
		assert_string_equal(words, rows[i].want);
	}
	memset(longer, 'x', sizeof longer);
	bearer_complaint(words, longer, sizeof longer);
	assert_int_equal(strlen(words), BEARER_WORDS_MAX - 1);
	memcpy(longer, "{\"a\":\"", 6);
	memcpy(longer + sizeof longer - 2, "\"}", 2);
	bearer_complaint(words, longer, sizeof longer);
	assert_memory_equal(words, "a xxxx", 6);
}

static void test_long_token(void **state)
{
	char *token = malloc(SECRET_MAX);
	struct buf raw = BUF_INIT(100000);
	struct sasl *s;

	(void)state;
	memset(token, 't', SECRET_MAX);
	secret_set(&secret, token, SECRET_MAX);
	s = begin("XOAUTH2", &raw);
	assert_int_equal(raw.len, 5 + 3 + 13 + SECRET_MAX + 2);
	sasl_free(s);
	buf_free(&raw);
	free(token);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_scram),
		cmocka_unit_test(test_md5),
		cmocka_unit_test(test_scram_lies),
		cmocka_unit_test(test_scram_rounds),
		cmocka_unit_test(test_scram_nonsense),
		cmocka_unit_test(test_plain_and_login),
		cmocka_unit_test(test_ntlm),
		cmocka_unit_test(test_config_errors),
		cmocka_unit_test(test_bearer),
		cmocka_unit_test(test_complaint),
		cmocka_unit_test_setup_teardown(test_long_token, setup, teardown),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
