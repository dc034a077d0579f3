/*
 * Patterns of `from` as fnmatch(3) without flags reads them, but without the
 * locale, without regard to case, and in bounded time: addresses come from
 * messages, and a pattern with many stars must not take for ever.
 */
#ifndef CONF_GLOB_H
#define CONF_GLOB_H

#include <stdbool.h>

/* Does TEXT hold "?", "*" or "["? */
bool glob_is(const char *text);

/*
 * Does TEXT fit PATTERN: "?" one byte, "*" any number, "[a-z]", "[!a-z]" and
 * "[[:alpha:]]" one of a set, a backslash takes the next byte as it is?
 */
bool glob_match(const char *pattern, const char *text);

#endif
