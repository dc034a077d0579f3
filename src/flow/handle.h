/*
 * Hands on the queue: what a person does to one message in it.
 */
#ifndef FLOW_HANDLE_H
#define FLOW_HANDLE_H

#include "base/buf.h"
#include "base/err.h"
#include "flow/spool.h"

#define HANDLE_WAIT_MS 2000	/* while a run has the message */

/*
 * Each gives 0; 1 with ERR_DATA when there is no such message; or -1 with
 * ERR_DATA (it is damaged and left alone), ERR_TEMP (somebody is sending it),
 * or what the spool says.
 */

/* It is there and can be tried: that alone, held ones stay held. */
int handle_find(struct spool *s, const char *id, struct err *e);

/* It is not tried until released; hold a held one: nothing happens. */
int handle_hold(struct spool *s, const char *id, struct err *e);

/* It is due now, also when it was held. */
int handle_release(struct spool *s, const char *id, struct err *e);

/* Remove it for good; nobody is told. */
int handle_drop(struct spool *s, const char *id, struct err *e);

/*
 * What was given up: put ID of S's "failed" back into the queue, as if it
 * had been entered now.
 */
int handle_revive(struct spool *s, const char *id, struct err *e);

/* Append what is known of it, and the message, for a person. */
int handle_show(struct spool *s, const char *id, struct buf *out,
		struct err *e);

#endif
