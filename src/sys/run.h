/*
 * Other people's commands: passwordeval, eval.
 */
#ifndef SYS_RUN_H
#define SYS_RUN_H

#include <stdbool.h>

#include "base/err.h"
#include "base/secret.h"

#define RUN_SECONDS 60		/* a command that takes longer is ended; a
				 * pinentry waits for a person */

/*
 * Run CMD by /bin/sh -c and give the first line of its output without line
 * end.  Its standard input is /dev/null (never the mail), standard error is
 * ours, signals are at their defaults with an empty mask, other descriptors
 * are closed; it has its own process group, which is ended when we are told
 * to stop or the time is up.  -1 with ERR_CONFIG: it failed ("exited with
 * N", "was ended by signal N"), printed nothing, a NUL, or more than
 * SECRET_MAX; ERR_TEMP: time is up or we are being stopped.  WHAT names the
 * setting, for messages; the command's output never appears in one.
 */
int run_line(const char *cmd, const char *what, struct secret *out,
	     struct err *e);

#endif
