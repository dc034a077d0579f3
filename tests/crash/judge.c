#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "flow/circuit.h"
#include "flow/claim.h"
#include "flow/spool.h"
#include "tests/crash/acts.h"

#define BAD(...) (printf(__VA_ARGS__), putchar('\n'), false)

/* After a reboot the claims that are there are of another boot. */
static void reboot(const char *path)
{
	char run[160], name[256], text[4097], *at;
	struct dirent *de;
	DIR *d;
	int fd;

	snprintf(run, sizeof run, "%s/run", path);
	d = opendir(run);
	while (d != NULL && (de = readdir(d)) != NULL) {
		ssize_t n;

		if (strstr(de->d_name, ".claim") == NULL)
			continue;
		snprintf(name, sizeof name, "%s/%.80s", run, de->d_name);
		fd = open(name, O_RDWR);
		n = read(fd, text, sizeof text - 1);
		text[n > 0 ? n : 0] = '\0';
		at = strstr(text, "\nboot ");
		if (at != NULL &&
		    pwrite(fd, "before", 6, at + 6 - text) != 6)
			abort();
		close(fd);
	}
	if (d != NULL)
		closedir(d);
}

static bool exists(const char *path, const char *id, const char *suffix)
{
	char name[256];
	struct stat st;

	snprintf(name, sizeof name, "%s/%s%s", path, id, suffix);
	return lstat(name, &st) == 0;
}

/* The message in the queue at PATH, byte for byte. */
static bool same_text(const char *path, size_t i, const char *id)
{
	size_t lines = i == 0 ? 9000 : 3;
	struct buf want = BUF_INIT(1u << 20), got = BUF_INIT(1u << 20);
	char name[256], block[4096];
	ssize_t n;
	bool same;
	int fd;

	buf_addf(&want, "Subject: message %zu\r\n\r\n", i);
	for (size_t k = 0; k < lines; k++)
		buf_addf(&want, "line %zu of %zu\r\n", k, i);
	snprintf(name, sizeof name, "%s/%s.msg", path, id);
	fd = open(name, O_RDONLY);
	while ((n = read(fd, block, sizeof block)) > 0)
		buf_add(&got, block, (size_t)n);
	close(fd);
	same = want.len == got.len && memcmp(want.p, got.p, want.len) == 0;
	buf_free(&want);
	buf_free(&got);
	return same;
}

static bool judge_rcpts(const struct msg *m, const struct entry *en)
{
	static const char *const rcpts[RCPTS] = { "first@example.org",
						  "second@example.org" };

	for (size_t k = 0; k < RCPTS; k++) {
		size_t at = 0;

		while (at < en->env.n && strcmp(en->env.rcpt[at].addr, rcpts[k]) != 0)
			at++;
		if (at == en->env.n && m->sent[k] == 0 && !m->dropped[k])
			return BAD("%s: %s is lost", m->id, rcpts[k]);
		if (at < en->env.n && m->settled[k])
			return BAD("%s: %s is back after he was settled",
				   m->id, rcpts[k]);
		if (at < en->env.n && (m->sent[k] > 0 || m->maybe) &&
		    !en->last[at].maybe_sent)
			return BAD("%s: %s would be sent again as if it were "
				   "the first time", m->id, rcpts[k]);
	}
	return true;
}

static bool judge_failed(const struct stage *st, struct spool *s,
			 const char *path, unsigned how, bool *there);

/* The next run buries again what it finds; then it must be there. */
static bool bury_again(const struct stage *st, struct spool *s,
		       const char *path, size_t i, unsigned how)
{
	const struct msg *m = &st->msg[i];
	struct spool_held *h;
	struct err e = ERR_INIT;
	bool there;

	if (!m->buried || spool_take(s, m->id, &h, &e) != 1)
		return true;
	if (spool_bury(h, &e) < 0 || spool_sync(s, &e) < 0)
		return BAD("%s: cannot be buried again: %s", m->id, e.text);
	if (exists(path, m->id, ".env"))
		return BAD("%s: does not leave", m->id);
	return judge_failed(st, s, path, how & ~(unsigned)JUDGE_POWER, &there) &&
		(there || BAD("%s: is lost in burying", m->id));
}

/* Whole in the queue at PATH, and does it say what it must? */
static bool judge_entry(struct spool *s, const char *path, size_t i,
			const struct msg *m)
{
	struct spool_held *h;
	struct err e = ERR_INIT;
	struct entry *en;
	bool good;

	if (!same_text(path, i, m->id))
		return BAD("%s: its text is not what was entered", m->id);
	if (spool_take(s, m->id, &h, &e) != 1)
		return BAD("%s: cannot be taken: %s", m->id, e.text);
	en = spool_held_entry(h);
	if (en->sending)
		entry_cut_off(en, true, 1700000000);
	good = judge_rcpts(m, en);
	spool_release(h);
	return good;
}

static bool judge_failed(const struct stage *st, struct spool *s,
			 const char *path, unsigned how, bool *there)
{
	char below[160];
	struct spool *failed;
	struct err e = ERR_INIT;
	bool good = true;

	*there = false;
	snprintf(below, sizeof below, "%s/failed", path);
	if (spool_open_failed(s, false, &failed, &e) != 0)
		return true;
	spool_repair(failed, NULL, &e);
	for (size_t i = 0; good && i < MSGS; i++) {
		if (!exists(below, st->msg[i].id, ".env"))
			continue;
		/* being buried, cut off: it must still be in the queue */
		if (!exists(below, st->msg[i].id, ".msg") &&
		    (how & JUDGE_POWER) != 0)
			continue;
		*there = true;
		good = judge_entry(failed, below, i, &st->msg[i]);
	}
	spool_close(failed);
	return good;
}

/* Its env says that nobody waits for it: a run finishes that. */
static bool settled(struct spool *s, const struct msg *m, bool *good)
{
	struct spool_held *h;
	struct err e = ERR_INIT;
	bool is;

	if (spool_take(s, m->id, &h, &e) != 1)
		return false;
	is = spool_held_entry(h)->env.n == 0;
	if (!is)
		spool_release(h);
	else if (spool_leave(h, &e) < 0 || spool_sync(s, &e) < 0)
		*good = BAD("%s: cannot be finished: %s", m->id, e.text);
	return is;
}

static bool judge_msg(const struct stage *st, struct spool *s, const char *path,
		      size_t i, bool in_failed, unsigned how)
{
	const struct msg *m = &st->msg[i];
	bool msg = exists(path, m->id, ".msg"), env = exists(path, m->id, ".env");
	bool good = true;

	if (m->unmarked)
		return BAD("%s: was sent as if for the first time", m->id);
	if (m->foreign && m->sent[0] + m->sent[1] > 0)
		return BAD("%s: was another machine's to send", m->id);
	if (exists(path, m->id, ".new"))
		return BAD("%s: repair has left .new", m->id);
	if (msg && !env)
		return BAD("%s: repair has left row 2", m->id);
	if (env && !msg) {
		if (!m->promised && (how & JUDGE_POWER) != 0)
			return true;
		return BAD("%s: row 4", m->id);
	}
	if (env && settled(s, m, &good)) {
		env = exists(path, m->id, ".env");
		if (!good || env || exists(path, m->id, ".msg"))
			return good && BAD("%s: does not go", m->id);
	}
	if (!env) {
		if (m->promised && !m->going && !(m->buried && in_failed))
			return BAD("%s: was promised and is lost", m->id);
		return true;
	}
	if (m->gone)
		return BAD("%s: had gone and is back", m->id);
	/* what is removed after a failure is not synced: it may come back */
	if (!m->promised && st->over && st->result < 0 &&
	    (how & (JUDGE_POWER | JUDGE_BROKEN)) == 0)
		return BAD("%s: was refused and is there", m->id);
	return judge_entry(s, path, i, m);
}

static void judge_circuit(void *ctx, const struct circuit *c)
{
	bool *good = ctx;

	if (strcmp(c->text, CIRCUIT_SAID) != 0 || c->failures < 1 ||
	    c->failures > 2 || c->next <= c->since)
		*good = BAD("%s: half a circuit, '%s'", c->account, c->text);
}

static void note(void *ctx, const char *name, const char *reason)
{
	bool *good = ctx;

	if (strcmp(reason, "its message is missing") != 0)
		*good = BAD("%s: %s", name, reason);
}

bool stage_judge(const struct stage *st, const char *path, unsigned how)
{
	struct spool_ids none = SPOOL_IDS_INIT;
	struct claim *c = NULL;
	struct spool *s;
	struct err e = ERR_INIT;
	bool good = true, in_failed;
	int ret;

	if ((how & JUDGE_REBOOT) != 0)
		reboot(path);
	ret = spool_open(path, false, &s, &e);
	if (ret != 0) {
		for (size_t i = 0; i < MSGS; i++)
			if (st->msg[i].promised)
				return BAD("the queue is gone: %s", e.text);
		return ret == 1 || BAD("%s", e.text);
	}
	/* as every queue run begins and ends */
	if (claim_open(s, &c, &e) < 0 || claim_set(c, &none, NULL, &e) < 0 ||
	    spool_repair(s, NULL, &e) < 0)
		good = BAD("cannot go through a run: %s", e.text);
	if (good)
		spool_strange(s, note, &good, &e);
	/* one that a power cut tore does no harm */
	if (good && (how & JUDGE_POWER) == 0 &&
	    circuit_each(s, judge_circuit, &good, &e) < 0)
		good = BAD("circuits: %s", e.text);
	good = good && judge_failed(st, s, path, how, &in_failed);
	for (size_t i = 0; good && i < MSGS; i++)
		if (st->msg[i].used)
			good = judge_msg(st, s, path, i, in_failed, how) &&
				bury_again(st, s, path, i, how);
	claim_close(c);
	spool_close(s);
	return good;
}
