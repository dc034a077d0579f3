#include "text/alias.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/strv.h"
#include "base/xalloc.h"
#include "text/addr.h"
#include "text/lex.h"

#define INCLUDE ":include:"

/*
 * What a name stands for: addr-specs, and includes written INCLUDE "path",
 * which no addr-spec can be.
 */
struct entry {
	char *name;	/* lower case */
	unsigned line;
	struct strv items;
};

struct aliases {
	char *file;
	struct entry *v;	/* sorted by name */
	size_t n, cap;
};

static bool is_include(const char *item)
{
	return strncmp(item, INCLUDE, strlen(INCLUDE)) == 0;
}

static void trim(const char **p, size_t *n)
{
	while (*n > 0 && ascii_isblank((*p)[*n - 1]))
		--*n;
	while (*n > 0 && ascii_isblank(**p)) {
		++*p;
		--*n;
	}
}

/* One item of a list, N bytes without commas outside quotes and comments. */
static int add_item(struct strv *items, const char *p, size_t n, struct err *e)
{
	struct addrs list = ADDRS_INIT;
	size_t inc = strlen(INCLUDE), quote;

	trim(&p, &n);
	quote = n > 1 && p[0] == '"' && p[n - 1] == '"';
	if (n >= 2 * quote + inc && ascii_ncaseeq(p + quote, INCLUDE, inc)) {
		p += quote + inc;
		n -= 2 * quote + inc;
		trim(&p, &n);
		if (n == 0 || p[0] != '/')
			return err_set(e, ERR_CONFIG, "an include without a path");
		strv_take(items, xasprintf(INCLUDE "%.*s", (int)n, p));
		return 0;
	}
	if (n > quote && (p[quote] == '|' || p[quote] == '/'))
		return err_set(e, ERR_CONFIG,
			       "'%.*s': programs and files receive no mail here",
			       (int)n, p);
	if (addr_list_parse(p, n, &list, e) < 0) {
		addrs_clear(&list);
		if (e != NULL)
			e->kind = ERR_CONFIG;
		return -1;
	}
	for (size_t i = 0; i < list.n; i++)
		strv_add(items, list.v[i].spec);
	addrs_clear(&list);
	return 0;
}

/* item *("," item); empty items do not count. */
static int add_items(struct strv *items, const char *p, size_t n, struct err *e)
{
	struct lex lx;
	struct token t;
	size_t start = 0;

	lex_init(&lx, p, n);
	do {
		t = lex_next(&lx);
		if (t.kind != LEX_END && !(t.kind == LEX_SPECIAL && t.c == ','))
			continue;
		if (add_item(items, p + start, t.off - start, e) < 0)
			return -1;
		start = t.off + 1;
	} while (t.kind != LEX_END);
	return 0;
}

/* The name before ":" in canonical form, lower case; *used with the ":". */
static char *read_name(const char *p, size_t n, size_t *used)
{
	struct lex lx;
	struct token t;
	char *name = NULL, *text;

	lex_init(&lx, p, n);
	do {
		t = lex_next(&lx);
	} while (t.kind != LEX_END && !(t.kind == LEX_SPECIAL && t.c == ':'));
	if (t.kind == LEX_END)
		return NULL;
	*used = t.off + 1;
	n = t.off;
	trim(&p, &n);
	text = xmemdup0(p, n);
	if (n == 0 || strlen(text) != n ||
	    addr_spec_parse(text, "alias", &name, NULL) < 0) {
		free(text);
		return NULL;
	}
	free(text);
	if (name[0] == '\0' || addr_domain(name) != NULL) {
		free(name);
		return NULL;
	}
	for (char *c = name; *c != '\0'; c++)
		*c = ascii_tolower(*c);
	return name;
}

/* A whole entry with its continuations joined, begun at LINE. */
static int add_entry(struct aliases *a, const char *p, size_t n, unsigned line,
		     struct err *e)
{
	struct entry *entry;
	size_t used;
	char *name = read_name(p, n, &used);

	if (name == NULL)
		return err_set(e, ERR_CONFIG, "no 'name: address'");
	if (a->n == a->cap) {
		a->cap = a->cap > 0 ? a->cap * 2 : 16;
		a->v = xreallocarray(a->v, a->cap, sizeof *a->v);
	}
	entry = &a->v[a->n++];
	*entry = (struct entry){ .name = name, .line = line };
	if (add_items(&entry->items, p + used, n - used, e) < 0)
		return -1;
	if (entry->items.n == 0)
		return err_set(e, ERR_CONFIG, "alias '%s' stands for nothing",
			       name);
	return 0;
}

/* A line without its comment, line end and blanks behind. */
static size_t line_len(const char *p, size_t n)
{
	bool quoted = false;
	size_t i = 0;

	for (; i < n; i++) {
		if (p[i] == '#' && !quoted)
			break;
		if (p[i] == '"')
			quoted = !quoted;
		else if (p[i] == '\\' && i + 1 < n)
			i++;
	}
	while (i > 0 && (ascii_isblank(p[i - 1]) || p[i - 1] == '\r'))
		i--;
	return i;
}

static int by_name(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static int sort(struct aliases *a, unsigned *line, struct err *e)
{
	if (a->n > 0)
		qsort(a->v, a->n, sizeof *a->v, by_name);
	for (size_t i = 1; i < a->n; i++) {
		if (strcmp(a->v[i - 1].name, a->v[i].name) != 0)
			continue;
		*line = a->v[i].line;
		return err_set(e, ERR_CONFIG, "alias '%s' is there twice, "
			       "first in line %u", a->v[i].name, a->v[i - 1].line);
	}
	return 0;
}

/* All lines; *line is where the entry that is wrong begins. */
static int read_lines(struct aliases *a, const char *text, size_t n,
		      unsigned *line, struct err *e)
{
	struct buf entry = BUF_INIT(n + 1);
	unsigned number = 0;
	int ret = 0;

	for (size_t i = 0; i < n && ret == 0;) {
		const char *lf = memchr(text + i, '\n', n - i);
		size_t all = lf != NULL ? (size_t)(lf - (text + i)) + 1 : n - i;
		size_t len = line_len(text + i, lf != NULL ? all - 1 : all);

		number++;
		if (len > 0 && ascii_isblank(text[i]) && entry.len == 0) {
			*line = number;
			ret = err_set(e, ERR_CONFIG, "nothing to be continued");
		} else if (len > 0) {
			if (!ascii_isblank(text[i])) {
				if (entry.len > 0)
					ret = add_entry(a, entry.p, entry.len,
							*line, e);
				buf_clear(&entry);
				if (ret == 0)
					*line = number;
			}
			buf_add(&entry, text + i, len);
		}
		i += all;
	}
	if (ret == 0 && entry.len > 0)
		ret = add_entry(a, entry.p, entry.len, *line, e);
	buf_free(&entry);
	return ret;
}

int aliases_parse(const char *text, size_t n, const char *file,
		  struct aliases **out, struct err *e)
{
	struct aliases *a = xcalloc(1, sizeof *a);
	unsigned line = 1;

	a->file = xstrdup(file);
	if (read_lines(a, text, n, &line, e) < 0 || sort(a, &line, e) < 0) {
		aliases_free(a);
		return err_wrap(e, "%s:%u", file, line);
	}
	*out = a;
	return 0;
}

void aliases_free(struct aliases *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->n; i++) {
		free(a->v[i].name);
		strv_clear(&a->v[i].items);
	}
	free(a->v);
	free(a->file);
	free(a);
}

enum { FRESH, OPEN, DONE };	/* OPEN: being expanded, to reach it is a loop */

/* One call of aliases_expand(). */
struct expansion {
	const struct aliases *a;
	const char *const *local;
	size_t nlocal;
	alias_include_fn *include;
	void *ctx;
	unsigned char *state;	/* of each entry */
	unsigned *height;	/* steps below each entry that is DONE */
	struct strv paths;	/* includes reached, with their state */
	unsigned char path_state[ALIAS_INCLUDES];
	unsigned path_height[ALIAS_INCLUDES];
	struct envelope to;
	const struct rcpt *rcpt;	/* whose recipient is being expanded */
	struct err *e;
};

static int expand_items(struct expansion *x, const struct strv *items,
			unsigned depth, unsigned *height);

/* Is ADDR a local name?  Then its alias's key, fresh, else NULL. */
static char *local_name(const struct expansion *x, const char *addr)
{
	const char *domain = addr_domain(addr);
	bool local = domain == NULL;
	char *name;

	for (size_t i = 0; i < x->nlocal && !local; i++)
		local = ascii_caseeq(domain, x->local[i]);
	if (!local || addr[0] == '\0')
		return NULL;
	name = xmemdup0(addr, addr_local_len(addr));
	for (char *c = name; *c != '\0'; c++)
		*c = ascii_tolower(*c);
	return name;
}

static const struct entry *find(const struct aliases *a, const char *name)
{
	struct entry key = { .name = (char *)name };
	size_t low = 0, high = a->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(a->v[mid].name, key.name);

		if (order == 0)
			return &a->v[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static int too_deep(const struct expansion *x)
{
	return err_set(x->e, ERR_CONFIG, "%s: '%s' leads through more than %d aliases",
		       x->a->file, x->rcpt->addr, ALIAS_DEPTH);
}

/*
 * Expand what STATE and HEIGHT belong to, once.  WHAT names it, LINE too
 * unless it is 0.
 */
static int expand_once(struct expansion *x, const struct strv *items,
		       unsigned char *state, unsigned *height, unsigned depth,
		       const char *what, unsigned line)
{
	if (*state == OPEN) {
		if (line == 0)
			return err_set(x->e, ERR_CONFIG,
				       "%s: '%s' includes itself", x->a->file, what);
		return err_set(x->e, ERR_CONFIG, "%s:%u: alias '%s' leads to itself",
			       x->a->file, line, what);
	}
	if (depth > ALIAS_DEPTH ||
	    (*state == DONE && depth + *height > ALIAS_DEPTH))
		return too_deep(x);
	if (*state == DONE)
		return 0;
	*state = OPEN;
	if (expand_items(x, items, depth, height) < 0)
		return -1;
	*state = DONE;
	return 0;
}

static int expand_addr(struct expansion *x, const char *addr, unsigned depth,
		       unsigned *height)
{
	char *name = local_name(x, addr);
	const struct entry *entry = name != NULL ? find(x->a, name) : NULL;
	struct rcpt *r;
	size_t i;

	if (entry == NULL && name != NULL)
		entry = find(x->a, "default");
	free(name);
	if (entry != NULL) {
		i = (size_t)(entry - x->a->v);
		if (expand_once(x, &entry->items, &x->state[i], &x->height[i],
				depth + 1, entry->name, entry->line) < 0)
			return -1;
		if (*height < x->height[i] + 1)
			*height = x->height[i] + 1;
		return 0;
	}
	if (x->to.n >= ADDR_LIST_MAX)
		return err_set(x->e, ERR_CONFIG, "%s: more than %d recipients",
			       x->a->file, ADDR_LIST_MAX);
	if (envelope_add(&x->to, addr, &r)) {
		r->notify = x->rcpt->notify;
		r->orcpt = xstrdup_null(x->rcpt->orcpt);
	}
	return 0;
}

/* A file of items, a list a line. */
static int read_include(struct expansion *x, const char *path,
			struct strv *items)
{
	unsigned line = 0;
	char *text = NULL;
	int ret;

	if (x->include == NULL)
		return err_set(x->e, ERR_CONFIG, "%s: '%s' cannot be included here",
			       x->a->file, path);
	if (x->include(x->ctx, path, &text, x->e) < 0)
		return -1;
	ret = 0;
	for (const char *p = text; *p != '\0' && ret == 0;) {
		size_t n = strcspn(p, "\n");

		line++;
		ret = add_items(items, p, line_len(p, n), x->e);
		p += n + (p[n] == '\n');
	}
	free(text);
	return ret < 0 ? err_wrap(x->e, "%s:%u", path, line) : 0;
}

static int expand_include(struct expansion *x, const char *path, unsigned depth,
			  unsigned *height)
{
	struct strv items = STRV_INIT;
	size_t i = 0;
	int ret = 0;

	while (i < x->paths.n && strcmp(x->paths.v[i], path) != 0)
		i++;
	if (i == ALIAS_INCLUDES)
		return err_set(x->e, ERR_CONFIG, "%s: more than %d include files",
			       x->a->file, ALIAS_INCLUDES);
	if (i == x->paths.n) {
		strv_add(&x->paths, path);
		ret = read_include(x, path, &items);
	}
	if (ret == 0)
		ret = expand_once(x, &items, &x->path_state[i],
				  &x->path_height[i], depth + 1, path, 0);
	if (*height < x->path_height[i] + 1)
		*height = x->path_height[i] + 1;
	strv_clear(&items);
	return ret;
}

/* At most ALIAS_DEPTH of these are on the stack. */
static int expand_items(struct expansion *x, const struct strv *items,
			unsigned depth, unsigned *height)
{
	for (size_t i = 0; i < items->n; i++) {
		const char *item = items->v[i];
		int ret = is_include(item) ?
			expand_include(x, item + strlen(INCLUDE), depth, height) :
			expand_addr(x, item, depth, height);

		if (ret < 0)
			return -1;
	}
	return 0;
}

/* The new recipients in place of ENV's, the rest as it is. */
static void replace(struct envelope *env, struct envelope *to)
{
	to->from = env->from;
	to->envid = env->envid;
	to->notify = env->notify;
	to->ret = env->ret;
	env->from = env->envid = NULL;
	envelope_clear(env);
	*env = *to;
	*to = (struct envelope)ENVELOPE_INIT;
}

static struct expansion *expansion_new(const struct aliases *a,
				       const char *const *local, size_t n,
				       alias_include_fn *include, void *ctx,
				       struct err *e)
{
	struct expansion *x = xcalloc(1, sizeof *x);

	x->a = a;
	x->local = local;
	x->nlocal = n;
	x->include = include;
	x->ctx = ctx;
	x->e = e;
	x->state = xcalloc(a->n, sizeof *x->state);
	x->height = xcalloc(a->n, sizeof *x->height);
	return x;
}

static void expansion_free(struct expansion *x)
{
	envelope_clear(&x->to);
	strv_clear(&x->paths);
	free(x->state);
	free(x->height);
	free(x);
}

int aliases_expand(const struct aliases *a, struct envelope *env,
		   const char *const *local, size_t n,
		   alias_include_fn *include, void *ctx, struct err *e)
{
	struct expansion *x = expansion_new(a, local, n, include, ctx, e);
	unsigned height = 0;
	int ret = 0;

	for (size_t i = 0; i < env->n && ret == 0; i++) {
		x->rcpt = &env->rcpt[i];
		ret = expand_addr(x, env->rcpt[i].addr, 0, &height);
	}
	if (ret == 0)
		replace(env, &x->to);
	expansion_free(x);
	return ret;
}

/*
 * Each entry once, whoever leads to it; the limits of one expansion are not
 * added up over the file.
 */
int aliases_check(const struct aliases *a, const char *const *local, size_t n,
		  alias_include_fn *include, void *ctx, struct err *e)
{
	struct expansion *x = expansion_new(a, local, n, include, ctx, e);
	int ret = 0;

	for (size_t i = 0; i < a->n && ret == 0; i++) {
		struct rcpt self = { .addr = a->v[i].name };

		x->rcpt = &self;
		ret = expand_once(x, &a->v[i].items, &x->state[i],
				  &x->height[i], 1, a->v[i].name, a->v[i].line);
		envelope_clear(&x->to);
		strv_clear(&x->paths);
		memset(x->path_state, 0, sizeof x->path_state);
		memset(x->path_height, 0, sizeof x->path_height);
	}
	expansion_free(x);
	return ret;
}
