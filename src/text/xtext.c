#include "text/xtext.h"

#include <stdbool.h>

static const char hex[] = "0123456789ABCDEF";

/*
 * xtext   = *( xchar / hexchar )
 * xchar   = any ASCII CHAR between "!" (33) and "~" (126) inclusive, except
 *           for "+" and "=".
 * hexchar = ASCII "+" immediately followed by two upper case hexadecimal
 *           digits
 */
static bool xchar(char c)
{
	return c >= '!' && c <= '~' && c != '+' && c != '=';
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void xtext_encode(struct buf *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		char three[3] = { '+', hex[c >> 4], hex[c & 15] };

		if (xchar(p[i]))
			buf_add(out, p + i, 1);
		else
			buf_add(out, three, sizeof three);
	}
}

int xtext_decode(struct buf *out, const char *p, size_t n)
{
	size_t start = out->len;

	for (size_t i = 0; i < n; i++) {
		int high, low;

		if (xchar(p[i])) {
			buf_add(out, p + i, 1);
			continue;
		}
		if (p[i] != '+' || n - i < 3)
			goto bad;
		high = digit(p[i + 1]);
		low = digit(p[i + 2]);
		if (high < 0 || low < 0)
			goto bad;
		buf_addc(out, (char)(high << 4 | low));
		i += 2;
	}
	return 0;
bad:
	buf_truncate(out, start);
	return -1;
}
