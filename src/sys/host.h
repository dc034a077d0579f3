/*
 * This machine and the person at it.
 */
#ifndef SYS_HOST_H
#define SYS_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/err.h"

/* The login name of the real uid by the password database, "unknown" when
 * it has none; never from the environment.  The caller's to free. */
char *host_user(void);

/* The full name from the same entry's first GECOS field ("&" replaced), or
 * NULL.  The caller's to free. */
char *host_full_name(void);

/* The home directory: $HOME when TRUST_ENV and it is set and not empty, else
 * the password database's, else NULL.  The caller's to free. */
char *host_home(bool trust_env);

/*
 * Whether the environment can be the real user's own: it names no HOME, or a
 * folder that belongs to them.  Daemons that take on another uid often leave
 * the environment of the one who started them.
 */
bool host_env_ours(void);

/* gethostname(), "localhost" when it fails.  The caller's to free. */
char *host_name(void);

/*
 * How many descriptors we may have, after asking for WANTED (the hard limit is
 * not touched).
 */
size_t host_descriptors(size_t wanted);

/* The canonical name of host_name() by getaddrinfo(), else host_name(). */
char *host_canonical(void);

/*
 * The full name that the hosts file gives host_name(), the caller's to free; NULL
 * when it gives none.  The DNS is not asked.
 */
char *host_full(void);

/*
 * The first line of SYSCONFDIR/mailname into *out, the caller's to free; NULL
 * when there is none.  -1 with ERR_TEMP when that cannot be told now, with
 * ERR_CONFIG when it is no domain name.
 */
int host_mailname(char **out, struct err *e);

/* N random bytes from the kernel; ends the program with EX_OSERR when it has
 * none. */
void host_random(void *p, size_t n);

/* Local time now. */
void host_localtime(struct tm *tm);

/*
 * Make the process what we rely on, first thing in main(): descriptors 0-2
 * exist (/dev/null on what was closed), SIGPIPE and SIGXFSZ ignored, none
 * blocked, those at their defaults that would do harm ignored (not those that
 * a person ignores on purpose: HUP under nohup, INT), umask 077, core dumps
 * off.
 * Gives which of 0-2 had been closed, as bits.
 */
unsigned host_settle(void);

/*
 * INT, TERM and HUP from now on set a flag and interrupt waits instead of
 * ending the process; host_stopped() gives the signal, 0: none.
 */
void host_catch_stop(void);
int host_stopped(void);

/* Becomes readable when the signal comes, for poll(); -1 (which poll() leaves
 * alone) before host_catch_stop().  Not to be read or closed. */
int host_stop_fd(void);

#endif
