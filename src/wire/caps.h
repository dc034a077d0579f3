/*
 * What a server offers (the EHLO reply, RFC 5321 section 4.1.1.1).
 *
 *	ehlo-line    = ehlo-keyword *( SP ehlo-param )
 *	ehlo-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
 */
#ifndef WIRE_CAPS_H
#define WIRE_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strv.h"
#include "wire/reply.h"

#define CAPS_MECHS_MAX 64	/* mechanism names kept; fewer exist */

struct caps {
	bool pipelining;	/* RFC 2920 */
	bool chunking;		/* RFC 3030 */
	bool eightbitmime;	/* RFC 6152 */
	bool smtputf8;		/* RFC 6531 */
	bool dsn;		/* RFC 3461 */
	bool starttls;		/* RFC 3207 */
	bool enhanced;		/* RFC 2034 */
	bool etrn;		/* RFC 1985 */
	bool size;		/* RFC 1870 offered; */
	uint64_t size_max;	/* 0: no fixed limit, or junk behind SIZE */
	uint32_t rcpt_max;	/* LIMITS RCPTMAX (RFC 9422), 0: none */
	uint32_t mail_max;	/* LIMITS MAILMAX, 0: none */
	bool auth;		/* RFC 4954 offered, "AUTH=" taken as well; */
	struct strv mechs;	/* mechanism names, upper case, each once */
	struct strv lines;	/* all lines behind the greeting, printable */
};

#define CAPS_INIT { 0 }

/*
 * Read R, a 250 reply to EHLO or LHLO, in place of what C held.  Keywords
 * are known in any letter case; unknown words and junk are ignored.
 */
void caps_parse(struct caps *c, const struct reply *r);

/* Is the mechanism of that name, in any case, among those offered? */
bool caps_has_mech(const struct caps *c, const char *mech);

/* Nothing offered, memory returned. */
void caps_clear(struct caps *c);

#endif
