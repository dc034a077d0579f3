/*
 * Body bytes on their way to the wire (RFC 5321 section 4.5.2).
 *
 * Line by line: LF, CRLF and CR CR LF become CRLF; a CR that ends no line
 * becomes a blank, so that no lax server can take it for a line end; a
 * last line without line end gets one.  With stuffing, a dot that begins
 * a line is doubled.  Every slicing of the input gives the same output.
 * Output is at most twice the input and 3 bytes more.
 */
#ifndef TEXT_DOT_H
#define TEXT_DOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct dot {
	bool stuff;	/* double leading dots (DATA); off for BDAT and draft */
	bool bol;	/* next byte begins a line */
	unsigned char cr;	/* CRs held back, at most 2 */
};

/* At the beginning of a line, nothing held. */
void dot_init(struct dot *d, bool stuff);

/* Append the wire form of N bytes to OUT; a full OUT is seen by buf.full. */
void dot_feed(struct dot *d, const char *p, size_t n, struct buf *out);

/* The input ended: append what is held and the missing line end. */
void dot_end(struct dot *d, struct buf *out);

#endif
