/*
 * The option table as people read it.
 */
#ifndef CONF_OPTOUT_H
#define CONF_OPTOUT_H

#include "base/buf.h"
#include "conf/opt.h"

#define OPTOUT_HELP_COLUMN 32	/* where the text of an option begins, less 2 */

/* The part of --help that the option table knows, a line an option. */
void optout_help(struct buf *out);

/* The same for the options that are no settings (cli.h), those that FACE (a
 * CLI_ bit) knows and acts on. */
void optout_cli_help(unsigned face, struct buf *out);

/*
 * `key = value` lines as msmtp --pretend prints them (msmtp's rows and
 * order), secrets as "*".
 */
void optout_pretend(const struct account *a, bool sendmail_mode,
		    struct buf *out);

/*
 * The account as an rc file would say it: every row that is set, with a
 * comment "# file:line" of its origin; secrets as a comment that they are
 * set.
 */
void optout_print_config(const struct account *a, struct buf *out);

/* One row's value as an rc file says it; secrets as "*", unset as "". */
void optout_value(const struct account *a, const struct opt *o,
		  struct buf *out);

#endif
