/*
 * The words that structured header fields are made of (RFC 5322 section
 * 3.2): atoms, quoted strings, domain literals and specials, with the
 * comments and folds between them.
 *
 * Linear in the input whatever it holds: an opening bracket or quote that
 * is never closed is looked for once.  Nothing recurses.
 */
#ifndef TEXT_LEX_H
#define TEXT_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum lex_kind {
	LEX_END,
	LEX_ATOM,	/* 1*(atext / UTF8-non-ascii); raw 8-bit counts as such */
	LEX_QUOTED,	/* with its quotes */
	LEX_LITERAL,	/* "[" to "]": atext, dots and colons */
	LEX_SPECIAL,	/* one of < > @ , ; : . */
	LEX_BAD		/* a character that has no place here; `why` says it */
};

struct token {
	enum lex_kind kind;
	char c;		/* LEX_SPECIAL: which */
	bool gap;	/* blanks, a fold or a comment stand before it */
	size_t off, len;	/* in the text */
	const char *why;	/* LEX_BAD, static */
};

struct lex {
	const char *p;
	size_t n;
	size_t at;		/* next byte to read */
	bool comment;		/* a comment was skipped; the last one's text, */
	size_t comment_off;	/* without its brackets; the caller may reset */
	size_t comment_len;	/* `comment` */
	/* private: openings before these offsets are known to be not closed */
	size_t bad_quote, bad_comment;
};

/* Begin with N bytes at P, which must stay. */
void lex_init(struct lex *lx, const char *p, size_t n);

/*
 * The next token; LEX_END at the end, for ever.  A line end is a blank when
 * a blank or the end of the text follows it, else LEX_BAD.
 */
struct token lex_next(struct lex *lx);

/*
 * Append the meaning of the inside of a quoted string or a comment:
 * backslashes gone, line ends of folds gone.
 */
void lex_unquote(struct buf *out, const char *p, size_t n);

/*
 * atext of RFC 5322 section 3.2.3, or above 127.
 */
bool lex_isatext(char c);

#endif
