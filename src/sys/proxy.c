#include "sys/proxy.h"

int proxy_ask(int fd, const struct dial *to, const char *host, int64_t deadline,
	      struct err *e)
{
	(void)fd;
	(void)deadline;
	return err_set(e, ERR_UNAVAILABLE, "'%s': SOCKS5 is not built yet, and "
		       "'%s' is not connected to around it", to->proxy_host, host);
}
