/* Accounts by name and by sender. */
#include "conf/rcfind.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "conf/glob.h"

/* FNV-1a: names come from the person's own file, so nobody chooses them to
 * collide. */
static size_t hash(const char *id)
{
	uint64_t h = 14695981039346656037u;

	for (; *id != '\0'; id++)
		h = (h ^ (unsigned char)*id) * 1099511628211u;
	return (size_t)(h ^ (h >> 32));
}

/* The slot of ID: the account's place plus one, or 0 where it would go. */
static size_t *slot_of(const struct rc *rc, const char *id)
{
	size_t i = hash(id);

	for (;; i++) {
		size_t *s = &rc->slot[i & (rc->slots - 1)];

		if (*s == 0 || strcmp(rc->account[*s - 1]->id, id) == 0)
			return s;
	}
}

void rc_index(struct rc *rc)
{
	size_t want = 16;

	while (want < rc->n * 2)
		want *= 2;
	free(rc->slot);
	rc->slot = xcalloc(want, sizeof *rc->slot);
	rc->slots = want;
	for (size_t i = 0; i < rc->n; i++)
		*slot_of(rc, rc->account[i]->id) = i + 1;
}

void rc_add(struct rc *rc, struct account *a)
{
	if (rc->n == rc->cap) {
		rc->cap = rc->cap == 0 ? 8 : rc->cap * 2;
		rc->account = xreallocarray(rc->account, rc->cap,
					    sizeof(struct account *));
		rc->more = xreallocarray(rc->more, rc->cap, sizeof *rc->more);
	}
	rc->account[rc->n] = a;
	rc->more[rc->n++] = (struct rc_more){ .replaced = false };
	if (rc->n * 2 > rc->slots)
		rc_index(rc);
	else
		*slot_of(rc, a->id) = rc->n;
}

bool rc_place(const struct rc *rc, const char *id, size_t *i)
{
	size_t *s;

	if (rc->slots == 0 || *(s = slot_of(rc, id)) == 0)
		return false;
	*i = *s - 1;
	return true;
}

void rc_settle(struct rc *rc, size_t first)
{
	struct account **all = xcalloc(rc->n + 1, sizeof(struct account *));
	size_t n = 0;

	for (size_t i = first; i < rc->n; i++)
		all[n++] = rc->account[i];
	for (size_t i = 0; i < first; i++) {
		if (!rc->more[i].replaced) {
			all[n++] = rc->account[i];
			continue;
		}
		account_clear(rc->account[i]);
		free(rc->account[i]);
	}
	if (n > 0)
		memcpy(rc->account, all, n * sizeof(struct account *));
	free(all);
	for (size_t i = 0; i < n; i++)
		rc->more[i].replaced = false;
	rc->n = n;
	rc_index(rc);
}

const struct account *rc_find(const struct rc *rc, const char *id)
{
	size_t i;

	return rc_place(rc, id, &i) ? rc->account[i] : NULL;
}

static bool fits(const char *from, const char *addr)
{
	return ascii_caseeq(from, addr) ||
		(glob_is(from) && glob_match(from, addr));
}

/* ADDR without the "+detail" of its local part, or NULL when it has none. */
static char *without_detail(const char *addr)
{
	size_t plus = strcspn(addr, "+@");
	const char *at = strchr(addr, '@');

	if (at == NULL || addr[plus] != '+')
		return NULL;
	return xasprintf("%.*s%s", (int)plus, addr, at);
}

static bool fits_either(const char *from, const char *addr, const char *plain)
{
	return fits(from, addr) || (plain != NULL && strchr(from, '+') == NULL &&
				    fits(from, plain));
}

bool rc_from_fits(const char *from, const char *addr)
{
	char *plain = without_detail(addr);
	bool fit = fits_either(from, addr, plain);

	free(plain);
	return fit;
}

const struct account *rc_find_from(const struct rc *rc, const char *addr)
{
	char *plain = without_detail(addr);
	const struct account *found = NULL;

	for (size_t i = 0; i < rc->n && found == NULL; i++) {
		const char *from = rc->account[i]->from;

		if (from != NULL && fits_either(from, addr, plain))
			found = rc->account[i];
	}
	free(plain);
	return found;
}

const char *rc_closest(const struct rc *rc, const char *id)
{
	const char **ids = xcalloc(rc->n + 1, sizeof *ids);
	const char *found;

	for (size_t i = 0; i < rc->n; i++)
		ids[i] = rc->account[i]->id;
	found = ascii_closest(id, ids, rc->n);
	free(ids);
	return found;
}

void rc_clear(struct rc *rc)
{
	for (size_t i = 0; i < rc->n; i++) {
		account_clear(rc->account[i]);
		free(rc->account[i]);
	}
	for (size_t i = 0; i < rc->files; i++)
		free(rc->file[i]);
	free(rc->account);
	free(rc->file);
	free(rc->more);
	free(rc->slot);
	*rc = (struct rc)RC_INIT;
}
