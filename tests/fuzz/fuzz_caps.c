/*
 * EHLO replies: what is kept is bounded and printable.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/caps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reply r = REPLY_INIT;
	struct caps c = CAPS_INIT;

	r.code = 250;
	buf_add(&r.text, data, size);
	caps_parse(&c, &r);
	if (c.mechs.n > CAPS_MECHS_MAX || c.rcpt_max > 999999 || c.mail_max > 999999)
		abort();
	for (size_t i = 0; i < c.mechs.n; i++)
		if (!caps_has_mech(&c, c.mechs.v[i]) || !c.auth)
			abort();
	for (size_t i = 0; i < c.lines.n; i++)
		for (const char *p = c.lines.v[i]; *p != '\0'; p++)
			if ((unsigned char)*p < 32 || *p == 127)
				abort();
	caps_clear(&c);
	reply_clear(&r);
	return 0;
}
