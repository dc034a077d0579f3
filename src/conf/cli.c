#include "conf/cli.h"

#include <string.h>

const struct cliopt cliopts[] = {
	/* name, letter, value, faces, own, id, metavar, help */
	{ "version", 0, CLI_NONE, CLI_ALL, false, CLI_VERSION, NULL,
	  "print version and what is built in" },
	{ "help", 0, CLI_NONE, CLI_ALL, false, CLI_HELP, NULL,
	  "print this help" },
	{ "pretend", 'P', CLI_NONE, CLI_ALL, false, CLI_PRETEND, NULL,
	  "print the settings, send nothing" },
	{ "debug", 'd', CLI_OPTIONAL, CLI_OM, false, CLI_DEBUG, "LEVEL",
	  "print settings and dialogue" },
	{ "debug", 0, CLI_OPTIONAL, CLI_S, false, CLI_DEBUG, "LEVEL", NULL },
	{ "show-secrets", 0, CLI_NONE, CLI_ALL, true, CLI_SHOW_SECRETS, NULL,
	  "with --debug: show the secrets of the dialogue" },
	{ "print-config", 0, CLI_NONE, CLI_ALL, true, CLI_PRINT_CONFIG, NULL,
	  "print the account with each setting's origin" },
	{ "configure", 0, CLI_REQUIRED, CLI_ALL, false, CLI_CONFIGURE,
	  "ADDRESS", "print an account block for a mail address" },
	{ "serverinfo", 'S', CLI_NONE, CLI_ALL, false, CLI_SERVERINFO, NULL,
	  "print what the relay offers" },
	{ "rmqs", 0, CLI_REQUIRED, CLI_ALL, false, CLI_RMQS, "ARGUMENT",
	  "ask the relay to start its queue (ETRN)" },
	{ "file", 'C', CLI_REQUIRED, CLI_ALL, false, CLI_FILE, "FILE",
	  "rc file in place of the user's" },
	{ "account", 'a', CLI_REQUIRED, CLI_ALL, false, CLI_ACCOUNT, "NAME",
	  "account to use" },
	{ "read-recipients", 't', CLI_NONE, CLI_ALL, false, CLI_READ_RECIPIENTS,
	  NULL, "take recipients from the mail, too" },
	{ "read-envelope-from", 0, CLI_NONE, CLI_ALL, false,
	  CLI_READ_ENVELOPE_FROM, NULL, "take the envelope sender from the mail" },
	{ "json", 0, CLI_NONE, CLI_ALL, true, CLI_JSON, NULL,
	  "print results as JSON" },
	{ "lmtp", 0, CLI_NONE, CLI_ALL, true, CLI_LMTP, NULL,
	  "with -bs: speak LMTP" },

	/* Letters with one meaning here and another there. */
	{ NULL, 'd', CLI_OPTIONAL, CLI_S, false, CLI_PROBE, "SPEC",
	  "0.1 prints the version; others do nothing" },
	{ NULL, 'v', CLI_NONE, CLI_OM, false, CLI_DEBUG, NULL, "as -d" },
	{ NULL, 'v', CLI_NONE, CLI_S, false, CLI_VERBOSE, NULL,
	  "print the dialogue" },
	{ NULL, 'b', CLI_REQUIRED, CLI_ALL, false, CLI_MODE, "MODE",
	  "s: SMTP on stdin, p: list queue, m: send" },
	{ NULL, 'q', CLI_OPTIONAL, CLI_O | CLI_S, true, CLI_QUEUE, "INTERVAL",
	  "run the queue" },
	{ NULL, 'o', CLI_REQUIRED, CLI_O | CLI_S, false, CLI_OPTION, "X",
	  "eX, dX, v as sendmail; others do nothing" },
	{ NULL, 'o', CLI_REQUIRED, CLI_M, false, CLI_IGNORED, "X", NULL },
	{ NULL, 'O', CLI_REQUIRED, CLI_O | CLI_S, false, CLI_LONG_OPTION,
	  "NAME=VALUE", "the same with a long name" },
	{ NULL, 'O', CLI_REQUIRED, CLI_M, false, CLI_IGNORED, "X", NULL },
	{ NULL, 'L', CLI_REQUIRED, CLI_O | CLI_S, false, CLI_TAG, "TAG",
	  "name in the system's log" },
	{ NULL, 'L', CLI_REQUIRED, CLI_M, false, CLI_IGNORED, "X", NULL },

	/* What only sendmail knows. */
	{ NULL, 'r', CLI_REQUIRED, CLI_S, false, CLI_FROM, "ADDRESS", "as -f" },
	{ NULL, 'V', CLI_REQUIRED, CLI_S, false, CLI_ENVID, "ENVID",
	  "envelope identifier for delivery notices" },
	{ NULL, 'e', CLI_REQUIRED, CLI_S, false, CLI_ERRMODE, "X", "as -oeX" },
	{ NULL, 'I', CLI_NONE, CLI_S, false, CLI_ALIASES, NULL, "as -bi" },

	/*
	 * What does nothing, but must take along its value.  A lone dot never
	 * ends a mail, and SMTPUTF8 is asked for whenever something needs it.
	 */
	{ NULL, 'A', CLI_REQUIRED, CLI_ALL, false, CLI_IGNORED, "X", NULL },
	{ NULL, 'B', CLI_REQUIRED, CLI_ALL, false, CLI_IGNORED, "X", NULL },
	{ NULL, 'h', CLI_REQUIRED, CLI_ALL, false, CLI_IGNORED, "N", NULL },
	{ NULL, 'G', CLI_NONE, CLI_ALL, false, CLI_IGNORED, NULL, NULL },
	{ NULL, 'i', CLI_NONE, CLI_ALL, false, CLI_IGNORED, NULL, NULL },
	{ NULL, 'm', CLI_NONE, CLI_ALL, false, CLI_IGNORED, NULL, NULL },
	{ NULL, 'n', CLI_NONE, CLI_ALL, false, CLI_IGNORED, NULL, NULL },
	{ NULL, 'c', CLI_NONE, CLI_S, false, CLI_IGNORED, NULL, NULL },
	{ NULL, 'D', CLI_REQUIRED, CLI_S, false, CLI_IGNORED, "X", NULL },
	{ NULL, 'E', CLI_OPTIONAL, CLI_S, false, CLI_IGNORED, "X", NULL },
	{ NULL, 'J', CLI_OPTIONAL, CLI_S, false, CLI_IGNORED, "X", NULL },
	{ NULL, 'M', CLI_REQUIRED, CLI_S, false, CLI_IGNORED, "X", NULL },
	{ NULL, 'p', CLI_REQUIRED, CLI_S, false, CLI_IGNORED, "X", NULL },
	{ NULL, 'Q', CLI_OPTIONAL, CLI_S, false, CLI_IGNORED, "X", NULL },
	{ NULL, 's', CLI_NONE, CLI_S, false, CLI_IGNORED, NULL, NULL },
	{ NULL, 'T', CLI_NONE, CLI_S, false, CLI_IGNORED, NULL, NULL },
	{ NULL, 'U', CLI_NONE, CLI_S, false, CLI_IGNORED, NULL, NULL },
	{ NULL, 'x', CLI_NONE, CLI_S, false, CLI_IGNORED, NULL, NULL },
};

const size_t cliopts_n = sizeof cliopts / sizeof cliopts[0];

const struct cliopt *cli_by_letter(char letter, unsigned face)
{
	for (size_t i = 0; i < cliopts_n; i++)
		if (letter != 0 && cliopts[i].letter == letter &&
		    (cliopts[i].faces & face))
			return &cliopts[i];
	return NULL;
}

const struct cliopt *cli_by_name(const char *name, unsigned face)
{
	for (size_t i = 0; i < cliopts_n; i++)
		if (cliopts[i].name != NULL && (cliopts[i].faces & face) &&
		    strcmp(cliopts[i].name, name) == 0)
			return &cliopts[i];
	return NULL;
}
