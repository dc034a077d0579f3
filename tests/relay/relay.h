/*
 * The bundled relay, seen from its own files.  What it does and how it is
 * called stands at the top of relay.c.
 *
 * One process, one epoll loop, no threads: a client is a struct client, read
 * until the kernel has no more, and answered in one write for all that was read.
 */
#ifndef TESTS_RELAY_RELAY_H
#define TESTS_RELAY_RELAY_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tool.h"

/* What EHLO offers; the names stand in options.c. */
enum cap {
	CAP_PIPELINING, CAP_CHUNKING, CAP_8BITMIME, CAP_SMTPUTF8, CAP_SIZE, CAP_DSN,
	CAP_CODES, CAP_LIMITS, CAP_STARTTLS, CAP_AUTH, CAP_ETRN, CAP_COUNT
};

/* Rules that a client may break, one name each (options.c).  Breaking one is
 * answered with an error and recorded, unless the rule is in --lax. */
enum rule {
	RULE_BARE_CR, RULE_BARE_LF, RULE_COMMAND_LENGTH, RULE_TEXT_LENGTH, RULE_ORDER,
	RULE_SYNTAX, RULE_ADDRESS, RULE_LOCAL, RULE_PARAMETER, RULE_8BIT, RULE_UTF8,
	RULE_SIZE, RULE_SYNC, RULE_EARLY, RULE_DOTS, RULE_ENDING, RULE_CLEAR_SECRET,
	RULE_INJECTION, RULE_LIMITS, RULE_COUNT
};

enum listen_kind { PLAIN, STARTTLS, TLS };

struct source {			/* what an epoll event points to */
	enum { FROM_LISTENER, FROM_CLIENT, FROM_CONTROL, FROM_ASKER, FROM_STDIN } type;
	int fd;
};

struct listener {
	struct source v4, v6;	/* a unix socket uses v4 */
	const char *name;	/* its variable in the list of ports */
	enum listen_kind kind;
	bool lmtp;
	unsigned port;
	int held4, held6;	/* bound to it and never listening: nobody else
				 * gets it while connections are refused */
	const char *path;	/* of a unix socket */
	struct listener *next;
};

/* Where something can be made to fail (--fail), in the order of a session. */
enum step {
	STEP_CONNECT, STEP_GREETING, STEP_EHLO, STEP_STARTTLS, STEP_AUTH, STEP_MAIL,
	STEP_RCPT, STEP_DATA, STEP_BODY, STEP_END, STEP_COUNT
};

enum act { ACT_REPLY, ACT_STALL, ACT_DROP, ACT_RESET, ACT_LOSE };

struct fault {
	enum step step;
	enum act act;
	int code;		/* of ACT_REPLY */
	double percent;		/* how often, 100 when not said */
	char *match;		/* glob for the address or name, or NULL */
	char *text;		/* of the reply, or NULL */
	long left;		/* how often still, -1 without end */
	size_t after;		/* STEP_BODY: bytes of content before it strikes */
	struct fault *next;
};

struct login {
	char *name, *password;
	struct login *next;
};

struct conf {
	char *dir, *log, *ports, *ca, *cert, *priority, *host, *limits, *extra;
	char *mechs;
	struct listener *listeners;
	struct login *logins;
	struct fault *faults;
	bool caps[CAP_COUNT], lax[RULE_COUNT];
	bool background, until_eof, ipv6, require_auth, require_tls, discard;
	bool tickets, lie;
	int client_cert;	/* gnutls_certificate_request_t */
	size_t max_size;
	long max_mails, max_rcpts, idle, lifetime, delay, scram_iterations;
};
extern struct conf conf;

enum mode { IN_COMMANDS, IN_AUTH, IN_DATA, IN_BDAT };

struct rcpt {
	char *address, *params;
};

/* A message on its way in; see content.h's part below. */
struct content {
	struct bytes mem;	/* what is not in the file yet */
	int fd;			/* spill file, or -1 */
	char *path;
	size_t size, line, longest;
	char last;		/* last byte seen */
	bool nul, eight;
	bool broke[RULE_COUNT];
};

struct sasl;

struct client {
	struct source src;
	const struct listener *from;
	unsigned id;		/* of the session, from 1 */
	struct client *next, *prev;

	gnutls_session_t tls;	/* NULL in clear */
	bool shaking;		/* handshake under way */
	bool upgrade;		/* 220 to STARTTLS is in out: flush, then shake */
	bool closing;		/* flush, then close */
	bool stalled, gone, want_write;
	int64_t seen, due;	/* last input; when out may go (0: at once) */
	struct bytes in, out;
	bool answered;		/* something was flushed since the last input */
	unsigned flights;	/* bursts of input, handshake not counted */

	enum mode mode;
	char *helo;		/* the whole command, NULL before it */
	bool ehlo, quit;
	struct sasl *sasl;
	char *mech, *user;	/* after a login */
	unsigned mails;		/* accepted */

	/* the transaction */
	bool mail_refused;	/* MAIL was sent and refused: what is pipelined
				 * behind it is no fault of the client */
	char *from_address, *from_params;
	bool utf8, eight;	/* as declared in MAIL */
	size_t declared;	/* SIZE= */
	bool has_declared;
	struct rcpt *rcpts;
	size_t nrcpts, rcpts_room;
	bool line_start;	/* DATA: behind CRLF */
	size_t chunk;		/* BDAT: still to come of this one */
	bool chunk_last, chunk_void;	/* void: swallow and refuse */
	unsigned chunks;
	struct content body;
};

/* options.c: fills conf or dies. */
void options_read(int argc, char **argv);
const char *rule_name(enum rule r);
const char *cap_name(enum cap c);
void add_fault(const char *text);	/* "STEP,ACTION[,key=value...]"; dies */
bool parse_fault(const char *text, char **why);
void clear_faults(void);

/* fault.c: the fault that strikes at this step for this address or name. */
const struct fault *fault_at(enum step step, const char *subject);
void fault_seed(unsigned long seed);

/* syntax.c: NULL when it is good, else what is wrong with it. */
const char *check_mailbox(const char *s, bool utf8);
const char *check_domain(const char *s, bool utf8);
const char *check_xtext(const char *s);
bool has_8bit(const char *s);

/* content.c */
void content_init(struct content *b);
void content_add(struct content *b, const char *p, size_t n);
void content_clear(struct content *b);

/* store.c: files in conf.dir. */
void store_open(void);
void store_log(const struct client *c, char side, const char *p, size_t n);
/* Records a broken rule.  True when the client is to be refused for it. */
bool breach(const struct client *c, enum rule r, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Stores the message; accepted[i] tells which recipients it was accepted for
 * (NULL: all).  Returns its number. */
unsigned long store_message(struct client *c, const bool *accepted, bool lost);
void store_session(const struct client *c);
void store_stats(struct bytes *out);
void count_refusal(void);

/* auth.c.  Each queues the reply. */
void auth_setup(void);
void auth_list(const struct client *c, struct bytes *out);	/* " PLAIN LOGIN..." */
void auth_start(struct client *c, const char *args, bool more_behind);
void auth_line(struct client *c, const char *line);
void auth_free(struct client *c);

/* smtp.c */
void smtp_greet(struct client *c);
void smtp_input(struct client *c);	/* takes what it can from c->in */
void smtp_forget(struct client *c);	/* the transaction */
void reply(struct client *c, int code, const char *enhanced, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Does what the fault says.  True when it has dealt with the command. */
bool strike(struct client *c, enum step step, const char *subject);

/* mail.c: the commands of a transaction. */
void smtp_mail(struct client *c, const char *args);
void smtp_rcpt(struct client *c, const char *args);
void smtp_data(struct client *c, const char *args);
void smtp_bdat(struct client *c, const char *args);
size_t data_input(struct client *c, const char *p, size_t n);
size_t bdat_input(struct client *c, const char *p, size_t n);

/* client.c: descriptors and TLS. */
void tls_setup(void);
void client_accept(const struct listener *l, int fd);
void client_ready(struct client *c);	/* an event, or its time has come */
void client_kill(struct client *c, bool reset);
void client_ticks(int64_t now);
int client_due(int64_t now);	/* ms until the next tick is needed, at most 1000 */
extern struct client *clients;
extern int poll_fd;

/* control.c */
void control_open(void);
void control_accept(void);
void control_input(struct source *s);
void control_idle(void);	/* tells who waits for it */
int control_tell(const char *path, int argc, char **argv);
void listeners_open(void);	/* relay.c */
void listeners_close(void);
extern bool stopping;
extern int64_t listen_again;	/* 0, or when to open the listeners again */

#endif
