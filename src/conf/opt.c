/* The table itself, and how rows are found.  optset.c has what they do. */
#include "conf/opt.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "conf/check.h"
#include "text/envelope.h"

static const struct opt_word on_off[] = {
	{ "on", ON }, { "off", OFF }, { NULL, 0 }
};
static const struct opt_word off_on[] = {	/* a row that says the reverse */
	{ "on", OFF }, { "off", ON }, { NULL, 0 }
};
static const struct opt_word auto_on_off[] = {
	{ "auto", AUTO }, { "on", ON }, { "off", OFF }, { NULL, 0 }
};
static const struct opt_word auto_off[] = {
	{ "auto", AUTO }, { "off", OFF }, { NULL, 0 }
};
static const struct opt_word on_means_auto[] = {
	{ "on", AUTO }, { "off", OFF }, { NULL, 0 }
};
static const struct opt_word only_off[] = { { "off", OFF }, { NULL, 0 } };
static const struct opt_word off_is_zero[] = { { "off", 0 }, { NULL, 0 } };
static const struct opt_word protocols[] = {
	{ "smtp", PROTO_SMTP }, { "lmtp", PROTO_LMTP }, { NULL, 0 }
};
static const struct opt_word auth_words[] = {
	{ "off", AUTH_OFF }, { "on", AUTH_AUTO },
	{ "scram-sha-256-plus", AUTH_MECH }, { "scram-sha-1-plus", AUTH_MECH },
	{ "scram-sha-256", AUTH_MECH }, { "scram-sha-1", AUTH_MECH },
	{ "plain", AUTH_MECH }, { "gssapi", AUTH_MECH },
	{ "external", AUTH_MECH }, { "oauthbearer", AUTH_MECH },
	{ "cram-md5", AUTH_MECH }, { "digest-md5", AUTH_MECH },
	{ "login", AUTH_MECH }, { "ntlm", AUTH_MECH },
	{ "xoauth2", AUTH_MECH }, { NULL, 0 }
};
static const struct opt_word notify_words[] = {
	{ "off", 0 }, { "never", DSN_NEVER }, { "failure", DSN_FAILURE },
	{ "delay", DSN_DELAY }, { "success", DSN_SUCCESS }, { NULL, 0 }
};
static const struct opt_word ret_words[] = {
	{ "off", DSN_RET_NONE }, { "headers", DSN_RET_HDRS },
	{ "full", DSN_RET_FULL }, { NULL, 0 }
};
static const struct opt_word to_words[] = {
	{ "off", TO_OFF }, { "on", TO_ON },
	{ "undisclosed_recipients", TO_UNDISCLOSED }, { NULL, 0 }
};
static const struct opt_word undisclosed_words[] = {
	{ "on", TO_UNDISCLOSED }, { "off", TO_OFF }, { NULL, 0 }
};
static const struct opt_word syslog_words[] = {
	{ "off", -1 }, { "LOG_USER", LOG_USER }, { "on", LOG_USER },
	{ "LOG_MAIL", LOG_MAIL }, { "LOG_LOCAL0", LOG_LOCAL0 },
	{ "LOG_LOCAL1", LOG_LOCAL1 }, { "LOG_LOCAL2", LOG_LOCAL2 },
	{ "LOG_LOCAL3", LOG_LOCAL3 }, { "LOG_LOCAL4", LOG_LOCAL4 },
	{ "LOG_LOCAL5", LOG_LOCAL5 }, { "LOG_LOCAL6", LOG_LOCAL6 },
	{ "LOG_LOCAL7", LOG_LOCAL7 }, { NULL, 0 }
};
static const struct opt_word pipe_words[] = {
	{ "auto", PIPE_AUTO }, { "off", PIPE_OFF }, { "full", PIPE_FULL },
	{ NULL, 0 }
};
static const struct opt_word eightbit_words[] = {
	{ "pass", EIGHTBIT_PASS }, { "convert", EIGHTBIT_CONVERT },
	{ "refuse", EIGHTBIT_REFUSE }, { NULL, 0 }
};
static const struct opt_word queue_words[] = {
	{ "auto", QUEUE_AUTO }, { "on", QUEUE_ON }, { "off", QUEUE_OFF },
	{ "only", QUEUE_ONLY }, { NULL, 0 }
};
static const struct opt_word sender_words[] = {
	{ "keep", SENDER_KEEP }, { "fix", SENDER_FIX },
	{ "force", SENDER_FORCE }, { NULL, 0 }
};

#define YEARS10 315360000L	/* seconds; what "for ever" fits in */

/* The offset of a field, refused by the compiler when its type is not TYPE. */
#define FIELD(f, type) (offsetof(struct account, f) + 0 * sizeof(char[	\
	_Generic(&((struct account *)0)->f, type *: 1)]))
#define NO_FIELD ((size_t)-1)

#define ANY (OPT_RC | OPT_LONG)
#define OPT ANY | OPT_VALUE_OPTIONAL
#define OLD ANY | OPT_OBSOLETE

#define TEXT(k, c, w, f, d, em, chk, a, h) { .key = k, .letter = c,	\
	.type = OPT_TEXT, .where = w, .field = FIELD(f, char *), .def = d, \
	.empty = em, .check = chk, .arg = a, .help = h }
#define PATH(k, c, w, f, d, h) { .key = k, .letter = c,			\
	.type = OPT_PATH, .where = w, .field = FIELD(f, char *), .def = d, \
	.empty = EMPTY_UNSET, .arg = "FILE", .help = h }
#define SECRET(k, w, f, h) { .key = k, .type = OPT_SECRET,		\
	.where = w | OPT_LITERAL, .field = FIELD(f, struct secret),	\
	.empty = EMPTY_UNSET, .arg = "SECRET", .help = h }
#define NUM(k, w, f, lo, hi, d, em, h) { .key = k, .type = OPT_NUM,	\
	.where = w, .field = FIELD(f, int), .min = lo, .max = hi, .def = d, \
	.empty = em, .arg = "N", .help = h }
#define TIME(k, w, f, lo, hi, off, d, h) { .key = k, .type = OPT_DURATION, \
	.where = w, .field = FIELD(f, int), .min = lo, .max = hi,	\
	.words = off, .def = d, .empty = EMPTY_ERROR, .arg = "TIME", .help = h }
#define CHOICE(k, c, w, f, ws, d, em, b, h) { .key = k, .letter = c,	\
	.type = OPT_CHOICE, .where = w, .field = FIELD(f, int),	\
	.words = ws, .def = d, .empty = em, .bare = b, .arg = "WORD", .help = h }
#define ALIAS(k, w, f, ws, b, o, h) { .key = k, .type = OPT_CHOICE,	\
	.where = w, .field = FIELD(f, int), .words = ws,		\
	.empty = EMPTY_WORD, .bare = b, .of = o, .arg = "WORD", .help = h }
#define COMMAND(k, w, em, a, h) { .key = k, .type = OPT_COMMAND,	\
	.where = OPT_RC | OPT_LITERAL | w, .field = NO_FIELD, .empty = em, \
	.arg = a, .help = h }

const struct opt opts[] = {
	COMMAND("account", 0, EMPTY_ERROR, "NAME[:NAME,...]",
		"begin an account, with the settings of others"),
	COMMAND("defaults", OPT_NOARG, EMPTY_DEFAULT, NULL,
		"begin settings for the accounts that follow"),
	COMMAND("eval", 0, EMPTY_ERROR, "COMMAND",
		"read the line that a shell command prints"),
	COMMAND("include", OPT_OWN, EMPTY_ERROR, "PATTERN",
		"read other files in place"),

	{ .key = "host", .type = OPT_LIST, .where = ANY,
	  .field = FIELD(host, struct strv), .empty = EMPTY_ERROR,
	  .check = check_host, .arg = "HOST...",
	  .help = "relay to connect to; several are tried in turn" },
	NUM("port", ANY, port, 1, 65535, NULL, EMPTY_ERROR,
	    "port of the relay"),
	TEXT("socket", 0, ANY, socket, NULL, EMPTY_UNSET, NULL,
	     "PATH", "local socket to connect to instead"),
	TEXT("source_ip", 0, ANY, source_ip, NULL, EMPTY_UNSET, check_ip,
	     "IP", "address to connect from"),
	TEXT("proxy_host", 0, ANY, proxy_host, NULL, EMPTY_UNSET, check_one_host,
	     "HOST", "SOCKS5 proxy to connect through"),
	NUM("proxy_port", ANY, proxy_port, 1, 65535, NULL, EMPTY_DEFAULT,
	    "port of the proxy"),
	TEXT("proxy_user", 0, ANY | OPT_OWN, proxy_user, NULL, EMPTY_UNSET, NULL,
	     "NAME", "name to log in at the proxy with"),
	SECRET("proxy_password", OPT_RC | OPT_OWN, proxy_password,
	       "password to log in at the proxy with"),
	TIME("timeout", ANY, timeout, 1, YEARS10, off_is_zero, "300",
	     "longest wait for the relay, each time"),
	{ .key = "connect_timeout", .type = OPT_DURATION, .where = OLD,
	  .field = FIELD(timeout, int), .min = 1, .max = YEARS10,
	  .words = off_is_zero, .empty = EMPTY_ERROR, .of = "timeout",
	  .arg = "TIME", .help = "old name of timeout" },
	TIME("deadline", ANY | OPT_OWN, deadline, 1, YEARS10, NULL, "1h",
	     "longest time for a whole delivery"),
	CHOICE("protocol", 0, ANY, protocol, protocols, "smtp", EMPTY_ERROR,
	       NULL, "protocol that the relay speaks"),
	TEXT("domain", 0, ANY, domain, "localhost", EMPTY_DEFAULT, check_word,
	     "NAME", "name to greet the relay with"),

	TEXT("from", 'f', ANY, from, NULL, EMPTY_TEXT, check_from,
	     "ADDRESS", "envelope sender"),
	TEXT("from_full_name", 'F', OPT_RC, from_full_name, NULL, EMPTY_TEXT,
	     NULL, "NAME", "full name for a From header that is added"),
	CHOICE("allow_from_override", 0, OPT_RC, allow_from_override, on_off,
	       "on", EMPTY_ERROR, NULL, "may -f change the envelope sender?"),

	{ .key = "auth", .type = OPT_AUTH, .where = OPT,
	  .field = FIELD(auth, int), .words = auth_words, .def = "off",
	  .empty = EMPTY_WORD, .bare = "on", .arg = "METHOD",
	  .help = "log in, by the best method or by this one" },
	CHOICE("auth_cleartext", 0, OPT | OPT_OWN, auth_cleartext, on_off, "off",
	       EMPTY_WORD, "on", "allow passwords and tokens without TLS"),
	TEXT("user", 0, ANY, user, NULL, EMPTY_UNSET, NULL,
	     "NAME", "name to log in with"),
	SECRET("password", OPT_RC, password, "password to log in with"),
	TEXT("passwordeval", 0, ANY | OPT_LITERAL, passwordeval, NULL,
	     EMPTY_UNSET, NULL, "COMMAND", "shell command that prints the password"),
	PATH("passwordfile", 0, ANY | OPT_OWN, passwordfile, NULL,
	     "file whose first line is the password"),
	TEXT("ntlmdomain", 0, OPT_RC, ntlmdomain, NULL, EMPTY_UNSET, NULL,
	     "NAME", "domain for NTLM, realm for DIGEST-MD5"),

	CHOICE("tls", 0, OPT, tls, on_off, "off", EMPTY_WORD, "on",
	       "encrypt the connection"),
	CHOICE("tls_starttls", 0, OPT, tls_starttls, on_off, "on", EMPTY_WORD,
	       "on", "begin TLS by STARTTLS, not at once"),
	CHOICE("tls_certcheck", 0, OPT, tls_certcheck, on_off, "on", EMPTY_WORD,
	       "on", "verify the relay's certificate"),
	PATH("tls_trust_file", 0, ANY, tls_trust_file, "system",
	     "authorities to trust, or 'system'"),
	PATH("tls_crl_file", 0, ANY, tls_crl_file, NULL,
	     "list of revoked certificates"),
	{ .key = "tls_fingerprint", .type = OPT_PINS, .where = ANY,
	  .field = FIELD(tls_fingerprint, char *), .empty = EMPTY_UNSET,
	  .arg = "HEX[,HEX...]", .help = "fingerprint of the one right certificate" },
	PATH("tls_key_file", 0, ANY, tls_key_file, NULL,
	     "key of our own certificate"),
	PATH("tls_cert_file", 0, ANY, tls_cert_file, NULL,
	     "our own certificate"),
	TEXT("tls_priorities", 0, ANY, tls_priorities, NULL, EMPTY_UNSET, NULL,
	     "STRING", "GnuTLS priority string"),
	TEXT("tls_host_override", 0, ANY, tls_host_override, NULL, EMPTY_UNSET,
	     check_word, "NAME", "name that the certificate must bear"),
	NUM("tls_min_dh_prime_bits", ANY, tls_min_dh_prime_bits, 1, INT_MAX,
	    NULL, EMPTY_DEFAULT, "smallest Diffie-Hellman prime accepted"),
	CHOICE("tls_resumption", 0, ANY | OPT_OWN, tls_resumption, on_off, "on",
	       EMPTY_ERROR, NULL, "take TLS sessions up again"),

	{ .key = "dsn_notify", .letter = 'N', .type = OPT_SET, .where = ANY,
	  .field = FIELD(dsn_notify, unsigned), .words = notify_words,
	  .def = "off", .empty = EMPTY_ERROR, .arg = "COND",
	  .help = "when to be told about the delivery" },
	CHOICE("dsn_return", 'R', ANY, dsn_return, ret_words, "off",
	       EMPTY_ERROR, NULL, "how much of the mail a notice returns"),
	CHOICE("set_from_header", 0, OPT, set_from_header, auto_on_off, "auto",
	       EMPTY_WORD, "auto", "add or replace the From header"),
	CHOICE("set_date_header", 0, OPT, set_date_header, auto_off, "auto",
	       EMPTY_WORD, "auto", "add a missing Date header"),
	CHOICE("set_msgid_header", 0, OPT, set_msgid_header, auto_off, "auto",
	       EMPTY_WORD, "auto", "add a missing Message-ID header"),
	CHOICE("set_to_header", 0, OPT, set_to_header, to_words, "off",
	       EMPTY_WORD, "on", "replace the To, Cc and Bcc headers"),
	CHOICE("remove_bcc_headers", 0, OPT, remove_bcc_headers, on_off, "on",
	       EMPTY_WORD, "on", "remove the Bcc headers"),

	PATH("logfile", 'X', ANY, logfile, NULL,
	     "file to log to, or '-' for standard output"),
	TEXT("logfile_time_format", 0, ANY | OPT_LITERAL, logfile_time_format,
	     "%b %d %H:%M:%S", EMPTY_DEFAULT, NULL, "FORMAT",
	     "time of a log line for strftime(3), or 'none'"),
	CHOICE("syslog", 0, OPT, syslog, syslog_words, "off", EMPTY_WORD, "on",
	       "log to the system's log"),
	PATH("aliases", 0, ANY, aliases, NULL, "file of recipients' other names"),

	CHOICE("pipelining", 0, ANY | OPT_OWN, pipelining, pipe_words, "auto",
	       EMPTY_ERROR, NULL, "send commands before replies are there"),
	CHOICE("chunking", 0, ANY | OPT_OWN, chunking, auto_off, "auto",
	       EMPTY_ERROR, NULL, "send the message by BDAT where offered"),
	CHOICE("eightbit", 0, ANY | OPT_OWN, eightbit, eightbit_words, "convert",
	       EMPTY_ERROR, NULL, "8-bit mail and a relay that takes 7 bits"),
	CHOICE("queue", 0, ANY | OPT_OWN, queue, queue_words, "auto",
	       EMPTY_ERROR, NULL, "keep mail that cannot be sent now"),
	PATH("queue_dir", 0, ANY | OPT_OWN, queue_dir, NULL,
	     "directory of the queue"),
	TEXT("retry", 0, ANY | OPT_OWN, retry, "1m*2..2h", EMPTY_DEFAULT,
	     check_schedule, "SCHEDULE", "when queued mail is tried again"),
	TIME("queue_lifetime", ANY | OPT_OWN, queue_lifetime, 60, YEARS10, NULL,
	     "5d", "when queued mail is given back"),
	TIME("queue_warn", ANY | OPT_OWN, queue_warn, 60, YEARS10, off_is_zero,
	     "4h", "when the sender is told of a delay"),
	CHOICE("sender", 0, ANY | OPT_OWN, sender, sender_words, "keep",
	       EMPTY_ERROR, NULL, "rewrite senders that the relay would refuse"),
	TEXT("qualify_domain", 0, ANY | OPT_OWN, qualify_domain, NULL,
	     EMPTY_UNSET, check_word, "NAME", "domain for names without one"),
	CHOICE("partial", 0, ANY | OPT_OWN, partial, auto_on_off, "auto",
	       EMPTY_ERROR, NULL, "send though some recipients were refused"),
	PATH("bs_auth", 0, ANY | OPT_OWN, bs_auth, NULL,
	     "logins that clients of -bs must use"),

	CHOICE("auto_from", 0, OPT | OPT_OBSOLETE, auto_from, on_off, "off",
	       EMPTY_WORD, "on", "make the envelope sender of the user's name"),
	TEXT("maildomain", 0, OLD, maildomain, NULL, EMPTY_UNSET, check_word,
	     "NAME", "domain for auto_from"),
	ALIAS("keepbcc", OPT | OPT_OBSOLETE, remove_bcc_headers, off_on, "on",
	      "remove_bcc_headers", "reverse of remove_bcc_headers"),
	ALIAS("add_missing_from_header", OPT | OPT_OBSOLETE, set_from_header,
	      on_means_auto, "on", "set_from_header", "see set_from_header"),
	ALIAS("add_missing_date_header", OPT | OPT_OBSOLETE, set_date_header,
	      on_means_auto, "on", "set_date_header", "see set_date_header"),
	ALIAS("undisclosed_recipients", OPT | OPT_OBSOLETE, set_to_header,
	      undisclosed_words, "on", "set_to_header", "see set_to_header"),
	ALIAS("tls_nocertcheck", OPT_RC | OPT_OBSOLETE | OPT_NOARG,
	      tls_certcheck, only_off, "off", "tls_certcheck",
	      "tls_certcheck off"),
	ALIAS("tls_nostarttls", OPT_RC | OPT_OBSOLETE | OPT_NOARG,
	      tls_starttls, only_off, "off", "tls_starttls",
	      "tls_starttls off"),
	{ .key = "tls_force_sslv3", .type = OPT_NOTHING,
	  .where = OPT | OPT_OBSOLETE, .field = NO_FIELD, .empty = EMPTY_WORD,
	  .bare = "on", .arg = "WORD", .help = "accepted, does nothing" },
};

const size_t opts_n = sizeof opts / sizeof opts[0];

_Static_assert(sizeof opts / sizeof opts[0] <= ACCOUNT_OPTS, "ACCOUNT_OPTS");

const struct opt *opt_by_key(const char *key)
{
	for (size_t i = 0; i < opts_n; i++)
		if ((opts[i].where & OPT_RC) && strcmp(opts[i].key, key) == 0)
			return &opts[i];
	return NULL;
}

void opt_long_name(const struct opt *o, char out[OPT_NAME_MAX])
{
	size_t i;

	for (i = 0; o->key[i] != '\0' && i < OPT_NAME_MAX - 1; i++)
		out[i] = o->key[i] == '_' ? '-' : o->key[i];
	out[i] = '\0';
}

const struct opt *opt_by_long(const char *name)
{
	char have[OPT_NAME_MAX];

	for (size_t i = 0; i < opts_n; i++) {
		opt_long_name(&opts[i], have);
		if ((opts[i].where & OPT_LONG) && strcmp(have, name) == 0)
			return &opts[i];
	}
	return NULL;
}

const struct opt *opt_by_letter(char c)
{
	for (size_t i = 0; c != 0 && i < opts_n; i++)
		if (opts[i].letter == c)
			return &opts[i];
	return NULL;
}

size_t opt_index(const struct opt *o)
{
	return (size_t)((o->of == NULL ? o : opt_by_key(o->of)) - opts);
}

const char *opt_closest_key(const char *key)
{
	const char *keys[ACCOUNT_OPTS], *found;
	char *plain = xstrdup(key);
	size_t n = 0;

	/* What people bring along: --long-names, capitals, "key=value". */
	plain[strcspn(plain, "=:")] = '\0';
	for (char *p = plain; *p != '\0'; p++)
		*p = *p == '-' ? '_' : ascii_tolower(*p);
	for (size_t i = 0; i < opts_n; i++)
		if (opts[i].where & OPT_RC)
			keys[n++] = opts[i].key;
	found = ascii_closest(plain + strspn(plain, "_"), keys, n);
	free(plain);
	return found;
}
