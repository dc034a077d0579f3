/*
 * SMTP on standard input and output.
 */
#include <unistd.h>

#include "cmd/cmd.h"
#include "flow/bs.h"

int cmd_bs(const struct argv_result *a)
{
	struct err e = ERR_INIT;

	if (bs_run(a, STDIN_FILENO, STDOUT_FILENO, &e) < 0)
		return cmd_fail(a, &e);
	return 0;
}
