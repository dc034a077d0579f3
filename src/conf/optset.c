/* What a row of the table does: read a value, put it, copy it, compare it. */
#include "conf/opt.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/xalloc.h"
#include "conf/pins.h"
#include "conf/value.h"

#define VALUE_MAX (2 * SECRET_MAX)	/* bytes of a value with its home */

/* The field of O in A, which has type T. */
#define AT(a, o, T) ((T *)(void *)((char *)(a) + (o)->field))
#define CAT(a, o, T) ((const T *)(const void *)((const char *)(a) + (o)->field))

/* A value that was read and is not yet put; one member by the row's type. */
struct value {
	char *text;
	struct secret secret;
	struct strv list;
	int num;
};

#define VALUE_INIT { 0 }

static void value_clear(struct value *v)
{
	free(v->text);
	secret_clear(&v->secret);
	strv_clear(&v->list);
}

static const struct opt_word *word_of(const struct opt *o, const char *word,
				      size_t n)
{
	const struct opt_word *w = o->words;

	for (; w != NULL && w->word != NULL; w++)
		if (strlen(w->word) == n && memcmp(w->word, word, n) == 0)
			return w;
	return NULL;
}

/* Say behind what E says what else would do, and what "#" does not do. */
static int no_value(const struct opt *o, const char *value, struct err *e)
{
	bool number = o->type == OPT_NUM || o->type == OPT_DURATION;
	char text[ERR_TEXT_MAX];

	if (e == NULL)
		return -1;
	memcpy(text, e->text, sizeof text);
	return err_set(e, ERR_CONFIG, "%s%s%s", text,
		       number && o->words != NULL ? ", nor 'off'" : "",
		       strchr(value, '#') == NULL ? "" :
		       " (a comment needs a line of its own)");
}

static int no_word(const struct opt *o, const char *word, struct err *e)
{
	struct buf list = BUF_INIT(ERR_TEXT_MAX);

	for (const struct opt_word *w = o->words; w->word != NULL; w++)
		buf_addf(&list, "%s%s", w == o->words ? "" : ", ", w->word);
	err_set(e, ERR_CONFIG, "'%s' is not one of %s", word, buf_str(&list));
	buf_free(&list);
	return no_value(o, word, e);
}

static int read_choice(const struct opt *o, const char *value, struct value *v,
		       struct err *e)
{
	const struct opt_word *w = word_of(o, value, strlen(value));

	if (w == NULL)
		return no_word(o, value, e);
	v->num = w->value;
	if (o->type == OPT_AUTH && w->value == AUTH_MECH) {
		v->text = xstrdup(value);
		for (char *p = v->text; *p != '\0'; p++)
			*p = ascii_toupper(*p);
	}
	return 0;
}

/* RFC 3461 section 4.1: NEVER stands alone, as does "off". */
static int read_set(const struct opt *o, const char *value, struct value *v,
		    struct err *e)
{
	const char *p = value;
	unsigned set = 0;
	bool alone = false;
	size_t n = 0;

	for (;; p++) {
		size_t len = strcspn(p, ",");
		const char *end = p + len;
		const struct opt_word *w;

		while (p < end && ascii_isblank(*p))
			p++;
		while (end > p && ascii_isblank(end[-1]))
			end--;
		w = word_of(o, p, (size_t)(end - p));
		if (w == NULL)
			return no_word(o, value, e);
		alone = alone || w->value == 0 || w == o->words + 1;
		set |= (unsigned)w->value;
		n++;
		p = p + strcspn(p, ",");
		if (*p == '\0')
			break;
	}
	if (alone && n > 1)
		return err_set(e, ERR_CONFIG,
			       "'%s': 'off' and 'never' stand alone", value);
	v->num = (int)set;
	return 0;
}

static int read_number(const struct opt *o, const char *value, struct value *v,
		       struct err *e)
{
	const struct opt_word *w = word_of(o, value, strlen(value));
	long num;

	if (w != NULL) {
		v->num = w->value;
		return 0;
	}
	if ((o->type == OPT_NUM ? value_number : value_duration)
	    (value, o->min, o->max, &num, e) < 0)
		return no_value(o, value, e);
	v->num = (int)num;
	return 0;
}

#define LIST_MAX 100	/* hosts: each line is read with all above it */

static int read_list(const struct opt *o, const char *value, struct value *v,
		     struct err *e)
{
	for (const char *p = value; *p != '\0';) {
		size_t n = strcspn(p, " \t");
		char *word, *fixed = NULL;

		if (n == 0) {
			p++;
			continue;
		}
		if (v->list.n == LIST_MAX)
			return err_set(e, ERR_CONFIG, "more than %d of them",
				       LIST_MAX);
		word = xmemdup0(p, n);
		if (o->check != NULL && o->check(word, &fixed, e) < 0) {
			free(word);
			return -1;
		}
		if (fixed != NULL) {
			free(word);
			word = fixed;
		}
		strv_take(&v->list, word);
		p += n;
	}
	if (v->list.n == 0)
		return err_set(e, ERR_CONFIG, "a value is needed");
	return 0;
}

static int read_text(const struct opt *o, const char *value, const char *home,
		     struct value *v, struct err *e)
{
	struct pin pin[PINS_MAX];
	size_t n;

	if (o->type == OPT_PINS && pins_parse(value, pin, &n, e) < 0)
		return -1;
	if (o->check != NULL && *value != '\0' && o->check(value, &v->text, e) < 0)
		return -1;
	if (v->text == NULL && o->type == OPT_PATH && *value == '~' && home != NULL)
		v->text = xasprintf("%s%s", home, value + 1);
	if (v->text == NULL)
		v->text = xstrdup(value);
	return 0;
}

/* No value carries what could end a command, a header or a log line. */
static int no_controls(const char *value, struct err *e)
{
	for (const char *p = value; *p != '\0'; p++)
		if (ascii_iscntrl(*p) && *p != '\t')
			return err_set(e, ERR_CONFIG,
				       "a control character (%d) is not allowed",
				       *p);
	return 0;
}

static int read_value(const struct opt *o, const char *value, const char *home,
		      struct value *v, struct err *e)
{
	if (no_controls(value, e) < 0)
		return -1;
	switch (o->type) {
	case OPT_TEXT:
	case OPT_PATH:
	case OPT_PINS:
		return read_text(o, value, home, v, e);
	case OPT_SECRET:
		if (secret_set(&v->secret, value, strlen(value)) < 0)
			return err_set(e, ERR_CONFIG,
				       "longer than %d bytes", SECRET_MAX);
		return 0;
	case OPT_NUM:
	case OPT_DURATION:
		return read_number(o, value, v, e);
	case OPT_CHOICE:
	case OPT_AUTH:
		return read_choice(o, value, v, e);
	case OPT_SET:
		return read_set(o, value, v, e);
	case OPT_LIST:
		return read_list(o, value, v, e);
	case OPT_NOTHING:
	case OPT_COMMAND:
		break;
	}
	return 0;
}

/* Put V, which is empty afterwards. */
static void put_value(struct account *a, const struct opt *o, struct value *v)
{
	switch (o->type) {
	case OPT_TEXT:
	case OPT_PATH:
	case OPT_PINS:
		free(*AT(a, o, char *));
		*AT(a, o, char *) = v->text;
		v->text = NULL;
		break;
	case OPT_SECRET:
		secret_clear(AT(a, o, struct secret));
		*AT(a, o, struct secret) = v->secret;
		v->secret = (struct secret)SECRET_INIT;
		break;
	case OPT_NUM:
	case OPT_DURATION:
	case OPT_CHOICE:
		*AT(a, o, int) = v->num;
		break;
	case OPT_SET:
		*AT(a, o, unsigned) = (unsigned)v->num;
		break;
	case OPT_AUTH:
		a->auth = v->num;
		free(a->auth_mech);
		a->auth_mech = v->text;
		v->text = NULL;
		break;
	case OPT_LIST:
		strv_clear(AT(a, o, struct strv));
		*AT(a, o, struct strv) = v->list;
		v->list = (struct strv)STRV_INIT;
		break;
	case OPT_NOTHING:
	case OPT_COMMAND:
		break;
	}
}

void opt_unset(struct account *a, const struct opt *o)
{
	struct value v = VALUE_INIT;

	/* The table's own defaults are right: a unit test reads each. */
	if (o->def != NULL)
		(void)read_value(o, o->def, NULL, &v, NULL);
	put_value(a, o, &v);
	value_clear(&v);
	a->origin[opt_index(o)] = (struct origin){ NULL, 0 };
}

static int set(struct account *a, const struct opt *o, const char *value,
	       const char *home, struct origin origin, struct err *e)
{
	struct value v = VALUE_INIT;
	int ret = -1;

	if (value == NULL && !(o->where & OPT_VALUE_OPTIONAL))
		return err_set(e, ERR_CONFIG, "a value is needed");
	if (value == NULL || (*value == '\0' && o->empty == EMPTY_WORD))
		value = o->bare;
	if (*value == '\0' && o->empty == EMPTY_ERROR)
		return err_set(e, ERR_CONFIG, "a value is needed");
	if (*value == '\0' && o->empty == EMPTY_UNSET)
		goto put;
	if (*value == '\0' && o->empty == EMPTY_DEFAULT) {
		opt_unset(a, o);
		goto noted;
	}
	if (read_value(o, value, home, &v, e) < 0)
		goto out;
put:
	put_value(a, o, &v);
noted:
	a->origin[opt_index(o)] = origin;
	ret = 0;
out:
	value_clear(&v);
	return ret;
}

int opt_set(struct account *a, const struct opt *o, const char *value,
	    const char *home, struct origin origin, struct err *e)
{
	return set(a, o, value, home, origin, e);
}

int opt_add(struct account *a, const struct opt *o, const char *value,
	    const char *home, struct origin origin, struct err *e)
{
	struct buf all = BUF_INIT(VALUE_MAX);
	int ret;

	if (value == NULL || *value == '\0')
		return set(a, o, value, home, origin, e);
	if (o->type == OPT_LIST) {
		const struct strv *have = CAT(a, o, struct strv);

		for (size_t i = 0; i < have->n; i++)
			buf_addf(&all, "%s ", have->v[i]);
	} else if (o->type == OPT_PINS && *AT(a, o, char *) != NULL) {
		buf_addf(&all, "%s,", *AT(a, o, char *));
	}
	buf_adds(&all, value);
	if (all.full)
		ret = err_set(e, ERR_CONFIG, "too long");
	else
		ret = set(a, o, buf_str(&all), home, origin, e);
	buf_wipe(&all);
	return ret;
}

void opt_copy(struct account *a, const struct account *from,
	      const struct opt *o)
{
	struct value v = VALUE_INIT;
	size_t i = opt_index(o);

	switch (o->type) {
	case OPT_TEXT:
	case OPT_PATH:
	case OPT_PINS:
		v.text = xstrdup_null(*CAT(from, o, char *));
		break;
	case OPT_SECRET:
		secret_copy(&v.secret, CAT(from, o, struct secret));
		break;
	case OPT_NUM:
	case OPT_DURATION:
	case OPT_CHOICE:
		v.num = *CAT(from, o, int);
		break;
	case OPT_SET:
		v.num = (int)*CAT(from, o, unsigned);
		break;
	case OPT_AUTH:
		v.num = from->auth;
		v.text = xstrdup_null(from->auth_mech);
		break;
	case OPT_LIST:
		strv_copy(&v.list, CAT(from, o, struct strv));
		break;
	case OPT_NOTHING:
	case OPT_COMMAND:
		return;
	}
	put_value(a, o, &v);
	value_clear(&v);
	a->origin[i] = from->origin[i];
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool opt_same(const struct account *a, const struct account *b,
	      const struct opt *o)
{
	const struct strv *la, *lb;

	switch (o->type) {
	case OPT_TEXT:
	case OPT_PATH:
	case OPT_PINS:
		return same_text(*CAT(a, o, char *), *CAT(b, o, char *));
	case OPT_SECRET:
		return secret_eq(CAT(a, o, struct secret),
				 CAT(b, o, struct secret));
	case OPT_NUM:
	case OPT_DURATION:
	case OPT_CHOICE:
		return *CAT(a, o, int) == *CAT(b, o, int);
	case OPT_SET:
		return *CAT(a, o, unsigned) == *CAT(b, o, unsigned);
	case OPT_AUTH:
		return a->auth == b->auth &&
			same_text(a->auth_mech, b->auth_mech);
	case OPT_LIST:
		la = CAT(a, o, struct strv);
		lb = CAT(b, o, struct strv);
		if (la->n != lb->n)
			return false;
		for (size_t i = 0; i < la->n; i++)
			if (strcmp(la->v[i], lb->v[i]) != 0)
				return false;
		return true;
	case OPT_NOTHING:
	case OPT_COMMAND:
		break;
	}
	return true;
}
