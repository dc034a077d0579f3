#include "flow/rewrite.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/xalloc.h"
#include "conf/opt.h"
#include "sys/fs.h"
#include "sys/host.h"
#include "text/addr.h"
#include "text/alias.h"

static int read_text(void *ctx, const char *path, char **text, struct err *e)
{
	struct buf b = BUF_INIT(REWRITE_ALIAS_FILE_MAX);
	bool missing;
	int fd, ret;

	(void)ctx;
	ret = fs_open_read(path, false, &fd, &missing, e);
	if (ret == 0) {
		ret = fs_read_all(fd, path, &b, e);
		close(fd);
	}
	if (ret == 0)
		*text = buf_steal(&b);
	else if (e->kind == ERR_IO)
		e->kind = ERR_CONFIG;
	buf_free(&b);
	return ret;
}

static bool may_have_alias(const struct account *acc, const struct envelope *env)
{
	for (size_t i = 0; i < env->n; i++) {
		const char *domain = addr_domain(env->rcpt[i].addr);

		if (domain == NULL || (acc->qualify_domain != NULL &&
				       ascii_caseeq(domain, acc->qualify_domain)))
			return true;
	}
	return false;
}

static bool has_file(const struct account *acc)
{
	return acc->aliases != NULL && acc->aliases[0] != '\0';
}

static int load(const struct account *acc, struct aliases **out, struct err *e)
{
	char *text;
	int ret;

	if (read_text(NULL, acc->aliases, &text, e) < 0) {
		err_wrap(e, "aliases");
		return account_blame(acc, "aliases", e);
	}
	ret = aliases_parse(text, strlen(text), acc->aliases, out, e);
	free(text);
	return ret;
}

int rewrite_aliases(const struct account *acc, struct envelope *env,
		    struct err *e)
{
	const char *local[] = { acc->qualify_domain };
	struct aliases *aliases;
	int ret;

	if (!has_file(acc) || !may_have_alias(acc, env))
		return 0;
	if (load(acc, &aliases, e) < 0)
		return -1;
	ret = aliases_expand(aliases, env, local, acc->qualify_domain != NULL,
			     read_text, NULL, e);
	aliases_free(aliases);
	return ret;
}

int rewrite_check_aliases(const struct account *acc, struct err *e)
{
	struct aliases *aliases;

	if (!has_file(acc))
		return 0;
	if (load(acc, &aliases, e) < 0)
		return -1;
	aliases_free(aliases);
	return 0;
}

static char *qualified(const char *addr, const char *domain)
{
	return addr[0] == '\0' || addr_domain(addr) != NULL ? xstrdup(addr) :
		xasprintf("%s@%s", addr, domain);
}

void rewrite_qualify(struct envelope *env, const char *domain)
{
	struct envelope full = ENVELOPE_INIT;
	char *whole;

	for (size_t i = 0; i < env->n; i++) {
		struct rcpt *old = &env->rcpt[i], *now = NULL;

		whole = qualified(old->addr, domain);
		if (envelope_add(&full, whole, &now)) {
			now->notify = old->notify;
			now->orcpt = xstrdup_null(old->orcpt);
		}
		free(whole);
	}
	if (env->from != NULL) {
		whole = qualified(env->from, domain);
		envelope_set_from(&full, whole);
		free(whole);
	}
	full.notify = env->notify;
	full.ret = env->ret;
	full.envid = xstrdup_null(env->envid);
	envelope_clear(env);
	*env = full;
}

/* A domain that only this machine knows itself by. */
static bool is_this_host(const char *domain)
{
	char *(*const names[])(void) = { host_name, host_canonical };

	if (ascii_caseeq(domain, "localhost") ||
	    ascii_caseeq(domain, "localhost.localdomain"))
		return true;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char *name = names[i]();
		bool same = ascii_caseeq(domain, name);

		free(name);
		if (same)
			return true;
	}
	return false;
}

bool rewrite_sender_for(const struct account *acc, const char *spec)
{
	const char *domain = addr_domain(spec);

	if (acc->sender == SENDER_KEEP || acc->from == NULL ||
	    spec[0] == '\0' || addr_same(spec, acc->from))
		return false;
	return acc->sender == SENDER_FORCE || domain == NULL ||
		is_this_host(domain);
}
