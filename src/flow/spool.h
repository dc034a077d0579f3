/*
 * The queue on disk.
 *
 * Two files per message in one directory: ID.msg, the draft (header and
 * body in wire form, CRLF, no dot-stuffing), written once, whose lock is
 * ownership; and ID.env, small readable text, replaced atomically, which
 * is the truth.
 *
 *	msg		env	meaning				after a crash
 *	-		-	nothing				-
 *	+ locked	-	being written			next row
 *	+		-	never promised, or settled	removed
 *	+		+	queued				tried when due
 *	-		+	impossible by order		reported, left alone
 *
 * Enter: create msg, lock, write, fsync; write env.new, fsync, rename to
 * env, fsync the directory; only then is anything promised.
 * Leave: unlink env, fsync the directory, unlink msg, unlock.
 *
 * The directory belongs to one user, mode 0700; symbolic links, hard links
 * (nlink != 1), FIFOs, other owners and wrong modes are refused.
 */
#ifndef FLOW_SPOOL_H
#define FLOW_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strv.h"
#include "flow/draft.h"
#include "text/envelope.h"
#include "wire/outcome.h"

#define SPOOL_ID_MAX 40

/* The contents of an ID.env. */
struct entry {
	char id[SPOOL_ID_MAX];
	char *account;		/* the account's id */
	char *rc_file;		/* -C it was found in, absolute, or NULL */
	struct envelope env;	/* recipients not yet settled */
	struct outcome *last;	/* what was last said of each, or NULL */
	uint64_t size;		/* draft_size() */
	bool eightbit, utf8_header;
	int64_t entered;	/* seconds since 1970 */
	int64_t next;		/* when it is due */
	unsigned tries;
	bool warned;		/* the delay notice went out */
	bool held;
	char *subject;		/* decoded and printable, for lists; or NULL */
};

void entry_clear(struct entry *en);

struct spool;

/*
 * Open the queue DIR, made when missing (0700).  -1: ERR_TEMP (no space,
 * read-only, I/O), ERR_CONFIG (not ours, wrong mode, not a directory).
 */
int spool_open(const char *dir, struct spool **out, struct err *e);
void spool_close(struct spool *s);

/*
 * Enter a message: D is written whole and EN (without id) with it; en->id is
 * filled in.  0: both are on disk and will survive a power cut.  -1: nothing
 * was promised and nothing is left behind (or only what repair removes).
 */
int spool_enter(struct spool *s, const struct draft *d, struct entry *en,
		struct err *e);

/* Ids of all queued messages, oldest first; foreign and damaged names with
 * the reason into STRANGE ("name: reason"), which may be NULL. */
int spool_list(struct spool *s, struct strv *ids, struct strv *strange,
	       struct err *e);

/* Read ID's env without owning it: for lists. */
int spool_peek(struct spool *s, const char *id, struct entry *out,
	       struct err *e);

/*
 * Own ID: lock its msg, read its env again, open its draft.  1: taken; 0:
 * somebody else has it or it is gone; -1: damaged.
 */
struct spool_held;
int spool_take(struct spool *s, const char *id, struct spool_held **out,
	       struct err *e);
struct entry *spool_held_entry(struct spool_held *h);
const struct draft *spool_held_draft(struct spool_held *h);

/* Replace the env by what the held entry says now; it stays owned. */
int spool_update(struct spool_held *h, struct err *e);

/* Remove the message for good and let go of it. */
int spool_leave(struct spool_held *h, struct err *e);

/* Move it to failed/, where it stays visible, and let go of it. */
int spool_bury(struct spool_held *h, struct err *e);

/* Let go of it as it is. */
void spool_release(struct spool_held *h);

/* Remove what a crash left behind (the table above); *removed may be NULL. */
int spool_repair(struct spool *s, size_t *removed, struct err *e);

#endif
