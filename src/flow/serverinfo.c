#include "flow/serverinfo.h"

#include <string.h>

#include "base/ascii.h"
#include "flow/cred.h"
#include "wire/smtpc.h"

static const char *first_host(const struct account *acc)
{
	return acc->socket == NULL && acc->host.n > 0 ? acc->host.v[0] : NULL;
}

static void print_server(const struct account *acc, const struct relay *r,
			 struct buf *out)
{
	const char *address = relay_address(r), *name = relay_canonical(r);
	const struct reply *greeting = smtpc_greeting(relay_engine(r));

	buf_addf(out, "%s server at %s", acc->protocol == PROTO_LMTP ? "LMTP" :
		 "SMTP", acc->socket != NULL ? acc->socket : first_host(acc));
	if (name[0] != '\0' && address[0] != '\0')
		buf_addf(out, " (%s [%s])", name, address);
	else if (address[0] != '\0')
		buf_addf(out, " ([%s])", address);
	if (acc->socket == NULL)
		buf_addf(out, ", port %d", account_port(acc));
	buf_adds(out, ":\n    ");
	ascii_printable(out, buf_str(&greeting->text),
			strcspn(buf_str(&greeting->text), "\n"));
	buf_addc(out, '\n');
}

static void print_tls(struct relay *r, struct buf *out)
{
	struct buf session = BUF_INIT(4096), cert = BUF_INIT(65536);

	relay_describe(r, &session, &cert);
	if (session.len > 0)
		buf_addf(out, "TLS session parameters:\n    %s\n"
			 "TLS certificate information:\n%s", buf_str(&session),
			 buf_str(&cert));
	buf_free(&session);
	buf_free(&cert);
}

static void print_size(const struct caps *c, struct buf *out)
{
	double mib = (double)c->size_max / (1024 * 1024);

	buf_addf(out, "    SIZE %llu:\n        ",
		 (unsigned long long)c->size_max);
	if (c->size_max == 0)
		buf_adds(out, "There is no limit on the message size\n");
	else if (c->size_max >= 1024 * 1024)
		buf_addf(out, "Maximum message size is %llu bytes = %0.2f MiB\n",
			 (unsigned long long)c->size_max, mib);
	else
		buf_addf(out, "Maximum message size is %llu bytes = %0.2f KiB\n",
			 (unsigned long long)c->size_max, mib * 1024);
}

static void print_caps(const struct account *acc, const struct caps *c,
		       struct buf *out)
{
	const struct {
		const char *keyword, *says;
		bool offered;
	} rows[] = {
		{ "PIPELINING", "Several commands may be sent in one go",
		  c->pipelining },
		{ "CHUNKING", "The message may be sent as BDAT chunks",
		  c->chunking },
		{ "8BITMIME", "The body may hold bytes above 127",
		  c->eightbitmime },
		{ "SMTPUTF8", "Addresses may be internationalized",
		  c->smtputf8 },
		{ "ETRN", "The queue can be started with --rmqs", c->etrn },
		{ "DSN", "Delivery notifications can be asked for", c->dsn },
		{ "STARTTLS", "TLS can be started on this connection",
		  c->starttls || (acc->tls == ON && acc->tls_starttls == ON) },
	};

	if (c->lines.n == 0) {
		buf_adds(out, "No special capabilities.\n");
		return;
	}
	buf_adds(out, "Capabilities:\n");
	if (c->size)
		print_size(c, out);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].offered)
			buf_addf(out, "    %s:\n        %s\n", rows[i].keyword,
				 rows[i].says);
	if (!c->auth)
		return;
	buf_adds(out, "    AUTH:\n        Supported authentication methods:\n"
		 "        ");
	for (const char *const *m = sasl_mechanisms(); *m != NULL; m++)
		if (caps_has_mech(c, *m))
			buf_addf(out, "%s ", *m);
	buf_addc(out, '\n');
}

int serverinfo(const struct account *acc, const struct relay_trace *trace,
	       struct buf *out, struct err *e)
{
	const struct secret none = SECRET_INIT;
	const struct relay_ask ask = {
		.acc = acc, .host = first_host(acc), .secret = &none,
		.trace = trace, .no_login = true,
	};
	const struct caps *caps;
	struct relay *r;

	if (relay_open(&ask, &r, NULL, e) < 0)
		return -1;
	caps = smtpc_caps(relay_engine(r));
	print_server(acc, r, out);
	print_tls(r, out);
	print_caps(acc, caps, out);
	if (caps->starttls && acc->tls == OFF)
		buf_adds(out, "This server offers STARTTLS and 'tls' is off: "
			 "set it on.\n");
	relay_close(r);
	return 0;
}

int serverinfo_rmqs(const struct account *acc, bool may_ask, const char *arg,
		    const struct relay_trace *trace, struct err *e)
{
	struct secret secret = SECRET_INIT;
	const struct relay_ask ask = {
		.acc = acc, .host = first_host(acc), .secret = &secret,
		.trace = trace, .rmqs = arg,
	};
	struct relay *r = NULL;
	int ret = cred_get(acc, may_ask, &secret, e);

	if (ret == 0)
		ret = relay_open(&ask, &r, NULL, e);
	relay_close(r);
	secret_clear(&secret);
	return ret;
}
