/*
 * A netrc file: the first line is the host, the second the login, the rest
 * the file.  A password is found or the file is refused or neither, and no
 * message shows a word of the file.
 */
#include "fuzz.h"

#include "base/xalloc.h"
#include "sys/netrc.h"

/* Cut the first line off. */
static char *first_line(const char **p, size_t *n)
{
	const char *nl = *n > 0 ? memchr(*p, '\n', *n) : NULL;
	size_t len = nl != NULL ? (size_t)(nl - *p) : *n;
	char *line = xmemdup0(*p, len);

	*p += len + (nl != NULL);
	*n -= len + (nl != NULL);
	return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = size > 0 ? (const char *)data : "";
	size_t n = size;
	struct secret s = SECRET_INIT;
	struct err e = ERR_INIT;
	char *host, *user;
	bool found = true;
	int ret;

	host = first_line(&p, &n);
	user = first_line(&p, &n);
	ret = netrc_find(p, n, host, user, &s, &found, &e);
	MUST(found == secret_isset(&s));
	MUST(ret == 0 || !found);
	if (ret < 0) {
		MUST(e.kind == ERR_CONFIG);
		MUST(strncmp(e.text, "line ", 5) == 0 ||
		     strcmp(e.text, "the password is too long") == 0);
	}
	if (found)
		MUST(memmem(p, n, s.p, s.len) != NULL);
	secret_clear(&s);
	free(host);
	free(user);
	return 0;
}
