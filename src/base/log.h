/*
 * One line of a log: key=value pairs that cannot be broken out of.
 *
 * Values with blanks or foreign text are written 'so'; a quote or an
 * unprintable character inside becomes '?'.
 * The line never holds a newline.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

struct buf;

/* Append "key=value " with the value made printable, blanks as '_'. */
void log_word(struct buf *line, const char *key, const char *value);

/* Append "key='value' "; CR and LF (a reply's lines) become "\n". */
void log_text(struct buf *line, const char *key, const char *value);

/* Append "key=number ". */
void log_number(struct buf *line, const char *key, unsigned long long value);

#endif
