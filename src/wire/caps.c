#include "wire/caps.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"

#define MECH_MAX 20	/* RFC 4422 section 3.1: 1 to 20 characters */

struct word {
	const char *p;
	size_t n;
};

/* Cut the next blank-separated word off *P; false when none is left. */
static bool next_word(const char **p, const char *end, struct word *w)
{
	while (*p < end && ascii_isblank(**p))
		++*p;
	w->p = *p;
	while (*p < end && !ascii_isblank(**p))
		++*p;
	w->n = (size_t)(*p - w->p);
	return w->n > 0;
}

static void add_mech(struct caps *c, struct word w)
{
	char name[MECH_MAX + 1];

	if (w.n > MECH_MAX || c->mechs.n >= CAPS_MECHS_MAX)
		return;
	for (size_t i = 0; i < w.n; i++) {
		if (!ascii_isalnum(w.p[i]) && w.p[i] != '-' && w.p[i] != '_')
			return;
		name[i] = ascii_toupper(w.p[i]);
	}
	name[w.n] = '\0';
	if (!caps_has_mech(c, name))
		strv_add(&c->mechs, name);
}

static void read_auth(struct caps *c, const char *p, const char *end)
{
	struct word w;

	c->auth = true;
	while (next_word(&p, end, &w))
		add_mech(c, w);
}

static void read_size(struct caps *c, const char *p, const char *end)
{
	unsigned long long max;
	struct word w, more;

	c->size = true;
	if (next_word(&p, end, &w) && !next_word(&p, end, &more) &&
	    ascii_number(w.p, w.n, UINT64_MAX, &max))
		c->size_max = max;
}

/*
 *	limits-value = 1*6DIGIT, never 0 (RFC 9422 section 3)
 */
static void read_limit(struct word w, const char *name, uint32_t *out)
{
	size_t n = strlen(name);
	unsigned long long max;

	if (w.n > n && ascii_ncaseeq(w.p, name, n) &&
	    ascii_number(w.p + n, w.n - n, 999999, &max) && max > 0)
		*out = (uint32_t)max;
}

static void read_limits(struct caps *c, const char *p, const char *end)
{
	struct word w;

	while (next_word(&p, end, &w)) {
		read_limit(w, "RCPTMAX=", &c->rcpt_max);
		read_limit(w, "MAILMAX=", &c->mail_max);
	}
}

static const struct {
	const char *name;
	size_t flag;		/* a bool of struct caps */
	void (*read)(struct caps *c, const char *p, const char *end);
} keywords[] = {
	{ "PIPELINING", offsetof(struct caps, pipelining), NULL },
	{ "CHUNKING", offsetof(struct caps, chunking), NULL },
	{ "8BITMIME", offsetof(struct caps, eightbitmime), NULL },
	{ "SMTPUTF8", offsetof(struct caps, smtputf8), NULL },
	{ "DSN", offsetof(struct caps, dsn), NULL },
	{ "STARTTLS", offsetof(struct caps, starttls), NULL },
	{ "ENHANCEDSTATUSCODES", offsetof(struct caps, enhanced), NULL },
	{ "ETRN", offsetof(struct caps, etrn), NULL },
	{ "SIZE", 0, read_size },
	{ "LIMITS", 0, read_limits },
	{ "AUTH", 0, read_auth },
};

/* Servers of the nineties wrote "AUTH=LOGIN", some still add it. */
static bool old_auth(struct caps *c, struct word w, const char *end)
{
	if (w.n < 5 || !ascii_ncaseeq(w.p, "AUTH=", 5))
		return false;
	read_auth(c, w.p + 5, end);
	return true;
}

static void read_line(struct caps *c, const char *p, const char *end)
{
	struct word w;

	if (!next_word(&p, end, &w) || old_auth(c, w, end))
		return;
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
		if (!ascii_memcaseeq(w.p, w.n, keywords[i].name))
			continue;
		if (keywords[i].read != NULL)
			keywords[i].read(c, p, end);
		else
			*(bool *)((char *)c + keywords[i].flag) = true;
	}
}

static void keep_line(struct caps *c, const char *p, const char *end)
{
	struct buf shown = BUF_INIT(REPLY_SASL_MAX);

	ascii_printable(&shown, p, (size_t)(end - p));
	strv_take(&c->lines, buf_steal(&shown));
}

void caps_parse(struct caps *c, const struct reply *r)
{
	const char *p = buf_str(&r->text), *end = p + r->text.len;

	caps_clear(c);
	/* The first line is the server's name and greeting. */
	p = memchr(p, '\n', r->text.len);
	while (p != NULL) {
		const char *lf = memchr(p + 1, '\n', (size_t)(end - p - 1));

		keep_line(c, p + 1, lf != NULL ? lf : end);
		read_line(c, p + 1, lf != NULL ? lf : end);
		p = lf;
	}
}

bool caps_has_mech(const struct caps *c, const char *mech)
{
	for (size_t i = 0; i < c->mechs.n; i++)
		if (ascii_caseeq(c->mechs.v[i], mech))
			return true;
	return false;
}

void caps_clear(struct caps *c)
{
	strv_clear(&c->mechs);
	strv_clear(&c->lines);
	*c = (struct caps)CAPS_INIT;
}
