/*
 * An account: everything that decides how one mail travels.
 *
 * Filled from the option table (opt.h), from an rc file (rc.h), from the
 * command line, or from all three; every field has one row in the table.
 */
#ifndef CONF_ACCOUNT_H
#define CONF_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/secret.h"
#include "base/strv.h"

#define ACCOUNT_OPTS 96		/* more rows than the table has */

/* Words of CHOICE rows; the table has their spelling. */
enum { OFF = 0, ON = 1, AUTO = 2 };
enum protocol { PROTO_SMTP, PROTO_LMTP };
enum auth_mode { AUTH_OFF, AUTH_AUTO, AUTH_MECH };
enum to_header { TO_OFF, TO_ON, TO_UNDISCLOSED };
enum queue_mode { QUEUE_OFF, QUEUE_ON, QUEUE_AUTO, QUEUE_ONLY };
enum sender_mode { SENDER_KEEP, SENDER_FIX, SENDER_FORCE };
enum pipe_mode { PIPE_OFF, PIPE_AUTO, PIPE_FULL };
enum unencodable { EIGHTBIT_PASS, EIGHTBIT_CONVERT, EIGHTBIT_REFUSE };

/* Where a value came from, for messages and --print-config. */
struct origin {
	const char *file;	/* borrowed from the rc, NULL: command line */
	unsigned line;		/* of the file, from 1; for the command line the
				 * word's place in argv; 0: not set (the default
				 * holds) */
};

struct account {
	char *id;		/* name; "" for the command line's own */
	struct origin begun;	/* its `account` line; line 0: none */
	struct strv host;	/* tried in order */
	int port;		/* 0: by protocol and tls */
	char *socket;
	char *source_ip;
	char *proxy_host;
	int proxy_port;
	char *proxy_user;
	struct secret proxy_password;
	int timeout;		/* seconds; 0: off (RFC 5321's own limits) */
	int deadline;		/* seconds for the whole delivery */
	int protocol;		/* enum protocol */
	char *domain;
	char *from;
	char *from_full_name;
	int allow_from_override;
	int auto_from;		/* obsolete */
	char *maildomain;	/* obsolete */
	int auth;		/* enum auth_mode */
	char *auth_mech;	/* upper case, when AUTH_MECH */
	int auth_cleartext;
	char *user;
	struct secret password;
	char *passwordeval;
	char *passwordfile;
	char *ntlmdomain;
	int tls, tls_starttls, tls_certcheck;
	char *tls_trust_file;	/* "system", a path, or NULL: none */
	char *tls_crl_file;
	char *tls_fingerprint;	/* as written; checked: 32, 20 or 16 bytes */
	char *tls_key_file, *tls_cert_file;
	char *tls_priorities;
	char *tls_host_override;
	int tls_min_dh_prime_bits;
	int tls_resumption;	/* OFF ON */
	unsigned dsn_notify;	/* DSN_* set */
	int dsn_return;		/* enum dsn_ret */
	int set_from_header;	/* OFF ON AUTO */
	int set_date_header, set_msgid_header;	/* OFF AUTO */
	int set_to_header;	/* enum to_header */
	int remove_bcc_headers;
	char *logfile;
	char *logfile_time_format;
	int syslog;		/* LOG_* facility number, -1: off */
	char *aliases;
	int pipelining;		/* enum pipe_mode */
	int chunking;		/* OFF AUTO */
	int eightbit;		/* enum unencodable: on a relay without 8BITMIME */
	int queue;		/* enum queue_mode */
	char *queue_dir;
	char *retry;		/* schedule, as written and checked */
	int queue_lifetime;	/* seconds */
	int queue_warn;		/* seconds; 0: no delay notice */
	int sender;		/* enum sender_mode */
	char *qualify_domain;
	int partial;		/* OFF ON AUTO */
	char *bs_auth;		/* file of NAME:PASSWORD lines for -bs, or NULL */
	struct origin origin[ACCOUNT_OPTS];	/* by row number of the table */
};

/* All defaults of the table, id "". */
void account_init(struct account *a);

/* A deep copy of FROM; A is initialised by this. */
void account_copy(struct account *a, const struct account *from);

/* Those settings of FROM that were set (origin.line > 0) over those of A. */
void account_merge(struct account *a, const struct account *from);

/* Free everything and wipe the secrets; init it again before use. */
void account_clear(struct account *a);

/* Was row I (opt_index) set by anybody? */
bool account_isset(const struct account *a, size_t i);

/* The port to connect to: as set, else 25, 465 with TLS from the first
 * byte, 0 for LMTP, which has none by custom. */
int account_port(const struct account *a);

/* The proxy's port: as set, else 1080; 0 without proxy_host. */
int account_proxy_port(const struct account *a);

#endif
