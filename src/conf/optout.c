#include "conf/optout.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/base64.h"
#include "conf/cli.h"
#include "conf/pins.h"
#include "conf/value.h"
#include "text/envelope.h"

#define AT(a, o, T) (*(const T *)(const void *)((const char *)(a) + (o)->field))
#define UNSET "(not set)"

static const char *word_for(const struct opt *o, int value)
{
	for (const struct opt_word *w = o->words; w != NULL && w->word != NULL; w++)
		if (w->value == value)
			return w->word;
	return NULL;
}

/* The words of a set in the table's order; of the empty set its own word. */
static void set_words(const struct opt *o, unsigned set, struct buf *out)
{
	const char *comma = "";

	if (set == 0)
		buf_adds(out, word_for(o, 0));
	for (const struct opt_word *w = o->words; w->word != NULL; w++) {
		if (w->value == 0 || !(set & (unsigned)w->value))
			continue;
		buf_addf(out, "%s%s", comma, w->word);
		comma = ",";
	}
}

static void number(const struct opt *o, int value, struct buf *out)
{
	const char *word = word_for(o, value);

	if (word != NULL)
		buf_adds(out, word);
	else if (value == 0 && o->min > 0)
		return;		/* not set */
	else if (o->type == OPT_DURATION && (o->where & OPT_OWN))
		value_duration_print(value, out);
	else
		buf_addf(out, "%d", value);
}

static void auth_words(const struct account *a, const struct opt *o,
		       struct buf *out)
{
	if (a->auth != AUTH_MECH) {
		buf_adds(out, word_for(o, a->auth));
		return;
	}
	for (const char *p = a->auth_mech; *p != '\0'; p++)
		buf_addc(out, ascii_tolower(*p));
}

void optout_value(const struct account *a, const struct opt *o,
		  struct buf *out)
{
	switch (o->type) {
	case OPT_TEXT:
	case OPT_PATH:
	case OPT_PINS:
		if (AT(a, o, char *) != NULL)
			buf_adds(out, AT(a, o, char *));
		break;
	case OPT_SECRET:
		if (secret_isset(&AT(a, o, struct secret)))
			buf_addc(out, '*');
		break;
	case OPT_NUM:
	case OPT_DURATION:
		number(o, AT(a, o, int), out);
		break;
	case OPT_CHOICE:
		buf_adds(out, word_for(o, AT(a, o, int)));
		break;
	case OPT_SET:
		set_words(o, AT(a, o, unsigned), out);
		break;
	case OPT_AUTH:
		auth_words(a, o, out);
		break;
	case OPT_LIST:
		for (size_t i = 0; i < AT(a, o, struct strv).n; i++)
			buf_addf(out, "%s%s", i == 0 ? "" : " ",
				 AT(a, o, struct strv).v[i]);
		break;
	case OPT_NOTHING:
	case OPT_COMMAND:
		break;
	}
}

static void upper(struct buf *b, size_t from)
{
	for (size_t i = from; i < b->len; i++)
		b->p[i] = ascii_toupper(b->p[i]);
}

/* A row in the words of msmtp --pretend, which are not always the file's. */
static void pretend_value(const struct account *a, const struct opt *o,
			  struct buf *out)
{
	const char *key = o->key;
	struct pin pin[PINS_MAX];
	size_t from = out->len, n;

	if (strcmp(key, "port") == 0) {
		buf_addf(out, "%d", account_port(a));
	} else if (strcmp(key, "proxy_port") == 0) {
		buf_addf(out, "%d", account_proxy_port(a));
	} else if (strcmp(key, "timeout") == 0) {
		if (a->timeout == 0)
			buf_adds(out, "off");
		else
			buf_addf(out, "%d second%s", a->timeout,
				 a->timeout == 1 ? "" : "s");
	} else if (strcmp(key, "auth") == 0) {
		buf_adds(out, a->auth == AUTH_OFF ? "none" :
			 a->auth == AUTH_AUTO ? "choose" : a->auth_mech);
	} else if (o->type == OPT_PINS && a->tls_fingerprint != NULL &&
		   pins_parse(a->tls_fingerprint, pin, &n, NULL) == 0) {
		for (size_t i = 0; i < n; i++) {
			buf_adds(out, i == 0 ? "" : ",");
			pin_print(&pin[i], out);
		}
	} else if (strcmp(key, "dsn_notify") == 0 && a->dsn_notify != 0) {
		optout_value(a, o, out);
		upper(out, from);
	} else if (strcmp(key, "dsn_return") == 0 && a->dsn_return != 0) {
		buf_adds(out, a->dsn_return == DSN_RET_HDRS ? "HDRS" : "FULL");
	} else if (strcmp(key, "dsn_notify") == 0 ||
		   strcmp(key, "dsn_return") == 0 ||
		   (strcmp(key, "syslog") == 0 && a->syslog == -1) ||
		   (strcmp(key, "logfile_time_format") == 0 &&
		    strcmp(a->logfile_time_format, o->def) == 0) ||
		   ((o->type == OPT_TEXT || o->type == OPT_PATH ||
		     o->type == OPT_PINS) && AT(a, o, char *) == NULL)) {
		buf_adds(out, UNSET);
	} else {
		optout_value(a, o, out);
		if (out->len == from && o->type != OPT_TEXT)
			buf_adds(out, UNSET);
	}
}

void optout_pretend(const struct account *a, bool sendmail_mode,
		    struct buf *out)
{
	static const char *const order[] = {
		"host", "port", "source_ip", "proxy_host", "proxy_port",
		"socket", "timeout", "protocol", "domain", "auth", "user",
		"password", "passwordeval", "ntlmdomain", "tls",
		"tls_starttls", "tls_trust_file", "tls_crl_file",
		"tls_fingerprint", "tls_key_file", "tls_cert_file",
		"tls_certcheck", "tls_min_dh_prime_bits", "tls_priorities",
		"tls_host_override",
		/* sendmail mode: */
		"auto_from", "maildomain", "from", "from_full_name",
		"allow_from_override", "set_from_header", "set_date_header",
		"set_msgid_header", "set_to_header", "remove_bcc_headers",
		"dsn_notify", "dsn_return", "logfile", "logfile_time_format",
		"syslog", "aliases",
	};
	const size_t all = sizeof order / sizeof order[0];
	struct buf value = BUF_INIT(2 * SECRET_MAX);

	for (size_t i = 0; i < all; i++) {
		const struct opt *o = opt_by_key(order[i]);
		bool spaced = i >= 2 && i <= 4;	/* three keys have a blank */

		if (!sendmail_mode && strcmp(o->key, "auto_from") == 0)
			break;
		for (const char *p = o->key; *p != '\0'; p++)
			buf_addc(out, spaced && *p == '_' ? ' ' : *p);
		buf_adds(out, " = ");
		buf_clear(&value);
		pretend_value(a, o, &value);
		ascii_printable(out, buf_str(&value), value.len);
		buf_addc(out, '\n');
	}
	buf_free(&value);
}

static void origin(const struct origin *at, struct buf *out)
{
	if (at->file == NULL)
		buf_adds(out, "# command line\n");
	else
		buf_addf(out, "# %s:%u\n", at->file, at->line);
}

/* An argument that begins or ends with a blank or '"' needs quotes. */
static bool needs_quotes(const char *p)
{
	size_t n = strlen(p);

	return n == 0 || ascii_isblank(p[0]) || ascii_isblank(p[n - 1]) ||
		(n >= 2 && p[0] == '"' && p[n - 1] == '"');
}

/* As the parser undoes it: "${" must not become a variable. */
static void escaped(const char *p, struct buf *out)
{
	for (; *p != '\0'; p++) {
		if (strncmp(p, "${", 2) == 0)
			buf_addc(out, '$');
		buf_addc(out, *p);
	}
}

static void config_row(const struct account *a, const struct opt *o,
		       struct buf *out)
{
	struct buf value = BUF_INIT(2 * SECRET_MAX);
	const char *quote;

	origin(&a->origin[opt_index(o)], out);
	optout_value(a, o, &value);
	quote = needs_quotes(buf_str(&value)) ? "\"" : "";
	if (o->type == OPT_SECRET)
		buf_addf(out, "# %s is set\n", o->key);
	else if (value.len == 0 && o->empty == EMPTY_DEFAULT)
		buf_addf(out, "%s\n", o->key);
	else {
		buf_addf(out, "%s %s", o->key, quote);
		if (o->where & OPT_LITERAL)
			buf_adds(out, buf_str(&value));
		else
			escaped(buf_str(&value), out);
		buf_addf(out, "%s\n", quote);
	}
	buf_free(&value);
}

void optout_print_config(const struct account *a, struct buf *out)
{
	if (a->begun.line > 0)
		origin(&a->begun, out);
	if (*a->id != '\0') {
		const char *quote = needs_quotes(a->id) ? "\"" : "";

		buf_addf(out, "account %s%s%s\n", quote, a->id, quote);
	}
	for (size_t i = 0; i < opts_n; i++)
		if (account_isset(a, i) && opts[i].type != OPT_NOTHING)
			config_row(a, &opts[i], out);
}

/* One line of --help: "  -X, --logfile=FILE   file to log to". */
static void help_line(struct buf *out, char letter, const char *name,
		      const char *eq, const char *arg, const char *close,
		      const char *help)
{
	struct buf left = BUF_INIT(256);

	if (letter != 0)
		buf_addf(&left, "  -%c", letter);
	else
		buf_adds(&left, "    ");
	if (name != NULL)
		buf_addf(&left, "%s --%s", letter != 0 ? "," : " ", name);
	if (arg != NULL)
		buf_addf(&left, "%s%s%s", eq, arg, close);
	if (left.len > OPTOUT_HELP_COLUMN)
		buf_addf(out, "%s\n%-*s  %s\n", buf_str(&left),
			 OPTOUT_HELP_COLUMN, "", help);
	else
		buf_addf(out, "%-*s  %s\n", OPTOUT_HELP_COLUMN, buf_str(&left),
			 help);
	buf_free(&left);
}

/* What a row's value looks like: the words themselves when they are few. */
static const char *metavar(const struct opt *o, char *out, size_t size)
{
	size_t n = 0;

	if (o->type != OPT_CHOICE)
		return o->arg;
	for (const struct opt_word *w = o->words; w->word != NULL; w++) {
		n += (size_t)snprintf(out + n, size - n, "%s%s",
				      n > 0 ? "|" : "", w->word);
		if (n >= size)
			return o->arg;
	}
	return out;
}

void optout_help(struct buf *out)
{
	char name[OPT_NAME_MAX];

	for (size_t i = 0; i < opts_n; i++) {
		const struct opt *o = &opts[i];
		bool maybe = o->where & OPT_VALUE_OPTIONAL;
		char words[OPTOUT_HELP_COLUMN];
		const char *arg = metavar(o, words, sizeof words);

		if ((o->where & OPT_OBSOLETE) ||
		    (!(o->where & OPT_LONG) && o->letter == 0))
			continue;
		opt_long_name(o, name);
		if (o->where & OPT_LONG)
			help_line(out, o->letter, name, maybe ? "[=" : "=",
				  arg, maybe ? "]" : "", o->help);
		else
			help_line(out, o->letter, NULL, " ", arg, "", o->help);
	}
}

void optout_cli_help(unsigned face, struct buf *out)
{
	for (size_t i = 0; i < cliopts_n; i++) {
		const struct cliopt *c = &cliopts[i];
		bool maybe = c->arg == CLI_OPTIONAL;

		if (!(c->faces & face) || c->help == NULL)
			continue;
		if (c->name != NULL)
			help_line(out, c->letter, c->name, maybe ? "[=" : "=",
				  c->metavar, maybe ? "]" : "", c->help);
		else
			help_line(out, c->letter, NULL, maybe ? "[" : " ",
				  c->metavar, maybe ? "]" : "", c->help);
	}
}
