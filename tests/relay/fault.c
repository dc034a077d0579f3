/*
 * Failing on purpose.  The dice are this file's own, so that one --seed gives
 * one sequence everywhere.
 */
#include <fnmatch.h>
#include <stdlib.h>

#include "relay.h"

static uint64_t dice = 0x9e3779b97f4a7c15u;

void
fault_seed(unsigned long seed)
{
	dice = (uint64_t)seed * 0x9e3779b97f4a7c15u + 1;
}

/* xorshift64*: 0 up to, not including, 100. */
static double
percent(void)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return (double)((dice * 0x2545f4914f6cdd1du) >> 40) * 100.0 / (double)(1 << 24);
}

const struct fault *
fault_at(enum step step, const char *subject)
{
	for (struct fault *f = conf.faults; f != NULL; f = f->next) {
		if (f->step != step || f->left == 0)
			continue;
		if (f->match != NULL && fnmatch(f->match, subject, 0) != 0)
			continue;
		if (f->percent < 100 && percent() >= f->percent)
			continue;
		if (f->left > 0)
			f->left--;
		return f;
	}
	return NULL;
}
