/*
 * The command line, read without touching anything: which face the program
 * shows, what it is asked to do, with which settings, for whom.
 *
 * As ostler and msmtp the grammar is GNU getopt_long's (options and
 * recipients mixed, unambiguous beginnings of long names, optional values
 * only glued).  As ostler the word "queue" in the first recipient's place is
 * a command.  As sendmail, mailq and newaliases it is the union of the
 * sendmail programs' letters, options end at the first other word, an empty
 * word is a value, and our long options are understood beside the letters.
 */
#ifndef CONF_ARGV_H
#define CONF_ARGV_H

#include <stdbool.h>

#include "base/err.h"
#include "base/strv.h"
#include "conf/account.h"

enum face {	/* by the last path component of argv[0] */
	FACE_OSTLER,	/* any other name */
	FACE_MSMTP,
	FACE_SENDMAIL,
	FACE_MAILQ,
	FACE_NEWALIASES
};

enum mode {
	MODE_SEND,	/* a message on stdin */
	MODE_NONE,	/* nothing but `version` and `help`; exit 0 */
	MODE_SERVERINFO,
	MODE_RMQS,	/* ETRN with `rmqs` */
	MODE_CONFIGURE,	/* account block for the address `configure` */
	MODE_PRINT_CONFIG,
	MODE_BS,	/* SMTP (LMTP with `lmtp`) on stdin and stdout */
	MODE_BP,	/* list the queue */
	MODE_BPCOUNT,	/* -bP: print how many mails are queued */
	MODE_BI,	/* check the alias file */
	MODE_BV,	/* print what the recipients come to */
	MODE_QUEUE,	/* run the queue, see `queue_run` */
	MODE_HANDS,	/* "ostler queue": `words` say what */
	MODE_SILENT	/* -bh, -bH: exit 0 without a word */
};

enum errmode {	/* -oeX; ERRMODE_PRINT also stands for not given */
	ERRMODE_PRINT, ERRMODE_MAIL, ERRMODE_WRITE, ERRMODE_BERKNET,
	ERRMODE_QUIET	/* status only, nothing on stderr */
};

enum delivery {	/* -odX */
	DELIVERY_DEFAULT,	/* not given */
	DELIVERY_NOW,		/* -odi, -odf */
	DELIVERY_BACKGROUND,	/* -odb: may return when safe on disk */
	DELIVERY_QUEUE		/* -odq, -odd: queue only */
};

struct argv_result {
	const char *prog;	/* last component of argv[0]; borrowed */
	enum face face;
	enum mode mode;
	bool version, help;	/* print these, in this order, before MODE */
	bool pretend;		/* -P: print the settings, send nothing */
	bool debug;		/* settings and dialogue on stdout */
	bool verbose;		/* sendmail's -v */
	bool show_secrets;	/* in the dialogue that DEBUG shows */
	bool json;
	bool lmtp;		/* with -bs */

	struct account over;	/* the rows that options set, origin file NULL;
				 * never `from`: see below */
	char *account;		/* -a, or NULL */
	char *rcfile;		/* -C, or NULL */
	char *rmqs;		/* with MODE_RMQS */
	char *configure;	/* with MODE_CONFIGURE */

	char *from;		/* -f, -r: one pair of "<>" dropped, "" is the
				 * null sender, else as given (patterns not yet
				 * expanded, no control characters); NULL: not
				 * given.  Apart from `over`, since the account's
				 * allow_from_override decides about it. */
	bool read_envelope_from;
	bool read_recipients;	/* -t */
	struct strv rcpt;	/* arguments as given, each an address list; no
				 * control characters in them */

	char *envid;		/* -V: printable ASCII, at most 100 bytes */
	char *syslog_tag;	/* -L: printable, at most 32 bytes */
	enum errmode errmode;
	enum delivery delivery;

	char *queue_run;	/* with MODE_QUEUE: what stood behind -q, or "" */
	unsigned queue_interval;/* seconds when that was a time, else 0 */

	char *const *words;	/* with MODE_HANDS: what stood behind "queue", */
	int nwords;		/* unread; borrowed */
};

/* What the command line needs to know of the outside. */
struct argv_host {
	bool posixly_correct;	/* no option behind the first other word */
	const char *home;	/* for "~" in paths, or NULL */
};

/*
 * Read ARGV into OUT, which need not be initialised and must be cleared,
 * also after a failure (then face and prog are valid).
 *
 * -1 with ERR_USAGE and one line: an unknown option (the nearest known one
 * named), an ambiguous beginning (the candidates named), a value that is
 * missing, superfluous or wrong, options that exclude one another or "queue",
 * a mode that is not offered, or nobody to send to.
 */
int argv_parse(int argc, char *const argv[], const struct argv_host *host,
	       struct argv_result *out, struct err *e);

/* The set of one (cli.h: CLI_O, CLI_M or CLI_S) whose grammar FACE has. */
unsigned argv_grammar(enum face face);

/* Free everything. */
void argv_clear(struct argv_result *r);

#endif
