#include "flow/relay_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "conf/opt.h"
#include "sys/clock.h"

#define CONNECT_SECONDS 60	/* for all addresses, when no timeout is set */

static void set_policy(struct relay *r, const char *host,
		       const struct secret *secret)
{
	const struct account *acc = r->acc;

	r->policy = (struct tls_policy){
		.host = acc->tls_host_override != NULL ?
			acc->tls_host_override : host,
		.certcheck = acc->tls_certcheck == ON,
		.fingerprint = acc->tls_fingerprint,
		.trust_file = acc->tls_trust_file,
		.crl_file = acc->tls_crl_file,
		.cert_file = acc->tls_cert_file,
		.key_file = acc->tls_key_file,
		.pin = secret != NULL && secret_isset(secret) ? secret :
			&acc->password,
		.priorities = acc->tls_priorities,
		.min_dh_prime_bits = acc->tls_min_dh_prime_bits,
		.resume = r->session_of,
	};
}

static void set_engine(struct relay *r, const struct relay_ask *ask)
{
	const struct account *acc = r->acc;

	r->sasl = (struct sasl_config){
		.mech = acc->auth == AUTH_MECH ? acc->auth_mech : NULL,
		.user = acc->user,
		.secret = ask->secret,
		.domain = acc->ntlmdomain,
		.host = ask->host != NULL ? ask->host : acc->socket,
		.port = (unsigned)account_port(acc),
		.cleartext = acc->auth_cleartext == ON,
	};
	r->cfg = (struct smtpc_config){
		.lmtp = acc->protocol == PROTO_LMTP,
		.domain = acc->domain != NULL && acc->domain[0] != '\0' ?
			acc->domain : "localhost",
		.tls = acc->tls != ON ? SMTPC_TLS_OFF :
			acc->tls_starttls == ON ? SMTPC_TLS_STARTTLS :
			SMTPC_TLS_IMPLICIT,
		.auth = !ask->no_login && acc->auth != AUTH_OFF ? &r->sasl : NULL,
		.pipelining = acc->pipelining == PIPE_OFF ? SMTPC_PIPE_OFF :
			acc->pipelining == PIPE_FULL ? SMTPC_PIPE_FULL :
			SMTPC_PIPE_AUTO,
		.chunking = acc->chunking != OFF,
		.rmqs = ask->rmqs,
	};
	r->engine = smtpc_new(&r->cfg);
	if (r->trace != NULL)
		smtpc_set_trace(r->engine, r->trace->fn, r->trace->ctx,
				r->trace->secrets);
}

static int connect_relay(struct relay *r, const char *host, struct err *e)
{
	const struct account *acc = r->acc;
	struct dial to = {
		.host = host,
		.port = (unsigned)account_port(acc),
		.socket = acc->socket,
		.source_ip = acc->source_ip,
		.proxy_host = acc->proxy_host,
		.proxy_port = (unsigned)account_proxy_port(acc),
		.proxy_user = acc->proxy_user,
		.proxy_password = &acc->proxy_password,
	};
	int seconds = relay_timeout_chosen(acc) && acc->timeout > 0 ?
		acc->timeout : CONNECT_SECONDS;

	if (dial_open(&to, clock_sooner(r->deadline, clock_in(seconds)),
		      &r->at, e) < 0)
		return -1;
	relay_info(r, "connected to %s%s%s", r->label,
	     r->at.address[0] != '\0' ? " at " : "", r->at.address);
	stream_open(&r->stream, r->at.fd);
	return 0;
}

/* "KEY: ..." is about that setting: where does it stand? */
static void blame_setting(const struct account *acc, struct err *e)
{
	char *key = xmemdup0(e->text, strcspn(e->text, ":"));

	if (opt_by_key(key) != NULL)
		account_blame(acc, key, e);
	free(key);
}

int relay_open(const struct relay_ask *ask, struct relay **out,
	       struct reply *said, struct err *e)
{
	const struct account *acc = ask->acc;
	struct relay *r = xcalloc(1, sizeof *r);

	*r = (struct relay){ .acc = acc, .trace = ask->trace, .host = ask->host,
			     .stream = STREAM_INIT, .at = { .fd = -1 } };
	r->deadline = clock_in(acc->deadline);
	r->label = acc->socket != NULL ? xstrdup(acc->socket) :
		xasprintf("%s:%u", ask->host, (unsigned)account_port(acc));
	/* A look at the relay is one at its certificate, too. */
	if (acc->tls_resumption == ON && !ask->no_login)
		r->session_of = xasprintf("%s %s %s", acc->id, r->label,
					  acc->user != NULL ? acc->user : "");
	set_policy(r, ask->host, ask->secret);
	set_engine(r, ask);
	if (acc->tls == ON && tls_creds_load(&r->policy, &r->creds, e) < 0) {
		blame_setting(acc, e);
		goto fail;
	}
	if (connect_relay(r, ask->host, e) < 0)
		goto fail;
	if (r->cfg.tls == SMTPC_TLS_IMPLICIT && relay_start_tls(r, e) < 0)
		goto fail;
	if (relay_drive(r, NULL, e) < 0)
		goto fail;
	*out = r;
	return 0;
fail:
	err_wrap(e, "%s", r->label);
	if (said != NULL)
		reply_copy(said, smtpc_last_reply(r->engine));
	r->broken = true;
	relay_close(r);
	return -1;
}
