/*
 * Domains beyond ASCII: what comes out is letters, digits, hyphens and dots,
 * and is left alone the second time.
 */
#include "fuzz.h"

#include "base/ascii.h"
#include "text/idn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *domain, *out = NULL, *again = NULL;
	bool ascii;

	if (size > 2000)
		return 0;
	domain = strndup((const char *)data, size);
	MUST(domain != NULL);
	if (idn_to_ascii(domain, &out, NULL) == 0) {
		size_t n = strlen(out);

		if (ascii_has_8bit(domain, strlen(domain))) {
			for (size_t i = 0; i < n; i++)
				MUST(ascii_isalnum(out[i]) || out[i] == '-' ||
				     out[i] == '.');
			MUST(ascii_utf8_valid(domain, strlen(domain)));
		} else {
			MUST(strcmp(domain, out) == 0);
		}
		MUST(idn_to_ascii(out, &again, NULL) == 0);
		MUST(strcmp(out, again) == 0);
		free(out);
		free(again);
	}
	if (idn_addr_to_ascii(domain, &out, &ascii, NULL) == 0) {
		MUST(ascii == !ascii_has_8bit(out, strlen(out)));
		free(out);
	}
	free(domain);
	return 0;
}
