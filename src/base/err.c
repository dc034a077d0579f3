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

static void set_text(struct err *e, const char *text)
{
	ascii_printable_copy(e->text, sizeof e->text, text, strlen(text));
}

int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	e->kind = kind;
	set_text(e, text);
	return -1;
}

int err_sys(struct err *e, enum err_kind kind, int errnum, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return err_set(e, kind, "%s: %s", text, strerror(errnum));
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX], old[ERR_TEXT_MAX];
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	memcpy(old, e->text, sizeof old);
	return err_set(e, e->kind, "%s: %s", text, old);
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
