/*
 * The queue on disk.
 *
 * Two files per message in one directory: ID.msg, the draft (header and
 * body in wire form, CRLF, no dot-stuffing), written once, whose lock is
 * ownership; and ID.env (entry.h), small readable text, replaced
 * atomically, which is the truth.  ID.new is the next ID.env being written,
 * by the owner only.
 *
 *	row  msg	env	meaning				after a crash
 *	 0   -		-	nothing				-
 *	 1   + locked	-	being written			row 2
 *	 2   +		-	never promised, or settled	removed
 *	 3   +		+	queued				tried when due
 *	 3l  + locked	+	queued, and somebody's		row 3
 *	 4   -		+	impossible by order		reported, left alone
 *
 * Enter (0 -> 1 -> 3): create msg, lock, write, fsync; write new, fsync,
 * rename to env, fsync the directory; only then is anything promised.
 * Update (3l -> 3l): write new, fsync, rename to env.
 * Send (3l -> 3l): "sending" is set in the env before the relay is given the
 * message; update and leave end it.
 * Leave (3l -> 2 -> 0): unlink env, fsync the directory, unlink msg, unlock.
 * An env that cannot be unlinked says that all are settled; who finds one
 * that does finishes this.
 *
 * Row 4 can only be met where a power cut let the directory keep a younger
 * name and lose an older one, before anything was promised; or where
 * somebody has removed a file.
 *
 * The directory belongs to one user, mode 0700.  Files in it must be what
 * we made: regular, ours, mode 0600, one name; symbolic and hard links,
 * FIFOs, other owners and wrong modes are refused and reported, and so is
 * every other name.  The folder "failed" is a queue of the same form, of
 * what was given up; the folder "run" belongs to claim.h, circuit.h and
 * runner.h.
 *
 * Who owns a message: he who holds the lock on ID.msg (store.h).  Over NFS
 * that lock is the server's, so two machines that share a home do not send
 * twice; and because a mount may keep its locks to itself, a run also
 * writes down host, boot and what it is about to send (claim.h), and
 * believes what another machine has written there.
 */
#ifndef FLOW_SPOOL_H
#define FLOW_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strv.h"
#include "flow/draft.h"
#include "flow/entry.h"

#define SPOOL_WINDOW 16384	/* ids looked at together: a run's memory does
				 * not grow with the queue */
#define SPOOL_SETTLED 1024	/* settled messages that wait for one fsync */

struct spool;
struct spool_held;

/*
 * Open the queue DIR; MAKE it (0700) when it is missing.  1: missing; -1:
 * ERR_TEMP or ERR_IO (store.h), ERR_CONFIG (not ours, wrong mode, not a
 * directory).
 */
int spool_open(const char *dir, bool make, struct spool **out, struct err *e);

/* The queue of what was given up, below S, as spool_open(). */
int spool_open_failed(const struct spool *s, bool make, struct spool **out,
		      struct err *e);

/* Close; what was left by spool_leave() and not yet synced is synced. */
void spool_close(struct spool *s);

/* The directory as it was given. */
const char *spool_path(const struct spool *s);

/* A descriptor of the folder "run", made when missing; S's.  -1 with E. */
int spool_run_dir(struct spool *s, struct err *e);

/* An id for a message that is to be entered under a name known before. */
void spool_new_id(char out[ENTRY_ID_MAX]);

/*
 * Enter a message: D is written whole and EN with it.  en->id is made up
 * unless it is set; size, head and eightbit are filled in.  0: both are on
 * disk and will survive a power cut.  1: there is an entry of that id
 * already, nothing was done.  -1: nothing was promised and nothing is left
 * behind (or only what repair removes).
 */
int spool_enter(struct spool *s, const struct draft *d, struct entry *en,
		struct err *e);

/* A list of ids, in one piece of memory that it owns. */
struct spool_ids {
	char (*id)[ENTRY_ID_MAX];
	size_t n, cap;
};

#define SPOOL_IDS_INIT { .n = 0 }

/*
 * Up to MAX ids of queued messages that come behind AFTER ("": from the
 * beginning), oldest first, in place of what was in IDS.  Fewer than MAX: that
 * was the end.
 */
int spool_window(struct spool *s, const char *after, size_t max,
		 struct spool_ids *ids, struct err *e);

/* Add a copy of ID; give the memory back. */
void spool_ids_add(struct spool_ids *ids, const char *id);
void spool_ids_clear(struct spool_ids *ids);

/*
 * Call FN for each name in the directory that is not what the table knows,
 * with the reason ("is a symbolic link", "its message is missing").  What
 * is damaged inside an env is told by spool_peek().
 */
int spool_strange(struct spool *s,
		  void (*fn)(void *ctx, const char *name, const char *reason),
		  void *ctx, struct err *e);

/* Read ID's env without owning it: 0; 1: gone; -1: damaged, E says how. */
int spool_peek(struct spool *s, const char *id, struct entry *out,
	       struct err *e);

/* The same, with the file and its words, for spool_take_seen(). */
struct spool_look {
	struct entry en;
	struct buf text;
	struct stat st;		/* of the file, when it was opened */
	bool dated;		/* any later change shows in its times */
	int env;
};

#define SPOOL_LOOK_INIT { .text = BUF_INIT(ENTRY_FILE_MAX), .env = -1 }

/* As spool_peek(); L is clear unless 0 is given. */
int spool_look(struct spool *s, const char *id, struct spool_look *l,
	       struct err *e);

void spool_look_clear(struct spool_look *l);

/* Does anybody own ID at this moment? */
bool spool_busy(struct spool *s, const char *id);

/*
 * Own ID: lock its msg and read its env.  1: taken, *out is the caller's; 0:
 * somebody else has it, or it is gone; -1: damaged, its msg is missing (row 4),
 * or it cannot be opened now.
 */
int spool_take(struct spool *s, const char *id, struct spool_held **out,
	       struct err *e);

/*
 * The same for what L has seen, which is not opened or parsed again unless
 * it has changed.  L->en may be empty afterwards; L is still to be cleared.
 */
int spool_take_seen(struct spool *s, struct spool_look *l,
		    struct spool_held **out, struct err *e);

/* spool_take(), waiting up to MS milliseconds while somebody else has it. */
int spool_take_within(struct spool *s, const char *id, int ms,
		      struct spool_held **out, struct err *e);

/* What it says (entry.h's `sending` is as the last owner left it); the
 * caller may change it and call spool_update(). */
struct entry *spool_held_entry(struct spool_held *h);

/*
 * The message: its head, and its body if it is small, are read into memory,
 * a larger body stays in the file.  Valid until H is let go of.  -1 with
 * ERR_IO.
 */
int spool_held_draft(struct spool_held *h, const struct draft **out,
		     struct err *e);

/*
 * Replace the env by what the held entry says now; it stays owned.  On the
 * disk when this returns, but for the name, which spool_sync() brings there.
 * -1: the old env is untouched.
 */
int spool_update(struct spool_held *h, struct err *e);

/*
 * Tell those who find the entry after our death that it was being sent (or,
 * with ON false, that nothing of it was).  One byte in place, no fsync: for
 * a power cut there is claim.h.
 */
int spool_sending(struct spool_held *h, bool on, struct err *e);

/*
 * The same, ON, and on the disk: the last resort for a doubt (it may have been
 * sent) that spool_update() cannot write down for want of room.  -1: only a
 * claim can tell of it now (spool_lost()).
 */
int spool_cut_off(struct spool_held *h, struct err *e);

/*
 * The last resort when spool_update() fails, for want of room: strike ADDR out
 * of the env in place, one byte, which needs no room.
 */
int spool_strike(struct spool_held *h, const char *addr, struct err *e);

/*
 * Remove the message.  Its env is gone now, or says that nobody waits for it;
 * its msg, and the promise that a power cut does not bring it back, are
 * spool_sync()'s, or that of the SPOOL_SETTLED'th message, so that many share
 * one fsync.  H is gone when this gives 0; on -1 nothing has changed and H is
 * still the caller's.
 */
int spool_leave(struct spool_held *h, struct err *e);

/*
 * Bring everything above to the disk and finish what left.  -1 tells of the
 * first file that could not be removed, which is left as a crash would leave
 * it, or that nothing can be said of what is on the disk.
 */
int spool_sync(struct spool *s, struct err *e);

/*
 * -1 with E: the directory, or an env that had to be there at once, could not be
 * brought to the disk.  What was changed before may be lost for good, though
 * later syncs succeed: the kernel tells of such trouble once.  Until the claims of
 * a new run take the place of those that know of it.
 */
int spool_lost(const struct spool *s, struct err *e);
void spool_forget_lost(struct spool *s);

/*
 * Bring to the disk what spool_sending() and spool_leave() of an owner that is
 * dead have put into ID's env.
 */
int spool_secure(struct spool *s, const char *id, struct err *e);

/* Others have changed names: the next sync is for them as well. */
void spool_touched(struct spool *s);

/*
 * spool_sync(), but for the message files of what left.  spool_spare() removes a
 * file that may go, when there is time for it (false: there is none); the
 * next sync all of them.
 */
int spool_sync_names(struct spool *s, struct err *e);
bool spool_spare(struct spool *s);

/*
 * Copy it to "failed", where it stays visible, and leave; en->why says why.
 * A crash in between leaves it in both places, and burying again is
 * harmless.  On -1 it stays queued and H is still the caller's.
 */
int spool_bury(struct spool_held *h, struct err *e);

/* Let go of it as it is. */
void spool_release(struct spool_held *h);

/*
 * Remove what a crash left behind: row 2, and every ID.new whose owner is
 * gone.  *removed (may be NULL) counts messages, not files.  -1: something
 * could not be removed; all else was.
 */
int spool_repair(struct spool *s, size_t *removed, struct err *e);

/*
 * The same, and finish what had begun to leave, for which every env is read:
 * for queues that no run goes through.
 */
int spool_tidy(struct spool *s, struct err *e);

#endif
