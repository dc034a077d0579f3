/*
 * Passwords from a netrc file.
 */
#ifndef SYS_NETRC_H
#define SYS_NETRC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"

#define NETRC_MAX (1u << 20)	/* bytes of a file that is read */

/*
 * The password of the first entry of TEXT (N bytes) whose machine is HOST
 * (case aside) and whose login is USER; an entry without login or password
 * is passed over.  Grammar: words apart by blanks and line ends;
 *
 *	machine NAME | default		begins an entry
 *	login NAME | user NAME
 *	password WORD | passwd WORD
 *	account WORD | port WORD	not used
 *	macdef NAME			up to an empty line; not used
 *
 * in any order after machine.  A word that begins with " or ' ends with the
 * same and holds everything between, also line ends; a backslash is a
 * character like others.  "#" begins a comment, to the end of the line, only
 * where a keyword may stand, so that a password may begin with it.
 * `default` matches any host with the same login.
 * *found tells; -1 with ERR_CONFIG and the line number for a file that
 * cannot be understood.  No word of the file appears in a message.
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
