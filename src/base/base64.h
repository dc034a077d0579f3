/*
 * Base 64 (RFC 4648 section 4), one line, padded.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

struct buf;

/* Append the encoding of N bytes. */
void base64_encode(struct buf *out, const void *p, size_t n);

/*
 * Append the bytes that the N characters encode; 0, or -1 when they are
 * not padded base 64 (any foreign character, wrong padding, bits set
 * behind the end), with OUT as it was.
 */
int base64_decode(struct buf *out, const char *p, size_t n);

#endif
