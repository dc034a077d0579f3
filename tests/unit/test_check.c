/* Contradictions within an account. */
#include "unit/rcread.h"

#define MD5 "00112233445566778899aabbccddeeff"
#define HOST "account x\nhost h\n"

/* The account "x" of TEXT, with OVER (blank-separated key=value) from the
 * command line: WORDS of the message, or NULL when all is well. */
static const struct {
	const char *text, *over, *words;
} rows[] = {
	{ HOST, "", NULL },
	{ "account x\n", "", "rc:1: account 'x' names no relay; write 'host NAME'" },
	{ "account x\nsocket /s\n", "", NULL },
	/* LMTP */
	{ HOST "protocol lmtp\n", "", "rc:3: protocol lmtp has no customary port; write 'port N'" },
	{ HOST "protocol lmtp\nport 24\n", "", NULL },
	{ "account x\nsocket /s\nprotocol lmtp\n", "", NULL },
	{ HOST, "protocol=lmtp", "--protocol lmtp has no customary port" },
	/* proxy */
	{ HOST "proxy_user u\n", "", "rc:3: proxy_user is of no use" },
	{ HOST "proxy_host p\nproxy_password s\n", "", "rc:4: proxy_password is of no use" },
	{ HOST "proxy_host p\nproxy_user u\nproxy_password s\n", "", NULL },
	{ HOST "proxy_port 9050\n", "", NULL },
	/* client certificate, also with TLS off */
	{ HOST "tls_key_file k\n", "", "rc:3: tls_key_file is of no use without its certificate" },
	{ HOST "tls on\ntls_cert_file c\n", "", "rc:4: tls_cert_file is of no use without its key" },
	{ HOST "tls on\ntls_cert_file c\ntls_key_file k\n", "", NULL },
	{ HOST "tls_key_file k\n", "tls_cert_file=c", NULL },
	{ HOST, "tls_key_file=k", "--tls-key-file is of no use" },
	/* revocation needs authorities, also with TLS off */
	{ HOST "tls_crl_file c\ntls_trust_file\n", "", "rc:3: tls_crl_file is of no use" },
	{ HOST "tls_crl_file c\n", "", NULL },
	/* a pin and no TLS */
	{ HOST "tls_fingerprint " MD5 "\n", "", "rc:3: tls_fingerprint is of no use without TLS; write 'tls on'" },
	{ HOST "tls off\ntls_fingerprint " MD5 "\n", "", "rc:4: tls_fingerprint" },
	{ HOST "tls on\ntls_fingerprint " MD5 "\n", "", NULL },
	{ HOST "tls on\ntls_fingerprint " MD5 "\n", "tls=off", NULL },
	{ HOST, "tls=off tls_fingerprint=" MD5, "--tls-fingerprint is of no use" },
	/* whom to trust */
	{ HOST "tls on\ntls_trust_file\n", "", "rc:4: tls_trust_file is empty" },
	{ HOST "tls_trust_file\n", "", NULL },
	{ HOST "tls on\ntls_trust_file\ntls_certcheck off\n", "", NULL },
	{ HOST "tls on\ntls_trust_file\ntls_fingerprint " MD5 "\n", "", NULL },
	{ "account x\nsocket /s\ntls on\n", "", "rc:3: tls needs a name" },
	{ "account x\nsocket /s\ntls on\ntls_host_override n\n", "", NULL },
	{ "account x\nsocket /s\ntls on\ntls_certcheck off\n", "", NULL },
	{ "account x\nsocket /s\ntls on\ntls_fingerprint " MD5 "\n", "", NULL },
	/* login */
	{ HOST "auth on\n", "", "rc:3: auth needs a name to log in with; write 'user NAME'" },
	{ HOST "auth on\nuser u\n", "", NULL },
	{ HOST "auth external\n", "", NULL },
	{ HOST "auth gssapi\n", "", NULL },
	{ HOST "auth scram-sha-256\n", "", "rc:3: auth needs a name" },
	{ HOST "user u\n", "", NULL },
	{ HOST "auth plain\nuser u\n", "", "rc:3: auth would send the secret without TLS" },
	{ HOST "auth login\nuser u\n", "", "rc:3: auth would send" },
	{ HOST "auth xoauth2\nuser u\n", "", "rc:3: auth would send" },
	{ HOST "auth oauthbearer\nuser u\n", "", "rc:3: auth would send" },
	{ HOST "auth cram-md5\nuser u\n", "", NULL },
	{ HOST "auth plain\nuser u\ntls on\n", "", NULL },
	{ HOST "auth plain\nuser u\nauth_cleartext on\n", "", NULL },
	{ "account x\nsocket /s\nauth plain\nuser u\n", "", "rc:3: auth would send" },
	{ HOST, "auth=plain user=u", "--auth would send" },
	{ HOST "auth plain\nuser u\ntls on\n", "tls=off", "rc:3: auth would send" },
	/* what senders are to become */
	{ HOST "sender fix\n", "", "rc:3: sender needs the address that may be used; write 'from ADDRESS'" },
	{ HOST "from\nsender force\n", "", "rc:4: sender needs the address" },
	{ HOST "from *@x\nsender fix\n", "", "rc:4: sender needs the one address that may be used" },
	{ HOST "from a@x\nsender fix\n", "", NULL },
	{ HOST "sender fix\n", "from=a@x", NULL },
	{ HOST "sender keep\n", "", NULL },
};

static void override(struct account *a, const char *over)
{
	char *copy = xstrdup(over), *p = copy, *word;
	unsigned at = 1;

	while ((word = strsep(&p, " ")) != NULL) {
		char *value = strchr(word, '=');
		struct err e = ERR_INIT;

		if (value == NULL)
			continue;
		*value++ = '\0';
		if (opt_set(a, opt_by_key(word), value, "/h",
			    (struct origin){ NULL, at++ }, &e) < 0)
			fail_msg("%s: %s", word, e.text);
	}
	free(copy);
}

static void test_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rc rc = RC_INIT;
		struct account a;
		struct err e = ERR_INIT;
		int ret;

		if (rc_parse(&rc, "rc", rows[i].text, strlen(rows[i].text),
			     &test_host, &e) < 0)
			fail_msg("%s", e.text);
		account_copy(&a, rc_find(&rc, "x"));
		override(&a, rows[i].over);
		ret = account_check(&a, &e);
		if ((ret == 0) != (rows[i].words == NULL))
			fail_msg("'%s' '%s': %s", rows[i].text, rows[i].over, e.text);
		if (ret < 0) {
			assert_int_equal(e.kind, ERR_CONFIG);
			if (strncmp(e.text, rows[i].words, strlen(rows[i].words)) != 0)
				fail_msg("'%s' '%s': %s", rows[i].text,
					 rows[i].over, e.text);
		}
		account_clear(&a);
		rc_clear(&rc);
	}
}

/* Without an rc file the command line is named. */
static void test_command_line(void **state)
{
	struct account a;
	struct err e = ERR_INIT;

	(void)state;
	account_init(&a);
	assert_int_equal(account_check(&a, &e), -1);
	assert_string_equal(e.text, "the command line names no relay; write 'host NAME'");
	override(&a, "host=h");
	assert_int_equal(account_check(&a, &e), 0);
	account_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
