/* A DNS answer: what comes out is sorted, bounded, and made of host names. */
#include "fuzz.h"

#include "base/ascii.h"
#include "sys/dns.h"

static void check(const struct dns_srv *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strnlen(list[i].target, DNS_NAME_MAX);

		MUST(len < DNS_NAME_MAX);
		for (size_t k = 0; k < len; k++) {
			char c = list[i].target[k];

			MUST(ascii_isalnum(c) || c == '-' || c == '_' || c == '.');
		}
		MUST(list[i].port <= 65535);
		if (i == 0)
			continue;
		MUST(list[i - 1].priority <= list[i].priority);
		MUST(list[i - 1].priority < list[i].priority ||
		     list[i - 1].weight >= list[i].weight);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_srv *list;
	struct err e = ERR_INIT;
	size_t n;

	if (dns_parse_srv(data, size, &list, &n, &e) < 0) {
		MUST(list == NULL && n == 0 && e.kind == ERR_TEMP);
		return 0;
	}
	MUST(n <= DNS_SRV_MAX);
	check(list, n);
	free(list);
	return 0;
}
