/*
 * Addresses by RFC 5321 section 4.1.2, with RFC 6531's bytes where the client
 * declared SMTPUTF8.
 *
 *	Mailbox		= Local-part "@" ( Domain / address-literal )
 *	Local-part	= Dot-string / Quoted-string
 *	Domain		= sub-domain *("." sub-domain)
 *	sub-domain	= Let-dig [Ldh-str]
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "relay.h"

enum { LOCAL_MAX = 64, DOMAIN_MAX = 255, MAILBOX_MAX = 254, LABEL_MAX = 63 };

bool
has_8bit(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s >= 0x80)
			return true;
	}
	return false;
}

/* Well-formed UTF-8 by RFC 3629: shortest forms, no surrogates, to U+10FFFF. */
static bool
is_utf8(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	while (*u != 0) {
		unsigned more, least, v;

		if (*u < 0x80) {
			u++;
			continue;
		}
		if (*u >= 0xc2 && *u <= 0xdf) {
			more = 1, least = 0x80, v = *u & 0x1fu;
		} else if ((*u & 0xf0) == 0xe0) {
			more = 2, least = 0x800, v = *u & 0x0fu;
		} else if (*u >= 0xf0 && *u <= 0xf4) {
			more = 3, least = 0x10000, v = *u & 0x07u;
		} else {
			return false;
		}
		u++;
		for (; more > 0; more--, u++) {
			if ((*u & 0xc0) != 0x80)
				return false;
			v = v << 6 | (*u & 0x3fu);
		}
		if (v < least || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
			return false;
	}
	return true;
}

static bool
is_atext(unsigned char ch)
{
	return isalnum(ch) || ch >= 0x80 ||
	    (ch != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", ch) != NULL);
}

/* Returns where the local part ends, or NULL. */
static const char *
skip_local(const char *s)
{
	if (*s == '"') {
		for (s++; *s != '"'; s++) {
			if (*s == '\\')
				s++;
			if ((unsigned char)*s < ' ' || *s == 0x7f)
				return NULL;
		}
		return s + 1;
	}
	for (;;) {
		if (!is_atext((unsigned char)*s))
			return NULL;
		while (is_atext((unsigned char)*s))
			s++;
		if (*s != '.')
			return s;
		s++;
	}
}

static const char *
check_literal(const char *s)
{
	char text[64];
	unsigned char raw[16];
	size_t n = strlen(s);

	if (n < 3 || s[n - 1] != ']' || n - 2 >= sizeof(text))
		return "bad address literal";
	memcpy(text, s + 1, n - 2);
	text[n - 2] = '\0';
	if (strncasecmp(text, "IPv6:", 5) == 0)
		return inet_pton(AF_INET6, text + 5, raw) == 1 ? NULL : "bad IPv6 literal";
	return inet_pton(AF_INET, text, raw) == 1 ? NULL : "bad IPv4 literal";
}

const char *
check_domain(const char *s, bool utf8)
{
	if (*s == '[')
		return check_literal(s);
	if (strlen(s) > DOMAIN_MAX)
		return "domain too long";
	if (has_8bit(s) && !utf8)
		return "8-bit byte in domain";
	for (;;) {
		const char *start = s;

		while (isalnum((unsigned char)*s) || *s == '-' || (unsigned char)*s >= 0x80)
			s++;
		if (s == start)
			return "empty label or bad byte in domain";
		if (*start == '-' || s[-1] == '-')
			return "hyphen at the edge of a label";
		if (s - start > LABEL_MAX)
			return "label too long";
		if (*s == '\0')
			return NULL;
		if (*s != '.')
			return "bad byte in domain";
		s++;
	}
}

const char *
check_mailbox(const char *s, bool utf8)
{
	const char *end;

	if (has_8bit(s) && !utf8)
		return "8-bit byte without SMTPUTF8";
	if (!is_utf8(s))
		return "not UTF-8";
	if (strlen(s) > MAILBOX_MAX)
		return "address too long";
	end = skip_local(s);
	if (end == NULL)
		return "bad local part";
	if (end - s > LOCAL_MAX)
		return "local part too long";
	if (*end == '\0')
		return "no domain";
	if (*end != '@')
		return "bad byte in local part";
	return check_domain(end + 1, utf8);
}

/* xtext, RFC 3461 section 4: xchar is "!" to "~" without "+" and "=". */
const char *
check_xtext(const char *s)
{
	if (*s == '\0')
		return "empty";
	for (; *s != '\0'; s++) {
		if (*s == '+') {
			if (!isxdigit((unsigned char)s[1]) || islower((unsigned char)s[1]) ||
			    !isxdigit((unsigned char)s[2]) || islower((unsigned char)s[2]))
				return "bad hexchar";
			s += 2;
		} else if (*s < '!' || *s > '~' || *s == '=') {
			return "bad xchar";
		}
	}
	return NULL;
}
