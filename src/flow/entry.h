/*
 * One queued message as ID.env tells it: who it is from and for, by which
 * account it goes, when it is due, and what was last said of each
 * recipient.
 *
 *	file  = "ostler-queue 1" LF "sending " 1DIGIT LF *( line LF ) "end" LF
 *	line  = key SP value
 *
 * A value holds printable ASCII and blanks; every other byte, and "\",
 * is written "\xHH", so that foreign text can never add a line.  Two bytes
 * may be overwritten in place: the digit of the second line, 1 while the
 * message is being given to a relay (found by a later owner: that attempt's
 * process died, and the message may have been sent), 2 when all recipients
 * are settled and only the files are still there; and the letter that
 * begins a "rcpt" line, which becomes "x" when the recipient is settled
 * (spool_strike() in spool.h).
 *
 * A file whose first line names another version belongs to a newer program
 * and is left alone; so is one with an unknown key, without its last line,
 * or with the id of another.
 */
#ifndef FLOW_ENTRY_H
#define FLOW_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strv.h"
#include "text/envelope.h"
#include "wire/outcome.h"

#define ENTRY_ID_MAX 40			/* bytes of an id, with the NUL */
#define ENTRY_FILE_MAX (32u << 20)	/* bytes of one ID.env */
#define ENTRY_SAID_MAX 1024		/* bytes kept of a reply's text */
#define ENTRY_SENDING_AT 23		/* offset of the digit */

struct entry {
	char id[ENTRY_ID_MAX];
	char *account;		/* the account's id, "": the command line's own */
	char *rc_file;		/* it was found in, absolute, or NULL */
	bool rc_usual;		/* that is its user's usual one, not -C's */
	bool trust_env;		/* HOME was believed when it was chosen */
	struct strv set;	/* rows set on the command line: "key value" */
	struct envelope env;	/* recipients not yet settled */
	struct outcome *last;	/* one per recipient: what was last said */
	size_t last_n;		/* how many that array has */
	uint64_t size;		/* bytes of the message in ID.msg */
	uint64_t head;		/* how many of them are the header block */
	bool eightbit;		/* a byte above 127 in its body */
	int64_t entered;	/* seconds since 1970 */
	int64_t next;		/* when it is due */
	bool sending;		/* an attempt was begun and not ended */
	unsigned tries;		/* attempts that ended with an answer, those
				 * made before they were due not counted */
	unsigned crashes;	/* attempts whose process died */
	bool warned;		/* the delay notice was made */
	bool held;		/* by a person: until released */
	unsigned notices;	/* failure notices made of it so far */
	char *notice_of;	/* this is a notice of that message, or NULL */
	unsigned notice_no;	/* its number there; 0: the delay notice */
	struct strv about;	/* of a notice: the recipients it tells of */
	char *why;		/* failed/: why it was given up, or NULL */
	char *subject;		/* decoded and printable, for lists; or NULL */
};

#define ENTRY_INIT { 0 }

/* Free everything; empty and usable again. */
void entry_clear(struct entry *en);

/*
 * Is NAME (N bytes) an id?  Lower-case letters, digits and "-", a letter
 * or digit first and last, 8 to ENTRY_ID_MAX - 1 of them.
 */
bool entry_id_ok(const char *name, size_t n);

/* Append the file's text; -1 with ERR_DATA when OUT is full. */
int entry_print(const struct entry *en, struct buf *out, struct err *e);

/*
 * Read N bytes of text as the file of ID.  Recipients struck out are not
 * in the result, nor is any when all are settled.  -1 with ERR_DATA: what is wrong with it; OUT is clear.
 */
int entry_parse(const char *text, size_t n, const char *id, struct entry *out,
		struct err *e);

/*
 * The offset in the N bytes of TEXT of the letter to overwrite when ADDR is
 * settled; -1 when no such recipient is in it.
 */
long entry_strike_at(const char *text, size_t n, const char *addr);

/*
 * An attempt at NOW was cut off: every recipient's outcome says that the
 * message may have been sent.  CRASHED: its process died over it; a message
 * that does this again and again waits longer each time.
 */
void entry_cut_off(struct entry *en, bool crashed, int64_t now);

/* May any of its recipients have had it already? */
bool entry_doubtful(const struct entry *en);

/* Make last[] have one fresh outcome per recipient. */
void entry_fresh_last(struct entry *en);

/*
 * Take the recipients off whose KEEP[i] is false (one flag per recipient),
 * with what was last said of them.
 */
void entry_keep(struct entry *en, const bool *keep);

#endif
