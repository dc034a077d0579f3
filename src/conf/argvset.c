#include "conf/argvset.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"

#define ENVID_MAX 100		/* RFC 3461 section 4.4 */
#define TAG_MAX 32
#define DAY 86400u
#define INTERVAL_MAX (30 * DAY)

static void replace(char **to, const char *value)
{
	free(*to);
	*to = xstrdup(value);
}

static int no_controls(const char *value, struct err *e)
{
	for (const char *p = value; *p != '\0'; p++)
		if (ascii_iscntrl(*p))
			return err_set(e, ERR_USAGE,
				       "a control character (%d) is not allowed",
				       *p);
	return 0;
}

static int set_from(struct argv_result *r, const char *value, struct err *e)
{
	size_t n = strlen(value);

	if (no_controls(value, e) < 0)
		return -1;
	free(r->from);
	r->from = n >= 2 && value[0] == '<' && value[n - 1] == '>' ?
		xmemdup0(value + 1, n - 2) : xstrdup(value);
	return 0;
}

static bool as_sendmail(const struct argv_result *r)
{
	return r->face != FACE_OSTLER && r->face != FACE_MSMTP;
}

/* Programs hand over '"Full Name"' and 'Name '. */
static char *plain_name(const char *value)
{
	size_t n;

	value += strspn(value, " \t");
	for (n = strlen(value); n > 0 && ascii_isblank(value[n - 1]); n--)
		;
	if (n >= 2 && value[0] == '"' && value[n - 1] == '"') {
		value++;
		n -= 2;
	}
	return xmemdup0(value, n);
}

int argv_setting(struct argv_result *r, const struct opt *o, const char *value,
		 const char *home, unsigned at, struct err *e)
{
	char *better = NULL;
	int ret;

	if (o->letter == 'f')
		return set_from(r, value, e);
	if (value != NULL && *value == '\0' &&
	    (o->where & OPT_VALUE_OPTIONAL) && o->type != OPT_AUTH)
		return err_set(e, ERR_USAGE, "a value is needed behind '='");
	if (as_sendmail(r) && o->letter == 'F') {
		better = plain_name(value);
	} else if (as_sendmail(r) && (o->letter == 'N' || o->letter == 'R')) {
		better = xstrdup(value);
		for (char *p = better; *p != '\0'; p++)
			*p = ascii_tolower(*p);
	}
	/* sendmail's word for it, on the command line only */
	if (o->letter == 'R' && strcmp(better != NULL ? better : value, "hdrs") == 0)
		replace(&better, "headers");
	ret = opt_set(&r->over, o, better != NULL ? better : value, home,
		      (struct origin){ NULL, at }, e);
	if (ret < 0 && e != NULL)
		e->kind = ERR_USAGE;
	free(better);
	return ret;
}

/* A mode of -b.  Init scripts ask for daemons, which we are not. */
static int set_mode(struct argv_result *r, struct argv_seen *seen,
		    const char *value, struct err *e)
{
	static const struct {
		const char *letter;
		enum mode mode;
	} modes[] = {
		{ "m", MODE_SEND }, { "s", MODE_BS }, { "p", MODE_BP },
		{ "P", MODE_BPCOUNT }, { "i", MODE_BI }, { "v", MODE_BV },
		{ "h", MODE_SILENT }, { "H", MODE_SILENT },
	};

	if (as_sendmail(r) && strcmp(value, "t") == 0) {
		seen->address_test = true;
		return 0;
	}
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		if (strcmp(modes[i].letter, value) != 0)
			continue;
		if (r->face == FACE_MSMTP && modes[i].mode != MODE_SEND)
			break;
		seen->mode = modes[i].mode;
		return 0;
	}
	if (*value == 'd' || *value == 'D' || *value == 'l')
		return err_set(e, ERR_USAGE, "mode '%s' asks for a daemon, "
			       "which this is not", value);
	return err_set(e, ERR_USAGE, "no such mode '%s'", value);
}

/* Times of -q: "30m", "1h30m", "15" (minutes), perhaps behind "p"; 0: none. */
static unsigned interval(const char *p)
{
	unsigned long total = 0;

	p += *p == 'p';
	while (*p != '\0') {
		unsigned long long n;
		size_t digits = strspn(p, "0123456789");

		if (!ascii_number(p, digits, INTERVAL_MAX, &n))
			return 0;
		p += digits;
		total += (unsigned long)n *
			(*p == 's' ? 1u : *p == 'h' ? 3600u : *p == 'd' ? DAY :
			 *p == 'w' ? 7 * DAY : 60u);
		if (total > INTERVAL_MAX ||
		    (*p != '\0' && strchr("smhdw", *p++) == NULL))
			return 0;
	}
	return (unsigned)total;
}

static void set_errmode(struct argv_result *r, char c)
{
	switch (c) {
	case 'p': r->errmode = ERRMODE_PRINT; break;
	case 'm': r->errmode = ERRMODE_MAIL; break;
	case 'w': r->errmode = ERRMODE_WRITE; break;
	case 'e': r->errmode = ERRMODE_BERKNET; break;
	case 'q': r->errmode = ERRMODE_QUIET; break;
	}
}

static void set_delivery(struct argv_result *r, char c)
{
	switch (c) {
	case 'i':
	case 'f': r->delivery = DELIVERY_NOW; break;
	case 'b': r->delivery = DELIVERY_BACKGROUND; break;
	case 'd':
	case 'q': r->delivery = DELIVERY_QUEUE; break;
	}
}

static void set_letter_option(struct argv_result *r, const char *value)
{
	switch (value[0]) {
	case 'e': set_errmode(r, value[1]); break;
	case 'd': set_delivery(r, value[1]); break;
	case 'v':
		if (as_sendmail(r))
			r->verbose = true;
		else
			r->debug = true;
		break;
	}
}

static void set_named_option(struct argv_result *r, const char *value)
{
	size_t n = strcspn(value, "=");
	const char *arg = value + n + (value[n] == '=');

	if (ascii_memcaseeq(value, n, "DeliveryMode"))
		set_delivery(r, ascii_tolower(*arg));
	else if (ascii_memcaseeq(value, n, "ErrorMode"))
		set_errmode(r, ascii_tolower(*arg));
}

static int set_envid(struct argv_result *r, const char *value, struct err *e)
{
	for (const char *p = value; *p != '\0'; p++)
		if (*p < 32 || *p > 126)
			return err_set(e, ERR_USAGE,
				       "'%s' is not printable ASCII", value);
	if (strlen(value) > ENVID_MAX)
		return err_set(e, ERR_USAGE, "longer than %d bytes", ENVID_MAX);
	replace(&r->envid, value);
	return 0;
}

static void set_tag(struct argv_result *r, const char *value)
{
	char tag[TAG_MAX + 1];

	ascii_printable_copy(tag, sizeof tag, value, strlen(value));
	replace(&r->syslog_tag, tag);
}

static int set_checked(char **to, const char *value, struct err *e)
{
	if (no_controls(value, e) < 0)
		return -1;
	replace(to, value);
	return 0;
}

/* "-d0.1" asks for the version wherever a sendmail may stand. */
static bool asks_version(const char *level)
{
	return level != NULL && strcmp(level, "0.1") == 0;
}

static void set_flag(struct argv_result *r, struct argv_seen *seen,
		     enum cli_id id, const char *value)
{
	switch (id) {
	case CLI_READ_RECIPIENTS: r->read_recipients = true; break;
	case CLI_READ_ENVELOPE_FROM: r->read_envelope_from = true; break;
	case CLI_PRETEND: r->pretend = true; break;
	case CLI_VERBOSE: r->verbose = true; break;
	case CLI_SHOW_SECRETS: r->show_secrets = true; break;
	case CLI_SERVERINFO: seen->serverinfo = true; break;
	case CLI_PRINT_CONFIG: seen->print_config = true; break;
	case CLI_JSON: r->json = true; break;
	case CLI_LMTP: r->lmtp = true; break;
	case CLI_VERSION: r->version = true; break;
	case CLI_HELP: r->help = true; break;
	case CLI_ALIASES: seen->mode = MODE_BI; break;
	case CLI_PROBE:
	case CLI_DEBUG:
		if (asks_version(value))
			r->version = true;
		else if (id == CLI_DEBUG)
			r->debug = true;
		break;
	default:
		break;
	}
}

int argv_option(struct argv_result *r, struct argv_seen *seen,
		const struct cliopt *c, const char *value, struct err *e)
{
	switch (c->id) {
	case CLI_ACCOUNT: replace(&r->account, value); break;
	case CLI_FILE: replace(&r->rcfile, value); break;
	case CLI_FROM: return set_from(r, value, e);
	case CLI_RMQS:
		seen->rmqs = true;
		if (value[0] == '\0')
			return err_set(e, ERR_USAGE, "a value is needed");
		return set_checked(&r->rmqs, value, e);
	case CLI_CONFIGURE: return set_checked(&r->configure, value, e);
	case CLI_MODE: return set_mode(r, seen, value, e);
	case CLI_QUEUE:
		seen->mode = MODE_QUEUE;
		replace(&r->queue_run, value == NULL ? "" : value);
		r->queue_interval = interval(r->queue_run);
		/* sendmail takes whatever stands there */
		if (r->face == FACE_OSTLER && ascii_isdigit(r->queue_run[0]) &&
		    r->queue_interval == 0)
			return err_set(e, ERR_USAGE, "'%s' is no time such as "
				       "30s, 15m or 2h, up to 30d", value);
		break;
	case CLI_OPTION: set_letter_option(r, value); break;
	case CLI_LONG_OPTION: set_named_option(r, value); break;
	case CLI_ERRMODE: set_errmode(r, *value); break;
	case CLI_ENVID: return set_envid(r, value, e);
	case CLI_TAG: set_tag(r, value); break;
	default:
		set_flag(r, seen, c->id, value);
	}
	return 0;
}
