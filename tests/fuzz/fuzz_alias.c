/*
 * Aliases: recipients come out once each and fit for a command, or the
 * envelope is as it was.  The input is the alias file; parts behind a form
 * feed are include files.
 */
#include "fuzz.h"

#include "base/ascii.h"
#include "base/xalloc.h"
#include "text/addr.h"
#include "text/alias.h"

struct input {
	const char *p;
	size_t n, calls;
};

static int include(void *ctx, const char *path, char **text, struct err *e)
{
	struct input *in = ctx;
	size_t skip = 1 + strlen(path) % 3, start = 0, i;

	MUST(path[0] == '/' && ++in->calls <= ALIAS_INCLUDES);
	for (i = 0; i < in->n && skip > 0; i++)
		if (in->p[i] == '\f' && --skip == 0)
			start = i + 1;
	if (start == 0)
		return err_set(e, ERR_CONFIG, "no such file");
	*text = xmemdup0(in->p + start, in->n - start);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {
		"root", "a", "b", "default", "A@home", "nobody", "x@y", "",
		"\"a b\"", "\"a b\"@HOME",
	};
	static const char *const local[] = { "home" };
	struct envelope env = ENVELOPE_INIT, before = ENVELOPE_INIT;
	struct input in = { .p = (const char *)data };
	const char *end = size > 0 ? memchr(data, '\f', size) : NULL;
	struct err e = ERR_INIT;
	struct aliases *a;

	if (size > 20000)
		return 0;
	in.n = size;
	if (aliases_parse(in.p, end != NULL ? (size_t)(end - in.p) : size, "f", &a,
			  &e) < 0) {
		MUST(e.kind == ERR_CONFIG && strncmp(e.text, "f:", 2) == 0);
		return 0;
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		envelope_add(&env, names[i], NULL);
	envelope_copy(&before, &env);
	if (aliases_expand(a, &env, local, 1, include, &in, &e) == 0) {
		for (size_t i = 0; i < env.n; i++) {
			const char *addr = env.rcpt[i].addr;
			struct rcpt *r;

			MUST(addr_fault(addr) == NULL ||
			     !ascii_utf8_valid(addr, strlen(addr)));
			MUST(!envelope_add(&env, addr, &r) && r == &env.rcpt[i]);
		}
	} else {
		MUST(e.kind == ERR_CONFIG && env.n == before.n);
		for (size_t i = 0; i < env.n; i++)
			MUST(strcmp(env.rcpt[i].addr, before.rcpt[i].addr) == 0);
	}
	envelope_clear(&env);
	envelope_clear(&before);
	aliases_free(a);
	return 0;
}
