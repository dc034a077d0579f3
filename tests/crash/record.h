/*
 * What an act on the queue writes, syncs, names and renames, and every state
 * that the disk may legally be in when the power is cut at a point of it:
 *
 *  - what was written to a file since its last fsync is there, not there
 *    (zeros where something behind it is), or there by half;
 *  - each name made, changed or removed in a directory since that directory's
 *    last fsync is there or not, whatever became of the others, also when
 *    the file itself was synced;
 *  - all of it independently;
 *  - what waited for an fsync that failed may be lost for good, whatever
 *    later ones say (the kernel reports such an error once).
 *
 * That is weaker than any file system in use.
 */
#ifndef CRASH_RECORD_H
#define CRASH_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/crash/acts.h"
#include "tests/crash/watch.h"

#define OPS_MAX 400		/* operations of one act */
#define PENDING_MAX 24		/* of them unsynced at one point */

struct record;

/* What became of an operation that was not synced; HALF only of writes. */
enum fate { THERE, LOST, HALF };

/* The states judged so far, and found good. */
struct states {
	uint64_t *v;
	size_t n, cap;
};

/* What is below ST's folder now is on the disk.  ST has to outlive it. */
struct record *record_new(const struct stage *st);
void record_free(struct record *r);

/* CALL is about to be made. */
void record_call(struct record *r, const struct watch_call *call);

/* CALL, a write, will be of its first N bytes only. */
void record_short(struct record *r, const struct watch_call *call, size_t n);

/* CALL, an fsync, will fail, and not by an interruption. */
void record_unsynced(struct record *r, const struct watch_call *call);

/* How many operations there were; -1: more than we can follow. */
int record_ops(const struct record *r);

/* Which of those before END need not have reached the disk; how many. */
int record_pending(const struct record *r, int end, int out[PENDING_MAX]);

/* How many fates operation OP may have. */
unsigned record_fates(const struct record *r, int op);

/*
 * Judge the disk as the next run finds it (stage_judge()) when the power is
 * cut before operation END and those unsynced fare as FATE[] says; once for
 * each state and what had been promised by then.
 */
bool record_judge(const struct record *r, int end, const enum fate *fate,
		  struct states *judged);

/* Print the operations before END and their fates. */
void record_explain(const struct record *r, int end, const enum fate *fate);

#endif
