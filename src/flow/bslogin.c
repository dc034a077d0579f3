#include "flow/bslogin.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "sys/fs.h"

struct bs_logins {
	struct buf text;	/* the file: lines of NAME:PASSWORD */
};

static size_t line_len(const char *p)
{
	return strcspn(p, "\r\n");
}

/* The next line that is a login from *p on, or NULL; *n is its length. */
static const char *next_login(const char **p, size_t *n)
{
	while (**p != '\0') {
		const char *line = *p;

		*n = line_len(line);
		*p = line + *n + (line[*n] != '\0');
		if (*n > 0 && line[0] != '#' && line[0] != ':' &&
		    memchr(line, ':', *n) != NULL)
			return line;
	}
	return NULL;
}

int bs_logins_load(const char *path, struct bs_logins **out, struct err *e)
{
	struct bs_logins *l = xcalloc(1, sizeof *l);
	const char *p;
	bool missing;
	size_t n;
	int fd, ret;

	buf_init(&l->text, BSLOGIN_FILE_MAX);
	ret = fs_open_read(path, false, &fd, &missing, e);
	if (ret == 0) {
		ret = fs_check_private(fd, path, geteuid(), e);
		if (ret == 0)
			ret = fs_read_all(fd, path, &l->text, e);
		close(fd);
	}
	p = buf_str(&l->text);
	if (ret == 0 && next_login(&p, &n) == NULL)
		ret = err_set(e, ERR_CONFIG, "'%s' has no line NAME:PASSWORD",
			      path);
	if (ret == 0) {
		*out = l;
		return 0;
	}
	if (e->kind == ERR_IO)
		e->kind = ERR_CONFIG;
	bs_logins_free(l);
	return err_wrap(e, "bs_auth");
}

/* Are the N bytes at A those at B?  All are looked at. */
static bool same_bytes(const char *a, const char *b, size_t n)
{
	unsigned char differ = 0;

	for (size_t i = 0; i < n; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return differ == 0;
}

bool bs_login_ok(const struct bs_logins *l, const char *msg, size_t n)
{
	const char *name = memchr(msg, '\0', n), *word, *p, *line;
	struct buf given = BUF_INIT(BSLOGIN_FILE_MAX);
	bool ok = false;
	size_t len;

	if (l == NULL || name == NULL)
		return false;
	name++;
	word = memchr(name, '\0', n - (size_t)(name - msg));
	if (word == NULL || word == name ||
	    memchr(name, ':', (size_t)(word - name)) != NULL)
		return false;
	buf_add(&given, name, (size_t)(word - name));
	buf_addc(&given, ':');
	buf_add(&given, word + 1, n - (size_t)(word + 1 - msg));
	for (p = buf_str(&l->text); (line = next_login(&p, &len)) != NULL;)
		ok |= len == given.len && same_bytes(line, given.p, len);
	buf_wipe(&given);
	return ok;
}

void bs_logins_free(struct bs_logins *l)
{
	if (l == NULL)
		return;
	buf_wipe(&l->text);
	free(l);
}
