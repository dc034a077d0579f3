#include "flow/relay_int.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "conf/opt.h"
#include "flow/seven.h"
#include "sys/clock.h"
#include "text/dot.h"

#define REPLY_SECONDS 300	/* RFC 5321 4.5.3.2, most steps */
#define END_SECONDS 600		/* RFC 5321 4.5.3.2.6, after the final dot */
#define SLOWEST 16384		/* bytes a second that a large message may
				 * take beyond the delivery's deadline */
#define FEED_BLOCK 16384
/*
 * Where many messages follow each other: a relay nearby answers in less time than
 * it takes to fall asleep and be woken.  This often, some 30 microseconds in all,
 * its answer is looked for, and the processor offered to others in between.
 */
#define AWAKE_TRIES 60

bool relay_timeout_chosen(const struct account *acc)
{
	return account_isset(acc, opt_index(opt_by_key("timeout")));
}

static int64_t step_deadline(const struct relay *r, bool at_end)
{
	int seconds = r->acc->timeout;

	if (seconds <= 0)
		seconds = REPLY_SECONDS;
	if (at_end && seconds < END_SECONDS && !relay_timeout_chosen(r->acc))
		seconds = END_SECONDS;
	return clock_sooner(r->deadline, clock_in(seconds));
}

void relay_info(const struct relay *r, const char *fmt, ...)
{
	struct buf line = BUF_INIT(4096);
	va_list ap;

	if (r->trace == NULL)
		return;
	va_start(ap, fmt);
	buf_vaddf(&line, fmt, ap);
	va_end(ap);
	r->trace->fn(r->trace->ctx, SMTPC_INFO, r->tls_up, buf_str(&line),
		     line.len);
	buf_free(&line);
}

int relay_start_tls(struct relay *r, struct err *e)
{
	static const enum sasl_binding kinds[] = {
		[TLS_BIND_NONE] = SASL_BIND_NONE,
		[TLS_BIND_UNIQUE] = SASL_BIND_UNIQUE,
		[TLS_BIND_EXPORTER] = SASL_BIND_EXPORTER,
	};
	unsigned char cb[TLS_BINDING_MAX];
	enum tls_binding bind;
	struct buf text = BUF_INIT(4096);
	size_t len = 0;

	if (tls_start(&r->stream, r->creds, step_deadline(r, false), e) < 0)
		return -1;
	r->tls_up = true;
	tls_describe(&r->stream, &text);
	relay_info(r, "TLS: %s", buf_str(&text));
	buf_free(&text);
	bind = tls_channel_binding(&r->stream, cb, &len);
	smtpc_tls_up(r->engine, kinds[bind], cb, len);
	explicit_bzero(cb, sizeof cb);
	return 0;
}

/* The conversation cannot go on: the engine decides what that means. */
static void lost(struct relay *r, const struct err *e)
{
	r->broken = true;
	smtpc_lost(r->engine, e);
}

static int read_once(struct relay *r, int64_t deadline, struct err *e)
{
	char block[FEED_BLOCK];
	size_t got = 0;
	int ret = stream_read(&r->stream, block, sizeof block, &got, deadline, e);

	if (ret == 0 && got > 0)
		smtpc_feed(r->engine, block, got);
	else if (ret == 0)
		ret = err_set(e, ERR_TEMP, "the relay closed the connection");
	/* SASL answers may have come by */
	explicit_bzero(block, got);
	return ret;
}

/*
 * Writing failed, but the relay may have said why before it went: what has
 * arrived is read without waiting.
 */
static void last_words(struct relay *r)
{
	struct err ignored = ERR_INIT;

	for (int i = 0; i < 16 && stream_readable(&r->stream); i++)
		if (read_once(r, clock_ms() + 100, &ignored) < 0)
			return;
}

static int flush(struct relay *r, struct err *e)
{
	if (stream_flush(&r->stream, step_deadline(r, false), e) == 0)
		return 0;
	last_words(r);
	return -1;
}

static void use_spare(struct relay *r)
{
	if (r->idle && r->spare.fn != NULL)
		r->spare.fn(r->spare.ctx);
	r->idle = false;
}

/* A reply must be whole within its time, however slowly it drips. */
static int await(struct relay *r, struct err *e)
{
	unsigned long replies = smtpc_replies(r->engine);

	if (flush(r, e) < 0)
		return -1;
	use_spare(r);
	if (r->broken)
		return 0;
	if (r->thinks && r->spare.fn != NULL)
		r->stream.awake = AWAKE_TRIES;
	r->thinks = false;
	if (r->reply_by == 0 || replies != r->replies) {
		r->reply_by = step_deadline(r, smtpc_at_end(r->engine));
		r->replies = replies;
	}
	if (read_once(r, r->reply_by, e) < 0)
		return err_wrap(e, "waiting for %s", smtpc_step(r->engine));
	return 0;
}

/* Put bytes of the content; 1: the engine does not want it any more. */
static int put_content(struct relay *r, const char *p, size_t n, struct err *e)
{
	while (n > 0) {
		struct smtpc_event ev;
		size_t taken;
		int ret = stream_put(&r->stream, p, n, true, &taken,
				     step_deadline(r, false), e);

		if (ret < 0) {
			last_words(r);
			return -1;
		}
		p += taken;
		n -= taken;
		if (ret == 0)
			continue;
		if (read_once(r, step_deadline(r, false), e) < 0)
			return -1;
		if (smtpc_next(r->engine, &ev) != SMTPC_BODY)
			return 1;
	}
	return 0;
}

/* Everything through the filter: a header line may begin with a dot too. */
static int filter_content(struct relay *r, const struct draft *d,
			  struct dot *dot, struct buf *out, uint64_t *sent,
			  struct err *e)
{
	struct draft_walk walk;
	const char *p;
	size_t n = 0;
	int ret = 0;

	draft_walk_init(&walk, d);
	for (size_t off = 0; ret == 0 && off < d->head.len; off += n) {
		n = d->head.len - off;
		if (n > DRAFT_BLOCK)
			n = DRAFT_BLOCK;
		dot_feed(dot, d->head.p + off, n, out);
		*sent += out->len;
		ret = put_content(r, out->p, out->len, e);
		buf_clear(out);
	}
	while (ret == 0) {
		ret = draft_walk_next(&walk, &p, &n, e);
		if (ret < 0 || n == 0)
			break;
		dot_feed(dot, p, n, out);
		*sent += out->len;
		ret = put_content(r, buf_str(out), out->len, e);
		buf_clear(out);
	}
	if (ret == 0) {
		dot_end(dot, out);
		*sent += out->len;
		ret = put_content(r, buf_str(out), out->len, e);
	}
	draft_walk_clear(&walk);
	return ret;
}

static int copy_content(struct relay *r, const struct draft *d, uint64_t *sent,
			struct err *e)
{
	struct draft_walk walk;
	const char *p;
	size_t n;
	int ret = put_content(r, buf_str(&d->head), d->head.len, e);

	*sent = d->head.len;
	draft_walk_init(&walk, d);
	while (ret == 0) {
		ret = draft_walk_next(&walk, &p, &n, e);
		if (ret < 0 || n == 0)
			break;
		*sent += n;
		ret = put_content(r, p, n, e);
	}
	draft_walk_clear(&walk);
	return ret;
}

static int send_content(struct relay *r, const struct draft *d, bool stuff,
			struct err *e)
{
	struct buf out = BUF_INIT(2 * DRAFT_BLOCK + 16);
	struct dot dot;
	uint64_t sent = 0;
	int ret;

	dot_init(&dot, stuff);
	if (d->mended && !stuff)
		ret = copy_content(r, d, &sent, e);
	else
		ret = filter_content(r, d, &dot, &out, &sent, e);
	if (ret == 0 && !stuff && sent != draft_size(d))
		ret = err_set(e, ERR_IO, "the message changed while it was "
			      "being sent");
	buf_free(&out);
	r->thinks = ret == 0;
	if (ret == 0)
		smtpc_body_end(r->engine);
	return ret < 0 ? -1 : 0;
}

/* One thing that the engine needs; 1: it needs nothing of us any more. */
static int serve(struct relay *r, const struct draft *d, struct err *e)
{
	struct smtpc_event ev = { 0 };
	size_t taken;

	switch (smtpc_next(r->engine, &ev)) {
	case SMTPC_WRITE:
		if (stream_put(&r->stream, ev.data, ev.len, false, &taken,
			       step_deadline(r, false), e) < 0) {
			last_words(r);
			return -1;
		}
		smtpc_wrote(r->engine);
		return 0;
	case SMTPC_READ:
		return await(r, e);
	case SMTPC_TLS:
		return flush(r, e) < 0 ? -1 : relay_start_tls(r, e);
	case SMTPC_BODY:
		return send_content(r, d, ev.stuff, e);
	case SMTPC_READY:
	case SMTPC_DONE:
	case SMTPC_FAILED:
		break;
	}
	return 1;
}

int relay_drive(struct relay *r, const struct draft *d, struct err *e)
{
	struct smtpc_event ev;
	struct err trouble = ERR_INIT;
	int ret;

	r->reply_by = 0;
	while ((ret = serve(r, d, &trouble)) == 0)
		continue;
	if (ret < 0)
		lost(r, &trouble);
	else	/* a QUIT that nobody waits for, the "*" that ends a login:
		 * what the socket takes at once */
		stream_flush(&r->stream, clock_ms(), &trouble);
	if (smtpc_next(r->engine, &ev) != SMTPC_FAILED)
		return 0;
	r->broken = true;
	*e = *smtpc_error(r->engine);
	return -1;
}

static struct smtpc_mail mail_of(const struct envelope *env,
				 const struct draft *d, bool partial,
				 struct outcome *out)
{
	return (struct smtpc_mail){
		.env = env,
		.outcome = out,
		.size = draft_size(d),
		.eightbit = draft_eightbit(d),
		.utf8_header = d->head.len > 0 &&
			ascii_has_8bit(d->head.p, d->head.len) &&
			ascii_utf8_valid(d->head.p, d->head.len),
		.partial = partial,
		.one_flight = draft_size(d) <= STREAM_OUT_MAX / 4,
	};
}

static int send_draft(struct relay *r, const struct envelope *env,
		      const struct draft *d, bool partial, bool last,
		      struct outcome *out, struct err *e)
{
	struct smtpc_mail mail = mail_of(env, d, partial, out);

	mail.last = last;
	r->deadline = clock_in(r->acc->deadline);
	if (r->deadline != CLOCK_NEVER)
		r->deadline += (int64_t)(mail.size / SLOWEST) * 1000;
	if (smtpc_mail(r->engine, &mail, e) < 0)
		return -1;
	return relay_drive(r, d, e);
}

int relay_mail(struct relay *r, const struct envelope *env,
	       const struct draft *d, bool partial, bool last,
	       struct outcome *out, struct err *e)
{
	struct draft encoded = DRAFT_INIT;
	bool made = false;
	int ret = 0;

	r->idle = true;
	if (!smtpc_caps(r->engine)->eightbitmime)
		ret = seven_bit(r->acc, d, &encoded, &made, e);
	if (ret < 0)
		outcomes_settle_err(out, env->n, e);
	else
		ret = send_draft(r, env, made ? &encoded : d, partial, last,
				 out, e);
	use_spare(r);
	draft_clear(&encoded);
	return ret < 0 ? err_wrap(e, "%s", r->label) : 0;
}

static int put_command(struct relay *r, struct err *e)
{
	struct smtpc_event ev;
	size_t taken;

	if (smtpc_next(r->engine, &ev) != SMTPC_WRITE)
		return err_set(e, ERR_SOFTWARE, "there is nothing to be said");
	if (stream_put(&r->stream, ev.data, ev.len, false, &taken,
		       step_deadline(r, false), e) < 0)
		return -1;
	smtpc_wrote(r->engine);
	return 0;
}

static int put_plain(struct relay *r, const struct buf *b, struct err *e)
{
	size_t taken;

	return stream_put(&r->stream, buf_str(b), b->len, false, &taken,
			  step_deadline(r, false), e);
}

bool relay_takes_ahead(const struct relay *r, const struct draft *d)
{
	return !r->broken && smtpc_takes_ahead(r->engine) &&
	       smtpc_caps(r->engine)->eightbitmime && d->fd < 0 && d->mended;
}

bool relay_ahead(struct relay *r, const struct envelope *env,
		 const struct draft *d, bool partial, struct outcome *out)
{
	struct smtpc_mail mail;
	struct err e = ERR_INIT;

	if (!relay_takes_ahead(r, d))
		return false;
	mail = mail_of(env, d, partial, out);
	if (smtpc_ahead(r->engine, &mail) != 0)
		return false;
	r->ahead = true;
	if (put_command(r, &e) < 0 || put_plain(r, &d->head, &e) < 0 ||
	    put_plain(r, &d->mem, &e) < 0) {
		last_words(r);
		lost(r, &e);
		return true;
	}
	smtpc_ahead_end(r->engine);
	/* what the socket does not take at once goes with the next wait */
	stream_flush(&r->stream, clock_ms(), &e);
	return true;
}

bool relay_has_ahead(const struct relay *r)
{
	return r->ahead;
}

int relay_resume(struct relay *r, struct err *e)
{
	int ret;

	r->ahead = false;
	r->deadline = clock_in(r->acc->deadline);
	r->idle = r->thinks = true;
	if (smtpc_resume(r->engine)) {
		use_spare(r);
		smtpc_feed_held(r->engine);
	}
	ret = relay_drive(r, NULL, e);
	use_spare(r);
	return ret < 0 ? err_wrap(e, "%s", r->label) : 0;
}

void relay_set_spare(struct relay *r, const struct relay_spare *spare)
{
	r->spare = *spare;
}

bool relay_usable(const struct relay *r)
{
	struct smtpc_event ev;

	return !r->broken && smtpc_next(r->engine, &ev) == SMTPC_READY;
}

const struct smtpc *relay_engine(const struct relay *r)
{
	return r->engine;
}

void relay_describe(struct relay *r, struct buf *session, struct buf *cert)
{
	if (!r->tls_up)
		return;
	tls_describe(&r->stream, session);
	tls_describe_cert(&r->stream, cert);
}

const char *relay_host(const struct relay *r)
{
	return r->host;
}

const char *relay_address(const struct relay *r)
{
	return r->at.address;
}

const char *relay_canonical(const struct relay *r)
{
	return r->at.canonical != NULL ? r->at.canonical : "";
}

/* QUIT is a courtesy: what the socket does not take at once is not sent. */
static void say_quit(struct relay *r)
{
	struct err ignored = ERR_INIT;
	struct smtpc_event ev;
	size_t taken;

	smtpc_quit(r->engine);
	if (smtpc_next(r->engine, &ev) != SMTPC_WRITE)
		return;
	if (stream_put(&r->stream, ev.data, ev.len, false, &taken, clock_ms(),
		       &ignored) == 0)
		stream_flush(&r->stream, clock_ms(), &ignored);
}

void relay_close(struct relay *r)
{
	struct err closed = { .kind = ERR_TEMP,
			      .text = "the connection was closed" };

	if (r == NULL)
		return;
	if (r->ahead)
		lost(r, &closed);
	if (relay_usable(r))
		say_quit(r);
	stream_close(&r->stream);
	tls_creds_free(r->creds);
	smtpc_free(r->engine);
	free(r->at.canonical);
	free(r->label);
	free(r->session_of);
	free(r);
}
