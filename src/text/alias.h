/*
 * Aliases: local names and what they stand for.
 *
 * The file: `name: address, address` a line, continued by lines that
 * begin with a blank (empty and comment lines between do not matter);
 * "#" starts a comment outside quotes; names without case; `default`
 * catches every other local name; `:include:/path` (aliases(5)) stands for
 * the addresses in that file, a list a line.  Addresses may have display
 * names and comments.  Programs ("|...") and files ("/...") of aliases(5)
 * are refused, and so are a name given twice and an entry that is empty.
 */
#ifndef TEXT_ALIAS_H
#define TEXT_ALIAS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "text/envelope.h"

#define ALIAS_DEPTH 16		/* aliases of aliases; deeper is an error */
#define ALIAS_INCLUDES 256	/* include files in one expansion */

struct aliases;

/*
 * Parse TEXT of N bytes read from FILE (for messages).  -1 with ERR_CONFIG
 * naming file and line.  The result is freed by aliases_free().
 */
int aliases_parse(const char *text, size_t n, const char *file,
		  struct aliases **out, struct err *e);

/* Gives the contents of an :include: file as a fresh NUL-ended string. */
typedef int alias_include_fn(void *ctx, const char *path, char **text,
			     struct err *e);

/*
 * Replace the recipients of ENV that are local names, or names at one of
 * the N LOCAL domains (case aside), by what the aliases say, recursively
 * and in the order written; a name that no alias knows stays.  Each alias
 * is expanded once however often it is reached, and keeps the DSN wishes
 * of the recipient it was first reached from.
 *
 * Loops, chains deeper than ALIAS_DEPTH, more than ALIAS_INCLUDES files or
 * ADDR_LIST_MAX recipients, and an include without INCLUDE (NULL) are
 * ERR_CONFIG; ENV is then as it was.
 */
int aliases_expand(const struct aliases *a, struct envelope *env,
		   const char *const *local, size_t n,
		   alias_include_fn *include, void *ctx, struct err *e);

/*
 * Would every name of A come to an end?  -1 with ERR_CONFIG as above: a loop, a
 * chain that is too deep, an include that cannot be had or is wrong.
 */
int aliases_check(const struct aliases *a, const char *const *local, size_t n,
		  alias_include_fn *include, void *ctx, struct err *e);

/* A may be NULL. */
void aliases_free(struct aliases *a);

#endif
