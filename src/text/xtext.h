/*
 * xtext (RFC 3461 section 4): ENVID and ORCPT values.
 */
#ifndef TEXT_XTEXT_H
#define TEXT_XTEXT_H

#include <stddef.h>

#include "base/buf.h"

/* Append the encoding: bytes outside "!".."~", "+" and "=" become +HH. */
void xtext_encode(struct buf *out, const char *p, size_t n);

/*
 * Append what the N characters encode; -1 when they are no xtext, with OUT
 * as it was.  The bytes may be any, controls and NUL too.
 */
int xtext_decode(struct buf *out, const char *p, size_t n);

#endif
