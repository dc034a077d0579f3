#include "text/msgid.h"

#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"

#define DOMAIN_MAX 255	/* RFC 5321 section 4.5.3.1.2 */

/*
 * id-right = dot-atom-text / no-fold-literal
 *
 * A narrower reading: letters, digits, "-", "_" and dots between them, or
 * "[" with what an address literal can hold.
 */
static bool id_right(const char *s)
{
	size_t n = s != NULL ? strlen(s) : 0;
	bool literal;

	if (n == 0 || n > DOMAIN_MAX)
		return false;
	literal = n > 2 && s[0] == '[' && s[n - 1] == ']';
	for (size_t i = literal; i < n - literal; i++) {
		bool edge = i == 0 || i == n - 1 || s[i - 1] == '.';

		if (ascii_isalnum(s[i]) || s[i] == '-' || s[i] == '_')
			continue;
		if (literal ? s[i] == ':' || s[i] == '.' : s[i] == '.' && !edge)
			continue;
		return false;
	}
	return true;
}

char *msgid_make(const unsigned char random[MSGID_RANDOM], const char *domain)
{
	struct buf id = BUF_INIT(2 * MSGID_RANDOM + DOMAIN_MAX + 3);

	buf_adds(&id, "<");
	for (size_t i = 0; i < MSGID_RANDOM; i++)
		buf_addf(&id, "%02x", random[i]);
	buf_addf(&id, "@%s>", id_right(domain) ? domain : "localhost.invalid");
	return buf_steal(&id);
}
