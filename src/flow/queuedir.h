/*
 * Where an account's queue is.
 */
#ifndef FLOW_QUEUEDIR_H
#define FLOW_QUEUEDIR_H

#include "base/err.h"
#include "conf/account.h"

/*
 * The queue's directory, the caller's to free: ACC's queue_dir if it is set
 * (ACC may be NULL); else ostler/queue below $XDG_STATE_HOME, if that is set
 * and the environment the real user's own; else for root
 * LOCALSTATEDIR/spool/ostler, for others ~/.local/state/ostler/queue.  -1
 * with ERR_CONFIG when the user has no home.
 */
int queuedir(const struct account *acc, char **out, struct err *e);

#endif
