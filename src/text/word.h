/*
 * Names in headers: RFC 5322 phrases and RFC 2047 encoded words.
 */
#ifndef TEXT_WORD_H
#define TEXT_WORD_H

#include "base/buf.h"

/*
 * Append NAME as a display-name: bare when it is atoms, quoted when it
 * holds specials, as encoded words (UTF-8, B, each at most 75 characters,
 * split between characters, separated by CRLF SP) when it is not printable
 * ASCII or has a run of 400 bytes without a blank.  Bytes that are not
 * UTF-8 are labelled "unknown-8bit" (RFC 1428).  Runs of blanks and controls
 * become one blank, those at the ends none.  COL is the column where the phrase
 * starts; lines are folded at blanks to stay below 77 columns where they
 * can.  Nothing is appended for a name of blanks.
 */
void word_phrase(struct buf *out, const char *name, size_t col);

/*
 * Append `NAME <SPEC>`, folded before "<" when the line would grow too
 * long, or SPEC alone when NAME is NULL or blank.
 */
void word_mailbox(struct buf *out, const char *name, const char *spec,
		  size_t col);

/*
 * Append the readable form of a header body: encoded words of UTF-8,
 * US-ASCII and ISO-8859-1 decoded, folds joined, surrounding blanks
 * trimmed, the whole printable as ascii_printable() makes it.  For people,
 * not parsers: what is decoded may look like an address or another field.
 */
void word_decode(struct buf *out, const char *p, size_t n);

#endif
