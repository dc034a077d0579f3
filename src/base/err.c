#include "base/err.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/ascii.h"

static const struct {
	int status;
	const char *name;
	bool retry;
} kinds[ERR_KINDS] = {
	[ERR_NONE]        = { EX_OK,          "EX_OK",          false },
	[ERR_USAGE]       = { EX_USAGE,       "EX_USAGE",       false },
	[ERR_DATA]        = { EX_DATAERR,     "EX_DATAERR",     false },
	[ERR_NOINPUT]     = { EX_NOINPUT,     "EX_NOINPUT",     true },
	[ERR_NOUSER]      = { EX_NOUSER,      "EX_NOUSER",      false },
	[ERR_NOHOST]      = { EX_NOHOST,      "EX_NOHOST",      true },
	[ERR_UNAVAILABLE] = { EX_UNAVAILABLE, "EX_UNAVAILABLE", true },
	[ERR_SOFTWARE]    = { EX_SOFTWARE,    "EX_SOFTWARE",    true },
	[ERR_OS]          = { EX_OSERR,       "EX_OSERR",       true },
	[ERR_CANTCREAT]   = { EX_CANTCREAT,   "EX_CANTCREAT",   true },
	[ERR_IO]          = { EX_IOERR,       "EX_IOERR",       true },
	[ERR_TEMP]        = { EX_TEMPFAIL,    "EX_TEMPFAIL",    true },
	[ERR_PROTOCOL]    = { EX_PROTOCOL,    "EX_PROTOCOL",    true },
	[ERR_NOPERM]      = { EX_NOPERM,      "EX_NOPERM",      true },
	[ERR_CONFIG]      = { EX_CONFIG,      "EX_CONFIG",      true },
};

static int set_text(struct err *e, enum err_kind kind, const char *text)
{
	e->kind = kind;
	ascii_printable_copy(e->text, sizeof e->text, text, strlen(text));
	return -1;
}

/* The formatted text, with ": " and MORE behind it unless that is NULL. */
static int set_formatted(struct err *e, enum err_kind kind, const char *more,
			 const char *fmt, va_list ap)
	__attribute__((format(printf, 4, 0)));

static int set_formatted(struct err *e, enum err_kind kind, const char *more,
			 const char *fmt, va_list ap)
{
	char text[ERR_TEXT_MAX], whole[2 * ERR_TEXT_MAX];

	vsnprintf(text, sizeof text, fmt, ap);
	if (more == NULL)
		return set_text(e, kind, text);
	snprintf(whole, sizeof whole, "%s: %s", text, more);
	return set_text(e, kind, whole);
}

int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	set_formatted(e, kind, NULL, fmt, ap);
	va_end(ap);
	return -1;
}

int err_sys(struct err *e, enum err_kind kind, int errnum, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	set_formatted(e, kind, strerror(errnum), fmt, ap);
	va_end(ap);
	return -1;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char old[ERR_TEXT_MAX];
	va_list ap;

	if (e == NULL)
		return -1;
	memcpy(old, e->text, sizeof old);
	va_start(ap, fmt);
	set_formatted(e, e->kind, old, fmt, ap);
	va_end(ap);
	return -1;
}

int err_exit(enum err_kind kind)
{
	return kinds[kind].status;
}

const char *err_exit_name(enum err_kind kind)
{
	return kinds[kind].name;
}

bool err_retry(enum err_kind kind)
{
	return kinds[kind].retry;
}
