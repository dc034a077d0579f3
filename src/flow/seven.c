#include "flow/seven.h"

#include "text/dot.h"
#include "text/mime7.h"

/* A pass over D in wire form; what is done with each piece. */
typedef int piece_fn(void *ctx, const char *p, size_t n, struct err *e);

static int pass(const struct draft *d, piece_fn *fn, void *ctx, struct err *e)
{
	struct buf wire = BUF_INIT(2 * DRAFT_BLOCK + 16);
	struct draft_walk walk;
	struct dot dot;
	const char *p;
	size_t n = 0;
	int ret = fn(ctx, d->head.p, d->head.len, e);

	dot_init(&dot, false);
	draft_walk_init(&walk, d);
	while (ret == 0 && (ret = draft_walk_next(&walk, &p, &n, e)) == 0 && n > 0) {
		dot_feed(&dot, p, n, &wire);
		ret = fn(ctx, buf_str(&wire), wire.len, e);
		buf_clear(&wire);
	}
	dot_end(&dot, &wire);
	if (ret == 0)
		ret = fn(ctx, buf_str(&wire), wire.len, e);
	draft_walk_clear(&walk);
	buf_free(&wire);
	return ret;
}

static int scan(void *ctx, const char *p, size_t n, struct err *e)
{
	(void)e;
	mime7_scan(ctx, p, n);
	return 0;
}

struct encoding {
	struct mime7 *mime;
	struct draft_in in;
	struct buf piece;
};

#define SLICE 4096	/* so that what it becomes has a small ceiling */

static int encode(void *ctx, const char *p, size_t n, struct err *e)
{
	struct encoding *enc = ctx;

	while (n > 0) {
		size_t take = n < SLICE ? n : SLICE;

		mime7_feed(enc->mime, p, take, &enc->piece);
		if (draft_in_feed(&enc->in, buf_str(&enc->piece),
				  enc->piece.len, e) < 0)
			return -1;
		buf_clear(&enc->piece);
		p += take;
		n -= take;
	}
	return 0;
}

/* The encoded message: all of it is body, its header as it stands. */
static int encode_all(struct mime7 *mime, const struct draft *d,
		      struct draft *out, struct err *e)
{
	struct encoding enc = { .mime = mime,
				.piece = BUF_INIT(16 * SLICE + 8192) };
	int ret;

	draft_in_init(&enc.in, NULL, out);
	enc.in.in_body = true;
	ret = pass(d, encode, &enc, e);
	if (ret == 0) {
		mime7_end(mime, &enc.piece);
		ret = draft_in_feed(&enc.in, buf_str(&enc.piece),
				    enc.piece.len, e);
	}
	if (ret == 0)
		ret = draft_in_end(&enc.in, e);
	buf_free(&enc.piece);
	return ret;
}

int seven_bit(const struct account *acc, const struct draft *d,
	      struct draft *out, bool *made, struct err *e)
{
	struct mime7 *mime;
	int ret;

	*made = false;
	if (!d->traits.eightbit || acc->eightbit == EIGHTBIT_PASS)
		return 0;
	if (acc->eightbit == EIGHTBIT_REFUSE)
		return err_set(e, ERR_DATA, "the message holds 8-bit text, which "
			       "the relay does not take (no 8BITMIME), and "
			       "'eightbit refuse' is set");
	mime = mime7_new();
	ret = pass(d, scan, mime, e);
	if (ret == 0)
		ret = mime7_scanned(mime, e);
	if (ret == 0 && mime7_needed(mime)) {
		ret = encode_all(mime, d, out, e);
		*made = ret == 0;
	}
	mime7_free(mime);
	return ret;
}
