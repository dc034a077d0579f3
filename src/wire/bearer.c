#include "wire/bearer.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"

static bool has_control(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ascii_iscntrl(p[i]))
			return true;
	return false;
}

static int check(const char *user, const struct secret *token, struct err *e)
{
	if (has_control(user, strlen(user)))
		return err_set(e, ERR_CONFIG,
			       "the user name holds a control character");
	if (has_control(token->p, token->len))
		return err_set(e, ERR_CONFIG,
			       "the access token holds a control character");
	return 0;
}

/* A user name in the gs2 header: "," and "=" escaped (RFC 5801 section 4). */
static void add_saslname(struct buf *out, const char *name)
{
	for (; *name != '\0'; name++)
		if (*name == ',')
			buf_adds(out, "=2C");
		else if (*name == '=')
			buf_adds(out, "=3D");
		else
			buf_addc(out, *name);
}

int bearer_oauth(struct buf *out, const char *user, const char *host,
		 unsigned port, const struct secret *token, struct err *e)
{
	if (check(user, token, e) < 0)
		return -1;
	buf_adds(out, "n,a=");
	add_saslname(out, user);
	buf_addf(out, ",\1host=%s\1port=%u\1auth=Bearer ", host, port);
	buf_add(out, token->p, token->len);
	buf_adds(out, "\1\1");
	return 0;
}

int bearer_xoauth2(struct buf *out, const char *user,
		   const struct secret *token, struct err *e)
{
	if (check(user, token, e) < 0)
		return -1;
	buf_addf(out, "user=%s\1auth=Bearer ", user);
	buf_add(out, token->p, token->len);
	buf_adds(out, "\1\1");
	return 0;
}

/* JSON (RFC 8259), read from the left; P never passes END. */
struct json {
	const char *p, *end;
};

static void skip_space(struct json *j)
{
	while (j->p < j->end && strchr(" \t\r\n", *j->p) != NULL && *j->p != '\0')
		j->p++;
}

static bool take(struct json *j, char c)
{
	skip_space(j);
	if (j->p >= j->end || *j->p != c)
		return false;
	j->p++;
	return true;
}

static bool take_hex4(struct json *j, uint32_t *out)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t v = 0;

	if (j->end - j->p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char c = ascii_tolower(*j->p++);
		const char *at = c != '\0' ? strchr(digits, c) : NULL;

		if (at == NULL)
			return false;
		v = v << 4 | (uint32_t)(at - digits);
	}
	*out = v;
	return true;
}

/* What is behind "\u": characters past the first plane become '?'. */
static bool take_unicode(struct json *j, struct buf *out)
{
	uint32_t c;

	if (!take_hex4(j, &c))
		return false;
	if (c < 0x80) {
		buf_addc(out, (char)c);
	} else if (c < 0x800) {
		buf_addc(out, (char)(0xC0 | c >> 6));
		buf_addc(out, (char)(0x80 | (c & 63)));
	} else if (c >= 0xD800 && c < 0xE000) {
		buf_addc(out, '?');
	} else {
		buf_addc(out, (char)(0xE0 | c >> 12));
		buf_addc(out, (char)(0x80 | (c >> 6 & 63)));
		buf_addc(out, (char)(0x80 | (c & 63)));
	}
	return true;
}

static bool take_string(struct json *j, struct buf *out)
{
	if (!take(j, '"'))
		return false;
	while (j->p < j->end && *j->p != '"') {
		char c = *j->p++;

		if (c != '\\') {
			buf_addc(out, c);
			continue;
		}
		if (j->p >= j->end)
			return false;
		c = *j->p++;
		if (c == 'u') {
			if (!take_unicode(j, out))
				return false;
		} else {
			/* A line end or a tab is a blank to a reader. */
			buf_addc(out, strchr("bfnrt", c) != NULL ? ' ' : c);
		}
	}
	return take(j, '"');
}

/* A value that is no string: a word up to what ends it. */
static bool take_word(struct json *j, struct buf *out)
{
	const char *start = j->p;

	while (j->p < j->end && (ascii_isalnum(*j->p) || *j->p == '-' ||
				 *j->p == '+' || *j->p == '.'))
		j->p++;
	buf_add(out, start, (size_t)(j->p - start));
	return j->p > start;
}

static bool take_member(struct json *j, struct buf *out)
{
	if (out->len > 0)
		buf_adds(out, ", ");
	if (!take_string(j, out) || !take(j, ':'))
		return false;
	buf_addc(out, ' ');
	skip_space(j);
	return j->p < j->end && *j->p == '"' ? take_string(j, out)
					     : take_word(j, out);
}

static bool object_words(const char *p, size_t n, struct buf *out)
{
	struct json j = { p, p + n };

	if (!take(&j, '{'))
		return false;
	do {
		if (!take_member(&j, out))
			return false;
	} while (take(&j, ','));
	return take(&j, '}');
}

void bearer_complaint(char words[BEARER_WORDS_MAX], const char *json, size_t n)
{
	/* Fuller than what is shown is as good as full: the rest is cut. */
	struct buf out = BUF_INIT(4 * BEARER_WORDS_MAX);
	bool ok = object_words(json, n, &out);

	ascii_printable_copy(words, BEARER_WORDS_MAX, ok ? buf_str(&out) : json,
			     ok ? out.len : n);
	buf_free(&out);
}
