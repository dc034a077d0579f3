#include "sys/creds.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "sys/fs.h"
#include "sys/trust.h"
#include "text/idn.h"

#define PEM_MAX (8u << 20)	/* bytes of a trust, CRL or certificate file */

/* The system's policy decides, but nothing older than TLS 1.2 is safe. */
#define NOTHING_OLD "-VERS-SSL3.0:-VERS-TLS1.0:-VERS-TLS1.1:-VERS-DTLS-ALL"

/* ---- the peer's name --------------------------------------------------- */

static int set_host(struct tls_creds *c, const char *host, struct err *e)
{
	char *name = xstrdup(host);
	size_t n;

	name[strcspn(name, "%")] = '\0';	/* fe80::1%eth0 */
	if (inet_pton(AF_INET, name, c->ip) == 1)
		c->ip_len = 4;
	else if (inet_pton(AF_INET6, name, c->ip) == 1)
		c->ip_len = 16;
	if (c->ip_len > 0) {
		c->host = name;
		return 0;
	}
	free(name);
	if (idn_to_ascii(host, &c->host, e) < 0)
		return err_wrap(e, "cannot verify '%s'", host);
	n = strlen(c->host);
	if (n > 1 && c->host[n - 1] == '.')
		c->host[n - 1] = '\0';
	return 0;
}

/* ---- fingerprints ------------------------------------------------------ */

static int hex(char c)
{
	c = ascii_tolower(c);
	if (ascii_isdigit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One pin: pairs of hex digits, nothing, ":" or " " between. */
static int parse_pin(const char *p, size_t n, struct pin *pin)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i += 2) {
		if (len > 0 && (p[i] == ':' || p[i] == ' '))
			i++;
		if (i + 1 >= n || hex(p[i]) < 0 || hex(p[i + 1]) < 0 ||
		    len == sizeof pin->digest)
			return -1;
		pin->digest[len++] = (unsigned char)(hex(p[i]) * 16 + hex(p[i + 1]));
	}
	pin->len = len;
	pin->algo = len == 32 ? GNUTLS_DIG_SHA256 :
		len == 20 ? GNUTLS_DIG_SHA1 :
		len == 16 ? GNUTLS_DIG_MD5 : GNUTLS_DIG_UNKNOWN;
	return pin->algo != GNUTLS_DIG_UNKNOWN ? 0 : -1;
}

static int set_pins(struct tls_creds *c, const char *text, struct err *e)
{
	while (*text != '\0') {
		size_t n = strcspn(text, ","), skip = strspn(text, " \t");
		size_t end = n;

		while (end > skip && ascii_isblank(text[end - 1]))
			end--;
		if (c->pins_n == CREDS_PINS)
			return err_set(e, ERR_CONFIG, "more than %d TLS fingerprints",
				       CREDS_PINS);
		if (skip >= end ||
		    parse_pin(text + skip, end - skip, &c->pins[c->pins_n]) < 0)
			return err_set(e, ERR_CONFIG, "'%.*s' is no TLS fingerprint: "
				       "64 hexadecimal digits are needed (SHA-256)",
				       (int)n, text);
		c->pins_n++;
		text += n;
		if (*text == ',')
			text++;
	}
	if (c->pins_n == 0)
		return err_set(e, ERR_CONFIG, "the TLS fingerprint is empty");
	return 0;
}

/* ---- files ------------------------------------------------------------- */

static bool is_url(const char *path)
{
	return strncmp(path, "pkcs11:", 7) == 0;
}

/* The whole of PATH; everything but a readable regular file is an error. */
static int read_file(const char *path, const char *what, struct buf *out,
		     struct err *e)
{
	bool missing;
	int fd, ret;

	ret = fs_open_read(path, false, &fd, &missing, e);
	if (ret == 0) {
		ret = fs_read_all(fd, path, out, e);
		close(fd);
	}
	if (ret < 0) {
		err_wrap(e, "%s", what);
		if (e != NULL && e->kind == ERR_IO)
			e->kind = ERR_NOINPUT;
	}
	return ret;
}

static gnutls_datum_t datum(const struct buf *b)
{
	gnutls_datum_t d = { (unsigned char *)b->p, (unsigned)b->len };

	return d;
}

/* COUNT is what GnuTLS said after loading: how many, or an error. */
static int loaded(int count, const char *path, const char *what,
		  const char *things, struct err *e)
{
	if (count > 0)
		return 0;
	if (count == 0 || count == GNUTLS_E_NO_CERTIFICATE_FOUND)
		return err_set(e, ERR_NOINPUT, "%s: '%s' holds no %s", what, path,
			       things);
	return err_set(e, ERR_NOINPUT, "%s: '%s' holds no usable %s: %s", what,
		       path, things, gnutls_strerror(count));
}

static int load_system(struct tls_creds *c, int *count, struct err *e)
{
	struct err why = ERR_INIT;
	bool missing;
	int n, fd;

	n = *count = gnutls_certificate_set_x509_system_trust(c->cred);
	if (n > 0)
		return 0;
	/* the library does not say that it had no descriptor left */
	if (fs_open_read(SYSTEM_TRUST_FILE, false, &fd, &missing, &why) == 0)
		close(fd);
	else if (why.kind == ERR_TEMP)
		return err_set(e, ERR_TEMP, "the system's trusted certificates: "
			       "%s", why.text);
	return err_set(e, ERR_NOINPUT, "the system's trusted certificates "
		       "cannot be loaded (%s): install them (ca-certificates) or "
		       "set tls_trust_file",
		       n < 0 ? gnutls_strerror(n) : "there are none");
}

/* *count: how many authorities there were. */
static int load_everything(struct tls_creds *c, const char *path, int *count,
			   struct err *e)
{
	struct buf text = BUF_INIT(PEM_MAX);
	gnutls_datum_t d;
	int n, ret = -1;

	if (strcmp(path, "system") == 0)
		return load_system(c, count, e);
	if (is_url(path)) {
		n = *count = gnutls_certificate_set_x509_trust_file(
			c->cred, path, GNUTLS_X509_FMT_PEM);
		return loaded(n, path, "tls_trust_file", "certificate", e);
	}
	if (read_file(path, "tls_trust_file", &text, e) == 0) {
		d = datum(&text);
		n = *count = text.len == 0 ? 0 : gnutls_certificate_set_x509_trust_mem(
			c->cred, &d, GNUTLS_X509_FMT_PEM);
		ret = loaded(n, path, "tls_trust_file", "certificate", e);
	}
	buf_free(&text);
	return ret;
}

/* The file behind the policy's trust, NULL when it cannot be told. */
static const char *bundle_of(const char *path)
{
	if (strcmp(path, "system") == 0)
		return SYSTEM_TRUST_FILE;
	return is_url(path) ? NULL : path;
}

/*
 * With an index nothing is loaded yet: creds_trust_chain() does it when it is
 * known what for.
 */
static int load_trust(struct tls_creds *c, const char *path, struct err *e)
{
	const char *bundle = bundle_of(path);
	int count;

	if (bundle != NULL)
		c->trust = trust_open(bundle);
	if (c->trust != NULL)
		return 0;
	if (load_everything(c, path, &count, e) < 0)
		return -1;
	if (bundle != NULL)
		trust_index(bundle, count);
	return 0;
}

void creds_trust_chain(struct tls_creds *c, const gnutls_datum_t *chain, unsigned n)
{
	struct buf pem = BUF_INIT(1u << 20);
	gnutls_datum_t d;

	trust_find(c->trust, chain, n, &pem);
	d = datum(&pem);
	/* Whatever goes wrong, there is creds_trust_all(). */
	if (pem.len > 0)
		gnutls_certificate_set_x509_trust_mem(c->cred, &d,
						      GNUTLS_X509_FMT_PEM);
	buf_free(&pem);
}

int creds_trust_all(struct tls_creds *c, struct err *e)
{
	int count;

	trust_free(c->trust);
	c->trust = NULL;
	return load_everything(c, c->policy->trust_file, &count, e);
}

static int load_crl(struct tls_creds *c, const char *path, struct err *e)
{
	struct buf text = BUF_INIT(PEM_MAX);
	gnutls_datum_t d;
	int n, ret = -1;

	if (read_file(path, "tls_crl_file", &text, e) == 0) {
		d = datum(&text);
		n = text.len == 0 ? 0 : gnutls_certificate_set_x509_crl_mem(
			c->cred, &d, GNUTLS_X509_FMT_PEM);
		ret = loaded(n, path, "tls_crl_file", "revocation list", e);
	}
	buf_free(&text);
	return ret;
}

/*
 * The token asks for its PIN.  It is given once: a second try with the same
 * one only brings the token closer to locking itself.
 */
static int give_pin(void *ptr, int attempt, const char *url, const char *label,
		    unsigned flags, char *pin, size_t size)
{
	const struct tls_policy *policy = ptr;

	(void)url;
	(void)label;
	if (attempt > 0 || (flags & (GNUTLS_PIN_WRONG | GNUTLS_PIN_FINAL_TRY)) ||
	    policy->pin == NULL || !secret_isset(policy->pin) ||
	    policy->pin->len >= size)
		return -1;
	memcpy(pin, policy->pin->p, policy->pin->len + 1);
	return 0;
}

static int check_readable(const char *path, const char *what, struct err *e)
{
	struct buf text = BUF_INIT(PEM_MAX);
	int ret;

	if (is_url(path))
		return 0;
	ret = read_file(path, what, &text, e);
	buf_wipe(&text);
	return ret;
}

static int load_own(struct tls_creds *c, const struct tls_policy *p,
		    struct err *e)
{
	const char *key = p->key_file != NULL ? p->key_file : p->cert_file;
	const char *pin = p->pin != NULL && secret_isset(p->pin) ? p->pin->p : NULL;
	int r;

	if (check_readable(p->cert_file, "tls_cert_file", e) < 0 ||
	    check_readable(key, "tls_key_file", e) < 0)
		return -1;
	gnutls_certificate_set_pin_function(c->cred, give_pin, (void *)p);
	r = gnutls_certificate_set_x509_key_file2(c->cred, p->cert_file, key,
						  GNUTLS_X509_FMT_PEM, pin, 0);
	if (r < 0)
		return err_set(e, ERR_NOINPUT, "the client certificate '%s' with "
			       "key '%s' cannot be used: %s%s", p->cert_file, key,
			       gnutls_strerror(r), r == GNUTLS_E_DECRYPTION_FAILED ?
			       " (wrong or missing password of the key)" : "");
	c->own_cert = true;
	return 0;
}

/* ---- all of it --------------------------------------------------------- */

static int set_priorities(struct tls_creds *c, const char *text, struct err *e)
{
	const char *at = NULL;
	int r;

	if (text != NULL)
		r = gnutls_priority_init(&c->prio, text, &at);
	else
		r = gnutls_priority_init2(&c->prio, NOTHING_OLD, &at,
					  GNUTLS_PRIORITY_INIT_DEF_APPEND);
	if (r == 0)
		return 0;
	c->prio = NULL;
	if (text == NULL)	/* nothing that an account says is wrong */
		return err_set(e, ERR_SOFTWARE, "cannot set up TLS: GnuTLS does "
			       "not understand the system's policy: %s",
			       gnutls_strerror(r));
	if (r == GNUTLS_E_INVALID_REQUEST && at != NULL)
		return err_set(e, ERR_CONFIG, "tls_priorities: not understood from "
			       "'%s' on", at);
	return err_set(e, ERR_CONFIG, "tls_priorities: %s", gnutls_strerror(r));
}

static int load_check(struct tls_creds *c, const struct tls_policy *p,
		      struct err *e)
{
	if (!p->certcheck)
		return 0;
	if (p->fingerprint != NULL)
		return set_pins(c, p->fingerprint, e);
	if (p->trust_file == NULL)
		return err_set(e, ERR_CONFIG, "nothing to verify the relay with: "
			       "set tls_trust_file or tls_fingerprint");
	if (c->host[0] == '\0')
		return err_set(e, ERR_CONFIG, "no host name to verify the relay "
			       "by: set host, tls_host_override or "
			       "tls_fingerprint");
	/* The revocation lists first: they are checked against no one's
	 * signature, the file's owner answers for them. */
	if (p->crl_file != NULL && load_crl(c, p->crl_file, e) < 0)
		return -1;
	return load_trust(c, p->trust_file, e);
}

int tls_creds_load(const struct tls_policy *policy, struct tls_creds **out,
		   struct err *e)
{
	struct tls_creds *c = xcalloc(1, sizeof *c);

	c->policy = policy;
	if (gnutls_certificate_allocate_credentials(&c->cred) < 0) {
		free(c);
		return err_set(e, ERR_SOFTWARE, "cannot set up TLS");
	}
	if (set_host(c, policy->host != NULL ? policy->host : "", e) < 0 ||
	    set_priorities(c, policy->priorities, e) < 0 ||
	    (policy->cert_file != NULL && load_own(c, policy, e) < 0) ||
	    load_check(c, policy, e) < 0) {
		tls_creds_free(c);
		return -1;
	}
	*out = c;
	return 0;
}

void tls_creds_free(struct tls_creds *c)
{
	if (c == NULL)
		return;
	if (c->prio != NULL)
		gnutls_priority_deinit(c->prio);
	gnutls_certificate_free_credentials(c->cred);
	trust_free(c->trust);
	free(c->host);
	free(c);
}
