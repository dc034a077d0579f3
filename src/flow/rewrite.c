#include "flow/rewrite.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/strv.h"
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

/*
 * The domains of an account's names on this machine: qualify_domain, which
 * bare names get, and what the host itself is called.  Not any mailname: many a
 * host has its organisation's there, where other people have the names of ours.
 */
static void add_local(const struct account *acc, struct strv *local)
{
	char *host = host_name(), *full = host_full(), *mail = NULL;
	size_t first = strcspn(host, ".");
	struct err ignored = ERR_INIT;

	if (acc->qualify_domain != NULL)
		strv_add(local, acc->qualify_domain);
	strv_add(local, "localhost");
	strv_add(local, "localhost.localdomain");
	strv_add(local, host);
	if (host[first] == '.')
		strv_take(local, xasprintf("%.*s", (int)first, host));
	if (full != NULL)
		strv_add(local, full);
	if (host_mailname(&mail, &ignored) == 0 && mail != NULL &&
	    ascii_ncaseeq(mail, host, first) && mail[first] == '.')
		strv_add(local, mail);
	free(host);
	free(full);
	free(mail);
}

static bool may_have_alias(const struct envelope *env, const struct strv *local)
{
	for (size_t i = 0; i < env->n; i++) {
		const char *domain = addr_domain(env->rcpt[i].addr);

		if (domain == NULL)
			return true;
		for (size_t k = 0; k < local->n; k++)
			if (ascii_caseeq(domain, local->v[k]))
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
	struct strv local = STRV_INIT;
	struct aliases *aliases;
	int ret = 0;

	if (!has_file(acc))
		return 0;
	add_local(acc, &local);
	if (may_have_alias(env, &local) &&
	    (ret = load(acc, &aliases, e)) == 0) {
		ret = aliases_expand(aliases, env, (const char *const *)local.v,
				     local.n, read_text, NULL, e);
		aliases_free(aliases);
	}
	strv_clear(&local);
	return ret;
}

int rewrite_check_aliases(const struct account *acc, struct err *e)
{
	struct strv local = STRV_INIT;
	struct aliases *aliases;
	int ret;

	if (!has_file(acc))
		return 0;
	if (load(acc, &aliases, e) < 0)
		return -1;
	add_local(acc, &local);
	ret = aliases_check(aliases, (const char *const *)local.v, local.n,
			    read_text, NULL, e);
	aliases_free(aliases);
	strv_clear(&local);
	return ret;
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
