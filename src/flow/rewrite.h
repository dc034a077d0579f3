/*
 * Addresses that do not leave as they came: aliases and bare local names.
 */
#ifndef FLOW_REWRITE_H
#define FLOW_REWRITE_H

#include <stdbool.h>

#include "base/err.h"
#include "conf/account.h"
#include "text/envelope.h"

#define REWRITE_ALIAS_FILE_MAX (16u << 20)	/* bytes of an alias file */

/*
 * Replace local recipients of ENV by what ACC's alias file says: names without a
 * domain, at ACC's qualify_domain, at localhost and at the names that this host
 * has by itself, its hosts file or its mailname.  No name is looked up.  The file
 * is not even opened when no recipient could be in it.  -1 with ERR_CONFIG.
 */
int rewrite_aliases(const struct account *acc, struct envelope *env,
		    struct err *e);

/*
 * Is ACC's alias file, if it has one, free of errors, also of those that only show
 * when a name is looked up: loops, includes?  -1 with ERR_CONFIG.
 */
int rewrite_check_aliases(const struct account *acc, struct err *e);

/*
 * Put "@DOMAIN" behind every address of ENV that has no domain; two that
 * become the same are one afterwards.
 */
void rewrite_qualify(struct envelope *env, const char *domain);

/*
 * May ACC's relay refuse SPEC as a sender, so that the account's own address
 * must take its place?  With `sender force` any other address, with `sender
 * fix` those of this machine: bare names and names at this host or at
 * localhost.  Never the null sender.
 */
bool rewrite_sender_for(const struct account *acc, const char *spec);

#endif
