#include "flow/circuit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "flow/store.h"
#include "sys/host.h"

#define FIRST_LINE "ostler-circuit 1\n"
#define FILE_MAX 8192
#define NAME_BYTES 40
#define STAMP_BYTES 160

char *circuit_key(const char *account, const char *rc_file,
		  const struct strv *set)
{
	struct buf key = BUF_INIT(1u << 20);

	buf_addf(&key, "%s\n%s\n", account, rc_file != NULL ? rc_file : "");
	for (size_t i = 0; set != NULL && i < set->n; i++)
		buf_addf(&key, "%s\n", set->v[i]);
	return buf_steal(&key);
}

/* FNV-1a: a name that fits; the file's text tells whose it is. */
static uint64_t hash(const char *s)
{
	uint64_t h = 14695981039346656037u;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return h;
}

uint64_t circuit_hash(const char *key)
{
	return hash(key) % INT64_MAX;
}

static void file_name(const char *key, const char *suffix,
		      char out[NAME_BYTES])
{
	snprintf(out, NAME_BYTES, "%016llx%s", (unsigned long long)hash(key),
		 suffix);
}

static void add_time(const char *path, struct buf *out)
{
	struct stat st;

	if (path == NULL || stat(path, &st) < 0)
		buf_adds(out, "-");
	else
		buf_addf(out, "%lld.%09ld.%lld", (long long)st.st_mtim.tv_sec,
			 st.st_mtim.tv_nsec, (long long)st.st_ino);
	buf_adds(out, "/");
}

/* When the files that an account can come from were last changed. */
static void stamp(const char *rc_file, bool trust_env, char out[STAMP_BYTES])
{
	struct buf text = BUF_INIT(STAMP_BYTES - 1);
	char *home, *path;

	if (rc_file != NULL) {
		add_time(rc_file, &text);
	} else if ((home = host_home(trust_env)) != NULL) {
		path = xasprintf("%s/.msmtprc", home);
		add_time(path, &text);
		free(path);
		path = xasprintf("%s/.config/msmtp/config", home);
		add_time(path, &text);
		free(path);
		free(home);
	}
	add_time(SYSCONFDIR "/msmtprc", &text);
	snprintf(out, STAMP_BYTES, "%s", buf_str(&text));
	buf_free(&text);
}

struct reading {
	struct circuit *c;
	const char *stamp;	/* NULL: any */
	bool same;		/* nothing has changed since */
};

static void read_line(struct reading *r, char *line)
{
	char *value = strchr(line, ' ');
	unsigned long long n;

	if (value == NULL)
		return;
	*value++ = '\0';
	if (strcmp(line, "account") == 0)
		ascii_printable_copy(r->c->account, sizeof r->c->account, value,
				     strlen(value));
	else if (strcmp(line, "said") == 0)
		ascii_printable_copy(r->c->text, sizeof r->c->text, value,
				     strlen(value));
	else if (strcmp(line, "stamp") == 0)
		r->same = r->stamp == NULL || strcmp(value, r->stamp) == 0;
	else if (!ascii_number(value, strlen(value), INT64_MAX, &n))
		return;
	else if (strcmp(line, "key") == 0)
		r->c->key = n;
	else if (strcmp(line, "kind") == 0 && n < ERR_KINDS)
		r->c->kind = (enum err_kind)n;
	else if (strcmp(line, "failures") == 0)
		r->c->failures = n < 1000000 ? (unsigned)n : 1000000;
	else if (strcmp(line, "since") == 0)
		r->c->since = (int64_t)n;
	else if (strcmp(line, "next") == 0)
		r->c->next = (int64_t)n;
}

/* The file's circuit into C, if it is KEY's (NULL: anybody's); what cannot be
 * read is a closed one. */
static void read_file(int dir, const char *name, const char *key,
		      const char *now_stamp, struct circuit *c)
{
	struct buf text = BUF_INIT(FILE_MAX);
	struct err ignored = ERR_INIT;
	struct reading r = { c, now_stamp, false };
	size_t first = strlen(FIRST_LINE);
	char *line, *save = NULL;
	int fd;

	*c = (struct circuit){ .open = false };
	if (store_open(dir, name, false, &fd, &ignored) != 0)
		return;
	if (store_read(fd, name, &text, &ignored) == 0 && text.len > first &&
	    memcmp(text.p, FIRST_LINE, first) == 0) {
		for (line = strtok_r(text.p + first, "\n", &save); line != NULL;
		     line = strtok_r(NULL, "\n", &save))
			read_line(&r, line);
		c->open = r.same && c->failures > 0 &&
			(key == NULL || c->key == circuit_hash(key));
		if (c->next > time(NULL) + CIRCUIT_FAR_S)
			c->next = 0;
	}
	close(fd);
	buf_free(&text);
	if (!c->open)
		*c = (struct circuit){ .open = false };
}

void circuit_read(struct spool *s, const char *key, const char *rc_file,
		  bool trust_env, struct circuit *out)
{
	struct err ignored = ERR_INIT;
	char name[NAME_BYTES], now_stamp[STAMP_BYTES];
	int dir = spool_run_dir(s, &ignored);

	*out = (struct circuit){ .open = false };
	if (dir < 0)
		return;
	stamp(rc_file, trust_env, now_stamp);
	file_name(key, ".down", name);
	read_file(dir, name, key, now_stamp, out);
	/* somebody has changed the configuration: what was down is history,
	 * and nobody who finds it closed would remove it */
	if (!out->open)
		store_unlink(dir, name, &ignored);
}

int64_t circuit_jitter(int64_t seconds)
{
	uint32_t lot;

	host_random(&lot, sizeof lot);
	return seconds + seconds / 10 - (int64_t)(lot % (uint64_t)(seconds / 5 + 1));
}

bool circuit_early(int64_t now, int64_t next, int64_t seconds)
{
	return now < next && next - now <= seconds + seconds / 10;
}

/* Another failure at NOW: a step of the schedule, if it was due. */
static void count(struct circuit *c, const struct schedule *schedule,
		  int64_t now)
{
	if (!c->open)
		*c = (struct circuit){ .open = true, .since = now };
	else if (circuit_early(now, c->next,
			       schedule_wait(schedule, c->failures)))
		return;
	c->failures++;
	c->next = now + circuit_jitter(schedule_wait(schedule, c->failures));
}

void circuit_fail(struct spool *s, const char *key, const char *account,
		  const char *rc_file, bool trust_env,
		  const struct schedule *schedule, int64_t now,
		  const struct err *e, struct circuit *c)
{
	struct buf text = BUF_INIT(FILE_MAX);
	char name[NAME_BYTES], tmp[NAME_BYTES], now_stamp[STAMP_BYTES];
	struct err ignored = ERR_INIT;
	int dir = spool_run_dir(s, &ignored);

	count(c, schedule, now);
	c->key = circuit_hash(key);
	c->kind = e->kind;
	ascii_printable_copy(c->account, sizeof c->account, account,
			     strlen(account));
	ascii_printable_copy(c->text, sizeof c->text, e->text, strlen(e->text));
	stamp(rc_file, trust_env, now_stamp);
	buf_addf(&text, FIRST_LINE "stamp %s\nkey %llu\nkind %d\nfailures %u\n"
		 "since %lld\nnext %lld\naccount %s\nsaid %s\n", now_stamp,
		 (unsigned long long)c->key, (int)c->kind, c->failures,
		 (long long)c->since, (long long)c->next, c->account, c->text);
	file_name(key, ".down", name);
	snprintf(tmp, sizeof tmp, "%ld.down-new", (long)getpid());
	if (dir >= 0)
		store_replace(dir, tmp, name, buf_str(&text), text.len, false,
			      &ignored);
	buf_free(&text);
}

void circuit_close(struct spool *s, const char *key)
{
	struct err ignored = ERR_INIT;
	char name[NAME_BYTES];
	int dir = spool_run_dir(s, &ignored);

	file_name(key, ".down", name);
	if (dir >= 0)
		store_unlink(dir, name, &ignored);
}

struct each {
	int dir;
	void (*fn)(void *ctx, const struct circuit *c);
	void *ctx;
};

static int one(void *ctx, const char *name)
{
	const struct each *each = ctx;
	size_t n = strlen(name);
	struct circuit c;

	if (n < 6 || strcmp(name + n - 5, ".down") != 0)
		return 0;
	read_file(each->dir, name, NULL, NULL, &c);
	if (c.open)
		each->fn(each->ctx, &c);
	return 0;
}

int circuit_each(struct spool *s,
		 void (*fn)(void *ctx, const struct circuit *c), void *ctx,
		 struct err *e)
{
	struct each each = { spool_run_dir(s, e), fn, ctx };

	return each.dir < 0 ? -1 : store_each(each.dir, one, &each, e);
}
