/*
 * A message ready to go: an edited header block and a body that is never
 * held in memory whole.
 *
 * The body stays where it is cheapest: in memory up to DRAFT_MEMORY, in
 * place when the input is a regular file, else in an unlinked temporary
 * file.  It is kept as read; line ends are mended on the way out (dot.h).
 */
#ifndef FLOW_DRAFT_H
#define FLOW_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "text/header.h"
#include "text/traits.h"

#define DRAFT_MEMORY (1u << 20)	/* bytes of body kept in memory */
#define DRAFT_BLOCK 65536	/* bytes read or sent at a time */

struct draft {
	struct buf head;	/* header block with its empty line, CRLF */
	struct buf mem;		/* the body, when fd < 0 */
	int fd;			/* the file that holds the body, or -1 */
	bool owned;		/* fd is closed by draft_clear() */
	off_t off;		/* where the body begins in fd */
	uint64_t len;		/* bytes of body, as read */
	struct traits traits;	/* of the body */
	bool mended;		/* head and body have no line end to be mended:
				 * BDAT sends them as they are */
};

#define DRAFT_INIT { .head = BUF_INIT(2 * HEADER_MAX), \
		     .mem = BUF_INIT(DRAFT_MEMORY), .fd = -1 }

/*
 * Read FD from where it stands to its end: the header block into H (not
 * yet edited: d->head is empty), the rest as D's body.  -1 with ERR_IO when
 * reading fails (nothing of it may be sent), ERR_DATA for a header that is
 * too large (the input is read to its end all the same), ERR_TEMP when
 * there is no room for the body or we are told to stop.
 */
int draft_read(int fd, struct header *h, struct draft *d, struct err *e);

/*
 * Where FD stands, if it is a file of which the message can be read again; else
 * -1.  It is the caller's file: when nothing came of the message,
 * draft_give_back() puts it there again, for mail(1) files what could not be
 * sent from the place where we left it.
 */
off_t draft_place(int fd);
void draft_give_back(int fd, off_t place);

/* draft_read() for a message that is handed over piece by piece. */
struct draft_in {
	struct header *h;	/* borrowed, as is d; not used with in_body */
	struct draft *d;
	uint64_t taken;		/* bytes so far */
	bool in_body;
	bool in_place;		/* the body is where it was read from */
	const char *where;	/* the directory of the temporary file */
};

/* H and D are fresh; they hold the message after draft_in_end(). */
void draft_in_init(struct draft_in *in, struct header *h, struct draft *d);

/* Take N bytes; -1 as draft_read(). */
int draft_in_feed(struct draft_in *in, const char *p, size_t n, struct err *e);

/* The message is whole. */
int draft_in_end(struct draft_in *in, struct err *e);

/* Bytes of the whole message as BDAT sends it. */
uint64_t draft_size(const struct draft *d);

/* Does any byte have its high bit set? */
bool draft_eightbit(const struct draft *d);

/* A walk over the body, as stored. */
struct draft_walk {
	const struct draft *d;
	uint64_t pos;
	char *block;		/* DRAFT_BLOCK bytes, owned */
};

void draft_walk_init(struct draft_walk *w, const struct draft *d);

/*
 * The next piece of the body: *n > 0 bytes at *p, valid until the next
 * call; *n == 0 at the end.  -1 with ERR_IO, also when the file has become
 * shorter than it was.
 */
int draft_walk_next(struct draft_walk *w, const char **p, size_t *n,
		    struct err *e);
void draft_walk_clear(struct draft_walk *w);

void draft_clear(struct draft *d);

#endif
