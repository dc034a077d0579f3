/*
 * A message with an 8-bit body made fit for a relay without 8BITMIME
 * (RFC 6152 section 3, RFC 2045, RFC 2046).
 *
 * Only parts that hold bytes above 127 are touched.  Such a part is encoded
 * as quoted-printable or base 64, whichever is shorter for text, base 64 for
 * anything else, and its Content-Transfer-Encoding says so; a message that
 * had no MIME-Version gets one, and a body that was never labelled gets
 * text/plain in UTF-8, or in "unknown-8bit" (RFC 1428) when it is not UTF-8.
 * Decoding gives the bytes of the part again.  Enclosing parts labelled 8bit
 * or binary become 7bit.  Bytes above 127 outside all parts (before the
 * first and behind the last boundary of a multipart) or inside base 64,
 * where readers ignore them, become "?"; those in a part that is
 * quoted-printable already are escaped.  Header fields stay as they are,
 * raw 8-bit and all.
 *
 * What encoding would break is refused: signed parts, message/partial,
 * uuencode, multiparts without a boundary or with one that never comes.
 *
 * Two passes over the same bytes, since a part's header comes before what
 * decides about it:
 *
 *	m = mime7_new()
 *	mime7_scan() ... mime7_scanned()	nothing is written
 *	mime7_feed() ... mime7_end()		when mime7_needed()
 *
 * Memory is bounded by the ceilings below; any slicing gives the same.
 */
#ifndef TEXT_MIME7_H
#define TEXT_MIME7_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define MIME7_PARTS 10000	/* parts and messages in one message */
#define MIME7_DEPTH 32		/* multiparts inside one another */

struct mime7;

/* A scanner before its first pass; mime7_free() it. */
struct mime7 *mime7_new(void);

/* M may be NULL. */
void mime7_free(struct mime7 *m);

/* First pass: N bytes of the message, header and body, CRLF line ends. */
void mime7_scan(struct mime7 *m, const char *p, size_t n);

/*
 * The first pass is over.  -1 with ERR_DATA when there are 8-bit bytes that
 * cannot be encoded, or when the message passes a ceiling and has any.
 */
int mime7_scanned(struct mime7 *m, struct err *e);

/* Does the body hold 8-bit bytes?  If not, the message is fit as it is. */
bool mime7_needed(const struct mime7 *m);

/*
 * Second pass: append what N bytes become to OUT.  A call appends at most
 * 16 * N + 8192 bytes; a full OUT is seen by buf.full.
 */
void mime7_feed(struct mime7 *m, const char *p, size_t n, struct buf *out);

/* The second pass is over: append what was held. */
void mime7_end(struct mime7 *m, struct buf *out);

#endif
