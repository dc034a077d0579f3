/*
 * One account's way to its relay during a queue run: configuration, secret,
 * circuit and one connection, each had once for all the mails of the account.
 *
 * The rc file is read anew for each run, and no secret is ever in the
 * queue.  Whatever is wrong with the way itself (configuration, password
 * command, name, connection, TLS, login) is never a mail's fault: the lane is
 * down, its circuit opens, and the mails stay.
 */
#ifndef FLOW_LANE_H
#define FLOW_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/circuit.h"
#include "flow/entry.h"
#include "flow/relay.h"
#include "flow/route.h"
#include "flow/spool.h"

#define LANE_SMOOTH 10	/* messages taken in a row before one goes ahead */
#define LANES_MAX 16	/* accounts open at a time; the one not used for the
			 * longest time makes room */

struct lane {
	char *key;		/* circuit_key() */
	char *account, *rc_file;
	struct strv set;	/* as the entries have it */
	bool trust_env;
	struct account over;	/* the rows of the command line */
	struct route route;
	bool routed;		/* route.acc can be used */
	struct schedule schedule;
	struct secret secret;
	bool have_secret;
	struct relay *relay;	/* connected, or NULL */
	unsigned long mails;	/* given to that connection */
	unsigned long smooth;	/* in a row, that it took as they were */
	bool single;		/* a connection ended with one ahead: no more */
	unsigned broken;	/* connections in a row that broke over a mail */
	struct circuit circuit;
	bool down;		/* not to be tried (again) in this run */
	unsigned long used;	/* when, by the lanes' own count */
};

struct lanes {
	struct spool *s;
	bool probe;		/* try accounts whose probe is not due as well, */
	bool gentle;		/* but not those that refused the login */
	const struct relay_trace *trace;
	struct relay_spare spare;	/* may call lanes_get() */
	struct lane *v[LANES_MAX];
	size_t n;
	struct lane *busy;	/* that was given a message last: it is kept */
	struct strv spent;	/* keys of those that were down when they made
				 * room */
	unsigned long count;
};

/*
 * The lane of EN's account; never NULL, valid until LANES_MAX - 1 other
 * lanes have been asked for, and while it is the one given a message last.
 */
struct lane *lanes_get(struct lanes *l, const struct entry *en, int64_t now);

/* Is LN connected, and may it be given a message without waiting? */
bool lane_open(const struct lane *ln);

/* Close all connections and forget everything. */
void lanes_clear(struct lanes *l);

enum lane_said {
	LANE_DECIDED,	/* OUT has every verdict, by the relay or by a broken
			 * conversation over this very mail */
	LANE_DOWN	/* nothing was sent: the account does not work, see
			 * lane->circuit */
};

/* One message for a lane; borrowed, but for what is filled in. */
struct lane_mail {
	const struct envelope *env;
	const struct draft *draft;
	struct outcome *out;	/* one fresh outcome per recipient, filled in */
	bool begun;		/* by lane_ahead() */
	struct reply reply;	/* the last that mattered, or code 0; filled in,
				 * the caller's to clear */
	struct err e;		/* what the outcomes amount to, or why it is
				 * down; filled in */
};

/*
 * Give the relay one message.  A connection that turns out to be closed is
 * opened anew once.
 */
enum lane_said lane_deliver(struct lanes *l, struct lane *ln,
			    struct lane_mail *m);

/*
 * From l->spare, while the relay thinks about another message: may D's follow
 * that at once?  Only where LANE_SMOOTH messages in a row went well on this
 * connection, for two of them would be in doubt if it broke; and where no other
 * host is asked when the relay puts off the one before.
 */
bool lane_ready_ahead(const struct lanes *l, const struct lane *ln,
		      const struct draft *d);

/* Send M behind it; true: m->begun is set, and lane_deliver() must be next. */
bool lane_ahead(struct lane *ln, struct lane_mail *m);

/*
 * What of ACC an entry must keep so that a lane can be made of it: rows
 * that the command line set (OVER; NULL: none), or all that are set when the
 * account has no name.  Secrets are left out, and files are named from the
 * root on.
 */
void lane_rows(const struct account *acc, const struct account *over,
	       struct strv *rows);

#endif
