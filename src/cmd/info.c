/*
 * What the program, the configuration and a relay say of themselves.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "cmd/cmd.h"
#include "conf/cli.h"
#include "conf/optout.h"
#include "flow/configure.h"
#include "flow/route.h"
#include "flow/serverinfo.h"
#include "flow/submit.h"

#define PRINT_MAX (1u << 20)

/* The lines of msmtp's, which programs look for: what they stand for here. */
void cmd_version(const struct argv_result *a)
{
	struct buf text = BUF_INIT(PRINT_MAX);
	char *user = route_user_file(submit_trusts_env(a));
	const char *blank = "";

	buf_adds(&text, "ostler version " PACKAGE_VERSION "\n"
		 "Platform: " PLATFORM "\n"
		 "TLS/SSL library: GnuTLS\n"
		 "Authentication library: GNU SASL; oauthbearer and xoauth2: "
		 "built-in\n"
		 "Supported authentication methods:\n");
	for (const char *const *m = sasl_mechanisms(); *m != NULL; m++) {
		if (!sasl_supports(*m))
			continue;
		buf_adds(&text, blank);
		for (const char *p = *m; *p != '\0'; p++)
			buf_addc(&text, ascii_tolower(*p));
		blank = " ";
	}
	buf_addf(&text, "\nIDN support: enabled\n"
		 "NLS: disabled\n"
		 "Keyring support: Gnome\n"
		 "System configuration file name: " SYSCONFDIR "/msmtprc\n"
		 "User configuration file name: %s\n",
		 user != NULL ? user : "none");
	cmd_print(&text);
	free(user);
	buf_free(&text);
}

void cmd_help(const struct argv_result *a)
{
	struct buf text = BUF_INIT(PRINT_MAX);

	buf_addf(&text, "Usage: %s [OPTION...] [--] RECIPIENT... < MESSAGE\n"
		 "       %s [OPTION...] -t [--] [RECIPIENT...] < MESSAGE\n"
		 "       %s --serverinfo | --rmqs=ARG | --configure=ADDRESS | "
		 "--print-config [OPTION...]\n",
		 a->prog, a->prog, a->prog);
	if (a->face == FACE_OSTLER)
		buf_adds(&text, "       ostler queue list | flush | run | show "
			 "ID... and more, see ostler-queue(1)\n");
	buf_addc(&text, '\n');
	optout_cli_help(argv_grammar(a->face), &text);
	buf_adds(&text, "\nSettings, explained in msmtprc(5):\n");
	optout_help(&text);
	cmd_print(&text);
	buf_free(&text);
}

/* The account that the command line and the rc files amount to. */
static int open_route(const struct argv_result *a, struct submit *s,
		      struct err *e)
{
	submit_init(s, a);
	if (submit_prepare(s, -1, false, e) < 0)
		return -1;
	return 0;
}

int cmd_configure(const struct argv_result *a)
{
	struct buf text = BUF_INIT(PRINT_MAX);
	struct err e = ERR_INIT;
	int ret = configure(a->configure, &text, &e);

	if (ret == 0)
		cmd_print(&text);
	buf_free(&text);
	return ret < 0 ? cmd_fail(a, &e) : 0;
}

int cmd_print_config(const struct argv_result *a)
{
	struct buf text = BUF_INIT(PRINT_MAX);
	struct err e = ERR_INIT;
	struct submit s;
	int status = 0;

	if (open_route(a, &s, &e) < 0) {
		status = cmd_fail(a, &e);
	} else {
		optout_print_config(&s.route.acc, &text);
		cmd_print(&text);
	}
	buf_free(&text);
	submit_clear(&s);
	return status;
}

int cmd_serverinfo(const struct argv_result *a)
{
	struct buf text = BUF_INIT(PRINT_MAX);
	struct err e = ERR_INIT;
	struct submit s;
	int ret = open_route(a, &s, &e);

	if (ret == 0 && (a->pretend || a->debug)) {
		buf_adds(&text, buf_str(&s.route.info));
		optout_pretend(&s.route.acc, false, &text);
		cmd_print(&text);
		buf_clear(&text);
	}
	if (ret == 0 && !a->pretend)
		ret = serverinfo(&s.route.acc, cmd_trace(a), &text, &e);
	if (ret == 0)
		cmd_print(&text);
	buf_free(&text);
	submit_clear(&s);
	return ret < 0 ? cmd_fail(a, &e) : 0;
}

int cmd_rmqs(const struct argv_result *a)
{
	struct buf text = BUF_INIT(PRINT_MAX);
	struct err e = ERR_INIT;
	struct submit s;
	int ret = open_route(a, &s, &e);

	if (ret == 0 && (a->pretend || a->debug)) {
		buf_adds(&text, buf_str(&s.route.info));
		optout_pretend(&s.route.acc, false, &text);
		buf_addf(&text, "RMQS argument = %s\n", a->rmqs);
		cmd_print(&text);
	}
	if (ret == 0 && !a->pretend)
		ret = serverinfo_rmqs(&s.route.acc, a->face < FACE_SENDMAIL,
				      a->rmqs, cmd_trace(a), &e);
	buf_free(&text);
	submit_clear(&s);
	return ret < 0 ? cmd_fail(a, &e) : 0;
}
