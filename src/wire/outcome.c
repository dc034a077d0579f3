#include "wire/outcome.h"

#include <stdlib.h>

#include "base/xalloc.h"

void outcome_clear(struct outcome *o)
{
	reply_clear(&o->reply);
	*o = (struct outcome)OUTCOME_INIT;
}

void outcome_set(struct outcome *o, enum verdict v, enum err_kind kind,
		 const struct reply *r)
{
	o->verdict = v;
	o->kind = kind;
	if (r != NULL)
		reply_copy_cut(&o->reply, r, OUTCOME_TEXT_MAX);
	else
		reply_clear(&o->reply);
}

struct outcome *outcomes_new(size_t n)
{
	struct outcome *o = xcalloc(n, sizeof *o);

	for (size_t i = 0; i < n; i++)
		o[i] = (struct outcome)OUTCOME_INIT;
	return o;
}

void outcomes_free(struct outcome *o, size_t n)
{
	for (size_t i = 0; o != NULL && i < n; i++)
		outcome_clear(&o[i]);
	free(o);
}

void outcomes_settle(struct outcome *o, size_t n, enum verdict v,
		     enum err_kind kind, const struct reply *r)
{
	for (size_t i = 0; i < n; i++)
		if (o[i].verdict == PENDING)
			outcome_set(&o[i], v, kind, r);
}

void outcomes_settle_err(struct outcome *o, size_t n, const struct err *e)
{
	bool perm = e->kind == ERR_DATA;
	struct reply words = REPLY_INIT;

	reply_set(&words, perm ? 554 : 451, "%s", e->text);
	words.local = true;
	outcomes_settle(o, n, perm ? FAILED : DEFERRED, e->kind, &words);
	reply_clear(&words);
}
