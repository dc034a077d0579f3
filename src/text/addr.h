/*
 * Addresses as RFC 5322 section 3.4 writes them: lists, groups, comments,
 * quoted strings, domain literals, the obsolete forms of section 4.4, and
 * raw UTF-8 (RFC 6532).  Also the bare local names ("root") that local
 * programs use.
 *
 *	address-list = (address *("," address))
 *	address      = mailbox / group
 *	mailbox      = [display-name] "<" [route] addr-spec ">" / addr-spec
 *	group        = display-name ":" [mailbox-list] ";" [CFWS]
 *
 * Parsing is linear in the input.  An element that is no address is an
 * error of that element, never a different recipient.
 */
#ifndef TEXT_ADDR_H
#define TEXT_ADDR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define ADDR_MAX 998	/* bytes of one addr-spec; RFC 5321 4.5.3.1 asks for
			 * 64 + 1 + 255, relays may take more */
#define ADDR_NAME_MAX 4096	/* bytes of a display name; longer is cut */
#define ADDR_LIST_MAX 100000	/* addresses in one list */

struct addr {
	char *spec;	/* canonical addr-spec: local part (quoted only when it
			 * must be), "@", domain; no "@" for a local name.
			 * Comments, folds and a source route are gone. */
	char *name;	/* display name or, for "a@b (Name)", the comment;
			 * unquoted; NULL when there is none */
	size_t off;	/* where the addr-spec (or local name) stands in the */
	size_t len;	/* parsed text, without "<>": to edit it in place */
};

struct addrs {
	struct addr *v;
	size_t n, cap;
};

#define ADDRS_INIT { 0 }

/*
 * Parse N bytes (a header field's body with its folds, or an argument) as
 * an address list, or-separated also by ";" as mail programs' users type
 * it, and append what it names to LIST in order; an empty list, empty
 * elements, empty groups and "<>" add nothing.
 *
 * -1 with ERR_DATA when an element is no address: the text names the first
 * such.  The others are still parsed and appended, so that a caller who
 * tolerates the bad element loses nothing.  NUL, CR and LF (other than
 * folds) make the element they stand in an error, and so does a quote or
 * comment that is not closed; the element then ends at the next "," or ";".
 * ERR_DATA, too, when the list passes ADDR_LIST_MAX: parsing stops there.
 *
 * More than RFC 5322 is understood where the meaning is plain: "@", brackets
 * and backslashes in the phrase before "<", dots in odd places of a local
 * part (it is then quoted), a group whose ";" is missing at the end.
 */
int addr_list_parse(const char *p, size_t n, struct addrs *list, struct err *e);

/*
 * The same, but what is no address goes to BAD, in order, and is no error:
 * spec is then the element as it stands there, made printable and cut to 79
 * bytes, and name what is wrong with it, in the words of addr_list_parse().
 * -1 only when either list passes ADDR_LIST_MAX.  BAD NULL: addr_list_parse().
 */
int addr_list_divide(const char *p, size_t n, struct addrs *list,
		     struct addrs *bad, struct err *e);

/*
 * Parse an address as MAIL and RCPT carry it: an argument of -f or an rc
 * value.  One surrounding pair of "<>" is dropped; "" and "<>" give "" (the
 * null sender).  Controls, CR, LF, blanks outside quotes, comments,
 * display names and unbalanced quotes are refused with ERR_DATA naming
 * WHAT.  *out is canonical as addr.spec is, and the caller's to free.
 */
int addr_spec_parse(const char *text, const char *what, char **out,
		    struct err *e);

/*
 * What is wrong with SPEC as an argument of a command, however it was made:
 * a control character, a blank or angle bracket outside quotes, an open
 * quote, no UTF-8, more than ADDR_MAX bytes.  NULL when nothing is.
 */
const char *addr_fault(const char *spec);

/* The local part's length in SPEC: up to the last "@" outside quotes. */
size_t addr_local_len(const char *spec);

/* The domain behind it, or NULL for a local name. */
const char *addr_domain(const char *spec);

/* Same mailbox?  Local parts exactly, domains without case. */
bool addr_same(const char *a, const char *b);

/* Free all elements; empty and usable again. */
void addrs_clear(struct addrs *list);

#endif
