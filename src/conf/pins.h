/*
 * Fingerprints of certificates that are trusted by themselves.
 *
 *	pins = pin *("," pin)
 *	pin  = 2HEXDIG *(*(":" / SP) 2HEXDIG)	; 32, 20 or 16 bytes
 */
#ifndef CONF_PINS_H
#define CONF_PINS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define PINS_MAX 16		/* fingerprints of one account */
#define PIN_BYTES 32

struct pin {
	unsigned char byte[PIN_BYTES];
	size_t n;	/* 32: SHA-256, 20: SHA-1, 16: MD5 */
};

/*
 * Read TEXT into V, which has room for PINS_MAX; *n is how many there are,
 * at least 1.  -1 with ERR_CONFIG saying what is wrong.
 */
int pins_parse(const char *text, struct pin v[PINS_MAX], size_t *n,
	       struct err *e);

/* Append P in upper case with colons. */
void pin_print(const struct pin *p, struct buf *out);

#endif
