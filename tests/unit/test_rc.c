/* The rc file: grammar, accounts, inheritance, mistakes. */
#include "unit/rcread.h"

/* TEXT read as "rc" gives VALUE for KEY in account ID ("-": the account has
 * not set the row). */
static const struct {
	const char *text, *id, *key, *value;
} good[] = {
	/* blanks, comments, line ends */
	{ "host h", "default", "host", "h" },
	{ "host h\n", "default", "host", "h" },
	{ "host h\r\n", "default", "host", "h" },
	{ "host h\r", "default", "host", "h" },
	{ " \t host\t h \t\n", "default", "host", "h" },
	{ "\n\n# host g\n   # x\n\thost h\n", "default", "host", "h" },
	{ "#\x01\x1b[1m\nhost h\n", "default", "host", "h" },
	{ "\xef\xbb\xbfhost h\n", "default", "host", "h" },
	/* quotes */
	{ "user \"a b\"", "default", "user", "a b" },
	{ "user \" a \"", "default", "user", " a " },
	{ "user \"a\"b\"", "default", "user", "a\"b" },
	{ "user \"", "default", "user", "\"" },
	{ "user \"a", "default", "user", "\"a" },
	{ "user 'a b'", "default", "user", "'a b'" },
	{ "user a # b", "default", "user", "a # b" },
	{ "user #", "default", "user", "#" },
	{ "user a\\nb", "default", "user", "a\\nb" },
	{ "user \"\"", "default", "user", "" },
	{ "user x\nuser x\n", "default", "user", "x" },
	/* several relays */
	{ "host a b\tc", "default", "host", "a b c" },
	{ "host a\nhost b c\n", "default", "host", "a b c" },
	{ "defaults\nhost a\naccount x\nhost b\nhost c\n", "x", "host", "b c" },
	{ "host [::1] fe80::1%eth0 192.0.2.1 a.example.", "default", "host",
	  "::1 fe80::1%eth0 192.0.2.1 a.example." },
	/* home */
	{ "logfile ~/l", "default", "logfile", "/home/al/l" },
	{ "logfile ~bob/l", "default", "logfile", "/home/albob/l" },
	{ "tls_trust_file ~/t", "default", "tls_trust_file", "/home/al/t" },
	{ "tls_crl_file ~", "default", "tls_crl_file", "/home/al" },
	{ "tls_key_file ~/k", "default", "tls_key_file", "/home/al/k" },
	{ "tls_cert_file pkcs11:id=1", "default", "tls_cert_file", "pkcs11:id=1" },
	{ "aliases ~/a", "default", "aliases", "/home/al/a" },
	{ "socket ~/s", "default", "socket", "~/s" },
	{ "user ~/u", "default", "user", "~/u" },
	{ "passwordeval cat ~/p", "default", "passwordeval", "cat ~/p" },
	/* accounts */
	{ "account a\nhost h\n", "a", "host", "h" },
	{ "account \"a\"\nhost h\n", "a", "host", "h" },
	{ "account two words\nhost h\n", "two words", "host", "h" },
	{ "account \" x \"\nhost h\n", " x ", "host", "h" },
	{ "account a\nhost h\naccount b:a\n", "b", "host", "h" },
	{ "account a\nhost h\naccount \"b\" : \"a\"\n", "b", "host", "h" },
	{ "account a\nhost h\naccount b\nport 1\naccount c :a,b\n", "c", "port", "1" },
	{ "account a\nport 1\naccount b\nport 2\naccount c : a , b\n", "c", "port", "2" },
	{ "account a\nport 1\naccount b\nport 2\naccount c : b, a\n", "c", "port", "1" },
	{ "account a\nport 1\naccount b:a\nuser u\naccount c:b\nhost h\n", "c", "port", "1" },
	{ "account a\nport 1\naccount b:a\nport 2\n", "a", "port", "1" },
	{ "account a\nport 1\naccount b:a\nport 2\n", "b", "port", "2" },
	{ "account a\ntls_trust_file\naccount b:a\n", "b", "tls_trust_file", "" },
	{ "host h\naccount b : default\n", "b", "host", "h" },
	/* defaults */
	{ "defaults\nport 5\naccount a\n", "a", "port", "5" },
	{ "account a\ndefaults\nport 5\n", "a", "port", "" },
	{ "defaults\nport 5\ndefaults\nuser u\naccount a\n", "a", "port", "5" },
	{ "defaults\nport 5\ndefaults\nport 6\naccount a\n", "a", "port", "6" },
	{ "defaults\nport 5\naccount a\ndefaults\nport 6\naccount b\n", "a", "port", "5" },
	{ "defaults\nport 5\naccount a\nport 7\n", "a", "port", "7" },
	/* what an account has from defaults is not inherited from it: */
	{ "defaults\nport 5\naccount a\ndefaults\nport 6\naccount b:a\n", "b", "port", "6" },
	{ "defaults\nport 5\naccount a\nport 5\ndefaults\nport 6\naccount b:a\n", "b", "port", "5" },
	/* no trust at all is an account's own affair */
	{ "defaults\ntls_trust_file\naccount a\n", "a", "tls_trust_file", "system" },
	{ "account a\ntls_trust_file\n", "a", "tls_trust_file", "" },
	/* eval */
	{ "eval pw", "default", "password", "*" },
	{ "eval \"pw\"", "default", "password", "*" },
	{ "eval empty\neval blank\nhost h", "default", "host", "h" },
	{ "account a\nport 9\neval acc\n", "made", "port", "9" },
	{ "eval inc", "one", "host", "one.example" },
	/* include */
	{ "include one", "one", "host", "one.example" },
	{ "account a\ninclude settings\nhost h\n", "a", "user", "included" },
	{ "account a\ninclude settings\nhost h\n", "a", "host", "h" },
	{ "include defs\naccount a\n", "a", "domain", "d.example" },
	{ "include none*\nhost h", "default", "host", "h" },
	{ "include ~/x", "default", "user", "tilde" },
	{ "include ${U:-settings}", "default", "user", "included" },
	/* variables */
	{ "host ${HOST}", "default", "host", "v.example" },
	{ "host a.${HOST}", "default", "host", "a.v.example" },
	{ "host ${HOST} ${HOST}", "default", "host", "v.example v.example" },
	{ "user ${_x1}", "default", "user", "two words" },
	{ "user \"${_x1}\"", "default", "user", "two words" },
	{ "user ${QUOTED}", "default", "user", "\"q\"" },
	{ "user ${EMPTY}", "default", "user", "" },
	{ "user ${EMPTY:-e}", "default", "user", "e" },
	{ "user ${NONE:-a b}", "default", "user", "a b" },
	{ "user ${NONE:-}", "default", "user", "" },
	{ "user $HOST$", "default", "user", "$HOST$" },
	{ "user $${HOST}", "default", "user", "${HOST}" },
	{ "user {HOST}", "default", "user", "{HOST}" },
	{ "passwordeval echo ${HOST}", "default", "passwordeval", "echo ${HOST}" },
	{ "logfile_time_format ${", "default", "logfile_time_format", "${" },
	/* a mistake in a variable's value does not turn TLS off */
	{ "tls ${EMPTY}", "default", "tls", "on" },
	/* obsolete names */
	{ "keepbcc on", "default", "remove_bcc_headers", "off" },
	{ "keepbcc", "default", "remove_bcc_headers", "off" },
	{ "keepbcc off", "default", "remove_bcc_headers", "on" },
	{ "add_missing_from_header on", "default", "set_from_header", "auto" },
	{ "add_missing_from_header off", "default", "set_from_header", "off" },
	{ "add_missing_date_header on", "default", "set_date_header", "auto" },
	{ "add_missing_date_header off", "default", "set_date_header", "off" },
	{ "undisclosed_recipients on", "default", "set_to_header", "undisclosed_recipients" },
	{ "undisclosed_recipients off", "default", "set_to_header", "off" },
	{ "tls_nocertcheck", "default", "tls_certcheck", "off" },
	{ "tls_nostarttls", "default", "tls_starttls", "off" },
	{ "tls_force_sslv3\nhost h", "default", "host", "h" },
	{ "tls_force_sslv3 on\nhost h", "default", "host", "h" },
	{ "connect_timeout 7", "default", "timeout", "7" },
	{ "auto_from on", "default", "auto_from", "on" },
	{ "maildomain m.example", "default", "maildomain", "m.example" },
	{ "account a\nkeepbcc on\naccount b:a\n", "b", "remove_bcc_headers", "off" },
	{ "keepbcc on\nremove_bcc_headers off\n", "default", "remove_bcc_headers", "off" },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct rc rc = RC_INIT;
		struct err e = ERR_INIT;
		const struct account *a;
		char *value;

		if (rc_parse(&rc, "rc", good[i].text, strlen(good[i].text),
			     &test_host, &e) < 0)
			fail_msg("'%s': %s", good[i].text, e.text);
		a = rc_find(&rc, good[i].id);
		if (a == NULL)
			fail_msg("'%s': no account '%s'", good[i].text, good[i].id);
		value = value_of(a, good[i].key);
		if (strcmp(value, good[i].value) != 0)
			fail_msg("'%s': %s is '%s'", good[i].text, good[i].key,
				 value);
		free(value);
		rc_clear(&rc);
	}
}

/* TEXT is refused with a message that begins with WHERE and holds WORDS. */
static const struct {
	const char *text, *where, *words;
} bad[] = {
	{ "hots h", "rc:1: ", "did you mean 'host'?" },
	{ "\n\n  tlss on", "rc:3: ", "did you mean 'tls'?" },
	{ "HOST h", "rc:1: ", "did you mean 'host'?" },
	{ "--tls-trust-file f", "rc:1: ", "did you mean 'tls_trust_file'?" },
	{ "host=h", "rc:1: ", "unknown command 'host=h'; did you mean 'host'?" },
	{ "xyzzyxyzzyxyzzy", "rc:1: ", "unknown command" },
	{ "host", "rc:1: host: ", "value is needed" },
	{ "host \"\"", "rc:1: host: ", "value is needed" },
	{ "host h # x", "rc:1: host: ", "comment needs a line of its own" },
	{ "host h:25", "rc:1: host: ", "port 25" },
	{ "host h/x", "rc:1: host: ", "'h/x' is no host name" },
	{ "host \" \"", "rc:1: host: ", "value is needed" },
	{ "port 0", "rc:1: port: ", "range 1 to 65535" },
	{ "port 65536", "rc:1: port: ", "range 1 to 65535" },
	{ "port 25 # x", "rc:1: port: ", "comment needs a line of its own" },
	{ "port", "rc:1: port: ", "value is needed" },
	{ "port smtp", "rc:1: port: ", "not a number" },
	{ "port 99999999999999999999", "rc:1: port: ", "number" },
	{ "tls yes", "rc:1: tls: ", "'yes' is not one of on, off" },
	{ "tls on # x", "rc:1: tls: ", "comment needs a line of its own" },
	{ "tls ON", "rc:1: tls: ", "'ON' is not one of on, off" },
	{ "timeout never", "rc:1: timeout: ", "nor 'off'" },
	{ "timeout 0", "rc:1: timeout: ", "range" },
	{ "timeout -1", "rc:1: timeout: ", "range" },
	{ "auth secret", "rc:1: auth: ", "scram-sha-256" },
	{ "auth PLAIN", "rc:1: auth: ", "plain" },
	{ "dsn_notify never,failure", "rc:1: dsn_notify: ", "alone" },
	{ "dsn_notify failure,", "rc:1: dsn_notify: ", "not one of" },
	{ "allow_from_override", "rc:1: allow_from_override: ", "value is needed" },
	{ "source_ip h", "rc:1: source_ip: ", "no IPv4 or IPv6 address" },
	{ "tls_fingerprint 00", "rc:1: tls_fingerprint: ", "no fingerprint" },
	{ "domain a b", "rc:1: domain: ", "more than one word" },
	{ "retry soon", "rc:1: retry: ", "1m*2..2h" },
	{ "user a\x1b[1m", "rc:1: ", "control character 27" },
	{ "user a\rb", "rc:1: ", "control character 13" },
	{ "user ${NL}", "rc:1: user: ", "control character" },
	{ "user ${NONE}", "rc:1: ", "environment has no 'NONE'" },
	{ "user ${NONE", "rc:1: ", "${NAME:-WORD}" },
	{ "user ${}", "rc:1: ", "neither" },
	{ "user ${1}", "rc:1: ", "neither" },
	{ "user ${A-b}", "rc:1: ", "neither" },
	{ "user ${A B}", "rc:1: ", "neither" },
	{ "defaults x", "rc:1: ", "no argument" },
	{ "tls_nocertcheck on", "rc:1: ", "tls_certcheck off" },
	{ "account", "rc:1: ", "name is needed" },
	{ "account \"\"", "rc:1: ", "name is needed" },
	{ "account : a", "rc:1: ", "name is needed" },
	{ "account a, b", "rc:1: ", "no ','" },
	{ "account a : b : c", "rc:1: ", "no ','" },
	{ "account a\naccount a\n", "rc:2: ", "line 1 of 'rc'" },
	{ "host h\naccount default\n", "rc:2: ", "line 1 of 'rc'" },
	{ "account a : a", "rc:1: ", "itself" },
	{ "account work\naccount b : wrok", "rc:2: ", "did you mean 'work'?" },
	{ "account b : a\naccount a\n", "rc:1: ", "no account 'a' above" },
	{ "account a\naccount b : a,\n", "rc:2: ", "missing" },
	{ "account a\naccount b :\n", "rc:2: ", "missing" },
	{ "account a\naccount b : ,a\n", "rc:2: ", "missing" },
	{ "eval again", "rc:1: ", "another eval" },
	{ "eval", "rc:1: ", "command is needed" },
	{ "\neval fail", "rc:2: eval: ", "printed nothing" },
	{ "eval junk", "rc:1: ", "unknown command 'nonsense'" },
	{ "eval cr", "rc:1: ", "control character 13" },
	{ "\ninclude bad", "bad:2: tls: ", "'maybe'" },
	{ "\ninclude nowhere", "rc:2: include: ", "cannot open 'nowhere'" },
	{ "include", "rc:1: ", "file is needed" },
	{ "include loop", "loop:1: ", "include each other" },
	{ "include twice", "twice:", "include" },
	{ "include one\naccount one\n", "rc:2: ", "line 1 of 'one'" },
	/* a row has one value in a block */
	{ "account a\ntls on\nhost h\ntls off\n", "rc:4: ", "line 2 of 'rc'" },
	{ "password a\npassword b\n", "rc:2: password has another value", "line 1" },
	{ "defaults\nport 1\nport 2\n", "rc:3: ", "line 2" },
	{ "keepbcc on\nremove_bcc_headers on\n", "rc:2: ", "line 1" },
	{ "timeout 5\nconnect_timeout 6\n", "rc:2: ", "line 1" },
	{ "dsn_return full\ndsn_return x\n", "rc:2: dsn_return: ", "'x'" },
	{ "dsn_notify never\ndsn_notify\n", "rc:2: dsn_notify: ", "needed" },
	{ "syslog LOG_MAIL\nsyslog \"\"\n", "rc:2: ", "another value" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct rc rc = RC_INIT;
		struct err e = ERR_INIT;

		if (rc_parse(&rc, "rc", bad[i].text, strlen(bad[i].text),
			     &test_host, &e) == 0)
			fail_msg("'%s' was accepted", bad[i].text);
		if (strncmp(e.text, bad[i].where, strlen(bad[i].where)) != 0 ||
		    strstr(e.text, bad[i].words) == NULL)
			fail_msg("'%s': %s", bad[i].text, e.text);
		assert_int_equal(e.kind, strstr(bad[i].text, "eval fail") != NULL ?
				 ERR_IO : ERR_CONFIG);
		rc_clear(&rc);
	}
}

/* A secret is never in a message. */
static void test_secret_not_told(void **state)
{
	static const char *const text[] = {
		"password hunter2\npassword hunter3\n",
		"password hunter2\x01\n",
		"proxy_password hunter2\nproxy_password hunter3\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
		struct rc rc = RC_INIT;
		struct err e = ERR_INIT;

		assert_int_equal(rc_parse(&rc, "rc", text[i], strlen(text[i]),
					  &test_host, &e), -1);
		assert_null(strstr(e.text, "hunter"));
		rc_clear(&rc);
	}
}

static void parse(struct rc *rc, const char *name, const char *text)
{
	struct err e = ERR_INIT;

	if (rc_parse(rc, name, text, strlen(text), &test_host, &e) < 0)
		fail_msg("%s", e.text);
}

static void test_secret_literal(void **state)
{
	struct rc rc = RC_INIT;

	(void)state;
	parse(&rc, "rc", "password a$b${c}\"#\n");
	assert_string_equal(rc.account[0]->password.p, "a$b${c}\"#");
	rc_clear(&rc);
	parse(&rc, "rc", "password \" a \"\n");
	assert_string_equal(rc.account[0]->password.p, " a ");
	rc_clear(&rc);
}

static void test_origins(void **state)
{
	struct rc rc = RC_INIT;
	const struct account *a;
	size_t user = opt_index(opt_by_key("user"));
	size_t port = opt_index(opt_by_key("port"));
	size_t host = opt_index(opt_by_key("host"));

	(void)state;
	parse(&rc, "rc", "defaults\nport 5\n\naccount a\ninclude settings\nhost h\n");
	a = rc_find(&rc, "a");
	assert_string_equal(a->origin[user].file, "settings");
	assert_int_equal(a->origin[user].line, 1);
	assert_string_equal(a->origin[port].file, "settings");
	assert_int_equal(a->origin[port].line, 2);
	assert_string_equal(a->origin[host].file, "rc");
	assert_int_equal(a->origin[host].line, 6);
	assert_string_equal(a->begun.file, "rc");
	assert_int_equal(a->begun.line, 4);
	assert_false(account_isset(a, opt_index(opt_by_key("tls"))));
	rc_clear(&rc);
}

static void test_two_files(void **state)
{
	struct rc rc = RC_INIT;

	(void)state;
	parse(&rc, "sys", "defaults\nport 1\naccount a\nhost sys-a\nuser u\n"
	      "account b\nhost sys-b\naccount c\nhost sys-c\n");
	parse(&rc, "usr", "account d\nhost usr-d\naccount b\nhost usr-b\n"
	      "account e : b\n");
	assert_int_equal(rc.n, 5);
	assert_string_equal(rc.account[0]->id, "d");
	assert_string_equal(rc.account[1]->id, "b");
	assert_string_equal(rc.account[2]->id, "e");
	assert_string_equal(rc.account[3]->id, "a");
	assert_string_equal(rc.account[4]->id, "c");
	assert_string_equal(rc_find(&rc, "b")->host.v[0], "usr-b");
	assert_string_equal(rc_find(&rc, "e")->host.v[0], "usr-b");
	/* neither defaults nor settings come over from the other file */
	assert_int_equal(rc_find(&rc, "d")->port, 0);
	assert_int_equal(rc_find(&rc, "b")->port, 0);
	assert_int_equal(rc_find(&rc, "a")->port, 1);
	assert_null(rc_find(&rc, "B"));
	assert_null(rc_find(&rc, "x"));
	rc_clear(&rc);

	/* inheritance stays inside a file */
	struct err e = ERR_INIT;

	parse(&rc, "sys", "account a\nhost h\n");
	assert_int_equal(rc_parse(&rc, "usr", "account b : a\n", 14,
				  &test_host, &e), -1);
	assert_non_null(strstr(e.text, "usr:1: there is no account 'a' above"));
	rc_clear(&rc);
	assert_null(rc_find(&rc, "a"));
	assert_null(rc_find_from(&rc, "a@b"));
}

static const struct {
	const char *addr, *id;
} senders[] = {
	{ "me@example.org", "exact" },
	{ "ME@Example.ORG", "exact" },
	{ "me+list@example.org", "exact" },
	{ "me+@example.org", "exact" },
	{ "me+a+b@example.org", "exact" },
	{ "tag+x@example.org", "tagged" },
	{ "tag+y@example.org", "glob" },
	{ "tag@example.org", "glob" },
	{ "you@example.org", "glob" },
	{ "You+x@Example.org", "glob" },
	{ "abc@q.example", "q" },
	{ "ac@q.example", NULL },
	{ "a1@set.example", "set" },
	{ "ax@set.example", NULL },
	{ "x@sys.example", "user-sys" },
	{ "y@sys.example", "sys" },
	{ "me", NULL },
	{ "", "null" },
	{ "%U@%H", "pattern" },
	/* "+" behind "@" is no detail */
	{ "a@bbbbbbbbbbbbbbbbbbbbbbbb+c", NULL },
	{ "me@+example.org", NULL },
	{ "me+x", NULL },
	{ "+@example.org", "glob" },
	/* a pattern with "+" is for whole addresses */
	{ "ab+c@detail.example", NULL },
	{ "ab@detail.example", "plus" },
};

static void test_find_from(void **state)
{
	struct rc rc = RC_INIT;

	(void)state;
	parse(&rc, "sys", "account sys\nfrom *@sys.example\n"
	      "account sys2\nfrom x@sys.example\n");
	parse(&rc, "usr", "account none\nhost h\n"
	      "account exact\nfrom me@example.org\n"
	      "account tagged\nfrom tag+x@example.org\n"
	      "account glob\nfrom *@example.org\n"
	      "account later\nfrom you@example.org\n"
	      "account q\nfrom a?c@q.example\n"
	      "account set\nfrom a[0-9]@set.example\n"
	      "account user-sys\nfrom x@sys.example\n"
	      "account null\nfrom\n"
	      "account plus\nfrom [!+]?@detail.example\n"
	      "account pattern\nfrom %U@%H\n");
	for (size_t i = 0; i < sizeof senders / sizeof senders[0]; i++) {
		const struct account *a = rc_find_from(&rc, senders[i].addr);
		const char *id = a == NULL ? "none" : a->id;

		if (strcmp(id, senders[i].id == NULL ? "none" : senders[i].id) != 0)
			fail_msg("'%s' chooses '%s'", senders[i].addr, id);
	}
	rc_clear(&rc);
}

/* Weakness 30 of msmtp: the system's account beat the user's own. */
static void test_w30_the_users_account_comes_first(void **state)
{
	struct rc rc = RC_INIT;

	(void)state;
	parse(&rc, "sys", "account theirs\nfrom me@example.org\n");
	parse(&rc, "usr", "account mine\nfrom me@example.org\n");
	assert_string_equal(rc_find_from(&rc, "me@example.org")->id, "mine");
	rc_clear(&rc);
}

static void test_has_secret(void **state)
{
	static const struct {
		const char *text;
		bool secret;
	} row[] = {
		{ "", false }, { "password", true }, { "password x", true },
		{ "host h\n\t password\tx\n", true }, { "#password x", false },
		{ "passwordeval x", false }, { "passwordfile x", false },
		{ "eval echo password x", false }, { "password\r\n", true },
		{ "user x\nproxy_password y", true }, { "Password x", false },
		{ "\xef\xbb\xbfpassword x", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct rc rc = RC_INIT;
		struct err e = ERR_INIT;

		if (rc_has_secret(row[i].text, strlen(row[i].text)) != row[i].secret)
			fail_msg("'%s'", row[i].text);
		(void)rc_parse(&rc, "rc", row[i].text, strlen(row[i].text),
			       &test_host, &e);
		if (strncmp(row[i].text, "eval", 4) != 0 &&
		    rc.has_secret != row[i].secret)
			fail_msg("'%s'", row[i].text);
		rc_clear(&rc);
	}
	/* what a command printed does not lie in the file */
	struct rc rc = RC_INIT;

	parse(&rc, "rc", "eval pw\n");
	assert_false(rc.has_secret);
	rc_clear(&rc);
	parse(&rc, "rc", "eval inc\ninclude secret\n");
	assert_true(rc.has_secret);
	rc_clear(&rc);
}

/* Lines up to the ceiling, files of junk. */
static void test_sizes(void **state)
{
	struct err e = ERR_INIT;
	struct rc rc = RC_INIT;
	char *text = xmalloc(1u << 20);
	size_t n = (size_t)sprintf(text, "# x\nuser ");

	(void)state;
	memset(text + n, 'u', RC_LINE_MAX - 5);
	n += RC_LINE_MAX - 5;
	assert_int_equal(rc_parse(&rc, "rc", text, n, &test_host, &e), 0);
	assert_int_equal(strlen(rc.account[0]->user), RC_LINE_MAX - 5);
	rc_clear(&rc);
	text[n++] = 'u';
	assert_int_equal(rc_parse(&rc, "rc", text, n, &test_host, &e), -1);
	assert_non_null(strstr(e.text, "rc:2: longer than 65536 bytes"));
	rc_clear(&rc);
	for (size_t i = 0; i < 1u << 20; i++)
		text[i] = (char)(i * 7919 >> 3);
	assert_int_equal(rc_parse(&rc, "rc", text, 1u << 20, &test_host, &e), -1);
	assert_memory_equal(e.text, "rc:1: ", 6);
	rc_clear(&rc);
	assert_int_equal(rc_parse(&rc, "rc", "host h\nuser \0x\n", 15,
				  &test_host, &e), -1);
	assert_string_equal(e.text, "rc:2: a NUL byte; is this a text file?");
	rc_clear(&rc);
	free(text);
}

/* Thousands of accounts, each inheriting: far from quadratic. */
static void test_many(void **state)
{
	struct buf b = BUF_INIT(RC_FILE_MAX);
	struct rc rc = RC_INIT;
	struct err e = ERR_INIT;
	char id[32];

	(void)state;
	buf_adds(&b, "account a0\nhost h\n");
	for (int i = 1; i < 20000; i++)
		buf_addf(&b, "account a%d : a%d\nuser u%d\n", i, i - 1, i);
	assert_false(b.full);
	assert_int_equal(rc_parse(&rc, "rc", b.p, b.len, &test_host, &e), 0);
	assert_int_equal(rc.n, 20000);
	for (int i = 0; i < 20000; i += 999) {
		snprintf(id, sizeof id, "a%d", i);
		assert_ptr_equal(rc_find(&rc, id), rc.account[i]);
		assert_string_equal(rc.account[i]->host.v[0], "h");
	}
	assert_string_equal(rc_closest(&rc, "a19999x"), "a19999");
	rc_clear(&rc);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_secret_not_told),
		cmocka_unit_test(test_secret_literal),
		cmocka_unit_test(test_origins),
		cmocka_unit_test(test_two_files),
		cmocka_unit_test(test_find_from),
		cmocka_unit_test(test_w30_the_users_account_comes_first),
		cmocka_unit_test(test_has_secret),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
