/*
 * flow/spool: how often it waits for the disk.  The program's fsync() and
 * fdatasync() are these here, which count and then do it.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "flow/spool.h"

static int data, metadata;	/* a message's bytes; its env, a directory */

static void count(int fd)
{
	char link[64], name[256] = "";

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	if (readlink(link, name, sizeof name - 1) > 4 &&
	    strcmp(name + strlen(name) - 4, ".msg") == 0)
		data++;
	else
		metadata++;
}

int fsync(int fd)
{
	count(fd);
	return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	count(fd);
	return (int)syscall(SYS_fdatasync, fd);
}

static void enter(struct spool *s, char id[ENTRY_ID_MAX])
{
	struct draft d = DRAFT_INIT;
	struct entry en = ENTRY_INIT;
	struct err e = ERR_INIT;
	struct rcpt *to;

	buf_adds(&d.head, "Subject: oats\r\n\r\n");
	buf_adds(&d.mem, "hello\r\n");
	d.len = d.mem.len;
	traits_init(&d.traits);
	traits_feed(&d.traits, d.mem.p, d.mem.len);
	traits_end(&d.traits);
	en.account = xstrdup("work");
	en.env.from = xstrdup("a@example.org");
	assert_true(envelope_add(&en.env, "b@example.com", &to));
	assert_int_equal(spool_enter(s, &d, &en, &e), 0);
	strcpy(id, en.id);
	entry_clear(&en);
	draft_clear(&d);
}

static void leave(struct spool *s, const char *id)
{
	struct spool_held *h;
	struct err e = ERR_INIT;

	assert_int_equal(spool_take(s, id, &h, &e), 1);
	assert_int_equal(spool_sending(h, true, &e), 0);
	assert_int_equal(spool_leave(h, &e), 0);
}

static void test_waits(void **state)
{
	char dir[] = "/tmp/ostler-cost.XXXXXX", path[64], cmd[64];
	char id[20][ENTRY_ID_MAX];
	struct err e = ERR_INIT;
	struct spool *s;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/queue", dir);
	assert_int_equal(spool_open(path, true, &s, &e), 0);
	for (int i = 0; i < 20; i++) {
		data = metadata = 0;
		enter(s, id[i]);
		assert_int_equal(data, 1);
		assert_in_range(metadata, 1, 2);
	}
	/* many share one when they go */
	data = metadata = 0;
	for (int i = 0; i < 20; i++)
		leave(s, id[i]);
	assert_int_equal(data + metadata, 0);
	assert_int_equal(spool_sync(s, &e), 0);
	assert_int_equal(data, 0);
	assert_int_equal(metadata, 1);
	spool_close(s);
	snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
	assert_int_equal(system(cmd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_waits) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
