#include "flow/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "flow/rewrite.h"
#include "sys/host.h"
#include "text/addr.h"
#include "text/date.h"
#include "text/edit.h"
#include "text/msgid.h"
#include "text/word.h"

void misfits_clear(struct misfits *m)
{
	envelope_clear(&m->env);
	strv_clear(&m->why);
}

int misfits_say(const struct misfits *m, struct err *e)
{
	struct buf text = BUF_INIT(1u << 20);

	for (size_t i = 0; i < m->why.n && text.len < ERR_TEXT_MAX; i++)
		buf_addf(&text, "%s%s", i > 0 ? "; " : "", m->why.v[i]);
	err_set(e, ERR_DATA, "%s", buf_str(&text));
	buf_free(&text);
	return -1;
}

static void misfit(struct misfits *m, const char *spec, char *why)
{
	if (envelope_add(&m->env, spec, NULL))
		strv_take(&m->why, why);
	else
		free(why);
}

/* The N bytes of LIST, which stand at PLACE. */
static int add_list(const char *list, size_t n, const char *place,
		    struct envelope *env, struct misfits *bad, struct err *e)
{
	struct addrs good = ADDRS_INIT, rest = ADDRS_INIT;
	int ret = addr_list_divide(list, n, &good, &rest, e);

	for (size_t i = 0; ret == 0 && i < good.n; i++) {
		const char *spec = good.v[i].spec, *fault = addr_fault(spec);
		char shown[200];

		if (fault == NULL) {
			envelope_add(env, spec, NULL);
			continue;
		}
		ascii_printable_copy(shown, sizeof shown, spec, strlen(spec));
		misfit(bad, shown, xasprintf("%s: '%s' cannot be used: %s",
					     place, shown, fault));
	}
	for (size_t i = 0; ret == 0 && i < rest.n; i++)
		misfit(bad, rest.v[i].spec, xasprintf("%s: %s", place,
						      rest.v[i].name));
	addrs_clear(&good);
	addrs_clear(&rest);
	return ret < 0 ? err_wrap(e, "%s", place) : 0;
}

/* Fields FROM to before TO of H whose name is one of the three. */
static int add_fields(const struct header *h, size_t from, size_t to,
		      const char *const names[3], struct envelope *env,
		      struct misfits *bad, struct err *e)
{
	int ret = 0;

	for (size_t i = from; i < to; i++) {
		for (size_t j = 0; ret == 0 && j < 3; j++) {
			char place[40];
			const char *body;
			size_t n;

			if (!header_is(h, i, names[j]))
				continue;
			body = header_body(h, i, &n);
			snprintf(place, sizeof place, "in the %s field", names[j]);
			ret = add_list(body, n, place, env, bad, e);
		}
	}
	return ret;
}

int compose_recipients(const struct strv *args, bool from_header,
		       const struct header *h, struct envelope *env,
		       struct misfits *bad, struct err *e)
{
	static const char *const plain[] = { "To", "Cc", "Bcc" };
	static const char *const resent[] = { "Resent-To", "Resent-Cc",
					      "Resent-Bcc" };
	size_t from, to;

	for (size_t i = 0; i < args->n; i++)
		if (add_list(args->v[i], strlen(args->v[i]), "recipient", env,
			     bad, e) < 0)
			return -1;
	if (!from_header)
		return 0;
	header_resent(h, &from, &to);
	if (from < to)
		return add_fields(h, from, to, resent, env, bad, e);
	return add_fields(h, 0, h->n, plain, env, bad, e);
}

/* The first address in the field, or NULL; what cannot be read is none. */
static char *first_address(const struct header *h, size_t i)
{
	struct err ignored = ERR_INIT;
	struct addrs list = ADDRS_INIT;
	const char *body;
	char *spec = NULL;
	size_t n;

	body = header_body(h, i, &n);
	addr_list_parse(body, n, &list, &ignored);
	if (list.n > 0)
		spec = xstrdup(list.v[0].spec);
	addrs_clear(&list);
	return spec;
}

static char *first_of(const struct header *h, size_t from, size_t to,
		      const char *name)
{
	char *spec = NULL;

	for (size_t i = header_find(h, from, name); i < to && spec == NULL;
	     i = header_find(h, i + 1, name))
		spec = first_address(h, i);
	return spec;
}

char *compose_header_from(const struct header *h)
{
	size_t from, to;
	char *spec = NULL;

	header_resent(h, &from, &to);
	/* who resent it stands above whom it is from */
	if (from < to && to <= header_find(h, 0, "From"))
		spec = first_of(h, from, to, "Resent-From");
	if (spec == NULL)
		spec = first_of(h, 0, h->n, "From");
	return spec;
}

size_t compose_hops(const struct header *h)
{
	size_t hops = 0;

	for (size_t i = 0; i < h->n; i++)
		hops += header_is(h, i, "Received");
	return hops;
}

/* The sender's address for a From field; the null sender needs a name. */
static char *from_address(const struct account *acc, const struct envelope *env)
{
	const char *domain;

	if (env->from != NULL && env->from[0] != '\0')
		return xstrdup(env->from);
	if (acc->from != NULL && acc->from[0] != '\0' &&
	    strpbrk(acc->from, "*?[") == NULL)
		return xstrdup(acc->from);
	domain = acc->qualify_domain;
	if (domain == NULL)
		domain = acc->domain != NULL && acc->domain[0] != '\0' ?
			acc->domain : "localhost";
	return xasprintf("MAILER-DAEMON@%s", domain);
}

static char *make_from(const struct account *acc, const struct envelope *env,
		       const char *full_name)
{
	struct buf body = BUF_INIT(65536);
	char *addr = from_address(acc, env);

	if (full_name == NULL)
		full_name = acc->from_full_name;
	word_mailbox(&body, full_name, addr, strlen("From: "));
	free(addr);
	return buf_steal(&body);
}

static char *make_to(const struct account *acc, const struct envelope *env)
{
	struct buf body = BUF_INIT(2 * HEADER_MAX);
	size_t column = strlen("To: ");

	if (acc->set_to_header == TO_UNDISCLOSED || env->n == 0)
		return xstrdup("undisclosed-recipients:;");
	for (size_t i = 0; i < env->n; i++) {
		size_t len = strlen(env->rcpt[i].addr);

		if (i > 0) {
			buf_addc(&body, ',');
			/* RFC 5322 2.1.1: lines of 78 where it can be */
			if (column + len > 76) {
				buf_adds(&body, "\r\n");
				column = 0;
			}
			buf_addc(&body, ' ');
		}
		buf_add(&body, env->rcpt[i].addr, len);
		column += len + 2;
	}
	return buf_steal(&body);
}

static char *make_date(void)
{
	char date[DATE_MAX];
	struct tm tm;

	host_localtime(&tm);
	date_format(&tm, date);
	return xstrdup(date);
}

static char *make_msgid(const struct account *acc, const struct envelope *env)
{
	unsigned char random[MSGID_RANDOM];
	const char *domain = acc->domain;

	if (domain == NULL || domain[0] == '\0' ||
	    ascii_caseeq(domain, "localhost"))
		domain = env->from != NULL ? addr_domain(env->from) : NULL;
	if (domain == NULL)
		domain = acc->qualify_domain;
	if (domain == NULL && acc->host.n > 0)
		domain = acc->host.v[0];
	host_random(random, sizeof random);
	return msgid_make(random, domain);
}

static bool missing(const struct header *h, const char *name)
{
	return header_find(h, 0, name) == h->n;
}

static bool is_replaced(const void *acc, const char *spec)
{
	return rewrite_sender_for(acc, spec);
}

/* Field I's body as it may stand in another field: no blanks around it. */
static char *body_of(const struct header *h, size_t i)
{
	size_t n;
	const char *body = header_body(h, i, &n);

	while (n > 0 && ascii_isblank(body[0])) {
		body++;
		n--;
	}
	while (n > 0 && strchr(" \t\r\n", body[n - 1]) != NULL)
		n--;
	return xmemdup0(body, n);
}

/*
 * The From address is not the account's to use: it goes, the name stays, and
 * what it was is kept where the reader can find it; as the address to answer
 * to when it is one of the world's.
 */
static void replace_sender(const struct account *acc, const struct header *h,
			   const char *from, struct edit *ed, char **original)
{
	if (from == NULL || acc->sender == SENDER_KEEP)
		return;
	ed->sender = acc->from;
	ed->sender_for = is_replaced;
	ed->ctx = acc;
	if (!rewrite_sender_for(acc, from))
		return;
	*original = body_of(h, header_find(h, 0, "From"));
	if (acc->sender == SENDER_FORCE && addr_domain(from) != NULL &&
	    missing(h, "Reply-To"))
		ed->reply_to = *original;
	else
		ed->original_from = *original;
}

int compose_head(const struct account *acc, const struct envelope *env,
		 const struct header *h, const char *full_name,
		 struct draft *d, struct err *e)
{
	struct edit ed = {
		.remove_bcc = acc->remove_bcc_headers == ON,
		.remove_to_cc = acc->set_to_header != TO_OFF,
		.qualify = acc->qualify_domain,
	};
	char *usable = first_of(h, 0, h->n, "From");
	char *from = NULL, *to = NULL, *date = NULL, *msgid = NULL;
	char *original = NULL;
	int ret;

	if (acc->set_from_header == ON ||
	    (acc->set_from_header == AUTO && usable == NULL)) {
		ed.remove_from = true;
		ed.from = from = make_from(acc, env, full_name);
	} else {
		replace_sender(acc, h, usable, &ed, &original);
	}
	if (ed.remove_to_cc)
		ed.to = to = make_to(acc, env);
	if (acc->set_date_header == AUTO && missing(h, "Date"))
		ed.date = date = make_date();
	if (acc->set_msgid_header == AUTO && missing(h, "Message-ID"))
		ed.msgid = msgid = make_msgid(acc, env);
	ret = edit_apply(&ed, h, &d->head, e);
	free(usable);
	free(original);
	free(from);
	free(to);
	free(date);
	free(msgid);
	return ret;
}
