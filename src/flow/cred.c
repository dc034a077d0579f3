#include "flow/cred.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "conf/opt.h"
#include "sys/fs.h"
#include "sys/host.h"
#include "sys/keyring.h"
#include "sys/netrc.h"
#include "sys/prompt.h"
#include "sys/run.h"
#include "wire/sasl.h"

/* Where a secret may be: 1 found, 0 not here, -1 the search ends. */
typedef int source_fn(const struct account *acc, struct secret *out,
		      struct err *e);

static int from_password(const struct account *acc, struct secret *out,
			 struct err *e)
{
	(void)e;
	if (!secret_isset(&acc->password))
		return 0;
	secret_copy(out, &acc->password);
	return 1;
}

/* The first line of the private file PATH; 0 when MAY_MISS and it is not there. */
static int first_line(const char *path, const char *what, bool may_miss,
		      struct secret *out, struct err *e)
{
	struct buf text = BUF_INIT(SECRET_MAX + 2);
	bool missing = false;
	int fd, ret;

	ret = fs_open_read(path, true, &fd, &missing, e);
	if (ret == 0) {
		ret = fs_check_private(fd, path, geteuid(), e);
		if (ret == 0)
			ret = fs_read_all(fd, path, &text, e);
		close(fd);
	}
	if (ret == 0)
		secret_set(out, buf_str(&text), strcspn(buf_str(&text), "\r\n"));
	buf_wipe(&text);
	if (ret == 0)
		return 1;
	if (missing && may_miss)
		return 0;
	if (e->kind == ERR_IO)
		e->kind = ERR_CONFIG;
	return err_wrap(e, "%s", what);
}

static int from_passwordfile(const struct account *acc, struct secret *out,
			     struct err *e)
{
	if (acc->passwordfile == NULL)
		return 0;
	if (first_line(acc->passwordfile, "passwordfile", false, out, e) < 0)
		return account_blame(acc, "passwordfile", e);
	return 1;
}

static int from_passwordeval(const struct account *acc, struct secret *out,
			     struct err *e)
{
	if (acc->passwordeval == NULL)
		return 0;
	if (run_line(acc->passwordeval, "passwordeval", out, e) < 0)
		return account_blame(acc, "passwordeval", e);
	return 1;
}

/* A credential that the service manager handed to this service. */
static int from_credentials(const struct account *acc, struct secret *out,
			    struct err *e)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char *path;
	int ret;

	if (dir == NULL || dir[0] != '/' || acc->id[0] == '\0' ||
	    strchr(acc->id, '/') != NULL)
		return 0;
	path = xasprintf("%s/ostler.%s", dir, acc->id);
	ret = first_line(path, "service credential", true, out, e);
	free(path);
	return ret;
}

static const char *machine(const struct account *acc)
{
	return acc->host.n > 0 ? acc->host.v[0] : acc->socket;
}

/* A keyring that is locked, or that nobody serves, is not here. */
static int from_keyring(const struct account *acc, struct secret *out,
			struct err *e)
{
	bool found = false;

	if (keyring_find(machine(acc), acc->user, out, &found, e) < 0)
		return e->kind == ERR_UNAVAILABLE ? 0 : -1;
	return found;
}

static int from_netrc(const struct account *acc, struct secret *out,
		      struct err *e)
{
	char *home = host_home(getuid() == geteuid());
	char *path = home != NULL ? xasprintf("%s/.netrc", home) : NULL;
	bool found = false;
	int ret = 0;

	if (path != NULL)
		ret = netrc_lookup(path, machine(acc), acc->user, out, &found, e);
	if (ret == 0 && !found)
		ret = netrc_lookup(SYSCONFDIR "/netrc", machine(acc),
				   acc->user, out, &found, e);
	free(path);
	free(home);
	return ret < 0 ? -1 : found;
}

static int ask(const struct account *acc, struct secret *out, struct err *e)
{
	char *text = xasprintf("password for %s at %s: ", acc->user,
			       machine(acc));
	int ret = prompt_secret(text, out, e);

	free(text);
	return ret < 0 ? -1 : 1;
}

int cred_get(const struct account *acc, bool may_ask, struct secret *out,
	     struct err *e)
{
	static source_fn *const sources[] = {
		from_password, from_passwordfile, from_passwordeval,
		from_credentials, from_keyring, from_netrc,
	};
	struct err asked = ERR_INIT;
	int ret = 0;

	if (acc->auth == AUTH_OFF ||
	    (acc->auth == AUTH_MECH && !sasl_needs_secret(acc->auth_mech)))
		return 0;
	if (acc->user == NULL)
		return err_set(e, ERR_CONFIG, "no user name for the login: set "
			       "'user'");
	for (size_t i = 0; ret == 0 && i < sizeof sources / sizeof sources[0]; i++)
		ret = sources[i](acc, out, e);
	if (ret == 0 && may_ask)
		ret = ask(acc, out, &asked);
	if (ret > 0)
		return 0;
	if (asked.kind != ERR_NONE && asked.kind != ERR_UNAVAILABLE)
		*e = asked;
	else if (ret == 0 || asked.kind != ERR_NONE)
		err_set(e, ERR_UNAVAILABLE, "no password for user '%s' at '%s'"
			"%s%s%s: set 'passwordeval' or 'password', or add it to "
			"the keyring or ~/.netrc", acc->user, machine(acc),
			asked.text[0] != '\0' ? " (" : "", asked.text,
			asked.text[0] != '\0' ? ")" : "");
	return -1;
}
