#include "flow/start.h"

#include <syslog.h>
#include <unistd.h>

#include "base/buf.h"
#include "sys/host.h"
#include "sys/journal.h"

void start_process(void)
{
	host_settle();
	host_catch_stop();
}

int start_stopped(void)
{
	return host_stopped();
}

void start_log_misuse(const char *prog, const struct err *e)
{
	struct buf line = BUF_INIT(4096);

	buf_addf(&line, "errormsg='%s' exitcode=%s", e->text,
		 err_exit_name(e->kind));
	journal_line(prog, LOG_MAIL, true, buf_str(&line));
	buf_free(&line);
}

char *start_home(void)
{
	return host_home(getuid() == geteuid() && getgid() == getegid());
}
