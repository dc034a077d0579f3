/*
 * AUTH, RFC 4954.  libgsasl plays the server; XOAUTH2 and OAUTHBEARER (RFC 7628),
 * of which it knows nothing, are done here.
 */
#include <gsasl.h>
#include <stdlib.h>
#include <string.h>

#include "relay.h"

struct mech {
	const char *name;
	bool client_first;	/* its first message may ride in the command */
	bool secret;		/* readable by who listens: not for a clear line */
	bool one_trip;		/* RFC 4954: may be pipelined with an initial response */
	bool plus;		/* binds to the TLS channel */
	bool bearer;
};

/* In the order of the EHLO line. */
static const struct mech mechs[] = {
	{ "SCRAM-SHA-256-PLUS", true, false, false, true, false },
	{ "SCRAM-SHA-1-PLUS", true, false, false, true, false },
	{ "SCRAM-SHA-256", true, false, false, false, false },
	{ "SCRAM-SHA-1", true, false, false, false, false },
	{ "PLAIN", true, true, true, false, false },
	{ "LOGIN", false, true, false, false, false },
	{ "CRAM-MD5", false, false, false, false, false },
	{ "EXTERNAL", true, false, true, false, false },
	{ "XOAUTH2", true, true, false, false, true },
	{ "OAUTHBEARER", true, true, false, false, true },
};
enum { MECHS = sizeof(mechs) / sizeof(mechs[0]) };

struct sasl {
	const struct mech *mech;
	Gsasl_session *session;
	bool started;		/* has seen the client's first message */
	bool finished;		/* only the empty answer to the last 334 is missing */
	bool refused;		/* the same, and then it is no */
	char *user;
};

static Gsasl *gsasl;

static const char *
password_of(const char *user)
{
	for (const struct login *l = conf.logins; l != NULL && user != NULL; l = l->next) {
		if (strcmp(l->name, user) == 0)
			return l->password;
	}
	return NULL;
}

static bool
login_ok(const char *user, const char *password)
{
	const char *right = password_of(user);

	return right != NULL && password != NULL && strcmp(right, password) == 0;
}

static int
channel_binding(struct client *c, Gsasl_session *s, Gsasl_property prop)
{
	gnutls_channel_binding_t type = prop == GSASL_CB_TLS_UNIQUE ?
	    GNUTLS_CB_TLS_UNIQUE : GNUTLS_CB_TLS_EXPORTER;
	bool tls13 = c->tls != NULL &&
	    gnutls_protocol_get_version(c->tls) == GNUTLS_TLS1_3;
	struct bytes text = BYTES_INIT;
	gnutls_datum_t d;

	/* tls-unique is not defined for TLS 1.3, tls-exporter is not safe before */
	if (c->tls == NULL || tls13 != (prop == GSASL_CB_TLS_EXPORTER) ||
	    gnutls_session_channel_binding(c->tls, type, &d) < 0)
		return GSASL_NO_CALLBACK;
	b64_encode(d.data, d.size, &text);
	gsasl_property_set(s, prop, text.p);
	bytes_clear(&text);
	gnutls_free(d.data);
	return GSASL_OK;
}

/* The certificate must have been verified, and stands for any name asked for. */
static int
external_ok(struct client *c)
{
	unsigned status;

	if (c->tls == NULL || gnutls_certificate_get_peers(c->tls, NULL) == NULL ||
	    gnutls_certificate_verify_peers2(c->tls, &status) < 0 || status != 0)
		return GSASL_AUTHENTICATION_ERROR;
	return GSASL_OK;
}

static int
callback(Gsasl *ctx, Gsasl_session *s, Gsasl_property prop)
{
	struct client *c = gsasl_session_hook_get(s);
	const char *user = gsasl_property_fast(s, GSASL_AUTHID), *password;
	char text[32];

	(void)ctx;
	switch (prop) {
	case GSASL_VALIDATE_SIMPLE:
		return login_ok(user, gsasl_property_fast(s, GSASL_PASSWORD)) ? GSASL_OK :
		    GSASL_AUTHENTICATION_ERROR;
	case GSASL_VALIDATE_EXTERNAL:
		return external_ok(c);
	case GSASL_PASSWORD:
		password = password_of(user);
		if (password == NULL)
			return GSASL_AUTHENTICATION_ERROR;
		gsasl_property_set(s, prop, password);
		return GSASL_OK;
	case GSASL_SCRAM_ITER:
		snprintf(text, sizeof(text), "%ld", conf.scram_iterations);
		gsasl_property_set(s, prop, text);
		return GSASL_OK;
	case GSASL_CB_TLS_UNIQUE:
	case GSASL_CB_TLS_EXPORTER:
		return channel_binding(c, s, prop);
	default:
		return GSASL_NO_CALLBACK;
	}
}

void
auth_setup(void)
{
	if (gsasl_init(&gsasl) != GSASL_OK)
		die("cannot start libgsasl");
	gsasl_callback_set(gsasl, callback);
}

/* Offered on this connection? */
static bool
offered(const struct client *c, const struct mech *m)
{
	char *mark, *list;
	bool found;

	if (m->plus && c->tls == NULL)
		return false;
	if (!conf.caps[CAP_AUTH] || (c->tls == NULL && c->from->kind != PLAIN))
		return false;
	/* EXTERNAL makes sense only where certificates are asked for. */
	if (conf.mechs == NULL)
		return strcmp(m->name, "EXTERNAL") != 0 || conf.client_cert != 0;
	mark = make_text(",%s,", m->name);
	list = make_text(",%s,", conf.mechs);
	found = strcasestr(list, mark) != NULL;
	free(mark);
	free(list);
	return found;
}

void
auth_list(const struct client *c, struct bytes *out)
{
	for (size_t i = 0; i < MECHS; i++) {
		if (offered(c, &mechs[i]))
			bytes_fmt(out, " %s", mechs[i].name);
	}
}

void
auth_free(struct client *c)
{
	if (c->sasl == NULL)
		return;
	if (c->sasl->session != NULL)
		gsasl_finish(c->sasl->session);
	free(c->sasl->user);
	free(c->sasl);
	c->sasl = NULL;
	c->mode = IN_COMMANDS;
}

static void
refuse(struct client *c)
{
	auth_free(c);
	reply(c, 535, "5.7.8", "wrong credentials");
}

static void
accept_login(struct client *c)
{
	struct sasl *s = c->sasl;
	const char *user = s->user;

	if (user == NULL && s->session != NULL)
		user = gsasl_property_fast(s->session, GSASL_AUTHID);
	if (user == NULL && s->session != NULL)
		user = gsasl_property_fast(s->session, GSASL_AUTHZID);
	replace(&c->user, user);
	replace(&c->mech, s->mech->name);
	auth_free(c);
	reply(c, 235, "2.7.0", "welcome");
}

static void
challenge(struct client *c, const char *p, size_t n)
{
	struct bytes text = BYTES_INIT;

	b64_encode(p, n, &text);
	bytes_fmt(&c->out, "334 %s\r\n", text.p);
	store_log(c, 'S', c->out.p + c->out.len - text.len - 6, text.len + 6);
	bytes_clear(&text);
}

/*
 * XOAUTH2	user=NAME^Aauth=Bearer TOKEN^A^A
 * OAUTHBEARER	n,a=NAME,^A[key=value^A...]auth=Bearer TOKEN^A^A
 * The first field is found by its start, the others by the ^A before them.
 */
static bool
bearer_ok(struct sasl *s, const char *p, size_t n)
{
	bool x = strcmp(s->mech->name, "XOAUTH2") == 0;
	const char *name = x ? "user=" : "n,a=";
	size_t skip = strlen(name), end;
	const char *token;
	char *copy;
	bool good;

	if (n < skip || memchr(p, '\0', n) != NULL || strncmp(p, name, skip) != 0)
		return false;
	if (n < 2 || p[n - 1] != 1 || p[n - 2] != 1)
		return false;
	end = skip + strcspn(p + skip, x ? "\001" : ",");
	s->user = need(strndup(p + skip, end - skip));
	if (!x && p[end + 1] != 1)
		return false;
	token = strstr(p, "\001auth=Bearer ");
	if (token == NULL)
		return false;
	token += strlen("\001auth=Bearer ");
	copy = need(strndup(token, strcspn(token, "\001")));
	good = login_ok(s->user, copy);
	free(copy);
	return good;
}

static void
bearer_step(struct client *c, const char *p, size_t n)
{
	static const char error[] = "{\"status\":\"401\",\"schemes\":\"bearer\","
	    "\"scope\":\"https://mail.example.org/\"}";

	if (bearer_ok(c->sasl, p, n)) {
		accept_login(c);
		return;
	}
	c->sasl->finished = c->sasl->refused = true;
	challenge(c, error, strlen(error));
}

static void
gsasl_step_once(struct client *c, const char *p, size_t n)
{
	char *out = NULL;
	size_t len = 0;
	int rc = gsasl_step(c->sasl->session, p, n, &out, &len);

	if (rc == GSASL_NEEDS_MORE) {
		challenge(c, out, len);
	} else if (rc == GSASL_OK && len > 0) {
		c->sasl->finished = true;	/* SCRAM's last word: v=signature */
		if (conf.lie && len > 2)
			out[2] = out[2] == 'A' ? 'B' : 'A';
		challenge(c, out, len);
	} else if (rc == GSASL_OK) {
		accept_login(c);
	} else {
		store_log(c, '*', gsasl_strerror(rc), strlen(gsasl_strerror(rc)));
		refuse(c);
	}
	gsasl_free(out);
}

static void
step(struct client *c, const char *text)
{
	struct sasl *s = c->sasl;
	struct bytes raw = BYTES_INIT;

	if (!b64_decode(text, strlen(text), &raw)) {
		auth_free(c);
		breach(c, RULE_SYNTAX, "AUTH: not base64");
		reply(c, 501, "5.5.2", "not base64");
	} else if (s->finished && (s->refused || raw.len > 0)) {
		refuse(c);
	} else if (s->finished) {
		accept_login(c);
	} else if (s->mech->bearer) {
		bearer_step(c, bytes_text(&raw), raw.len);
	} else {
		gsasl_step_once(c, bytes_text(&raw), raw.len);
	}
	bytes_clear(&raw);
}

/* Checks that need no mechanism; the reply is queued. */
static bool
may_start(struct client *c)
{
	if (c->mech != NULL || c->from_address != NULL) {
		breach(c, RULE_ORDER, "AUTH %s", c->mech != NULL ? "twice" :
		    "in a transaction");
		reply(c, 503, "5.5.1", "not now");
		return false;
	}
	if (!c->ehlo && breach(c, RULE_ORDER, "AUTH without EHLO")) {
		reply(c, 503, "5.5.1", "EHLO first");
		return false;
	}
	return true;
}

static const struct mech *
find_mech(struct client *c, const char *name)
{
	for (size_t i = 0; i < MECHS; i++) {
		if (strcasecmp(mechs[i].name, name) == 0 && offered(c, &mechs[i]))
			return &mechs[i];
	}
	breach(c, RULE_ORDER, "AUTH %s is not offered", name);
	reply(c, 504, "5.5.4", "not offered");
	return NULL;
}

static bool
begin(struct client *c, const struct mech *m, const char *initial)
{
	c->sasl = need(calloc(1, sizeof(*c->sasl)));
	c->sasl->mech = m;
	c->mode = IN_AUTH;
	if (!m->bearer) {
		if (gsasl_server_start(gsasl, m->name, &c->sasl->session) != GSASL_OK) {
			auth_free(c);
			reply(c, 454, "4.7.0", "mechanism is out of order");
			return false;
		}
		gsasl_session_hook_set(c->sasl->session, c);
	}
	if (!m->client_first && initial != NULL) {
		breach(c, RULE_SYNTAX, "AUTH %s with initial response", m->name);
		auth_free(c);
		reply(c, 501, "5.7.0", "no initial response here");
		return false;
	}
	if (!m->client_first)
		gsasl_step_once(c, "", 0);	/* the server speaks first */
	else if (initial == NULL)
		challenge(c, "", 0);
	return true;
}

void
auth_start(struct client *c, const char *args, bool more_behind)
{
	size_t n = strcspn(args, " ");
	char *name = need(strndup(args, n));
	const char *initial = args[n] == '\0' ? NULL : args + n + 1;
	const struct mech *m;

	if (!may_start(c) || (m = find_mech(c, name)) == NULL)
		goto out;
	if (more_behind && !(m->one_trip && initial != NULL) &&
	    breach(c, RULE_SYNC, "more was sent behind AUTH %s", m->name)) {
		reply(c, 503, "5.5.0", "wait for the reply");
		goto out;
	}
	if (m->secret && c->tls == NULL && initial != NULL)
		breach(c, RULE_CLEAR_SECRET, "AUTH %s", m->name);
	if (strike(c, STEP_AUTH, m->name))
		goto out;
	if (begin(c, m, initial) && initial != NULL && c->sasl != NULL)
		step(c, strcmp(initial, "=") == 0 ? "" : initial);
out:
	free(name);
}

void
auth_line(struct client *c, const char *line)
{
	if (strcmp(line, "*") == 0) {
		auth_free(c);
		reply(c, 501, "5.7.0", "cancelled");
		return;
	}
	if (c->sasl->mech->secret && c->tls == NULL && !c->sasl->started)
		breach(c, RULE_CLEAR_SECRET, "AUTH %s", c->sasl->mech->name);
	c->sasl->started = true;
	step(c, line);
}
