/*
 * The secret of an account, from wherever it is kept.
 */
#ifndef FLOW_CRED_H
#define FLOW_CRED_H

#include <stdbool.h>

#include "base/err.h"
#include "base/secret.h"
#include "conf/account.h"

/*
 * Find ACC's secret, in this order: password, passwordfile, passwordeval,
 * a service credential ($CREDENTIALS_DIRECTORY/ostler.ID), keyring,
 * ~/.netrc and SYSCONFDIR/netrc, a prompt when MAY_ASK.  Nothing is done
 * when the account's login needs none.  -1 with ERR_CONFIG, or ERR_UNAVAILABLE when
 * there is none: where was looked and what to set.
 */
int cred_get(const struct account *acc, bool may_ask, struct secret *out,
	     struct err *e);

#endif
