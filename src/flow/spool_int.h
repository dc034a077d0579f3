/*
 * What the spool's files share; nobody else's.
 */
#ifndef FLOW_SPOOL_INT_H
#define FLOW_SPOOL_INT_H

#include "flow/spool.h"

#define SPOOL_NAME_MAX (ENTRY_ID_MAX + 8)

struct spool {
	char *path;
	int dir;
	int run;		/* the folder "run", or -1 */
	bool shared;		/* other machines may have it, too */
	bool dirty;		/* the directory has names to be synced */
	struct err lost;	/* why that failed once */
	struct err trouble;	/* with an env; not told yet */
	size_t n_settled;	/* left, their env is gone */
	struct spool_held *settled[SPOOL_SETTLED];
	size_t n_synced;	/* that is on the disk: their msg may go */
	struct spool_held *synced[SPOOL_SETTLED];
};

struct spool_held {
	struct spool *s;
	struct entry en;
	int msg;		/* holds the lock */
	int env;		/* as it is named now, or -1: to be opened */
	struct draft draft;
	bool loaded;		/* the draft's head and facts are there */
};

/* ID and SUFFIX as a file's name. */
void spool_name(char out[SPOOL_NAME_MAX], const char *id, const char *suffix);

/* Is ID's file with that suffix there? */
bool spool_there(struct spool *s, const char *id, const char *suffix);

/* ID's msg, open and locked by us, and how long it is (unless SIZE is NULL): 0;
 * 1: another has it, or it is gone. */
int spool_own(struct spool *s, const char *id, int *fd, uint64_t *size,
	      struct err *e);

/* Replace EN's env by way of ID.new, synced but for the names. */
int spool_write_env(struct spool *s, const struct entry *en, struct err *e);

/*
 * Bring ID to a row of the table that lasts: row 2 becomes row 0, a new
 * without owner goes.  *removed (may be NULL) counts one for row 2.
 */
int spool_repair_id(struct spool *s, const char *id, size_t *removed,
		    struct err *e);

#endif
