/* Reads a dialogue file into steps, and the directives that prepare the test. */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "talk.h"

static void
set_run(const struct step *s)
{
	replace(&talk.args, s->text);
	if (s->has_block) {
		talk.input.len = 0;
		bytes_add(&talk.input, s->block.p, s->block.len);
		talk.has_input = true;
	}
}

static void
set_input(const struct step *s)
{
	talk.has_input = true;
	if (s->has_block)
		bytes_add(&talk.input, s->block.p, s->block.len);
	else
		unescape(s->text, &talk.input);
}

/* input-lines N TEXT: a big message without a big file */
static void
set_input_lines(const struct step *s)
{
	char *text;
	long n = strtol(s->text, &text, 10);
	struct bytes line = BYTES_INIT;

	if (n <= 0 || *text != ' ')
		fail("input-lines wants a number and a text");
	talk.has_input = true;
	unescape(text + 1, &line);
	while (n-- > 0)
		bytes_add(&talk.input, line.p, line.len);
	bytes_clear(&line);
}

static void
set_rc(const struct step *s)
{
	bytes_fmt(&talk.rc_lines, "%s\n", s->text);
}

static void
set_rc_file(const struct step *s)
{
	talk.has_rc_file = true;
	talk.rc_file.len = 0;
	if (s->has_block)
		bytes_add(&talk.rc_file, s->block.p, s->block.len);
	else
		unescape(s->text, &talk.rc_file);
}

static void
set_rc_mode(const struct step *s)
{
	replace(&talk.rc_mode, s->text);
}

static void
set_env(const struct step *s)
{
	bytes_add(&talk.env, s->text, strlen(s->text) + 1);
}

static void
set_as(const struct step *s)
{
	replace(&talk.as, s->text);
}

/* file NAME [MODE] <<EOF */
static void
set_file(const struct step *s)
{
	char name[256] = "";
	unsigned mode = 0600;
	char *path;

	if (sscanf(s->text, "%255s %o", name, &mode) < 1 || strchr(name, '/') != NULL)
		fail("file wants a name without folder");
	path = make_text("%s/%s", talk.dir, name);
	if (!file_write(path, s->block.p, s->block.len, mode))
		fail("cannot write '%s': %s", path, strerror(errno));
	free(path);
}

static void
set_descriptors(const char *digits, bool *flags)
{
	for (const char *p = digits; *p != '\0'; p++) {
		if (*p >= '0' && *p <= '2')
			flags[*p - '0'] = true;
	}
}

static void
set_closed(const struct step *s)
{
	set_descriptors(s->text, talk.close_fd);
}

static void
set_broken(const struct step *s)
{
	set_descriptors(s->text, talk.break_fd);
}

static void
set_stdin(const struct step *s)
{
	replace(&talk.stdin_path, s->text);
}

static void
set_limit(const struct step *s)
{
	if (sscanf(s->text, "files %ld", &talk.limit_files) != 1 &&
	    sscanf(s->text, "size %ld", &talk.limit_size) != 1)
		fail("limit wants files or size, and a number");
}

static void
set_nothing(const struct step *s)
{
	(void)s;	/* listen, within: looked at before */
}

const struct verb verbs[] = {
	{ "listen", SETUP, set_nothing }, { "within", SETUP, set_nothing },
	{ "run", SETUP, set_run }, { "input", SETUP, set_input },
	{ "input-lines", SETUP, set_input_lines }, { "rc", SETUP, set_rc },
	{ "rcfile", SETUP, set_rc_file }, { "rcmode", SETUP, set_rc_mode },
	{ "env", SETUP, set_env }, { "as", SETUP, set_as },
	{ "file", SETUP, set_file }, { "closed", SETUP, set_closed },
	{ "broken", SETUP, set_broken }, { "stdin", SETUP, set_stdin },
	{ "limit", SETUP, set_limit },

	{ "connection", DIALOGUE, do_accept }, { "greet", DIALOGUE, do_greet },
	{ "ehlo", DIALOGUE, do_ehlo }, { "starttls", DIALOGUE, do_starttls },
	{ "S", DIALOGUE, do_send_line }, { "S-", DIALOGUE, do_send_raw },
	{ "S!", DIALOGUE, do_send_below }, { "endless", DIALOGUE, do_endless },
	{ "trickle", DIALOGUE, do_trickle }, { "split", DIALOGUE, do_split },
	{ "delay", DIALOGUE, do_delay }, { "close", DIALOGUE, do_close },
	{ "bye", DIALOGUE, do_bye }, { "reset", DIALOGUE, do_reset },
	{ "stall", DIALOGUE, do_stall }, { "tls", DIALOGUE, do_tls },
	{ "signal", DIALOGUE, do_signal }, { "C", DIALOGUE, do_line },
	{ "C*", DIALOGUE, do_glob }, { "C-", DIALOGUE, do_raw },
	{ "Cdata", DIALOGUE, do_data }, { "Cdata*", DIALOGUE, do_data_glob },
	{ "Cbdat", DIALOGUE, do_bdat }, { "Cskip", DIALOGUE, do_skip },
	{ "Cuntil", DIALOGUE, do_until }, { "Ceof", DIALOGUE, do_eof },
	{ "nothing", DIALOGUE, do_nothing }, { "quiet", DIALOGUE, do_quiet },

	{ "exit", CHECK, check_exit }, { "stderr", CHECK, check_stderr },
	{ "not-stderr", CHECK, check_not_stderr }, { "stdout", CHECK, check_stdout },
	{ "not-stdout", CHECK, check_not_stdout }, { "log", CHECK, check_log },
	{ "log-lines", CHECK, check_log_lines }, { "secret", CHECK, check_secret },
	{ "memory", CHECK, check_memory }, { "holds", CHECK, check_file },
	{ NULL, SETUP, NULL }
};

static const struct verb *
find_verb(const char *word, size_t n)
{
	for (const struct verb *v = verbs; v->word != NULL; v++) {
		if (strlen(v->word) == n && strncmp(v->word, word, n) == 0)
			return v;
	}
	return NULL;
}

/* Takes "<<EOF" or "< FILE" off the end of s->text and reads what it names. */
static void
take_block(struct step *s, char **at)
{
	static const char *const takers = " run input rcfile file Cdata Cdata* Cbdat ";
	char *mark = strstr(s->text, "<<"), *file = strstr(s->text, "< ");
	char *word = make_text(" %s ", s->verb->word);
	bool takes = strstr(takers, word) != NULL;

	free(word);
	if (!takes)
		return;
	if (mark != NULL && isupper((unsigned char)mark[2]) &&
	    strpbrk(mark, " \"") == NULL) {
		char *end = make_text("%s\n", mark + 2), *line = *at;

		while (*line != '\0' && strncmp(line, end, strlen(end)) != 0) {
			char *nl = strchr(line, '\n');

			if (nl == NULL)
				break;
			bytes_add(&s->block, line, (size_t)(nl + 1 - line));
			line = nl + 1;
		}
		if (strncmp(line, end, strlen(end)) != 0)
			die("%s:%u: no end of the block", talk.script, s->line);
		*at = line + strlen(end);
		free(end);
		*mark = '\0';
	} else if (file != NULL && (file == s->text || file[-1] == ' ')) {
		char *copy = dup_text(talk.script);
		char *path = make_text("%s/%s", dirname(copy), file + 2);

		if (!file_read(path, &s->block))
			die("%s:%u: cannot read '%s'", talk.script, s->line, path);
		free(path);
		free(copy);
		*file = '\0';
	} else {
		return;
	}
	s->has_block = true;
	for (size_t n = strlen(s->text); n > 0 && s->text[n - 1] == ' '; n--)
		s->text[n - 1] = '\0';
}

static unsigned
lines_between(const char *from, const char *to)
{
	unsigned n = 0;

	for (; from < to; from++)
		n += *from == '\n';
	return n;
}

void
script_read(const char *path)
{
	struct bytes b = BYTES_INIT;
	unsigned line = 0;

	if (!file_read(path, &b))
		die("cannot read '%s': %s", path, strerror(errno));
	for (char *at = b.p, *next; *at != '\0'; at = next) {
		char *nl = strchr(at, '\n'), *text = at;
		struct step *s;
		size_t word;

		next = nl == NULL ? at + strlen(at) : nl + 1;
		if (nl != NULL)
			*nl = '\0';
		line++;
		if (*text == '\0' || *text == '#')
			continue;
		word = strcspn(text, " ");
		talk.steps = need(reallocarray(talk.steps, talk.nsteps + 1,
		    sizeof(*talk.steps)));
		s = &talk.steps[talk.nsteps++];
		*s = (struct step){ .line = line, .verb = find_verb(text, word) };
		if (s->verb == NULL)
			die("%s:%u: unknown word '%.*s'", path, line, (int)word, text);
		s->text = dup_text(text[word] == '\0' ? "" : text + word + 1);
		text = next;
		take_block(s, &next);
		line += lines_between(text, next);
	}
	bytes_clear(&b);
}
