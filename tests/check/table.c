/*
 * The two tables of options as text, for the checks and for what is made
 * from them.  Fields are separated by tabs; "-" stands for none:
 *
 *	set KEY LETTER WHERE WORDS DEFAULT ARG HELP
 *	cli NAME LETTER FACES VALUE ARG HELP
 */
#include <stdio.h>

#include "conf/cli.h"
#include "conf/opt.h"

static const char *or_dash(const char *s)
{
	return s != NULL ? s : "-";
}

static void letter(char c)
{
	printf("\t%c\t", c != 0 ? c : '-');
}

static void print_set(const struct opt *o)
{
	static const struct {
		unsigned bit;
		const char *name;
	} bits[] = {
		{ OPT_RC, "rc" }, { OPT_LONG, "long" },
		{ OPT_VALUE_OPTIONAL, "optional" }, { OPT_OBSOLETE, "obsolete" },
		{ OPT_OWN, "own" }, { OPT_NOARG, "noarg" },
	};
	const char *comma = "";

	printf("set\t%s", o->key);
	letter(o->letter);
	for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
		if (o->where & bits[i].bit) {
			printf("%s%s", comma, bits[i].name);
			comma = ",";
		}
	printf("%s\t", o->type == OPT_COMMAND ? ",command" :
	       o->type == OPT_CHOICE ? ",choice" :
	       o->type == OPT_PATH ? ",path" : "");
	comma = "";
	for (const struct opt_word *w = o->words; w != NULL && w->word != NULL; w++) {
		printf("%s%s", comma, w->word);
		comma = ",";
	}
	printf("%s\t%s\t%s\t%s\n", o->words == NULL ? "-" : "",
	       or_dash(o->def), or_dash(o->arg), o->help);
}

static void print_cli(const struct cliopt *c)
{
	static const char *const args[] = {
		[CLI_NONE] = "none", [CLI_OPTIONAL] = "optional",
		[CLI_REQUIRED] = "required",
	};

	printf("cli\t%s", or_dash(c->name));
	letter(c->letter);
	printf("%s%s%s\t%s\t%s\t%s\n", c->faces & CLI_O ? "O" : "",
	       c->faces & CLI_M ? "M" : "", c->faces & CLI_S ? "S" : "",
	       args[c->arg], or_dash(c->metavar), or_dash(c->help));
}

int main(void)
{
	for (size_t i = 0; i < opts_n; i++)
		print_set(&opts[i]);
	for (size_t i = 0; i < cliopts_n; i++)
		print_cli(&cliopts[i]);
	return 0;
}
