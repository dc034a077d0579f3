/*
 * The header block of a message (RFC 5322 section 2.2), read as it comes.
 *
 * Bytes are pushed in slices of any size.  The parser keeps each field
 * with its folds exactly as written but for line ends, which become CRLF
 * line by line (LF, CRLF and CR CR LF end a line; a stray CR becomes a
 * blank).  The block ends at the first empty line, at the first line that
 * cannot be a header field nor its continuation (the body starts there,
 * and the missing empty line is ours to add), or at the end of the input.
 *
 *	field = name *WSP ":" text	; no blank inside name
 *
 * A line whose name holds control characters or bytes above 127 is a
 * broken field: it stays in the block, so that a Bcc behind it is still
 * seen.  A line of blanks only continues a field (obs-FWS).  A first line
 * that begins with a blank is body.
 *
 * A first line "From x ..." or ">From x ..." (mbox) is dropped when it
 * holds a time of day or a field follows it; else it is text.
 */
#ifndef TEXT_HEADER_H
#define TEXT_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "text/dot.h"

#define HEADER_MAX (4u << 20)	/* bytes of a whole header block; more is
				 * refused with ERR_DATA */
#define HEADER_FIELDS_MAX 65536	/* fields in it; likewise */
#define HEADER_NAME_MAX 998	/* bytes before the colon (the longest line of
				 * RFC 5322 section 2.1.1); longer is body */

struct field {
	size_t off;		/* where it starts in header.text */
	size_t len;		/* with its folds and final CRLF */
	size_t name_len;	/* of the field name, before blanks and ":" */
	size_t body;		/* offset within the field of what follows ":" */
};

struct header {
	struct buf text;	/* all fields, CRLF line ends, no empty line */
	struct field *v;
	size_t n, cap;
	/* private to the parser */
	struct buf line;
	size_t mbox;
	struct dot dot;
	int state;
	bool done;
	bool first;
};

/* Empty, nothing allocated. */
void header_init(struct header *h);

/* Free everything; usable again after header_init(). */
void header_clear(struct header *h);

/*
 * Take N bytes.  *used tells how many belonged to the header; when it is
 * less than N, or header_done() holds, the header has ended.  What does
 * not belong to it and was already taken (the beginning of a line that
 * turned out to be body) is given by header_rest().
 * -1 with ERR_DATA when the block passes HEADER_MAX or HEADER_FIELDS_MAX.
 */
int header_feed(struct header *h, const char *p, size_t n, size_t *used,
		struct err *e);

/*
 * The input ended: a last line without line end is completed, or is found
 * to be body and given by header_rest().
 */
int header_end(struct header *h, struct err *e);

/* Has the block ended? */
bool header_done(const struct header *h);

/* Raw bytes taken that belong to the body, in front of what comes next. */
const struct buf *header_rest(const struct header *h);

/*
 * Field I's name equals NAME (no colon), case aside?  In a broken name
 * only printable ASCII is compared, since a relay may drop the rest.
 */
bool header_is(const struct header *h, size_t i, const char *name);

/* Field I's body: *n bytes behind the colon, folds and final CRLF included. */
const char *header_body(const struct header *h, size_t i, size_t *n);

/* The first field with this name from index I on, or h->n. */
size_t header_find(const struct header *h, size_t i, const char *name);

/*
 * The first contiguous block of Resent- fields (RFC 5322 section 3.6.6):
 * the half-open range [*from, *to); empty (*from == *to) when there is
 * none.
 */
void header_resent(const struct header *h, size_t *from, size_t *to);

/*
 * Is this line, which begins with no blank, the first of a field, broken or
 * not?  N bytes of it suffice that hold its colon.
 */
bool header_is_field(const char *p, size_t n);

#endif
