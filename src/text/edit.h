/*
 * What is done to a header before it leaves: the documented edits and no
 * others.
 *
 *  - removed: Bcc and Resent-Bcc in every spelling and folding, Return-Path
 *  - added in front, in the order From, To, Date, Message-ID, when missing
 *    or asked for
 *  - From fields replaced when a From is forced
 *  - bare addresses given a domain, sender addresses replaced, in place
 */
#ifndef TEXT_EDIT_H
#define TEXT_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "text/header.h"

struct edit {
	bool remove_bcc;	/* also Resent-Bcc and "Bcc :" */
	bool remove_to_cc;	/* To, Cc (and Bcc) make room for `to` */
	bool remove_from;	/* original From fields go */
	const char *from;	/* bodies of fields to add, without final CRLF; */
	const char *to;		/* borrowed, NULL: none is added; they may */
	const char *date;	/* hold folds (CRLF and a blank) */
	const char *msgid;
	const char *qualify;	/* domain for bare addresses inside From,
				 * Sender, Reply-To, To, Cc and their Resent-
				 * forms; NULL: leave them alone */
	const char *sender;	/* address in place of those in From and Sender
				 * that sender_for() picks; NULL: of none */
	bool (*sender_for)(const void *ctx, const char *spec);
	const void *ctx;	/* for sender_for() */
	const char *reply_to;	/* more bodies of fields to add; NULL: none */
	const char *original_from;	/* added as X-Original-From */
};

/*
 * Append the edited block with its final empty line to OUT: every line ends
 * in CRLF, and no field's name is that of a removed one (header_is() says
 * which are).  Fields that stay are untouched but for `qualify`.  -1 with
 * ERR_DATA when OUT is full or an added body holds a CR or LF that does not
 * fold.
 */
int edit_apply(const struct edit *ed, const struct header *h, struct buf *out,
	       struct err *e);

#endif
