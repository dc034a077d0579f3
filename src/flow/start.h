/*
 * What a process that may be called by anybody does first.
 */
#ifndef FLOW_START_H
#define FLOW_START_H

#include "base/err.h"

/*
 * Descriptors 0 to 2 exist, signals, umask and limits are ours, and INT,
 * TERM and HUP make waits end instead of the process (sys/host.h).
 */
void start_process(void);

/* The signal that asked us to stop, 0: none. */
int start_stopped(void);

/*
 * Tell the system's log that PROG was called wrongly: who runs a sendmail
 * often sends its standard error to /dev/null.
 */
void start_log_misuse(const char *prog, const struct err *e);

/* The home directory for "~" on the command line, the caller's, or NULL. */
char *start_home(void);

#endif
