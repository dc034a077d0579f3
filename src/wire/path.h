/*
 * The arguments of MAIL and RCPT, as a server reads them (RFC 5321 sections
 * 4.1.1.2, 4.1.1.3, 4.1.2; parameters of RFC 1870, 3461, 6152, 6531, 4954).
 *
 *	mail = "FROM:" Reverse-path [ SP Mail-parameters ]
 *	rcpt = "TO:" Forward-path [ SP Rcpt-parameters ]
 *	Path = "<" [ A-d-l ":" ] Mailbox ">"
 *
 * Also taken: blanks behind the colon, an address without "<>", a bare local
 * name, as programs on the same machine write them.  A source route is
 * dropped (RFC 5321 appendix C).
 */
#ifndef WIRE_PATH_H
#define WIRE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/envelope.h"

struct path {
	char *addr;		/* canonical; "" is the null sender */
	/* of MAIL: */
	uint64_t size;		/* SIZE=, 0: not given */
	bool eightbit;		/* BODY=8BITMIME */
	bool utf8;		/* SMTPUTF8 */
	enum dsn_ret ret;	/* RET= */
	char *envid;		/* ENVID=, decoded, or NULL */
	/* of RCPT: */
	unsigned notify;	/* NOTIFY=, DSN_* set, 0: not given */
	char *orcpt;		/* ORCPT= as it was given, or NULL */
};

#define PATH_INIT { 0 }

/*
 * Read ARG, N bytes behind the verb, into P.  NULL, or the reply that
 * refuses it ("501 5.5.4 ..."), static and without CRLF; P is clear then.
 */
const char *path_mail(struct path *p, const char *arg, size_t n);

/* The same for RCPT.  UTF8: the transaction was begun with SMTPUTF8. */
const char *path_rcpt(struct path *p, const char *arg, size_t n, bool utf8);

/* Memory returned. */
void path_clear(struct path *p);

#endif
