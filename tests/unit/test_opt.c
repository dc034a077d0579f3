/* The table of options, what values its rows take, and whole accounts. */
#include "unit/rcread.h"

#include <syslog.h>

#include "base/ascii.h"
#include "conf/value.h"
#include "text/envelope.h"

static const struct origin here = { "rc", 7 };

static bool is_field(const struct opt *o)
{
	return o->type != OPT_COMMAND && o->type != OPT_NOTHING;
}

/* The table cannot contradict itself. */
static void test_table(void **state)
{
	(void)state;
	assert_true(opts_n <= ACCOUNT_OPTS);
	for (size_t i = 0; i < opts_n; i++) {
		const struct opt *o = &opts[i];
		char name[OPT_NAME_MAX];

		assert_true(strlen(o->key) < OPT_NAME_MAX);
		assert_int_equal(strspn(o->key, "abcdefghijklmnopqrstuvwxyz"
					"0123456789_"), strlen(o->key));
		assert_non_null(o->help);
		assert_true(strlen(o->help) <= 46);
		assert_true(o->where & (OPT_RC | OPT_LONG));
		assert_true(o->letter == 0 || ascii_isalpha(o->letter));
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(o->key, opts[j].key);
			assert_false(o->letter != 0 && o->letter == opts[j].letter);
			/* two rows of one field: one is another name */
			if (is_field(o) && is_field(&opts[j]) &&
			    o->field == opts[j].field)
				assert_string_equal(o->of, opts[j].key);
		}
		assert_ptr_equal(opt_by_key(o->key), o);
		opt_long_name(o, name);
		assert_ptr_equal(opt_by_long(name), o->where & OPT_LONG ? o : NULL);
		if (o->letter != 0)
			assert_ptr_equal(opt_by_letter(o->letter), o);
		assert_int_equal(opt_index(o), o->of == NULL ? i :
				 opt_index(opt_by_key(o->of)));
		if (o->empty == EMPTY_WORD || (o->where & OPT_VALUE_OPTIONAL))
			assert_non_null(o->bare);
		if (o->type == OPT_CHOICE || o->type == OPT_SET ||
		    o->type == OPT_AUTH)
			assert_non_null(o->words);
		if (o->type == OPT_SECRET)	/* argv is for all to see */
			assert_false(o->where & OPT_LONG);
	}
	assert_null(opt_by_letter('\0'));
	assert_null(opt_by_key("accout"));
	assert_null(opt_by_long("password"));
}

/* Each default is a value that the row would take. */
static void test_defaults_in_range(void **state)
{
	struct account a, b;

	(void)state;
	account_init(&a);
	account_init(&b);
	for (size_t i = 0; i < opts_n; i++) {
		struct err e = ERR_INIT;

		if (opts[i].def == NULL)
			continue;
		if (opt_set(&b, &opts[i], opts[i].def, "/h", here, &e) < 0)
			fail_msg("%s: %s", opts[i].key, e.text);
		assert_true(opt_same(&a, &b, &opts[i]));
	}
	account_clear(&a);
	account_clear(&b);
}

/* msmtp's defaults, and ours. */
static void test_defaults(void **state)
{
	struct account a;

	(void)state;
	account_init(&a);
	assert_string_equal(a.id, "");
	assert_int_equal(a.host.n, 0);
	assert_int_equal(a.port, 0);
	assert_null(a.socket);
	assert_null(a.source_ip);
	assert_null(a.proxy_host);
	assert_int_equal(a.proxy_port, 0);
	assert_int_equal(a.timeout, 300);
	assert_int_equal(a.deadline, 3600);
	assert_int_equal(a.protocol, PROTO_SMTP);
	assert_string_equal(a.domain, "localhost");
	assert_null(a.from);
	assert_null(a.from_full_name);
	assert_int_equal(a.allow_from_override, ON);
	assert_int_equal(a.auto_from, OFF);
	assert_int_equal(a.auth, AUTH_OFF);
	assert_null(a.auth_mech);
	assert_int_equal(a.auth_cleartext, OFF);
	assert_null(a.user);
	assert_false(secret_isset(&a.password));
	assert_int_equal(a.tls, OFF);
	assert_int_equal(a.tls_starttls, ON);
	assert_int_equal(a.tls_certcheck, ON);
	assert_string_equal(a.tls_trust_file, "system");
	assert_null(a.tls_fingerprint);
	assert_int_equal(a.dsn_notify, 0);
	assert_int_equal(a.dsn_return, DSN_RET_NONE);
	assert_int_equal(a.set_from_header, AUTO);
	assert_int_equal(a.set_date_header, AUTO);
	assert_int_equal(a.set_msgid_header, AUTO);
	assert_int_equal(a.set_to_header, TO_OFF);
	assert_int_equal(a.remove_bcc_headers, ON);
	assert_null(a.logfile);
	assert_string_equal(a.logfile_time_format, "%b %d %H:%M:%S");
	assert_int_equal(a.syslog, -1);
	assert_null(a.aliases);
	assert_int_equal(a.pipelining, PIPE_AUTO);
	assert_int_equal(a.chunking, AUTO);
	assert_int_equal(a.eightbit, EIGHTBIT_CONVERT);
	assert_int_equal(a.queue, QUEUE_AUTO);
	assert_string_equal(a.retry, "1m*2..2h");
	assert_int_equal(a.queue_lifetime, 5 * 86400);
	assert_int_equal(a.queue_warn, 4 * 3600);
	assert_int_equal(a.sender, SENDER_KEEP);
	assert_int_equal(a.partial, AUTO);
	for (size_t i = 0; i < opts_n; i++)
		assert_false(account_isset(&a, i));
	account_clear(&a);
}

#define MD5 "00112233445566778899aabbccddeeff"

/* KEY takes VALUE and reads VALUE back as BACK; NULL: it is refused. */
static const struct {
	const char *key, *value, *back;
} values[] = {
	{ "host", "h", "h" }, { "host", "h  i", "h i" }, { "host", "", NULL },
	{ "host", "müller.example", "müller.example" }, { "host", "a:b", NULL },
	{ "host", "[::1", NULL }, { "host", "[h]", NULL }, { "host", "#", NULL },
	{ "host", "a,b", NULL }, { "host", "user@h", NULL },
	{ "port", "1", "1" }, { "port", "65535", "65535" }, { "port", "0", NULL },
	{ "port", "65536", NULL }, { "port", "-1", NULL }, { "port", "", NULL },
	{ "port", "0x19", "25" }, { "port", "off", NULL },
	{ "socket", "/run/s", "/run/s" }, { "socket", "", "" },
	{ "source_ip", "192.0.2.1", "192.0.2.1" }, { "source_ip", "::1", "::1" },
	{ "source_ip", "fe80::1%eth0", "fe80::1%eth0" }, { "source_ip", "", "" },
	{ "source_ip", "300.1.1.1", NULL }, { "source_ip", "fe80::1%", NULL },
	{ "source_ip", "host", NULL },
	{ "proxy_host", "p", "p" }, { "proxy_host", "p q", NULL },
	{ "proxy_host", "", "" }, { "proxy_host", "p:1080", NULL },
	{ "proxy_port", "9050", "9050" }, { "proxy_port", "", "" },
	{ "proxy_user", "u", "u" }, { "proxy_password", "p", "*" },
	{ "timeout", "off", "off" }, { "timeout", "5", "5" }, { "timeout", "5m", "300" },
	{ "timeout", "", NULL }, { "timeout", "0", NULL }, { "timeout", "on", NULL },
	{ "deadline", "2h", "2h" }, { "deadline", "off", NULL },
	{ "protocol", "smtp", "smtp" }, { "protocol", "lmtp", "lmtp" },
	{ "protocol", "SMTP", NULL }, { "protocol", "", NULL },
	{ "domain", "%H", "%H" }, { "domain", "", "localhost" },
	{ "domain", "a b", NULL }, { "domain", "a\nb", NULL },
	{ "from", "a@b", "a@b" }, { "from", "<a@b>", "a@b" }, { "from", "", "" },
	{ "from", "<>", "" }, { "from", "%U@%H", "%U@%H" }, { "from", "*@b", "*@b" },
	{ "from", "a\rb", NULL },
	{ "from_full_name", "Ä B", "Ä B" }, { "from_full_name", "", "" },
	{ "from_full_name", "a\nb", NULL },
	{ "allow_from_override", "on", "on" }, { "allow_from_override", "off", "off" },
	{ "allow_from_override", "", NULL },
	{ "auth", "on", "on" }, { "auth", "off", "off" }, { "auth", "", "on" },
	{ "auth", "plain", "plain" }, { "auth", "login", "login" },
	{ "auth", "scram-sha-256-plus", "scram-sha-256-plus" },
	{ "auth", "scram-sha-1-plus", "scram-sha-1-plus" },
	{ "auth", "scram-sha-256", "scram-sha-256" },
	{ "auth", "scram-sha-1", "scram-sha-1" }, { "auth", "gssapi", "gssapi" },
	{ "auth", "external", "external" }, { "auth", "oauthbearer", "oauthbearer" },
	{ "auth", "cram-md5", "cram-md5" }, { "auth", "digest-md5", "digest-md5" },
	{ "auth", "ntlm", "ntlm" }, { "auth", "xoauth2", "xoauth2" },
	{ "auth", "auto", NULL }, { "auth", "Plain", NULL },
	{ "auth_cleartext", "on", "on" }, { "auth_cleartext", "yes", NULL },
	{ "user", "u v", "u v" }, { "user", "", "" },
	{ "password", "p q", "*" }, { "password", "", "" },
	{ "passwordeval", "echo x", "echo x" }, { "passwordeval", "", "" },
	{ "passwordfile", "~/p", "/h/p" }, { "ntlmdomain", "d", "d" },
	{ "tls", "on", "on" }, { "tls", "off", "off" }, { "tls", "", "on" },
	{ "tls", "yes", NULL }, { "tls", "no", NULL }, { "tls", "1", NULL },
	{ "tls_starttls", "off", "off" }, { "tls_starttls", "", "on" },
	{ "tls_certcheck", "off", "off" }, { "tls_certcheck", "", "on" },
	{ "tls_trust_file", "system", "system" }, { "tls_trust_file", "~/t", "/h/t" },
	{ "tls_trust_file", "", "" }, { "tls_crl_file", "/c", "/c" },
	{ "tls_fingerprint", MD5, MD5 }, { "tls_fingerprint", "", "" },
	{ "tls_fingerprint", "zz", NULL },
	{ "tls_key_file", "pkcs11:x", "pkcs11:x" }, { "tls_cert_file", "~", "/h" },
	{ "tls_priorities", "NORMAL:-VERS-ALL", "NORMAL:-VERS-ALL" },
	{ "tls_host_override", "n", "n" }, { "tls_host_override", "a b", NULL },
	{ "tls_min_dh_prime_bits", "1024", "1024" },
	{ "tls_min_dh_prime_bits", "", "" }, { "tls_min_dh_prime_bits", "0", NULL },
	{ "tls_resumption", "off", "off" }, { "tls_resumption", "on", "on" },
	{ "tls_resumption", "auto", NULL },
	{ "dsn_notify", "off", "off" }, { "dsn_notify", "never", "never" },
	{ "dsn_notify", "success,failure", "failure,success" },
	{ "dsn_notify", "delay, failure , success", "failure,delay,success" },
	{ "dsn_notify", "never,delay", NULL }, { "dsn_notify", "off,delay", NULL },
	{ "dsn_notify", "", NULL }, { "dsn_notify", "delay,", NULL },
	{ "dsn_notify", ",", NULL }, { "dsn_notify", "FAILURE", NULL },
	{ "dsn_return", "headers", "headers" }, { "dsn_return", "full", "full" },
	{ "dsn_return", "off", "off" }, { "dsn_return", "hdrs", NULL },
	{ "dsn_return", "", NULL },
	{ "set_from_header", "", "auto" }, { "set_from_header", "on", "on" },
	{ "set_from_header", "off", "off" }, { "set_date_header", "auto", "auto" },
	{ "set_date_header", "on", NULL }, { "set_msgid_header", "on", NULL },
	{ "set_msgid_header", "", "auto" }, { "set_to_header", "", "on" },
	{ "set_to_header", "auto", NULL },
	{ "set_to_header", "undisclosed_recipients", "undisclosed_recipients" },
	{ "remove_bcc_headers", "", "on" }, { "remove_bcc_headers", "off", "off" },
	{ "logfile", "~/l", "/h/l" }, { "logfile", "-", "-" }, { "logfile", "", "" },
	{ "logfile_time_format", "%s", "%s" }, { "logfile_time_format", "none", "none" },
	{ "logfile_time_format", "", "%b %d %H:%M:%S" },
	{ "syslog", "on", "LOG_USER" }, { "syslog", "off", "off" },
	{ "syslog", "", "LOG_USER" }, { "syslog", "LOG_MAIL", "LOG_MAIL" },
	{ "syslog", "LOG_LOCAL0", "LOG_LOCAL0" }, { "syslog", "LOG_LOCAL7", "LOG_LOCAL7" },
	{ "syslog", "log_mail", NULL }, { "syslog", "LOG_DAEMON", NULL },
	{ "aliases", "/etc/aliases", "/etc/aliases" }, { "aliases", "", "" },
	{ "pipelining", "off", "off" }, { "pipelining", "full", "full" },
	{ "pipelining", "on", NULL }, { "chunking", "off", "off" },
	{ "chunking", "on", NULL }, { "eightbit", "pass", "pass" },
	{ "eightbit", "refuse", "refuse" }, { "eightbit", "", NULL },
	{ "queue", "on", "on" }, { "queue", "only", "only" }, { "queue", "off", "off" },
	{ "queue", "never", NULL }, { "queue_dir", "~/q", "/h/q" },
	{ "retry", "5m", "5m" }, { "retry", "", "1m*2..2h" }, { "retry", "x", NULL },
	{ "queue_lifetime", "2w", "14d" }, { "queue_lifetime", "1", NULL },
	{ "queue_warn", "off", "off" }, { "queue_warn", "90m", "90m" },
	{ "sender", "fix", "fix" }, { "sender", "force", "force" },
	{ "sender", "keep", "keep" }, { "sender", "rewrite", NULL },
	{ "qualify_domain", "d.example", "d.example" }, { "qualify_domain", "", "" },
	{ "partial", "on", "on" }, { "partial", "off", "off" },
	{ "bs_auth", "/f", "/f" }, { "bs_auth", "~/f", "/h/f" },
	{ "bs_auth", "", "" },
	{ "auto_from", "on", "on" }, { "maildomain", "m", "m" },
};

static void test_values(void **state)
{
	bool seen[ACCOUNT_OPTS] = { false };

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		const struct opt *o = opt_by_key(values[i].key);
		struct account a, before;
		struct err e = ERR_INIT;
		char *back;
		int ret;

		assert_non_null(o);
		seen[opt_index(o)] = true;
		account_init(&a);
		account_copy(&before, &a);
		ret = opt_set(&a, o, values[i].value, "/h", here, &e);
		if ((ret < 0) != (values[i].back == NULL))
			fail_msg("%s '%s': %s", o->key, values[i].value,
				 ret < 0 ? e.text : "accepted");
		if (ret < 0) {
			assert_int_equal(e.kind, ERR_CONFIG);
			assert_true(opt_same(&a, &before, o));
			assert_false(account_isset(&a, opt_index(o)));
		} else {
			back = value_of(&a, o->key);
			if (strcmp(back, values[i].back) != 0)
				fail_msg("%s '%s': '%s'", o->key,
					 values[i].value, back);
			free(back);
			assert_int_equal(a.origin[opt_index(o)].line, 7);
			assert_string_equal(a.origin[opt_index(o)].file, "rc");
		}
		account_clear(&a);
		account_clear(&before);
	}
	for (size_t i = 0; i < opts_n; i++)
		if (!seen[i] && is_field(&opts[i]) && opts[i].of == NULL)
			fail_msg("%s is not tried", opts[i].key);
}

static void set_all(struct account *a, const char *key, const char *value)
{
	struct err e = ERR_INIT;

	if (opt_set(a, opt_by_key(key), value, "/h", here, &e) < 0)
		fail_msg("%s", e.text);
}

/* A value for each row that is not its default. */
static const char *other_value(const struct opt *o)
{
	switch (o->type) {
	case OPT_LIST: return "h i";
	case OPT_NUM: return "77";
	case OPT_DURATION: return "77m";
	case OPT_PINS: return MD5;
	case OPT_SET: return "delay";
	case OPT_AUTH: return "login";
	case OPT_CHOICE:
		for (const struct opt_word *w = o->words; w->word != NULL; w++)
			if (strcmp(w->word, o->def) != 0)
				return w->word;
		return NULL;
	default:
		return strcmp(o->key, "source_ip") == 0 ? "::1" :
			strcmp(o->key, "retry") == 0 ? "3m" : "other";
	}
}

/* Copy, merge, compare, unset: over every row. */
static void test_every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < opts_n; i++) {
		const struct opt *o = &opts[i];
		struct account a, b, c, d;

		if (!is_field(o) || o->of != NULL)
			continue;
		account_init(&a);
		account_init(&c);
		set_all(&a, o->key, other_value(o));
		account_copy(&b, &a);
		assert_true(opt_same(&a, &b, o));
		if (opt_same(&a, &c, o))
			fail_msg("%s: not compared", o->key);
		assert_true(account_isset(&b, i));

		/* only what was set goes over */
		account_init(&d);
		set_all(&d, "user", "kept");
		account_merge(&d, &a);
		assert_true(opt_same(&a, &d, o));
		assert_int_equal(d.origin[i].line, 7);
		if (strcmp(o->key, "user") != 0)
			assert_string_equal(d.user, "kept");
		account_merge(&d, &c);
		assert_true(opt_same(&a, &d, o));

		opt_unset(&a, o);
		assert_true(opt_same(&a, &c, o));
		assert_false(account_isset(&a, i));
		account_clear(&a);
		account_clear(&b);
		account_clear(&c);
		account_clear(&d);
	}
}

static void test_add(void **state)
{
	const struct opt *host = opt_by_key("host");
	const struct opt *pin = opt_by_key("tls_fingerprint");
	const struct opt *user = opt_by_key("user");
	struct account a;
	struct err e = ERR_INIT;

	(void)state;
	account_init(&a);
	assert_int_equal(opt_add(&a, host, "a", NULL, here, &e), 0);
	assert_int_equal(opt_add(&a, host, "b c", NULL, here, &e), 0);
	assert_int_equal(a.host.n, 3);
	assert_int_equal(opt_add(&a, host, "d:1", NULL, here, &e), -1);
	assert_int_equal(a.host.n, 3);
	assert_int_equal(opt_add(&a, pin, MD5, NULL, here, &e), 0);
	assert_int_equal(opt_add(&a, pin, MD5, NULL, here, &e), 0);
	assert_string_equal(a.tls_fingerprint, MD5 "," MD5);
	assert_int_equal(opt_add(&a, pin, "", NULL, here, &e), 0);
	assert_null(a.tls_fingerprint);
	assert_int_equal(opt_add(&a, user, "u", NULL, here, &e), 0);
	assert_int_equal(opt_add(&a, user, "v", NULL, here, &e), 0);
	assert_string_equal(a.user, "v");
	account_clear(&a);
}

static void test_ports(void **state)
{
	static const struct {
		const char *protocol, *tls, *starttls, *port, *proxy;
		int want, want_proxy;
	} row[] = {
		{ "smtp", "off", "on", "", "", 25, 0 },
		{ "smtp", "on", "on", "", "p", 25, 1080 },
		{ "smtp", "on", "off", "", "", 465, 0 },
		{ "smtp", "off", "off", "", "", 25, 0 },
		{ "smtp", "on", "off", "587", "", 587, 0 },
		{ "lmtp", "off", "on", "", "", 0, 0 },
		{ "lmtp", "on", "off", "", "", 0, 0 },
		{ "lmtp", "off", "on", "24", "", 24, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct account a;

		account_init(&a);
		set_all(&a, "protocol", row[i].protocol);
		set_all(&a, "tls", row[i].tls);
		set_all(&a, "tls_starttls", row[i].starttls);
		if (*row[i].port != '\0')
			set_all(&a, "port", row[i].port);
		set_all(&a, "proxy_host", row[i].proxy);
		assert_int_equal(account_port(&a), row[i].want);
		assert_int_equal(account_proxy_port(&a), row[i].want_proxy);
		account_clear(&a);
	}
}

static void test_home(void **state)
{
	const struct opt *o = opt_by_key("logfile");
	struct account a;

	(void)state;
	account_init(&a);
	assert_int_equal(opt_set(&a, o, "~/l", NULL, here, NULL), 0);
	assert_string_equal(a.logfile, "~/l");
	assert_int_equal(opt_set(&a, o, "~/l", "", here, NULL), 0);
	assert_string_equal(a.logfile, "/l");
	assert_int_equal(opt_set(&a, o, "x~", "/h", here, NULL), 0);
	assert_string_equal(a.logfile, "x~");
	account_clear(&a);
}

static void test_long_values(void **state)
{
	char *text = xmalloc(SECRET_MAX + 2);
	struct account a;
	struct err e = ERR_INIT;

	(void)state;
	account_init(&a);
	memset(text, 'x', SECRET_MAX + 1);
	text[SECRET_MAX + 1] = '\0';
	assert_int_equal(opt_set(&a, opt_by_key("password"), text, NULL, here, &e), -1);
	assert_null(strstr(e.text, "xx"));
	text[SECRET_MAX] = '\0';
	assert_int_equal(opt_set(&a, opt_by_key("password"), text, NULL, here, &e), 0);
	assert_int_equal(a.password.len, SECRET_MAX);
	assert_int_equal(opt_set(&a, opt_by_key("tls"), text, NULL, here, &e), -1);
	free(text);
	account_clear(&a);
}

static void test_closest(void **state)
{
	static const struct {
		const char *key, *near;
	} row[] = {
		{ "hosts", "host" }, { "HOST", "host" }, { "tls_startls", "tls_starttls" },
		{ "tls-starttls", "tls_starttls" }, { "--tls", "tls" },
		{ "password=x", "password" }, { "host:", "host" },
		{ "passwdeval", "passwordeval" }, { "acount", "account" },
		{ "qqqqqqqqqq", NULL }, { "", NULL }, { "=", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		const char *near = opt_closest_key(row[i].key);

		if (near != row[i].near && (near == NULL || row[i].near == NULL ||
		    strcmp(near, row[i].near) != 0))
			fail_msg("'%s': '%s'", row[i].key, near ? near : "none");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_defaults_in_range),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_every_row),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_home),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_closest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
