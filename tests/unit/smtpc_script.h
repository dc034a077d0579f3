/*
 * Conversations with the client engine as text, without a socket.
 *
 * A script is lines; each is played in order, and the whole script once for
 * every slice size of what the server says:
 *
 *	C text		the next WRITE holds this line (CRLF added); C lines in
 *			a row are one WRITE, exactly
 *	S text		the engine asks for READ; it is told this line (CRLF
 *			added); S lines in a row are one run of bytes
 *	s text		as S, raw: \r \n \0 \\ are read, nothing is added
 *	F text		as S whatever the engine asks for: bytes that come early
 *	TLS		the engine asks for TLS, and gets it
 *	READY		it asks for mail
 *	MAIL n		it is given message n of the row, which it takes
 *	REFUSE n kind	it is given message n, which it does not take
 *	BODY form	it asks for the content, "dots" or "raw"; the content is
 *			handed over to its end
 *	HALF form	the same, and the content is not finished
 *	END		the content of a HALF is finished
 *	AHEAD n		it is given message n with smtpc_ahead(), which it takes
 *	NOT_AHEAD n	the same, which it does not take; it says nothing
 *	AHEAD_END	the content of that is handed over to its end
 *	RESUME		smtpc_resume(), which finds the one ahead
 *	NO_RESUME	the same, and there is none
 *	HELD		smtpc_feed_held()
 *	QUIT		smtpc_quit()
 *	LOST kind	smtpc_lost()
 *	DONE		it is done
 *	FAILED kind glob	it failed with that kind and that text
 *	OF n		V is about message n from here; else it is about the
 *			one given last by MAIL or REFUSE, or resumed
 *	V i verdict [kind [code [maybe] [local]]]	the verdict of recipient i
 *	LAST code	smtpc_last_reply()
 *	STEP text	smtpc_step()
 *	AT_END yes	smtpc_at_end()
 *	TAKES yes	smtpc_takes_ahead()
 *	SENDER yes	smtpc_sender_taken()
 *	MECH name	smtpc_mech()
 */
#ifndef TESTS_UNIT_SMTPC_SCRIPT_H
#define TESTS_UNIT_SMTPC_SCRIPT_H

#include "unit.h"

#include "wire/smtpc.h"

#define SCRIPT_MAILS 4		/* messages of a row */

struct script_mail {
	const char *from;
	const char *to;		/* recipients, separated by blanks */
	uint64_t size;
	bool eightbit, utf8_header, partial, last, one_flight;
	unsigned notify;
	enum dsn_ret ret;
	const char *envid;
	const char *orcpt;	/* of every recipient */
	unsigned rcpt_notify;	/* of the first recipient */
};

struct script {
	const char *name;
	/* configuration */
	enum smtpc_tls tls;
	enum smtpc_pipelining pipelining;
	bool chunking, lmtp;
	const char *domain;	/* NULL: "me" */
	const char *rmqs;
	const char *user, *secret;	/* user set: log in */
	const char *mech;	/* forced */
	bool cleartext;
	enum sasl_binding bind;	/* of the connection, data "binding" */
	struct script_mail mail[SCRIPT_MAILS];
	const char *text;
};

/* Play all rows; a cmocka failure names row, slice size and script line. */
void script_play(const struct script *rows, size_t n);

#endif
