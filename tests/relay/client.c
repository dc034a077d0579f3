/*
 * One client's descriptor: reading, writing, TLS, time.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay.h"
#include "staple.h"

enum { READ_SIZE = 256 * 1024 };

struct client *clients;
int poll_fd = -1;
static struct client *dead;	/* freed when no event can point to them any more */

static gnutls_certificate_credentials_t credentials;
static gnutls_priority_t priorities;
static gnutls_datum_t ticket_key;

void
tls_setup(void)
{
	char *cert = make_text("%s/%s.pem", conf.ca, conf.cert);
	char *key = make_text("%s/%s.key", conf.ca, conf.cert);
	char *root = make_text("%s/ca.pem", conf.ca);
	const char *at;
	int rc;

	gnutls_certificate_allocate_credentials(&credentials);
	rc = gnutls_certificate_set_x509_key_file(credentials, cert, key,
	    GNUTLS_X509_FMT_PEM);
	if (rc < 0)
		die("cannot use '%s': %s", cert, gnutls_strerror(rc));
	rc = gnutls_certificate_set_x509_trust_file(credentials, root,
	    GNUTLS_X509_FMT_PEM);
	if (rc < 0)
		die("cannot use '%s': %s", root, gnutls_strerror(rc));
	staple_show(credentials, conf.ca, conf.cert);
	rc = gnutls_priority_init(&priorities, conf.priority, &at);
	if (rc < 0)
		die("bad priorities at '%s'", at);
	gnutls_session_ticket_key_generate(&ticket_key);
	free(cert);
	free(key);
	free(root);
}

static void
watch(struct client *c)
{
	struct epoll_event ev = { .data.ptr = &c->src };

	if (c->stalled)
		ev.events |= EPOLLRDHUP;
	else if (!c->closing && !c->upgrade)
		ev.events |= EPOLLIN;
	if (c->want_write)
		ev.events |= EPOLLOUT;
	epoll_ctl(poll_fd, EPOLL_CTL_MOD, c->src.fd, &ev);
}

void
client_kill(struct client *c, bool reset)
{
	struct linger now = { 1, 0 };

	if (c->gone)
		return;
	c->gone = true;
	if (reset)
		setsockopt(c->src.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(c->src.fd);
	store_session(c);
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		clients = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	c->next = dead;
	dead = c;
}

/* Frees those that are gone; called when no event is in hand. */
static void
bury(void)
{
	while (dead != NULL) {
		struct client *c = dead;

		dead = c->next;
		auth_free(c);
		smtp_forget(c);
		if (c->tls != NULL)
			gnutls_deinit(c->tls);
		bytes_clear(&c->in);
		bytes_clear(&c->out);
		free(c->helo);
		free(c->mech);
		free(c->user);
		free(c);
	}
}

static void
start_tls(struct client *c)
{
	unsigned flags = GNUTLS_SERVER | GNUTLS_NONBLOCK;

	gnutls_init(&c->tls, flags);
	gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, credentials);
	gnutls_priority_set(c->tls, priorities);
	gnutls_transport_set_int(c->tls, c->src.fd);
	gnutls_handshake_set_timeout(c->tls, GNUTLS_INDEFINITE_TIMEOUT);
	gnutls_certificate_server_set_request(c->tls,
	    (gnutls_certificate_request_t)conf.client_cert);
	if (conf.tickets)
		gnutls_session_ticket_enable_server(c->tls, &ticket_key);
	c->shaking = true;
	c->upgrade = false;
	/* Nothing learned before TLS counts inside it. */
	replace(&c->helo, NULL);
	c->ehlo = false;
	smtp_forget(c);
}

static void
greet(struct client *c)
{
	int waiting = 0;

	if (c->tls == NULL ? ioctl(c->src.fd, FIONREAD, &waiting) == 0 && waiting > 0 :
	    gnutls_record_check_pending(c->tls) > 0)
		breach(c, RULE_EARLY, "talks before the greeting");
	smtp_greet(c);
}

void
client_accept(const struct listener *l, int fd)
{
	static unsigned count;
	struct epoll_event ev = { .events = EPOLLIN };
	struct client *c;
	int one = 1;

	c = need(calloc(1, sizeof(*c)));
	c->src = (struct source){ FROM_CLIENT, fd };
	c->from = l;
	c->id = ++count;
	c->seen = now_ms();
	content_init(&c->body);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->next = clients;
	if (clients != NULL)
		clients->prev = c;
	clients = c;
	ev.data.ptr = &c->src;
	epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &ev);
	if (!strike(c, STEP_CONNECT, l->name)) {
		if (l->kind == TLS)
			start_tls(c);
		else
			greet(c);
	}
	if (c->stalled)
		watch(c);
	else if (!c->gone)
		client_ready(c);
}

/* 1 done, 0 not yet, -1 the client is gone. */
static int
shake(struct client *c)
{
	int rc = gnutls_handshake(c->tls);

	if (rc == 0) {
		c->shaking = false;
		c->want_write = false;
		c->answered = true;
		store_log(c, '*', "TLS is up", 9);
		if (c->from->kind == TLS)
			greet(c);
		return 1;
	}
	if (!gnutls_error_is_fatal(rc)) {
		c->want_write = gnutls_record_get_direction(c->tls) == 1;
		return 0;
	}
	store_log(c, '*', gnutls_strerror(rc), strlen(gnutls_strerror(rc)));
	gnutls_alert_send_appropriate(c->tls, rc);
	client_kill(c, false);
	return -1;
}

/* Adds what is there to c->in: 1 something, 0 nothing now, -1 end. */
static int
fill(struct client *c)
{
	ssize_t n;

	bytes_room(&c->in, READ_SIZE);
	if (c->tls != NULL) {
		n = gnutls_record_recv(c->tls, c->in.p + c->in.len, READ_SIZE);
		if (n < 0 && !gnutls_error_is_fatal((int)n))
			return 0;
	} else {
		n = recv(c->src.fd, c->in.p + c->in.len, READ_SIZE, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
	}
	if (n <= 0)
		return -1;
	c->in.len += (size_t)n;
	c->seen = now_ms();
	if (c->answered || c->flights == 0)
		c->flights++;
	c->answered = false;
	return 1;
}

/* Sends what waits: 1 all gone, 0 not now, -1 end. */
static int
flush(struct client *c)
{
	while (c->out.len > 0) {
		ssize_t n;

		if (c->tls != NULL) {
			n = gnutls_record_send(c->tls, c->out.p, c->out.len);
			if (n < 0 && !gnutls_error_is_fatal((int)n))
				n = -2;
		} else {
			n = send(c->src.fd, c->out.p, c->out.len, MSG_NOSIGNAL);
			if (n < 0 && (errno == EAGAIN || errno == EINTR))
				n = -2;
		}
		c->want_write = n == -2;
		if (n < 0)
			return n == -2 ? 0 : -1;
		bytes_eat(&c->out, (size_t)n);
		c->answered = true;
	}
	return 1;
}

/* False when the client is gone or has to wait. */
static bool
answer(struct client *c)
{
	int done;

	if (c->out.len > 0 && conf.delay > 0) {
		if (c->due == 0)
			c->due = now_ms() + conf.delay;
		if (now_ms() < c->due)
			return false;
		c->due = 0;
	}
	done = flush(c);
	if (done < 0 || (done > 0 && c->closing)) {
		if (done > 0 && c->tls != NULL)
			gnutls_bye(c->tls, GNUTLS_SHUT_WR);
		client_kill(c, false);
	}
	return done > 0 && !c->gone;
}

static void
serve(struct client *c)
{
	int got = 1;

	while (!c->gone && !c->stalled) {
		if (c->shaking && shake(c) <= 0)
			return;
		smtp_input(c);
		if (c->gone)
			return;
		if (c->upgrade) {
			if (!answer(c))
				return;
			start_tls(c);
			continue;
		}
		if (c->closing || got <= 0)
			break;
		got = fill(c);
	}
	if (c->gone)
		return;
	if (got < 0) {
		flush(c);
		client_kill(c, false);
		return;
	}
	answer(c);
}

void
client_ready(struct client *c)
{
	/* One that is stalled is left alone until it goes by itself: the only
	 * event asked for then. */
	if (c->stalled)
		client_kill(c, false);
	else
		serve(c);
	if (!c->gone)
		watch(c);
}

void
client_ticks(int64_t now)
{
	for (struct client *c = clients, *next; c != NULL; c = next) {
		next = c->next;
		if (c->due != 0 && now >= c->due)
			client_ready(c);
		else if (!c->stalled && now - c->seen > conf.idle * 1000)
			client_kill(c, false);
	}
	bury();
}

int
client_due(int64_t now)
{
	int64_t wait = 1000;

	if (conf.delay == 0)
		return (int)wait;
	for (const struct client *c = clients; c != NULL; c = c->next) {
		if (c->due != 0 && c->due - now < wait)
			wait = c->due > now ? c->due - now : 0;
	}
	return (int)wait;
}
