/*
 * Which account a mail takes: the rc files, the choice, the command line
 * over it, and what is only known here (substitutions, default files).
 */
#ifndef FLOW_ROUTE_H
#define FLOW_ROUTE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/buf.h"
#include "conf/account.h"
#include "conf/rc.h"

struct route_ask {
	const char *rc_file;		/* -C, or NULL */
	const char *account;		/* -a, or NULL */
	bool host_given;		/* --host: no rc file is opened */
	const char *from;		/* -f or the header's, or NULL */
	const struct account *over;	/* the command line's settings */
	bool trust_env;			/* HOME, USER may be believed */
	bool no_login;			/* --serverinfo: `auth` is not looked at */
	bool no_mail;			/* a relay is wanted, and no sender */
	const char *header_from;	/* the message's From, for %F; or NULL */
};

struct route {
	struct rc rc;
	struct account acc;	/* the one chosen, complete and checked */
	bool chosen;		/* acc is that, or, after a failure, all but
				 * fit for use: it tells where to log */
	bool loaded;		/* the rc files are all in rc: what failed, if
				 * anything, was the choice of an account */
	char *file;		/* where it was defined, or NULL */
	char *warning;		/* what should be cured though it works, or NULL */
	char *skipped;		/* why the first rc file that is there and may
				 * not be read was passed over, or NULL */
	struct buf info;	/* what was loaded and chosen, a line each, for
				 * --pretend and --debug */
};

#define ROUTE_INIT { .rc = RC_INIT, .info = BUF_INIT(65536) }

/*
 * Read the rc files and choose.  Missing and unreadable files are skipped, as
 * msmtp does, but an unreadable one is named when an account is not found; -C's
 * must be readable.  -1 with ERR_CONFIG
 * (content, permissions, no such account, contradictions), or with ERR_IO: an
 * rc file that cannot be read, an eval that fails.
 */
int route_open(const struct route_ask *ask, struct route *r, struct err *e);

/* The user's rc file, malloced: ~/.msmtprc, or the XDG place when only that is
 * there; NULL when there is no home. */
char *route_user_file(bool trust_env);

/*
 * Put this machine's and user's names for %U, %H, %C and %M in *text, and
 * HEADER_FROM, unless NULL, for %F.  -1 with ERR_CONFIG when %M has none.
 */
int route_substitute(char **text, const char *header_from, struct err *e);

void route_clear(struct route *r);

#endif
