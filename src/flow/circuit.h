/*
 * Accounts that do not work at the moment.
 *
 * When a relay cannot be reached, refuses the login or the configuration is
 * broken, it does so for every mail of the account.  The circuit is then
 * open: its mails wait together, and one of them at a time is the probe, on
 * the account's own retry schedule.  So a thousand mails do not make a
 * thousand logins, and none of them counts a failed attempt.  Nor does what
 * fails before the probe is due, a new mail or a person's flush: how long the
 * account rests tells how long it has not worked, not how often it was asked.
 *
 * Known to all processes of the queue by a small file in its folder "run",
 * KEY.down.  It is a hint: not synced, replaced whole, and without harm lost.
 * A change of the files that the account was read from closes the circuit,
 * for somebody may have cured it.
 */
#ifndef FLOW_CIRCUIT_H
#define FLOW_CIRCUIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/value.h"
#include "flow/spool.h"

/*
 * No schedule waits longer, a tenth by lot included: what is due later than that
 * was written when the clock was wrong, and is due now.
 */
#define CIRCUIT_FAR_S (SCHEDULE_MAX + SCHEDULE_MAX / 10)

struct circuit {
	bool open;
	uint64_t key;		/* circuit_hash() of whose it is */
	enum err_kind kind;	/* why; ERR_NOPERM: the login was refused */
	unsigned failures;	/* in a row */
	int64_t since;		/* seconds since 1970: of the first */
	int64_t next;		/* when the next probe is due */
	char account[128];	/* printable, cut: for lists */
	char text[ERR_TEXT_MAX];/* what was said last */
};

/*
 * What tells ACCOUNT as written in RC_FILE (NULL: the usual files) with the
 * rows SET (NULL: none) from others; the caller's to free.
 */
char *circuit_key(const char *account, const char *rc_file,
		  const struct strv *set);

/* What a circuit's file has of KEY, and hardly ever of another. */
uint64_t circuit_hash(const char *key);

/*
 * How KEY's circuit stands.  RC_FILE and TRUST_ENV say which files its
 * account comes from.
 */
void circuit_read(struct spool *s, const char *key, const char *rc_file,
		  bool trust_env, struct circuit *out);

/*
 * It failed at NOW with E: the next probe waits as SCHEDULE says, or, when
 * it was not due yet, as long as before.  C is updated and written.
 */
void circuit_fail(struct spool *s, const char *key, const char *account,
		  const char *rc_file, bool trust_env,
		  const struct schedule *schedule, int64_t now,
		  const struct err *e, struct circuit *c);

/* It works. */
void circuit_close(struct spool *s, const char *key);

/* Call FN with each open circuit of the queue. */
int circuit_each(struct spool *s,
		 void (*fn)(void *ctx, const struct circuit *c), void *ctx,
		 struct err *e);

/* SECONDS and up to a tenth more or less, by lot. */
int64_t circuit_jitter(int64_t seconds);

/*
 * Is NOW before NEXT, which is some moment and circuit_jitter(SECONDS)?  Not
 * when it is further off than that: then the clock was set back.
 */
bool circuit_early(int64_t now, int64_t next, int64_t seconds);

#endif
