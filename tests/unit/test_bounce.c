/* flow/bounce: when a notice may go, condition by condition. */
#include "unit.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "flow/bounce.h"

#define ID "message-1"

struct fixture {
	char dir[64];
	struct spool *s;
	struct entry notice;	/* the one that is asked about */
};

/* Enter ID of two recipients; NOTICES and WARNED are what it knows of. */
static void put_message(struct fixture *f, unsigned notices, bool warned)
{
	struct draft d = DRAFT_INIT;
	struct entry en = { .id = ID, .notices = notices, .warned = warned };
	struct err e = ERR_INIT;

	buf_adds(&d.head, "Subject: x\r\n\r\n");
	en.account = xstrdup("work");
	envelope_set_from(&en.env, "me@example.org");
	envelope_add(&en.env, "a@example.org", NULL);
	envelope_add(&en.env, "b@example.org", NULL);
	entry_fresh_last(&en);
	assert_int_equal(spool_enter(f->s, &d, &en, &e), 0);
	entry_clear(&en);
	draft_clear(&d);
}

/* Enter the notice NO that a@example.org is refused. */
static void put_notice(struct fixture *f, unsigned no)
{
	struct draft d = DRAFT_INIT;
	struct entry en = { .notice_no = no };
	struct err e = ERR_INIT;

	buf_adds(&d.head, "Subject: failure notice\r\n\r\n");
	snprintf(en.id, sizeof en.id, ID "-b%u", no);
	en.account = xstrdup("work");
	en.notice_of = xstrdup(ID);
	strv_add(&en.about, "a@example.org");
	envelope_set_from(&en.env, "");
	envelope_add(&en.env, "me@example.org", NULL);
	entry_fresh_last(&en);
	assert_int_equal(spool_enter(f->s, &d, &en, &e), 0);
	entry_clear(&en);
	draft_clear(&d);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct err e = ERR_INIT;

	strcpy(f->dir, "/tmp/ostler-bounce.XXXXXX");
	if (mkdtemp(f->dir) == NULL || spool_open(f->dir, true, &f->s, &e) < 0)
		return -1;
	f->notice.notice_of = xstrdup(ID);
	f->notice.notice_no = 1;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[128];

	entry_clear(&f->notice);
	spool_close(f->s);
	snprintf(cmd, sizeof cmd, "rm -rf %s", f->dir);
	if (system(cmd) != 0)
		return -1;
	free(f);
	return 0;
}

static char *in(const struct fixture *f, const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", f->dir, name);
	return path;
}

static bool asked(struct fixture *f, unsigned no)
{
	f->notice.notice_no = no;
	return bounce_ready(f->s, &f->notice);
}

/* How many recipients and notices the message's env has. */
static void assert_message(struct fixture *f, size_t rcpts, unsigned notices)
{
	struct entry en;
	struct err e = ERR_INIT;

	assert_int_equal(spool_peek(f->s, ID, &en, &e), 0);
	assert_int_equal(en.env.n, rcpts);
	assert_int_equal(en.notices, notices);
	entry_clear(&en);
}

static void test_no_notice(void **state)
{
	struct fixture *f = *state;
	struct entry mail = ENTRY_INIT;

	assert_true(bounce_ready(f->s, &mail));
}

/* Its message has left, or nobody will ever read what it says. */
static void test_nobody_to_ask(void **state)
{
	struct fixture *f = *state;
	int fd;

	assert_true(asked(f, 1));
	put_message(f, 0, false);
	fd = open(in(f, ID ".env"), O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, "nonsense\n", 9), 9);
	close(fd);
	assert_true(asked(f, 1));
}

/* Its message is there no more, or not whole: nobody will ever own it. */
static void test_never_owned(void **state)
{
	struct fixture *f = *state;

	put_message(f, 0, false);
	put_notice(f, 1);
	assert_int_equal(truncate(in(f, ID ".msg"), 3), 0);
	assert_true(asked(f, 1));
	assert_int_equal(unlink(in(f, ID ".msg")), 0);
	assert_true(asked(f, 1));
}

/* With no descriptor left it cannot be told whether the message knows. */
static void test_cannot_be_asked(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, none;
	bool ready;

	put_message(f, 0, false);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	ready = asked(f, 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_false(ready);
}

/* What it knows of may go whoever has it; for all else its owner is waited for. */
static void test_owned(void **state)
{
	struct fixture *f = *state;
	struct spool_held *h;
	struct spool *other;
	struct err e = ERR_INIT;

	put_message(f, 2, false);
	assert_int_equal(spool_open(f->dir, false, &other, &e), 0);
	assert_int_equal(spool_take(other, ID, &h, &e), 1);
	assert_true(asked(f, 1));
	assert_true(asked(f, 2));
	assert_false(asked(f, 3));
	assert_false(asked(f, 0));
	spool_held_entry(h)->notices = 0;
	spool_held_entry(h)->warned = true;
	assert_int_equal(spool_update(h, &e), 0);
	assert_true(asked(f, 0));
	assert_false(asked(f, 1));
	spool_release(h);
	spool_close(other);
}

/* A crash came between the two: the env forgets the recipient first. */
static void test_told_first(void **state)
{
	struct fixture *f = *state;

	put_message(f, 0, false);
	put_notice(f, 1);
	assert_true(asked(f, 1));
	assert_message(f, 1, 1);
	assert_false(spool_busy(f->s, ID));
}

/* The env cannot be replaced: something is in the way of the new one. */
static void test_not_written(void **state)
{
	struct fixture *f = *state;

	put_message(f, 0, false);
	put_notice(f, 1);
	assert_int_equal(mkdir(in(f, ID ".new"), 0700), 0);
	assert_false(asked(f, 1));
	assert_message(f, 2, 0);
	assert_int_equal(rmdir(in(f, ID ".new")), 0);
	assert_true(asked(f, 1));
}

/* The env has been replaced, but the disk tells of trouble. */
static void test_not_synced(void **state)
{
	struct fixture *f = *state;
	struct spool_held *h;
	struct err e = ERR_INIT;

	put_message(f, 0, false);
	put_notice(f, 1);
	put_notice(f, 2);
	assert_int_equal(spool_take(f->s, ID "-b2", &h, &e), 1);
	assert_int_equal(unlink(in(f, ID "-b2.env")), 0);
	assert_int_equal(mkdir(in(f, ID "-b2.env"), 0700), 0);
	assert_int_equal(spool_leave(h, &e), 0);
	assert_false(asked(f, 1));
	assert_message(f, 1, 1);
	assert_true(asked(f, 1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_notice),
		TEST(test_nobody_to_ask),
		TEST(test_never_owned),
		TEST(test_cannot_be_asked),
		TEST(test_owned),
		TEST(test_told_first),
		TEST(test_not_written),
		TEST(test_not_synced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
