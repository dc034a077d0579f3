#include "wire/path.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/xalloc.h"
#include "text/addr.h"
#include "text/xtext.h"

#define ENVID_MAX 100	/* RFC 3461 section 4.4 */
#define ORCPT_MAX 500	/* RFC 3461 section 4.2 */

static const char syntax[] = "501 5.5.4 Syntax error in parameters";
static const char unknown[] = "555 5.5.4 Parameter not known";
static const char twice[] = "501 5.5.4 Parameter given twice";

void path_clear(struct path *p)
{
	free(p->addr);
	free(p->envid);
	free(p->orcpt);
	*p = (struct path)PATH_INIT;
}

/* The end of the path at P: behind its ">", or at a blank without "<". */
static const char *path_end(const char *p, const char *end)
{
	bool quoted = false, angle = p < end && *p == '<';

	for (; p < end; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (quoted && *p == '\\' && p + 1 < end)
			p++;
		else if (!quoted && angle && *p == '>')
			return p + 1;
		else if (!quoted && !angle && ascii_isblank(*p))
			return p;
	}
	return angle ? NULL : end;
}

/* "@a,@b:" before the mailbox. */
static const char *skip_route(const char *p, const char *end)
{
	const char *colon;

	if (p == end || *p != '@')
		return p;
	colon = memchr(p, ':', (size_t)(end - p));
	return colon != NULL ? colon + 1 : p;
}

static char *read_addr(const char *p, const char *end)
{
	char *text, *addr = NULL;
	struct err e = ERR_INIT;

	if (memchr(p, '\0', (size_t)(end - p)) != NULL)
		return NULL;
	if (end - p >= 2 && *p == '<') {
		p = skip_route(p + 1, end);
		end--;
		if (p > end)
			return NULL;
	}
	text = xmemdup0(p, (size_t)(end - p));
	/* What is left of the brackets would be taken off once more. */
	if (text[0] == '<' || addr_spec_parse(text, "the address", &addr, &e) < 0)
		addr = NULL;
	free(text);
	if (addr != NULL && addr_fault(addr) != NULL) {
		free(addr);
		addr = NULL;
	}
	return addr;
}

/*
 * Read WORD ("FROM:" or "TO:") and the path behind it.  *at is left behind
 * the path.
 */
static const char *take_path(struct path *p, const char *word, const char **at,
			     const char *end)
{
	size_t n = strlen(word);
	const char *s = *at, *stop;

	while (s < end && ascii_isblank(*s))
		s++;
	if ((size_t)(end - s) < n || !ascii_ncaseeq(s, word, n))
		return syntax;
	for (s += n; s < end && ascii_isblank(*s);)
		s++;
	stop = path_end(s, end);
	if (stop == NULL || stop == s || (stop < end && !ascii_isblank(*stop)))
		return "501 5.1.7 Syntax error in the address";
	p->addr = read_addr(s, stop);
	*at = stop;
	return p->addr != NULL ? NULL : "501 5.1.7 Syntax error in the address";
}

struct param {
	const char *key;
	size_t keylen;
	const char *value;	/* NULL: no "=" */
	size_t len;
};

/* esmtp-param = esmtp-keyword [ "=" esmtp-value ] */
static bool take_param(const char **at, const char *end, struct param *out)
{
	const char *s = *at, *stop, *eq;

	while (s < end && ascii_isblank(*s))
		s++;
	for (stop = s; stop < end && !ascii_isblank(*stop);)
		stop++;
	*at = stop;
	if (s == stop)
		return false;
	eq = memchr(s, '=', (size_t)(stop - s));
	*out = (struct param){ .key = s, .keylen = (size_t)((eq != NULL ? eq : stop) - s) };
	if (eq != NULL) {
		out->value = eq + 1;
		out->len = (size_t)(stop - eq - 1);
	}
	return true;
}

static bool is(const struct param *par, const char *key)
{
	return ascii_memcaseeq(par->key, par->keylen, key);
}

static bool value_is(const struct param *par, const char *value)
{
	return par->value != NULL && ascii_memcaseeq(par->value, par->len, value);
}

static const char *read_size(struct path *p, const struct param *par)
{
	unsigned long long size;

	if (par->value == NULL || !ascii_number(par->value, par->len, UINT64_MAX, &size))
		return syntax;
	p->size = size;
	return NULL;
}

static const char *read_body(struct path *p, const struct param *par)
{
	p->eightbit = value_is(par, "8BITMIME");
	return p->eightbit || value_is(par, "7BIT") ? NULL : syntax;
}

static const char *read_utf8(struct path *p, const struct param *par)
{
	p->utf8 = true;
	return par->value == NULL ? NULL : syntax;
}

static const char *read_ret(struct path *p, const struct param *par)
{
	p->ret = value_is(par, "FULL") ? DSN_RET_FULL :
		 value_is(par, "HDRS") ? DSN_RET_HDRS : DSN_RET_NONE;
	return p->ret != DSN_RET_NONE ? NULL : syntax;
}

static const char *read_envid(struct path *p, const struct param *par)
{
	struct buf id = BUF_INIT(ENVID_MAX);
	bool ok = par->value != NULL && par->len > 0 &&
		  xtext_decode(&id, par->value, par->len) == 0 && !id.full;

	for (size_t i = 0; ok && i < id.len; i++)
		ok = !ascii_iscntrl(id.p[i]);
	if (ok)
		p->envid = buf_steal(&id);
	buf_free(&id);
	return ok ? NULL : syntax;
}

/* Who submitted it is nobody's business on this side (RFC 4954 section 5). */
static const char *read_auth(struct path *p, const struct param *par)
{
	(void)p;
	return par->value != NULL && par->len > 0 ? NULL : syntax;
}

/*
 *	notify-esmtp-value = "NEVER" / 1#notify-list-element
 *	notify-list-element = "SUCCESS" / "FAILURE" / "DELAY"
 */
static const char *read_notify(struct path *p, const struct param *par)
{
	static const struct {
		const char *word;
		unsigned bit;
	} words[] = {
		{ "NEVER", DSN_NEVER }, { "SUCCESS", DSN_SUCCESS },
		{ "FAILURE", DSN_FAILURE }, { "DELAY", DSN_DELAY },
	};
	const char *s = par->value, *end = s != NULL ? s + par->len : NULL;

	while (s != NULL) {
		const char *comma = memchr(s, ',', (size_t)(end - s));
		unsigned bit = 0;

		for (size_t i = 0; i < sizeof words / sizeof *words; i++)
			if (ascii_memcaseeq(s, (size_t)((comma != NULL ? comma : end) - s),
					    words[i].word))
				bit = words[i].bit;
		if (bit == 0)
			return syntax;
		p->notify |= bit;
		s = comma != NULL ? comma + 1 : NULL;
	}
	if (p->notify == 0 || ((p->notify & DSN_NEVER) != 0 && p->notify != DSN_NEVER))
		return syntax;
	return NULL;
}

/* orcpt-value = addr-type ";" xtext */
static const char *read_orcpt(struct path *p, const struct param *par)
{
	struct buf addr = BUF_INIT(ORCPT_MAX);
	const char *semi = par->value != NULL ?
		memchr(par->value, ';', par->len) : NULL;
	bool ok = semi != NULL && semi > par->value && par->len <= ORCPT_MAX;

	for (const char *s = par->value; ok && s < semi; s++)
		ok = ascii_isalnum(*s) || *s == '-';
	if (ok)
		ok = semi + 1 < par->value + par->len &&
		     xtext_decode(&addr, semi + 1,
				  (size_t)(par->value + par->len - semi - 1)) == 0;
	buf_free(&addr);
	if (!ok)
		return syntax;
	p->orcpt = xmemdup0(par->value, par->len);
	return NULL;
}

struct keyword {
	const char *key;
	const char *(*read)(struct path *p, const struct param *par);
};

static const struct keyword mail_keywords[] = {
	{ "SIZE", read_size }, { "BODY", read_body }, { "SMTPUTF8", read_utf8 },
	{ "RET", read_ret }, { "ENVID", read_envid }, { "AUTH", read_auth },
};

static const struct keyword rcpt_keywords[] = {
	{ "NOTIFY", read_notify }, { "ORCPT", read_orcpt },
};

static const char *take_params(struct path *p, const char *at, const char *end,
			       const struct keyword *known, size_t n)
{
	struct param par;
	unsigned seen = 0;

	while (take_param(&at, end, &par)) {
		const char *why = unknown;

		for (size_t i = 0; i < n; i++) {
			if (!is(&par, known[i].key))
				continue;
			why = (seen & 1u << i) != 0 ? twice : known[i].read(p, &par);
			seen |= 1u << i;
		}
		if (why != NULL)
			return why;
	}
	return NULL;
}

static const char *finish(struct path *p, const char *why, bool utf8)
{
	if (why == NULL && !utf8 && ascii_has_8bit(p->addr, strlen(p->addr)))
		why = "553 5.6.7 Address beyond ASCII without SMTPUTF8";
	if (why != NULL)
		path_clear(p);
	return why;
}

const char *path_mail(struct path *p, const char *arg, size_t n)
{
	const char *end = arg + n, *why;

	*p = (struct path)PATH_INIT;
	why = take_path(p, "FROM:", &arg, end);
	if (why == NULL)
		why = take_params(p, arg, end, mail_keywords,
				  sizeof mail_keywords / sizeof *mail_keywords);
	return finish(p, why, p->utf8);
}

const char *path_rcpt(struct path *p, const char *arg, size_t n, bool utf8)
{
	const char *end = arg + n, *why;

	*p = (struct path)PATH_INIT;
	why = take_path(p, "TO:", &arg, end);
	if (why == NULL && p->addr[0] == '\0')
		why = "501 5.1.3 A recipient cannot be empty";
	if (why == NULL)
		why = take_params(p, arg, end, rcpt_keywords,
				  sizeof rcpt_keywords / sizeof *rcpt_keywords);
	return finish(p, why, utf8);
}
