/*
 * The content of a message: checked byte by byte on its way in, held in memory
 * up to a bound and in a file from there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "relay.h"

enum { IN_MEMORY = 1 << 20, TEXT_LINE_MAX = 998 };

void
content_init(struct content *b)
{
	*b = (struct content){ .fd = -1 };
}

void
content_clear(struct content *b)
{
	if (b->fd >= 0) {
		close(b->fd);
		unlink(b->path);
	}
	free(b->path);
	bytes_clear(&b->mem);
	content_init(b);
}

static void
spill(struct content *b)
{
	size_t done = 0;

	if (b->fd < 0) {
		static unsigned long count;

		b->path = make_text("%s/in.%lu", conf.dir, ++count);
		b->fd = open(b->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (b->fd < 0)
			die("cannot create '%s': %s", b->path, strerror(errno));
	}
	while (done < b->mem.len) {
		ssize_t n = write(b->fd, b->mem.p + done, b->mem.len - done);

		if (n <= 0)
			die("cannot write '%s': %s", b->path, strerror(errno));
		done += (size_t)n;
	}
	b->mem.len = 0;
}

/* One piece that ends with LF or is the start of a line. */
static void
check_piece(struct content *b, const char *p, size_t n)
{
	bool ended = p[n - 1] == '\n';
	size_t text = ended ? n - 1 : n;	/* without the LF */

	if (b->last == '\r' && *p != '\n')
		b->broke[RULE_BARE_CR] = true;
	if (ended && (text > 0 ? p[text - 1] : b->last) != '\r')
		b->broke[RULE_BARE_LF] = true;
	if (text > 1 && memchr(p, '\r', text - 1) != NULL)
		b->broke[RULE_BARE_CR] = true;
	b->line += text;
	if (b->line > b->longest + 1)
		b->longest = b->line - 1;	/* the CR does not count */
	if (b->longest > TEXT_LINE_MAX)
		b->broke[RULE_TEXT_LENGTH] = true;
	if (ended)
		b->line = 0;
	b->last = p[n - 1];
}

/* Bytes above 127 and NUL, eight at a time: this relay is also what benchmarks
 * send to, and must not be what they measure. */
static void
check_bytes(struct content *b, const char *p, size_t n)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	uint64_t all = 0, zero = 0, v;
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		memcpy(&v, p + i, 8);
		all |= v;
		zero |= (v - ones) & ~v;	/* the top bit of a byte that is 0 */
	}
	for (; i < n; i++) {
		all |= (unsigned char)p[i];
		zero |= p[i] == '\0' ? tops : 0;
	}
	b->eight = b->eight || (all & tops) != 0;
	b->nul = b->nul || (zero & tops) != 0;
}

void
content_add(struct content *b, const char *p, size_t n)
{
	if (n == 0)
		return;
	check_bytes(b, p, n);
	for (size_t at = 0; at < n;) {
		const char *nl = memchr(p + at, '\n', n - at);
		size_t piece = nl == NULL ? n - at : (size_t)(nl - p) + 1 - at;

		check_piece(b, p + at, piece);
		at += piece;
	}
	b->size += n;
	if (b->size > conf.max_size)
		return;		/* refused at the end; keep none of it */
	if (!conf.discard) {
		bytes_add(&b->mem, p, n);
		if (b->mem.len > IN_MEMORY)
			spill(b);
	}
}
