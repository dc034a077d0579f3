/*
 * In libsecret's place, with its name, for test_keyring: answers by what is
 * asked, "!" in front of the host makes trouble.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct schema {
	const char *name;
	int flags;
	struct {
		const char *name;
		int type;
	} attributes[32];
};

struct error {
	uint32_t domain;
	int code;
	char *message;
};

static const struct schema network = {
	"org.gnome.keyring.NetworkPassword", 0,
	{ { "user", 0 }, { "protocol", 0 }, { "port", 1 }, { "server", 0 } },
};

extern const struct schema *SECRET_SCHEMA_COMPAT_NETWORK;
const struct schema *SECRET_SCHEMA_COMPAT_NETWORK = &network;

char *secret_password_lookup_sync(const struct schema *s, void *cancellable,
				  struct error **e, ...);
void secret_password_free(char *p);
void g_error_free(struct error *e);

static int knows(const struct schema *s, const char *name)
{
	for (int i = 0; s->attributes[i].name != NULL; i++) {
		if (strcmp(s->attributes[i].name, name) == 0)
			return s->attributes[i].type == 0;
	}
	return 0;
}

/* The password is what was asked for: "schema-name flags k=v k=v k=v". */
char *secret_password_lookup_sync(const struct schema *s, void *cancellable,
				  struct error **e, ...)
{
	char text[500];
	const char *key, *value, *host = "";
	va_list ap;
	size_t n;

	n = (size_t)snprintf(text, sizeof text, "%s %d", s->name, s->flags);
	va_start(ap, e);
	while ((key = va_arg(ap, const char *)) != NULL) {
		value = va_arg(ap, const char *);
		if (!knows(s, key))
			abort();
		if (strcmp(key, "host") == 0 || strcmp(key, "server") == 0)
			host = value;
		n += (size_t)snprintf(text + n, sizeof text - n, " %s=%s", key, value);
	}
	va_end(ap);
	if (cancellable != NULL || *e != NULL)
		abort();
	if (strcmp(host, "none") == 0 ||
	    (strcmp(host, "net") == 0 && s != &network))
		return NULL;
	if (strcmp(host, "hang") == 0)
		sleep(3);
	if (strcmp(host, "long") == 0) {
		char *p = malloc(70001);

		memset(p, 'x', 70000);
		p[70000] = '\0';
		return p;
	}
	if (host[0] == '!') {
		*e = malloc(sizeof **e);
		(*e)->message = strdup("the collection is locked");
		return NULL;
	}
	return strdup(text);
}

void secret_password_free(char *p)
{
	memset(p, 0, strlen(p));
	free(p);
}

void g_error_free(struct error *e)
{
	free(e->message);
	free(e);
}
