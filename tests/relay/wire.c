/* What the client is expected to send. */
#include <stdlib.h>
#include <string.h>

#include "talk.h"

static void
expect_line(struct bytes *line)
{
	if (!peer_line(line))
		fail("the client closed");
}

void
do_line(const struct step *s)
{
	struct bytes line = BYTES_INIT;

	expect_line(&line);
	if (strcmp(line.p, s->text) != 0 || strlen(line.p) != line.len)
		fail("the client sent '%s', not '%s'", line.p, s->text);
	bytes_clear(&line);
}

void
do_glob(const struct step *s)
{
	struct bytes line = BYTES_INIT;

	expect_line(&line);
	if (!line_matches(s->text, line.p))
		fail("the client sent '%s', which is not as '%s'", line.p, s->text);
	bytes_clear(&line);
}

void
do_until(const struct step *s)
{
	struct bytes line = BYTES_INIT;

	do {
		line.len = 0;
		expect_line(&line);
	} while (!line_matches(s->text, line.p));
	bytes_clear(&line);
}

void
do_raw(const struct step *s)
{
	struct bytes want = BYTES_INIT, got = BYTES_INIT;

	unescape(s->text, &want);
	peer_bytes(&got, want.len);
	if (got.len != want.len || memcmp(got.p, want.p, want.len) != 0)
		fail("other bytes came than '%s'", s->text);
	bytes_clear(&want);
	bytes_clear(&got);
}

void
do_skip(const struct step *s)
{
	struct bytes got = BYTES_INIT;
	size_t n = (size_t)atoll(s->text);

	if (peer_bytes(&got, n) != n)
		fail("the client closed");
	bytes_clear(&got);
}

void
do_eof(const struct step *s)
{
	struct bytes got = BYTES_INIT;

	(void)s;
	if (peer_bytes(&got, 1) > 0)
		fail("the client sent something, and should have closed");
	bytes_clear(&got);
	peer_over();
}

void
do_nothing(const struct step *s)
{
	do_eof(s);
}

void
do_quiet(const struct step *s)
{
	if (!peer_quiet(atol(s->text)))
		fail("the client sent something, and should wait");
}

/* ---- content ---- */

/* Tells where two contents part. */
static void
compare(const struct bytes *got, const struct bytes *want)
{
	size_t i = 0;

	if (got->len == want->len && memcmp(bytes_text(got), bytes_text(want), got->len) == 0)
		return;
	while (i < got->len && i < want->len && got->p[i] == want->p[i])
		i++;
	note("!=", bytes_text(want), want->len);
	fail("the content is %zu bytes, not %zu, and other from byte %zu on: '%.20s', "
	    "not '%.20s'", got->len, want->len, i, bytes_text(got) + i,
	    bytes_text(want) + i);
}

static void
expect_content(const struct step *s, const struct bytes *got, const char *inline_text)
{
	struct bytes want = BYTES_INIT;

	if (s->has_block)
		to_crlf(&s->block, &want);
	else if (*inline_text != '\0')
		unescape(inline_text, &want);
	else
		to_crlf(&talk.input, &want);
	compare(got, &want);
	bytes_clear(&want);
}

static void
read_data(struct bytes *out)
{
	struct bytes line = BYTES_INIT;

	for (;;) {
		line.len = 0;
		expect_line(&line);
		if (line.len == 1 && line.p[0] == '.')
			break;
		if (line.len > 0 && line.p[0] == '.' && line.p[1] != '.')
			fail("a dot at the start of a line was not doubled: '%s'", line.p);
		bytes_add(out, line.p + (line.p[0] == '.'), line.len - (line.p[0] == '.'));
		bytes_str(out, "\r\n");
	}
	bytes_clear(&line);
}

void
do_data(const struct step *s)
{
	struct bytes got = BYTES_INIT;

	read_data(&got);
	expect_content(s, &got, s->text);
	bytes_clear(&got);
}

/* Splits at CRLF and LF in place. */
static char *
next_text(char **rest)
{
	char *line = *rest, *nl = strchr(line, '\n');

	if (*line == '\0')
		return NULL;
	if (nl == NULL) {
		*rest = line + strlen(line);
		return line;
	}
	*nl = '\0';
	if (nl > line && nl[-1] == '\r')
		nl[-1] = '\0';
	*rest = nl + 1;
	return line;
}

void
do_data_glob(const struct step *s)
{
	struct bytes got = BYTES_INIT;
	char *block = dup_text(bytes_text(&s->block));
	char *globs = block, *lines, *glob, *line;
	bool any = false;

	read_data(&got);
	bytes_add(&got, "", 0);
	lines = got.p;
	while ((glob = next_text(&globs)) != NULL) {
		if (strcmp(glob, "**") == 0) {
			any = true;
			continue;
		}
		do {
			line = next_text(&lines);
		} while (any && line != NULL && !line_matches(glob, line));
		if (line == NULL || !line_matches(glob, line))
			fail("the content has '%s' where '%s' should be",
			    line == NULL ? "its end" : line, glob);
		any = false;
	}
	if (!any && (line = next_text(&lines)) != NULL)
		fail("the content goes on: '%s'", line);
	free(block);
	bytes_clear(&got);
}

void
do_bdat(const struct step *s)
{
	struct bytes line = BYTES_INIT, got = BYTES_INIT;
	char *end;
	size_t n;

	expect_line(&line);
	if (strncmp(line.p, "BDAT ", 5) != 0)
		fail("the client sent '%s', not BDAT", line.p);
	n = (size_t)strtoull(line.p + 5, &end, 10);
	if (strcmp(end, " LAST") != 0)
		fail("the client sent '%s', not BDAT n LAST", line.p);
	if (peer_bytes(&got, n) != n)
		fail("the client closed in the middle of BDAT");
	expect_content(s, &got, s->text);
	bytes_clear(&line);
	bytes_clear(&got);
}

/* ---- short forms ---- */

static void
expect_text(const char *text)
{
	struct step s = { .text = dup_text(text) };

	do_line(&s);
	free(s.text);
}

static void
send_text(const char *text)
{
	struct step s = { .text = dup_text(text) };

	do_send_line(&s);
	free(s.text);
}

void
do_greet(const struct step *s)
{
	(void)s;
	send_text("220 relay.test ESMTP ready");
}

void
do_ehlo(const struct step *s)
{
	struct bytes reply = BYTES_INIT;
	char *copy = dup_text(s->text), *rest = copy, *word, *line;

	expect_text("EHLO localhost");
	line = dup_text("relay.test");
	while ((word = next_word(&rest)) != NULL) {
		bytes_fmt(&reply, "250-%s\r\n", line);
		replace(&line, word + strspn(word, " "));
	}
	bytes_fmt(&reply, "250 %s\r\n", line);
	peer_send(reply.p, reply.len);
	bytes_clear(&reply);
	free(line);
	free(copy);
}

void
do_starttls(const struct step *s)
{
	expect_text("STARTTLS");
	send_text("220 2.0.0 go ahead");
	do_tls(s);
}
