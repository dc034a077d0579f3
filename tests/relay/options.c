/* The command line of the relay; what each option does stands in relay.c. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "relay.h"

struct conf conf;

static const char *const caps[CAP_COUNT] = {
	[CAP_PIPELINING] = "PIPELINING", [CAP_CHUNKING] = "CHUNKING",
	[CAP_8BITMIME] = "8BITMIME", [CAP_SMTPUTF8] = "SMTPUTF8", [CAP_SIZE] = "SIZE",
	[CAP_DSN] = "DSN", [CAP_CODES] = "ENHANCEDSTATUSCODES", [CAP_LIMITS] = "LIMITS",
	[CAP_STARTTLS] = "STARTTLS", [CAP_AUTH] = "AUTH", [CAP_ETRN] = "ETRN",
};

static const char *const rules[RULE_COUNT] = {
	[RULE_BARE_CR] = "bare-cr", [RULE_BARE_LF] = "bare-lf",
	[RULE_COMMAND_LENGTH] = "command-length", [RULE_TEXT_LENGTH] = "text-length",
	[RULE_ORDER] = "order", [RULE_SYNTAX] = "syntax", [RULE_ADDRESS] = "address",
	[RULE_LOCAL] = "local", [RULE_PARAMETER] = "parameter", [RULE_8BIT] = "8bit",
	[RULE_UTF8] = "utf8", [RULE_SIZE] = "size", [RULE_SYNC] = "sync",
	[RULE_EARLY] = "early", [RULE_DOTS] = "dots", [RULE_ENDING] = "ending",
	[RULE_CLEAR_SECRET] = "clear-secret", [RULE_INJECTION] = "injection",
	[RULE_LIMITS] = "limits",
};

static const char *const steps[STEP_COUNT] = {
	[STEP_CONNECT] = "connect", [STEP_GREETING] = "greeting", [STEP_EHLO] = "ehlo",
	[STEP_STARTTLS] = "starttls", [STEP_AUTH] = "auth", [STEP_MAIL] = "mail",
	[STEP_RCPT] = "rcpt", [STEP_DATA] = "data", [STEP_BODY] = "body",
	[STEP_END] = "end",
};

const char *
rule_name(enum rule r)
{
	return rules[r];
}

const char *
cap_name(enum cap c)
{
	return caps[c];
}

static int
find_word(const char *const *words, int n, const char *w)
{
	for (int i = 0; i < n; i++) {
		if (strcasecmp(words[i], w) == 0)
			return i;
	}
	return -1;
}

/* Switches each word of a comma list; "all" is every one of them. */
static void
set_words(const char *option, const char *const *words, int n, bool *flags,
    const char *value, bool to)
{
	char *copy = dup_text(value), *rest = copy;

	for (char *w; (w = next_word(&rest)) != NULL;) {
		int which = find_word(words, n, w);

		if (which < 0 && strcmp(w, "all") != 0)
			die("--%s: unknown word '%s'", option, w);
		for (int i = 0; i < n; i++) {
			if (which < 0 || which == i)
				flags[i] = to;
		}
	}
	free(copy);
}

static long
number(const char *option, const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (*value == '\0' || *end != '\0' || n < 0)
		die("--%s: not a number: '%s'", option, value);
	return n;
}

/* One key=value of a fault; false when it is none. */
static bool
fault_key(struct fault *f, const char *word)
{
	const char *value = strchr(word, '=');

	if (value == NULL)
		return false;
	value++;
	if (strncmp(word, "percent=", 8) == 0)
		f->percent = atof(value);
	else if (strncmp(word, "match=", 6) == 0)
		replace(&f->match, value);
	else if (strncmp(word, "text=", 5) == 0)
		replace(&f->text, value);
	else if (strncmp(word, "first=", 6) == 0)
		f->left = atol(value);
	else if (strncmp(word, "after=", 6) == 0)
		f->after = (size_t)atoll(value);
	else
		return false;
	return true;
}

static bool
fault_action(struct fault *f, const char *word)
{
	static const char *const acts[] = {
		[ACT_REPLY] = "", [ACT_STALL] = "stall", [ACT_DROP] = "drop",
		[ACT_RESET] = "reset", [ACT_LOSE] = "lose",
	};
	int which;

	if (strlen(word) == 3 && word[0] >= '2' && word[0] <= '5') {
		f->act = ACT_REPLY;
		f->code = atoi(word);
		return true;
	}
	which = find_word(acts, 5, word);
	f->act = (enum act)which;
	return which > 0 && (which != ACT_LOSE || f->step == STEP_END);
}

bool
parse_fault(const char *text, char **why)
{
	struct fault *f = need(calloc(1, sizeof(*f))), **tail = &conf.faults;
	char *copy = dup_text(text), *rest = copy;
	char *w = next_word(&rest);
	int step = w == NULL ? -1 : find_word(steps, STEP_COUNT, w);
	bool good = step >= 0;

	f->step = (enum step)step;
	f->percent = 100;
	f->left = -1;
	w = next_word(&rest);
	good = good && w != NULL && fault_action(f, w);
	while (good && (w = next_word(&rest)) != NULL)
		good = fault_key(f, w);
	free(copy);
	if (!good) {
		free(f->match);
		free(f->text);
		free(f);
		*why = make_text("bad fault '%s'", text);
		return false;
	}
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = f;
	return true;
}

void
add_fault(const char *text)
{
	char *why;

	if (!parse_fault(text, &why))
		die("--fail: %s", why);
}

void
clear_faults(void)
{
	while (conf.faults != NULL) {
		struct fault *f = conf.faults;

		conf.faults = f->next;
		free(f->match);
		free(f->text);
		free(f);
	}
}

static void
add_listener(const char *word)
{
	static const struct {
		const char *word, *name;
		enum listen_kind kind;
		bool lmtp;
	} kinds[] = {
		{ "plain", "plain", PLAIN, false },
		{ "starttls", "starttls", STARTTLS, false },
		{ "tls", "tls", TLS, false },
		{ "lmtp", "lmtp", PLAIN, true },
		{ "lmtp-starttls", "lmtp_starttls", STARTTLS, true },
		{ "unix", "socket", PLAIN, false },
		{ "unix-lmtp", "lmtp_socket", PLAIN, true },
	};
	size_t n = strcspn(word, ":=");
	struct listener *l = need(calloc(1, sizeof(*l))), **tail = &conf.listeners;
	size_t i = 0;

	while (i < 7 && (strlen(kinds[i].word) != n || strncmp(word, kinds[i].word, n)))
		i++;
	if (i == 7 || (i >= 5) != (word[n] == '='))
		die("--listen: cannot understand '%s'", word);
	l->name = kinds[i].name;
	l->kind = kinds[i].kind;
	l->lmtp = kinds[i].lmtp;
	if (word[n] == '=')
		l->path = dup_text(word + n + 1);
	if (word[n] == ':')
		l->port = (unsigned)number("listen", word + n + 1);
	l->v4 = l->v6 = (struct source){ FROM_LISTENER, -1 };
	l->held4 = l->held6 = -1;
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = l;
}

static void
add_listeners(const char *list)
{
	char *copy = dup_text(list), *rest = copy;

	for (char *w; (w = next_word(&rest)) != NULL;)
		add_listener(w);
	free(copy);
}

static void
add_login(const char *value)
{
	const char *colon = strchr(value, ':');
	struct login *l = need(calloc(1, sizeof(*l)));

	if (colon == NULL)
		die("--user: NAME:PASSWORD expected, not '%s'", value);
	l->name = need(strndup(value, (size_t)(colon - value)));
	l->password = dup_text(colon + 1);
	l->next = conf.logins;
	conf.logins = l;
}

static void
defaults(void)
{
	for (int i = 0; i < CAP_COUNT; i++)
		conf.caps[i] = i != CAP_LIMITS && i != CAP_ETRN;
	conf.host = dup_text("relay.test");
	conf.cert = dup_text("good");
	conf.priority = dup_text("NORMAL");
	conf.max_size = 1u << 31;
	conf.max_mails = 0;
	conf.max_rcpts = 20000;
	conf.idle = 60;
	conf.lifetime = 300;
	conf.scram_iterations = 4096;
	conf.tickets = true;
}

enum opt {
	O_DIR = 1, O_LISTEN, O_PORTS, O_LOG, O_CA, O_CERT, O_PRIORITY, O_HOST, O_LIMITS,
	O_EXTRA, O_MECHS, O_USER, O_FAIL, O_SEED, O_CAPS, O_NO, O_LAX, O_BACKGROUND,
	O_UNTIL_EOF, O_IPV6, O_REQUIRE, O_DISCARD, O_NO_TICKETS, O_CLIENT_CERT, O_SIZE,
	O_MAX_MAILS, O_MAX_RCPTS, O_IDLE, O_LIFETIME, O_DELAY, O_SCRAM, O_LIE
};

static const struct option options[] = {
	{ "dir", 1, NULL, O_DIR }, { "listen", 1, NULL, O_LISTEN },
	{ "ports", 1, NULL, O_PORTS }, { "log", 1, NULL, O_LOG },
	{ "ca", 1, NULL, O_CA }, { "cert", 1, NULL, O_CERT },
	{ "priority", 1, NULL, O_PRIORITY }, { "host", 1, NULL, O_HOST },
	{ "limits", 1, NULL, O_LIMITS }, { "extra", 1, NULL, O_EXTRA },
	{ "auth", 1, NULL, O_MECHS }, { "user", 1, NULL, O_USER },
	{ "fail", 1, NULL, O_FAIL }, { "seed", 1, NULL, O_SEED },
	{ "caps", 1, NULL, O_CAPS }, { "no", 1, NULL, O_NO }, { "lax", 1, NULL, O_LAX },
	{ "background", 0, NULL, O_BACKGROUND }, { "until-eof", 0, NULL, O_UNTIL_EOF },
	{ "ipv6", 0, NULL, O_IPV6 }, { "require", 1, NULL, O_REQUIRE },
	{ "discard", 0, NULL, O_DISCARD }, { "no-tickets", 0, NULL, O_NO_TICKETS },
	{ "client-cert", 1, NULL, O_CLIENT_CERT }, { "size", 1, NULL, O_SIZE },
	{ "max-mails", 1, NULL, O_MAX_MAILS }, { "max-rcpts", 1, NULL, O_MAX_RCPTS },
	{ "idle", 1, NULL, O_IDLE }, { "lifetime", 1, NULL, O_LIFETIME },
	{ "delay", 1, NULL, O_DELAY }, { "scram-iterations", 1, NULL, O_SCRAM },
	{ "lie", 0, NULL, O_LIE },
	{ NULL, 0, NULL, 0 }
};

static void
set_require(const char *v)
{
	char *copy = dup_text(v), *rest = copy;

	for (char *w; (w = next_word(&rest)) != NULL;) {
		if (strcmp(w, "auth") == 0)
			conf.require_auth = true;
		else if (strcmp(w, "tls") == 0)
			conf.require_tls = true;
		else
			die("--require: unknown word '%s'", w);
	}
	free(copy);
}

static bool
set_text(enum opt o, const char *v)
{
	switch (o) {
	case O_DIR: replace(&conf.dir, v); break;
	case O_PORTS: replace(&conf.ports, v); break;
	case O_LOG: replace(&conf.log, v); break;
	case O_CA: replace(&conf.ca, v); break;
	case O_CERT: replace(&conf.cert, v); break;
	case O_PRIORITY: replace(&conf.priority, v); break;
	case O_HOST: replace(&conf.host, v); break;
	case O_EXTRA: replace(&conf.extra, v); break;
	case O_MECHS: replace(&conf.mechs, v); break;
	case O_LIMITS:
		replace(&conf.limits, v);
		conf.caps[CAP_LIMITS] = true;
		break;
	default: return false;
	}
	return true;
}

static bool
set_number(enum opt o, const char *name, const char *v)
{
	switch (o) {
	case O_SEED: fault_seed((unsigned long)number(name, v)); break;
	case O_SIZE: conf.max_size = (size_t)number(name, v); break;
	case O_MAX_MAILS: conf.max_mails = number(name, v); break;
	case O_MAX_RCPTS: conf.max_rcpts = number(name, v); break;
	case O_IDLE: conf.idle = number(name, v); break;
	case O_LIFETIME: conf.lifetime = number(name, v); break;
	case O_DELAY: conf.delay = number(name, v); break;
	case O_SCRAM: conf.scram_iterations = number(name, v); break;
	default: return false;
	}
	return true;
}

static void
set_other(enum opt o, const char *name, const char *v)
{
	switch (o) {
	case O_LISTEN: add_listeners(v); break;
	case O_USER: add_login(v); break;
	case O_FAIL: add_fault(v); break;
	case O_CAPS:
		memset(conf.caps, 0, sizeof(conf.caps));
		set_words(name, caps, CAP_COUNT, conf.caps, v, true);
		break;
	case O_NO: set_words(name, caps, CAP_COUNT, conf.caps, v, false); break;
	case O_LAX: set_words(name, rules, RULE_COUNT, conf.lax, v, true); break;
	case O_REQUIRE: set_require(v); break;
	case O_BACKGROUND: conf.background = true; break;
	case O_UNTIL_EOF: conf.until_eof = true; break;
	case O_IPV6: conf.ipv6 = true; break;
	case O_DISCARD: conf.discard = true; break;
	case O_LIE: conf.lie = true; break;
	case O_NO_TICKETS: conf.tickets = false; break;
	case O_CLIENT_CERT:
		if (strcmp(v, "request") != 0 && strcmp(v, "require") != 0)
			die("--client-cert: request or require, not '%s'", v);
		conf.client_cert = strcmp(v, "require") == 0 ?
		    GNUTLS_CERT_REQUIRE : GNUTLS_CERT_REQUEST;
		break;
	default: break;
	}
}

void
options_read(int argc, char **argv)
{
	int o, at;

	defaults();
	while ((o = getopt_long(argc, argv, "", options, &at)) != -1) {
		if (o == '?')
			exit(64);
		if (!set_text((enum opt)o, optarg) &&
		    !set_number((enum opt)o, options[at].name, optarg))
			set_other((enum opt)o, options[at].name, optarg);
	}
	if (optind != argc)
		die("one word too many: '%s'", argv[optind]);
	if (conf.dir == NULL)
		die("--dir is missing");
	if (conf.listeners == NULL)
		add_listeners("plain,starttls,tls,lmtp");
	if (conf.logins == NULL)
		add_login("user@example.org:secret");
}
