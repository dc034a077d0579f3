/*
 * Passwords from a netrc file.
 */
#ifndef SYS_NETRC_H
#define SYS_NETRC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"

/*
 * The password of the first entry of TEXT (N bytes) whose machine is HOST
 * (case aside) and whose login is USER.  Grammar: machine, default, login or
 * user, password or passwd, account, macdef (up to an empty line), in any
 * order after machine; tokens may be quoted "so" with backslash escapes; "#"
 * starts a comment only where a keyword may stand, so that a password may
 * begin with it.  `default` matches any host with the same login.
 * *found tells; -1 with ERR_CONFIG for a file that cannot be understood.
 */
int netrc_find(const char *text, size_t n, const char *host, const char *user,
	       struct secret *out, bool *found, struct err *e);

/*
 * The same from the file PATH; a missing file finds nothing; one that others
 * can read or write is refused with ERR_CONFIG and the chmod that cures it.
 */
int netrc_lookup(const char *path, const char *host, const char *user,
		 struct secret *out, bool *found, struct err *e);

#endif
