#include "sys/tls.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "sys/clock.h"
#include "sys/session.h"
#include "sys/ticket.h"
#include "sys/verify.h"
#include "sys/await.h"

#define IDLE_RECORDS 1000	/* that carry nothing, in a row */

/* ---- below GnuTLS: the socket ------------------------------------------ */

static ssize_t push_raw(gnutls_transport_ptr_t ptr, const void *p, size_t n)
{
	struct tls *t = ptr;

	if (n > t->raw.max - t->raw.len) {	/* drop what is written */
		buf_consume(&t->raw, t->raw_sent);
		t->raw_sent = 0;
	}
	buf_add(&t->raw, p, n);
	if (t->raw.full) {
		t->io_errno = EMSGSIZE;
		gnutls_transport_set_errno(t->session, EMSGSIZE);
		return -1;
	}
	return (ssize_t)n;
}

static ssize_t from_socket(struct tls *t, void *p, size_t n)
{
	ssize_t got;

	/* Before our part of the handshake is written there is no answer. */
	if (!t->up && tls_wants_write(t)) {
		t->dry = true;
		gnutls_transport_set_errno(t->session, EAGAIN);
		return -1;
	}
	do {
		got = recv(t->fd, p, n, 0);
	} while (got < 0 && errno == EINTR);
	if (got < 0) {
		t->dry = errno == EAGAIN || errno == EWOULDBLOCK;
		t->io_errno = errno;
		gnutls_transport_set_errno(t->session, t->dry ? EAGAIN : errno);
	}
	return got;
}

static ssize_t pull_raw(gnutls_transport_ptr_t ptr, void *p, size_t n)
{
	struct tls *t = ptr;

	if (t->in_at == t->in_len) {
		ssize_t got;

		if (n >= sizeof t->in)
			return from_socket(t, p, n);
		got = from_socket(t, t->in, sizeof t->in);
		if (got <= 0)
			return got;
		t->in_at = 0;
		t->in_len = (size_t)got;
		if (t->first_n == 0) {
			t->first_n = t->in_len < sizeof t->first ? t->in_len :
				sizeof t->first;
			memcpy(t->first, t->in, t->first_n);
		}
	}
	if (n > t->in_len - t->in_at)
		n = t->in_len - t->in_at;
	memcpy(p, t->in + t->in_at, n);
	t->in_at += n;
	return (ssize_t)n;
}

int tls_push(struct tls *t, struct err *e)
{
	while (t->raw_sent < t->raw.len) {
		ssize_t put = send(t->fd, t->raw.p + t->raw_sent,
				   t->raw.len - t->raw_sent, MSG_NOSIGNAL);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (put < 0 && errno == EPIPE)
			return err_set(e, ERR_TEMP,
				       "the other side closed the connection");
		if (put < 0)
			return err_sys(e, ERR_TEMP, errno, "the connection broke");
		t->raw_sent += (size_t)put;
	}
	buf_clear(&t->raw);
	t->raw_sent = 0;
	return 1;
}

bool tls_wants_write(const struct tls *t)
{
	return t->raw_sent < t->raw.len;
}

/* ---- what went wrong --------------------------------------------------- */

/* Alerts with which a server says what it thinks of our certificate. */
static bool about_our_cert(const struct tls *t, gnutls_alert_description_t a)
{
	switch (a) {
	case GNUTLS_A_CERTIFICATE_REQUIRED:
	case GNUTLS_A_BAD_CERTIFICATE:
	case GNUTLS_A_UNSUPPORTED_CERTIFICATE:
	case GNUTLS_A_CERTIFICATE_REVOKED:
	case GNUTLS_A_CERTIFICATE_EXPIRED:
	case GNUTLS_A_CERTIFICATE_UNKNOWN:
	case GNUTLS_A_UNKNOWN_CA:
	case GNUTLS_A_ACCESS_DENIED:
		return true;
	case GNUTLS_A_HANDSHAKE_FAILURE:
	case GNUTLS_A_DECODE_ERROR:
		/* TLS 1.2 has no word of its own for it; the first is what
		 * most servers say, the second what GnuTLS does. */
		return gnutls_certificate_client_get_request_status(t->session) != 0;
	default:
		return false;
	}
}

static int by_alert(struct tls *t, struct err *e)
{
	gnutls_alert_description_t a = gnutls_alert_get(t->session);
	const char *name = gnutls_alert_get_name(a);

	name = name != NULL ? name : "unknown alert";
	if (about_our_cert(t, a) && !t->creds->own_cert)
		return err_set(e, ERR_UNAVAILABLE, "the other side demands a client "
			       "certificate (its alert: %s): set tls_cert_file and "
			       "tls_key_file", name);
	if (about_our_cert(t, a))
		return err_set(e, ERR_UNAVAILABLE, "the other side refuses our "
			       "client certificate (its alert: %s)", name);
	if (a == GNUTLS_A_UNRECOGNIZED_NAME)
		return err_set(e, ERR_UNAVAILABLE, "the other side knows no host "
			       "'%s' (its alert: %s)", t->creds->host, name);
	if (t->up || a == GNUTLS_A_INTERNAL_ERROR || a == GNUTLS_A_USER_CANCELED ||
	    a == GNUTLS_A_CLOSE_NOTIFY)
		return err_set(e, ERR_TEMP, "the other side ended the TLS session: "
			       "%s", name);
	return err_set(e, ERR_PROTOCOL, "the other side refuses the TLS handshake: "
		       "%s%s", name, a == GNUTLS_A_PROTOCOL_VERSION ?
		       " (it may know only versions that are no longer safe)" : "");
}

/* The first byte of a record tells its type, 20 to 23. */
static bool speaks_tls(const struct tls *t)
{
	return t->first_n == 0 || (t->first[0] >= 20 && t->first[0] <= 23);
}

static int no_tls(const struct tls *t, struct err *e)
{
	struct buf text = BUF_INIT(256);
	size_t n = 0;
	bool smtp = t->first_n >= 4 && memcmp(t->first, "220", 3) == 0;

	while (n < t->first_n && t->first[n] != '\r' && t->first[n] != '\n')
		n++;
	ascii_printable(&text, t->first, n);
	err_set(e, ERR_PROTOCOL, "the other side does not speak TLS here: it began "
		"with '%s'%s", buf_str(&text), smtp ? " (that is SMTP before "
		"STARTTLS: set tls_starttls on)" : "");
	buf_free(&text);
	return -1;
}

/* GnuTLS said CODE: fill E; always -1. */
static int explain(struct tls *t, int code, struct err *e)
{
	const char *when = t->up ? "" : " in the TLS handshake";

	switch (code) {
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
		return by_alert(t, e);
	case GNUTLS_E_PREMATURE_TERMINATION:
		return err_set(e, ERR_TEMP, "the other side closed the "
			       "connection%s", when);
	case GNUTLS_E_PULL_ERROR:
	case GNUTLS_E_PUSH_ERROR:
		return err_sys(e, ERR_TEMP, t->io_errno, "the connection "
			       "broke%s", when);
	case GNUTLS_E_MEMORY_ERROR:
		return err_set(e, ERR_OS, "out of memory in TLS");
	default:
		break;
	}
	if (t->up)
		return err_set(e, ERR_TEMP, "the TLS session is damaged: %s",
			       gnutls_strerror(code));
	if (!speaks_tls(t))
		return no_tls(t, e);
	return err_set(e, ERR_PROTOCOL, "the TLS handshake failed: %s",
		       gnutls_strerror(code));
}

/* ---- the handshake ----------------------------------------------------- */

/*
 * Called in the middle of the handshake, before anything of ours but the
 * hello has gone out.  Not zero ends it.
 */
static int on_certificate(gnutls_session_t session)
{
	struct tls *t = gnutls_session_get_ptr(session);

	if (!t->creds->policy->certcheck)
		return 0;
	if (verify_peer(session, t->creds, &t->alert, &t->refused) < 0)
		return GNUTLS_E_CERTIFICATE_ERROR;
	t->verified = true;
	return 0;
}

static int set_up(struct tls *t, struct tls_creds *c, int fd)
{
	int r;

	t->fd = fd;
	t->creds = c;
	buf_init(&t->raw, SESSION_RAW_MAX);
	/* What is not going to be resumed need not be sent. */
	r = gnutls_init(&t->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK |
			GNUTLS_NO_SIGNAL |
			(c->policy->resume == NULL ? GNUTLS_NO_TICKETS : 0));
	if (r < 0) {
		t->session = NULL;
		return r;
	}
	gnutls_session_set_ptr(t->session, t);
	gnutls_transport_set_ptr(t->session, t);
	gnutls_transport_set_push_function(t->session, push_raw);
	gnutls_transport_set_pull_function(t->session, pull_raw);
	r = gnutls_priority_set(t->session, c->prio);
	/* behind the priorities, which set it as well */
	if (c->policy->min_dh_prime_bits > 0)
		gnutls_dh_set_prime_bits(t->session,
					 (unsigned)c->policy->min_dh_prime_bits);
	if (r == 0)
		r = gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE,
					   c->cred);
	if (r == 0 && c->ip_len == 0 && c->host[0] != '\0')
		r = gnutls_server_name_set(t->session, GNUTLS_NAME_DNS, c->host,
					   strlen(c->host));
	gnutls_certificate_set_verify_function(c->cred, on_certificate);
	t->offered = r == 0 && ticket_offer(c, t->session, &t->ticket);
	return r;
}

/* Wait for what the handshake needs, its own output written first. */
static int handshake_wait(struct tls *t, int64_t deadline, struct err *e)
{
	int r = tls_push(t, e);

	if (r < 0)
		return tls_why(t, e);
	if (r > 0 && !t->dry)
		return 0;	/* a record without a message: go on at once */
	if (await_fd(t->fd, r > 0 ? POLLIN : POLLOUT, deadline,
		     "in the TLS handshake", e) < 0)
		return -1;
	t->dry = false;
	return 0;
}

static int shake_hands(struct tls *t, int64_t deadline, struct err *e)
{
	for (int idle = 0; idle < IDLE_RECORDS; ) {
		int r = gnutls_handshake(t->session);

		if (r == GNUTLS_E_SUCCESS)
			return 0;
		if (r == GNUTLS_E_CERTIFICATE_ERROR && t->refused.kind != ERR_NONE) {
			if (e != NULL)
				*e = t->refused;
			gnutls_alert_send(t->session, GNUTLS_AL_FATAL, t->alert);
			return -1;
		}
		if (r == GNUTLS_E_AGAIN) {
			if (handshake_wait(t, deadline, e) < 0)
				return -1;
			continue;
		}
		if (gnutls_error_is_fatal(r)) {
			if (r != GNUTLS_E_FATAL_ALERT_RECEIVED && speaks_tls(t))
				gnutls_alert_send_appropriate(t->session, r);
			return explain(t, r, e);
		}
		idle++;		/* warnings; GnuTLS has swallowed them */
	}
	return err_set(e, ERR_PROTOCOL, "the TLS handshake goes on for ever");
}

int tls_start(struct stream *s, struct tls_creds *c, int64_t deadline,
	      struct err *e)
{
	struct tls *t;
	int r;

	if (s->tls != NULL || s->out.len > 0)
		return err_set(e, ERR_SOFTWARE, "TLS started on an unfit stream");
	t = xcalloc(1, sizeof *t);
	r = set_up(t, c, s->fd);
	if (r < 0) {
		err_set(e, ERR_SOFTWARE, "cannot set up TLS: %s", gnutls_strerror(r));
		tls_free(t);
		return -1;
	}
	r = shake_hands(t, deadline, e);
	/* A ticket that leads nowhere is gone; without it all may be well. */
	if (r < 0 && t->offered && e != NULL && e->kind == ERR_PROTOCOL)
		e->kind = ERR_TEMP;
	t->resumed = r == 0 && t->offered &&
		gnutls_session_is_resumed(t->session) != 0;
	/* A suite without certificates never comes to on_certificate(). */
	if (r == 0 && c->policy->certcheck && !t->verified && !t->resumed)
		r = err_set(e, ERR_UNAVAILABLE, "'%s' showed no certificate",
			    c->host);
	if (r < 0) {
		tls_push(t, NULL);
		tls_free(t);
		return -1;
	}
	t->up = true;
	s->tls = t;
	return 0;
}

/* ---- bytes ------------------------------------------------------------- */

long tls_send(struct tls *t, const char *p, size_t n, struct err *e)
{
	ssize_t put;

	if (t->raw.len - t->raw_sent >= SESSION_RAW_HIGH) {
		int r = tls_push(t, e);

		if (r <= 0)
			return r;
	}
	do {
		put = gnutls_record_send(t->session, p, n);
	} while (put == GNUTLS_E_INTERRUPTED || put == GNUTLS_E_AGAIN);
	return put < 0 ? explain(t, (int)put, e) : put;
}

/*
 * One call of GnuTLS after the other until it gives bytes, the end (0), an
 * error, or GNUTLS_E_AGAIN because the socket is empty.  It says "again"
 * also after a record that is not for us, with more already in our buffer.
 */
static int record_recv(struct tls *t, char *p, size_t n)
{
	for (int idle = 0; idle < IDLE_RECORDS; idle++) {
		ssize_t got;

		t->dry = false;
		got = gnutls_record_recv(t->session, p, n);
		switch (got) {
		case GNUTLS_E_AGAIN:
			if (t->dry)
				return GNUTLS_E_AGAIN;
			break;
		case GNUTLS_E_INTERRUPTED:
		case GNUTLS_E_REHANDSHAKE:	/* asked for; we need not */
		case GNUTLS_E_WARNING_ALERT_RECEIVED:
			break;
		case GNUTLS_E_PREMATURE_TERMINATION:
			return 0;
		default:
			return (int)got;
		}
	}
	return GNUTLS_E_TOO_MANY_EMPTY_PACKETS;
}

long tls_recv(struct tls *t, char *p, size_t n, struct err *e)
{
	int got;

	n = n < SESSION_RAW_HIGH ? n : SESSION_RAW_HIGH;
	if (t->ahead == AHEAD_BYTE && n > 0) {
		t->ahead = AHEAD_NONE;
		*p = t->ahead_byte;
		if (n == 1 || gnutls_record_check_pending(t->session) == 0)
			return 1;
		got = record_recv(t, p + 1, n - 1);
		return got > 0 ? got + 1 : 1;
	}
	got = t->ahead == AHEAD_RESULT ? t->ahead_result : record_recv(t, p, n);
	if (got == GNUTLS_E_AGAIN)
		return TLS_AGAIN;
	return got < 0 ? explain(t, got, e) : got;
}

bool tls_look(struct tls *t)
{
	int got;

	if (t->ahead != AHEAD_NONE || gnutls_record_check_pending(t->session) > 0)
		return true;
	got = record_recv(t, &t->ahead_byte, 1);
	if (got == GNUTLS_E_AGAIN)
		return false;
	t->ahead = got > 0 ? AHEAD_BYTE : AHEAD_RESULT;
	t->ahead_result = got;
	return true;
}

bool tls_pending(struct tls *t)
{
	return t->ahead != AHEAD_NONE ||
		gnutls_record_check_pending(t->session) > 0 ||
		(t->in_at < t->in_len && tls_look(t));
}

int tls_why(struct tls *t, struct err *e)
{
	if (t->up && tls_look(t) && t->ahead == AHEAD_RESULT &&
	    t->ahead_result == GNUTLS_E_FATAL_ALERT_RECEIVED)
		by_alert(t, e);
	return -1;
}

/* ---- the end ----------------------------------------------------------- */

void tls_bye(struct tls *t)
{
	if (!t->up || tls_wants_write(t))
		return;
	ticket_keep(t->creds, t->session, t->resumed ? &t->ticket : NULL);
	gnutls_bye(t->session, GNUTLS_SHUT_WR);
	tls_push(t, NULL);
}

void tls_free(struct tls *t)
{
	if (t->session != NULL)
		gnutls_deinit(t->session);
	buf_free(&t->raw);
	explicit_bzero(t, sizeof *t);
	free(t);
}
