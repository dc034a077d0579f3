#include "text/envelope.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "text/addr.h"

/* An address as its table sees it: the domain without case. */
struct key {
	const char *p;
	size_t n;
	size_t local;	/* bytes before "@" */
};

static uint64_t word_at(const struct key *k, size_t i)
{
	uint64_t w = 0;

	for (size_t j = 0; j < 8 && i + j < k->n; j++) {
		char c = k->p[i + j];

		if (i + j >= k->local)
			c = ascii_tolower(c);
		w |= (uint64_t)(unsigned char)c << (8 * j);
	}
	return w;
}

static uint64_t rotate(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

/*
 * SipHash-1-3 with a fixed key.  Recipients come from message headers: a
 * weaker hash would let their author choose ten thousand that meet.
 */
static uint64_t hash(const struct key *k)
{
	uint64_t v[4] = {
		0x736f6d6570736575u, 0x646f72616e646f6du,
		0x6c7967656e657261u, 0x7465646279746573u
	};
	size_t i = 0;

	for (; k->n - i >= 8; i += 8) {
		uint64_t w = word_at(k, i);

		v[3] ^= w;
		sip_round(v);
		v[0] ^= w;
	}
	v[3] ^= word_at(k, i) | (uint64_t)k->n << 56;
	sip_round(v);
	v[0] ^= word_at(k, i) | (uint64_t)k->n << 56;
	v[2] ^= 0xff;
	for (i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/*
 * The slot that holds ADDR or the empty one where it belongs.  Slots hold
 * index + 1.  The step comes from other bits than the start, so that
 * addresses that meet once do not meet again.
 */
static size_t *find_slot(const struct envelope *env, const char *addr)
{
	struct key k = { addr, strlen(addr), addr_local_len(addr) };
	uint64_t h = hash(&k);
	size_t mask = env->slots - 1, at = (size_t)h & mask;
	size_t step = (size_t)(h >> 32) | 1;

	while (env->slot[at] != 0 &&
	       !addr_same(env->rcpt[env->slot[at] - 1].addr, addr))
		at = (at + step) & mask;
	return &env->slot[at];
}

/* Keep the table at most half full; its size is a power of two. */
static void grow_slots(struct envelope *env)
{
	if (env->n < env->slots / 2)
		return;
	env->slots = env->slots > 0 ? env->slots * 2 : 16;
	free(env->slot);
	env->slot = xcalloc(env->slots, sizeof *env->slot);
	for (size_t i = 0; i < env->n; i++)
		*find_slot(env, env->rcpt[i].addr) = i + 1;
}

void envelope_set_from(struct envelope *env, const char *addr)
{
	char *copy = xstrdup(addr);

	free(env->from);
	env->from = copy;
}

bool envelope_add(struct envelope *env, const char *addr, struct rcpt **slot)
{
	size_t *at;
	bool fresh;

	grow_slots(env);
	at = find_slot(env, addr);
	fresh = *at == 0;
	if (fresh) {
		if (env->n == env->cap) {
			env->cap = env->cap > 0 ? env->cap * 2 : 8;
			env->rcpt = xreallocarray(env->rcpt, env->cap,
						  sizeof *env->rcpt);
		}
		env->rcpt[env->n++] = (struct rcpt){ .addr = xstrdup(addr) };
		*at = env->n;
	}
	if (slot != NULL)
		*slot = &env->rcpt[*at - 1];
	return fresh;
}

static int check(const char *addr, const char *what, struct err *e)
{
	const char *why = addr_fault(addr);

	if (why == NULL)
		return 0;
	return err_set(e, ERR_DATA, "%s '%.100s' cannot be used: %s", what, addr,
		       why);
}

int envelope_check(const struct envelope *env, struct err *e)
{
	if (env->from != NULL && check(env->from, "the sender", e) < 0)
		return -1;
	for (size_t i = 0; i < env->n; i++) {
		if (env->rcpt[i].addr[0] == '\0')
			return err_set(e, ERR_DATA, "a recipient is empty");
		if (check(env->rcpt[i].addr, "the recipient", e) < 0)
			return -1;
	}
	return 0;
}

static bool beyond_ascii(const char *addr)
{
	return ascii_has_8bit(addr, strlen(addr));
}

bool envelope_needs_utf8(const struct envelope *env)
{
	if (env->from != NULL && beyond_ascii(env->from))
		return true;
	for (size_t i = 0; i < env->n; i++)
		if (beyond_ascii(env->rcpt[i].addr))
			return true;
	return false;
}

void envelope_copy(struct envelope *env, const struct envelope *from)
{
	struct envelope copy = ENVELOPE_INIT;

	if (env == from)
		return;
	copy.from = xstrdup_null(from->from);
	copy.notify = from->notify;
	copy.ret = from->ret;
	copy.envid = xstrdup_null(from->envid);
	for (size_t i = 0; i < from->n; i++) {
		struct rcpt *r;

		envelope_add(&copy, from->rcpt[i].addr, &r);
		r->orcpt = xstrdup_null(from->rcpt[i].orcpt);
		r->notify = from->rcpt[i].notify;
	}
	envelope_clear(env);
	*env = copy;
}

void envelope_clear(struct envelope *env)
{
	for (size_t i = 0; i < env->n; i++) {
		free(env->rcpt[i].addr);
		free(env->rcpt[i].orcpt);
	}
	free(env->rcpt);
	free(env->slot);
	free(env->from);
	free(env->envid);
	*env = (struct envelope)ENVELOPE_INIT;
}
