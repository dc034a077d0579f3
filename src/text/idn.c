#include "text/idn.h"

#include <idn2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "text/addr.h"

/*
 * Mapping may make "@", ">" or "/" of its full-width forms.  The library's
 * own rule against that (STD3) leaves such a character out, which would
 * make another domain of it.
 */
static bool is_ldh(const char *s)
{
	for (; *s != '\0'; s++)
		if (!ascii_isalnum(*s) && *s != '-' && *s != '.')
			return false;
	return true;
}

int idn_to_ascii(const char *domain, char **out, struct err *e)
{
	uint8_t *ascii = NULL;
	int rc;

	if (!ascii_has_8bit(domain, strlen(domain))) {
		*out = xstrdup(domain);
		return 0;
	}
	rc = idn2_to_ascii_8z(domain, (char **)&ascii,
			      IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc == IDN2_MALLOC)
		return err_set(e, ERR_OS, "out of memory");
	if (rc != IDN2_OK)
		return err_set(e, ERR_DATA, "'%s' is not a domain name: %s",
			       domain, idn2_strerror(rc));
	if (!is_ldh((char *)ascii)) {
		idn2_free(ascii);
		return err_set(e, ERR_DATA, "'%s' is not a domain name", domain);
	}
	*out = xstrdup((char *)ascii);
	idn2_free(ascii);
	return 0;
}

int idn_addr_to_ascii(const char *spec, char **out, bool *ascii, struct err *e)
{
	const char *domain = addr_domain(spec);
	size_t local = addr_local_len(spec);
	char *host;

	if (domain == NULL) {
		*out = xstrdup(spec);
	} else {
		if (idn_to_ascii(domain, &host, e) < 0)
			return -1;
		*out = xasprintf("%.*s@%s", (int)local, spec, host);
		free(host);
	}
	*ascii = !ascii_has_8bit(*out, strlen(*out));
	return 0;
}
