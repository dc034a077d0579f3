/*
 * What a process that may be called by anybody does first.
 */
#ifndef FLOW_START_H
#define FLOW_START_H

/*
 * Descriptors 0 to 2 exist, signals, umask and limits are ours, and INT,
 * TERM and HUP make waits end instead of the process (sys/host.h).
 */
void start_process(void);

/* The signal that asked us to stop, 0: none. */
int start_stopped(void);

/* The home directory for "~" on the command line, the caller's, or NULL. */
char *start_home(void);

#endif
