/*
 * What went wrong: a kind, which decides what the caller does about it,
 * and one line for a person.
 *
 * The line is lower case, names things in quotes, says first what failed
 * and then why: "cannot open 'x': no such file".  It never holds a secret
 * and never a control character: err_set() makes it printable, so foreign
 * text may be passed in.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

enum err_kind {
	ERR_NONE,
	ERR_USAGE,	/* the command line is wrong */
	ERR_DATA,	/* the message or an address is wrong, or was refused */
	ERR_NOINPUT,	/* a trust, key, certificate or CRL file cannot be used */
	ERR_NOUSER,	/* a recipient was refused for good (sendmail face) */
	ERR_NOHOST,	/* the relay's name does not exist */
	ERR_UNAVAILABLE,/* the relay cannot or will not do what is needed */
	ERR_SOFTWARE,	/* a library failed in a way it should not */
	ERR_OS,		/* the system refused a resource */
	ERR_CANTCREAT,	/* an output file cannot be made */
	ERR_IO,		/* reading or writing a local file failed */
	ERR_TEMP,	/* trouble that time may cure */
	ERR_PROTOCOL,	/* the other side does not speak SMTP or TLS */
	ERR_NOPERM,	/* the login was refused */
	ERR_CONFIG,	/* the rc file is wrong */
	ERR_KINDS	/* how many there are */
};

#define ERR_TEXT_MAX 1024	/* bytes with the NUL; longer text is cut */

struct err {
	enum err_kind kind;
	char text[ERR_TEXT_MAX];
};

#define ERR_INIT { .kind = ERR_NONE }

/* Record KIND and the formatted text; always -1.  E may be NULL. */
int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* As err_set() with ": " and the text of errno value ERRNUM behind. */
int err_sys(struct err *e, enum err_kind kind, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Put the formatted text and ": " before what E says; always -1. */
int err_wrap(struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The sysexits status of KIND, 0 for ERR_NONE. */
int err_exit(enum err_kind kind);

/* Its name as in sysexits.h, "EX_OK" for ERR_NONE. */
const char *err_exit_name(enum err_kind kind);

/*
 * Should a queued mail stay queued after this?  True for everything but
 * what is wrong with the message itself: trouble with the network, the
 * login or the configuration can be cured while the mail waits.
 */
bool err_retry(enum err_kind kind);

#endif
