/*
 * Facts about a body, gathered while it passes.
 */
#ifndef TEXT_TRAITS_H
#define TEXT_TRAITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct traits {
	uint64_t raw;		/* bytes as read */
	uint64_t size;		/* bytes as BDAT sends them: dot.h's form
				 * without stuffing, last line completed */
	uint64_t lines;		/* line ends in that form */
	size_t longest;		/* longest line, without its CRLF */
	bool eightbit;		/* a byte above 127 */
	bool nul;		/* a NUL */
	bool barecr;		/* a CR that ended no line */
	/* private */
	size_t column;
	unsigned char cr;
};

/* Nothing seen yet: all zero. */
void traits_init(struct traits *t);

/*
 * Look at N bytes; any slicing gives the same facts.  `size`, `lines` and
 * `longest` are only right after traits_end().
 */
void traits_feed(struct traits *t, const char *p, size_t n);

/* The input ended. */
void traits_end(struct traits *t);

#endif
