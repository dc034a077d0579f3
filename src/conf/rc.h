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

struct rc {
	struct account **account;	/* in search order */
	size_t n, cap;
	char **file;			/* names that origins point into */
	size_t files;
	bool has_secret;		/* a literal `password` command */
};

#define RC_INIT { 0 }

/* What the file needs from outside; each gives 0 or -1 with E set. */
struct rc_host {
	void *ctx;
	const char *home;		/* for "~" */
	/* eval: the first line that the shell command CMD prints */
	int (*eval)(void *ctx, const char *cmd, char **line, struct err *e);
	/* include: contents of the files matching PATTERN, with their names,
	 * one call of ADD each; checked as the rc itself */
	int (*include)(void *ctx, const char *pattern,
		       int (*add)(void *arg, const char *name, const char *text,
				  size_t n, struct err *e),
		       void *arg, struct err *e);
	/* ${VAR}: the variable's value, or NULL */
	const char *(*getenv)(void *ctx, const char *name);
};

/*
 * Add the accounts of the file NAME with its N bytes of TEXT to RC.  An
 * account that is there from an earlier file of lower rank (the system's)
 * is replaced.  -1 with ERR_CONFIG "NAME:LINE: what is wrong" and, for an
 * unknown command, the closest known one; RC is unusable then but for
 * rc_clear().
 */
int rc_parse(struct rc *rc, const char *name, const char *text, size_t n,
	     const struct rc_host *host, struct err *e);

/* The account called ID, exact case, or NULL. */
const struct account *rc_find(const struct rc *rc, const char *id);

/*
 * The account whose `from` matches ADDR: exact addresses first, then globs
 * and subaddresses, the user's file before the system's; NULL: none.
 */
const struct account *rc_find_from(const struct rc *rc, const char *addr);

/* The known account name nearest to ID, or NULL. */
const char *rc_closest(const struct rc *rc, const char *id);

/* Free everything; RC is as RC_INIT then. */
void rc_clear(struct rc *rc);

#endif
