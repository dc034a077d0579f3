#include "conf/account.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "conf/opt.h"

void account_init(struct account *a)
{
	memset(a, 0, sizeof *a);
	a->id = xstrdup("");
	for (size_t i = 0; i < opts_n; i++)
		if (opts[i].of == NULL)
			opt_unset(a, &opts[i]);
}

void account_copy(struct account *a, const struct account *from)
{
	memset(a, 0, sizeof *a);
	a->id = xstrdup(from->id);
	a->begun = from->begun;
	for (size_t i = 0; i < opts_n; i++)
		if (opts[i].of == NULL)
			opt_copy(a, from, &opts[i]);
}

void account_merge(struct account *a, const struct account *from)
{
	for (size_t i = 0; i < opts_n; i++)
		if (account_isset(from, i))
			opt_copy(a, from, &opts[i]);
}

void account_clear(struct account *a)
{
	struct account empty;

	memset(&empty, 0, sizeof empty);
	for (size_t i = 0; i < opts_n; i++)
		if (opts[i].of == NULL)
			opt_copy(a, &empty, &opts[i]);
	free(a->id);
	a->id = NULL;
}

bool account_isset(const struct account *a, size_t i)
{
	return a->origin[i].line > 0;
}

int account_port(const struct account *a)
{
	if (a->port != 0)
		return a->port;
	if (a->protocol == PROTO_LMTP)
		return 0;
	return a->tls == ON && a->tls_starttls == OFF ? 465 : 25;
}

int account_proxy_port(const struct account *a)
{
	if (a->proxy_port != 0)
		return a->proxy_port;
	return a->proxy_host != NULL ? 1080 : 0;
}
