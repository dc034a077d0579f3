#include "text/addr.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/xalloc.h"
#include "text/lex.h"

#define TOKENS_MAX 1024	/* words and specials of one element */
#define SHOWN_MAX 80	/* bytes of a bad element in its error */

/* What stands between two separators. */
struct element {
	struct token t[TOKENS_MAX];
	size_t n;
	const char *why;	/* the first thing wrong with it */
	bool angle, closed;	/* "<" seen, ">" seen */
	bool route;		/* inside "<@a,@b:" */
};

struct parse {
	struct lex lx;
	struct element el;
	bool group;		/* behind "name:" */
	struct addrs *list;
	struct addrs *bad;	/* what is no address, or NULL */
	struct err *e;
	int ret;
};

static bool special(const struct token *t, char c)
{
	return t->kind == LEX_SPECIAL && t->c == c;
}

static bool word(const struct token *t)
{
	return t->kind == LEX_ATOM || t->kind == LEX_QUOTED;
}

/* dot-atom-text = 1*atext *("." 1*atext) */
static bool is_dot_atom(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (lex_isatext(p[i]))
			continue;
		if (p[i] != '.' || i == 0 || i == n - 1 || p[i - 1] == '.')
			return false;
	}
	return n > 0;
}

/*
 * local-part     = dot-atom / quoted-string / obs-local-part
 * obs-local-part = word *("." word)
 *
 * The N tokens are words and dots, no two words side by side.  Its meaning
 * is written, quoted only when it must be.
 */
static const char *add_local(const char *p, const struct token *t, size_t n,
			     struct buf *spec)
{
	struct buf local = BUF_INIT(ADDR_MAX);
	const char *why = NULL;
	bool any = false;

	for (size_t i = 0; i < n && why == NULL; i++) {
		if (special(&t[i], '.'))
			buf_addc(&local, '.');
		else if (!word(&t[i]))
			why = "something has no place before '@'";
		else if (i > 0 && word(&t[i - 1]))
			why = "two words side by side";
		else if (t[i].kind == LEX_ATOM)
			buf_add(&local, p + t[i].off, t[i].len);
		else
			lex_unquote(&local, p + t[i].off + 1, t[i].len - 2);
		any = any || word(&t[i]);
	}
	for (size_t i = 0; i < local.len && why == NULL; i++)
		if (ascii_iscntrl(local.p[i]))
			why = "it holds a control character";
	if (why != NULL) {
		;
	} else if (!any) {
		why = "nothing before '@'";
	} else if (local.full) {
		why = "it is too long";
	} else if (is_dot_atom(local.p, local.len)) {
		buf_add(spec, local.p, local.len);
	} else {
		buf_addc(spec, '"');
		for (size_t i = 0; i < local.len; i++) {
			if (local.p[i] == '"' || local.p[i] == '\\')
				buf_addc(spec, '\\');
			buf_addc(spec, local.p[i]);
		}
		buf_addc(spec, '"');
	}
	buf_free(&local);
	return why;
}

/*
 * domain     = dot-atom / domain-literal / obs-domain
 * obs-domain = atom *("." atom)
 */
static const char *add_domain(const char *p, const struct token *t, size_t n,
			      struct buf *spec)
{
	buf_addc(spec, '@');
	if (n == 1 && t[0].kind == LEX_LITERAL) {
		buf_add(spec, p + t[0].off, t[0].len);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		if (i % 2 == 0 && t[i].kind != LEX_ATOM)
			return "no domain behind '@'";
		if (i % 2 == 1 && !special(&t[i], '.'))
			return special(&t[i], '@') ? "more than one '@'" :
			       "text behind the address";
		buf_add(spec, p + t[i].off, t[i].len);
	}
	return n % 2 == 1 ? NULL : "no domain behind '@'";
}

/*
 * addr-spec = local-part "@" domain, or a local name: a local part alone,
 * in quotes only where QUOTED.  Gives NULL and the canonical form, or what
 * is wrong.
 */
static const char *read_spec(const char *p, const struct token *t, size_t n,
			     bool quoted, struct buf *spec)
{
	const char *why;
	bool bare = true;
	size_t at = 0;

	for (size_t i = 0; i < n; i++)
		if (t[i].kind == LEX_BAD)
			return t[i].why;
	while (at < n && !special(&t[at], '@'))
		at++;
	why = add_local(p, t, at, spec);
	if (at == n && !quoted)
		for (size_t i = 0; i < n; i++)
			bare = bare && t[i].kind != LEX_QUOTED;
	if (at == n && (why != NULL || !bare ||
			(!quoted && !is_dot_atom(spec->p, spec->len))))
		why = "a name without an address";
	if (why == NULL && at < n)
		why = add_domain(p, t + at + 1, n - at - 1, spec);
	if (why == NULL && spec->full)
		why = "it is too long";
	return why;
}

/* As lex_unquote(), cut at the ceiling of NAME. */
static void add_name(struct buf *name, const char *p, size_t n)
{
	size_t room = name->max - name->len;

	lex_unquote(name, p, n < room ? n : room);
}

/* The tokens of a phrase with the gaps between them as single blanks. */
static char *read_name(const char *p, const struct token *t, size_t n)
{
	struct buf name = BUF_INIT(ADDR_NAME_MAX);

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && t[i].gap)
			buf_addc(&name, ' ');
		if (t[i].kind == LEX_QUOTED)
			add_name(&name, p + t[i].off + 1, t[i].len - 2);
		else
			add_name(&name, p + t[i].off, t[i].len);
	}
	if (name.len == 0) {
		buf_free(&name);
		return NULL;
	}
	return buf_steal(&name);
}

/* The text of the last comment, trimmed, or NULL. */
static char *read_comment(const struct lex *lx)
{
	struct buf name = BUF_INIT(ADDR_NAME_MAX);
	const char *p = lx->p + lx->comment_off;
	size_t n = lx->comment_len;

	while (n > 0 && ascii_isblank(p[n - 1]))
		n--;
	while (n > 0 && ascii_isblank(p[0])) {
		p++;
		n--;
	}
	add_name(&name, p, n);
	if (name.len == 0) {
		buf_free(&name);
		return NULL;
	}
	return buf_steal(&name);
}

static void append(struct addrs *list, struct addr *a)
{
	if (list->n == list->cap) {
		list->cap = list->cap > 0 ? list->cap * 2 : 8;
		list->v = xreallocarray(list->v, list->cap, sizeof *list->v);
	}
	list->v[list->n++] = *a;
}

/*
 * obs-route       = obs-domain-list ":"
 * obs-domain-list = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain])
 *
 * How many of the N tokens are a route; N when it has no end.
 */
static size_t route_len(const struct token *t, size_t n)
{
	size_t i = 0;

	if (n == 0 || !special(&t[0], '@'))
		return 0;
	while (i < n && !special(&t[i], ':'))
		i++;
	return i < n ? i + 1 : n;
}

/* Where the addr-spec stands among the tokens; what is wrong, or NULL. */
static const char *find_spec(const struct element *el, size_t *from, size_t *to)
{
	size_t open = 0, route;

	*from = 0;
	*to = el->n;
	if (el->why != NULL || !el->angle)
		return el->why;
	if (!el->closed)
		return "'<' without '>'";
	while (!special(&el->t[open], '<'))
		open++;
	route = route_len(el->t + open + 1, el->n - open - 2);
	*from = open + 1 + route;
	*to = el->n - 1;
	if (*from == *to && route > 0)
		return "a route without an address";
	return NULL;
}

static void complain(struct parse *ps, const char *why)
{
	char shown[SHOWN_MAX];
	struct addr a = { 0 };
	struct err e = ERR_INIT;
	size_t from, to;

	if (ps->bad == NULL && ps->ret < 0)
		return;
	from = ps->el.n > 0 ? ps->el.t[0].off : ps->lx.at;
	to = ps->el.n > 0 ? ps->el.t[ps->el.n - 1].off +
			    ps->el.t[ps->el.n - 1].len : ps->lx.at;
	ascii_printable_copy(shown, sizeof shown, ps->lx.p + from, to - from);
	err_set(&e, ERR_DATA, "'%s' is not an address: %s", shown, why);
	if (ps->bad == NULL) {
		ps->ret = -1;
		if (ps->e != NULL)
			*ps->e = e;
		return;
	}
	a.spec = xstrdup(shown);
	a.name = xstrdup(e.text);
	a.off = from;
	a.len = to - from;
	append(ps->bad, &a);
}

/* The element is complete: append the address it is, or complain. */
static void finish(struct parse *ps)
{
	struct element *el = &ps->el;
	struct buf spec = BUF_INIT(ADDR_MAX);
	const char *p = ps->lx.p, *why;
	struct addr a = { 0 };
	size_t from, to;

	why = el->n > 0 ? find_spec(el, &from, &to) : NULL;
	if (el->n == 0 || (why == NULL && from == to))
		goto out;	/* "", "<>" */
	if (why == NULL)
		why = read_spec(p, el->t + from, to - from, el->angle, &spec);
	if (why != NULL) {
		complain(ps, why);
		goto out;
	}
	a.off = el->t[from].off;
	a.len = el->t[to - 1].off + el->t[to - 1].len - a.off;
	if (from > 0)
		for (from = 0; !special(&el->t[from], '<');)
			from++;
	a.name = read_name(p, el->t, from);
	if (a.name == NULL && ps->lx.comment)
		a.name = read_comment(&ps->lx);
	a.spec = buf_steal(&spec);
	append(ps->list, &a);
out:
	buf_free(&spec);
	ps->lx.comment = false;
	el->n = 0;
	el->why = NULL;
	el->angle = el->closed = el->route = false;
}

/* group = display-name ":" ...: is what stands before ":" such a name? */
static bool begins_group(const struct parse *ps)
{
	const struct element *el = &ps->el;

	if (ps->group || el->why != NULL)
		return false;
	for (size_t i = 0; i < el->n; i++)
		if (!word(&el->t[i]) && !special(&el->t[i], '.'))
			return false;
	return el->n > 0;
}

/*
 * Names are written with brackets and backslashes that no phrase may hold.
 * They hide no separator, so the address in "<>" is as plain as without.
 */
static bool tolerable(const struct token *t)
{
	return t->kind == LEX_BAD && t->c != '\0' && strchr("[])\\", t->c) != NULL;
}

/* What makes T wrong where it stands; also follows "<", ">" and routes. */
static const char *place(struct element *el, const struct token *t)
{
	if (t->kind == LEX_BAD && !tolerable(t))
		return t->why;
	if (el->n == TOKENS_MAX)
		return "it is too long";
	if (el->closed)
		return "text behind '>'";
	if (special(t, '<')) {
		if (el->angle)
			return "a second '<'";
		el->angle = true;
	} else if (special(t, '>')) {
		if (!el->angle)
			return "'>' without '<'";
		el->closed = true;
		el->route = false;
	} else if (special(t, '@')) {
		if (el->angle && el->n > 0 && special(&el->t[el->n - 1], '<'))
			el->route = true;
	} else if (special(t, ':')) {
		if (!el->route)
			return "':' outside quotes";
		el->route = false;
	}
	return NULL;
}

static void push(struct parse *ps, const struct token *t)
{
	struct element *el = &ps->el;
	const char *why = place(el, t);

	if (el->why == NULL)
		el->why = why;
	if (el->why != NULL)
		el->route = false;
	if (el->n < TOKENS_MAX)
		el->t[el->n++] = *t;
	else
		el->t[el->n - 1] = *t;
}

/* Inside a route a comma is no separator, unless none of it follows. */
static bool route_broken(const struct element *el, const struct token *t)
{
	return el->route && el->n > 0 && special(&el->t[el->n - 1], ',') &&
	       !special(t, '@') && !special(t, ',') && !special(t, ':');
}

static void read_list(struct parse *ps)
{
	struct token t;

	do {
		t = lex_next(&ps->lx);
		if (route_broken(&ps->el, &t)) {
			ps->el.why = "an unfinished route";
			finish(ps);
		}
		if (t.kind == LEX_END || special(&t, ';') ||
		    (special(&t, ',') && !ps->el.route)) {
			finish(ps);
			if (special(&t, ';'))
				ps->group = false;
		} else if (special(&t, ':') && begins_group(ps)) {
			ps->group = true;
			ps->el.n = 0;
			ps->lx.comment = false;
		} else {
			push(ps, &t);
		}
	} while (t.kind != LEX_END && ps->list->n <= ADDR_LIST_MAX &&
		 (ps->bad == NULL || ps->bad->n <= ADDR_LIST_MAX));
}

int addr_list_parse(const char *p, size_t n, struct addrs *list, struct err *e)
{
	return addr_list_divide(p, n, list, NULL, e);
}

int addr_list_divide(const char *p, size_t n, struct addrs *list,
		     struct addrs *bad, struct err *e)
{
	struct parse ps = { .list = list, .bad = bad, .e = e };

	lex_init(&ps.lx, p, n);
	read_list(&ps);
	if (list->n > ADDR_LIST_MAX || (bad != NULL && bad->n > ADDR_LIST_MAX))
		return err_set(e, ERR_DATA, "more than %d addresses",
			       ADDR_LIST_MAX);
	return ps.ret;
}

/* One addr-spec, nothing around it and no gap inside. */
static const char *only_spec(const char *p, size_t n, struct buf *spec)
{
	struct token t[TOKENS_MAX];
	struct lex lx;
	size_t len = 0, route;

	lex_init(&lx, p, n);
	for (;;) {
		if (len == TOKENS_MAX)
			return "it is too long";
		t[len] = lex_next(&lx);
		if (t[len].gap)
			return lx.comment ? "it holds a comment" :
			       "it holds a blank";
		if (t[len].kind == LEX_END)
			break;
		if (t[len].kind == LEX_BAD)
			return t[len].why;
		if (special(&t[len], '<') || special(&t[len], '>'))
			return "it holds '<' or '>'";
		len++;
	}
	route = route_len(t, len);
	return read_spec(p, t + route, len - route, true, spec);
}

int addr_spec_parse(const char *text, const char *what, char **out,
		    struct err *e)
{
	struct buf spec = BUF_INIT(ADDR_MAX);
	size_t n = strlen(text);
	const char *p = text, *why = NULL;
	char shown[SHOWN_MAX];

	if (n >= 2 && p[0] == '<' && p[n - 1] == '>') {
		p++;
		n -= 2;
	}
	if (n > 0)
		why = only_spec(p, n, &spec);
	if (why != NULL) {
		buf_free(&spec);
		ascii_printable_copy(shown, sizeof shown, text, strlen(text));
		return err_set(e, ERR_DATA, "%s '%s' is not an address: %s",
			       what, shown, why);
	}
	*out = buf_steal(&spec);
	return 0;
}

const char *addr_fault(const char *spec)
{
	size_t n = strlen(spec);
	bool quoted = false;

	if (n > ADDR_MAX)
		return "it is too long";
	for (size_t i = 0; i < n; i++) {
		if (ascii_iscntrl(spec[i]))
			return "it holds a control character";
		if (spec[i] == '"')
			quoted = !quoted;
		else if (quoted && spec[i] == '\\' && spec[i + 1] != '\0' &&
			 !ascii_iscntrl(spec[i + 1]))
			i++;
		else if (!quoted && spec[i] == ' ')
			return "it holds a blank";
		else if (!quoted && (spec[i] == '<' || spec[i] == '>'))
			return "it holds '<' or '>'";
	}
	if (quoted)
		return "a quote is not closed";
	return ascii_utf8_valid(spec, n) ? NULL : "it is not UTF-8";
}

size_t addr_local_len(const char *spec)
{
	size_t at = 0, i = 0;
	bool quoted = false, found = false;

	for (; spec[i] != '\0'; i++) {
		if (spec[i] == '"')
			quoted = !quoted;
		else if (quoted && spec[i] == '\\' && spec[i + 1] != '\0')
			i++;
		else if (!quoted && spec[i] == '@') {
			found = true;
			at = i;
		}
	}
	return found ? at : i;
}

const char *addr_domain(const char *spec)
{
	const char *at = spec + addr_local_len(spec);

	return *at == '@' ? at + 1 : NULL;
}

bool addr_same(const char *a, const char *b)
{
	size_t la = addr_local_len(a), lb = addr_local_len(b);

	return la == lb && memcmp(a, b, la) == 0 && ascii_caseeq(a + la, b + lb);
}

void addrs_clear(struct addrs *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->v[i].spec);
		free(list->v[i].name);
	}
	free(list->v);
	*list = (struct addrs)ADDRS_INIT;
}
