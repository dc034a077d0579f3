/*
 * Passwords from the desktop's keyring (a Secret Service) by libsecret, which
 * is loaded when asked for and not before.
 */
#ifndef SYS_KEYRING_H
#define SYS_KEYRING_H

#include <stdbool.h>

#include "base/err.h"
#include "base/secret.h"

#define KEYRING_SECONDS 60	/* a person may have to unlock it */

/*
 * The password of USER at HOST: the item that msmtp keeps (attributes host,
 * service "smtp", user), else a network password (server, protocol "smtp",
 * user).  *found tells; nothing is found, nothing loaded and nothing started
 * where there is no session bus or no libsecret, or when we run set-user-id
 * or set-group-id.  -1 when the service is in trouble: ERR_TEMP (no answer
 * in time, told to stop), ERR_UNAVAILABLE (its words; it may be locked), or
 * ERR_CONFIG (longer than SECRET_MAX).  A caller with other sources can go
 * on to the next.
 */
int keyring_find(const char *host, const char *user, struct secret *out,
		 bool *found, struct err *e);

#endif
