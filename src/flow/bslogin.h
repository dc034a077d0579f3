/*
 * Who may speak to sendmail -bs: a file of NAME:PASSWORD lines, for a port that
 * containers and other hosts' programs can reach.
 */
#ifndef FLOW_BSLOGIN_H
#define FLOW_BSLOGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define BSLOGIN_FILE_MAX 65536	/* bytes of the file */

struct bs_logins;

/*
 * Read PATH, which must be private (fs_check_private()): a line for each login,
 * "#" begins a comment line.  *out is freed by bs_logins_free().  -1 with
 * ERR_CONFIG, also for a file without any login.
 */
int bs_logins_load(const char *path, struct bs_logins **out, struct err *e);

/*
 * Is MSG of N bytes, a SASL PLAIN message (RFC 4616: [authzid] NUL authcid NUL
 * passwd), one of the logins?  Takes the same time whoever it is.  False when
 * L is NULL.
 */
bool bs_login_ok(const struct bs_logins *l, const char *msg, size_t n);

/* Wipe and free; L may be NULL. */
void bs_logins_free(struct bs_logins *l);

#endif
