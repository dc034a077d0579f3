#include "wire/socks5.h"

#include <stdbool.h>
#include <string.h>

enum { HELLO, METHOD, LOGIN, REQUEST, STANDS };

enum {
	METHOD_NONE = 0,
	METHOD_PASSWORD = 2,
	CONNECT = 1,
	TYPE_IPV4 = 1,
	TYPE_NAME = 3,
	TYPE_IPV6 = 4
};

#define FIELD_MAX 255	/* lengths are one byte */

static const struct {
	enum err_kind kind;
	const char *text;
} reasons[] = {		/* RFC 1928 section 6 */
	[1] = { ERR_TEMP, "general failure" },
	[2] = { ERR_UNAVAILABLE, "not allowed by its rules" },
	[3] = { ERR_TEMP, "network unreachable" },
	[4] = { ERR_TEMP, "host unreachable" },
	[5] = { ERR_TEMP, "connection refused" },
	[6] = { ERR_TEMP, "time to live expired" },
	[7] = { ERR_UNAVAILABLE, "command not supported" },
	[8] = { ERR_UNAVAILABLE, "address type not supported" },
};

int socks5_init(struct socks5 *s, const char *host, unsigned port,
		const char *user, const struct secret *secret, struct err *e)
{
	size_t n = strlen(host);

	*s = (struct socks5){ .in = BUF_INIT(SOCKS5_REPLY_MAX) };
	if (n == 0 || n > FIELD_MAX)
		return err_set(e, ERR_CONFIG, "a host name of %zu bytes cannot be "
			       "asked of a SOCKS proxy", n);
	if (port == 0 || port > 65535)
		return err_set(e, ERR_CONFIG, "port %u cannot be asked of a SOCKS "
			       "proxy", port);
	if (user != NULL && (user[0] == '\0' || strlen(user) > FIELD_MAX))
		return err_set(e, ERR_CONFIG, "the proxy's user name must have 1 to "
			       "255 bytes");
	if (user != NULL && secret != NULL && secret->len > FIELD_MAX)
		return err_set(e, ERR_CONFIG, "the proxy's password is longer than "
			       "255 bytes");
	memcpy(s->host, host, n + 1);
	s->port = port;
	s->user = user;
	s->secret = secret;
	return 0;
}

static void say_hello(const struct socks5 *s, struct buf *out)
{
	if (s->user != NULL)
		buf_add(out, "\5\2\0\2", 4);
	else
		buf_add(out, "\5\1\0", 3);
}

static void say_login(const struct socks5 *s, struct buf *out)
{
	size_t n = s->secret != NULL ? s->secret->len : 0;

	buf_addc(out, 1);
	buf_addc(out, (char)strlen(s->user));
	buf_adds(out, s->user);
	buf_addc(out, (char)n);
	if (n > 0)
		buf_add(out, s->secret->p, n);
}

static void say_request(const struct socks5 *s, struct buf *out)
{
	const char head[] = { 5, CONNECT, 0, TYPE_NAME };

	buf_add(out, head, sizeof head);
	buf_addc(out, (char)strlen(s->host));
	buf_adds(out, s->host);
	buf_addc(out, (char)(s->port >> 8));
	buf_addc(out, (char)(s->port & 0xFF));
}

static unsigned byte(const struct socks5 *s, size_t i)
{
	return (unsigned char)s->in.p[i];
}

static int no_socks(const struct socks5 *s, struct err *e)
{
	return err_set(e, ERR_PROTOCOL, "the proxy does not speak SOCKS version 5: "
		       "it says 0x%02x", byte(s, s->in.len - 1));
}

static int take_method(struct socks5 *s, struct buf *out, struct err *e)
{
	unsigned method = byte(s, 1);

	if (method == METHOD_PASSWORD && s->user != NULL) {
		say_login(s, out);
		s->state = LOGIN;
		return 0;
	}
	if (method == METHOD_NONE) {
		say_request(s, out);
		s->state = REQUEST;
		return 0;
	}
	if (method != 0xFF)
		return no_socks(s, e);
	return err_set(e, ERR_NOPERM, s->user != NULL
		       ? "the proxy takes no login by name and password"
		       : "the proxy wants a login: set 'proxy_user'");
}

static int take_login(struct socks5 *s, struct buf *out, struct err *e)
{
	if (byte(s, 1) != 0)
		return err_set(e, ERR_NOPERM, "the proxy refused the login as '%s'",
			       s->user);
	say_request(s, out);
	s->state = REQUEST;
	return 0;
}

static int refused(const struct socks5 *s, struct err *e)
{
	unsigned why = byte(s, 1);

	if (why < sizeof reasons / sizeof *reasons)
		return err_set(e, reasons[why].kind, "the proxy cannot connect to "
			       "'%s': %s", s->host, reasons[why].text);
	return err_set(e, ERR_UNAVAILABLE, "the proxy cannot connect to '%s': "
		       "reason 0x%02x", s->host, why);
}

/* How long is the reply to the request, as far as is known? */
static size_t reply_len(const struct socks5 *s)
{
	if (s->in.len < 5)
		return 5;
	switch (byte(s, 3)) {
	case TYPE_IPV4:
		return 4 + 4 + 2;
	case TYPE_IPV6:
		return 4 + 16 + 2;
	default:
		return 4 + 1 + byte(s, 4) + 2;
	}
}

/* One byte more is in; is it still a reply to the request? */
static int check_reply(const struct socks5 *s, struct err *e)
{
	unsigned type;

	if (s->in.len == 2 && byte(s, 1) != 0)
		return refused(s, e);
	if (s->in.len != 4)
		return 0;
	type = byte(s, 3);
	return type == TYPE_IPV4 || type == TYPE_IPV6 || type == TYPE_NAME
	       ? 0 : no_socks(s, e);
}

/* One byte more: -1, or 0 with the state gone on when a reply is whole. */
static int take_byte(struct socks5 *s, struct buf *out, struct err *e)
{
	unsigned version = s->state == LOGIN ? 1 : 5;

	if (s->in.len == 1 && byte(s, 0) != version)
		return no_socks(s, e);
	if (s->state == REQUEST) {
		if (check_reply(s, e) < 0)
			return -1;
		if (s->in.len == reply_len(s))
			s->state = STANDS;
		return 0;
	}
	if (s->in.len < 2)
		return 0;
	if ((s->state == METHOD ? take_method(s, out, e) : take_login(s, out, e)) < 0)
		return -1;
	buf_clear(&s->in);
	return 0;
}

int socks5_feed(struct socks5 *s, const char *p, size_t n, size_t *used,
		struct buf *out, struct err *e)
{
	*used = 0;
	if (s->state == HELLO) {
		say_hello(s, out);
		s->state = METHOD;
	}
	while (*used < n && s->state != STANDS) {
		buf_addc(&s->in, p[(*used)++]);
		if (take_byte(s, out, e) < 0)
			return -1;
	}
	return s->state == STANDS;
}

void socks5_clear(struct socks5 *s)
{
	buf_free(&s->in);
	s->state = HELLO;
}
