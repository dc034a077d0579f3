/*
 * flow/retry, flow/claim: what could not be brought to the disk.  The program's
 * fsync(), fdatasync(), pwrite() and unlinkat() are these here, which fail as
 * often as they are told to, for the queue's directory and for an env that
 * changes in place or goes, and look at each claim as it is written down.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "flow/claim.h"
#include "flow/retry.h"
#include "flow/spool.h"

#define ID "message-1"
#define NOTICE ID "-b1"

static ino_t queue;	/* the directory */
static bool synced;	/* it was, since a claim was written down */
static char claimed[65536];	/* the ids of that claim */
static int grown;	/* how often they were followed by more, unsynced */
static const char *plant;	/* a dead run's id, to be put beside the next claim */

/* How many of the next will fail: */
static int failures;	/* syncs of the directory */
static int stuck;	/* envs that are removed */
static int unsettled;	/* envs that say that all are settled */
static int unstruck;	/* recipients that are struck out */
static int undoubted;	/* envs that say a second time that it is being sent */
static int first_time;	/* (how many have said so once) */

int fsync(int fd)
{
	struct stat st;
	bool is = fstat(fd, &st) == 0 && st.st_ino == queue;

	if (is && failures > 0) {
		failures--;
		errno = EIO;
		return -1;
	}
	synced = synced || is;
	return (int)syscall(SYS_fsync, fd);
}

/* Beside FD's claim one of a run that was killed; then the disk fails. */
static void plant_claim(int fd)
{
	char path[256], text[1024], link[64];
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	int out;

	text[n > 0 ? n : 0] = '\0';
	*(strstr(text, "\nid ") + 1) = '\0';
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	assert_true(n > 8);
	strcpy(path + n - 7, "9.claim");
	out = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(out >= 0);
	dprintf(out, "%sid %s\nend\n", text, plant);
	close(out);
	plant = NULL;
	failures = 1;
}

/* A claim is written down: that before it is its beginning, or is synced. */
int fdatasync(int fd)
{
	static char text[65536];
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	char *ids, *end;

	text[n > 0 ? n : 0] = '\0';
	ids = strstr(text, "\nid ");
	end = strstr(text, "\nend\n");
	assert_non_null(end);
	if (strstr(text, "\nlost 1\n") != NULL)
		return (int)syscall(SYS_fdatasync, fd);
	*end = '\0';
	if (!synced && ids != NULL) {
		assert_int_equal(strncmp(ids, claimed, strlen(claimed)), 0);
		grown += claimed[0] != '\0' && strlen(ids) > strlen(claimed);
	}
	strcpy(claimed, ids != NULL ? ids : "");
	synced = false;
	if (plant != NULL)
		plant_claim(fd);
	return (int)syscall(SYS_fdatasync, fd);
}

int unlinkat(int dir, const char *name, int flags)
{
	if (strstr(name, ".env") != NULL && stuck > 0) {
		stuck--;
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_unlinkat, dir, name, flags);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	bool digit = n == 1 && at == ENTRY_SENDING_AT;

	if (n == 1 && *(const char *)p == 'x' && unstruck > 0) {
		unstruck--;
		errno = EIO;
		return -1;
	}
	if (digit && *(const char *)p == '2' && unsettled > 0) {
		unsettled--;
		errno = EIO;
		return -1;
	}
	if (digit && *(const char *)p == '1' && first_time++ > 0 && undoubted > 0) {
		undoubted--;
		errno = EIO;
		return -1;
	}
	return (ssize_t)syscall(SYS_pwrite64, fd, p, n, at);
}

struct fixture {
	char dir[64], path[80], rc[80];
	struct spool *s;
	pid_t relay;		/* or 0 */
};

/* Enter ID to B, due at NEXT; with NOTICE_OF it is the first notice of that. */
static void put(struct fixture *f, const char *id, const char *notice_of,
		int64_t next)
{
	struct draft d = DRAFT_INIT;
	struct entry en = { .next = next, .entered = time(NULL),
			    .notice_no = notice_of != NULL };
	struct err e = ERR_INIT;

	buf_adds(&d.head, "Subject: x\r\n\r\n");
	strcpy(en.id, id);
	en.account = xstrdup("default");
	en.rc_file = xstrdup(f->rc);
	en.notice_of = xstrdup_null(notice_of);
	if (notice_of != NULL)
		strv_add(&en.about, "b@example.org");
	envelope_set_from(&en.env, notice_of != NULL ? "" : "a@example.org");
	envelope_add(&en.env, "b@example.org", NULL);
	envelope_add(&en.env, "c@example.org", NULL);
	entry_fresh_last(&en);
	assert_int_equal(spool_enter(f->s, &d, &en, &e), 0);
	entry_clear(&en);
	draft_clear(&d);
}

static void write_text(const char *path, const char *text, int flags)
{
	int fd = open(path, O_WRONLY | flags, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct err e = ERR_INIT;
	struct stat st;

	strcpy(f->dir, "/tmp/ostler-lost.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof f->path, "%s/queue", f->dir);
	snprintf(f->rc, sizeof f->rc, "%s/rc", f->dir);
	/* nobody listens there */
	write_text(f->rc, "account default\nhost 127.0.0.1\nport 1\n", O_CREAT);
	assert_int_equal(spool_open(f->path, true, &f->s, &e), 0);
	assert_int_equal(stat(f->path, &st), 0);
	queue = st.st_ino;
	synced = true;
	plant = NULL;
	failures = grown = stuck = unsettled = unstruck = undoubted = first_time = 0;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[128];

	spool_close(f->s);
	if (f->relay > 0)
		assert_int_equal(waitpid(f->relay, NULL, 0), f->relay);
	snprintf(cmd, sizeof cmd, "rm -rf %s", f->dir);
	assert_int_equal(system(cmd), 0);
	free(f);
	return 0;
}

/* A run as the next process would make it. */
static int run(struct fixture *f, struct err *e)
{
	struct retry_ask ask = { .prog = "ostler", .quiet = true };
	struct retry_result res;

	*e = (struct err)ERR_INIT;
	spool_close(f->s);
	assert_int_equal(spool_open(f->path, false, &f->s, e), 0);
	ask.s = f->s;
	return retry_run(&ask, &res, e);
}

/* The claim file number I, whole; "" when there is none. */
static char *claim(struct fixture *f, int i, char path[256])
{
	static char text[32768];
	glob_t found;
	ssize_t n = 0;
	int fd = -1;

	snprintf(path, 256, "%s/run/*.%d.claim", f->path, i);
	if (glob(path, 0, NULL, &found) == 0) {
		snprintf(path, 256, "%s", found.gl_pathv[0]);
		globfree(&found);
		fd = open(path, O_RDONLY);
	}
	if (fd >= 0) {
		n = read(fd, text, sizeof text - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* Serve one connection; a relay that says yes to everybody, or but to c. */
static void serve(int listener, bool picky)
{
	FILE *f = fdopen(accept(listener, NULL, NULL), "r+");
	char line[1024];
	bool data = false;

	setvbuf(f, NULL, _IONBF, 0);
	fputs("220 ready\r\n", f);
	while (fgets(line, sizeof line, f) != NULL) {
		if (data && strcmp(line, ".\r\n") != 0)
			continue;
		data = strcmp(line, "DATA\r\n") == 0;
		if (picky && strncmp(line, "RCPT TO:<c", 10) == 0)
			fputs("450 later\r\n", f);
		else
			fputs(data ? "354 go on\r\n" : "250 yes\r\n", f);
	}
	_exit(0);
}

/* From now on the account's relay is one that takes mail, once. */
static void start_relay(struct fixture *f, bool picky)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char rc[128];

	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	f->relay = fork();
	if (f->relay == 0) {
		alarm(60);
		serve(fd, picky);
	}
	close(fd);
	snprintf(rc, sizeof rc, "account default\nhost 127.0.0.1\nport %d\n",
		 ntohs(at.sin_port));
	write_text(f->rc, rc, O_TRUNC);
}

/* As if the machine had been started anew. */
static void reboot(struct fixture *f, int i)
{
	char path[256];
	const char *text = claim(f, i, path), *at = strstr(text, "\nboot ");
	int fd = open(path, O_WRONLY);

	assert_non_null(at);
	assert_int_equal(pwrite(fd, "before", 6, at + 6 - text), 6);
	close(fd);
}

/* Does NAME's file in the queue say WORD? */
static bool says(struct fixture *f, const char *name, const char *word)
{
	char path[160], text[4096];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "%s/%s", f->path, name);
	fd = open(path, O_RDONLY);
	n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return strstr(text, word) != NULL;
}

static bool is_there(struct fixture *f, const char *name)
{
	char path[160];

	snprintf(path, sizeof path, "%s/%s", f->path, name);
	return access(path, F_OK) == 0;
}

/* A remainder that every good run removes. */
static void put_remainder(struct fixture *f)
{
	char path[160];

	snprintf(path, sizeof path, "%s/remainder-1.msg", f->path);
	write_text(path, "x", O_CREAT);
}

/*
 * A notice makes its message's env be rewritten, and that must be on the disk
 * before it goes: when it is not, the run's claim outlives all runs of this
 * boot, though the sync that ends the batch succeeds.
 */
static void test_notice(void **state)
{
	struct fixture *f = *state;
	struct err e;
	char path[256];

	put(f, ID, NULL, time(NULL) + 3600);
	put(f, NOTICE, ID, 0);
	put_remainder(f);
	failures = 1;
	assert_int_equal(run(f, &e), -1);
	assert_int_equal(failures, 0);
	assert_non_null(strstr(e.text, "bring to the disk"));
	assert_non_null(strstr(claim(f, 0, path), "\nlost 1\nid " NOTICE "\n"));

	/* the next has nothing to object, but uses another file */
	assert_int_equal(run(f, &e), 0);
	assert_non_null(strstr(claim(f, 0, path), "\nlost 1\nid " NOTICE "\n"));
	assert_non_null(strstr(claim(f, 1, path), "ostler-claim 1\nend\n"));
	assert_true(is_there(f, "remainder-1.msg"));
	assert_false(says(f, NOTICE ".env", "maybe-sent"));

	reboot(f, 0);
	assert_int_equal(run(f, &e), 0);
	assert_non_null(strstr(claim(f, 0, path), "ostler-claim 1\nend\n"));
	assert_true(says(f, NOTICE ".env", "maybe-sent 1\n"));
	assert_false(is_there(f, "remainder-1.msg"));
}

/* Write down ID as a run would of which nothing more was heard, but for LOST. */
static void claim_and_die(struct fixture *f, bool lost)
{
	struct spool_ids ids = SPOOL_IDS_INIT;
	struct err e = ERR_INIT;
	struct claim *c;
	bool mine[1];

	spool_ids_add(&ids, ID);
	assert_int_equal(claim_open(f->s, &c, &e), 0);
	assert_int_equal(claim_set(c, &ids, mine, &e), 0);
	assert_true(mine[0]);
	if (lost)
		claim_lost(c);
	claim_close(c);
	spool_ids_clear(&ids);
}

/* The marks that a power cut makes necessary do not reach the disk. */
static void test_marks(void **state)
{
	struct fixture *f = *state;
	struct err e;
	char path[256];

	put(f, ID, NULL, time(NULL) + 3600);
	claim_and_die(f, false);
	reboot(f, 0);
	failures = 1;
	assert_int_equal(run(f, &e), -1);
	assert_non_null(strstr(claim(f, 0, path), "\nlost 1\nid " ID "\n"));
	assert_null(strstr(claim(f, 0, path), "\nboot before"));
	assert_int_equal(run(f, &e), 0);
	assert_non_null(strstr(claim(f, 0, path), "\nlost 1\nid " ID "\n"));
	reboot(f, 0);
	assert_int_equal(run(f, &e), 0);
	assert_non_null(strstr(claim(f, 0, path), "ostler-claim 1\nend\n"));
}

/* What a run that was killed had removed is synced before its claim goes. */
static void test_killed(void **state)
{
	struct fixture *f = *state;
	struct err e;
	char path[256];

	put(f, ID, NULL, time(NULL) + 3600);
	claim_and_die(f, false);
	failures = 1;
	assert_int_equal(run(f, &e), -1);
	assert_int_equal(failures, 0);
	assert_non_null(strstr(claim(f, 0, path), "\nlost 1\nid " ID "\n"));
}

/* It is sent, and its env cannot be removed: it says so, and is not sent again. */
static void test_stuck(void **state)
{
	struct fixture *f = *state;
	struct err e;

	start_relay(f, false);
	put(f, ID, NULL, 0);
	stuck = 1;
	assert_int_equal(run(f, &e), -1);
	assert_int_equal(stuck, 0);
	assert_non_null(strstr(e.text, ID ".env"));
	assert_true(says(f, ID ".env", "\nsending 2\n"));
	assert_int_equal(run(f, &e), 0);
	assert_false(is_there(f, ID ".env"));
	assert_false(is_there(f, ID ".msg"));
}

/* It is sent, and its env cannot say so: then that it may have been. */
static void test_unsettled(void **state)
{
	struct fixture *f = *state;
	struct err e;
	char path[256];

	start_relay(f, false);
	put(f, ID, NULL, 0);
	stuck = unsettled = 1;
	assert_int_equal(run(f, &e), 0);
	assert_int_equal(stuck + unsettled, 0);
	assert_true(says(f, ID ".env", "\nsending 1\n"));
	assert_non_null(strstr(claim(f, 0, path), "ostler-claim 1\nend\n"));
}

/* Nor that: the claim tells of it. */
static void test_undoubted(void **state)
{
	struct fixture *f = *state;
	struct err e;
	char path[256];

	start_relay(f, false);
	put(f, ID, NULL, 0);
	stuck = unsettled = undoubted = 1;
	assert_int_equal(run(f, &e), -1);
	assert_int_equal(stuck + unsettled + undoubted, 0);
	assert_non_null(strstr(claim(f, 0, path), "\nlost 1\nid " ID "\n"));
}

/* One of two has it, and the env can neither be replaced nor say so. */
static void test_unstruck(void **state)
{
	struct fixture *f = *state;
	struct err e;
	char path[256];

	start_relay(f, true);
	put(f, ID, NULL, 0);
	snprintf(path, sizeof path, "%s/" ID ".new", f->path);
	assert_int_equal(mkdir(path, 0700), 0);
	unstruck = 1;
	assert_int_equal(run(f, &e), 0);
	assert_int_equal(unstruck, 0);
	assert_true(says(f, ID ".env", "\nrcpt b@"));
	assert_true(says(f, ID ".env", "\nsending 1\n"));
}

static void put_many(struct fixture *f)
{
	char id[ENTRY_ID_MAX];

	for (int i = 0; i < 5 * CLAIM_MAX / 4; i++) {
		snprintf(id, sizeof id, "message-%d", i);
		put(f, id, NULL, 0);
	}
	synced = true;
}

/*
 * A long queue: two batches share a sync of the directory, and until then the
 * claim has both.
 */
static void test_long(void **state)
{
	struct fixture *f = *state;
	struct err e;
	time_t start;

	put_many(f);
	start_relay(f, false);
	start = time(NULL);
	assert_int_equal(run(f, &e), 0);
	/* a run that takes seconds syncs between them */
	assert_true(grown == 1 || time(NULL) > start + 1);
	assert_false(is_there(f, "message-0.env"));
}

/* Between them a dead run's claim is found, and the sync for it fails. */
static void test_long_lost(void **state)
{
	struct fixture *f = *state;
	struct err e;
	char path[256];

	put_many(f);
	start_relay(f, false);
	plant = "message-9999";
	assert_int_equal(run(f, &e), -1);
	assert_int_equal(failures, 0);
	assert_non_null(strstr(claim(f, 0, path), "\nlost 1\nid message-0\n"));
	assert_non_null(strstr(claim(f, 9, path), "\nlost 1\nid message-9999\n"));
}

/* A disk that fails again and again does not end all sending. */
static void test_all_lost(void **state)
{
	struct fixture *f = *state;
	struct err e;
	char path[256];

	put(f, ID, NULL, time(NULL) + 3600);
	for (int i = 0; i < 16; i++) {
		claim_and_die(f, true);
		assert_non_null(strstr(claim(f, i, path), "\nlost 1\n"));
	}
	assert_int_equal(run(f, &e), 0);
	assert_string_equal(claim(f, 16, path), "");
	assert_ptr_equal(strstr(claim(f, 0, path), "ostler-claim 1\nend\n"),
			 claim(f, 0, path));
	assert_non_null(strstr(claim(f, 1, path), "\nlost 1\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_notice, setup, teardown),
		cmocka_unit_test_setup_teardown(test_marks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stuck, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unsettled, setup, teardown),
		cmocka_unit_test_setup_teardown(test_undoubted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unstruck, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_lost, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
