/*
 * Domain names that are not ASCII (IDNA 2008 by libidn2, RFC 5890).
 */
#ifndef TEXT_IDN_H
#define TEXT_IDN_H

#include <stdbool.h>

#include "base/err.h"

/*
 * DOMAIN (UTF-8) with its U-labels as A-labels, the caller's to free; an
 * ASCII domain and a literal ("[192.0.2.1]") come back as they are.  -1
 * with ERR_DATA when it cannot be a domain name: what comes back is
 * letters, digits, "-" and dots whatever a character was mapped to.
 */
int idn_to_ascii(const char *domain, char **out, struct err *e);

/*
 * The address SPEC with an ASCII domain, the caller's to free.  *ascii
 * tells whether all of it is ASCII now; false means that the local part
 * needs SMTPUTF8 (RFC 6531).
 */
int idn_addr_to_ascii(const char *spec, char **out, bool *ascii, struct err *e);

#endif
