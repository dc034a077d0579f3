#include "flow/configure.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "sys/clock.h"
#include "sys/dns.h"
#include "text/addr.h"
#include "text/idn.h"

/* What a domain may publish, the safer first. */
static const struct {
	const char *service;
	const char *starttls;
} services[] = {
	{ "_submissions._tcp", "off" },
	{ "_submission._tcp", "on" },
};

/* The best record of SERVICE that names a host: 1, none: 0. */
static int look_up(const char *service, const char *domain, int64_t deadline,
		   struct dns_srv *best, struct err *e)
{
	char *name = xasprintf("%s.%s", service, domain);
	struct dns_srv *found = NULL;
	size_t n = 0;
	int ret = dns_srv(name, deadline, &found, &n, e);

	for (size_t i = 0; ret == 0 && i < n; i++) {
		if (found[i].target[0] != '\0' && found[i].port > 0) {
			*best = found[i];
			ret = 1;
		}
	}
	free(found);
	free(name);
	return ret;
}

/* Is HOST the domain itself or below it? */
static bool is_inside(const char *host, const char *domain)
{
	size_t h = strlen(host), d = strlen(domain);

	return h >= d && ascii_caseeq(host + h - d, domain) &&
		(h == d || host[h - d - 1] == '.');
}

static void print_account(const char *address, const char *domain,
			  const struct dns_srv *srv, const char *starttls,
			  struct buf *out)
{
	buf_adds(out, "# - put this into ~/.msmtprc, readable by you alone "
		 "(chmod 600)\n");
	if (!is_inside(srv->target, domain))
		buf_addf(out, "# - careful: %s is not inside %s, and the record "
			 "that says so\n#   may be forged: ask before you trust "
			 "it\n", srv->target, domain);
	buf_adds(out, "# - the password: passwordeval, passwordfile, the "
		 "keyring or ~/.netrc\n");
	buf_addf(out, "account %s\nhost %s\nport %u\ntls on\ntls_starttls %s\n"
		 "auth on\nuser %s\nfrom %s\n", address, srv->target, srv->port,
		 starttls, address, address);
}

int configure(const char *address, struct buf *out, struct err *e)
{
	int64_t deadline = clock_in(CONFIGURE_SECONDS);
	char *spec = NULL, *domain = NULL;
	struct dns_srv srv;
	int ret = addr_spec_parse(address, "--configure", &spec, e);

	if (ret == 0 && addr_domain(spec) == NULL)
		ret = err_set(e, ERR_DATA, "--configure: '%s' has no domain", spec);
	if (ret == 0)
		ret = idn_to_ascii(addr_domain(spec), &domain, e);
	for (size_t i = 0; ret == 0 && i < sizeof services / sizeof services[0];
	     i++) {
		ret = look_up(services[i].service, domain, deadline, &srv, e);
		if (ret > 0)
			print_account(spec, domain, &srv, services[i].starttls,
				      out);
	}
	if (ret == 0)
		ret = err_set(e, ERR_NOHOST, "'%s' does not publish a submission "
			      "service (SRV records of RFC 6186): ask your "
			      "provider for the relay's name", domain);
	free(domain);
	free(spec);
	return ret < 0 ? -1 : 0;
}
