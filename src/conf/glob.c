#include "conf/glob.h"

#include <stddef.h>
#include <string.h>

#include "base/ascii.h"

bool glob_is(const char *text)
{
	return text[strcspn(text, "?*[")] != '\0';
}

static bool in_class(const char *name, size_t n, char c)
{
	static const struct {
		const char *name;
		const char *set;	/* beside letters and digits */
		bool alpha, digit;
	} classes[] = {
		{ "alpha", "", true, false }, { "digit", "", false, true },
		{ "alnum", "", true, true }, { "lower", "", true, false },
		{ "upper", "", true, false }, { "xdigit", "abcdefABCDEF", false, true },
		{ "blank", " \t", false, false }, { "space", " \t\r\n\v\f", false, false },
		{ "punct", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", false, false },
	};

	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
		if (strlen(classes[i].name) != n ||
		    memcmp(classes[i].name, name, n) != 0)
			continue;
		return (classes[i].alpha && ascii_isalpha(c)) ||
			(classes[i].digit && ascii_isdigit(c)) ||
			(c != '\0' && strchr(classes[i].set, c) != NULL);
	}
	return false;
}

/*
 * Is C in the set that begins behind the "[" at P?  The end of the set, or
 * NULL when it has none and "[" is an ordinary byte.
 */
static const char *in_set(const char *p, char c, bool *in)
{
	unsigned char want = (unsigned char)ascii_tolower(c);
	bool invert = *p == '!' || *p == '^';
	bool found = false, first = true;

	for (p += invert; *p != '\0' && (*p != ']' || first); first = false) {
		unsigned char low, high;

		if (p[0] == '[' && p[1] == ':') {
			const char *end = strstr(p + 2, ":]");

			if (end != NULL) {
				found |= in_class(p + 2, (size_t)(end - p - 2), c);
				p = end + 2;
				continue;
			}
		}
		if (*p == '\\' && p[1] != '\0')
			p++;
		low = high = (unsigned char)ascii_tolower(*p++);
		if (p[0] == '-' && p[1] != ']' && p[1] != '\0') {
			p++;
			if (*p == '\\' && p[1] != '\0')
				p++;
			high = (unsigned char)ascii_tolower(*p++);
		}
		found |= want >= low && want <= high;
	}
	if (*p == '\0')
		return NULL;
	*in = found != invert;
	return p + 1;
}

/* What stands behind the one pattern element at P when it takes C, or NULL. */
static const char *one(const char *p, char c)
{
	const char *end;
	bool in;

	if (*p == '?')
		return p + 1;
	if (*p == '[' && (end = in_set(p + 1, c, &in)) != NULL)
		return in ? end : NULL;
	if (*p == '\\' && p[1] != '\0')
		p++;
	return *p != '\0' && ascii_tolower(*p) == ascii_tolower(c) ? p + 1 : NULL;
}

bool glob_match(const char *pattern, const char *text)
{
	const char *star = NULL, *retry = NULL;

	/* Only the last star can usefully take more: earlier ones have already
	 * found the leftmost place for what follows them. */
	while (*text != '\0') {
		const char *next;

		if (*pattern == '*') {
			star = ++pattern;
			retry = text;
			continue;
		}
		next = one(pattern, *text);
		if (next != NULL) {
			pattern = next;
			text++;
			continue;
		}
		if (star == NULL)
			return false;
		pattern = star;
		text = ++retry;
	}
	pattern += strspn(pattern, "*");
	return *pattern == '\0';
}
