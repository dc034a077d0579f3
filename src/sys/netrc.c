#include "sys/netrc.h"

#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "sys/fs.h"

/* A run of the text, without its quotes. */
struct word {
	const char *p;
	size_t n;
};

struct scan {
	const char *p, *end;
	unsigned line;
};

struct entry {
	bool open;		/* between `machine` and the next */
	bool host_matches;
	struct word login, password;
};

static bool is_space(char c)
{
	return ascii_isblank(c) || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static void skip(struct scan *s, size_t n)
{
	for (; n > 0; n--)
		s->line += *s->p++ == '\n';
}

/* The next word: 1, 0 at the end of the text, -1 for a quote left open. */
static int next_word(struct scan *s, bool keyword, struct word *w)
{
	const char *close;

	while (s->p < s->end) {
		if (is_space(*s->p)) {
			skip(s, 1);
		} else if (keyword && *s->p == '#') {
			while (s->p < s->end && *s->p != '\n')
				s->p++;
		} else {
			break;
		}
	}
	if (s->p == s->end)
		return 0;
	if (*s->p == '"' || *s->p == '\'') {
		w->p = s->p + 1;
		close = memchr(w->p, *s->p, (size_t)(s->end - w->p));
		if (close == NULL)
			return -1;
		w->n = (size_t)(close - w->p);
		skip(s, w->n + 2);
		return 1;
	}
	w->p = s->p;
	while (s->p < s->end && !is_space(*s->p))
		s->p++;
	w->n = (size_t)(s->p - w->p);
	return 1;
}

/* A macro ends with an empty line or the file. */
static void skip_macro(struct scan *s)
{
	bool empty = false;

	while (s->p < s->end) {
		char c = *s->p;

		skip(s, 1);
		if (c == '\n') {
			if (empty)
				return;
			empty = true;
		} else if (c != '\r') {
			empty = false;
		}
	}
}

static bool is(const struct word *w, const char *keyword)
{
	return w->n == strlen(keyword) && memcmp(w->p, keyword, w->n) == 0;
}

static bool complete(const struct entry *entry, const char *user)
{
	return entry->open && entry->host_matches && entry->login.p != NULL &&
		entry->password.p != NULL && is(&entry->login, user);
}

/* What a keyword fills: NULL for what is not used. */
static bool takes_word(const struct word *key, struct entry *entry,
		       struct word **slot)
{
	*slot = NULL;
	if (is(key, "login") || is(key, "user"))
		*slot = &entry->login;
	else if (is(key, "password") || is(key, "passwd"))
		*slot = &entry->password;
	else
		return is(key, "account") || is(key, "port");
	return true;
}

/*
 * Read one keyword and what belongs to it.  1: the entry before it is
 * complete and this keyword begins another; 0: go on; -1.
 */
static int one_keyword(struct scan *s, const struct word *key,
		       struct entry *entry, const char *host, const char *user,
		       struct err *e)
{
	struct word w, *slot;
	bool any = is(key, "default");

	if (any || is(key, "machine")) {
		if (complete(entry, user))
			return 1;
		*entry = (struct entry){ .open = true, .host_matches = any };
		if (any)
			return 0;
		if (next_word(s, false, &w) <= 0)
			goto broken;
		entry->host_matches = ascii_memcaseeq(w.p, w.n, host);
		return 0;
	}
	if (is(key, "macdef")) {
		if (next_word(s, false, &w) <= 0)
			goto broken;
		skip_macro(s);
		return 0;
	}
	if (!takes_word(key, entry, &slot))
		return err_set(e, ERR_CONFIG, "line %u: not a netrc keyword (a "
			       "password with blanks needs quotes)", s->line);
	if (next_word(s, false, &w) <= 0)
		goto broken;
	if (slot != NULL)
		*slot = w;
	return 0;
broken:
	return err_set(e, ERR_CONFIG, "line %u: a keyword without its word, or an "
		       "open quote", s->line);
}

int netrc_find(const char *text, size_t n, const char *host, const char *user,
	       struct secret *out, bool *found, struct err *e)
{
	struct scan s = { .p = text, .end = text + n, .line = 1 };
	struct entry entry = { .open = false };
	struct word key;
	int r;

	*found = false;
	while ((r = next_word(&s, true, &key)) > 0) {
		r = one_keyword(&s, &key, &entry, host, user, e);
		if (r < 0)
			return -1;
		if (r > 0)
			break;
	}
	if (r < 0)
		return err_set(e, ERR_CONFIG, "line %u: an open quote", s.line);
	if (!complete(&entry, user))
		return 0;
	if (secret_set(out, entry.password.p, entry.password.n) < 0)
		return err_set(e, ERR_CONFIG, "the password is too long");
	*found = true;
	return 0;
}

int netrc_lookup(const char *path, const char *host, const char *user,
		 struct secret *out, bool *found, struct err *e)
{
	struct buf text = BUF_INIT(NETRC_MAX);
	bool missing;
	int fd, ret;

	*found = false;
	ret = fs_open_read(path, false, &fd, &missing, e);
	if (ret == 0) {
		ret = fs_check_private(fd, path, getuid(), e);
		if (ret == 0)
			ret = fs_read_all(fd, path, &text, e);
		close(fd);
	}
	if (ret < 0 && e->kind == ERR_IO)
		e->kind = ERR_CONFIG;
	if (ret < 0 && missing)
		return 0;
	if (ret == 0) {
		ret = netrc_find(buf_str(&text), text.len, host, user, out, found,
				 e);
		if (ret < 0)
			err_wrap(e, "'%s'", path);
	}
	buf_wipe(&text);
	return ret;
}
