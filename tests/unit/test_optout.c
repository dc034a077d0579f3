/* The settings as people and scripts read them. */
#include "unit/rcread.h"

#include "conf/cli.h"

/* What msmtp prints for an account that has only a host. */
static const char plain[] =
	"host = h\n"
	"port = 25\n"
	"source ip = (not set)\n"
	"proxy host = (not set)\n"
	"proxy port = 0\n"
	"socket = (not set)\n"
	"timeout = 300 seconds\n"	/* msmtp: off; a difference on purpose */
	"protocol = smtp\n"
	"domain = localhost\n"
	"auth = none\n"
	"user = (not set)\n"
	"password = (not set)\n"
	"passwordeval = (not set)\n"
	"ntlmdomain = (not set)\n"
	"tls = off\n"
	"tls_starttls = on\n"
	"tls_trust_file = system\n"
	"tls_crl_file = (not set)\n"
	"tls_fingerprint = (not set)\n"
	"tls_key_file = (not set)\n"
	"tls_cert_file = (not set)\n"
	"tls_certcheck = on\n"
	"tls_min_dh_prime_bits = (not set)\n"
	"tls_priorities = (not set)\n"
	"tls_host_override = (not set)\n";
static const char plain_mail[] =
	"auto_from = off\n"
	"maildomain = (not set)\n"
	"from = (not set)\n"
	"from_full_name = (not set)\n"
	"allow_from_override = on\n"
	"set_from_header = auto\n"
	"set_date_header = auto\n"
	"set_msgid_header = auto\n"
	"set_to_header = off\n"
	"remove_bcc_headers = on\n"
	"dsn_notify = (not set)\n"
	"dsn_return = (not set)\n"
	"logfile = (not set)\n"
	"logfile_time_format = (not set)\n"
	"syslog = (not set)\n"
	"aliases = (not set)\n";

static const char full_rc[] =
	"account full\nhost h\nsource_ip 192.0.2.1\nproxy_host p\nsocket /s\n"
	"timeout 1\nprotocol lmtp\nport 24\ndomain d\nauth scram-sha-256\nuser u\n"
	"password geheim\npasswordeval echo x\nntlmdomain n\ntls on\n"
	"tls_starttls off\ntls_trust_file\ntls_crl_file ~/c\n"
	"tls_fingerprint 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff\n"
	"tls_key_file k\ntls_cert_file c\ntls_certcheck off\n"
	"tls_min_dh_prime_bits 512\ntls_priorities NORMAL\ntls_host_override o\n"
	"auto_from on\nmaildomain m\nfrom\nfrom_full_name A B\n"
	"allow_from_override off\nset_from_header on\nset_date_header off\n"
	"set_msgid_header off\nset_to_header undisclosed_recipients\n"
	"remove_bcc_headers off\ndsn_notify delay,failure\ndsn_return headers\n"
	"logfile -\nlogfile_time_format none\nsyslog on\naliases /a\n";
static const char full[] =
	"host = h\n"
	"port = 24\n"
	"source ip = 192.0.2.1\n"
	"proxy host = p\n"
	"proxy port = 1080\n"
	"socket = /s\n"
	"timeout = 1 second\n"
	"protocol = lmtp\n"
	"domain = d\n"
	"auth = SCRAM-SHA-256\n"
	"user = u\n"
	"password = *\n"
	"passwordeval = echo x\n"
	"ntlmdomain = n\n"
	"tls = on\n"
	"tls_starttls = off\n"
	"tls_trust_file = (not set)\n"
	"tls_crl_file = /home/al/c\n"
	"tls_fingerprint = 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\n"
	"tls_key_file = k\n"
	"tls_cert_file = c\n"
	"tls_certcheck = off\n"
	"tls_min_dh_prime_bits = 512\n"
	"tls_priorities = NORMAL\n"
	"tls_host_override = o\n"
	"auto_from = on\n"
	"maildomain = m\n"
	"from = \n"
	"from_full_name = A B\n"
	"allow_from_override = off\n"
	"set_from_header = on\n"
	"set_date_header = off\n"
	"set_msgid_header = off\n"
	"set_to_header = undisclosed_recipients\n"
	"remove_bcc_headers = off\n"
	"dsn_notify = FAILURE,DELAY\n"
	"dsn_return = HDRS\n"
	"logfile = -\n"
	"logfile_time_format = none\n"
	"syslog = LOG_USER\n"
	"aliases = /a\n";

static void parse(struct rc *rc, const char *text)
{
	struct err e = ERR_INIT;

	if (rc_parse(rc, "rc", text, strlen(text), &test_host, &e) < 0)
		fail_msg("%s", e.text);
}

static void test_pretend(void **state)
{
	struct rc rc = RC_INIT;
	struct buf b = BUF_INIT(65536), want = BUF_INIT(65536);

	(void)state;
	parse(&rc, "host h\n");
	optout_pretend(rc.account[0], false, &b);
	assert_string_equal(buf_str(&b), plain);
	buf_clear(&b);
	optout_pretend(rc.account[0], true, &b);
	buf_addf(&want, "%s%s", plain, plain_mail);
	assert_string_equal(buf_str(&b), buf_str(&want));
	buf_clear(&b);
	rc_clear(&rc);
	parse(&rc, full_rc);
	optout_pretend(rc.account[0], true, &b);
	assert_string_equal(buf_str(&b), full);
	rc_clear(&rc);
	buf_free(&b);
	buf_free(&want);
}

static void test_pretend_words(void **state)
{
	static const struct {
		const char *text, *line;
	} row[] = {
		{ "host h\ntimeout off\n", "\ntimeout = off\n" },
		{ "host h\ntimeout 2\n", "\ntimeout = 2 seconds\n" },
		{ "host h\nauth\n", "\nauth = choose\n" },
		{ "host h\ntls on\ntls_starttls off\n", "\nport = 465\n" },
		{ "host h\ndsn_notify never\n", "\ndsn_notify = NEVER\n" },
		{ "host h\ndsn_return full\n", "\ndsn_return = FULL\n" },
		{ "host h\ndsn_return off\n", "\ndsn_return = (not set)\n" },
		{ "host h\nsyslog LOG_LOCAL3\n", "\nsyslog = LOG_LOCAL3\n" },
		{ "host h\nsyslog off\n", "\nsyslog = (not set)\n" },
		{ "host h\nfrom_full_name\n", "\nfrom_full_name = \n" },
		{ "host h i\n", "host = h i\n" },
		{ "host h\nlogfile_time_format %s\nlogfile_time_format %s\n", "_format = %s\n" },
		{ "host h\nlogfile_time_format\n", "_format = (not set)\n" },
		/* C1 controls and broken UTF-8 do not reach the terminal */
		{ "host h\nuser \xc2\x9b" "1m\xff\n", "\nuser = ?1m?\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct rc rc = RC_INIT;
		struct buf b = BUF_INIT(65536);

		parse(&rc, row[i].text);
		optout_pretend(rc.account[0], true, &b);
		if (strstr(buf_str(&b), row[i].line) == NULL)
			fail_msg("'%s': no '%s' in %s", row[i].text, row[i].line,
				 buf_str(&b));
		buf_free(&b);
		rc_clear(&rc);
	}
}

/* No listing shows a secret. */
static void test_no_secret(void **state)
{
	struct rc rc = RC_INIT;
	struct buf b = BUF_INIT(65536);

	(void)state;
	parse(&rc, "host h\npassword geheim\nproxy_host p\nproxy_user u\n"
	      "proxy_password geheim2\n");
	optout_pretend(rc.account[0], true, &b);
	optout_print_config(rc.account[0], &b);
	assert_null(strstr(buf_str(&b), "geheim"));
	assert_non_null(strstr(buf_str(&b), "# password is set\n"));
	buf_free(&b);
	rc_clear(&rc);
}

static void test_print_config(void **state)
{
	struct rc rc = RC_INIT;
	struct buf b = BUF_INIT(65536);
	struct account a;

	(void)state;
	parse(&rc, "defaults\nuser ${HOST}\n\naccount x\nhost a b\ninclude settings\n");
	rc_clear(&rc);
	parse(&rc, "defaults\nlogfile ~/l\n\naccount x\nhost a b\ninclude settings\n"
	      "from_full_name \" A \"\nsocket\ndeadline 120\n");
	account_copy(&a, rc_find(&rc, "x"));
	assert_int_equal(opt_set(&a, opt_by_key("tls"), NULL, NULL,
				 (struct origin){ NULL, 3 }, NULL), 0);
	optout_print_config(&a, &b);
	assert_string_equal(buf_str(&b),
		"# rc:4\naccount x\n"
		"# rc:5\nhost a b\n"
		"# settings:2\nport 26\n"
		"# rc:8\nsocket \"\"\n"
		"# rc:9\ndeadline 2m\n"
		"# rc:7\nfrom_full_name \" A \"\n"
		"# settings:1\nuser included\n"
		"# command line\ntls on\n"
		"# rc:2\nlogfile /home/al/l\n");
	account_clear(&a);
	rc_clear(&rc);
	buf_free(&b);
}

/* What is printed reads back as the same account. */
static void test_print_config_again(void **state)
{
	static const char *const more[] = {
		"user \"\"q\"\"\n", "user $${HOST}\n", "user a # b\n",
		"passwordeval echo ${HOST} \"x\"\n", "user \" x\n", "user x\"\n", "user \"x \"\n",
		"retry\n", "proxy_port\n", "tls_min_dh_prime_bits\n", "domain\n",
		"logfile_time_format\n", "from <>\n", "queue_warn off\n",
		"tls_fingerprint 00112233445566778899aabbccddeeff\n"
		"tls_fingerprint 00112233445566778899aabbccddee00\n",
		"account \" a \"\nhost h\n", "account \"\"q\"\"\n", "account \"\n",
		"host [::1] h\n", "syslog LOG_LOCAL1\n",
	};

	(void)state;
	for (size_t i = 0; i <= sizeof more / sizeof more[0]; i++) {
		struct rc rc = RC_INIT, again = RC_INIT;
		struct buf b = BUF_INIT(65536);

		parse(&rc, i == 0 ? full_rc : more[i - 1]);
		optout_print_config(rc.account[0], &b);
		parse(&again, buf_str(&b));
		assert_string_equal(again.account[0]->id, rc.account[0]->id);
		for (size_t j = 0; j < opts_n; j++) {
			if (opts[j].type == OPT_SECRET)
				continue;
			if (!opt_same(rc.account[0], again.account[0], &opts[j]) ||
			    account_isset(rc.account[0], j) !=
			    account_isset(again.account[0], j))
				fail_msg("%s differs:\n%s", opts[j].key,
					 buf_str(&b));
		}
		buf_free(&b);
		rc_clear(&rc);
		rc_clear(&again);
	}
}

/* Every option that is not obsolete is there, once, within 80 columns. */
static void test_help(void **state)
{
	struct buf b = BUF_INIT(65536);
	size_t lines = 0, expect = 0;

	(void)state;
	optout_help(&b);
	for (size_t i = 0; i < opts_n; i++) {
		char name[OPT_NAME_MAX], shown[OPT_NAME_MAX + 4];

		if ((opts[i].where & OPT_OBSOLETE) ||
		    (!(opts[i].where & OPT_LONG) && opts[i].letter == 0))
			continue;
		expect++;
		opt_long_name(&opts[i], name);
		snprintf(shown, sizeof shown, " --%s", name);
		if (opts[i].where & OPT_LONG)
			assert_non_null(strstr(buf_str(&b), shown));
	}
	optout_cli_help(CLI_O, &b);
	for (size_t i = 0; i < cliopts_n; i++)
		if ((cliopts[i].faces & CLI_O) && cliopts[i].help != NULL)
			expect++;
	for (const char *p = buf_str(&b), *nl; *p != '\0'; p = nl + 1) {
		nl = strchr(p, '\n');
		assert_non_null(nl);
		if (nl - p > 80)
			fail_msg("%.*s", (int)(nl - p), p);
		lines += p[2] == '-' || p[6] == '-';
	}
	assert_int_equal(lines, expect);
	assert_non_null(strstr(buf_str(&b), "\n  -f, --from=ADDRESS "));
	assert_non_null(strstr(buf_str(&b), "\n      --tls[=on|off] "));
	assert_non_null(strstr(buf_str(&b), "\n  -F NAME "));
	assert_non_null(strstr(buf_str(&b), "\n  -q[INTERVAL] "));
	assert_null(strstr(buf_str(&b), "--keepbcc"));
	assert_null(strstr(buf_str(&b), "--password="));
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pretend),
		cmocka_unit_test(test_pretend_words),
		cmocka_unit_test(test_no_secret),
		cmocka_unit_test(test_print_config),
		cmocka_unit_test(test_print_config_again),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
