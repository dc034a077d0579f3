#include "conf/value.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"

static const struct {
	char letter;
	long seconds;
} units[] = {	/* largest first */
	{ 'w', 7 * 86400 }, { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 },
};

#define UNITS (sizeof units / sizeof units[0])

/* strtol() without its leniency about what stands before the number. */
static bool number(const char *text, int base, long *out)
{
	char *end;
	long v;

	if (!ascii_isdigit(text[*text == '+' || *text == '-']))
		return false;
	errno = 0;
	v = strtol(text, &end, base);
	if (errno != 0 || *end != '\0')
		return false;
	*out = v;
	return true;
}

static int range(const char *text, long v, long min, long max, struct err *e)
{
	if (v >= min && v <= max)
		return 0;
	return err_set(e, ERR_CONFIG, "'%s' is not in the range %ld to %ld",
		       text, min, max);
}

int value_number(const char *text, long min, long max, long *out,
		 struct err *e)
{
	long v;

	if (!number(text, 0, &v))
		return err_set(e, ERR_CONFIG,
			       "'%s' is not a number from %ld to %ld",
			       text, min, max);
	if (range(text, v, min, max, e) < 0)
		return -1;
	*out = v;
	return 0;
}

int value_duration(const char *text, long min, long max, long *out,
		   struct err *e)
{
	unsigned long long n;
	size_t len = strlen(text);
	long v;

	if (number(text, 0, &v)) {
		if (range(text, v, min, max, e) < 0)
			return -1;
		*out = v;
		return 0;
	}
	for (size_t i = 0; i < UNITS; i++) {
		if (len < 2 || text[len - 1] != units[i].letter)
			continue;
		if (!ascii_number(text, len - 1,
				  (unsigned long long)(LONG_MAX / units[i].seconds), &n))
			break;
		v = (long)n * units[i].seconds;
		if (range(text, v, min, max, e) < 0)
			return -1;
		*out = v;
		return 0;
	}
	return err_set(e, ERR_CONFIG,
		       "'%s' is not a time such as 30 (seconds), 10m, 2h or 5d",
		       text);
}

void value_duration_print(long seconds, struct buf *out)
{
	for (size_t i = 1; i < UNITS; i++)	/* weeks are read, not written */
		if (seconds % units[i].seconds == 0 || i == UNITS - 1) {
			buf_addf(out, "%ld%c", seconds / units[i].seconds,
				 units[i].letter);
			return;
		}
}

/* The part of *text up to MARK, which is removed with it; NULL: no MARK. */
static char *behind(char *text, const char *mark)
{
	char *p = strstr(text, mark);

	if (p == NULL)
		return NULL;
	*p = '\0';
	return p + strlen(mark);
}

int schedule_parse(const char *text, struct schedule *out, struct err *e)
{
	char *copy = xstrdup(text);
	char *ceiling = behind(copy, "..");
	char *factor = behind(copy, "*");
	struct schedule s = { .factor = 1 };
	int ret = -1;

	if (value_duration(copy, 1, SCHEDULE_MAX, &s.first, e) < 0)
		goto out;
	if (factor != NULL && value_number(factor, 1, 100, &s.factor, e) < 0)
		goto out;
	if (ceiling == NULL)
		s.ceiling = s.factor == 1 ? s.first : SCHEDULE_MAX;
	else if (value_duration(ceiling, s.first, SCHEDULE_MAX, &s.ceiling, e) < 0)
		goto out;
	*out = s;
	ret = 0;
out:
	if (ret < 0)
		err_wrap(e, "'%s' is no schedule such as 1m*2..2h", text);
	free(copy);
	return ret;
}

long schedule_wait(const struct schedule *s, unsigned tries)
{
	long wait = s->first;

	if (s->factor == 1)
		return wait;
	for (; tries > 1 && wait < s->ceiling; tries--)
		wait *= s->factor;	/* SCHEDULE_MAX * 100 at most */
	return wait < s->ceiling ? wait : s->ceiling;
}
