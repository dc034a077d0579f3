/*
 * What the env's writer and its reader share; nobody else's.
 */
#ifndef FLOW_ENTRY_INT_H
#define FLOW_ENTRY_INT_H

#include "flow/entry.h"

#define ENTRY_FIRST_WORD "ostler-queue "
#define ENTRY_FIRST_LINE ENTRY_FIRST_WORD "1\n"
#define ENTRY_VALUE_MAX (1u << 17)	/* bytes of one value, decoded */

#endif
