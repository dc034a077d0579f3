/*
 * SMTP replies (RFC 5321 section 4.2).
 *
 *	Reply-line = *( Reply-code "-" [ textstring ] CRLF )
 *	             Reply-code [ SP textstring ] CRLF
 *
 * A push parser: bytes in, whole replies out.  All lines of a reply must
 * carry the same code; a bare LF is taken for a line end, as real servers
 * send it.  Limits stop a server that never ends.
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

struct reply {
	int code;		/* 200..599; 0: none yet */
	struct buf text;	/* the lines' text without codes, joined by LF,
				 * as the server sent it: make it printable
				 * before anybody sees it */
	bool local;		/* our own words in the form of a reply */
};

#define REPLY_INIT { .text = BUF_INIT(REPLY_TEXT_MAX) }

void reply_clear(struct reply *r);

/* A deep copy of FROM in place of what R held. */
void reply_copy(struct reply *r, const struct reply *from);

/* Make R say CODE and the text, as if a server had said it. */
void reply_set(struct reply *r, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static inline bool reply_ok(const struct reply *r) { return r->code / 100 == 2; }
static inline bool reply_temp(const struct reply *r) { return r->code / 100 == 4; }
static inline bool reply_perm(const struct reply *r) { return r->code / 100 == 5; }

/*
 * The enhanced status code (RFC 2034, RFC 3463) at the start of the text
 * as "5.1.1", into OUT; false and "" when there is none or its class does
 * not fit the code.
 */
bool reply_enhanced(const struct reply *r, char out[16]);

/* Append "550 5.1.1 text text" on one line, printable, cut at 512 bytes. */
void reply_print(const struct reply *r, struct buf *out);

struct reply_parser {
	struct buf line;
	size_t line_max;
	size_t lines;
	bool cr;
};

void reply_parser_init(struct reply_parser *p);
void reply_parser_clear(struct reply_parser *p);

/* Has a reply been begun but not finished? */
bool reply_parser_partial(const struct reply_parser *p, const struct reply *r);

/*
 * Take bytes of N until a reply is whole.  *used tells how many were taken.
 * 1: R is whole (the parser is ready for the next); 0: more is needed;
 * -1 with ERR_PROTOCOL: malformed, contradictory or over a limit.  R must
 * be clear when a reply begins.
 */
int reply_feed(struct reply_parser *p, const char *bytes, size_t n,
	       size_t *used, struct reply *r, struct err *e);

#endif
