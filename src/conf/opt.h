/*
 * The one table of options.
 *
 * A row per setting: rc command, long option, letter, account field, type,
 * bounds or words, default, help, obsolete names.  It feeds the rc parser,
 * the command line, --help, --pretend and --print-config, inheritance,
 * defaults, shell completion, and the check that the manual pages name
 * every row.
 */
#ifndef CONF_OPT_H
#define CONF_OPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "conf/account.h"

enum opt_type {
	OPT_TEXT,	/* char * */
	OPT_PATH,	/* char *, a leading "~" stands for the home */
	OPT_SECRET,	/* struct secret */
	OPT_NUM,	/* int in min..max, or one of the words */
	OPT_DURATION,	/* int seconds in min..max: 30 10s 5m 2h 5d, or a word */
	OPT_CHOICE,	/* int by words */
	OPT_SET,	/* unsigned, a comma list of words; 0 or a word that
			 * is not a power of two's stands alone */
	OPT_LIST,	/* struct strv of blank-separated words */
	OPT_AUTH,	/* auth and auth_mech */
	OPT_PINS,	/* char *, fingerprints as pins.h reads them */
	OPT_NOTHING,	/* accepted, does nothing; no field */
	OPT_COMMAND	/* shapes the rc file (account, include); no field */
};

/* What an empty argument means (rc file; options with an empty value). */
enum opt_empty {
	EMPTY_ERROR,
	EMPTY_UNSET,	/* no value: NULL */
	EMPTY_TEXT,	/* the empty string itself */
	EMPTY_DEFAULT,	/* as if it had not been set */
	EMPTY_WORD	/* `bare` */
};

enum opt_where {	/* a set */
	OPT_RC = 1,		/* an rc command */
	OPT_LONG = 2,		/* --name=value */
	OPT_VALUE_OPTIONAL = 4,	/* --name alone is allowed: takes `bare` */
	OPT_OBSOLETE = 8,	/* works, but the manual names another */
	OPT_OWN = 16,		/* not msmtp's: never makes a beginning of an
				 * msmtp option ambiguous */
	OPT_NOARG = 32,		/* takes no argument in an rc file */
	OPT_LITERAL = 64	/* "${" means nothing in its value */
};

struct opt_word {
	const char *word;	/* the first of a value is how it is printed */
	int value;
};

struct opt {
	const char *key;	/* rc command; the long option is the same with
				 * "-" for "_" */
	char letter;		/* short option, 0: none */
	enum opt_type type;
	unsigned where;		/* OPT_ set */
	size_t field;		/* offset in struct account */
	const char *def;	/* default as an rc file would say it, or NULL */
	long min, max;
	const struct opt_word *words;	/* ended by a NULL word */
	enum opt_empty empty;
	const char *bare;	/* value of the option given without one, and of
				 * a command with EMPTY_WORD */
	const char *of;		/* for another name of a row: that row's key */
	/* Is VALUE fit for a TEXT?  May put a better form, malloced, in *fixed. */
	int (*check)(const char *value, char **fixed, struct err *e);
	const char *arg;	/* metavariable for --help */
	const char *help;	/* one line, lower case */
};

#define OPT_NAME_MAX 40	/* bytes of the longest key with its NUL */

extern const struct opt opts[];
extern const size_t opts_n;

/* The row of an rc command (obsolete names too), long option, or letter;
 * NULL: none. */
const struct opt *opt_by_key(const char *key);
const struct opt *opt_by_long(const char *name);
const struct opt *opt_by_letter(char c);

/* The number of O's row in opts[] and account.origin[]; for another name of
 * a row, that row's. */
size_t opt_index(const struct opt *o);

/* O's long option without the dashes: its key with "-" for "_". */
void opt_long_name(const struct opt *o, char out[OPT_NAME_MAX]);

/* The known rc command nearest to KEY, or NULL: for "did you mean". */
const char *opt_closest_key(const char *key);

/*
 * Set O in A to VALUE, an rc argument with quotes removed (NULL: the option
 * was given bare), and note ORIGIN, whose line is not 0.  HOME is put for
 * "~" in paths.  -1 with ERR_CONFIG: what is wrong with the value and what
 * would be right, without naming the row; A is unchanged then.
 */
int opt_set(struct account *a, const struct opt *o, const char *value,
	    const char *home, struct origin origin, struct err *e);

/* As opt_set(), but a LIST or PINS row keeps what it has and gets more. */
int opt_add(struct account *a, const struct opt *o, const char *value,
	    const char *home, struct origin origin, struct err *e);

/* Back to the table's default, origin cleared. */
void opt_unset(struct account *a, const struct opt *o);

/* O's value and origin of FROM in place of A's; nothing without a field. */
void opt_copy(struct account *a, const struct account *from,
	      const struct opt *o);

/* Have A and B the same value in O? */
bool opt_same(const struct account *a, const struct account *b,
	      const struct opt *o);

/*
 * Contradictions between settings, after everything was merged: ERR_CONFIG
 * naming file and line of the setting and what to write instead.  Who does
 * not log in (--serverinfo) unsets `auth` before.
 */
int account_check(const struct account *a, struct err *e);

/*
 * E is about A's setting KEY: "FILE:LINE: " goes before it, if an rc file said
 * so.  Always -1.
 */
int account_blame(const struct account *a, const char *key, struct err *e);

#endif
