/*
 * Asking a person, on the terminal and nowhere else.
 */
#ifndef SYS_PROMPT_H
#define SYS_PROMPT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/secret.h"

/*
 * Ask on /dev/tty with PROMPT, no echo; the terminal is restored also when
 * a signal ends us.  -1 with ERR_UNAVAILABLE when there is no terminal, or
 * nothing was typed; ERR_TEMP when there may be one and it cannot be opened.
 */
int prompt_secret(const char *prompt, struct secret *out, struct err *e);

#endif
