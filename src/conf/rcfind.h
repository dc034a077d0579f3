/*
 * The accounts of an rc while it is read: places, names, order.  Private to
 * src/conf; rc.h has what others use.
 */
#ifndef CONF_RCFIND_H
#define CONF_RCFIND_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/rc.h"

struct rc_more {
	bool replaced;			/* by an account of the file being read */
	bool given[ACCOUNT_OPTS];	/* rows set by the account or inherited
					 * from another, not from defaults */
};

/* Append A, which RC owns from now on.  Its name now means this account. */
void rc_add(struct rc *rc, struct account *a);

/* The place of the account called ID; false: there is none. */
bool rc_place(const struct rc *rc, const char *id, size_t *i);

/* Put the accounts from place FIRST on before the others, drop the replaced. */
void rc_settle(struct rc *rc, size_t first);

/* Hash all names anew; of equal names the last wins. */
void rc_index(struct rc *rc);

#endif
