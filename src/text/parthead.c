#include "text/parthead.h"

#include <string.h>

#include "base/ascii.h"

void parthead_init(struct parthead *h)
{
	*h = (struct parthead){ .type = { .kind = CTYPE_TEXT } };
	buf_init(&h->value, PARTHEAD_FIELD_MAX);
}

void parthead_begin(struct parthead *h)
{
	struct buf value = h->value;

	parthead_init(h);
	h->value = value;
	buf_clear(&h->value);
}

static enum parthead_field which(const char *p, size_t n)
{
	const char *colon = memchr(p, ':', n);
	size_t len = colon != NULL ? (size_t)(colon - p) : 0;

	while (len > 0 && ascii_isblank(p[len - 1]))
		len--;
	if (ascii_memcaseeq(p, len, "Content-Type"))
		return PARTHEAD_TYPE;
	if (ascii_memcaseeq(p, len, "Content-Transfer-Encoding"))
		return PARTHEAD_ENCODING;
	return ascii_memcaseeq(p, len, "MIME-Version") ? PARTHEAD_VERSION :
	       PARTHEAD_OTHER;
}

void parthead_field(struct parthead *h, const char *p, size_t n)
{
	parthead_end(h);
	h->in_field = true;
	h->field = which(p, n);
	buf_clear(&h->value);
}

void parthead_data(struct parthead *h, const char *p, size_t n)
{
	if (h->field == PARTHEAD_TYPE || h->field == PARTHEAD_ENCODING)
		buf_add(&h->value, p, n);
}

void parthead_end(struct parthead *h)
{
	const char *body = buf_str(&h->value);
	size_t n = h->value.len, name = 0;

	if (!h->in_field)
		return;
	h->in_field = false;
	while (name < n && body[name] != ':')
		name++;
	name += name < n;
	if (h->field == PARTHEAD_VERSION)
		h->has_version = true;
	if (h->field == PARTHEAD_ENCODING && !h->has_encoding) {
		h->has_encoding = true;
		h->cte = h->value.full ? CTE_FOREIGN :
			 cte_parse(body + name, n - name);
	}
	if (h->field == PARTHEAD_TYPE && !h->has_type) {
		h->has_type = true;
		h->type = (struct ctype){ .kind = CTYPE_SEALED };
		if (!h->value.full)
			ctype_parse(body + name, n - name, &h->type);
	}
}

void parthead_clear(struct parthead *h)
{
	buf_free(&h->value);
	parthead_init(h);
}
