/*
 * tool: what the test programs share.
 *
 * Test code may give up: each of these ends the program with a message and
 * status 99 (a broken test, for automake) when it runs out of memory.  Nothing
 * here is shared with src/ on purpose: a mistake there must not hide itself by
 * being made here too.
 */
#ifndef TESTS_RELAY_TOOL_H
#define TESTS_RELAY_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A growing string of bytes; p[len] is always NUL once something was added. */
struct bytes {
	char *p;
	size_t len, cap;
};
#define BYTES_INIT { NULL, 0, 0 }

void bytes_room(struct bytes *b, size_t n);		/* room for n more */
void bytes_add(struct bytes *b, const void *p, size_t n);
void bytes_str(struct bytes *b, const char *s);
void bytes_fmt(struct bytes *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), nonnull(2)));
void bytes_eat(struct bytes *b, size_t n);		/* drop the first n */
void bytes_clear(struct bytes *b);			/* free; reusable */

/* What an empty one has for text is "", never NULL. */
const char *bytes_text(const struct bytes *b);

void die(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), noreturn));
void *need(void *p);			/* dies when p is NULL */
char *dup_text(const char *s);
char *make_text(const char *fmt, ...)	/* malloc'ed */
	__attribute__((format(printf, 1, 2)));
char *replace(char **slot, const char *s);	/* frees, copies; s may be NULL */

int64_t now_ms(void);			/* monotonic */
void sleep_ms(int64_t ms);

/* Base64 by RFC 4648.  Decoding is strict: no blanks, full padding; false when
 * text is not base64. */
void b64_encode(const void *p, size_t n, struct bytes *out);
bool b64_decode(const char *text, size_t n, struct bytes *out);

/* Whole files; false and errno when it cannot. */
bool file_read(const char *path, struct bytes *out);
bool file_write(const char *path, const void *p, size_t n, unsigned mode);

/* Removes a folder and all that is in it.  Does not follow symlinks. */
void tree_remove(const char *path);

/* Listening sockets, non-blocking and close-on-exec.  family is AF_INET or
 * AF_INET6; *port 0 asks the kernel and is filled in.  -1 when it cannot. */
int listen_tcp(int family, unsigned *port);
/* The same, bound only: connections are refused. */
int bind_tcp(int family, unsigned *port);
int listen_unix(const char *path);

/* Splits list at commas in place; returns the next word, NULL at the end. */
char *next_word(char **list);

#endif
