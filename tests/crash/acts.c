#include "tests/crash/acts.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "flow/circuit.h"
#include "flow/claim.h"
#include "flow/spool.h"
#include "sys/host.h"

static const char *const rcpts[RCPTS] = { "first@example.org",
					  "second@example.org" };

/* Message I's text: a head, and a body of a few blocks for the first. */
static struct draft text_of(size_t i)
{
	struct draft d = DRAFT_INIT;
	size_t lines = i == 0 ? 9000 : 3;

	buf_addf(&d.head, "Subject: message %zu\r\n\r\n", i);
	for (size_t n = 0; n < lines; n++)
		buf_addf(&d.mem, "line %zu of %zu\r\n", n, i);
	d.len = d.mem.len;
	traits_init(&d.traits);
	traits_feed(&d.traits, d.mem.p, d.mem.len);
	traits_end(&d.traits);
	return d;
}

/* Names are given, so that they can be judged without being told. */
static void give_name(struct stage *st, size_t i)
{
	st->msg[i].used = true;
	snprintf(st->msg[i].id, sizeof st->msg[i].id, "message-%zu", i);
}

/* Under the name that it has, or one that the queue makes up. */
static int enter(struct stage *st, struct spool *s, size_t i)
{
	struct msg *m = &st->msg[i];
	struct draft d = text_of(i);
	struct entry en = ENTRY_INIT;
	int ret;

	strcpy(en.id, m->id);
	en.account = xstrdup("work");
	envelope_set_from(&en.env, "from@example.org");
	for (size_t k = 0; k < RCPTS; k++)
		envelope_add(&en.env, rcpts[k], NULL);
	entry_fresh_last(&en);
	en.entered = en.next = 1700000000 + (int64_t)i;
	ret = spool_enter(s, &d, &en, &st->e);
	strcpy(m->id, en.id);
	if (ret == 0)
		m->promised = true;
	entry_clear(&en);
	draft_clear(&d);
	return ret;
}

void folder_new(char path[64])
{
	const char *tmp = getenv("TMPDIR");

	strcpy(path, "/dev/shm/ostler-crash.XXXXXX");
	if (mkdtemp(path) != NULL)
		return;
	snprintf(path, 64, "%.30s/ostler-crash.XXXXXX",
		 tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(path) == NULL)
		abort();
}

struct stage *stage_new(const struct act *a)
{
	struct stage *st = mmap(NULL, sizeof *st, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct spool *s;

	if (st == MAP_FAILED)
		abort();
	memset(st, 0, sizeof *st);
	folder_new(st->dir);
	snprintf(st->path, sizeof st->path, "%s/state/queue", st->dir);
	if (a->fresh)
		return st;
	if (spool_open(st->path, true, &s, &st->e) != 0)
		abort();
	for (size_t i = 0; i < a->before; i++) {
		give_name(st, i);
		if (enter(st, s, i) != 0)
			abort();
	}
	spool_close(s);
	if (a->prepare != NULL)
		a->prepare(st);
	return st;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void tree_remove(const char *path)
{
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		abort();
}

void stage_free(struct stage *st)
{
	tree_remove(st->dir);
	munmap(st, sizeof *st);
}

/* How many descriptors are open. */
static int open_files(void)
{
	struct pollfd p[64];
	int n = sizeof p / sizeof p[0];

	for (int i = 0; i < n; i++)
		p[i] = (struct pollfd){ .fd = i };
	poll(p, (nfds_t)n, 0);
	for (int i = n; i-- > 0;)
		n -= (p[i].revents & POLLNVAL) != 0;
	return n;
}

int stage_perform(void *arg)
{
	struct performance *p = arg;
	int before = open_files();

	p->st->on = true;
	p->st->result = p->act->perform(p->st);
	p->st->over = true;
	p->st->leaked = open_files() != before;
	return 0;
}

/* The acts. */

/* Open and enter message I. */
static int enter_one(struct stage *st, size_t i)
{
	struct spool *s;
	int ret;

	if (spool_open(st->path, true, &s, &st->e) != 0)
		return -1;
	ret = enter(st, s, i);
	spool_close(s);
	return ret;
}

static int do_enter_first(struct stage *st)
{
	give_name(st, 0);
	return enter_one(st, 0);
}

static int do_enter(struct stage *st)
{
	give_name(st, 2);
	return enter_one(st, 2);
}

static int do_enter_unnamed(struct stage *st)
{
	st->msg[2].used = true;
	return enter_one(st, 2);
}

static void write_file(const struct stage *st, const char *name)
{
	char path[160];
	int fd;

	snprintf(path, sizeof path, "%s/%s", st->path, name);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd < 0 || write(fd, "half", 4) != 4)
		abort();
	close(fd);
}

/* What a crash leaves, and leaves where the next message shall be. */
static void leave_remains(struct stage *st)
{
	write_file(st, "message-2.msg");
	write_file(st, "message-2.new");
	write_file(st, "message-3.msg");
	write_file(st, "message-1.new");
}

#define CLAIM_BYTES 45056	/* of a whole file */

/* The claim of a run of HOST at WHEN, before this boot, on message I. */
static void leave_claim(struct stage *st, const char *host, long long when,
			size_t i)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/run/%s.0.claim", st->path, host);
	f = fopen(path, "w");
	if (f == NULL || fchmod(fileno(f), 0600) < 0)
		abort();
	fprintf(f, "ostler-claim 1\nhost %s\nboot before\npid 1\ntime %lld\n"
		"id %s\nend\n", host, when, st->msg[i].id);
	while (ftell(f) < CLAIM_BYTES)
		putc('\n', f);
	if (fclose(f) != 0)
		abort();
}

/* The power was cut during a run of ours and one of another machine's. */
static void leave_dead_claims(struct stage *st)
{
	char *host = host_name();

	leave_claim(st, host, time(NULL), 0);
	leave_claim(st, "other", time(NULL) - CLAIM_FOREIGN_S, 1);
	st->msg[0].maybe = st->msg[1].maybe = true;
	free(host);
}

/* Another machine is in the middle of its run. */
static void leave_live_claim(struct stage *st)
{
	leave_claim(st, "other", time(NULL), 1);
	st->msg[1].foreign = true;
}

static int do_repair(struct stage *st)
{
	struct spool *s;
	int ret;

	if (spool_open(st->path, false, &s, &st->e) != 0)
		return -1;
	ret = spool_repair(s, NULL, &st->e);
	spool_close(s);
	return ret;
}

static int take(struct stage *st, struct spool *s, size_t i,
		struct spool_held **h)
{
	if (spool_take(s, st->msg[i].id, h, &st->e) == 1)
		return 0;
	if (st->e.kind == ERR_NONE)
		err_set(&st->e, ERR_TEMP, "not to be had");
	return -1;
}

static int do_update(struct stage *st)
{
	static const bool keep[] = { false, true };
	struct spool *s;
	struct spool_held *h;
	struct entry *en;
	int ret = -1;

	if (spool_open(st->path, false, &s, &st->e) != 0)
		return -1;
	if (take(st, s, 0, &h) == 0) {
		en = spool_held_entry(h);
		en->tries = 9;
		st->msg[0].dropped[0] = true;
		entry_keep(en, keep);
		ret = spool_update(h, &st->e);
		spool_release(h);
		if (ret == 0)
			ret = spool_sync(s, &st->e);
		st->msg[0].settled[0] = ret == 0;
	}
	spool_close(s);
	return ret;
}

static int do_strike(struct stage *st)
{
	struct spool *s;
	struct spool_held *h;
	int ret = -1;

	if (spool_open(st->path, false, &s, &st->e) != 0)
		return -1;
	if (take(st, s, 0, &h) == 0) {
		st->msg[0].dropped[1] = true;
		ret = spool_strike(h, rcpts[1], &st->e);
		st->msg[0].settled[1] = ret == 0;
		spool_release(h);
	}
	spool_close(s);
	return ret;
}

/* Messages 0 and 2 leave together, 1 stays. */
static int do_leave(struct stage *st)
{
	struct spool *s;
	struct spool_held *h;
	int ret = 0;

	if (spool_open(st->path, false, &s, &st->e) != 0)
		return -1;
	for (size_t i = 0; ret == 0 && i < 3; i += 2) {
		ret = take(st, s, i, &h);
		if (ret < 0)
			break;
		st->msg[i].going = true;
		ret = spool_leave(h, &st->e);
		if (ret < 0)
			spool_release(h);
	}
	if (ret == 0)
		ret = spool_sync(s, &st->e);
	for (size_t i = 0; ret == 0 && i < 3; i += 2)
		st->msg[i].gone = true;
	spool_close(s);
	return ret;
}

static int do_bury(struct stage *st)
{
	struct spool *s;
	struct spool_held *h;
	int ret = -1;

	if (spool_open(st->path, false, &s, &st->e) != 0)
		return -1;
	if (take(st, s, 1, &h) == 0) {
		spool_held_entry(h)->why = xstrdup("too old");
		st->msg[1].buried = true;
		ret = spool_bury(h, &st->e);
		if (ret < 0)
			spool_release(h);
		if (ret == 0)
			ret = spool_sync(s, &st->e);
	}
	spool_close(s);
	return ret;
}

/* What became of message I, without room for another env. */
static int put_down(struct stage *st, size_t i, struct spool_held *h)
{
	for (size_t k = 0; k < RCPTS; k++)
		if (st->msg[i].sent[k] > 0 &&
		    spool_strike(h, rcpts[k], &st->e) < 0)
			return -1;
	return entry_doubtful(spool_held_entry(h)) ? spool_cut_off(h, &st->e) :
		spool_sending(h, false, &st->e);
}

/*
 * A relay that takes the first recipient of every message and the second of
 * every other.  What it said cannot be taken back by any crash.
 */
static int give(struct stage *st, size_t i, struct spool_held *h)
{
	struct entry *en = spool_held_entry(h);
	bool keep[RCPTS];
	bool all = true;

	for (size_t k = 0; k < RCPTS; k++) {
		bool yes = k == 0 || i % 2 == 0;

		keep[k] = !yes;
		all = all && yes;
		st->msg[i].sent[k] += yes;
		if (yes && st->msg[i].maybe && !en->last[k].maybe_sent)
			st->msg[i].unmarked = true;
	}
	if (all) {
		st->msg[i].going = true;
		return spool_leave(h, &st->e);
	}
	en->tries++;
	entry_keep(en, keep);
	if (spool_update(h, &st->e) < 0 && put_down(st, i, h) < 0)
		return -1;
	spool_release(h);
	return 0;
}

static int run(struct stage *st, struct spool *s, struct claim *c,
	       const struct spool_ids *ids)
{
	struct spool_ids some = *ids;	/* two more each time */
	bool mine[MSGS];
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < ids->n; i++) {
		struct spool_held *h;

		some.n = i + 2 < ids->n ? i + 2 : ids->n;
		if (i % 2 == 0)
			ret = claim_set(c, &some, mine, &st->e);
		if (ret < 0 || !mine[i])
			continue;
		ret = take(st, s, i, &h);
		if (ret < 0)
			break;
		if (spool_held_entry(h)->sending)
			entry_cut_off(spool_held_entry(h), true, time(NULL));
		ret = spool_sending(h, true, &st->e);
		if (ret == 0)
			ret = give(st, i, h);
		if (ret < 0)
			spool_release(h);
	}
	if (spool_sync(s, &st->e) < 0)
		ret = -1;
	if (spool_lost(s, &st->e) < 0) {
		claim_lost(c);
		ret = -1;
	}
	if (ret < 0)
		return -1;	/* the claim stays */
	for (size_t i = 0; i < ids->n; i++) {
		st->msg[i].gone = st->msg[i].going;
		for (size_t k = 0; k < RCPTS; k++)
			st->msg[i].settled[k] = st->msg[i].sent[k] > 0;
	}
	claim_clear(c);
	return 0;
}

/* A queue run with all that one does. */
static int do_run(struct stage *st)
{
	struct spool_ids ids = SPOOL_IDS_INIT;
	struct claim *c = NULL;
	struct spool *s;
	int ret;

	if (spool_open(st->path, false, &s, &st->e) != 0)
		return -1;
	ret = claim_open(s, &c, &st->e);
	if (ret == 0)
		ret = spool_window(s, "", MSGS, &ids, &st->e);
	if (ret == 0)
		ret = run(st, s, c, &ids);
	claim_close(c);
	spool_ids_clear(&ids);
	if (ret == 0)
		ret = spool_repair(s, NULL, &st->e);
	spool_close(s);
	return ret;
}

/* A run with nothing to send. */
static int idle_run(struct stage *st, struct err *e)
{
	struct spool_ids none = SPOOL_IDS_INIT;
	struct claim *c = NULL;
	struct spool *s;
	int ret;

	if (spool_open(st->path, false, &s, e) != 0)
		return -1;
	ret = claim_open(s, &c, e);
	if (ret == 0)
		ret = claim_set(c, &none, NULL, e);
	if (ret == 0 && !claim_any_lost(c))
		ret = spool_repair(s, NULL, e);
	claim_close(c);
	spool_close(s);
	return ret;
}

/* And behind one that fails the next, in the same boot. */
static int do_run_twice(struct stage *st)
{
	struct err ignored = ERR_INIT;
	int ret = do_run(st);

	if (ret < 0)
		idle_run(st, &ignored);
	return ret;
}

static int claim_and_send(struct stage *st)
{
	struct spool_ids ids = SPOOL_IDS_INIT;
	struct claim *c = NULL;
	struct spool *s;
	struct spool_held *h = NULL;
	bool mine[1];
	int ret;

	if (spool_open(st->path, false, &s, &st->e) != 0)
		return -1;
	spool_ids_add(&ids, st->msg[0].id);
	ret = claim_open(s, &c, &st->e);
	if (ret == 0)
		ret = claim_set(c, &ids, mine, &st->e);
	if (ret == 0)
		ret = take(st, s, 0, &h);
	if (ret == 0)
		ret = spool_sending(h, true, &st->e);
	for (size_t k = 0; ret == 0 && k < RCPTS; k++)
		st->msg[0].sent[k]++;
	spool_release(h);
	claim_close(c);
	spool_close(s);
	spool_ids_clear(&ids);
	return ret;
}

/* The relay says yes, and that is the last the run sees; what failed, again. */
static int do_claim(struct stage *st)
{
	return claim_and_send(st) == 0 ? 0 : claim_and_send(st);
}

/* ACCOUNT does not work now. */
static void fail_circuit(struct spool *s, const char *account)
{
	static const struct schedule schedule = { 60, 2, 7200 };
	struct err e = ERR_INIT;
	struct circuit c;

	err_set(&e, ERR_TEMP, CIRCUIT_SAID);
	circuit_read(s, account, "no-such-rc", false, &c);
	circuit_fail(s, account, account, "no-such-rc", false, &schedule,
		     time(NULL), &e, &c);
}

static void count(void *ctx, const struct circuit *c)
{
	int *n = ctx;

	*n += c->open;
}

static void leave_circuits(struct stage *st)
{
	struct spool *s;
	int n = 0;

	if (spool_open(st->path, false, &s, &st->e) != 0)
		abort();
	fail_circuit(s, "first");
	fail_circuit(s, "second");
	if (circuit_each(s, count, &n, &st->e) < 0 || n != 2)
		abort();
	spool_close(s);
}

/* The first fails again, the second works, and the list is asked for. */
static int do_circuit(struct stage *st)
{
	struct spool *s;
	int ret, n = 0;

	if (spool_open(st->path, false, &s, &st->e) != 0)
		return -1;
	fail_circuit(s, "first");
	circuit_close(s, "second");
	ret = circuit_each(s, count, &n, &st->e);
	spool_close(s);
	return ret;
}

const struct act acts[] = {
	{ "enter into a new queue", true, 0, NULL, do_enter_first, true },
	{ "enter", false, 2, NULL, do_enter, true },
	{ "enter under a name made up", false, 2, NULL, do_enter_unnamed, true },
	{ "enter over remains", false, 2, leave_remains, do_enter, true },
	{ "repair", false, 2, leave_remains, do_repair, false },
	{ "update", false, 2, NULL, do_update, true },
	{ "strike", false, 2, NULL, do_strike, false },
	{ "leave", false, 3, NULL, do_leave, false },
	{ "bury", false, 2, NULL, do_bury, true },
	{ "claim", false, 2, NULL, do_claim, true },
	{ "run", false, 4, NULL, do_run, true },
	{ "run and another", false, 4, NULL, do_run_twice, true },
	{ "run over dead claims", false, 2, leave_dead_claims, do_run, false },
	{ "run beside another", false, 2, leave_live_claim, do_run, true },
	{ "circuit", false, 1, leave_circuits, do_circuit, false },
};
const size_t acts_n = sizeof acts / sizeof acts[0];
