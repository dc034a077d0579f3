/*
 * The options that are no setting of an account: what to do, where to look,
 * and the letters that other sendmail programs know.  A second, small table
 * beside opt.h, in the same spirit: --help, shell completion, the command
 * line and the check against the manual page all read it.
 */
#ifndef CONF_CLI_H
#define CONF_CLI_H

#include <stdbool.h>
#include <stddef.h>

enum cli_arg {
	CLI_NONE,	/* no value */
	CLI_OPTIONAL,	/* only glued: -qVALUE, --name=VALUE */
	CLI_REQUIRED	/* glued or the next word */
};

enum {	/* sets of faces */
	CLI_O = 1,	/* called as ostler */
	CLI_M = 2,	/* called as msmtp */
	CLI_S = 4,	/* called as sendmail, mailq, newaliases */
	CLI_OM = CLI_O | CLI_M,
	CLI_ALL = CLI_O | CLI_M | CLI_S
};

enum cli_id {
	CLI_IGNORED, CLI_ACCOUNT, CLI_FILE, CLI_FROM,
	CLI_READ_RECIPIENTS, CLI_READ_ENVELOPE_FROM, CLI_PRETEND, CLI_DEBUG, CLI_PROBE,
	CLI_VERBOSE, CLI_SHOW_SECRETS, CLI_SERVERINFO, CLI_RMQS, CLI_CONFIGURE,
	CLI_PRINT_CONFIG, CLI_JSON, CLI_LMTP, CLI_VERSION, CLI_HELP, CLI_MODE,
	CLI_ALIASES, CLI_QUEUE, CLI_OPTION, CLI_LONG_OPTION, CLI_ERRMODE,
	CLI_ENVID, CLI_TAG
};

struct cliopt {
	const char *name;	/* long option, or NULL */
	char letter;		/* or 0 */
	enum cli_arg arg;
	unsigned faces;		/* that know it */
	bool own;		/* not msmtp's: never makes a beginning of an
				 * msmtp option ambiguous */
	enum cli_id id;		/* what it does; CLI_IGNORED: nothing */
	const char *metavar;	/* of its value, or NULL */
	const char *help;	/* one line, lower case; NULL: accepted, not
				 * worth a line of --help */
};

extern const struct cliopt cliopts[];
extern const size_t cliopts_n;

/* The row that the face (one CLI_ bit) has for a letter or name, or NULL. */
const struct cliopt *cli_by_letter(char letter, unsigned face);
const struct cliopt *cli_by_name(const char *name, unsigned face);

#endif
