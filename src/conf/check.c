/* What values and accounts must look like. */
#include "conf/check.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "conf/opt.h"
#include "conf/value.h"

int check_word(const char *value, char **fixed, struct err *e)
{
	(void)fixed;
	if (value[strcspn(value, " \t")] != '\0')
		return err_set(e, ERR_CONFIG, "'%s' is more than one word",
			       value);
	return 0;
}

static bool is_ip(const char *text)
{
	unsigned char addr[sizeof(struct in6_addr)];
	char plain[INET6_ADDRSTRLEN];
	size_t n = strcspn(text, "%");

	if (inet_pton(AF_INET, text, addr) == 1)
		return true;
	if (n >= sizeof plain)
		return false;
	memcpy(plain, text, n);
	plain[n] = '\0';
	return inet_pton(AF_INET6, plain, addr) == 1 &&
		(text[n] == '\0' || text[n + 1] != '\0');
}

int check_host(const char *value, char **fixed, struct err *e)
{
	const char *colon = strchr(value, ':');
	size_t n = strlen(value);

	if (value[0] == '#')
		return err_set(e, ERR_CONFIG, "'%s' is no host name (a comment "
			       "needs a line of its own)", value);
	if (value[0] == '[' && value[n - 1] == ']') {
		char *inner = xmemdup0(value + 1, n - 2);

		if (is_ip(inner)) {
			*fixed = inner;
			return 0;
		}
		free(inner);
		return err_set(e, ERR_CONFIG, "'%s' is no address", value);
	}
	if (colon != NULL && !is_ip(value)) {
		unsigned long long port;

		if (ascii_number(colon + 1, strlen(colon + 1), 65535, &port))
			return err_set(e, ERR_CONFIG, "'%s' is no host name "
				       "(the port has a setting of its own: "
				       "port %llu)", value, port);
		return err_set(e, ERR_CONFIG, "'%s' is no host name", value);
	}
	if (value[strcspn(value, "/@,;\"'<>()")] != '\0')
		return err_set(e, ERR_CONFIG, "'%s' is no host name", value);
	return 0;
}

int check_one_host(const char *value, char **fixed, struct err *e)
{
	if (check_word(value, fixed, e) < 0)
		return -1;
	return check_host(value, fixed, e);
}

int check_ip(const char *value, char **fixed, struct err *e)
{
	(void)fixed;
	if (!is_ip(value))
		return err_set(e, ERR_CONFIG,
			       "'%s' is no IPv4 or IPv6 address", value);
	return 0;
}

int check_from(const char *value, char **fixed, struct err *e)
{
	size_t n = strlen(value);

	(void)e;
	if (n >= 2 && value[0] == '<' && value[n - 1] == '>')
		*fixed = xmemdup0(value + 1, n - 2);
	return 0;
}

int check_schedule(const char *value, char **fixed, struct err *e)
{
	struct schedule s;

	(void)fixed;
	return schedule_parse(value, &s, e);
}

/* "FILE:LINE: key", "--key" or "key": how a setting is named in a message. */
static const char *named(const struct account *a, const char *key, char *out,
			 size_t size)
{
	const struct opt *o = opt_by_key(key);
	const struct origin *at = &a->origin[opt_index(o)];
	char name[OPT_NAME_MAX];

	opt_long_name(o, name);
	if (at->line == 0)
		snprintf(out, size, "%s", key);
	else if (at->file != NULL)
		snprintf(out, size, "%s:%u: %s", at->file, at->line, key);
	else
		snprintf(out, size, "--%s", name);
	return out;
}

static bool given(const struct account *a, const char *key)
{
	return account_isset(a, opt_index(opt_by_key(key)));
}

static bool on_command_line(const struct account *a, const char *key)
{
	return given(a, key) &&
		a->origin[opt_index(opt_by_key(key))].file == NULL;
}

/* The account as a whole: "FILE:LINE: account 'x'". */
static int whole(const struct account *a, struct err *e, const char *what)
{
	if (a->begun.line > 0)
		return err_set(e, ERR_CONFIG, "%s:%u: account '%s' %s",
			       a->begun.file, a->begun.line, a->id, what);
	if (*a->id == '\0')
		return err_set(e, ERR_CONFIG, "the command line %s", what);
	return err_set(e, ERR_CONFIG, "account '%s' %s", a->id, what);
}

static int row(const struct account *a, struct err *e, const char *key,
	       const char *what)
{
	char name[ERR_TEXT_MAX];

	return err_set(e, ERR_CONFIG, "%s %s",
		       named(a, key, name, sizeof name), what);
}

static int check_relay(const struct account *a, struct err *e)
{
	if (a->host.n == 0 && a->socket == NULL)
		return whole(a, e, "names no relay; write 'host NAME'");
	if (a->protocol == PROTO_LMTP && a->port == 0 && a->socket == NULL)
		return row(a, e, "protocol", "lmtp has no customary port; "
			   "write 'port N' or 'socket PATH'");
	if (a->proxy_host == NULL && a->proxy_user != NULL)
		return row(a, e, "proxy_user", "is of no use without a proxy; "
			   "write 'proxy_host NAME'");
	if (a->proxy_user == NULL && secret_isset(&a->proxy_password))
		return row(a, e, "proxy_password", "is of no use without a name; "
			   "write 'proxy_user NAME'");
	return 0;
}

static int check_tls(const struct account *a, struct err *e)
{
	/* --tls=off over an account with a fingerprint is meant as it says. */
	bool plain = a->tls == OFF && (!on_command_line(a, "tls") ||
				       on_command_line(a, "tls_fingerprint"));

	if (a->tls_key_file != NULL && a->tls_cert_file == NULL)
		return row(a, e, "tls_key_file", "is of no use without its "
			   "certificate; write 'tls_cert_file FILE'");
	if (a->tls_cert_file != NULL && a->tls_key_file == NULL)
		return row(a, e, "tls_cert_file", "is of no use without its key; "
			   "write 'tls_key_file FILE'");
	if (a->tls_crl_file != NULL && a->tls_trust_file == NULL)
		return row(a, e, "tls_crl_file", "is of no use without "
			   "authorities; write 'tls_trust_file system' or a file");
	if (a->tls_fingerprint != NULL && plain)
		return row(a, e, "tls_fingerprint", "is of no use without TLS; "
			   "write 'tls on', or remove the fingerprint");
	if (a->tls != ON || a->tls_certcheck == OFF ||
	    a->tls_fingerprint != NULL)
		return 0;
	if (a->tls_trust_file == NULL)
		return row(a, e, "tls_trust_file", "is empty, so that nothing says "
			   "whom to trust; write 'tls_trust_file system' or a "
			   "file, or a tls_fingerprint");
	if (a->host.n == 0 && a->tls_host_override == NULL)
		return row(a, e, "tls", "needs a name to look for in the "
			   "certificate; write 'host NAME' or "
			   "'tls_host_override NAME'");
	return 0;
}

/* Methods that hand the secret itself to the relay. */
static bool bare_secret(const char *mech)
{
	return strcmp(mech, "PLAIN") == 0 || strcmp(mech, "LOGIN") == 0 ||
		strcmp(mech, "XOAUTH2") == 0 || strcmp(mech, "OAUTHBEARER") == 0;
}

static int check_login(const struct account *a, struct err *e)
{
	bool nameless = a->auth == AUTH_MECH &&
		(strcmp(a->auth_mech, "EXTERNAL") == 0 ||
		 strcmp(a->auth_mech, "GSSAPI") == 0);

	if (a->auth == AUTH_OFF)
		return 0;
	if (a->user == NULL && !nameless)
		return row(a, e, "auth", "needs a name to log in with; write "
			   "'user NAME', or 'auth off'");
	if (a->auth == AUTH_MECH && bare_secret(a->auth_mech) &&
	    a->tls == OFF && a->auth_cleartext == OFF)
		return row(a, e, "auth", "would send the secret without TLS; write "
			   "'tls on', or 'auth_cleartext on' if that is meant");
	return 0;
}

static int check_sender(const struct account *a, struct err *e)
{
	if (a->sender == SENDER_KEEP)
		return 0;
	if (a->from == NULL || a->from[0] == '\0')
		return row(a, e, "sender", "needs the address that may be used; "
			   "write 'from ADDRESS'");
	if (strpbrk(a->from, "*?[") != NULL)
		return row(a, e, "sender", "needs the one address that may be "
			   "used, and 'from' is a pattern; write 'from ADDRESS'");
	return 0;
}

int account_check(const struct account *a, struct err *e)
{
	if (check_relay(a, e) < 0 || check_tls(a, e) < 0 ||
	    check_login(a, e) < 0 || check_sender(a, e) < 0)
		return -1;
	return 0;
}

int account_blame(const struct account *a, const char *key, struct err *e)
{
	const struct origin *at = &a->origin[opt_index(opt_by_key(key))];

	return at->line > 0 && at->file != NULL ?
		err_wrap(e, "%s:%u", at->file, at->line) : -1;
}
