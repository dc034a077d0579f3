/*
 * Message identifiers (RFC 5322 section 3.6.4).
 */
#ifndef TEXT_MSGID_H
#define TEXT_MSGID_H

#include <stddef.h>

#define MSGID_RANDOM 16	/* random bytes an identifier is made of */

/*
 * "<hex@DOMAIN>" from RANDOM, the caller's to free.  DOMAIN is used when
 * it is a dot-atom or a literal; else (NULL, empty, blanks, controls)
 * "localhost.invalid" takes its place.  No name is looked up.
 */
char *msgid_make(const unsigned char random[MSGID_RANDOM], const char *domain);

#endif
