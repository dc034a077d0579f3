/*
 * A server may give the password back in the text of a refusal.  That text
 * goes to standard error, logs and the trace, so the secret is taken out of
 * it first.
 */
#ifndef WIRE_ECHO_H
#define WIRE_ECHO_H

#include "base/buf.h"
#include "base/secret.h"

#define ECHO_SECRET_MIN 4	/* shorter secrets are left: their bytes are
				 * ordinary words of any reply */

/*
 * Overwrite with '*' every place of TEXT where S stands plainly or, at any
 * distance from the start, in base 64.
 */
void echo_mask(struct buf *text, const struct secret *s);

#endif
