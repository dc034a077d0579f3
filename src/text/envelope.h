/*
 * Who a message is from and for (RFC 5321 section 2.3.1), with the
 * parameters that travel beside the addresses.
 */
#ifndef TEXT_ENVELOPE_H
#define TEXT_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum dsn_ret { DSN_RET_NONE, DSN_RET_HDRS, DSN_RET_FULL };	/* RFC 3461 4.3 */

enum {	/* RFC 3461 section 4.1, a set; 0: not given */
	DSN_NEVER = 1,
	DSN_SUCCESS = 2,
	DSN_FAILURE = 4,
	DSN_DELAY = 8
};

struct rcpt {
	char *addr;	/* addr-spec as it goes on the wire */
	char *orcpt;	/* "type;xtext" as given to us, or NULL */
	unsigned notify;/* DSN_* set, 0: as envelope.notify says */
};

struct envelope {
	char *from;	/* "" is the null sender; NULL: not yet known */
	struct rcpt *rcpt;
	size_t n, cap;
	unsigned notify;/* DSN_* set for recipients without their own */
	enum dsn_ret ret;
	char *envid;	/* unencoded, or NULL */
	/* private: hash of the recipients */
	size_t *slot;
	size_t slots;
};

#define ENVELOPE_INIT { 0 }

/* Replace the sender by a copy of ADDR. */
void envelope_set_from(struct envelope *env, const char *addr);

/*
 * Append a recipient unless it is there already (local parts compared
 * exactly, domains without case); true when it was new.  Constant time
 * on average.  The pointer in *slot (may be NULL) is the recipient's,
 * valid until the next call.
 */
bool envelope_add(struct envelope *env, const char *addr, struct rcpt **slot);

/*
 * Refuse what no command may carry: ERR_DATA naming the first address that
 * has an addr_fault() (addr.h), the sender among them, or an empty
 * recipient.
 */
int envelope_check(const struct envelope *env, struct err *e);

/* Is any address beyond ASCII? */
bool envelope_needs_utf8(const struct envelope *env);

/* A deep copy of FROM in place of what ENV held. */
void envelope_copy(struct envelope *env, const struct envelope *from);

/* Free everything; empty and usable again. */
void envelope_clear(struct envelope *env);

#endif
