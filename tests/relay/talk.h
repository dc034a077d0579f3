/*
 * The player of dialogue files, seen from its own files.  What a dialogue file
 * may say stands at the top of talk.c.
 *
 * A test that fails ends the program at once: fail() tells what happened, and
 * what was started and made is cleaned up at exit.
 */
#ifndef TESTS_RELAY_TALK_H
#define TESTS_RELAY_TALK_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tool.h"

struct verb;

struct step {
	unsigned line;		/* of the script */
	const struct verb *verb;
	char *text;		/* what follows the word, variables put in */
	bool has_block;		/* <<EOF or < FILE was given */
	struct bytes block;	/* its content */
};

enum phase { SETUP, DIALOGUE, CHECK };

struct verb {
	const char *word;
	enum phase phase;
	void (*act)(const struct step *s);
};
extern const struct verb verbs[];

/* talk.c: the whole test. */
struct talk {
	const char *script;
	struct step *steps;
	size_t nsteps;
	const struct step *now;	/* for messages */
	char *dir;		/* throwaway, and HOME of the program */
	bool keep, verbose;
	int64_t start, deadline;	/* ms */
	struct bytes transcript;

	/* as set up */
	char *listen;		/* plain starttls tls unix refuse */
	char *args, *as;
	char *rc_mode;
	struct bytes rc_lines, rc_file, input, env;
	char *stdin_path;
	long limit_files, limit_size;	/* -1: none */
	bool has_rc_file, has_input, want_log, close_fd[3], break_fd[3];
	bool has_exit, has_stderr;

	/* the program */
	pid_t pid;
	bool ended;
	int status;
	long rss_kb;
	int64_t took;
};
extern struct talk talk;

void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void note(const char *mark, const void *p, size_t n);	/* for the transcript */

/* Puts variables in: ${PORT} ${DIR} ${CA} ${CERTS} ${SIZE} ${SHA256:NAME}. */
char *put_variables(const char *text);
/* \r \n \t \0 \\ \" \xHH and, in double quotes, blanks. */
void unescape(const char *text, struct bytes *out);
/* LF to CRLF, as the program should. */
void to_crlf(const struct bytes *in, struct bytes *out);
/* Does the glob match text; both are one line. */
bool line_matches(const char *glob, const char *text);

/* script.c */
void script_read(const char *path);

/* program.c */
void program_prepare(void);
void program_start(void);
bool program_ended(void);		/* looks, does not wait */
void program_wait(void);		/* until the deadline, then fails */
void program_signal(const char *name);
void program_cleanup(void);

/* peer.c: the server's side. */
void peer_listen(const char *kind);
unsigned peer_port(void);
void peer_no_more(void);		/* fails if another connection came */
void peer_finish(void);			/* the ordinary end of a connection */
const struct bytes *peer_clear(void);	/* all that came in clear */
void do_accept(const struct step *s);
void do_send_line(const struct step *s);
void do_send_raw(const struct step *s);
void do_send_below(const struct step *s);
void do_endless(const struct step *s);
void do_trickle(const struct step *s);
void do_split(const struct step *s);
void do_delay(const struct step *s);
void do_close(const struct step *s);
void do_bye(const struct step *s);
void do_reset(const struct step *s);
void do_stall(const struct step *s);
void do_tls(const struct step *s);
void do_signal(const struct step *s);
/* For wire.c: a line without CRLF; false at the end of the connection. */
bool peer_line(struct bytes *line);
size_t peer_bytes(struct bytes *out, size_t n);	/* fewer at the end */
bool peer_quiet(int64_t ms);		/* nothing comes for so long */
void peer_send(const void *p, size_t n);
void peer_over(void);			/* the rest is nobody's business */

/* wire.c: what is expected of the client. */
void do_line(const struct step *s);
void do_glob(const struct step *s);
void do_raw(const struct step *s);
void do_data(const struct step *s);
void do_data_glob(const struct step *s);
void do_bdat(const struct step *s);
void do_skip(const struct step *s);
void do_until(const struct step *s);
void do_eof(const struct step *s);
void do_nothing(const struct step *s);
void do_quiet(const struct step *s);
void do_greet(const struct step *s);
void do_ehlo(const struct step *s);
void do_starttls(const struct step *s);

/* check.c: what is expected of the program. */
void check_exit(const struct step *s);
void check_stderr(const struct step *s);
void check_not_stderr(const struct step *s);
void check_stdout(const struct step *s);
void check_not_stdout(const struct step *s);
void check_log(const struct step *s);
void check_log_lines(const struct step *s);
void check_secret(const struct step *s);
void check_memory(const struct step *s);
void check_file(const struct step *s);
void check_always(void);

#endif
