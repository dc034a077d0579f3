/*
 * ostler: a message on standard input, a relay, the truth as exit status.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "cmd/cmd.h"
#include "flow/start.h"

int cmd_fail(const struct argv_result *a, const struct err *e)
{
	if (a->errmode != ERRMODE_QUIET)
		fprintf(stderr, "%s: %s\n", a->prog, e->text);
	return err_exit(e->kind);
}

void cmd_print(const struct buf *text)
{
	if (text->len > 0)
		fwrite(text->p, 1, text->len, stdout);
	fflush(stdout);
}

static int run(const struct argv_result *a)
{
	struct err e = ERR_INIT;

	if (a->version)
		cmd_version(a);
	if (a->help)
		cmd_help(a);
	switch (a->mode) {
	case MODE_SEND:
		return cmd_send(a);
	case MODE_CONFIGURE:
		return cmd_configure(a);
	case MODE_SERVERINFO:
		return cmd_serverinfo(a);
	case MODE_RMQS:
		return cmd_rmqs(a);
	case MODE_PRINT_CONFIG:
		return cmd_print_config(a);
	case MODE_BP:
		return cmd_mailq(a);
	case MODE_BPCOUNT:
		return cmd_queue_count(a);
	case MODE_BS:
		return cmd_bs(a);
	case MODE_QUEUE:
		return cmd_queue_run(a);
	case MODE_HANDS:
		return cmd_queue(a);
	case MODE_BV:
		return cmd_verify(a);
	case MODE_BI:
		return cmd_newaliases(a);
	case MODE_NONE:
	case MODE_SILENT:
		return 0;
	default:
		err_set(&e, ERR_USAGE, "this mode is not offered yet");
		return cmd_fail(a, &e);
	}
}

int main(int argc, char *argv[])
{
	struct argv_host host = { .posixly_correct =
				  getenv("POSIXLY_CORRECT") != NULL };
	struct argv_result a;
	struct err e = ERR_INIT;
	char *home;
	int status;

	start_process();
	host.home = home = start_home();
	if (argv_parse(argc, argv, &host, &a, &e) < 0) {
		if (a.face >= FACE_SENDMAIL)
			start_log_misuse(a.prog, &e);
		status = cmd_fail(&a, &e);
	} else {
		status = run(&a);
	}
	argv_clear(&a);
	free(home);
	return status;
}
