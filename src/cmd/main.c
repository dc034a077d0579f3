/*
 * ostler: a message on standard input, a relay, the truth as exit status.
 */
#include <errno.h>
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

static int print_errno;	/* of the first cmd_print() that failed */

void cmd_print(const struct buf *text)
{
	bool ok = text->len == 0 ||
		fwrite(text->p, 1, text->len, stdout) == text->len;

	if ((fflush(stdout) == EOF || !ok) && print_errno == 0)
		print_errno = errno;
}

/*
 * What was asked for and could not be told is a failure, though never one of a
 * mail: who takes it for that sends it again.  A standard output that was
 * closed from the start is /dev/null by now, and takes everything.
 */
static int check_output(const struct argv_result *a, int status)
{
	bool mail = (a->mode == MODE_SEND && !a->pretend) ||
		a->mode == MODE_BS || a->mode == MODE_QUEUE;
	struct err e = ERR_INIT;

	if (fflush(stdout) == EOF && print_errno == 0)
		print_errno = errno;
	if (!ferror(stdout) || status != 0 || mail)
		return status;
	if (print_errno != 0)
		err_sys(&e, ERR_IO, print_errno, "cannot write standard output");
	else
		err_set(&e, ERR_IO, "cannot write standard output");
	/* "| head" has what it wanted, and wants no word about it */
	return print_errno == EPIPE ? err_exit(e.kind) : cmd_fail(a, &e);
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
		status = check_output(&a, run(&a));
	}
	argv_clear(&a);
	free(home);
	return status;
}
