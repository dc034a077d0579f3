/*
 * What a queue run is about to send, written down before it is sent.
 *
 * A message whose run dies between the relay's answer and the removal of
 * its env would be sent again as if nothing had happened.  While the
 * machine stays up the env itself tells (entry.h, "sending").  For a power
 * cut and for other machines, each run owns a small file in the queue's
 * folder "run" and brings the ids of its next messages to the disk before
 * it gives the first of them to the relay.  Who finds such a file:
 *
 *	written			its messages
 *	since this boot		tell for themselves
 *	by this machine before	are marked as maybe sent
 *	by another machine	are left alone for CLAIM_FOREIGN_S, whether or
 *				not the owner's lock can be seen from here;
 *				then marked as maybe sent
 *
 * What cannot be marked is left alone as well, and its claim stays.
 *
 * When the directory cannot be brought to the disk, what a run has removed may
 * be back after the next start of the machine, whatever later fsyncs say.  So
 * its claim is "lost" and stays until then; runs meanwhile use another file, as
 * long as there is one.
 *
 * The file is made once and overwritten in place, so that a full disk does
 * not keep the queue from becoming empty.  Torn by a power cut it may still
 * name messages of the time before: those are marked without need.
 *
 *	HOST.N.claim = "ostler-claim 1" LF
 *		"host " HOST LF "boot " ID LF "pid " N LF "time " N LF
 *		"lost " ( "0" / "1" ) LF *( "id " ID LF ) "end" LF, filled up with LF
 */
#ifndef FLOW_CLAIM_H
#define FLOW_CLAIM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strv.h"
#include "flow/spool.h"

#define CLAIM_MAX 1024			/* messages written down together */
#define CLAIM_FOREIGN_S (6 * 3600)	/* another machine is believed so long */

struct claim;

/* Begin a run on S.  -1: ERR_TEMP or ERR_IO; nothing may be sent then. */
int claim_open(struct spool *s, struct claim **out, struct err *e);

/*
 * Make this machine's first claim file if it is not there: while there is
 * room.  On a full disk no run could begin otherwise.
 */
void claim_prepare(struct spool *s);

/*
 * Write down IDS, at most CLAIM_MAX, in place of what was written before, after a
 * look at what others have left behind.  IDS begins with those that were
 * written before, so that a torn write loses none, unless all of them are settled
 * and synced.  MINE, one flag per id, tells those that may be sent: not
 * those that another machine has or that wait for their mark.  0: on the disk.
 * -1: also when it cannot be told what another has claimed.
 */
int claim_set(struct claim *c, const struct spool_ids *ids, bool *mine,
	      struct err *e);

/* All are settled and synced. */
void claim_clear(struct claim *c);

/*
 * What was written down last is perhaps never settled on the disk (spool_lost()).
 * Nothing else is to be written down here.
 */
void claim_lost(struct claim *c);

/*
 * Has any run since the machine was started lost what it did (or cannot that be
 * told)?  Then what looks like a remainder may belong to an env that comes back.
 */
bool claim_any_lost(struct claim *c);

/* End the run; what is still written down counts as a dead run's.  NULL is
 * fine. */
void claim_close(struct claim *c);

#endif
