/*
 * Characters and words without the locale: what SMTP and mail headers
 * call letters, digits and blanks is ASCII whatever LC_ALL says.
 */
#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

static inline bool ascii_isdigit(char c) { return c >= '0' && c <= '9'; }
static inline bool ascii_isalpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static inline bool ascii_isalnum(char c)
{
	return ascii_isalpha(c) || ascii_isdigit(c);
}
static inline bool ascii_isblank(char c) { return c == ' ' || c == '\t'; }

/* A control character of ASCII: 0 to 31 and 127. */
static inline bool ascii_iscntrl(char c)
{
	return (unsigned char)c < 32 || c == 127;
}

static inline char ascii_tolower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}
static inline char ascii_toupper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Equal but for the case of ASCII letters. */
bool ascii_caseeq(const char *a, const char *b);
bool ascii_ncaseeq(const char *a, const char *b, size_t n);

/* Do the N bytes of P equal the string S but for case? */
bool ascii_memcaseeq(const char *p, size_t n, const char *s);

/*
 * N bytes of P as a decimal number 0..max, digits only.  False when it
 * is anything else, empty or too large; *out is untouched then.
 */
bool ascii_number(const char *p, size_t n, unsigned long long max,
		  unsigned long long *out);

/*
 * N bytes of foreign text made fit for a terminal and a log line:
 * printable ASCII and well-formed UTF-8 of printable characters stay;
 * controls (C0, DEL, C1), bidirectional and other format characters, line
 * and paragraph separators and broken UTF-8 become '?', one a byte.
 */
void ascii_printable(struct buf *out, const char *p, size_t n);

/* The same into DST of SIZE bytes (at least 1), cut at a character. */
void ascii_printable_copy(char *dst, size_t size, const char *p, size_t n);

/* Are the N bytes well-formed UTF-8 (RFC 3629)? */
bool ascii_utf8_valid(const char *p, size_t n);

/* Does any of the N bytes have its high bit set? */
bool ascii_has_8bit(const char *p, size_t n);

/*
 * The word of the N in WORDS nearest to TEXT by edit distance, two neighbours
 * in each other's place counting once; else the nearest that begins or ends
 * with TEXT, or TEXT with it; or NULL when none is near enough to be what was
 * meant (a third of its length).
 */
const char *ascii_closest(const char *text, const char *const *words, size_t n);

#endif
