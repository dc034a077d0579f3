#include "flow/bs.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "flow/bslogin.h"
#include "flow/draft.h"
#include "flow/submit.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/host.h"
#include "wire/smtps.h"

#define READ_MAX 16384

struct session {
	const struct argv_result *ask;
	struct smtps *engine;
	int in, out;
	struct submit mail;	/* the message at hand */
	struct draft_in content;
	bool open;		/* mail holds something */
	struct err trouble;	/* why its content could not be taken */
	struct bs_logins *logins;	/* NULL: none are asked for */
};

static int read_client(struct session *s, struct err *e)
{
	struct pollfd p = { .fd = s->in, .events = POLLIN };
	int64_t deadline = clock_in(BS_IDLE);
	char block[READ_MAX];
	ssize_t got;
	int ready;

	do {
		if (host_stopped() != 0)
			return err_set(e, ERR_TEMP, "stopped by signal %d",
				       host_stopped());
		ready = poll(&p, 1, clock_left(deadline));
	} while (ready < 0 && errno == EINTR);
	if (ready == 0)
		return err_set(e, ERR_TEMP, "the client was silent for %d "
			       "seconds", BS_IDLE);
	do
		got = read(s->in, block, sizeof block);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		smtps_feed(s->engine, block, (size_t)got);
	else
		smtps_eof(s->engine);
	return 0;
}

static void drop(struct session *s)
{
	if (s->open)
		submit_clear(&s->mail);
	s->open = false;
}

static void begin(struct session *s)
{
	drop(s);
	submit_init(&s->mail, s->ask);
	s->open = true;
	s->trouble = (struct err)ERR_INIT;
	draft_in_init(&s->content, &s->mail.header, &s->mail.draft);
	smtps_begun(s->engine, true);
}

static void take(struct session *s, const struct smtps_event *ev)
{
	bool ok = s->trouble.kind == ERR_NONE &&
		draft_in_feed(&s->content, ev->data, ev->len, &s->trouble) == 0;

	smtps_took(s->engine, ok);
}

/* 2xx safe, 4xx try again, 5xx never, with the relay's own words. */
static int code_of(const struct err *e)
{
	return e->kind == ERR_NONE ? 250 :
		e->kind == ERR_DATA || e->kind == ERR_NOUSER ? 550 : 451;
}

static void answer_each(struct session *s, bool lmtp, const struct err *e)
{
	const struct submit *m = &s->mail;
	size_t n = lmtp ? smtps_envelope(s->engine)->n : 1;
	/* when the queue has taken over there is one answer for all */
	bool own = lmtp && e->kind != ERR_NONE && m->outcome != NULL &&
		m->env.n == n;

	for (size_t i = 0; i < n; i++) {
		struct err one = *e;

		if (own && m->outcome[i].verdict == SENT)
			one = (struct err)ERR_INIT;
		else if (own)
			err_set(&one, m->outcome[i].kind, "%s",
				buf_str(&m->outcome[i].reply.text));
		smtps_settled(s->engine, i, code_of(&one),
			      one.kind == ERR_NONE ? "accepted" : one.text);
	}
}

static void message(struct session *s)
{
	const struct envelope *env = smtps_envelope(s->engine);
	struct err e = s->trouble;
	int ret = e.kind == ERR_NONE ? draft_in_end(&s->content, &e) : -1;

	if (ret == 0)
		ret = submit_given(&s->mail, env, &e);
	if (ret < 0)
		submit_log_failure(&s->mail, &e);
	else
		submit_send(&s->mail, NULL, &e);
	answer_each(s, s->ask->lmtp, &e);
	drop(s);
}

/* One thing that the engine needs; 1: the session is over. */
static int serve(struct session *s, struct err *e)
{
	struct smtps_event ev = { 0 };

	switch (smtps_next(s->engine, &ev)) {
	case SMTPS_WRITE:
		if (fs_write_all(s->out, ev.data, ev.len, "the client", e) < 0)
			return -1;
		smtps_wrote(s->engine);
		return 0;
	case SMTPS_READ:
		return read_client(s, e);
	case SMTPS_BEGIN:
		begin(s);
		return 0;
	case SMTPS_CONTENT:
		take(s, &ev);
		return 0;
	case SMTPS_MESSAGE:
		message(s);
		return 0;
	case SMTPS_ABORT:
		drop(s);
		smtps_dropped(s->engine);
		return 0;
	case SMTPS_AUTH:
		smtps_authed(s->engine, bs_login_ok(s->logins, ev.data, ev.len));
		return 0;
	case SMTPS_DONE:
		break;
	}
	return 1;
}

/*
 * Whom the default account lets in; a file that cannot be used lets nobody.
 * With a configuration that is wrong no mail gets through either; with one
 * that cannot be read just now it might, later in the session.
 */
static int load_logins(struct session *s, struct err *e)
{
	struct err why = ERR_INIT;
	struct submit probe;
	int ret;

	submit_init(&probe, s->ask);
	ret = submit_prepare(&probe, -1, false, &why);
	if (ret < 0 && why.kind == ERR_TEMP)
		*e = why;
	else if (ret == 0 && probe.route.acc.bs_auth != NULL)
		ret = bs_logins_load(probe.route.acc.bs_auth, &s->logins, e);
	else
		ret = 0;
	submit_clear(&probe);
	return ret;
}

static int converse(struct session *s, struct err *e)
{
	char *name = host_name();
	/* no size limit of ours: the relay has one */
	const struct smtps_config cfg = { .lmtp = s->ask->lmtp, .domain = name,
					  .auth = s->logins != NULL };
	int ret;

	s->engine = smtps_new(&cfg);
	while ((ret = serve(s, e)) == 0)
		continue;
	drop(s);
	smtps_free(s->engine);
	free(name);
	return ret < 0 ? -1 : 0;
}

int bs_run(const struct argv_result *ask, int in, int out, struct err *e)
{
	struct session s = { .ask = ask, .in = in, .out = out };
	int ret = load_logins(&s, e);

	if (ret == 0)
		ret = converse(&s, e);
	bs_logins_free(s.logins);
	return ret;
}
