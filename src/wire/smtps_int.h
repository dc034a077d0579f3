/*
 * The inside of the server engine, shared by the files that make it:
 * smtps.c (bytes, needs, content) and smtps_cmd.c (commands).  Nobody else
 * includes this.
 */
#ifndef WIRE_SMTPS_INT_H
#define WIRE_SMTPS_INT_H

#include "base/buf.h"
#include "wire/smtps.h"

enum smtps_state {
	SS_COMMAND,		/* command lines */
	SS_RESPONSE,		/* the line of an AUTH response */
	SS_BEGIN,		/* DATA was said, the driver makes room */
	SS_CONTENT,		/* lines of the message */
	SS_SKIP,		/* the same, forgotten */
	SS_MESSAGE,		/* whole, the driver delivers */
	SS_AUTH,		/* the driver verifies a login */
	SS_DONE
};

/* Where in a line of the content we are. */
enum dots { DOTS_BOL, DOTS_TEXT, DOTS_CR, DOTS_DOT, DOTS_DOT_CR };

struct smtps {
	const struct smtps_config *cfg;
	enum smtps_state state;
	struct buf in;		/* fed; */
	size_t at;		/* looked at up to here */
	struct buf out;		/* replies */
	bool eof;
	bool overlong;		/* the rest of a command line is dropped */
	unsigned bad;		/* commands refused */

	bool greeted;		/* EHLO, HELO or LHLO was said */
	bool authed;
	struct buf response;	/* SS_AUTH: what is to be verified */

	bool mail;		/* a transaction is begun */
	bool utf8;
	struct envelope env;
	size_t *said;		/* LMTP: recipient of each RCPT accepted */
	size_t rcpts;		/* RCPTs accepted */

	enum dots dots;
	struct buf content;	/* dots undone, for the driver */
	uint64_t size;		/* of the content so far */
	bool abort;		/* the driver must drop what it has */
	const char *why;	/* SS_SKIP: the reply at the end */
	struct buf *verdict;	/* SS_MESSAGE: a reply for each recipient */
	size_t settled;
};

/* Append a reply line and its CRLF. */
void smtps_reply(struct smtps *s, const char *line);

/* As smtps_reply(), for a command refused: too many end the session. */
void smtps_refuse(struct smtps *s, const char *line);

/* Forget the transaction. */
void smtps_reset(struct smtps *s);

/* smtps_cmd.c: a command line of N bytes without its CRLF. */
void smtps_command(struct smtps *s, const char *line, size_t n);

/* A line in answer to "334". */
void smtps_response(struct smtps *s, const char *line, size_t n);

#endif
