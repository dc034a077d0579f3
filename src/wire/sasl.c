#include "wire/sasl.h"

#include <gsasl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/xalloc.h"
#include "wire/bearer.h"

#define TOKEN_MAX (SECRET_MAX + 4096)	/* bytes of one message, raw */
#define NTLM_CHALLENGE_MIN 32		/* up to the end of the challenge proper */

enum {
	NEEDS_USER = 1,
	NEEDS_SECRET = 2,
	CLIENT_FIRST = 4,	/* has an initial response */
	ONE_ROUND = 8,		/* known to end with it (RFC 4954 section 4) */
	CLEAR = 16,		/* who listens can use what it says */
	WEAK = 32,		/* chosen unasked only under TLS */
	PLUS = 64,		/* needs a channel binding */
	UNASKED = 128,		/* may be chosen without being named */
	PROMPTS = 256,		/* the first challenge is words, not base 64 */
	BEARER = 512		/* ours, not the library's */
};

#define PASSWORD (NEEDS_USER | NEEDS_SECRET)

static const struct mech {
	const char *name;
	unsigned flags;
} mechs[] = {
	{ "SCRAM-SHA-256-PLUS", PASSWORD | CLIENT_FIRST | PLUS | UNASKED },
	{ "SCRAM-SHA-1-PLUS", PASSWORD | CLIENT_FIRST | PLUS | UNASKED },
	{ "SCRAM-SHA-256", PASSWORD | CLIENT_FIRST | UNASKED },
	{ "SCRAM-SHA-1", PASSWORD | CLIENT_FIRST | UNASKED },
	{ "PLAIN", PASSWORD | CLIENT_FIRST | ONE_ROUND | CLEAR | WEAK | UNASKED },
	{ "GSSAPI", NEEDS_USER | CLIENT_FIRST },
	{ "EXTERNAL", CLIENT_FIRST | ONE_ROUND },
	{ "OAUTHBEARER", PASSWORD | CLIENT_FIRST | CLEAR | BEARER },
	{ "CRAM-MD5", PASSWORD | WEAK | UNASKED },
	{ "DIGEST-MD5", PASSWORD | WEAK | UNASKED },
	{ "LOGIN", PASSWORD | CLEAR | WEAK | UNASKED | PROMPTS },
	{ "NTLM", PASSWORD | WEAK | UNASKED | PROMPTS },
	{ "XOAUTH2", PASSWORD | CLIENT_FIRST | CLEAR | BEARER },
};

#define MECHS (sizeof mechs / sizeof *mechs)

struct sasl {
	const struct sasl_config *cfg;
	const struct mech *mech;
	Gsasl *ctx;		/* NULL for the bearer mechanisms */
	Gsasl_session *session;
	bool begun;		/* the first message was made */
	bool done;		/* the mechanism is complete */
	char complaint[BEARER_WORDS_MAX];
};

static const struct mech *find(const char *name)
{
	for (size_t i = 0; i < MECHS; i++)
		if (strcmp(mechs[i].name, name) == 0)
			return &mechs[i];
	return NULL;
}

static bool has_flag(const char *name, unsigned flag)
{
	const struct mech *m = find(name);

	return m != NULL && (m->flags & flag) != 0;
}

bool sasl_needs_user(const char *mech)
{
	return has_flag(mech, NEEDS_USER);
}

bool sasl_needs_secret(const char *mech)
{
	return has_flag(mech, NEEDS_SECRET);
}

bool sasl_one_round(const char *mech)
{
	return has_flag(mech, ONE_ROUND);
}

const char *const *sasl_mechanisms(void)
{
	static const char *names[MECHS + 1];

	for (size_t i = 0; i < MECHS; i++)
		names[i] = mechs[i].name;
	return names;
}

static bool bearer(const struct mech *m)
{
	return (m->flags & BEARER) != 0;
}

static bool scram(const struct mech *m)
{
	return strncmp(m->name, "SCRAM-", 6) == 0;
}

static bool ntlm(const struct mech *m)
{
	return strcmp(m->name, "NTLM") == 0;
}

/* Was the library built with M? */
static bool built_in(const struct mech *m)
{
	Gsasl *ctx;
	bool known;

	if (bearer(m))
		return true;
	if (gsasl_init(&ctx) != GSASL_OK)
		return false;
	known = gsasl_client_support_p(ctx, m->name) != 0;
	gsasl_done(ctx);
	return known;
}

static void list_offer(const struct caps *caps, char *out, size_t size)
{
	struct buf list = BUF_INIT(size - 1);

	for (size_t i = 0; i < caps->mechs.n; i++) {
		if (i > 0)
			buf_addc(&list, ' ');
		buf_adds(&list, caps->mechs.v[i]);
	}
	if (caps->mechs.n == 0)
		buf_adds(&list, "none");
	ascii_printable_copy(out, size, buf_str(&list), list.len);
	buf_free(&list);
}

static int choose_named(const struct sasl_config *cfg, const struct caps *caps,
			bool tls, enum sasl_binding bind, const char **out,
			struct err *e)
{
	const struct mech *m = find(cfg->mech);
	char offer[256];

	list_offer(caps, offer, sizeof offer);
	if (m == NULL)
		return err_set(e, ERR_UNAVAILABLE,
			       "login mechanism %s is not known", cfg->mech);
	if (!caps_has_mech(caps, m->name))
		return err_set(e, ERR_UNAVAILABLE,
			       "the relay does not offer login mechanism %s, only %s: "
			       "change 'auth'", m->name, offer);
	if ((m->flags & CLEAR) != 0 && !tls && !cfg->cleartext)
		return err_set(e, ERR_UNAVAILABLE,
			       "%s without TLS would show the secret to everybody on "
			       "the way: set 'tls on', or 'auth_cleartext on' to allow it",
			       m->name);
	if ((m->flags & PLUS) != 0 && bind == SASL_BIND_NONE)
		return err_set(e, ERR_UNAVAILABLE,
			       "%s needs TLS to bind the login to: set 'tls on' or "
			       "choose another 'auth'", m->name);
	*out = m->name;
	return 0;
}

bool sasl_supports(const char *mech)
{
	const struct mech *m = find(mech);

	return m != NULL && built_in(m);
}

int sasl_choose(const struct sasl_config *cfg, const struct caps *caps,
		bool tls, enum sasl_binding bind, const char **mech,
		struct err *e)
{
	bool strong = tls || cfg->cleartext, weak = false;
	char offer[256];

	if (cfg->mech != NULL)
		return choose_named(cfg, caps, tls, bind, mech, e);
	for (size_t i = 0; i < MECHS; i++) {
		const struct mech *m = &mechs[i];

		if ((m->flags & UNASKED) == 0 || !caps_has_mech(caps, m->name))
			continue;
		if ((m->flags & PLUS) != 0 && bind == SASL_BIND_NONE)
			continue;
		if ((m->flags & WEAK) != 0 && !strong) {
			weak = true;
			continue;
		}
		if (!built_in(m))
			continue;
		*mech = m->name;
		return 0;
	}
	list_offer(caps, offer, sizeof offer);
	if (weak)
		return err_set(e, ERR_UNAVAILABLE,
			       "no login mechanism that is safe without TLS, the relay "
			       "offers %s: set 'tls on', or 'auth_cleartext on' to "
			       "allow the others", offer);
	return err_set(e, ERR_UNAVAILABLE,
		       "no login mechanism in common, the relay offers %s: "
		       "name one in 'auth' if it can be used", offer);
}

static int gsasl_error(const struct sasl *s, int rc, struct err *e)
{
	enum err_kind kind = ERR_SOFTWARE;

	switch (rc) {
	case GSASL_AUTHENTICATION_ERROR:
	case GSASL_INTEGRITY_ERROR:
		return err_set(e, ERR_NOPERM,
			       "login by %s: the relay did not prove that it knows "
			       "the password", s->mech->name);
	case GSASL_MECHANISM_PARSE_ERROR:
	case GSASL_BASE64_ERROR:
	case GSASL_MECHANISM_CALLED_TOO_MANY_TIMES:
		kind = ERR_PROTOCOL;
		break;
	case GSASL_UNKNOWN_MECHANISM:
	case GSASL_NO_CLIENT_CODE:
		kind = ERR_UNAVAILABLE;
		break;
	case GSASL_SASLPREP_ERROR:
	case GSASL_NO_AUTHID:
	case GSASL_NO_AUTHZID:
	case GSASL_NO_PASSWORD:
	case GSASL_NO_HOSTNAME:
		kind = ERR_CONFIG;
		break;
	case GSASL_GSSAPI_INIT_SEC_CONTEXT_ERROR:
	case GSASL_GSSAPI_ACQUIRE_CRED_ERROR:
		return err_set(e, ERR_NOPERM,
			       "login by GSSAPI: no Kerberos credential that works "
			       "for this relay (see klist, kinit): %s",
			       gsasl_strerror(rc));
	default:
		break;
	}
	return err_set(e, kind, "login by %s: %s", s->mech->name,
		       gsasl_strerror(rc));
}

static int set(struct sasl *s, Gsasl_property prop, const char *value,
	       struct err *e)
{
	int rc = value == NULL ? GSASL_OK
			       : gsasl_property_set(s->session, prop, value);

	return rc == GSASL_OK ? 0 : gsasl_error(s, rc, e);
}

static int set_binding(struct sasl *s, enum sasl_binding bind, const void *cb,
		       size_t cblen, struct err *e)
{
	struct buf b64 = BUF_INIT(4096);
	int ret;

	/*
	 * RFC 5802 section 6 would have a client that could bind say "y" when
	 * the server offers no -PLUS; libgsasl refuses to begin then.  Without
	 * a binding it says "n".
	 */
	if (bind == SASL_BIND_NONE || (s->mech->flags & PLUS) == 0)
		return 0;
	base64_encode(&b64, cb, cblen);
	ret = set(s, bind == SASL_BIND_UNIQUE ? GSASL_CB_TLS_UNIQUE
					      : GSASL_CB_TLS_EXPORTER,
		  buf_str(&b64), e);
	buf_free(&b64);
	return ret;
}

static int open_gsasl(struct sasl *s, enum sasl_binding bind, const void *cb,
		      size_t cblen, struct err *e)
{
	const struct sasl_config *cfg = s->cfg;
	int rc;

	if ((rc = gsasl_init(&s->ctx)) != GSASL_OK) {
		s->ctx = NULL;
		return gsasl_error(s, rc, e);
	}
	if ((rc = gsasl_client_start(s->ctx, s->mech->name, &s->session)) != GSASL_OK) {
		s->session = NULL;
		return gsasl_error(s, rc, e);
	}
	if (set(s, GSASL_AUTHID, cfg->user, e) < 0 ||
	    set(s, GSASL_SERVICE, "smtp", e) < 0 ||
	    set(s, GSASL_HOSTNAME, cfg->host, e) < 0 ||
	    set(s, GSASL_REALM, cfg->domain, e) < 0)
		return -1;
	/* The one mechanism in which a name is asked for, not proved. */
	if (strcmp(s->mech->name, "EXTERNAL") == 0 &&
	    set(s, GSASL_AUTHZID, cfg->user, e) < 0)
		return -1;
	if ((s->mech->flags & NEEDS_SECRET) != 0 &&
	    set(s, GSASL_PASSWORD, cfg->secret->p, e) < 0)
		return -1;
	return set_binding(s, bind, cb, cblen, e);
}

static int check_config(const struct mech *m, const struct sasl_config *cfg,
			struct err *e)
{
	if ((m->flags & NEEDS_USER) != 0 && cfg->user == NULL)
		return err_set(e, ERR_CONFIG,
			       "login by %s needs a user name: set 'user'", m->name);
	if ((m->flags & NEEDS_SECRET) == 0)
		return 0;
	if (cfg->secret == NULL || !secret_isset(cfg->secret))
		return err_set(e, ERR_CONFIG,
			       "login by %s needs a password: set 'password' or "
			       "'passwordeval'", m->name);
	if (memchr(cfg->secret->p, '\0', cfg->secret->len) != NULL)
		return err_set(e, ERR_CONFIG, "the password holds a NUL");
	/* The library makes each byte of UTF-8 a letter of its own, which
	 * is another name and password. */
	if (ntlm(m) && (ascii_has_8bit(cfg->user, strlen(cfg->user)) ||
			ascii_has_8bit(cfg->secret->p, cfg->secret->len)))
		return err_set(e, ERR_UNAVAILABLE,
			       "login by NTLM can be done with an ASCII name and "
			       "password only: choose another 'auth'");
	return 0;
}

int sasl_open(struct sasl **out, const struct sasl_config *cfg,
	      const char *mech, enum sasl_binding bind,
	      const void *cb, size_t cblen, struct err *e)
{
	const struct mech *m = find(mech);
	struct sasl *s;

	*out = NULL;
	if (m == NULL)
		return err_set(e, ERR_UNAVAILABLE,
			       "login mechanism %s is not known", mech);
	if (check_config(m, cfg, e) < 0)
		return -1;
	s = xcalloc(1, sizeof *s);
	s->cfg = cfg;
	s->mech = m;
	if (!bearer(m) && open_gsasl(s, bind, cb, cblen, e) < 0) {
		sasl_free(s);
		return -1;
	}
	*out = s;
	return 0;
}

/* One step of the library; what it gives is appended in base 64. */
static int step_gsasl(struct sasl *s, const char *in, size_t n, struct buf *out,
		      struct err *e)
{
	char *token = NULL;
	size_t len = 0;
	int rc = gsasl_step(s->session, in, n, &token, &len);

	if (rc != GSASL_OK && rc != GSASL_NEEDS_MORE)
		return gsasl_error(s, rc, e);
	s->done = rc == GSASL_OK;
	if (token != NULL) {
		base64_encode(out, token, len);
		explicit_bzero(token, len);
		gsasl_free(token);
	}
	return 0;
}

static int first_bearer(struct sasl *s, struct buf *out, struct err *e)
{
	const struct sasl_config *cfg = s->cfg;
	struct buf raw = BUF_INIT(TOKEN_MAX);
	int ret;

	if (strcmp(s->mech->name, "XOAUTH2") == 0)
		ret = bearer_xoauth2(&raw, cfg->user, cfg->secret, e);
	else
		ret = bearer_oauth(&raw, cfg->user,
				   cfg->host != NULL ? cfg->host : "localhost",
				   cfg->port, cfg->secret, e);
	if (ret == 0)
		base64_encode(out, raw.p, raw.len);
	buf_wipe(&raw);
	s->done = true;
	return ret;
}

static int first(struct sasl *s, struct buf *out, struct err *e)
{
	s->begun = true;
	return bearer(s->mech) ? first_bearer(s, out, e)
			       : step_gsasl(s, NULL, 0, out, e);
}

int sasl_initial(struct sasl *s, struct buf *out, bool *has, struct err *e)
{
	size_t start = out->len;

	*has = (s->mech->flags & CLIENT_FIRST) != 0;
	if (!*has)
		return 0;
	if (first(s, out, e) < 0)
		return -1;
	if (out->len == start)
		buf_addc(out, '=');
	return 0;
}

/*
 * The server says in JSON why it will refuse, and refuses after an answer
 * without content: an empty line, or %x01 in RFC 7628 section 3.2.3.
 */
static int take_complaint(struct sasl *s, const char *challenge, size_t n,
			  struct buf *out, struct err *e)
{
	struct buf json = BUF_INIT(REPLY_SASL_MAX);

	if (s->complaint[0] != '\0')
		return err_set(e, ERR_NOPERM, "login by %s: the relay goes on "
			       "asking after its refusal: %s", s->mech->name,
			       s->complaint);
	if (base64_decode(&json, challenge, n) < 0)
		buf_add(&json, challenge, n);
	bearer_complaint(s->complaint, buf_str(&json), json.len);
	if (s->complaint[0] == '\0')
		memcpy(s->complaint, "no reason given", sizeof "no reason given");
	buf_free(&json);
	if (strcmp(s->mech->name, "OAUTHBEARER") == 0)
		buf_adds(out, "AQ==");
	return 0;
}

/*
 *	server-first-message = nonce "," salt "," "i=" posit-number
 *
 * The library would count up to four thousand million.
 */
static int check_rounds(const struct sasl *s, const struct buf *challenge,
			struct err *e)
{
	const char *i = strstr(buf_str(challenge), ",i=");
	unsigned long long rounds;

	if (!scram(s->mech) || i == NULL)
		return 0;
	if (!ascii_number(i + 3, strspn(i + 3, "0123456789"), SASL_ITER_MAX, &rounds))
		return err_set(e, ERR_PROTOCOL,
			       "login by %s: the relay asks for an unreasonable "
			       "number of rounds", s->mech->name);
	return 0;
}

/*
 * [MS-NLMP] 2.2.1.2: "NTLMSSP", NUL, 2 in 32 bits, the target's name (its
 * length twice in 16 bits, where it begins in 32), flags in 32 bits, and the
 * challenge in 64; all little-endian.  The library answers to anything.
 */
static int check_type2(const struct sasl *s, const struct buf *challenge,
		       struct err *e)
{
	const unsigned char *p = (const unsigned char *)challenge->p;
	size_t len, off;

	if (challenge->len >= NTLM_CHALLENGE_MIN &&
	    memcmp(p, "NTLMSSP\0\2\0\0\0", 12) == 0) {
		len = p[12] | (size_t)p[13] << 8;
		off = p[16] | (size_t)p[17] << 8 | (size_t)p[18] << 16 |
			(size_t)p[19] << 24;
		if (len == 0 || (off <= challenge->len &&
				 len <= challenge->len - off))
			return 0;
	}
	return err_set(e, ERR_PROTOCOL, "login by %s: the relay's challenge is "
		       "none", s->mech->name);
}

static int step_challenge(struct sasl *s, const char *challenge, size_t n,
			  struct buf *out, struct err *e)
{
	struct buf raw = BUF_INIT(REPLY_SASL_MAX);
	int ret = -1;

	if ((s->mech->flags & PROMPTS) != 0 && !s->begun) {
		/* "Username:", "NTLM supported": not always base 64. */
	} else if (strcmp(s->mech->name, "LOGIN") == 0) {
		/* "Password:", likewise. */
	} else if (base64_decode(&raw, challenge, n) < 0) {
		err_set(e, ERR_PROTOCOL, "login by %s: the relay's challenge is "
			"not base 64", s->mech->name);
		goto out;
	}
	if (check_rounds(s, &raw, e) < 0 ||
	    (ntlm(s->mech) && s->begun && check_type2(s, &raw, e) < 0))
		goto out;
	s->begun = true;
	ret = step_gsasl(s, buf_str(&raw), raw.len, out, e);
out:
	buf_free(&raw);
	return ret;
}

int sasl_step(struct sasl *s, const char *challenge, size_t n,
	      struct buf *out, struct err *e)
{
	if (bearer(s->mech) && s->begun)
		return take_complaint(s, challenge, n, out, e);
	if (s->done)
		return err_set(e, ERR_PROTOCOL, "login by %s: the relay asks for "
			       "more than the mechanism has", s->mech->name);
	if ((s->mech->flags & CLIENT_FIRST) != 0 && !s->begun)
		return first(s, out, e);
	return step_challenge(s, challenge, n, out, e);
}

int sasl_finish(struct sasl *s, struct err *e)
{
	if (s->complaint[0] != '\0')
		return err_set(e, ERR_NOPERM, "login by %s: the relay claims success "
			       "after its refusal: %s", s->mech->name, s->complaint);
	if (!s->done)
		return err_set(e, ERR_NOPERM, "login by %s: the relay claims success "
			       "before the mechanism is complete", s->mech->name);
	return 0;
}

const char *sasl_complaint(const struct sasl *s)
{
	return s->complaint;
}

/* The library frees its copies of secrets without wiping them. */
static void wipe(Gsasl_session *session, Gsasl_property prop)
{
	const char *copy = gsasl_property_fast(session, prop);

	if (copy != NULL)
		explicit_bzero((void *)(uintptr_t)copy, strlen(copy));
}

void sasl_free(struct sasl *s)
{
	if (s == NULL)
		return;
	if (s->session != NULL) {
		wipe(s->session, GSASL_PASSWORD);
		wipe(s->session, GSASL_SCRAM_SALTED_PASSWORD);
		gsasl_finish(s->session);
	}
	if (s->ctx != NULL)
		gsasl_done(s->ctx);
	free(s);
}
