#include "flow/start.h"

#include <unistd.h>

#include "sys/host.h"

void start_process(void)
{
	host_settle();
	host_catch_stop();
}

int start_stopped(void)
{
	return host_stopped();
}

char *start_home(void)
{
	return host_home(getuid() == geteuid() && getgid() == getegid());
}
