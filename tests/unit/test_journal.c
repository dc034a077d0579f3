/* Lines for the system's log, to a logger of ours. */
#include "sys/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/ostler-log.XXXXXX", path[64];
static int logger;

static int set_up(void **state)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/log", dir);
	memcpy(sun.sun_path, path, sizeof path);
	logger = socket(AF_UNIX, SOCK_DGRAM, 0);
	return bind(logger, (struct sockaddr *)&sun, sizeof sun);
}

static int tear_down(void **state)
{
	(void)state;
	close(logger);
	unlink(path);
	return rmdir(dir);
}

static void test_format(void **state)
{
	char got[9000], *p = got, month[4], ident[20];
	int priority, day, h, m, s, pid, at = 0;
	ssize_t n;

	(void)state;
	assert_int_equal(journal_send(path, "msmtp", LOG_MAIL | LOG_INFO,
				      "host=mail.example smtpstatus=250"), 0);
	n = recv(logger, got, sizeof got - 1, MSG_DONTWAIT);
	assert_true(n > 0);
	got[n] = '\0';
	/* RFC 3164: <priority>Mmm dd hh:mm:ss tag: content */
	assert_int_equal(sscanf(p, "<%d>%3s %d %d:%d:%d %19[^[][%d]: %n", &priority,
				month, &day, &h, &m, &s, ident, &pid, &at), 8);
	assert_int_equal(priority, 2 * 8 + 6);
	assert_string_equal(ident, "msmtp");
	assert_int_equal(pid, getpid());
	assert_true(day >= 1 && day <= 31 && h < 24 && m < 60 && s <= 60);
	assert_int_equal(p[strcspn(p, ">") + 1 + 6], ' ');	/* "Jan  1" */
	assert_string_equal(p + at, "host=mail.example smtpstatus=250");
}

static void test_long(void **state)
{
	char *line = malloc(100001), got[20000];
	ssize_t n;

	(void)state;
	memset(line, 'x', 100000);
	line[100000] = '\0';
	assert_int_equal(journal_send(path, "ostler", LOG_USER | LOG_ERR, line), 0);
	n = recv(logger, got, sizeof got, MSG_DONTWAIT);
	assert_int_equal(n, 8192);
	assert_memory_equal(got, "<11>", 4);
	free(line);
}

/* Nobody there, or nobody who reads: no line, no wait. */
static void test_no_logger(void **state)
{
	int sent = 0;

	(void)state;
	assert_int_equal(journal_send("/nonexistent/log", "ostler", LOG_MAIL, "x"), -1);
	while (sent < 100000 && journal_send(path, "ostler", LOG_MAIL, "x") == 0)
		sent++;
	assert_true(sent > 0 && sent < 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_no_logger),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
