#include "text/dsn.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "text/xtext.h"

#define SAID_MAX 900	/* bytes of a reply in one line: below 998 with what
			 * stands around it (RFC 5322 section 2.1.1) */

/* N bytes as one line of printable text, cut; ASCII only when ASCII is set. */
static void clean(struct buf *out, const char *p, size_t n, bool ascii)
{
	struct buf text = BUF_INIT(8 * SAID_MAX);

	if (n > SAID_MAX) {
		n = SAID_MAX;
		while (n > 0 && ((unsigned char)p[n] & 0xc0) == 0x80)
			n--;
	}
	ascii_printable(&text, p, n);
	for (size_t i = 0; i < text.len; i++)
		buf_addc(out, ascii && (text.p[i] & 0x80) != 0 ? '?' :
			 text.p[i]);
	buf_free(&text);
}

static void clean_str(struct buf *out, const char *s, bool ascii)
{
	clean(out, s, strlen(s), ascii);
}

/* Is the address beyond ASCII, so that RFC 6533's forms are needed? */
static bool global(const struct dsn *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (ascii_has_8bit(d->rcpt[i].addr, strlen(d->rcpt[i].addr)))
			return true;
	return false;
}

void dsn_head(const struct dsn *d, struct buf *out)
{
	buf_adds(out, "From: Mail delivery <");
	clean_str(out, d->from, false);
	buf_adds(out, ">\r\nTo: <");
	clean_str(out, d->to, false);
	buf_addf(out, ">\r\nSubject: %s\r\n", d->delayed ?
		 "Your mail is delayed, and still being tried" :
		 "Your mail could not be delivered");
	buf_addf(out, "Date: %s\r\nMessage-ID: %s\r\n", d->date, d->msgid);
	if (d->refers != NULL) {
		buf_adds(out, "In-Reply-To: ");
		clean_str(out, d->refers, true);
		buf_adds(out, "\r\nReferences: ");
		clean_str(out, d->refers, true);
		buf_adds(out, "\r\n");
	}
	/* nobody's vacation program shall answer (RFC 3834 section 5) */
	buf_addf(out, "Auto-Submitted: auto-replied\r\n"
		 "MIME-Version: 1.0\r\n"
		 "Content-Type: multipart/report; report-type=%s;\r\n"
		 "\tboundary=\"%s\"\r\n", global(d) ?
		 "global-delivery-status" : "delivery-status", d->boundary);
	/* what a part says must be allowed by the whole (RFC 2045 6.4) */
	buf_adds(out, "Content-Transfer-Encoding: 8bit\r\n\r\n");
}

static void explain(const struct dsn *d, struct buf *out)
{
	if (d->delayed) {
		buf_adds(out, "Your message has not reached everyone it is for "
			 "yet.  You need not send\r\nit again: it will be tried "
			 "until\r\n\r\n    ");
		clean_str(out, d->until, false);
		buf_adds(out, "\r\n\r\nStill waiting:\r\n\r\n");
	} else if (d->lifetime != NULL) {
		buf_addf(out, "Your message could not be delivered within %s, "
			 "and is given back.\r\n\r\nIt did not reach:\r\n\r\n",
			 d->lifetime);
	} else {
		buf_adds(out, "Your message could not be delivered to everyone "
			 "it was for.  These\r\nrecipients were refused, and "
			 "will not be tried again:\r\n\r\n");
	}
}

static void human(const struct dsn *d, struct buf *out)
{
	explain(d, out);
	for (size_t i = 0; i < d->n; i++) {
		const struct dsn_rcpt *r = &d->rcpt[i];

		buf_adds(out, "    <");
		clean_str(out, r->addr, false);
		buf_adds(out, ">\r\n");
		if (r->code != 0) {
			buf_adds(out, r->local ? "        " :
				 "        the relay said: ");
			if (!r->local)
				buf_addf(out, "%d ", r->code);
			clean_str(out, r->said, false);
			buf_adds(out, "\r\n");
		}
	}
	buf_adds(out, "\r\n");
	if (d->subject != NULL) {
		buf_adds(out, "Subject: ");
		clean_str(out, d->subject, false);
		buf_adds(out, "\r\n");
	}
	buf_addf(out, "Queued:  %s, as %s on %s\r\n", d->entered, d->queue_id,
		 d->host);
	if (d->relay != NULL) {
		buf_adds(out, "Relay:   ");
		clean_str(out, d->relay, false);
		buf_adds(out, "\r\n");
	}
	buf_addf(out, "\r\n%s follows below.\r\n", d->full ?
		 "The message" : "The message's header");
}

/* "5.1.1" at the beginning of TEXT for replies of CLASS. */
static bool enhanced(const char *text, char class, char out[16])
{
	size_t n = strspn(text, "0123456789.");
	int a, b, c, end = 0;

	if (n < 5 || n > 11 || text[0] != class ||
	    (text[n] != ' ' && text[n] != '\0') ||
	    sscanf(text, "%1d.%3d.%3d%n", &a, &b, &c, &end) != 3 ||
	    (size_t)end != n)
		return false;
	snprintf(out, 16, "%.*s", (int)n, text);
	return true;
}

void dsn_status(const struct dsn *d, const struct dsn_rcpt *r, char out[16])
{
	char class = r->code / 100 == 5 && !d->delayed ? '5' : '4';

	if (d->lifetime != NULL)
		strcpy(out, "4.4.7");	/* delivery time expired */
	else if (r->local && r->code != 0 && enhanced(r->said, class, out))
		return;
	else if (r->code == 0 || r->local)
		snprintf(out, 16, "%c.4.0", class);
	else if (!enhanced(r->said, class, out))
		snprintf(out, 16, "%c.0.0", class);
}

static void add_orcpt(const char *orcpt, struct buf *out)
{
	const char *semi = strchr(orcpt, ';');
	struct buf text = BUF_INIT(4096);

	if (semi == NULL || xtext_decode(&text, semi + 1, strlen(semi + 1)) < 0) {
		buf_free(&text);
		return;
	}
	buf_adds(out, "Original-Recipient: ");
	clean(out, orcpt, (size_t)(semi - orcpt), true);
	buf_addc(out, ';');
	clean(out, buf_str(&text), text.len, true);
	buf_adds(out, "\r\n");
	buf_free(&text);
}

static void machine_rcpt(const struct dsn *d, const struct dsn_rcpt *r,
			 struct buf *out)
{
	bool utf8 = ascii_has_8bit(r->addr, strlen(r->addr));
	char status[16];

	buf_adds(out, "\r\n");
	if (r->orcpt != NULL)
		add_orcpt(r->orcpt, out);
	buf_addf(out, "Final-Recipient: %s; ", utf8 ? "utf-8" : "rfc822");
	clean_str(out, r->addr, false);
	dsn_status(d, r, status);
	buf_addf(out, "\r\nAction: %s\r\nStatus: %s\r\n",
		 d->delayed ? "delayed" : "failed", status);
	if (!r->local && r->code != 0) {
		if (d->relay != NULL) {
			buf_adds(out, "Remote-MTA: dns; ");
			clean_str(out, d->relay, true);
			buf_adds(out, "\r\n");
		}
		buf_addf(out, "Diagnostic-Code: smtp; %d ", r->code);
		clean_str(out, r->said, true);
		buf_adds(out, "\r\n");
	}
	buf_addf(out, "Last-Attempt-Date: %s\r\n", d->date);
	if (d->delayed)
		buf_addf(out, "Will-Retry-Until: %s\r\n", d->until);
}

static void machine(const struct dsn *d, struct buf *out)
{
	if (d->envid != NULL) {
		buf_adds(out, "Original-Envelope-Id: ");
		clean_str(out, d->envid, true);
		buf_adds(out, "\r\n");
	}
	buf_adds(out, "Reporting-MTA: dns; ");
	clean_str(out, d->host, true);
	buf_addf(out, "\r\nArrival-Date: %s\r\n", d->entered);
	for (size_t i = 0; i < d->n; i++)
		machine_rcpt(d, &d->rcpt[i], out);
}

void dsn_open(const struct dsn *d, struct buf *out)
{
	bool utf8 = global(d);

	buf_addf(out, "--%s\r\nContent-Type: text/plain; charset=utf-8\r\n"
		 "Content-Transfer-Encoding: 8bit\r\n\r\n", d->boundary);
	human(d, out);
	buf_addf(out, "\r\n--%s\r\nContent-Type: message/%s\r\n", d->boundary,
		 utf8 ? "global-delivery-status" : "delivery-status");
	if (utf8)
		buf_adds(out, "Content-Transfer-Encoding: 8bit\r\n");
	buf_adds(out, "\r\n");
	machine(d, out);
	buf_addf(out, "\r\n--%s\r\nContent-Type: %s\r\n", d->boundary,
		 d->full ? "message/rfc822" : "text/rfc822-headers");
	if (d->eightbit)
		buf_adds(out, "Content-Transfer-Encoding: 8bit\r\n");
	buf_adds(out, "\r\n");
}

void dsn_close(const struct dsn *d, struct buf *out)
{
	buf_addf(out, "\r\n--%s--\r\n", d->boundary);
}
