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
 * ASCII.  Bytes that are not UTF-8 are labelled
 * "unknown-8bit" (RFC 1428).  Controls become blanks; surrounding blanks
 * are trimmed.  COL is the column where the phrase starts.
 */
void word_phrase(struct buf *out, const char *name, size_t col);

/* Append `NAME <SPEC>`, or SPEC alone when NAME is NULL or empty. */
void word_mailbox(struct buf *out, const char *name, const char *spec,
		  size_t col);

/*
 * Append the readable form of a header body: encoded words of UTF-8,
 * US-ASCII and ISO-8859-1 decoded, folds joined.  For people, not parsers.
 */
void word_decode(struct buf *out, const char *p, size_t n);

#endif
