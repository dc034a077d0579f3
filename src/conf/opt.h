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
	OPT_TEXT,	/* char *; empty: as `empty` says */
	OPT_PATH,	/* as TEXT, a leading "~" stands for the home */
	OPT_SECRET,	/* struct secret */
	OPT_NUM,	/* int in min..max; `off` word allowed when offword */
	OPT_DURATION,	/* int seconds: 30, 10s, 5m, 2h, 5d; `off` */
	OPT_CHOICE,	/* int by words */
	OPT_LIST,	/* struct strv of blank-separated words */
	OPT_SPECIAL	/* parsed by its own function */
};

/* What an empty argument means (rc file; options with an empty value). */
enum opt_empty { EMPTY_ERROR, EMPTY_UNSET, EMPTY_TEXT, EMPTY_DEFAULT, EMPTY_WORD };

enum opt_where {	/* a set */
	OPT_RC = 1,	/* an rc command */
	OPT_LONG = 2,	/* --name=value */
	OPT_VALUE_OPTIONAL = 4,	/* --name alone is allowed: takes `bare` */
	OPT_OBSOLETE = 8	/* works, but the manual names another */
};

struct opt_word {
	const char *word;
	int value;
};

struct opt {
	const char *key;	/* rc command; the long option is the same with
				 * "-" for "_" */
	char letter;		/* short option, 0: none */
	enum opt_type type;
	unsigned where;
	size_t field;		/* offset in struct account */
	const char *def;	/* default as an rc file would say it, or NULL */
	long min, max;
	const struct opt_word *words;
	enum opt_empty empty;
	const char *bare;	/* value of the option given without one */
	int (*special)(struct account *a, const struct opt *o,
		       const char *value, struct err *e);
	const char *arg;	/* metavariable for --help */
	const char *help;	/* one line, lower case */
};

extern const struct opt opts[];
extern const size_t opts_n;

/* The row of an rc command (obsolete names too) or long option, or NULL. */
const struct opt *opt_by_key(const char *key);
const struct opt *opt_by_long(const char *name);
const struct opt *opt_by_letter(char c);

/* The known rc command nearest to KEY, or NULL: for "did you mean". */
const char *opt_closest_key(const char *key);

/*
 * Set O in A to VALUE, an rc argument with quotes removed (NULL: the option
 * was given bare), and note ORIGIN.  HOME is put for "~" in paths.  -1 with
 * ERR_CONFIG: what is wrong with the value and what would be right; A is
 * unchanged then.
 */
int opt_set(struct account *a, const struct opt *o, const char *value,
	    const char *home, struct origin origin, struct err *e);

/* Back to the table's default, origin cleared. */
void opt_unset(struct account *a, const struct opt *o);

/*
 * Contradictions between settings, after everything was merged: ERR_CONFIG
 * naming file and line of the setting and what to write instead.
 */
int account_check(const struct account *a, struct err *e);

#endif
