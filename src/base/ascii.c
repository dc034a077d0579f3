#include "base/ascii.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"

bool ascii_caseeq(const char *a, const char *b)
{
	for (; *a != '\0' && ascii_tolower(*a) == ascii_tolower(*b); a++)
		b++;
	return *a == *b;
}

bool ascii_ncaseeq(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (ascii_tolower(a[i]) != ascii_tolower(b[i]))
			return false;
		if (a[i] == '\0')
			return true;
	}
	return true;
}

bool ascii_memcaseeq(const char *p, size_t n, const char *s)
{
	return strlen(s) == n && ascii_ncaseeq(p, s, n);
}

bool ascii_number(const char *p, size_t n, unsigned long long max,
		  unsigned long long *out)
{
	const unsigned long long most = max / 10;
	unsigned long long value = 0;

	if (n == 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned digit;

		if (!ascii_isdigit(p[i]))
			return false;
		digit = (unsigned)(p[i] - '0');
		if (value > most || (value == most && digit > max % 10))
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

/*
 * The length of the well-formed UTF-8 character at P (1 to 4) and its
 * code point in *cp, or 0 when there is none.  RFC 3629 section 4.
 */
static size_t utf8_char(const char *p, size_t n, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c = (unsigned char)p[0];
	size_t len;

	if (c < 0x80) {
		*cp = c;
		return 1;
	}
	len = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
	if (c < 0xC2 || c > 0xF4 || len > n)
		return 0;
	*cp = c & (0xFFu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		c = (unsigned char)p[i];
		if ((c & 0xC0) != 0x80)
			return 0;
		*cp = (*cp << 6) | (c & 0x3F);
	}
	if (*cp < least[len] || *cp > 0x10FFFF ||
	    (*cp >= 0xD800 && *cp <= 0xDFFF))
		return 0;
	return len;
}

/* May this character be shown?  Format characters can reorder or hide. */
static bool showable(uint32_t cp)
{
	if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0xAD)
		return false;
	if ((cp >= 0x200B && cp <= 0x200F) || (cp >= 0x2028 && cp <= 0x202E) ||
	    (cp >= 0x2060 && cp <= 0x206F))
		return false;
	if (cp == 0x061C || cp == 0x180E || cp == 0xFEFF ||
	    (cp >= 0xFFF0 && cp <= 0xFFFB) || (cp & 0xFFFE) == 0xFFFE)
		return false;
	return (cp < 0xE0000 || cp > 0xE0FFF) && (cp < 0xE000 || cp > 0xF8FF);
}

/* One printable piece of P into PIECE (4 bytes); returns bytes consumed. */
static size_t printable_piece(const char *p, size_t n, char *piece, size_t *len)
{
	uint32_t cp;
	size_t used = utf8_char(p, n, &cp);

	if (used == 0)
		used = 1;
	else if (showable(cp)) {
		memcpy(piece, p, used);
		*len = used;
		return used;
	}
	piece[0] = '?';
	*len = 1;
	return used;
}

void ascii_printable(struct buf *out, const char *p, size_t n)
{
	char piece[4];
	size_t len;

	for (size_t i = 0; i < n;) {
		i += printable_piece(p + i, n - i, piece, &len);
		buf_add(out, piece, len);
	}
}

void ascii_printable_copy(char *dst, size_t size, const char *p, size_t n)
{
	char piece[4];
	size_t len, used = 0;

	for (size_t i = 0; i < n;) {
		i += printable_piece(p + i, n - i, piece, &len);
		if (len >= size - used)
			break;
		memcpy(dst + used, piece, len);
		used += len;
	}
	dst[used] = '\0';
}

bool ascii_utf8_valid(const char *p, size_t n)
{
	uint32_t cp;
	size_t len;

	for (size_t i = 0; i < n; i += len)
		if ((len = utf8_char(p + i, n - i, &cp)) == 0)
			return false;
	return true;
}

bool ascii_has_8bit(const char *p, size_t n)
{
	uint64_t all = 0, word;
	unsigned char tail = 0;
	size_t i = 0;

	/* eight bytes a step: message bodies pass here */
	for (; n - i >= sizeof word; i += sizeof word) {
		memcpy(&word, p + i, sizeof word);
		all |= word;
	}
	for (; i < n; i++)
		tail |= (unsigned char)p[i];
	return (all & 0x8080808080808080u) != 0 || (tail & 0x80) != 0;
}

#define WORD_MAX 48	/* no name in our tables is longer */
#define WITHIN_MIN 4	/* letters of a name in another that tell something */

/* How many letters are wrong, missing, too much, or in the place of their
 * neighbour. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *row = rows[i % 3], *up = rows[(i + 2) % 3];
		const size_t *up2 = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			bool same = ascii_tolower(a[i - 1]) == ascii_tolower(b[j - 1]);

			row[j] = up[j] < row[j - 1] ? up[j] + 1 : row[j - 1] + 1;
			if (up[j - 1] + !same < row[j])
				row[j] = up[j - 1] + !same;
			if (i > 1 && j > 1 && up2[j - 2] + 1 < row[j] &&
			    ascii_tolower(a[i - 1]) == ascii_tolower(b[j - 2]) &&
			    ascii_tolower(a[i - 2]) == ascii_tolower(b[j - 1]))
				row[j] = up2[j - 2] + 1;
		}
	}
	return rows[na % 3][nb];
}

/* Does one begin or end with the other?  "smtp_host", "username". */
static bool within(const char *a, size_t na, const char *b, size_t nb)
{
	if (na > nb)
		return within(b, nb, a, na);
	return na >= WITHIN_MIN && (ascii_memcaseeq(b, na, a) ||
				    ascii_caseeq(b + nb - na, a));
}

const char *ascii_closest(const char *text, const char *const *words, size_t n)
{
	const char *best = NULL;
	size_t len = strlen(text), least = 0;

	if (len == 0 || len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t wlen = strlen(words[i]), d;

		if (wlen > WORD_MAX)
			continue;
		d = distance(text, len, words[i], wlen);
		if (d > (wlen + 2) / 3) {
			if (!within(text, len, words[i], wlen))
				continue;
			d += WORD_MAX;	/* behind all that are only misspelt */
		}
		if (best == NULL || d < least) {
			best = words[i];
			least = d;
		}
	}
	return best;
}
