#include "flow/route.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "conf/opt.h"
#include "conf/pins.h"
#include "sys/fs.h"
#include "sys/host.h"
#include "sys/run.h"

/* What reading one rc file needs beside the file. */
struct reader {
	struct route *r;
	bool user;		/* the user's own file: secrets in it are checked */
	bool trust_env;
};

static int host_eval(void *ctx, const char *cmd, char **line, struct err *e)
{
	struct secret out = SECRET_INIT;

	(void)ctx;
	if (run_line(cmd, "eval", &out, e) < 0)
		return -1;
	/* the line becomes part of the rc's text, which is kept no longer */
	*line = xmemdup0(out.p, out.len);
	secret_clear(&out);
	return 0;
}

static const char *host_getenv(void *ctx, const char *name)
{
	const struct reader *rd = ctx;

	return rd->trust_env ? getenv(name) : NULL;
}

/*
 * Read PATH into TEXT.  1: read; 0: there is none, or not for us (rule of
 * msmtp: skipped without a word); -1: it is there and cannot be used, or
 * (ERR_TEMP) not now.
 */
static int read_file(const char *path, struct buf *text, int *fd, struct err *e)
{
	bool missing = false;

	if (fs_open_read(path, true, fd, &missing, e) < 0)
		return missing ? 0 : -1;
	if (fs_read_all(*fd, path, text, e) < 0) {
		close(*fd);
		return -1;
	}
	return 1;
}

/* Say it once, on success too: the first thing that should be cured. */
static void warn(struct route *r, const char *text)
{
	if (r->warning == NULL)
		r->warning = xstrdup(text);
}

/*
 * The system's file has to be readable by those who use it, which need not be
 * everybody.  Root could cure it and is told; nobody else could.
 */
static void check_system(struct route *r, int fd, const char *path)
{
	struct err e = ERR_INIT;
	struct stat st;

	if (geteuid() != 0 || fstat(fd, &st) < 0 || (st.st_mode & S_IRWXO) == 0)
		return;
	err_set(&e, ERR_CONFIG, "'%s' holds secrets and its mode is %03o, so "
		"that everybody can have them: let a group own it and run "
		"chmod 640 '%s'", path, (unsigned)(st.st_mode & 0777), path);
	warn(r, e.text);
}

/*
 * A secret in a file that others can read is refused; for root's own file it
 * is only said.
 */
static int check_secret(const struct reader *rd, int fd, const char *path,
			const struct buf *text, struct err *e)
{
	struct err open = ERR_INIT;

	if (!rc_has_secret(buf_str(text), text->len))
		return 0;
	if (!rd->user) {
		check_system(rd->r, fd, path);
		return 0;
	}
	if (fs_check_private(fd, path, geteuid(), &open) == 0)
		return 0;
	if (geteuid() != 0) {
		*e = open;
		return -1;
	}
	warn(rd->r, open.text);
	return 0;
}

struct include_arg {
	const struct reader *rd;
	int (*add)(void *arg, const char *name, const char *text, size_t n,
		   struct err *e);
	void *arg;
};

static int include_one(const struct include_arg *in, const char *path,
		       struct err *e)
{
	struct buf text = BUF_INIT(RC_FILE_MAX);
	int fd, ret = read_file(path, &text, &fd, e);

	if (ret > 0) {
		ret = check_secret(in->rd, fd, path, &text, e);
		close(fd);
		if (ret == 0)
			ret = in->add(in->arg, path, buf_str(&text), text.len, e);
	} else {
		if (e->kind == ERR_IO)
			e->kind = ERR_CONFIG;
		ret = -1;
	}
	buf_wipe(&text);
	return ret;
}

/* A folder that cannot be looked into for want of a resource is not empty. */
static int on_glob_error(const char *path, int errnum)
{
	(void)path;
	return errnum == EMFILE || errnum == ENFILE || errnum == ENOMEM ||
	       errnum == EIO;
}

static int host_include(void *ctx, const char *pattern,
			int (*add)(void *arg, const char *name,
				   const char *text, size_t n, struct err *e),
			void *arg, struct err *e)
{
	const struct include_arg in = { ctx, add, arg };
	size_t n;
	glob_t found;
	int ret = glob(pattern, GLOB_NOCHECK, on_glob_error, &found);

	if (ret != 0)
		return err_set(e, ERR_TEMP, "cannot look for '%s'", pattern);
	n = found.gl_pathc;
	/* a pattern may match nothing; a plain name must be there */
	if (strpbrk(pattern, "*?[") != NULL && n == 1 &&
	    strcmp(found.gl_pathv[0], pattern) == 0)
		n = 0;
	for (size_t i = 0; ret == 0 && i < n; i++)
		ret = include_one(&in, found.gl_pathv[i], e);
	globfree(&found);
	return ret;
}

/* PATH was passed over: if it is there all the same, E says why. */
static void note_skipped(struct route *r, const char *path, const struct err *e)
{
	struct stat st;

	if (stat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return;
	if (r->skipped == NULL)
		r->skipped = xstrdup(e->text);
}

/* 1: loaded, 0: not there, -1: wrong. */
static int load(struct reader *rd, const char *path, struct err *e)
{
	struct buf text = BUF_INIT(RC_FILE_MAX);
	char *home = host_home(rd->trust_env);
	struct rc_host host = {
		.ctx = rd, .home = home, .eval = host_eval,
		.include = host_include, .getenv = host_getenv,
	};
	int fd = -1, ret = read_file(path, &text, &fd, e);

	if (ret > 0) {
		if (rc_parse(&rd->r->rc, path, buf_str(&text), text.len, &host,
			     e) < 0 ||
		    check_secret(rd, fd, path, &text, e) < 0)
			ret = -1;
		close(fd);
	} else if (text.full) {		/* read, and no rc file */
		e->kind = ERR_CONFIG;
	}
	if (ret == 0)
		note_skipped(rd->r, path, e);
	if (ret >= 0)
		buf_addf(&rd->r->info, ret > 0 ?
			 "loaded %s configuration file %s\n" :
			 "ignoring %s configuration file %s: no such file or "
			 "not readable\n", rd->user ? "user" : "system", path);
	buf_wipe(&text);
	free(home);
	return ret;
}

static bool exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

char *route_user_file(bool trust_env)
{
	const char *xdg = trust_env ? getenv("XDG_CONFIG_HOME") : NULL;
	char *home = host_home(trust_env);
	char *path, *other;

	if (home == NULL)
		return NULL;
	path = xasprintf("%s/.msmtprc", home);
	if (!exists(path)) {
		other = xdg != NULL ? xasprintf("%s/msmtp/config", xdg) :
			xasprintf("%s/.config/msmtp/config", home);
		if (exists(other)) {
			free(path);
			path = other;
		} else {
			free(other);
		}
	}
	free(home);
	return path;
}

static int load_files(const struct route_ask *ask, struct route *r,
		      struct err *e)
{
	struct reader rd = { .r = r, .trust_env = ask->trust_env };
	char *path;
	int ret;

	if (load(&rd, SYSCONFDIR "/msmtprc", e) < 0)
		return -1;
	rd.user = true;
	if (ask->rc_file != NULL) {
		ret = load(&rd, ask->rc_file, e);
		if (ret == 0)
			return err_set(e, ERR_IO, "%s (it is the configuration "
				       "file asked for)", e->text);
		return ret;
	}
	path = route_user_file(ask->trust_env);
	ret = path != NULL ? load(&rd, path, e) : 0;
	free(path);
	return ret < 0 ? -1 : 0;
}

static int no_account(const struct route_ask *ask, const struct route *r,
		      struct err *e)
{
	const char *name = ask->account != NULL ? ask->account : "default";
	const char *near = rc_closest(&r->rc, name);

	if (r->rc.n == 0 && r->rc.files > 0)
		return err_set(e, ERR_CONFIG, "account '%s' not found: '%s' "
			       "defines none; write 'account %s' and its settings",
			       name, r->rc.file[r->rc.files - 1], name);
	if (r->rc.n == 0 && r->skipped != NULL)
		return err_set(e, ERR_CONFIG, "account '%s' not found: %s", name,
			       r->skipped);
	if (r->rc.n == 0)
		return err_set(e, ERR_CONFIG, "account '%s' not found: no "
			       "configuration file was found; write "
			       "~/.msmtprc, or use --host", name);
	if (ask->account == NULL)
		return err_set(e, ERR_CONFIG, "account 'default' not found in %s; "
			       "choose one by -a, or write 'account default : %s'",
			       r->rc.files > 0 ? r->rc.file[r->rc.files - 1] : "",
			       near != NULL ? near : r->rc.account[0]->id);
	return err_set(e, ERR_CONFIG, "account '%s' not found in %s%s%s%s",
		       name, r->rc.files > 0 ? r->rc.file[r->rc.files - 1] : "",
		       near != NULL ? "; did you mean '" : "",
		       near != NULL ? near : "", near != NULL ? "'?" : "");
}

/* msmtp's last resort: SMTPSERVER and EMAIL name a relay and a sender. */
static bool from_environment(const struct route_ask *ask, struct route *r)
{
	const char *server = getenv("SMTPSERVER"), *email = getenv("EMAIL");

	if (!ask->trust_env || server == NULL || server[0] == '\0' ||
	    (ask->from == NULL && email == NULL && !ask->no_mail))
		return false;
	strv_add(&r->acc.host, server);
	if (email != NULL)
		r->acc.from = xstrdup(email);
	buf_adds(&r->info, "using the environment variables SMTPSERVER and "
		 "EMAIL\n");
	return true;
}

/*
 * By the senders as they will be, where msmtp finds none: what it does find
 * comes first.  Not %C, which may cost a look-up, nor %F, which is whatever
 * the mail says.
 */
static const struct account *find_by_sender(const struct rc *rc, const char *addr)
{
	const struct account *found = rc_find_from(rc, addr);

	for (size_t i = 0; found == NULL && i < rc->n; i++) {
		const char *from = rc->account[i]->from;
		struct err ignored = ERR_INIT;
		char *text;

		if (from == NULL || strchr(from, '%') == NULL ||
		    strstr(from, "%C") != NULL || strstr(from, "%F") != NULL)
			continue;
		text = xstrdup(from);
		if (route_substitute(&text, NULL, &ignored) == 0 &&
		    rc_from_fits(text, addr))
			found = rc->account[i];
		free(text);
	}
	return found;
}

static int choose(const struct route_ask *ask, struct route *r, struct err *e)
{
	const struct account *a = NULL;

	if (ask->account != NULL) {
		a = rc_find(&r->rc, ask->account);
	} else {
		if (ask->from != NULL &&
		    (a = find_by_sender(&r->rc, ask->from)) != NULL)
			buf_addf(&r->info, "account chosen by the sender's "
				 "address %s\n", ask->from);
		if (a == NULL && (a = rc_find(&r->rc, "default")) != NULL)
			buf_adds(&r->info, "falling back to the default "
				 "account\n");
		if (a == NULL && from_environment(ask, r))
			return 0;
	}
	if (a == NULL) {
		no_account(ask, r, e);
		/* where it may well stand */
		return r->skipped == NULL || r->rc.files == 0 ? -1 :
			err_set(e, e->kind, "%s; %s", e->text, r->skipped);
	}
	account_clear(&r->acc);
	account_copy(&r->acc, a);
	r->file = xstrdup_null(a->begun.file);
	buf_addf(&r->info, "using account %s from %s\n", a->id,
		 r->file != NULL ? r->file : "the configuration");
	return 0;
}

static void replace_all(char **text, const char *what, const char *by)
{
	struct buf out = BUF_INIT(65536);
	const char *p = *text, *at;

	while ((at = strstr(p, what)) != NULL) {
		buf_add(&out, p, (size_t)(at - p));
		ascii_printable(&out, by, strlen(by));
		p = at + strlen(what);
	}
	buf_adds(&out, p);
	free(*text);
	*text = buf_steal(&out);
}

int route_substitute(char **text, const char *header_from, struct err *e)
{
	static const struct {
		const char *pattern;
		char *(*get)(void);
	} subst[] = {
		{ "%U", host_user }, { "%H", host_name }, { "%C", host_canonical },
	};
	char *value;

	if (*text == NULL || strchr(*text, '%') == NULL)
		return 0;
	if (strstr(*text, "%M") != NULL) {
		if (host_mailname(&value, e) < 0)
			return -1;
		if (value == NULL)
			return err_set(e, ERR_CONFIG, "cannot replace %%M in "
				       "'%s': " SYSCONFDIR "/mailname is "
				       "missing or empty", *text);
		replace_all(text, "%M", value);
		free(value);
	}
	for (size_t i = 0; i < sizeof subst / sizeof subst[0]; i++) {
		if (strstr(*text, subst[i].pattern) == NULL)
			continue;
		value = subst[i].get();
		replace_all(text, subst[i].pattern, value);
		free(value);
	}
	if (header_from != NULL)
		replace_all(text, "%F", header_from);
	return 0;
}

/* SHA-1 and MD5 can be forged by now; they work, as in msmtp. */
static void warn_of_pins(struct route *r)
{
	struct pin pins[PINS_MAX];
	struct err ignored = ERR_INIT;
	size_t n = 0;

	if (r->acc.tls != ON || r->acc.tls_fingerprint == NULL ||
	    pins_parse(r->acc.tls_fingerprint, pins, &n, &ignored) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (pins[i].n < PIN_BYTES)
			warn(r, "tls_fingerprint is of a kind that can be "
			     "forged; --serverinfo shows the SHA-256 one");
}

static int complete(const struct route_ask *ask, struct route *r,
		    struct err *e)
{
	struct account *a = &r->acc;

	if (route_substitute(&a->domain, NULL, e) < 0)
		return account_blame(a, "domain", e);
	if (route_substitute(&a->from, ask->header_from, e) < 0)
		return account_blame(a, "from", e);
	if (a->auto_from == ON) {
		char *user = host_user();

		free(a->from);
		a->from = a->maildomain != NULL && a->maildomain[0] != '\0' ?
			xasprintf("%s@%s", user, a->maildomain) : xstrdup(user);
		free(user);
	}
	warn_of_pins(r);
	if (ask->no_login)
		a->auth = AUTH_OFF;
	return account_check(a, e);
}

/*
 * Where a password comes from is one question with several rows.  The command
 * line's answer stands in place of all that the account says about it.
 */
static void merge(struct account *a, const struct account *over)
{
	static const char *const keys[] = { "password", "passwordfile",
					    "passwordeval" };

	if ((over->passwordeval != NULL && over->passwordeval[0] != '\0') ||
	    (over->passwordfile != NULL && over->passwordfile[0] != '\0'))
		for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
			opt_unset(a, opt_by_key(keys[i]));
	account_merge(a, over);
}

int route_open(const struct route_ask *ask, struct route *r, struct err *e)
{
	account_init(&r->acc);
	if (ask->host_given) {
		buf_adds(&r->info, "using the command line's settings only\n");
	} else {
		if (load_files(ask, r, e) < 0)
			return -1;
		r->loaded = true;
		if (choose(ask, r, e) < 0)
			return -1;
	}
	if (ask->over != NULL)
		merge(&r->acc, ask->over);
	r->chosen = true;
	return complete(ask, r, e);
}

void route_clear(struct route *r)
{
	rc_clear(&r->rc);
	account_clear(&r->acc);
	buf_free(&r->info);
	free(r->file);
	free(r->warning);
	free(r->skipped);
	*r = (struct route)ROUTE_INIT;
}
