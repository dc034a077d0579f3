/*
 * An account for a mail address out of what its domain publishes (RFC 6186,
 * RFC 8314).
 */
#ifndef FLOW_CONFIGURE_H
#define FLOW_CONFIGURE_H

#include "base/buf.h"
#include "base/err.h"

#define CONFIGURE_SECONDS 30	/* for all look-ups together */

/*
 * Append an account block for ADDRESS to OUT, with comments on what is left
 * to do.  TLS from the first byte (_submissions) is preferred to STARTTLS
 * (_submission).  -1 with ERR_DATA (no address with a domain), ERR_NOHOST (the
 * domain publishes neither), ERR_TEMP (the name servers do not answer).
 */
int configure(const char *address, struct buf *out, struct err *e);

#endif
