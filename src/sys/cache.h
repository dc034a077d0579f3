/*
 * Small files that are always safe to delete: what can be worked out again,
 * kept to save time.
 */
#ifndef SYS_CACHE_H
#define SYS_CACHE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Read the cached file NAME (a plain file name) and append it to OUT.  False
 * when there is none, it is larger than OUT takes, or it or its directory
 * could have been written by somebody else: nothing of it is used then.
 */
bool cache_read(const char *name, struct buf *out);

/* Is there a place to keep anything?  It is made when it is missing. */
bool cache_usable(void);

/* Replace it by N bytes, mode 0600, at once or not at all; a failure is
 * nobody's business. */
void cache_write(const char *name, const void *p, size_t n);

/*
 * The same for a file that is used once: the one who gets it is the only
 * one.
 */
bool cache_take(const char *name, struct buf *out);

/* Remove it. */
void cache_drop(const char *name);

#endif
