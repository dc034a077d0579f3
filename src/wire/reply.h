/*
 * SMTP replies (RFC 5321 section 4.2).
 *
 *	Reply-line = *( Reply-code "-" [ textstring ] CRLF )
 *	             Reply-code [ SP textstring ] CRLF
 *	Reply-code = %x32-35 2DIGIT
 *
 * A push parser: bytes in, whole replies out.  All lines of a reply must
 * carry the same code; a bare LF is taken for a line end, as real servers
 * send it.  Limits stop a server that never ends, and what cannot become a
 * reply any more is refused at its first wrong byte, so that a server of
 * another kind is not waited for.
 */
#ifndef WIRE_REPLY_H
#define WIRE_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define REPLY_LINE_MAX 4096	/* bytes of one line; RFC 5321 4.5.3.1.5 says
				 * 512, SASL challenges are longer (64 KiB,
				 * REPLY_SASL_MAX, while a login runs) */
#define REPLY_SASL_MAX 98304
#define REPLY_TEXT_MAX 131072	/* bytes of one whole reply */
#define REPLY_LINES_MAX 1024	/* lines of one whole reply */
#define REPLY_PRINT_MAX 512	/* bytes that reply_print() appends at most */

struct reply {
	int code;		/* 200..599; 0: none yet */
	struct buf text;	/* the lines' text without codes, joined by LF,
				 * as the server sent it: make it printable
				 * before anybody sees it */
	bool local;		/* our own words in the form of a reply */
};

#define REPLY_INIT { .text = BUF_INIT(REPLY_TEXT_MAX) }

/* No code, no text; the text's memory is returned. */
void reply_clear(struct reply *r);

/* A deep copy of FROM in place of what R held. */
void reply_copy(struct reply *r, const struct reply *from);

/* As reply_copy(), with at most MAX bytes of the text. */
void reply_copy_cut(struct reply *r, const struct reply *from, size_t max);

/*
 * Make R say CODE and the text, in the form in which a server would have
 * said it, and mark it as local.
 */
void reply_set(struct reply *r, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Is the code 2xx; 4xx; 5xx? */
static inline bool reply_ok(const struct reply *r) { return r->code / 100 == 2; }
static inline bool reply_temp(const struct reply *r) { return r->code / 100 == 4; }
static inline bool reply_perm(const struct reply *r) { return r->code / 100 == 5; }

/*
 * The enhanced status code (RFC 2034, RFC 3463) at the start of the text
 * as "5.1.1", into OUT; false and "" when there is none or its class does
 * not fit the code.
 */
bool reply_enhanced(const struct reply *r, char out[16]);

/*
 * Append "550 5.1.1 text text" on one line, printable, cut at
 * REPLY_PRINT_MAX bytes.  An enhanced code that is repeated on every line
 * appears once.
 */
void reply_print(const struct reply *r, struct buf *out);

struct reply_parser {
	struct buf line;	/* the line begun and not finished */
	size_t line_max;	/* may be changed between two replies, up to
				 * REPLY_SASL_MAX */
	size_t lines;		/* whole lines of the reply begun */
};

/* Nothing allocated, lines of at most REPLY_LINE_MAX bytes. */
void reply_parser_init(struct reply_parser *p);

/* Memory returned, a reply begun is forgotten, limits as after init. */
void reply_parser_clear(struct reply_parser *p);

/* Has a reply been begun but not finished? */
bool reply_parser_partial(const struct reply_parser *p);

/*
 * Take bytes of N until a reply is whole.  *used tells how many were taken.
 * 1: R is whole (the parser is ready for the next); 0: more is needed;
 * -1 with ERR_PROTOCOL: malformed, contradictory or over a limit, and the
 * parser is of no more use.  R must be clear when a reply begins and is
 * left alone by the caller until it is whole.
 */
int reply_feed(struct reply_parser *p, const char *bytes, size_t n,
	       size_t *used, struct reply *r, struct err *e);

#endif
