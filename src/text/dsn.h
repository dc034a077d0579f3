/*
 * Notices to a sender that his mail failed or is late: multipart/report with
 * a part for people, one for programs (RFC 3464) and the original or its
 * header (RFC 6522).
 *
 * Everything foreign (addresses, replies, subjects) is made printable and
 * cannot add a line to any part.
 */
#ifndef TEXT_DSN_H
#define TEXT_DSN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* One recipient; borrowed strings. */
struct dsn_rcpt {
	const char *addr;
	const char *orcpt;	/* "type;xtext", or NULL */
	int code;		/* of the last reply, 0: there was none */
	const char *said;	/* its text, may have lines */
	bool local;		/* our own words, not the relay's */
};

/* Borrowed strings; those that may be NULL say so. */
struct dsn {
	bool delayed;		/* still being tried; else failed for good */
	const char *lifetime;	/* failed of age: "5 days"; or NULL */
	const char *host;	/* this machine */
	const char *relay;	/* who refused, or NULL */
	const char *from;	/* address of the From field */
	const char *to;		/* the original's sender */
	const char *date;	/* now, as RFC 5322 writes it */
	const char *msgid;	/* "<...>" of this notice */
	const char *refers;	/* "<...>" of the original, or NULL */
	const char *boundary;	/* nothing in the original's begins a line
				 * with "--" and this: random */
	const char *queue_id;
	const char *entered;	/* when, as `date` */
	const char *until;	/* delayed: when it will be given up */
	const char *subject;	/* decoded, or NULL */
	const char *envid;	/* unencoded, or NULL */
	const struct dsn_rcpt *rcpt;
	size_t n;
	bool full;		/* the original follows, not just its header */
	bool eightbit;		/* what follows has bytes above 127 */
};

/* Append the header block with its empty line. */
void dsn_head(const struct dsn *d, struct buf *out);

/* Append the body up to where the original (or its header) is to stand. */
void dsn_open(const struct dsn *d, struct buf *out);

/* Append what stands behind it; the original ended with a line end. */
void dsn_close(const struct dsn *d, struct buf *out);

/*
 * The status of RFC 3463 for R: the enhanced code its text begins with, if
 * that fits the reply's class, else one made from the reply code; of a
 * delayed one never 5.x.x.
 */
void dsn_status(const struct dsn *d, const struct dsn_rcpt *r, char out[16]);

#endif
