#include "text/edit.h"

#include <string.h>

#include "base/ascii.h"
#include "text/addr.h"

/* What may happen to a field, by its name. */
enum {
	GOES = 1,	/* always removed */
	BCC = 2,	/* removed with remove_bcc */
	TO_CC = 4,	/* removed with remove_to_cc */
	FROM = 8,	/* removed with remove_from */
	ADDRS = 16,	/* holds addresses that may need a domain */
	SENDER = 32	/* ... that may have to become the account's */
};

static const struct {
	const char *name;
	unsigned what;
} names[] = {
	{ "Return-Path",	GOES },
	{ "Bcc",		BCC | TO_CC },
	{ "Resent-Bcc",		BCC },
	{ "To",			TO_CC | ADDRS },
	{ "Cc",			TO_CC | ADDRS },
	{ "From",		FROM | ADDRS | SENDER },
	{ "Sender",		ADDRS | SENDER },
	{ "Reply-To",		ADDRS },
	{ "Resent-From",	ADDRS },
	{ "Resent-Sender",	ADDRS },
	{ "Resent-Reply-To",	ADDRS },
	{ "Resent-To",		ADDRS },
	{ "Resent-Cc",		ADDRS },
};

static unsigned what_about(const struct header *h, size_t i)
{
	for (size_t k = 0; k < sizeof names / sizeof *names; k++)
		if (header_is(h, i, names[k].name))
			return names[k].what;
	return 0;
}

/* Only folds: each CR before LF, each LF behind CR and before a blank. */
static bool only_folds(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\n')
			return false;
		if (*s != '\r')
			continue;
		if (s[1] != '\n' || !ascii_isblank(s[2]))
			return false;
		s++;
	}
	return true;
}

static int add(struct buf *out, const char *name, const char *body,
	       struct err *e)
{
	if (body == NULL)
		return 0;
	if (!only_folds(body))
		return err_set(e, ERR_DATA, "the %s header '%.100s' holds a line end",
			       name, body);
	buf_adds(out, name);
	buf_adds(out, ": ");
	buf_adds(out, body);
	buf_adds(out, "\r\n");
	return 0;
}

/*
 * Field I with its addresses as they must leave: the account's in place of a
 * sender that it may not use, "@domain" behind each that has none.  What
 * cannot be parsed stays as it is: it is not ours to repair.
 */
static void add_addresses(const struct edit *ed, const struct header *h,
			  size_t i, bool sender, struct buf *out)
{
	struct addrs list = ADDRS_INIT;
	const char *field = h->text.p + h->v[i].off, *body;
	size_t n, start = 0;

	body = header_body(h, i, &n);
	addr_list_parse(body, n, &list, NULL);
	for (size_t k = 0; k < list.n; k++) {
		const struct addr *a = &list.v[k];
		size_t at = h->v[i].body + a->off;

		if (sender && ed->sender_for(ed->ctx, a->spec)) {
			buf_add(out, field + start, at - start);
			buf_adds(out, ed->sender);
		} else if (ed->qualify != NULL && addr_domain(a->spec) == NULL) {
			buf_add(out, field + start, at + a->len - start);
			buf_addf(out, "@%s", ed->qualify);
		} else {
			continue;
		}
		start = at + a->len;
	}
	buf_add(out, field + start, h->v[i].len - start);
	addrs_clear(&list);
}

int edit_apply(const struct edit *ed, const struct header *h, struct buf *out,
	       struct err *e)
{
	unsigned gone = GOES | (ed->remove_bcc ? BCC : 0u) |
			(ed->remove_to_cc ? TO_CC : 0u) |
			(ed->remove_from ? FROM : 0u);

	if (add(out, "From", ed->from, e) < 0 || add(out, "To", ed->to, e) < 0 ||
	    add(out, "Date", ed->date, e) < 0 ||
	    add(out, "Message-ID", ed->msgid, e) < 0 ||
	    add(out, "Reply-To", ed->reply_to, e) < 0 ||
	    add(out, "X-Original-From", ed->original_from, e) < 0)
		return -1;
	for (size_t i = 0; i < h->n; i++) {
		unsigned what = what_about(h, i);
		bool sender;

		if (what & gone)
			continue;
		sender = (what & SENDER) != 0 && ed->sender != NULL;
		if (sender || ((what & ADDRS) != 0 && ed->qualify != NULL))
			add_addresses(ed, h, i, sender, out);
		else
			buf_add(out, h->text.p + h->v[i].off, h->v[i].len);
	}
	buf_adds(out, "\r\n");
	if (out->full)
		return err_set(e, ERR_DATA, "the header is larger than %zu bytes",
			       out->max);
	return 0;
}
