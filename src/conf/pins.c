#include "conf/pins.h"

#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"

static int hex(char c)
{
	if (ascii_isdigit(c))
		return c - '0';
	c = ascii_tolower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static const char *skip_blanks(const char *s)
{
	while (ascii_isblank(*s))
		s++;
	return s;
}

/* One pin from *s, which is left behind it; what is wrong, or NULL. */
static const char *read_pin(const char **s, struct pin *p)
{
	const char *q = skip_blanks(*s);

	p->n = 0;
	while (*q != '\0' && *q != ',') {
		if (hex(q[0]) < 0 || hex(q[1]) < 0)
			return "is not pairs of hexadecimal digits";
		if (p->n == PIN_BYTES)
			return "is longer than a SHA-256 fingerprint";
		p->byte[p->n++] = (unsigned char)(hex(q[0]) * 16 + hex(q[1]));
		q = skip_blanks(q + 2);
		if (*q == ':') {
			q = skip_blanks(q + 1);
			if (*q == '\0' || *q == ',')
				return "ends with a colon";
		}
	}
	*s = q;
	if (p->n != 32 && p->n != 20 && p->n != 16)
		return "is no fingerprint (32 bytes for SHA-256)";
	return NULL;
}

int pins_parse(const char *text, struct pin v[PINS_MAX], size_t *n,
	       struct err *e)
{
	const char *s = text;

	for (*n = 0;;) {
		const char *start = s, *wrong;

		if (*n == PINS_MAX)
			return err_set(e, ERR_CONFIG,
				       "more than %d fingerprints", PINS_MAX);
		wrong = read_pin(&s, &v[*n]);
		if (wrong != NULL)
			return err_set(e, ERR_CONFIG, "'%.*s' %s",
				       (int)strcspn(start, ","), start, wrong);
		++*n;
		if (*s == '\0')
			return 0;
		s++;
	}
}

void pin_print(const struct pin *p, struct buf *out)
{
	for (size_t i = 0; i < p->n; i++)
		buf_addf(out, "%s%02X", i > 0 ? ":" : "", p->byte[i]);
}
