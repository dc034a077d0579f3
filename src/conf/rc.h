/*
 * The rc file: msmtp's grammar, line by line (ostler's extras are rows of
 * the same table).  Pure: the text is handed in; what the file asks the
 * outside for (eval, include, variables) comes through callbacks.
 */
#ifndef CONF_RC_H
#define CONF_RC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "conf/account.h"

#define RC_LINE_MAX 65536	/* bytes of one line */
#define RC_FILE_MAX (16u << 20)	/* bytes of one file */
#define RC_INCLUDE_DEPTH 8
#define RC_INCLUDE_FILES 1000	/* of one rc_parse() */

struct rc {
	struct account **account;	/* in search order */
	size_t n, cap;
	char **file;			/* names that origins point into */
	size_t files;
	bool has_secret;		/* a literal `password` command */
	/* private */
	struct rc_more *more;		/* beside each account */
	size_t *slot, slots;		/* hash of the names */
};

#define RC_INIT { 0 }

/* What the file needs from outside; each gives 0 or -1 with E set. */
struct rc_host {
	void *ctx;
	const char *home;		/* for "~" */
	/* eval: the first line that the shell command CMD prints */
	int (*eval)(void *ctx, const char *cmd, char **line, struct err *e);
	/* include: contents of the files matching PATTERN, with their names,
	 * one call of ADD each, whose -1 is handed back; checked as the rc
	 * itself (rc_has_secret) */
	int (*include)(void *ctx, const char *pattern,
		       int (*add)(void *arg, const char *name, const char *text,
				  size_t n, struct err *e),
		       void *arg, struct err *e);
	/* ${VAR}: the variable's value, or NULL */
	const char *(*getenv)(void *ctx, const char *name);
};

/*
 * Add the accounts of the file NAME with its N bytes of TEXT to RC.  A later
 * file has the higher rank: its accounts stand before those of earlier files
 * and replace those of the same name.  -1 with ERR_CONFIG "NAME:LINE: what is
 * wrong" and, for an unknown command, the closest known one; with ERR_IO when
 * an eval failed; or with what include said.  RC is unusable then but for
 * rc_clear().
 */
int rc_parse(struct rc *rc, const char *name, const char *text, size_t n,
	     const struct rc_host *host, struct err *e);

/*
 * Does TEXT hold a password, so that nobody else may read the file?  Only a
 * line of its own counts, not what `eval` or `include` bring in.
 */
bool rc_has_secret(const char *text, size_t n);

/* The account called ID, exact case, or NULL. */
const struct account *rc_find(const struct rc *rc, const char *id);

/*
 * The first account in search order (the user's file before the system's,
 * each in its own order) whose `from` is ADDR without regard to case, or is
 * a pattern (? * [) that fits it, or, when ADDR has "+detail" before its "@"
 * and `from` has none, is or fits ADDR without the detail.  NULL: none.
 * Pattern letters such as %U stand for themselves here.
 */
const struct account *rc_find_from(const struct rc *rc, const char *addr);

/* The same comparison for one FROM, whatever its text was made of. */
bool rc_from_fits(const char *from, const char *addr);

/* The known account name nearest to ID, or NULL. */
const char *rc_closest(const struct rc *rc, const char *id);

/* Free everything; RC is as RC_INIT then. */
void rc_clear(struct rc *rc);

#endif
