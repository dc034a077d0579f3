/*
 * A message made fit for a relay that does not take 8-bit bodies.
 */
#ifndef FLOW_SEVEN_H
#define FLOW_SEVEN_H

#include <stdbool.h>

#include "base/err.h"
#include "conf/account.h"
#include "flow/draft.h"

/*
 * What ACC wants done with D on a relay without 8BITMIME (RFC 6152): 0 with
 * *made false, D may go as it is; 0 with *made true, OUT is to go in its
 * place and must be cleared; -1 with ERR_DATA, it may not go (`eightbit
 * refuse`, or parts that cannot be encoded), or ERR_TEMP, ERR_IO.
 *
 * A body without any label gets one (RFC 1428): raw, such a relay may refuse
 * it or take the eighth bits away, and nobody could read what it was.  8-bit
 * text in header fields is nothing that can be encoded so and stays.
 */
int seven_bit(const struct account *acc, const struct draft *d,
	      struct draft *out, bool *made, struct err *e);

#endif
