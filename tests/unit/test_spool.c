/* flow/spool: the queue on disk, row by row of its state table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/xalloc.h"
#include "flow/spool.h"

struct fixture {
	char dir[64];		/* everything is below it */
	char path[80];		/* the queue, made by the first spool_open() */
	struct spool *s;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct err e = ERR_INIT;

	strcpy(f->dir, "/tmp/ostler-spool.XXXXXX");
	umask(077);		/* the last test's would shut us out */
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->path, sizeof f->path, "%s/a/queue", f->dir);
	umask(0177);	/* as logwatch hands it down */
	if (spool_open(f->path, true, &f->s, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[128];

	spool_close(f->s);
	snprintf(cmd, sizeof cmd, "rm -rf %s", f->dir);
	if (system(cmd) != 0)
		return -1;
	free(f);
	return 0;
}

static struct draft a_draft(const char *head, const char *body)
{
	struct draft d = DRAFT_INIT;

	buf_adds(&d.head, head);
	buf_adds(&d.mem, body);
	d.len = strlen(body);
	traits_init(&d.traits);
	traits_feed(&d.traits, body, strlen(body));
	traits_end(&d.traits);
	return d;
}

static struct entry an_entry(const char *rcpt)
{
	struct entry en = ENTRY_INIT;

	en.account = xstrdup("work");
	envelope_set_from(&en.env, "a@example.org");
	envelope_add(&en.env, rcpt, NULL);
	entry_fresh_last(&en);
	en.entered = en.next = 1700000000;
	return en;
}

/* Enter one message and give its id. */
static void enter(struct fixture *f, const char *rcpt, char id[ENTRY_ID_MAX])
{
	struct draft d = a_draft("Subject: x\r\n\r\n", "body\n");
	struct entry en = an_entry(rcpt);
	struct err e = ERR_INIT;

	if (spool_enter(f->s, &d, &en, &e) != 0)
		fail_msg("%s", e.text);
	memcpy(id, en.id, ENTRY_ID_MAX);
	entry_clear(&en);
	draft_clear(&d);
}

static char *in(const struct fixture *f, const char *name)
{
	static char path[4][256];
	static int turn;

	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof path[turn], "%s/%s", f->path, name);
	return path[turn];
}

static char *file(const char *id, const char *suffix)
{
	static char name[4][128];
	static int turn;

	turn = (turn + 1) % 4;
	snprintf(name[turn], sizeof name[turn], "%.100s%.20s", id,
		 suffix);
	return name[turn];
}

static bool is_there(const struct fixture *f, const char *id, const char *suffix)
{
	return access(in(f, file(id, suffix)), F_OK) == 0;
}

static size_t count(const struct fixture *f)
{
	struct spool_ids ids = SPOOL_IDS_INIT;
	struct err e = ERR_INIT;
	size_t n;

	assert_int_equal(spool_window(f->s, "", SPOOL_WINDOW, &ids, &e), 0);
	n = ids.n;
	spool_ids_clear(&ids);
	return n;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	fchmod(fd, mode);
	close(fd);
}

static void test_modes(void **state)
{
	static const char *const dirs[] = { "a", "a/queue", "a/queue/run" };
	struct fixture *f = *state;
	char id[ENTRY_ID_MAX], path[256];
	struct stat st;

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", f->dir, dirs[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0700);
	}
	enter(f, "b@example.org", id);
	assert_int_equal(stat(in(f, file(id, ".msg")), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(in(f, file(id, ".env")), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_false(is_there(f, id, ".new"));
}

/* What is stored is the wire form, whatever the line ends were. */
static void test_content(void **state)
{
	static const char head[] = "Subject: \xc3\xa4\r\n\r\n";
	static const char body[] = "a\nb\r\n.\nc\rd\nno end\xff";
	static const char wire[] = "Subject: \xc3\xa4\r\n\r\na\r\nb\r\n.\r\nc d\r\n"
				   "no end\xff\r\n";
	struct fixture *f = *state;
	struct draft d = a_draft(head, body);
	struct entry en = an_entry("b@example.org");
	struct err e = ERR_INIT;
	struct spool_held *h;
	const struct draft *got;
	struct draft_walk walk;
	const char *p;
	char raw[256];
	size_t n;
	int fd;

	assert_int_equal(spool_enter(f->s, &d, &en, &e), 0);
	fd = open(in(f, file(en.id, ".msg")), O_RDONLY);
	n = (size_t)read(fd, raw, sizeof raw);
	close(fd);
	assert_int_equal(n, sizeof wire - 1);
	assert_memory_equal(raw, wire, n);
	assert_int_equal(en.size, n);
	assert_int_equal(en.size, draft_size(&d));

	assert_int_equal(spool_take(f->s, en.id, &h, &e), 1);
	assert_int_equal(spool_held_draft(h, &got, &e), 0);
	assert_int_equal(draft_size(got), n);
	assert_true(draft_eightbit(got));
	assert_int_equal(got->head.len, strlen(head));
	assert_memory_equal(got->head.p, head, strlen(head));
	draft_walk_init(&walk, got);
	assert_int_equal(draft_walk_next(&walk, &p, &n, &e), 0);
	assert_int_equal(n, sizeof wire - sizeof head);
	assert_memory_equal(p, wire + strlen(head), n);
	draft_walk_clear(&walk);
	spool_release(h);
	entry_clear(&en);
	draft_clear(&d);
}

static void test_large(void **state)
{
	struct fixture *f = *state;
	struct draft d = DRAFT_INIT;
	struct entry en = an_entry("b@example.org");
	struct err e = ERR_INIT;
	struct stat st;

	buf_adds(&d.head, "Subject: x\r\n\r\n");
	traits_init(&d.traits);
	while (d.mem.len < 1000000)
		buf_adds(&d.mem, "0123456789\n");
	d.len = d.mem.len;
	traits_feed(&d.traits, d.mem.p, d.mem.len);
	traits_end(&d.traits);
	assert_int_equal(spool_enter(f->s, &d, &en, &e), 0);
	assert_int_equal(stat(in(f, file(en.id, ".msg")), &st), 0);
	assert_int_equal(st.st_size, 14 + d.mem.len / 11 * 12);
	entry_clear(&en);
	draft_clear(&d);
}

static void test_order(void **state)
{
	struct fixture *f = *state;
	struct spool_ids ids = SPOOL_IDS_INIT, part = SPOOL_IDS_INIT;
	char id[200][ENTRY_ID_MAX];
	struct err e = ERR_INIT;

	for (int i = 0; i < 200; i++)
		enter(f, "b@example.org", id[i]);
	assert_int_equal(spool_window(f->s, "", SPOOL_WINDOW, &ids, &e), 0);
	assert_int_equal(ids.n, 200);
	for (int i = 0; i < 200; i++)
		assert_string_equal(ids.id[i], id[i]);
	/* the same in pieces */
	for (size_t at = 0; at < 200; at += part.n) {
		assert_int_equal(spool_window(f->s, at > 0 ? id[at - 1] : "", 7,
					      &part, &e), 0);
		assert_int_equal(part.n, 200 - at < 7 ? 200 - at : 7);
		for (size_t i = 0; i < part.n; i++)
			assert_string_equal(part.id[i], id[at + i]);
	}
	assert_int_equal(spool_window(f->s, id[199], 7, &part, &e), 0);
	assert_int_equal(part.n, 0);
	spool_ids_clear(&part);
	spool_ids_clear(&ids);
}

static void test_ownership(void **state)
{
	struct fixture *f = *state;
	struct spool *other;
	struct spool_held *h, *h2;
	char id[ENTRY_ID_MAX];
	struct err e = ERR_INIT;

	enter(f, "b@example.org", id);
	assert_int_equal(spool_open(f->path, false, &other, &e), 0);
	assert_false(spool_busy(other, id));
	assert_int_equal(spool_take(f->s, id, &h, &e), 1);
	assert_true(spool_busy(other, id));
	assert_int_equal(spool_take(other, id, &h2, &e), 0);
	/* looking at it does not need it, nor take it */
	{
		struct entry en;

		assert_int_equal(spool_peek(other, id, &en, &e), 0);
		entry_clear(&en);
	}
	assert_int_equal(spool_take(other, id, &h2, &e), 0);
	spool_release(h);
	assert_int_equal(spool_take(other, id, &h2, &e), 1);
	spool_release(h2);
	spool_close(other);
}

/* Ownership ends with the process, however it dies. */
static void test_owner_dies(void **state)
{
	struct fixture *f = *state;
	char id[ENTRY_ID_MAX], c;
	struct spool_held *h;
	struct err e = ERR_INIT;
	int up[2];
	pid_t pid;

	enter(f, "b@example.org", id);
	assert_int_equal(pipe(up), 0);
	pid = fork();
	if (pid == 0) {
		c = (char)spool_take(f->s, id, &h, &e);
		if (write(up[1], &c, 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(up[0], &c, 1), 1);
	assert_int_equal(c, 1);
	assert_int_equal(spool_take(f->s, id, &h, &e), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(spool_take(f->s, id, &h, &e), 1);
	spool_release(h);
	close(up[0]);
	close(up[1]);
}

static void test_update(void **state)
{
	static const bool keep[] = { false, true };
	struct fixture *f = *state;
	struct spool_held *h;
	struct entry *en, seen;
	char id[ENTRY_ID_MAX];
	struct err e = ERR_INIT;

	enter(f, "b@example.org", id);
	assert_int_equal(spool_take(f->s, id, &h, &e), 1);
	en = spool_held_entry(h);
	envelope_add(&en->env, "c@example.org", NULL);
	entry_fresh_last(en);
	assert_int_equal(spool_update(h, &e), 0);
	entry_keep(en, keep);
	en->tries = 7;
	reply_set(&en->last[0].reply, 450, "4.2.0 come back");
	assert_int_equal(spool_update(h, &e), 0);
	spool_release(h);
	assert_int_equal(spool_sync(f->s, &e), 0);
	assert_int_equal(spool_peek(f->s, id, &seen, &e), 0);
	assert_int_equal(seen.env.n, 1);
	assert_string_equal(seen.env.rcpt[0].addr, "c@example.org");
	assert_int_equal(seen.tries, 7);
	assert_int_equal(seen.last[0].reply.code, 450);
	assert_int_equal(seen.size, 20);
	entry_clear(&seen);
	assert_int_equal(count(f), 1);
}

static void test_strike(void **state)
{
	struct fixture *f = *state;
	struct spool_held *h;
	struct entry *en, seen;
	char id[ENTRY_ID_MAX];
	struct err e = ERR_INIT;

	enter(f, "b@example.org", id);
	assert_int_equal(spool_take(f->s, id, &h, &e), 1);
	en = spool_held_entry(h);
	envelope_add(&en->env, "c@example.org", NULL);
	entry_fresh_last(en);
	assert_int_equal(spool_update(h, &e), 0);
	assert_int_equal(spool_strike(h, "b@example.org", &e), 0);
	spool_release(h);
	assert_int_equal(spool_peek(f->s, id, &seen, &e), 0);
	assert_int_equal(seen.env.n, 1);
	assert_string_equal(seen.env.rcpt[0].addr, "c@example.org");
	entry_clear(&seen);
}

static size_t recipients(struct fixture *f, const char *id)
{
	struct entry en;
	struct err e = ERR_INIT;
	size_t n = 0;

	if (spool_peek(f->s, id, &en, &e) == 0) {
		n = en.env.n;
		entry_clear(&en);
	}
	return n;
}

static void test_leave(void **state)
{
	struct fixture *f = *state;
	struct spool_held *h;
	char id[SPOOL_SETTLED + 2][ENTRY_ID_MAX];
	struct err e = ERR_INIT;
	int n = SPOOL_SETTLED + 2;

	for (int i = 0; i < n; i++)
		enter(f, "b@example.org", id[i]);
	for (int i = 0; i < n; i++) {
		assert_int_equal(spool_take(f->s, id[i], &h, &e), 1);
		assert_int_equal(spool_leave(h, &e), 0);
		/* nobody waits for it, whether or not its files are there */
		assert_int_equal(recipients(f, id[i]), 0);
	}
	/* those behind the last shared fsync keep their msg until the next,
	 * and nobody can take them for row 2 meanwhile */
	assert_false(is_there(f, id[0], ".msg"));
	assert_true(is_there(f, id[n - 1], ".msg"));
	{
		struct spool *other;
		size_t removed;

		assert_int_equal(spool_open(f->path, false, &other, &e), 0);
		assert_int_equal(spool_repair(other, &removed, &e), 0);
		assert_int_equal(removed, 0);
		spool_close(other);
	}
	assert_true(is_there(f, id[n - 1], ".msg"));
	assert_int_equal(spool_sync(f->s, &e), 0);
	assert_false(is_there(f, id[n - 1], ".msg"));
	assert_int_equal(count(f), 0);
}

static int messages(struct fixture *f, char id[][ENTRY_ID_MAX], int n)
{
	int there = 0;

	for (int i = 0; i < n; i++)
		there += is_there(f, id[i], ".msg");
	return there;
}

static void test_spare(void **state)
{
	struct fixture *f = *state;
	struct spool_held *h;
	char id[3][ENTRY_ID_MAX];
	struct err e = ERR_INIT;
	int owned = 0;

	for (int i = 0; i < 3; i++)
		enter(f, "b@example.org", id[i]);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(spool_take(f->s, id[i], &h, &e), 1);
		assert_int_equal(spool_leave(h, &e), 0);
	}
	/* the envs are gone, but that is not on the disk: every msg must stay */
	assert_int_equal(count(f), 0);
	assert_false(spool_spare(f->s));
	assert_int_equal(messages(f, id, 3), 3);
	assert_int_equal(spool_sync_names(f->s, &e), 0);
	assert_int_equal(messages(f, id, 3), 3);
	assert_true(spool_spare(f->s));
	assert_int_equal(messages(f, id, 3), 2);
	for (int i = 0; i < 3; i++)
		owned += spool_busy(f->s, id[i]);
	assert_int_equal(owned, 2);
	assert_int_equal(spool_sync(f->s, &e), 0);
	assert_false(spool_spare(f->s));
	assert_int_equal(messages(f, id, 3), 0);
}

/* An env that cannot be removed: it says that all are settled, is told of once,
 * keeps its msg, and is in no other's way. */
static void test_env_stays(void **state)
{
	struct fixture *f = *state;
	struct spool_held *h;
	char id[3][ENTRY_ID_MAX];
	struct err e = ERR_INIT;
	size_t removed;

	for (int i = 0; i < 3; i++)
		enter(f, "b@example.org", id[i]);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(spool_take(f->s, id[i], &h, &e), 1);
		if (i == 0) {
			assert_int_equal(rename(in(f, file(id[0], ".env")),
						in(f, "aside")), 0);
			assert_int_equal(mkdir(in(f, file(id[0], ".env")),
					       0700), 0);
		}
		assert_int_equal(spool_leave(h, &e), 0);
	}
	assert_int_equal(spool_sync_names(f->s, &e), -1);
	assert_non_null(strstr(e.text, file(id[0], ".env")));
	assert_int_equal(messages(f, id, 3), 3);
	for (int i = 1; i < 3; i++) {
		assert_false(is_there(f, id[i], ".env"));
		assert_true(spool_busy(f->s, id[i]));
	}
	assert_false(spool_busy(f->s, id[0]));
	assert_int_equal(spool_sync(f->s, &e), 0);
	assert_int_equal(messages(f, id, 3), 1);
	assert_true(is_there(f, id[0], ".msg"));
	/* and whoever finds it finishes it */
	assert_int_equal(rmdir(in(f, file(id[0], ".env"))), 0);
	assert_int_equal(rename(in(f, "aside"), in(f, file(id[0], ".env"))), 0);
	assert_int_equal(spool_take(f->s, id[0], &h, &e), 1);
	assert_int_equal(spool_held_entry(h)->env.n, 0);
	assert_int_equal(spool_leave(h, &e), 0);
	assert_int_equal(spool_sync(f->s, &e), 0);
	assert_int_equal(spool_repair(f->s, &removed, &e), 0);
	assert_int_equal(removed, 0);
	assert_int_equal(messages(f, id, 3), 0);
}

/* What has changed since it was looked at is what is taken. */
static void test_take_seen(void **state)
{
	struct fixture *f = *state;
	struct spool_look l, old;
	struct spool_held *h;
	char id[ENTRY_ID_MAX];
	struct err e = ERR_INIT;

	enter(f, "b@example.org", id);
	assert_int_equal(spool_look(f->s, id, &old, &e), 0);
	assert_int_equal(spool_look(f->s, id, &l, &e), 0);
	assert_int_equal(spool_take_seen(f->s, &l, &h, &e), 1);
	assert_string_equal(spool_held_entry(h)->env.rcpt[0].addr,
			    "b@example.org");
	assert_false(spool_held_entry(h)->sending);
	assert_int_equal(spool_sending(h, true, &e), 0);
	spool_release(h);
	spool_look_clear(&l);
	assert_int_equal(spool_take_seen(f->s, &old, &h, &e), 1);
	assert_true(spool_held_entry(h)->sending);
	spool_held_entry(h)->sending = false;
	assert_int_equal(spool_update(h, &e), 0);
	/* in the env that has the name now, not in the one before */
	assert_int_equal(spool_sending(h, true, &e), 0);
	spool_release(h);
	spool_look_clear(&old);
	assert_int_equal(spool_look(f->s, id, &l, &e), 0);
	assert_true(l.en.sending);
	spool_look_clear(&l);
	assert_int_equal(spool_look(f->s, "1-nobody", &l, &e), 1);
	spool_look_clear(&l);
}

/*
 * A network file system keeps a file that is open under a name of its own when
 * another takes its place: it still has one name, but not its own.
 */
/* A digit changes in a file that is old enough to be judged by its times. */
static void test_seen_and_dated(void **state)
{
	struct fixture *f = *state;
	struct spool_look l, same;
	struct spool_held *h;
	char id[ENTRY_ID_MAX];
	struct err e = ERR_INIT;

	enter(f, "b@example.org", id);
	assert_int_equal(spool_look(f->s, id, &l, &e), 0);
	assert_false(l.dated);
	spool_look_clear(&l);
	sleep(3);
	assert_int_equal(spool_look(f->s, id, &same, &e), 0);
	assert_int_equal(spool_look(f->s, id, &l, &e), 0);
	assert_true(same.dated && l.dated);
	assert_int_equal(spool_take_seen(f->s, &same, &h, &e), 1);
	assert_false(spool_held_entry(h)->sending);
	assert_int_equal(spool_sending(h, true, &e), 0);
	spool_release(h);
	assert_int_equal(spool_take_seen(f->s, &l, &h, &e), 1);
	assert_true(spool_held_entry(h)->sending);
	spool_release(h);
	spool_look_clear(&same);
	spool_look_clear(&l);
}

/* Where a file system keeps the time of the last look: ours is not told. */
static void test_look_unnoticed(void **state)
{
	static const struct timespec times[2] = { { .tv_sec = 1000000000 },
						  { .tv_sec = 1100000000 } };
	struct fixture *f = *state;
	struct spool_look l;
	struct spool_held *h;
	const struct draft *d;
	char id[ENTRY_ID_MAX], path[2][512];
	struct err e = ERR_INIT;
	struct stat st;

	enter(f, "b@example.org", id);
	snprintf(path[0], sizeof path[0], "%s/%s.env", f->path, id);
	snprintf(path[1], sizeof path[1], "%s/%s.msg", f->path, id);
	for (int i = 0; i < 2; i++)
		assert_int_equal(utimensat(AT_FDCWD, path[i], times, 0), 0);
	assert_int_equal(spool_look(f->s, id, &l, &e), 0);
	assert_int_equal(spool_take_seen(f->s, &l, &h, &e), 1);
	assert_int_equal(spool_held_draft(h, &d, &e), 0);
	spool_release(h);
	spool_look_clear(&l);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stat(path[i], &st), 0);
		assert_int_equal(st.st_atim.tv_sec, times[0].tv_sec);
	}
}

/* From now on, only whom the kernel takes for the owner may ask for that. */
static void forbid_noatime(void)
{
	struct sock_filter ops[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[2]) +
			 (__BYTE_ORDER == __BIG_ENDIAN ? 4 : 0)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_NOATIME, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof ops / sizeof ops[0], ops };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
		_exit(2);
}

/* A layer between us and the file may not know that it is ours. */
static void test_look_noticed(void **state)
{
	struct fixture *f = *state;
	char id[ENTRY_ID_MAX];
	int status;
	pid_t pid;

	enter(f, "b@example.org", id);
	pid = fork();
	if (pid == 0) {
		struct err e = ERR_INIT;
		struct entry en;

		forbid_noatime();
		if (openat(AT_FDCWD, "/", O_RDONLY | O_NOATIME) >= 0)
			_exit(3);
		_exit(spool_peek(f->s, id, &en, &e) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_seen_and_renamed(void **state)
{
	struct fixture *f = *state;
	struct spool_look l;
	struct spool_held *h;
	char id[ENTRY_ID_MAX], cmd[512];
	struct err e = ERR_INIT;

	enter(f, "b@example.org", id);
	assert_int_equal(spool_look(f->s, id, &l, &e), 0);
	snprintf(cmd, sizeof cmd, "cd %s && mv %s.env .nfs1 && umask 077 && "
		 "sed s/b@/c@/ .nfs1 > %s.env", f->path, id, id);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(spool_take_seen(f->s, &l, &h, &e), 1);
	assert_string_equal(spool_held_entry(h)->env.rcpt[0].addr,
			    "c@example.org");
	spool_release(h);
	spool_look_clear(&l);
}

static void bury(struct fixture *f, const char *id, const char *why)
{
	struct spool_held *h;
	struct err e = ERR_INIT;

	assert_int_equal(spool_take(f->s, id, &h, &e), 1);
	spool_held_entry(h)->why = xstrdup(why);
	assert_int_equal(spool_bury(h, &e), 0);
	assert_int_equal(spool_sync(f->s, &e), 0);
	assert_int_equal(count(f), 0);
}

static void test_bury(void **state)
{
	struct fixture *f = *state;
	struct draft d = a_draft("Subject: x\r\n\r\n", "body\n");
	struct entry en = an_entry("b@example.org"), seen;
	struct spool_ids ids = SPOOL_IDS_INIT;
	struct spool *failed;
	struct err e = ERR_INIT;

	assert_int_equal(spool_open_failed(f->s, false, &failed, &e), 1);
	assert_int_equal(spool_enter(f->s, &d, &en, &e), 0);
	bury(f, en.id, "too old");
	/* a crash between the two steps leaves it here as well */
	assert_int_equal(spool_enter(f->s, &d, &en, &e), 0);
	bury(f, en.id, "again");
	assert_int_equal(spool_open_failed(f->s, false, &failed, &e), 0);
	assert_int_equal(spool_window(failed, "", 9, &ids, &e), 0);
	assert_int_equal(ids.n, 1);
	assert_int_equal(spool_peek(failed, en.id, &seen, &e), 0);
	assert_string_equal(seen.why, "too old");
	assert_int_equal(seen.size, 20);
	spool_close(failed);
	spool_ids_clear(&ids);
	entry_clear(&seen);
	entry_clear(&en);
	draft_clear(&d);
}

/* Row 2: a message nobody was told about goes; locked, it stays. */
static void test_repair(void **state)
{
	struct fixture *f = *state;
	char id[ENTRY_ID_MAX];
	struct spool_held *h;
	struct err e = ERR_INIT;
	size_t removed;

	enter(f, "b@example.org", id);
	write_file(in(f, "abandoned.msg"), "half", 0600);
	write_file(in(f, "abandoned.new"), "half", 0600);
	write_file(in(f, file(id, ".new")), "half", 0600);
	assert_int_equal(spool_take(f->s, id, &h, &e), 1);
	assert_int_equal(spool_repair(f->s, &removed, &e), 0);
	assert_int_equal(removed, 1);
	assert_false(is_there(f, "abandoned", ".msg"));
	assert_false(is_there(f, "abandoned", ".new"));
	/* its owner may be writing it */
	assert_true(is_there(f, id, ".new"));
	spool_release(h);
	assert_int_equal(spool_repair(f->s, &removed, &e), 0);
	assert_int_equal(removed, 0);
	assert_false(is_there(f, id, ".new"));
	assert_true(is_there(f, id, ".env"));
	assert_true(is_there(f, id, ".msg"));
	assert_int_equal(count(f), 1);
}

struct strange {
	char text[4096];
};

static void note(void *ctx, const char *name, const char *reason)
{
	struct strange *st = ctx;
	size_t n = strlen(st->text);

	snprintf(st->text + n, sizeof st->text - n, "%s: %s\n", name, reason);
}

#define SAYS(st, line) \
	do { if (strstr((st).text, line "\n") == NULL) \
		fail_msg("no '%s' in\n%s", line, (st).text); } while (0)

/* What is not ours is told, left alone, and never read as a message. */
static void test_strange(void **state)
{
	struct fixture *f = *state;
	struct strange st = { "" };
	struct spool_held *h;
	struct entry en;
	struct err e = ERR_INIT;
	char id[ENTRY_ID_MAX], was[4096], out[128];

	enter(f, "b@example.org", id);
	snprintf(out, sizeof out, "%s/outside", f->dir);
	write_file(out, "ostler-queue 1\naccount a\nfrom b@c\nend\n", 0600);
	write_file(in(f, "README"), "hello", 0600);
	write_file(in(f, "lonely01.env"), "ostler-queue 1\nend\n", 0600);
	write_file(in(f, "openmode.env"), "x", 0644);
	write_file(in(f, "openmode.msg"), "x", 0660);
	assert_int_equal(symlink(out, in(f, "symbolic.env")), 0);
	assert_int_equal(symlink(out, in(f, "symbolic.msg")), 0);
	assert_int_equal(link(out, in(f, "hardlink.env")), 0);
	write_file(in(f, "hardlink.msg"), "", 0600);
	assert_int_equal(mkfifo(in(f, "fifofifo.env"), 0600), 0);
	assert_int_equal(mkfifo(in(f, "fifofifo.msg"), 0600), 0);
	assert_int_equal(mkdir(in(f, "folder01.msg"), 0700), 0);
	write_file(in(f, ".nfs0001"), "", 0600);

	assert_int_equal(spool_repair(f->s, NULL, &e), 0);
	assert_int_equal(spool_strange(f->s, note, &st, &e), 0);
	SAYS(st, "README: is not ours");
	SAYS(st, "lonely01.env: its message is missing");
	SAYS(st, "openmode.env: has mode 0644, not 0600");
	SAYS(st, "openmode.msg: has mode 0660, not 0600");
	SAYS(st, "symbolic.env: is a symbolic link");
	SAYS(st, "symbolic.msg: is a symbolic link");
	SAYS(st, "hardlink.env: has 2 names");
	SAYS(st, "fifofifo.env: is no regular file");
	SAYS(st, "fifofifo.msg: is no regular file");
	SAYS(st, "folder01.msg: is no regular file");
	assert_null(strstr(st.text, ".nfs"));
	assert_null(strstr(st.text, id));

	assert_int_equal(spool_peek(f->s, "symbolic", &en, &e), -1);
	assert_int_equal(spool_peek(f->s, "hardlink", &en, &e), -1);
	assert_int_equal(spool_peek(f->s, "fifofifo", &en, &e), -1);
	assert_int_equal(spool_peek(f->s, "openmode", &en, &e), -1);
	assert_int_equal(e.kind, ERR_DATA);
	assert_int_equal(spool_take(f->s, "hardlink", &h, &e), -1);
	assert_int_equal(spool_take(f->s, "symbolic", &h, &e), -1);
	assert_int_equal(spool_take(f->s, "fifofifo", &h, &e), -1);
	assert_int_equal(spool_take(f->s, "lonely01", &h, &e), -1);
	assert_int_equal(e.kind, ERR_DATA);

	/* all of it is still there */
	strcpy(was, st.text);
	st.text[0] = '\0';
	assert_int_equal(spool_strange(f->s, note, &st, &e), 0);
	assert_string_equal(st.text, was);
}

static void test_other_owner(void **state)
{
	struct fixture *f = *state;
	struct strange st = { "" };
	struct spool_held *h;
	struct spool *s;
	char id[ENTRY_ID_MAX];
	struct err e = ERR_INIT;

	if (geteuid() != 0)
		skip();
	enter(f, "b@example.org", id);
	assert_int_equal(chown(in(f, file(id, ".msg")), 12345, 0), 0);
	assert_int_equal(spool_take(f->s, id, &h, &e), -1);
	assert_int_equal(e.kind, ERR_DATA);
	assert_int_equal(spool_strange(f->s, note, &st, &e), 0);
	assert_non_null(strstr(st.text, "belongs to uid 12345"));
	assert_int_equal(chown(f->path, 12345, 0), 0);
	assert_int_equal(spool_open(f->path, true, &s, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "belongs to uid 12345"));
}

static void test_directory_refused(void **state)
{
	struct fixture *f = *state;
	char path[128];
	struct spool *s;
	struct err e = ERR_INIT;

	assert_int_equal(chmod(f->path, 0750), 0);
	assert_int_equal(spool_open(f->path, true, &s, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "0750"));
	snprintf(path, sizeof path, "%s/file", f->dir);
	write_file(path, "", 0600);
	assert_int_equal(spool_open(path, true, &s, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	snprintf(path, sizeof path, "%s/none", f->dir);
	assert_int_equal(spool_open(path, false, &s, &e), 1);
}

static void test_damaged(void **state)
{
	struct fixture *f = *state;
	struct spool_held *h;
	char id[ENTRY_ID_MAX];
	struct err e = ERR_INIT;

	/* a message that has lost its end is not sent */
	enter(f, "b@example.org", id);
	assert_int_equal(truncate(in(f, file(id, ".msg")), 5), 0);
	assert_int_equal(spool_take(f->s, id, &h, &e), -1);
	assert_int_equal(e.kind, ERR_DATA);
	assert_non_null(strstr(e.text, "length"));
	/* a newer program's is left to it */
	enter(f, "b@example.org", id);
	write_file(in(f, file(id, ".env")), "ostler-queue 9\nnew things\n", 0600);
	assert_int_equal(spool_take(f->s, id, &h, &e), -1);
	assert_int_equal(e.kind, ERR_DATA);
	assert_non_null(strstr(e.text, "version 9"));
	assert_int_equal(spool_repair(f->s, NULL, &e), 0);
	assert_true(is_there(f, id, ".env"));
	assert_true(is_there(f, id, ".msg"));
}

static void poke(const char *path, long at, char c)
{
	FILE *file = fopen(path, "r+");

	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	assert_int_equal(fputc(c, file), c);
	assert_int_equal(fclose(file), 0);
}

/* Entering the same notice twice gives one. */
static void test_given_id(void **state)
{
	struct fixture *f = *state;
	struct draft d = a_draft("Subject: x\r\n\r\n", "body\n");
	struct entry en = an_entry("b@example.org");
	struct err e = ERR_INIT;

	strcpy(en.id, "given-id-b1");
	write_file(in(f, "given-id-b1.msg"), "left by a crash", 0600);
	assert_int_equal(spool_enter(f->s, &d, &en, &e), 0);
	assert_int_equal(spool_enter(f->s, &d, &en, &e), 1);
	assert_int_equal(count(f), 1);
	assert_true(is_there(f, "given-id-b1", ".env"));
	entry_clear(&en);
	draft_clear(&d);
}

/* What has left does not stand for what is entered, though its files are there. */
static void test_given_again(void **state)
{
	struct fixture *f = *state;
	struct draft d = a_draft("Subject: x\r\n\r\n", "body\n");
	struct entry en = an_entry("b@example.org");
	struct spool_held *h;
	struct err e = ERR_INIT;

	strcpy(en.id, "given-id-f1");
	assert_int_equal(spool_enter(f->s, &d, &en, &e), 0);
	assert_int_equal(spool_take(f->s, en.id, &h, &e), 1);
	assert_int_equal(spool_leave(h, &e), 0);
	assert_int_equal(spool_enter(f->s, &d, &en, &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_int_equal(spool_sync(f->s, &e), 0);
	assert_int_equal(spool_enter(f->s, &d, &en, &e), 0);
	/* and when its owner died over it */
	poke(in(f, "given-id-f1.env"), ENTRY_SENDING_AT, '2');
	assert_int_equal(spool_enter(f->s, &d, &en, &e), 0);
	assert_int_equal(spool_take(f->s, en.id, &h, &e), 1);
	assert_int_equal(spool_held_entry(h)->env.n, 1);
	spool_release(h);
	entry_clear(&en);
	draft_clear(&d);
}

/* A read-only draft source that breaks: nothing is left behind. */
static void test_enter_fails(void **state)
{
	struct fixture *f = *state;
	struct draft d = a_draft("Subject: x\r\n\r\n", "");
	struct entry en = an_entry("b@example.org");
	struct err e = ERR_INIT;
	struct strange st = { "" };
	char path[128];
	size_t removed;

	snprintf(path, sizeof path, "%s/short", f->dir);
	write_file(path, "short", 0600);
	d.fd = open(path, O_RDONLY);
	d.owned = true;
	d.len = 100;
	assert_int_equal(spool_enter(f->s, &d, &en, &e), -1);
	assert_int_equal(e.kind, ERR_IO);
	assert_int_equal(count(f), 0);
	assert_int_equal(spool_repair(f->s, &removed, &e), 0);
	assert_int_equal(removed, 0);
	assert_int_equal(spool_strange(f->s, note, &st, &e), 0);
	assert_string_equal(st.text, "");
	entry_clear(&en);
	draft_clear(&d);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_modes),
		TEST(test_content),
		TEST(test_large),
		TEST(test_order),
		TEST(test_ownership),
		TEST(test_owner_dies),
		TEST(test_update),
		TEST(test_strike),
		TEST(test_leave),
		TEST(test_spare),
		TEST(test_env_stays),
		TEST(test_take_seen),
		TEST(test_seen_and_dated),
		TEST(test_look_unnoticed),
		TEST(test_look_noticed),
		TEST(test_seen_and_renamed),
		TEST(test_bury),
		TEST(test_repair),
		TEST(test_strange),
		TEST(test_other_owner),
		TEST(test_directory_refused),
		TEST(test_damaged),
		TEST(test_given_id),
		TEST(test_given_again),
		TEST(test_enter_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
