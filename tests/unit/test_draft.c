/*
 * A message read from a pipe, a file in place and piece by piece is the same
 * message, wherever its body ends up.
 */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flow/draft.h"

static const char header[] = "To: a@b.c\nSubject: x\n folded\n";

struct read_back {
	struct header h;
	struct draft d;
	struct buf body;
};

static void collect(struct read_back *r)
{
	struct err e = ERR_INIT;
	struct draft_walk w;
	const char *p;
	size_t n;

	buf_init(&r->body, 64u << 20);
	draft_walk_init(&w, &r->d);
	while (draft_walk_next(&w, &p, &n, &e) == 0 && n > 0)
		buf_add(&r->body, p, n);
	assert_int_equal(e.kind, ERR_NONE);
	draft_walk_clear(&w);
}

static void read_from(int fd, struct read_back *r)
{
	struct err e = ERR_INIT;

	header_init(&r->h);
	r->d = (struct draft)DRAFT_INIT;
	assert_int_equal(draft_read(fd, &r->h, &r->d, &e), 0);
	collect(r);
}

static void done(struct read_back *r)
{
	header_clear(&r->h);
	draft_clear(&r->d);
	buf_free(&r->body);
}

static void check(struct read_back *r, const char *body, size_t n)
{
	assert_int_equal(r->h.n, 2);
	assert_true(header_is(&r->h, 1, "Subject"));
	assert_int_equal(r->body.len, n);
	assert_memory_equal(buf_str(&r->body), body, n);
	assert_int_equal(r->d.traits.raw, n);
	done(r);
}

/* The message on a descriptor that cannot be read twice. */
static int piped(const char *head, const char *body, size_t n)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	if (fork() == 0) {
		close(ends[0]);
		if (write(ends[1], head, strlen(head)) < 0)
			_exit(1);
		for (ssize_t w; n > 0; body += w, n -= (size_t)w)
			if ((w = write(ends[1], body, n)) < 0)
				_exit(1);
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

static int filed(const char *before, const char *head, const char *body,
		 size_t n)
{
	char name[] = "/tmp/ostler-test-XXXXXX";
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(write(fd, before, strlen(before)), strlen(before));
	assert_int_equal(write(fd, head, strlen(head)), strlen(head));
	assert_int_equal(write(fd, body, n), n);
	lseek(fd, (off_t)strlen(before), SEEK_SET);
	return fd;
}

static void every_way(const char *body, size_t n)
{
	char *whole = malloc(strlen(header) + 2 + n);
	struct read_back r;
	int fd;

	sprintf(whole, "%s\n", header);
	fd = piped(whole, body, n);
	read_from(fd, &r);
	close(fd);
	assert_int_equal(wait(NULL) > 0, 1);
	check(&r, body, n);

	fd = filed("not ours\n", whole, body, n);
	read_from(fd, &r);
	assert_int_equal(r.d.fd, fd);
	assert_false(r.d.owned);
	check(&r, body, n);
	assert_int_equal(lseek(fd, 0, SEEK_CUR),
			 (off_t)(strlen("not ours\n") + strlen(whole) + n));
	close(fd);
	free(whole);
}

static void test_sources(void **state)
{
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537,
		DRAFT_MEMORY - 1, DRAFT_MEMORY, DRAFT_MEMORY + 1,
		3 * DRAFT_MEMORY };
	char *body = malloc(3 * DRAFT_MEMORY);

	(void)state;
	for (size_t i = 0; i < 3 * DRAFT_MEMORY; i++)
		body[i] = (char)(i % 70 == 69 ? '\n' : 'a' + (char)(i % 23));
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		every_way(body, sizes[i]);
	free(body);
}

/* The caller's file stands where it stood, and the message can be read again. */
static void test_give_back(void **state)
{
	static const char text[] = "before\nTo: a@b.c\nSubject: x\n\nbody\n";
	char path[] = "/tmp/ostler-draft-XXXXXX";
	int fd = mkstemp(path), ends[2];

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
	lseek(fd, 7, SEEK_SET);
	for (int i = 0; i < 2; i++) {
		struct read_back r;

		assert_int_equal(draft_place(fd), 7);
		read_from(fd, &r);
		check(&r, "body\n", 5);
		done(&r);
		draft_give_back(fd, 7);
	}
	close(fd);

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(draft_place(ends[0]), -1);
	draft_give_back(ends[0], -1);
	close(ends[0]);
	close(ends[1]);
}

/* The body begins with the first line that is no field. */
static void test_no_separator(void **state)
{
	struct read_back r;
	int fd = filed("", header, "not a field\nmore\n", 17);

	(void)state;
	read_from(fd, &r);
	check(&r, "not a field\nmore\n", 17);
	close(fd);
	fd = piped(header, "not a field\nmore\n", 17);
	read_from(fd, &r);
	close(fd);
	wait(NULL);
	check(&r, "not a field\nmore\n", 17);
}

static void test_pieces(void **state)
{
	static const char whole[] = "To: a@b.c\nSubject: x\r\n\r\nbody\r\nend";
	struct err e = ERR_INIT;

	(void)state;
	for (size_t step = 1; step < sizeof whole; step++) {
		struct read_back r;
		struct draft_in in;

		header_init(&r.h);
		r.d = (struct draft)DRAFT_INIT;
		draft_in_init(&in, &r.h, &r.d);
		for (size_t i = 0; i < sizeof whole - 1; i += step) {
			size_t n = sizeof whole - 1 - i;

			assert_int_equal(draft_in_feed(&in, whole + i,
						       n < step ? n : step, &e), 0);
		}
		assert_int_equal(draft_in_end(&in, &e), 0);
		collect(&r);
		check(&r, "body\r\nend", 9);
	}
}

/* A header beyond the ceiling is refused, the input read all the same. */
static void test_huge_header(void **state)
{
	size_t n = 5u << 20;
	char *body = malloc(n);
	struct err e = ERR_INIT;
	struct read_back r;
	char byte;
	int fd;

	(void)state;
	memset(body, 'x', n);
	memcpy(body, "X: ", 3);
	fd = piped("To: a@b.c\n", body, n);
	header_init(&r.h);
	r.d = (struct draft)DRAFT_INIT;
	assert_int_equal(draft_read(fd, &r.h, &r.d, &e), -1);
	assert_int_equal(e.kind, ERR_DATA);
	assert_int_equal(read(fd, &byte, 1), 0);
	close(fd);
	wait(NULL);
	header_clear(&r.h);
	draft_clear(&r.d);
	free(body);
}

/* What cannot be read is not sent as if it were whole. */
static void test_read_error(void **state)
{
	struct err e = ERR_INIT;
	struct read_back r;
	int fd = open("/", O_RDONLY);

	(void)state;
	header_init(&r.h);
	r.d = (struct draft)DRAFT_INIT;
	assert_int_equal(draft_read(fd, &r.h, &r.d, &e), -1);
	assert_int_equal(e.kind, ERR_IO);
	close(fd);
	header_clear(&r.h);
	draft_clear(&r.d);
}

/* Who shares the pipe may have made it non-blocking: its pauses are no end. */
static void test_nonblocking(void **state)
{
	struct read_back r;
	int p[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(fcntl(p[0], F_SETFL, O_NONBLOCK), 0);
	pid = fork();
	if (pid == 0) {
		usleep(50000);
		if (write(p[1], header, sizeof header - 1) < 0)
			_exit(1);
		usleep(50000);
		_exit(write(p[1], "\nbody\n", 6) == 6 ? 0 : 1);
	}
	assert_true(pid > 0);
	close(p[1]);
	read_from(p[0], &r);
	check(&r, "body\n", 5);
	done(&r);
	close(p[0]);
	waitpid(pid, NULL, 0);
}

/* A file that shrinks between reading and sending is an error. */
static void test_shrinks(void **state)
{
	struct err e = ERR_INIT;
	struct draft_walk w;
	struct read_back r;
	const char *p;
	size_t n;
	int fd = filed("", "To: a@b.c\n\n", "body\n", 5);

	(void)state;
	header_init(&r.h);
	r.d = (struct draft)DRAFT_INIT;
	assert_int_equal(draft_read(fd, &r.h, &r.d, &e), 0);
	assert_int_equal(ftruncate(fd, 4), 0);
	draft_walk_init(&w, &r.d);
	assert_int_equal(draft_walk_next(&w, &p, &n, &e), -1);
	assert_int_equal(e.kind, ERR_IO);
	draft_walk_clear(&w);
	close(fd);
	header_clear(&r.h);
	draft_clear(&r.d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_give_back),
		cmocka_unit_test(test_no_separator),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_huge_header),
		cmocka_unit_test(test_read_error),
		cmocka_unit_test(test_nonblocking),
		cmocka_unit_test(test_shrinks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
