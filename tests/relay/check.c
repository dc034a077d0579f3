/* What the program did, once it has ended. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "talk.h"

static void
read_in_dir(const char *name, struct bytes *b)
{
	char *path = make_text("%s/%s", talk.dir, name);

	if (!file_read(path, b) && errno != ENOENT)
		fail("cannot read '%s': %s", path, strerror(errno));
	bytes_add(b, "", 0);
	free(path);
}

/* Is there a line that the glob matches? */
static bool
has_line(const char *name, const char *glob)
{
	struct bytes b = BYTES_INIT;
	char *rest = NULL;
	bool found = false;

	read_in_dir(name, &b);
	for (char *line = strtok_r(b.p, "\n", &rest); line && !found;
	    line = strtok_r(NULL, "\n", &rest))
		found = line_matches(glob, line);
	bytes_clear(&b);
	return found;
}

static size_t
count_lines(const char *name)
{
	struct bytes b = BYTES_INIT;
	size_t n = 0;

	read_in_dir(name, &b);
	for (size_t i = 0; i < b.len; i++)
		n += b.p[i] == '\n';
	bytes_clear(&b);
	return n;
}

static void
tell_end(struct bytes *out)
{
	if (WIFSIGNALED(talk.status))
		bytes_fmt(out, "signal %s", sigabbrev_np(WTERMSIG(talk.status)));
	else
		bytes_fmt(out, "exit %d", WEXITSTATUS(talk.status));
}

static bool
ended_as(const char *word)
{
	if (WIFSIGNALED(talk.status))
		return strcmp(sigabbrev_np(WTERMSIG(talk.status)), word) == 0;
	return isdigit((unsigned char)*word) && atoi(word) == WEXITSTATUS(talk.status);
}

static void
expect_end(const char *list)
{
	char *copy = dup_text(list), *rest = copy;
	struct bytes got = BYTES_INIT;
	bool good = false;

	for (char *w; (w = next_word(&rest)) != NULL;)
		good = good || ended_as(w);
	free(copy);
	tell_end(&got);
	if (!good)
		fail("the program ended with %s, not %s", got.p, list);
	bytes_clear(&got);
}

void
check_exit(const struct step *s)
{
	expect_end(s->text);
}

void
check_stderr(const struct step *s)
{
	if (!has_line("stderr", s->text))
		fail("no line of standard error is as %s", s->text);
}

void
check_not_stderr(const struct step *s)
{
	if (has_line("stderr", s->text))
		fail("a line of standard error is as %s", s->text);
}

void
check_stdout(const struct step *s)
{
	if (!has_line("stdout", s->text))
		fail("no line of standard output is as %s", s->text);
}

void
check_not_stdout(const struct step *s)
{
	if (has_line("stdout", s->text))
		fail("a line of standard output is as %s", s->text);
}

void
check_log(const struct step *s)
{
	if (!has_line("log", s->text))
		fail("no line of the log is as %s", s->text);
}

void
check_log_lines(const struct step *s)
{
	size_t n = count_lines("log");

	if (n != (size_t)atol(s->text))
		fail("the log has %zu lines, not %s", n, s->text);
}

void
check_file(const struct step *s)
{
	size_t n = strcspn(s->text, " ");
	char *name = need(strndup(s->text, n));

	if (s->text[n] != ' ' || !has_line(name, s->text + n + 1))
		fail("no line of '%s' is as %s", name, s->text + n);
	free(name);
}

static bool
holds(const struct bytes *b, const void *p, size_t n)
{
	return b->len > 0 && n > 0 && memmem(b->p, b->len, p, n) != NULL;
}

/*
 * In base64 a word looks different at each of three distances from the start.
 * What stands at the edges depends on the neighbours, so only the middle is
 * looked for: the word must have 8 bytes or so to be told from chance.
 */
static bool
holds_base64(const struct bytes *b, const char *word)
{
	bool found = false;

	for (size_t before = 0; before < 3; before++) {
		struct bytes plain = BYTES_INIT, text = BYTES_INIT;
		size_t from = before == 0 ? 0 : before + 1, to;

		bytes_add(&plain, "xxx", before);
		bytes_str(&plain, word);
		to = plain.len * 8 / 6;		/* whole letters only */
		b64_encode(plain.p, plain.len, &text);
		found = found || holds(b, text.p + from, to - from);
		bytes_clear(&plain);
		bytes_clear(&text);
	}
	return found;
}

static void
expect_absent(const char *where, const struct bytes *b, const char *word)
{
	if (holds(b, word, strlen(word)))
		fail("'%s' is in %s", word, where);
	if (holds_base64(b, word))
		fail("'%s' is in %s in base64", word, where);
}

void
check_secret(const struct step *s)
{
	static const char *const files[] = { "stderr", "stdout", "log" };

	if (strlen(s->text) < 6)
		fail("too short to be told from chance");
	expect_absent("what came in clear", peer_clear(), s->text);
	for (size_t i = 0; i < 3; i++) {
		struct bytes b = BYTES_INIT;

		read_in_dir(files[i], &b);
		expect_absent(files[i], &b, s->text);
		bytes_clear(&b);
	}
}

void
check_memory(const struct step *s)
{
#if defined(__SANITIZE_ADDRESS__)
	(void)s;
#else
	if (talk.rss_kb > atol(s->text))
		fail("peak resident size is %ld KB", talk.rss_kb);
#endif
}

static void
expect_printable(const char *name)
{
	struct bytes b = BYTES_INIT;

	read_in_dir(name, &b);
	for (size_t i = 0; i < b.len; i++) {
		unsigned char c = (unsigned char)b.p[i];

		if ((c < ' ' && c != '\n') || c == 0x7f)
			fail("byte %02x in %s", c, name);
	}
	if (b.len > 0 && b.p[b.len - 1] != '\n')
		fail("the last line of %s has no end", name);
	bytes_clear(&b);
}

static void
expect_no_files(void)
{
	char *path = make_text("%s/tmp", talk.dir);
	DIR *d = opendir(path);

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		if (e->d_name[0] != '.')
			fail("the program left '%s' in TMPDIR", e->d_name);
	}
	if (d != NULL)
		closedir(d);
	free(path);
}

void
check_always(void)
{
	bool good = WIFEXITED(talk.status) && WEXITSTATUS(talk.status) == 0;
	size_t lines = count_lines("stderr");

	if (!talk.has_exit)
		expect_end("0");
	if (WIFEXITED(talk.status) && WEXITSTATUS(talk.status) == 99)
		fail("the program could not be run");
	expect_printable("stderr");
	expect_printable("log");
	if (good && lines > 0 && !talk.has_stderr)
		fail("success, and yet there is something on standard error");
	if (WIFEXITED(talk.status) && !good && lines == 0 && !talk.close_fd[2] &&
	    !talk.break_fd[2])
		fail("failure, and nothing on standard error");
	expect_no_files();
}
