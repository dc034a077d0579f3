/*
 * Reading an rc file.
 *
 *	file    = *(line LF) [line]
 *	line    = *blank [comment / command] *blank [CR]
 *	comment = "#" *byte
 *	command = key [1*blank argument]
 *	key     = 1*(any byte but a blank)
 *
 * An argument that begins and ends with '"' loses both; there are no escapes.
 * A "#" inside a line is data, as msmtp has it.
 */
#include "conf/rc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/xalloc.h"
#include "conf/opt.h"
#include "conf/rcfind.h"

struct parser {
	struct rc *rc;
	const struct rc_host *host;
	struct origin at;		/* the line being read */
	struct account defaults;
	struct account *cur;		/* what settings go to, or NULL */
	size_t first;			/* place of this file's first account */
	struct origin block[ACCOUNT_OPTS];	/* rows set since the last
						 * `account` or `defaults` */
	unsigned depth, includes;
	bool evaled;			/* the line came from a command */
	bool told;			/* the error names its file and line */
};

static int read_line(struct parser *p, char *line, struct err *e);

/* What is wrong at this line of the file. */
static int wrong(const struct parser *p, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int wrong(const struct parser *p, struct err *e, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return err_set(e, ERR_CONFIG, "%s:%u: %s", p->at.file, p->at.line, text);
}

static char *trim(char *s)
{
	char *end = s + strlen(s);

	while (end > s && ascii_isblank(end[-1]))
		*--end = '\0';
	return s + strspn(s, " \t");
}

static char *unquote(char *s)
{
	size_t n = strlen(s);

	if (n < 2 || s[0] != '"' || s[n - 1] != '"')
		return s;
	s[n - 1] = '\0';
	return s + 1;
}

/* A name in an account list: up to STOP or the end; *s is left behind it. */
static char *take_name(char **s, char stop)
{
	char *name = *s, *end = strchr(name, stop);

	if (end == NULL) {
		*s = NULL;
	} else {
		*end = '\0';
		*s = end + 1;
	}
	return unquote(trim(name));
}

static void begin_block(struct parser *p, struct account *a)
{
	p->cur = a;
	memset(p->block, 0, sizeof p->block);
}

static int inherit(struct parser *p, const char *name, size_t to, struct err *e)
{
	struct account *a = p->rc->account[to];
	struct rc_more *more = &p->rc->more[to];
	const char *near;
	size_t from;

	if (*name == '\0')
		return wrong(p, e, "an account name is missing in the list "
			     "behind ':'");
	if (strcmp(name, a->id) == 0)
		return wrong(p, e, "account '%s' cannot inherit from itself",
			     name);
	if (!rc_place(p->rc, name, &from) || from < p->first) {
		near = rc_closest(p->rc, name);
		if (near != NULL && strcmp(near, name) != 0 &&
		    strcmp(near, a->id) != 0)
			return wrong(p, e, "there is no account '%s' above this "
				     "line in this file; did you mean '%s'?",
				     name, near);
		return wrong(p, e, "there is no account '%s' above this line "
			     "in this file", name);
	}
	for (size_t i = 0; i < opts_n; i++) {
		if (!p->rc->more[from].given[i])
			continue;
		opt_copy(a, p->rc->account[from], &opts[i]);
		more->given[i] = true;
	}
	return 0;
}

static void start_account(struct parser *p, const char *id)
{
	struct account *a = xmalloc(sizeof *a);
	size_t old;

	if (rc_place(p->rc, id, &old))
		p->rc->more[old].replaced = true;
	account_copy(a, &p->defaults);
	free(a->id);
	a->id = xstrdup(id);
	a->begun = p->at;
	rc_add(p->rc, a);
	begin_block(p, a);
}

static int account_line(struct parser *p, char *arg, struct err *e)
{
	char *rest = arg, *id = take_name(&rest, ':');
	size_t i;

	if (*id == '\0')
		return wrong(p, e, "account: a name is needed");
	if (strchr(id, ',') != NULL || (rest != NULL && strchr(rest, ':') != NULL))
		return wrong(p, e, "account: a name holds no ',' or ':'; "
			     "write 'account NAME : OTHER, OTHER'");
	if (rc_place(p->rc, id, &i) && i >= p->first)
		return wrong(p, e, "account '%s' is there already, in line %u of "
			     "'%s'", id, p->rc->account[i]->begun.line,
			     p->rc->account[i]->begun.file);
	start_account(p, id);
	while (rest != NULL)
		if (inherit(p, take_name(&rest, ','), p->rc->n - 1, e) < 0)
			return -1;
	return 0;
}

/*
 * Put the value of "${NAME}" or "${NAME:-WORD}" at *s, which is left behind
 * it, into OUT.  "$${" is "${" itself.
 */
static int expand_one(const struct parser *p, const char **s, struct buf *out,
		      struct err *e)
{
	const char *name = *s + 2, *end = strchr(name, '}');
	const char *dash, *value;
	char *id;
	size_t n = 0;

	while (ascii_isalnum(name[n]) || name[n] == '_')
		n++;
	dash = strncmp(name + n, ":-", 2) == 0 ? name + n + 2 : NULL;
	if (end == NULL || n == 0 || ascii_isdigit(*name) ||
	    (name + n != end && dash == NULL))
		return wrong(p, e, "'%.*s' is neither ${NAME} nor ${NAME:-WORD}; "
			     "write $${ for ${ itself",
			     end == NULL ? (int)strlen(*s) : (int)(end + 1 - *s), *s);
	id = xmemdup0(name, n);
	value = p->host->getenv == NULL ? NULL :
		p->host->getenv(p->host->ctx, id);
	if (dash != NULL && (value == NULL || *value == '\0')) {
		buf_add(out, dash, (size_t)(end - dash));
	} else if (value != NULL) {
		buf_adds(out, value);
	} else {
		wrong(p, e, "the environment has no '%s'; ${%s:-WORD} has a "
		      "value for that case", id, id);
		free(id);
		return -1;
	}
	free(id);
	*s = end + 1;
	return 0;
}

static int expand(const struct parser *p, const char *value, struct buf *out,
		  struct err *e)
{
	while (*value != '\0') {
		if (strncmp(value, "$${", 3) == 0) {
			buf_adds(out, "${");
			value += 3;
		} else if (strncmp(value, "${", 2) == 0) {
			if (expand_one(p, &value, out, e) < 0)
				return -1;
		} else {
			buf_addc(out, *value++);
		}
	}
	if (out->full)
		return wrong(p, e, "too long with its variables put in");
	return 0;
}

/*
 * Set row O in the current account.  In one block a row has one value: a
 * second, different one is a mistake in the file, and which of them was meant
 * only a person knows.  Hosts and fingerprints add up instead.
 */
static int put(struct parser *p, const struct opt *o, const char *value,
	       struct err *e)
{
	const char *home = p->host->home;
	struct origin *before = &p->block[opt_index(o)];
	struct account was;
	bool same;
	int ret;

	if (before->line == 0) {
		ret = opt_set(p->cur, o, value, home, p->at, e);
	} else if (o->type == OPT_LIST || o->type == OPT_PINS) {
		ret = opt_add(p->cur, o, value, home, p->at, e);
	} else {
		account_copy(&was, p->cur);
		ret = opt_set(p->cur, o, value, home, p->at, e);
		same = ret == 0 && opt_same(&was, p->cur, o);
		account_clear(&was);
		if (ret == 0 && !same)
			return wrong(p, e, "%s has another value already, in "
				     "line %u of '%s'; keep one of them",
				     o->key, before->line, before->file);
	}
	if (ret < 0)
		return err_wrap(e, "%s:%u: %s", p->at.file, p->at.line, o->key);
	*before = p->at;
	/* As msmtp has it: no trust at all is not for everybody. */
	if (p->cur == &p->defaults && *value == '\0' &&
	    strcmp(o->key, "tls_trust_file") == 0)
		opt_unset(p->cur, o);
	return 0;
}

static int setting(struct parser *p, const struct opt *o, char *arg,
		   struct err *e)
{
	struct buf value = BUF_INIT(RC_LINE_MAX);
	int ret = -1;

	if (p->cur == NULL)
		start_account(p, "default");
	if (o->type == OPT_SECRET && !p->evaled)
		p->rc->has_secret = true;
	if ((o->where & OPT_NOARG) && *arg != '\0')
		return wrong(p, e, "%s takes no argument; the setting of today is "
			     "'%s'", o->key, o->help);
	if (o->where & OPT_LITERAL)
		ret = put(p, o, arg, e);
	else if (expand(p, arg, &value, e) == 0)
		ret = put(p, o, buf_str(&value), e);
	if (ret == 0 && p->cur != &p->defaults && o->field != (size_t)-1)
		p->rc->more[p->rc->n - 1].given[opt_index(o)] = true;
	buf_free(&value);
	return ret;
}

static int eval_line(struct parser *p, const char *cmd, struct err *e)
{
	char *line = NULL;
	int ret;

	if (*cmd == '\0')
		return wrong(p, e, "eval: a command is needed");
	if (p->evaled)
		return wrong(p, e, "eval: what a command prints cannot be "
			     "another eval");
	if (p->host->eval == NULL)
		return wrong(p, e, "eval is not possible here");
	if (p->host->eval(p->host->ctx, cmd, &line, e) < 0) {
		/* not what the file says is wrong, but what it led to */
		if (e != NULL && e->kind == ERR_CONFIG)
			e->kind = ERR_IO;
		return err_wrap(e, "%s:%u: eval", p->at.file, p->at.line);
	}
	p->evaled = true;
	ret = read_line(p, line, e);
	p->evaled = false;
	explicit_bzero(line, strlen(line));
	free(line);
	return ret;
}

static int read_text(struct parser *p, const char *name, const char *text,
		     size_t n, struct err *e);

static int add_include(void *arg, const char *name, const char *text, size_t n,
		       struct err *e)
{
	struct parser *p = arg;

	if (read_text(p, name, text, n, e) == 0)
		return 0;
	p->told = true;
	return -1;
}

static int include_line(struct parser *p, const char *arg, struct err *e)
{
	struct buf pattern = BUF_INIT(RC_LINE_MAX);
	struct origin at = p->at;
	int ret = -1;

	if (*arg == '\0')
		return wrong(p, e, "include: a file is needed");
	if (p->host->include == NULL)
		return wrong(p, e, "include is not possible here");
	if (p->depth == RC_INCLUDE_DEPTH)
		return wrong(p, e, "include: more than %d files deep; do they "
			     "include each other?", RC_INCLUDE_DEPTH);
	if (*arg == '~' && p->host->home != NULL) {
		buf_adds(&pattern, p->host->home);
		arg++;
	}
	if (expand(p, arg, &pattern, e) < 0)
		goto out;
	p->depth++;
	p->evaled = false;	/* what a file says lies in a file */
	ret = p->host->include(p->host->ctx, buf_str(&pattern), add_include, p, e);
	p->depth--;
	p->at = at;
	if (ret < 0 && !p->told)
		err_wrap(e, "%s:%u: include", at.file, at.line);
out:
	buf_free(&pattern);
	return ret;
}

static int command(struct parser *p, const char *key, char *arg, struct err *e)
{
	const struct opt *o = opt_by_key(key);
	const char *near;

	if (o == NULL) {
		near = opt_closest_key(key);
		return near != NULL ?
			wrong(p, e, "unknown command '%s'; did you mean '%s'?", key, near) :
			wrong(p, e, "unknown command '%s'", key);
	}
	if (o->type != OPT_COMMAND)
		return setting(p, o, unquote(arg), e);
	if (strcmp(key, "account") == 0)
		return account_line(p, arg, e);
	if (strcmp(key, "eval") == 0)
		return eval_line(p, unquote(arg), e);
	if (strcmp(key, "include") == 0)
		return include_line(p, unquote(arg), e);
	if (*arg != '\0')
		return wrong(p, e, "defaults takes no argument");
	begin_block(p, &p->defaults);
	return 0;
}

/* LINE, without its end, is written to. */
static int read_line(struct parser *p, char *line, struct err *e)
{
	char *key = trim(line), *arg;

	if (*key == '\0' || *key == '#')
		return 0;
	for (const char *c = key; *c != '\0'; c++)
		if (ascii_iscntrl(*c) && *c != '\t')
			return wrong(p, e, "control character %d; is this a text "
				     "file?", *c);
	arg = key + strcspn(key, " \t");
	if (*arg != '\0')
		*arg++ = '\0';
	return command(p, key, trim(arg), e);
}

/* Some editors begin UTF-8 with a mark: its length, or 0. */
static size_t bom(const char *text, size_t n)
{
	return n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static int read_text(struct parser *p, const char *name, const char *text,
		     size_t n, struct err *e)
{
	struct rc *rc = p->rc;
	const char *end = text + n;
	char *line;
	int ret = 0;

	if (++p->includes > RC_INCLUDE_FILES)
		return wrong(p, e, "include: more than %d files",
			     RC_INCLUDE_FILES);
	rc->file = xreallocarray(rc->file, rc->files + 1, sizeof(char *));
	rc->file[rc->files] = xstrdup(name);
	p->at = (struct origin){ rc->file[rc->files++], 0 };
	if (n > RC_FILE_MAX)
		return err_set(e, ERR_CONFIG, "%s: larger than %u bytes", name,
			       RC_FILE_MAX);
	text += bom(text, n);
	while (text < end && ret == 0) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((nl != NULL ? nl : end) - text);

		p->at.line++;
		if (len > RC_LINE_MAX)
			return wrong(p, e, "longer than %d bytes", RC_LINE_MAX);
		if (memchr(text, '\0', len) != NULL)
			return wrong(p, e, "a NUL byte; is this a text file?");
		line = xmemdup0(text, len);
		if (len > 0 && line[len - 1] == '\r')
			line[len - 1] = '\0';
		ret = read_line(p, line, e);
		explicit_bzero(line, len);
		free(line);
		text = nl != NULL ? nl + 1 : end;
	}
	return ret;
}

int rc_parse(struct rc *rc, const char *name, const char *text, size_t n,
	     const struct rc_host *host, struct err *e)
{
	struct parser p = { .rc = rc, .host = host, .first = rc->n };
	int ret;

	account_init(&p.defaults);
	ret = read_text(&p, name, text, n, e);
	account_clear(&p.defaults);
	rc_settle(rc, p.first);
	return ret;
}

bool rc_has_secret(const char *text, size_t n)
{
	const char *end = text + n;

	text += bom(text, n);
	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		const char *stop = nl != NULL ? nl : end, *word;
		const struct opt *o;
		char key[OPT_NAME_MAX];

		while (text < stop && ascii_isblank(*text))
			text++;
		for (word = text; text < stop && !ascii_isblank(*text) &&
		     *text != '\r'; text++)
			;
		if ((size_t)(text - word) < sizeof key) {
			memcpy(key, word, (size_t)(text - word));
			key[text - word] = '\0';
			o = opt_by_key(key);
			if (o != NULL && o->type == OPT_SECRET)
				return true;
		}
		text = stop + 1;
	}
	return false;
}
