#include "base/log.h"

#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"

#define LOG_VALUE_MAX 65536

/* The printable form of VALUE with each byte of BAD replaced by BY. */
static void clean(struct buf *out, const char *value, size_t n,
		  const char *bad, char by)
{
	struct buf plain = BUF_INIT(LOG_VALUE_MAX);

	ascii_printable(&plain, value, n);
	for (size_t i = 0; i < plain.len; i++)
		buf_addc(out, strchr(bad, plain.p[i]) != NULL ? by : plain.p[i]);
	buf_free(&plain);
}

void log_word(struct buf *line, const char *key, const char *value)
{
	buf_addf(line, "%s=", key);
	clean(line, value, strlen(value), " '", '_');
	buf_addc(line, ' ');
}

void log_text(struct buf *line, const char *key, const char *value)
{
	buf_addf(line, "%s='", key);
	for (const char *p = value; *p != '\0';) {
		size_t n = strcspn(p, "\r\n");

		clean(line, p, n, "'", '?');
		p += n;
		if (*p != '\0') {
			p += strspn(p, "\r\n");
			if (*p != '\0')
				buf_adds(line, "\\n");
		}
	}
	buf_adds(line, "' ");
}

void log_number(struct buf *line, const char *key, unsigned long long value)
{
	buf_addf(line, "%s=%llu ", key, value);
}
