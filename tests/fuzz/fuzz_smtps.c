/*
 * A client that says anything.  The first byte is the configuration, the
 * second how the driver answers, the rest what the client says, in slices
 * of a size that the second byte gives as well.
 *
 * What must hold:
 *	a message only after its BEGIN, whole, not aborted, with a sender and
 *	at least one recipient, each of them fit for a command
 *	every reply is "ddd text" CRLF without control characters
 *	content is never more than was fed, SIZE is kept
 *	it ends
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "wire/smtps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct play {
	const struct smtps_config *cfg;
	struct smtps *s;
	const char *p, *end;
	size_t step, content, fed;
	unsigned how;
	bool begun;
};

static void check_write(const struct smtps_event *ev)
{
	const char *s = ev->data, *end = s + ev->len;

	while (s < end) {
		const char *lf = memchr(s, '\n', (size_t)(end - s));

		if (lf == NULL || lf - s < 5 || lf[-1] != '\r' || lf + 1 - s > 512)
			abort();
		if (s[0] < '2' || s[0] > '5' || !ascii_isdigit(s[1]) ||
		    !ascii_isdigit(s[2]) || (s[3] != ' ' && s[3] != '-'))
			abort();
		for (const char *k = s; k < lf - 1; k++)
			if (ascii_iscntrl(*k))
				abort();
		s = lf + 1;
	}
}

static void message(struct play *p)
{
	const struct envelope *env = smtps_envelope(p->s);
	struct err e = ERR_INIT;
	size_t n = p->cfg->lmtp ? env->n : 1;

	if (!p->begun || env->from == NULL || env->n == 0 || envelope_check(env, &e) < 0)
		abort();
	if (envelope_needs_utf8(env) && !smtps_smtputf8(p->s))
		abort();
	if (p->cfg->size_max > 0 && p->content > p->cfg->size_max)
		abort();
	p->begun = false;
	for (size_t i = 0; i < n; i++)
		smtps_settled(p->s, i, (p->how & 1) != 0 ? 550 : 250,
			      "5.1.1 \033x\r\n250 y");
}

static void read_more(struct play *p)
{
	size_t n = (size_t)(p->end - p->p) < p->step ? (size_t)(p->end - p->p) : p->step;
	char *copy;

	if (n == 0) {
		smtps_eof(p->s);
		return;
	}
	copy = malloc(n);
	memcpy(copy, p->p, n);
	smtps_feed(p->s, copy, n);
	free(copy);
	p->p += n;
	p->fed += n;
}

static bool step(struct play *p)
{
	struct smtps_event ev;

	switch (smtps_next(p->s, &ev)) {
	case SMTPS_WRITE:
		check_write(&ev);
		smtps_wrote(p->s);
		return true;
	case SMTPS_READ:
		read_more(p);
		return true;
	case SMTPS_BEGIN:
		if (p->begun)
			abort();
		p->begun = (p->how & 2) == 0;
		p->content = 0;
		smtps_begun(p->s, p->begun);
		return true;
	case SMTPS_CONTENT:
		p->content += ev.len;
		if (!p->begun || ev.len == 0 || p->content > p->fed)
			abort();
		smtps_took(p->s, (p->how & 4) == 0);
		return true;
	case SMTPS_MESSAGE:
		message(p);
		return true;
	case SMTPS_ABORT:
		if (!p->begun)
			abort();
		p->begun = false;
		smtps_dropped(p->s);
		return true;
	case SMTPS_AUTH:
		if (!p->cfg->auth || ev.len == 0)
			abort();
		smtps_authed(p->s, (p->how & 8) == 0);
		return true;
	default:
		if (p->begun)
			abort();
		return false;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t steps[] = { 1, 2, 7, 65536 };
	struct smtps_config cfg = { .domain = "here.example" };
	struct play p = { .cfg = &cfg };

	if (size < 2)
		return 0;
	cfg.lmtp = (data[0] & 1) != 0;
	cfg.auth = (data[0] & 2) != 0;
	cfg.size_max = (data[0] & 4) != 0 ? 20 : 0;
	p.how = data[1];
	p.step = steps[data[1] >> 6];
	p.p = (const char *)data + 2;
	p.end = (const char *)data + size;
	p.s = smtps_new(&cfg);
	for (size_t n = 0; step(&p);)
		if (++n > 20 * size + 1000)
			abort();
	smtps_free(p.s);
	return 0;
}
