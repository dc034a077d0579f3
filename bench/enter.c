/*
 * What it costs to enter a message into a queue, update it and let it leave,
 * without the program around it.
 *
 *	enter DIR N
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/xalloc.h"
#include "flow/spool.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void enter(struct spool *s, const struct draft *d, struct err *e)
{
	struct entry en = ENTRY_INIT;

	en.account = xstrdup("work");
	envelope_set_from(&en.env, "a@example.org");
	envelope_add(&en.env, "b@example.com", NULL);
	entry_fresh_last(&en);
	if (spool_enter(s, d, &en, e) != 0) {
		fprintf(stderr, "%s\n", e->text);
		exit(1);
	}
	entry_clear(&en);
}

int main(int argc, char *argv[])
{
	struct draft d = DRAFT_INIT;
	struct spool_ids ids = SPOOL_IDS_INIT;
	struct err e = ERR_INIT;
	struct spool *s;
	double a, b, c;
	int n = argc == 3 ? atoi(argv[2]) : 0;

	if (n <= 0)
		return 64;
	buf_adds(&d.head, "From: a@example.org\r\nSubject: oats\r\n\r\n");
	while (d.mem.len < 1000)
		buf_adds(&d.mem, "a line of a mail of about a kilobyte\r\n");
	d.len = d.mem.len;
	traits_init(&d.traits);
	traits_feed(&d.traits, d.mem.p, d.mem.len);
	traits_end(&d.traits);
	if (spool_open(argv[1], true, &s, &e) != 0) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	a = now();
	for (int i = 0; i < n; i++)
		enter(s, &d, &e);
	b = now();
	if (spool_window(s, "", (size_t)n, &ids, &e) < 0)
		return 1;
	for (size_t i = 0; i < ids.n; i++) {
		struct spool_held *h;

		if (spool_take(s, ids.id[i], &h, &e) != 1 || spool_leave(h, &e) < 0)
			return 1;
	}
	if (spool_sync(s, &e) < 0)
		return 1;
	c = now();
	printf("enter, by the spool alone: %.0f us a mail; leave: %.0f us\n",
	       (b - a) / n * 1e6, (c - b) / n * 1e6);
	spool_ids_clear(&ids);
	spool_close(s);
	draft_clear(&d);
	return 0;
}
