/* Walking the words of a command line; argvset.c has what they do. */
#include "conf/argv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/xalloc.h"
#include "conf/argvset.h"
#include "conf/cli.h"
#include "conf/opt.h"

#define LONGS_MAX 128		/* more than both tables have */

/* An option of one of the two tables, by its long name when it has one. */
struct found {
	const struct opt *o;
	const struct cliopt *c;
	char name[OPT_NAME_MAX];
	bool own;
};

struct walk {
	int argc, at;			/* at: the word being read */
	char *const *argv;
	const struct argv_host *host;
	unsigned face;			/* CLI_ bit */
	struct argv_result *r;
	struct argv_seen seen;
	struct found known[LONGS_MAX];	/* the long options of this face */
	size_t n;
	const struct opt *bare;		/* said by the word before, without the
					 * value that it may have */
	char mails[OPT_NAME_MAX + 2];	/* the first option that is about a
					 * mail, not the queue, or "" */
};

static bool as_sendmail(const struct walk *w)
{
	return w->face == CLI_S;
}

static enum face face_of(const char *prog)
{
	static const struct {
		const char *name;
		enum face face;
	} names[] = {
		{ "msmtp", FACE_MSMTP }, { "sendmail", FACE_SENDMAIL },
		{ "mailq", FACE_MAILQ }, { "newaliases", FACE_NEWALIASES },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(prog, names[i].name) == 0)
			return names[i].face;
	return FACE_OSTLER;
}

unsigned argv_grammar(enum face face)
{
	return face == FACE_OSTLER ? CLI_O : face == FACE_MSMTP ? CLI_M : CLI_S;
}

static void learn_longs(struct walk *w)
{
	for (size_t i = 0; i < opts_n; i++) {
		struct found *f = &w->known[w->n];

		if (!(opts[i].where & OPT_LONG))
			continue;
		*f = (struct found){ .o = &opts[i],
				     .own = opts[i].where & OPT_OWN };
		opt_long_name(&opts[i], f->name);
		w->n++;
	}
	for (size_t i = 0; i < cliopts_n && w->n < LONGS_MAX; i++) {
		struct found *f = &w->known[w->n];

		if (cliopts[i].name == NULL || !(cliopts[i].faces & w->face))
			continue;
		*f = (struct found){ .c = &cliopts[i], .own = cliopts[i].own };
		strncpy(f->name, cliopts[i].name, OPT_NAME_MAX - 1);
		w->n++;
	}
}

static int unknown_long(const struct walk *w, const char *name, struct err *e)
{
	const char *words[LONGS_MAX], *near;

	for (size_t i = 0; i < w->n; i++)
		words[i] = w->known[i].name;
	near = ascii_closest(name, words, w->n);
	if (near == NULL)
		return err_set(e, ERR_USAGE, "unknown option '--%s'", name);
	return err_set(e, ERR_USAGE, "unknown option '--%s'; did you mean "
		       "'--%s'?", name, near);
}

static int ambiguous(const struct walk *w, const char *name, struct err *e)
{
	struct buf list = BUF_INIT(ERR_TEXT_MAX);

	for (size_t i = 0; i < w->n; i++)
		if (strncmp(w->known[i].name, name, strlen(name)) == 0)
			buf_addf(&list, "%s--%s", list.len > 0 ? ", " : "",
				 w->known[i].name);
	err_set(e, ERR_USAGE, "'--%s' is ambiguous: %s", name, buf_str(&list));
	buf_free(&list);
	return -1;
}

/*
 * The option called NAME, or the only one that begins so.  Options that msmtp
 * does not have never spoil a beginning that it understands.
 */
static const struct found *find_long(const struct walk *w, const char *name,
				     struct err *e)
{
	const struct found *theirs = NULL, *ours = NULL;
	size_t ntheirs = 0, nours = 0;

	for (size_t i = 0; i < w->n; i++) {
		const struct found *f = &w->known[i];

		if (strncmp(f->name, name, strlen(name)) != 0)
			continue;
		if (strlen(f->name) == strlen(name))
			return f;
		if (f->own) {
			ours = f;
			nours++;
		} else {
			theirs = f;
			ntheirs++;
		}
	}
	if (ntheirs == 1)
		return theirs;
	if (ntheirs == 0 && nours == 1)
		return ours;
	if (ntheirs + nours == 0)
		unknown_long(w, name, e);
	else
		ambiguous(w, name, e);
	return NULL;
}

static enum cli_arg arg_of(const struct found *f)
{
	if (f->c != NULL)
		return f->c->arg;
	return f->o->where & OPT_VALUE_OPTIONAL ? CLI_OPTIONAL : CLI_REQUIRED;
}

static bool goes_with_queue(const struct found *f)
{
	if (f->c == NULL)
		return false;
	switch (f->c->id) {
	case CLI_FILE:
	case CLI_JSON:
	case CLI_DEBUG:
	case CLI_HELP:
	case CLI_VERSION:
		return true;
	default:
		return false;
	}
}

/* Put VALUE; SHOWN is how the option is called in messages. */
static int apply(struct walk *w, const struct found *f, const char *value,
		 const char *shown, struct err *e)
{
	int ret = f->o != NULL ?
		argv_setting(w->r, f->o, value, w->host->home,
			     (unsigned)w->at, e) :
		argv_option(w->r, &w->seen, f->c, value, e);

	if (w->mails[0] == '\0' && !goes_with_queue(f))
		snprintf(w->mails, sizeof w->mails, "%s", shown);
	return ret < 0 ? err_wrap(e, "%s", shown) : 0;
}

/* The next word as a value, also an empty one; NULL: there is none. */
static const char *next_word(struct walk *w, const char *shown, struct err *e)
{
	if (w->at + 1 < w->argc)
		return w->argv[++w->at];
	err_set(e, ERR_USAGE, "%s needs a value", shown);
	return NULL;
}

/* In msmtp it is short for --passwordeval, and "sesame" is executed. */
static bool is_password(const struct walk *w, const char *name)
{
	return w->face != CLI_M && strcmp(name, "password") == 0;
}

static int long_option(struct walk *w, const char *word, struct err *e)
{
	const char *eq = strchr(word, '='), *value = eq == NULL ? NULL : eq + 1;
	char *name = xmemdup0(word, eq == NULL ? strlen(word) :
			      (size_t)(eq - word));
	bool password = is_password(w, name);
	const struct found *f = password ? NULL : find_long(w, name, e);
	char shown[OPT_NAME_MAX + 2] = "--";
	int ret = -1;

	free(name);
	if (password)
		return err_set(e, ERR_USAGE, "there is no --password, which "
			       "everybody here could read; use --passwordeval or "
			       "--passwordfile");
	if (f == NULL)
		return -1;
	strcat(shown, f->name);
	if (value != NULL && arg_of(f) == CLI_NONE)
		return err_set(e, ERR_USAGE, "%s takes no value", shown);
	if (value == NULL && arg_of(f) == CLI_REQUIRED)
		value = next_word(w, shown, e);
	if (value != NULL || arg_of(f) != CLI_REQUIRED)
		ret = apply(w, f, value, shown, e);
	if (value == NULL)
		w->bare = f->o;
	return ret;
}

/* A word of letters, the last of which may have its value behind it. */
static int letters(struct walk *w, const char *word, struct err *e)
{
	while (*word != '\0') {
		const char *value = NULL;
		char shown[3] = { '-', *word, '\0' };
		struct found f = { .c = cli_by_letter(*word, w->face) };

		if (f.c == NULL)
			f.o = opt_by_letter(*word);
		if (f.c == NULL && f.o == NULL)
			return err_set(e, ERR_USAGE, "unknown option '%s'", shown);
		word++;
		if (arg_of(&f) != CLI_NONE && *word != '\0') {
			value = word;
			word += strlen(word);
		} else if (arg_of(&f) == CLI_REQUIRED &&
			   (value = next_word(w, shown, e)) == NULL) {
			return -1;
		}
		if (apply(w, &f, value, shown, e) < 0)
			return -1;
	}
	return 0;
}

/* "--tls on": WORD is no recipient of anybody's. */
static bool is_value_of(const struct opt *o, const char *word)
{
	if (o == NULL || o->words == NULL)
		return false;
	for (const struct opt_word *p = o->words; p->word != NULL; p++)
		if (strcmp(p->word, word) == 0)
			return true;
	return false;
}

static int recipient(struct walk *w, const char *word, struct err *e)
{
	char name[OPT_NAME_MAX];

	if (w->face == CLI_O && is_value_of(w->bare, word)) {
		opt_long_name(w->bare, name);
		return err_set(e, ERR_USAGE, "'%s' would be a recipient; write "
			       "--%s=%s", word, name, word);
	}
	for (const char *p = word; *p != '\0'; p++)
		if (ascii_iscntrl(*p) && *p != '\t')
			return err_set(e, ERR_USAGE, "recipient '%s': a control "
				       "character (%d) is not allowed", word, *p);
	strv_add(&w->r->rcpt, word);
	return 0;
}

/* "ostler queue" is a command; "msmtp queue" and "ostler -- queue" have a
 * recipient. */
static bool is_queue(const struct walk *w, const char *word)
{
	return strcmp(w->r->prog, "ostler") == 0 && w->r->rcpt.n == 0 &&
		strcmp(word, "queue") == 0;
}

/* The words behind it have a grammar of their own. */
static int queue_command(struct walk *w, struct err *e)
{
	if (w->mails[0] != '\0')
		return err_set(e, ERR_USAGE, "%s does not go with 'queue'; see "
			       "'ostler queue --help', or write '-- queue' for a "
			       "recipient of that name", w->mails);
	w->seen.mode = MODE_HANDS;
	w->r->words = w->argv + w->at + 1;
	w->r->nwords = w->argc - w->at - 1;
	return 0;
}

static int walk_words(struct walk *w, struct err *e)
{
	bool ended = false;

	for (w->at = 1; w->at < w->argc; w->at++) {
		const char *word = w->argv[w->at];
		int ret;

		if (!ended && is_queue(w, word))
			return queue_command(w, e);
		if (ended || word[0] != '-' || word[1] == '\0') {
			ret = recipient(w, word, e);
			w->bare = NULL;
			ended = ended || as_sendmail(w) ||
				w->host->posixly_correct;
		} else if (strcmp(word, "--") == 0) {
			w->bare = NULL;
			ended = true;
			ret = 0;
		} else if (word[1] == '-') {
			w->bare = NULL;
			ret = long_option(w, word + 2, e);
		} else {
			w->bare = NULL;
			ret = letters(w, word + 1, e);
		}
		if (ret < 0)
			return -1;
	}
	return 0;
}

static bool host_given(const struct argv_result *r)
{
	return account_isset(&r->over, opt_index(opt_by_key("host")));
}

/* Options that exclude one another, wherever they stood. */
static int conflicts(const struct walk *w, struct err *e)
{
	const struct argv_result *r = w->r;

	if (w->seen.serverinfo && w->seen.rmqs)
		return err_set(e, ERR_USAGE, "--serverinfo and --rmqs exclude "
			       "one another");
	if (host_given(r) && r->account != NULL)
		return err_set(e, ERR_USAGE, "--host and --account exclude one "
			       "another: --host uses no rc file");
	if (r->from != NULL && r->read_envelope_from)
		return err_set(e, ERR_USAGE, "--from and --read-envelope-from "
			       "exclude one another");
	if (w->seen.address_test && !r->version)
		return err_set(e, ERR_USAGE, "-bt: the mode of testing addresses "
			       "is not offered; -bv shows what they come to");
	return 0;
}

static int judge_recipients(const struct argv_result *r, struct err *e)
{
	switch (r->mode) {
	case MODE_SEND:
		if (r->rcpt.n == 0 && !r->read_recipients && !r->pretend)
			return err_set(e, ERR_USAGE, "no recipients; name them, "
				       "or use -t to take them from the mail");
		return 0;
	case MODE_BV:
		if (r->rcpt.n == 0)
			return err_set(e, ERR_USAGE, "-bv: no addresses given");
		return 0;
	case MODE_SERVERINFO:
	case MODE_RMQS:
	case MODE_PRINT_CONFIG:
	case MODE_QUEUE:
		/* Here a mail on stdin would be lost without a word. */
		if (r->rcpt.n > 0)
			return err_set(e, ERR_USAGE, "'%s' is too much: no mail "
				       "is sent in this mode", r->rcpt.v[0]);
		return 0;
	default:
		return 0;
	}
}

static enum mode mode_of(const struct walk *w)
{
	if (w->r->configure != NULL)
		return MODE_CONFIGURE;
	if (w->r->version || w->r->help)
		return MODE_NONE;
	if (w->seen.serverinfo)
		return MODE_SERVERINFO;
	if (w->seen.rmqs)
		return MODE_RMQS;
	if (w->seen.print_config)
		return MODE_PRINT_CONFIG;
	return w->seen.mode;
}

int argv_parse(int argc, char *const argv[], const struct argv_host *host,
	       struct argv_result *out, struct err *e)
{
	struct walk w = { .argc = argc, .argv = argv, .host = host, .r = out };
	const char *called = argc > 0 && argv[0] != NULL ? argv[0] : "ostler";
	const char *slash = strrchr(called, '/');

	memset(out, 0, sizeof *out);
	out->prog = slash == NULL ? called : slash + 1;
	out->face = face_of(out->prog);
	account_init(&out->over);
	w.face = argv_grammar(out->face);
	w.seen.mode = out->face == FACE_MAILQ ? MODE_BP :
		out->face == FACE_NEWALIASES ? MODE_BI : MODE_SEND;
	learn_longs(&w);
	if (walk_words(&w, e) < 0 || conflicts(&w, e) < 0)
		return -1;
	out->mode = mode_of(&w);
	return judge_recipients(out, e);
}

void argv_clear(struct argv_result *r)
{
	account_clear(&r->over);
	free(r->account);
	free(r->rcfile);
	free(r->rmqs);
	free(r->configure);
	free(r->from);
	strv_clear(&r->rcpt);
	free(r->envid);
	free(r->syslog_tag);
	free(r->queue_run);
	memset(r, 0, sizeof *r);
}
