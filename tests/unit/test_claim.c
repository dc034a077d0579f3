/*
 * flow/claim: what a run of before the last boot had claimed, while others are
 * slow to mark it or have it in hand.
 */
#include "unit.h"

#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "flow/claim.h"
#include "flow/spool.h"
#include "flow/store.h"

#define ID "message-1"

struct fixture {
	char dir[64], path[80];
	struct spool *s;
};

static void put(struct fixture *f)
{
	struct draft d = DRAFT_INIT;
	struct entry en = { .entered = time(NULL) };
	struct err e = ERR_INIT;

	buf_adds(&d.head, "Subject: x\r\n\r\n");
	strcpy(en.id, ID);
	en.account = xstrdup("default");
	envelope_set_from(&en.env, "a@example.org");
	envelope_add(&en.env, "b@example.org", NULL);
	entry_fresh_last(&en);
	assert_int_equal(spool_enter(f->s, &d, &en, &e), 0);
	entry_clear(&en);
	draft_clear(&d);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct err e = ERR_INIT;

	strcpy(f->dir, "/tmp/ostler-claim.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof f->path, "%s/queue", f->dir);
	assert_int_equal(spool_open(f->path, true, &f->s, &e), 0);
	put(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[128];

	spool_close(f->s);
	snprintf(cmd, sizeof cmd, "rm -rf %s", f->dir);
	assert_int_equal(system(cmd), 0);
	free(f);
	return 0;
}

/* Set C's claim to ID: may it be sent? */
static bool is_ours(struct claim *c)
{
	struct spool_ids ids = SPOOL_IDS_INIT;
	struct err e = ERR_INIT;
	bool mine[1];

	spool_ids_add(&ids, ID);
	assert_int_equal(claim_set(c, &ids, mine, &e), 0);
	spool_ids_clear(&ids);
	return mine[0];
}

/* In TEXT, which is FD's, what stands behind WORD becomes AS. */
static void change(int fd, const char *text, const char *word, const char *as)
{
	const char *at = strstr(text, word);

	assert_non_null(at);
	at += strlen(word);
	assert_int_equal(pwrite(fd, as, strlen(as), at - text), strlen(as));
}

/*
 * A run claims ID, and the power goes: its claim file, open for reading and
 * writing, says that it is of another boot; and, with TIME, of another machine,
 * whose clock said that.
 */
static int claim_before_boot(struct fixture *f, const char *time)
{
	struct err e = ERR_INIT;
	struct claim *c;
	char pattern[128], text[1024];
	glob_t found;
	ssize_t n;
	int fd;

	assert_int_equal(claim_open(f->s, &c, &e), 0);
	assert_true(is_ours(c));
	claim_close(c);
	snprintf(pattern, sizeof pattern, "%s/run/*.claim", f->path);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	fd = open(found.gl_pathv[0], O_RDWR);
	globfree(&found);
	n = pread(fd, text, sizeof text - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	change(fd, text, "\nboot ", "before");
	if (time != NULL) {
		change(fd, text, "\nhost ", "*");
		change(fd, text, "\ntime ", time);
	}
	return fd;
}

static bool is_marked(struct fixture *f)
{
	struct err e = ERR_INIT;
	struct entry en;
	bool is;

	assert_int_equal(spool_peek(f->s, ID, &en, &e), 0);
	is = en.last[0].maybe_sent;
	entry_clear(&en);
	return is;
}

/* Another run is about to mark it, and takes longer than we wait. */
static void test_slow_heir(void **state)
{
	struct fixture *f = *state;
	struct err e = ERR_INIT;
	struct claim *c;
	int fd = claim_before_boot(f, NULL);

	assert_int_equal(store_lock(fd, "claim", &e), 0);
	assert_int_equal(claim_open(f->s, &c, &e), 0);
	assert_false(is_ours(c));
	assert_false(is_marked(f));
	close(fd);
	assert_true(is_ours(c));
	assert_true(is_marked(f));
	claim_close(c);
}

/* Somebody has it in hand, so that we cannot mark it. */
static void test_in_other_hands(void **state)
{
	struct fixture *f = *state;
	struct err e = ERR_INIT;
	struct spool_held *h;
	struct claim *c;

	close(claim_before_boot(f, NULL));
	assert_int_equal(spool_take(f->s, ID, &h, &e), 1);
	assert_int_equal(claim_open(f->s, &c, &e), 0);
	assert_false(is_ours(c));
	spool_release(h);
	assert_true(is_ours(c));
	assert_true(is_marked(f));
	claim_close(c);
}

/* What has left meanwhile needs no mark. */
static void test_has_left(void **state)
{
	struct fixture *f = *state;
	struct err e = ERR_INIT;
	struct spool_held *h;
	struct claim *c;

	close(claim_before_boot(f, NULL));
	assert_int_equal(spool_take(f->s, ID, &h, &e), 1);
	assert_int_equal(spool_leave(h, &e), 0);
	assert_int_equal(claim_open(f->s, &c, &e), 0);
	assert_true(is_ours(c));
	claim_close(c);
}

/* What nobody can read is not sent, and keeps no claim. */
static void test_damaged(void **state)
{
	struct fixture *f = *state;
	struct err e = ERR_INIT;
	struct claim *c;
	char env[128];
	int fd = claim_before_boot(f, NULL), out;

	close(fd);
	snprintf(env, sizeof env, "%s/" ID ".env", f->path);
	out = open(env, O_WRONLY | O_TRUNC);
	assert_int_equal(write(out, "nonsense\n", 9), 9);
	close(out);
	assert_int_equal(claim_open(f->s, &c, &e), 0);
	assert_true(is_ours(c));
	claim_close(c);
}

static void test_other_machine(void **state)
{
	struct fixture *f = *state;
	struct err e = ERR_INIT;
	char now[32];
	struct claim *c;

	snprintf(now, sizeof now, "%lld", (long long)time(NULL) + 60);
	close(claim_before_boot(f, now));
	assert_int_equal(claim_open(f->s, &c, &e), 0);
	assert_false(is_ours(c));
	assert_false(is_marked(f));
	claim_close(c);
}

/* Its clock was years ahead: it is not waited for until then. */
static void test_clock_ahead(void **state)
{
	struct fixture *f = *state;
	struct err e = ERR_INIT;
	struct claim *c;

	close(claim_before_boot(f, "9"));
	assert_int_equal(claim_open(f->s, &c, &e), 0);
	assert_true(is_ours(c));
	assert_true(is_marked(f));
	claim_close(c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_slow_heir),
		TEST(test_in_other_hands),
		TEST(test_has_left),
		TEST(test_damaged),
		TEST(test_other_machine),
		TEST(test_clock_ahead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
