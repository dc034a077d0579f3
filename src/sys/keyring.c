#include "sys/keyring.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include "base/xalloc.h"
#include "sys/aside.h"
#include "sys/clock.h"

#define LIBRARY "libsecret-1.so.0"

/* ---- libsecret's interface, as far as it is used ------------------------ */

/* Its headers need not be there when this is built; the layout is part of
 * the library's binary interface. */
struct schema {
	const char *name;
	int flags;
	struct {
		const char *name;
		int type;
	} attributes[32];
	int reserved;
	void *more[7];
};

enum { DONT_MATCH_NAME = 1 << 1, TYPE_STRING = 0 };

struct gerror {
	uint32_t domain;
	int code;
	char *message;
};

typedef char *lookup_fn(const struct schema *, void *cancellable,
			struct gerror **, ...);
typedef void free_text_fn(char *);
typedef void free_error_fn(struct gerror *);

/* The item's type is not compared: seahorse and secret-tool may have made it. */
static const struct schema msmtp_schema = {
	.name = "de.marlam.msmtp.password",
	.flags = DONT_MATCH_NAME,
	.attributes = {
		{ "host", TYPE_STRING }, { "service", TYPE_STRING },
		{ "user", TYPE_STRING },
	},
};

struct library {
	lookup_fn *lookup;
	free_text_fn *free_text;
	free_error_fn *free_error;
	const struct schema *const *network;
};

/* A function pointer from dlsym(), the way POSIX means it. */
static bool symbol(void *handle, const char *name, void *out)
{
	void *p = dlsym(handle, name);

	memcpy(out, &p, sizeof p);
	return p != NULL;
}

/* Never unloaded: GLib cannot be. */
static bool load(struct library *lib)
{
	void *h = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	return h != NULL &&
		symbol(h, "secret_password_lookup_sync", &lib->lookup) &&
		symbol(h, "secret_password_free", &lib->free_text) &&
		symbol(h, "g_error_free", &lib->free_error) &&
		symbol(h, "SECRET_SCHEMA_COMPAT_NETWORK", &lib->network);
}

/*
 * Where no bus runs, GLib would start one and leave it behind.
 */
static bool has_bus(void)
{
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS");
	const char *run = getenv("XDG_RUNTIME_DIR");
	struct stat st;
	char *path;
	bool there;

	if (address != NULL && address[0] != '\0')
		return true;
	if (run == NULL || run[0] != '/')
		return false;
	path = xasprintf("%s/bus", run);
	there = stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
	free(path);
	return there;
}

/* ---- the question ------------------------------------------------------ */

struct query {
	struct library lib;
	char *host, *user;
	struct secret secret;
	bool found, too_long;
	char *trouble;		/* the service's words */
};

static void drop(void *arg)
{
	struct query *q = arg;

	secret_clear(&q->secret);
	free(q->host);
	free(q->user);
	free(q->trouble);
	free(q);
}

/* Take the answer; true when there is no need to ask further. */
static bool take(struct query *q, char *text, struct gerror *trouble)
{
	if (trouble != NULL) {
		q->trouble = xstrdup(trouble->message != NULL ?
				     trouble->message : "unknown");
		q->lib.free_error(trouble);
	}
	if (text != NULL) {
		q->found = secret_set(&q->secret, text, strlen(text)) == 0;
		q->too_long = !q->found;
		q->lib.free_text(text);	/* wipes it */
	}
	return q->trouble != NULL || text != NULL;
}

static void ask(void *arg)
{
	struct query *q = arg;
	struct gerror *trouble = NULL;
	char *text;

	text = q->lib.lookup(&msmtp_schema, NULL, &trouble, "host", q->host,
			     "service", "smtp", "user", q->user, (char *)NULL);
	if (take(q, text, trouble))
		return;
	text = q->lib.lookup(*q->lib.network, NULL, &trouble, "user", q->user,
			     "protocol", "smtp", "server", q->host, (char *)NULL);
	take(q, text, trouble);
}

int keyring_find(const char *host, const char *user, struct secret *out,
		 bool *found, struct err *e)
{
	struct query *q;
	struct library lib;
	int ret = 0;

	*found = false;
	if (getauxval(AT_SECURE) != 0 || !has_bus() || !load(&lib))
		return 0;
	q = xcalloc(1, sizeof *q);
	q->lib = lib;
	q->host = xstrdup(host);
	q->user = xstrdup(user);
	if (aside(ask, drop, q, clock_in(KEYRING_SECONDS), "waiting for it", e) < 0)
		return err_wrap(e, "the keyring");
	if (q->found) {
		secret_copy(out, &q->secret);
		*found = true;
	} else if (q->too_long) {
		ret = err_set(e, ERR_CONFIG, "the keyring: the password is longer "
			      "than %d bytes", SECRET_MAX);
	} else if (q->trouble != NULL) {
		ret = err_set(e, ERR_UNAVAILABLE, "the keyring: %s", q->trouble);
	}
	drop(q);
	return ret;
}
