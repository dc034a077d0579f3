/*
 * What is done to a queue while it is watched, and what must hold of the
 * queue afterwards, wherever it was stopped.
 */
#ifndef CRASH_ACTS_H
#define CRASH_ACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "flow/entry.h"

#define MSGS 4
#define RCPTS 2
#define CIRCUIT_SAID "the relay does not answer"	/* of all accounts */

/* One message of the stage, in memory shared with the watched child. */
struct msg {
	char id[ENTRY_ID_MAX];
	bool used;
	volatile bool promised;	/* enter said yes, or it was there before */
	volatile bool going;	/* the act means to remove it */
	volatile bool gone;	/* and said that it has */
	volatile bool buried;	/* to "failed", not for good */
	bool maybe;		/* an earlier run may have sent it */
	bool foreign;		/* another machine is sending it */
	volatile bool unmarked;		/* it was sent as if none had */
	volatile int sent[RCPTS];	/* how often the relay said yes */
	volatile bool dropped[RCPTS];	/* the act means to take him off */
	volatile bool settled[RCPTS];	/* that was recorded, we were told */
};

struct stage {
	char dir[64];
	char path[96];			/* the queue */
	volatile bool on;		/* the act proper has begun */
	volatile bool over;		/* and has ended */
	volatile int result;		/* what it gave: 0 or -1 */
	volatile bool leaked;		/* a descriptor is still open */
	struct err e;
	struct msg msg[MSGS];
};

struct act {
	const char *name;
	bool fresh;			/* the queue does not exist before */
	size_t before;			/* messages queued before */
	void (*prepare)(struct stage *st);	/* more of that, or NULL */
	int (*perform)(struct stage *st);
	bool room;			/* it needs some on the disk */
};

extern const struct act acts[];
extern const size_t acts_n;

/* A new folder, in memory if it can be: there an fsync costs nothing. */
void folder_new(char path[64]);

/* A stage for ACT, in shared memory; stage_free() removes it. */
struct stage *stage_new(const struct act *a);
void stage_free(struct stage *st);

/* rm -r */
void tree_remove(const char *path);

/* The child's part, for watch_run(). */
struct performance {
	const struct act *act;
	struct stage *st;
};
int stage_perform(void *performance);

enum judge {	/* a set */
	JUDGE_REBOOT = 1,	/* the machine went down: older claims are of
				 * another boot */
	JUDGE_POWER = 2,	/* row 4 may be met, of what was not promised */
	JUDGE_BROKEN = 4	/* nothing could be removed: what was refused
				 * may be there */
};

/*
 * Repair the queue at PATH as the next run does and look at everything.
 * False, with the reason on standard output, when a promise was broken or
 * something is left that is no row of the state table.
 */
bool stage_judge(const struct stage *st, const char *path, unsigned how);

#endif
