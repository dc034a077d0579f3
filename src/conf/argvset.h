/*
 * What single options do to the result of a command line.  Private to
 * src/conf: argv.c walks the words and finds the rows, this puts the values.
 */
#ifndef CONF_ARGVSET_H
#define CONF_ARGVSET_H

#include "conf/argv.h"
#include "conf/cli.h"
#include "conf/opt.h"

/* What was said on the way and is judged at the end. */
struct argv_seen {
	bool serverinfo, rmqs, print_config, address_test;
	enum mode mode;		/* of -b, -q, -I, and the called name */
};

/*
 * Put VALUE (NULL: none given) of a row of the account table, which stood in
 * word AT of argv.
 */
int argv_setting(struct argv_result *r, const struct opt *o, const char *value,
		 const char *home, unsigned at, struct err *e);

/* Put VALUE of a row of the other table. */
int argv_option(struct argv_result *r, struct argv_seen *seen,
		const struct cliopt *c, const char *value, struct err *e);

#endif
