/*
 * From a message as handed over to a message as sent: recipients and sender
 * from the arguments and the header, and the edits that the account asks
 * for.
 */
#ifndef FLOW_COMPOSE_H
#define FLOW_COMPOSE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/strv.h"
#include "conf/account.h"
#include "flow/draft.h"
#include "text/envelope.h"
#include "text/header.h"

/* What stands where recipients should, and is no address. */
struct misfits {
	struct envelope env;	/* each as a recipient, printable, once */
	struct strv why;	/* what is wrong with it, and where it stands */
};

#define MISFITS_INIT { .env = ENVELOPE_INIT }

void misfits_clear(struct misfits *m);

/* What is wrong with them, in one ERR_DATA; always -1. */
int misfits_say(const struct misfits *m, struct err *e);

/*
 * Put the recipients into ENV: those of ARGS (each an address list), then,
 * with FROM_HEADER, those of To, Cc and Bcc, or of the first Resent- block
 * when there is one (RFC 5322 section 3.6.6).  Each once.  What is no address
 * goes to BAD.  -1 with ERR_DATA when there are too many.
 */
int compose_recipients(const struct strv *args, bool from_header,
		       const struct header *h, struct envelope *env,
		       struct misfits *bad, struct err *e);

/*
 * The sender that the header names: the first address of From, or of
 * Resent-From when the message was resent; NULL when there is none, else
 * the caller's.
 */
char *compose_header_from(const struct header *h);

/* The number of Received fields, for the loop limit. */
size_t compose_hops(const struct header *h);

#define COMPOSE_HOPS_MAX 50

/*
 * Edit H as ACC says and write the result to d->head.  ENV is complete.
 * FULL_NAME is the name for a From that is made (NULL: acc's).
 */
int compose_head(const struct account *acc, const struct envelope *env,
		 const struct header *h, const char *full_name,
		 struct draft *d, struct err *e);

#endif
