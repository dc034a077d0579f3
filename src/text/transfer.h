/*
 * Content transfer encodings (RFC 2045 section 6), written as a stream.
 *
 * Content comes as pieces of lines and line ends, in any slicing; what is
 * written are lines of at most 76 characters (COPY and MASK: as they come).
 */
#ifndef TEXT_TRANSFER_H
#define TEXT_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum transfer_kind {
	TRANSFER_COPY,		/* as it is */
	TRANSFER_MASK,		/* bytes above 127 become "?" */
	TRANSFER_QP,		/* quoted-printable */
	TRANSFER_BASE64,
	TRANSFER_REPAIR		/* quoted-printable already, but for bytes
				 * above 127 that stand in it raw */
};

#define TRANSFER_LINE 57	/* bytes that make a line of base 64 */

struct transfer {
	enum transfer_kind kind;
	/* private */
	size_t col;		/* characters on the line being written */
	bool soft;		/* it began behind a soft line break */
	char blank;		/* held back: it may end the line; 0: none */
	unsigned escape;	/* REPAIR: characters of a "=XX" still to come */
	unsigned char block[TRANSFER_LINE];
	size_t n;		/* bytes in block */
	bool any;		/* BASE64: a line was written */
};

/* Begin a body. */
void transfer_init(struct transfer *t, enum transfer_kind kind);

/* N bytes of a line, no line end among them. */
void transfer_data(struct transfer *t, const char *p, size_t n, struct buf *out);

/* The line ends (CRLF). */
void transfer_eol(struct transfer *t, struct buf *out);

/*
 * The body ends.  What is held is written; no line end is added, since the
 * one before a MIME boundary belongs to the boundary.
 */
void transfer_end(struct transfer *t, struct buf *out);

/* Of the N bytes, how many does quoted-printable write as three? */
size_t transfer_qp_specials(const char *p, size_t n);

#endif
