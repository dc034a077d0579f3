/*
 * 8-bit messages for 7-bit relays: rows of a message and what becomes of it.
 * Encodings were made by hand from RFC 2045's rules.
 */
#include "unit.h"

#include <time.h>

#include "slices.h"
#include "text/mime7.h"
#include "text/transfer.h"

#define V "MIME-Version: 1.0\r\n"
#define E8 "Content-Transfer-Encoding: 8bit\r\n"
#define E7 "Content-Transfer-Encoding: 7bit\r\n"
#define EQ "Content-Transfer-Encoding: quoted-printable\r\n"
#define E64 "Content-Transfer-Encoding: base64\r\n"
#define TEXT "Content-Type: text/plain; charset=utf-8\r\n"
#define MIXED "Content-Type: multipart/mixed; boundary=b\r\n"
#define AO "\303\244\303\266"	/* two characters in UTF-8 */

static const struct row {
	struct str in, out;	/* out: "" when nothing is needed, */
	const char *why;	/* or refused, saying this */
} rows[] = {
	/* nothing to do, whatever the labels */
	{ S(""), S(""), 0 },
	{ S("A: b\r\n\r\nplain\r\n"), S(""), 0 },
	{ S(V E8 "\r\nplain\r\n"), S(""), 0 },
	{ S("A: " AO "\r\n\r\nplain\r\n"), S(""), 0 },
	{ S(MIXED E8 "\r\n--b\r\n" E8 "\r\nplain\r\n--b--\r\n"), S(""), 0 },
	{ S("A: b\r\n"), S(""), 0 },
	/* one part */
	{ S(V TEXT E8 "\r\na line of text and more " AO "\r\n"),
	  S(V TEXT EQ "\r\na line of text and more =C3=A4=C3=B6\r\n"), 0 },
	{ S(V TEXT "A: b\r\n\r\n" AO " in a line of text, see \r\n"),
	  S(V TEXT "A: b\r\n" EQ "\r\n=C3=A4=C3=B6 in a line of text, see=20\r\n"), 0 },
	{ S(V TEXT "content-transfer-ENCODING : \r\n 8BIT (c)\r\nA: b\r\n\r\n"
	    "a line of text and more " AO "\r\n"),
	  S(V TEXT EQ "A: b\r\n\r\na line of text and more =C3=A4=C3=B6\r\n"), 0 },
	{ S(V TEXT E8 E7 "A: b\r\n\r\n\ta line of text and more " AO "\t\r\n"),
	  S(V TEXT EQ "A: b\r\n\r\n\ta line of text and more =C3=A4=C3=B6=09\r\n"), 0 },
	/* most of it 8-bit, or no text: base 64; "w6TDtsOkw7YNCg==" by base64(1) */
	{ S(V TEXT E8 "\r\n" AO AO "\r\n"), S(V TEXT E64 "\r\nw6TDtsOkw7YNCg==\r\n"), 0 },
	{ S(V "Content-Type: image/x\r\n" E8 "\r\nlots of plain characters" AO "\r\n"),
	  S(V "Content-Type: image/x\r\n" E64
	    "\r\nbG90cyBvZiBwbGFpbiBjaGFyYWN0ZXJzw6TDtg0K\r\n"), 0 },
	/* no label at all */
	{ S("A: b\r\n\r\na line of text and more " AO "\r\n"),
	  S("A: b\r\n" V TEXT EQ "\r\na line of text and more =C3=A4=C3=B6\r\n"), 0 },
	{ S("\r\na line of text and more " AO "\r\n"),
	  S(V TEXT EQ "\r\na line of text and more =C3=A4=C3=B6\r\n"), 0 },
	{ S("A: b\r\n\r\na line of text and more \344\r\n"),
	  S("A: b\r\n" V "Content-Type: text/plain; charset=unknown-8bit\r\n" EQ
	    "\r\na line of text and more =E4\r\n"), 0 },
	{ S(TEXT "\r\na line of text and more " AO "\r\n"),
	  S(TEXT V EQ "\r\na line of text and more =C3=A4=C3=B6\r\n"), 0 },
	/* UTF-8 that a line end, the end, or a foreign byte cuts */
	{ S("\r\na line of text and more \303\r\n"),
	  S(V "Content-Type: text/plain; charset=unknown-8bit\r\n" EQ
	    "\r\na line of text and more =C3\r\n"), 0 },
	{ S("\r\na line of text and more \342\202x\r\n"),
	  S(V "Content-Type: text/plain; charset=unknown-8bit\r\n" EQ
	    "\r\na line of text and more =E2=82x\r\n"), 0 },
	{ S("\r\na line of text and more \355\240\200\r\n"),
	  S(V "Content-Type: text/plain; charset=unknown-8bit\r\n" EQ
	    "\r\na line of text and more =ED=A0=80\r\n"), 0 },
	/* "=", NUL and DEL; a label no reader knows */
	{ S(V TEXT "Content-Transfer-Encoding: utf-8\r\n\r\n1+1=2 and a lot of text so that "
	    "it is\0\177 " AO "\r\n"),
	  S(V TEXT EQ "\r\n1+1=3D2 and a lot of text so that it is=00=7F =C3=A4=C3=B6\r\n"),
	  0 },
	/* lines of 76 and no more, nothing that looks like a boundary made */
	{ S(V MIXED "\r\n--b\r\n" TEXT "\r\n"
	    "\303\26489012345678901234567890123456789012345678901234567890"
	    "1234567890123456789--b\r\nx\r\n--b--\r\n"),
	  S(V MIXED "\r\n--b\r\n" TEXT EQ "\r\n"
	    "=C3=B489012345678901234567890123456789012345678901234567890"
	    "1234567890123456=\r\n789--b\r\nx\r\n--b--\r\n"), 0 },
	{ S(V MIXED "\r\n--b\r\n" TEXT "\r\n"
	    "\303\26489012345678901234567890123456789012345678901234567890"
	    "1234567890123456--b\r\nx\r\n--b--\r\n"),
	  S(V MIXED "\r\n--b\r\n" TEXT EQ "\r\n"
	    "=C3=B489012345678901234567890123456789012345678901234567890"
	    "1234567890123456=\r\n=2D-b\r\nx\r\n--b--\r\n"), 0 },
	/* parts: only those that need it; the boundary's line end is its own */
	{ S(V MIXED E8 "\r\nprologue " AO "\r\n--b\r\n" TEXT E8
	    "\r\na line of text and more " AO "\r\n--b\r\n" E8 "\r\nplain\r\n"
	    "--b \t\r\n\r\n--b\r\n\r\n\r\n--b--\r\nepilogue \344\r\n"),
	  S(V MIXED E7 "\r\nprologue ????\r\n--b\r\n" TEXT EQ
	    "\r\na line of text and more =C3=A4=C3=B6\r\n--b\r\n" E8 "\r\nplain\r\n"
	    "--b \t\r\n\r\n--b\r\n\r\n\r\n--b--\r\nepilogue ?\r\n"), 0 },
	{ S(V MIXED "\r\n--b\r\n\r\na line of text and more " AO " \r\n--b--\r\n"),
	  S(V MIXED "\r\n--b\r\n" TEXT EQ
	    "\r\na line of text and more =C3=A4=C3=B6=20\r\n--b--\r\n"), 0 },
	{ S(V MIXED "\r\n--b\r\n" TEXT "\r\n" AO AO "\r\n\r\n--b--\r\n"),
	  S(V MIXED "\r\n--b\r\n" TEXT E64 "\r\nw6TDtsOkw7YNCg==\r\n--b--\r\n"), 0 },
	{ S(V MIXED "\r\n--b\r\n" TEXT "\r\n" AO AO "\r\n--b--"),
	  S(V MIXED "\r\n--b\r\n" TEXT E64 "\r\nw6TDtsOkw7YNCi0tYi0t\r\n"), 0 },
	/* what is no boundary */
	{ S(V MIXED "\r\n--b\r\n" TEXT "\r\n--bc " AO "\r\n--b x\r\n -b\r\n--B\r\n--b---\r\n--b--\r\n"),
	  S(V MIXED "\r\n--b\r\n" TEXT EQ "\r\n--bc =C3=A4=C3=B6\r\n--b x\r\n -b\r\n--B\r\n--b---\r\n--b--\r\n"), 0 },
	/* nested; the outer boundary ends the inner multipart */
	{ S(V MIXED "\r\n--b\r\nContent-Type: multipart/alternative;\r\n"
	    " boundary=\"b c\" ; x=y\r\n" E8 "\r\n--b c\r\n" TEXT
	    "\r\na line of text and more " AO "\r\n--b\r\n" TEXT
	    "\r\na line of text and more " AO "\r\n--b--\r\n"),
	  S(V MIXED "\r\n--b\r\nContent-Type: multipart/alternative;\r\n"
	    " boundary=\"b c\" ; x=y\r\n" E7 "\r\n--b c\r\n" TEXT EQ
	    "\r\na line of text and more =C3=A4=C3=B6\r\n--b\r\n" TEXT EQ
	    "\r\na line of text and more =C3=A4=C3=B6\r\n--b--\r\n"), 0 },
	/* a message in it, labelled or not; in a digest it is the default */
	{ S(V "Content-Type: message/rfc822\r\n" E8 "\r\nSubject: " AO "\r\n\r\n"
	    "a line of text and more " AO "\r\n"),
	  S(V "Content-Type: message/rfc822\r\n" E7 "\r\nSubject: " AO "\r\n" V TEXT EQ "\r\n"
	    "a line of text and more =C3=A4=C3=B6\r\n"), 0 },
	{ S("Content-Type: multipart/digest; boundary=\"b\"\r\n\r\n--b\r\n\r\nA: b\r\n" TEXT
	    "\r\na line of text and more " AO "\r\n--b--\r\n"),
	  S("Content-Type: multipart/digest; boundary=\"b\"\r\n" V "\r\n--b\r\n\r\nA: b\r\n"
	    TEXT V EQ "\r\na line of text and more =C3=A4=C3=B6\r\n--b--\r\n"), 0 },
	/* a part without the empty line */
	{ S(V MIXED "\r\n--b\r\n" TEXT "hello " AO " you are here\r\n--b--\r\n"),
	  S(V MIXED "\r\n--b\r\n" TEXT EQ "\r\nhello =C3=A4=C3=B6 you are here\r\n--b--\r\n"),
	  0 },
	{ S(V MIXED "\r\n--b\r\nContent-Type: multipart/mixed; boundary=c\r\n--c\r\n" TEXT
	    "\r\na line of text and more " AO "\r\n--c--\r\n--b--\r\n"),
	  S(V MIXED "\r\n--b\r\nContent-Type: multipart/mixed; boundary=c\r\n--c\r\n" TEXT EQ
	    "\r\na line of text and more =C3=A4=C3=B6\r\n--c--\r\n--b--\r\n"), 0 },
	{ S(V MIXED "\r\n--b\r\n" E8 "--b\r\n" TEXT "\r\na line of text and more " AO "\r\n--b--\r\n"),
	  S(V MIXED "\r\n--b\r\n" E8 "--b\r\n" TEXT EQ
	    "\r\na line of text and more =C3=A4=C3=B6\r\n--b--\r\n"), 0 },
	/* encoded already, with raw bytes in it */
	{ S(V TEXT EQ "\r\na=3Db " AO "=\r\n=C3 \344=\r\n"),
	  S(V TEXT EQ "\r\na=3Db =C3=A4=C3=B6=\r\n=C3 =E4=\r\n"), 0 },
	{ S(V TEXT E64 "\r\nYWJj\344\r\n"), S(V TEXT E64 "\r\nYWJj?\r\n"), 0 },
	{ S(V "Content-Type: message/rfc822\r\n" E64 "\r\nYWJj\344\r\n"),
	  S(V "Content-Type: message/rfc822\r\n" E64 "\r\nYWJj?\r\n"), 0 },
	/* what encoding would break */
	{ S(V "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n" TEXT "\r\n" AO
	    "\r\n--b--\r\n"), S(""), "signed" },
	{ S(V "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n"
	    "Content-Type: message/rfc822\r\n\r\nA: b\r\n\r\n" AO "\r\n--b--\r\n"), S(""),
	  "signed" },
	{ S(V "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n" TEXT
	    "\r\nplain\r\n--b--\r\n"), S(""), 0 },
	{ S(V "Content-Type: message/partial\r\n\r\n" AO "\r\n"), S(""), "cannot be encoded" },
	{ S(V "Content-Type: multipart/mixed\r\n\r\n" AO "\r\n"), S(""), "cannot be encoded" },
	{ S(V MIXED "\r\n" AO "\r\n"), S(""), "never comes" },
	{ S(V TEXT "Content-Transfer-Encoding: x-uuencode\r\n\r\n" AO "\r\n"), S(""),
	  "encoding of its own" },
};

/* Scan and convert in steps; the result, or NULL when refused. */
static bool convert(const struct str *in, size_t step, struct buf *out,
		    struct err *e)
{
	struct mime7 *m = mime7_new();
	size_t at = 0, len;
	bool needed;

	while (at < in->n) {
		char *slice = slice_next(in->p, in->n, step, &at, &len);

		mime7_scan(m, slice, len);
		free(slice);
	}
	if (mime7_scanned(m, e) < 0) {
		mime7_free(m);
		return false;
	}
	needed = mime7_needed(m);
	for (at = 0; at < in->n;) {
		char *slice = slice_next(in->p, in->n, step, &at, &len);
		size_t before = out->len;

		mime7_feed(m, slice, len, out);
		assert_true(out->len - before <= 16 * len + 8192);
		free(slice);
	}
	mime7_end(m, out);
	mime7_free(m);
	if (!needed) {	/* then it changes nothing */
		assert_bytes(out->p, out->len, in->p, in->n);
		buf_clear(out);
	}
	return true;
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		EACH_STEP(step, rows[i].in.n) {
			struct buf out = BUF_INIT(100000);
			struct err e = ERR_INIT;
			bool done = convert(&rows[i].in, step, &out, &e);

			if (done != (rows[i].why == NULL))
				print_error("row %zu: %s\n", i, e.text);
			assert_int_equal(done, rows[i].why == NULL);
			if (done) {
				assert_bytes(out.p, out.len, rows[i].out.p,
					     rows[i].out.n);
			} else {
				assert_int_equal(e.kind, ERR_DATA);
				assert_non_null(strstr(e.text, rows[i].why));
			}
			buf_free(&out);
		}
	}
}

/* Ceilings: as many parts and as deep as allowed pass, one more does not. */
static void test_ceilings(void **state)
{
	(void)state;
	for (size_t over = 0; over < 2; over++) {
		struct buf in = BUF_INIT(8u << 20), out = BUF_INIT(8u << 20);
		struct err e = ERR_INIT;
		struct str s;

		buf_adds(&in, V MIXED "\r\n");
		for (size_t i = 1; i < MIME7_PARTS + over; i++)
			buf_adds(&in, "--b\r\n\r\n\303\244\r\n");
		buf_adds(&in, "--b--\r\n");
		s = (struct str){ in.p, in.len };
		assert_int_equal(convert(&s, 4096, &out, &e), !over);
		assert_int_equal(over, e.kind == ERR_DATA);
		buf_clear(&in);
		buf_clear(&out);
		for (size_t i = 0; i < MIME7_DEPTH + over; i++)
			buf_addf(&in, "Content-Type: multipart/mixed; boundary=b%zu\r\n"
				 "\r\n--b%zu\r\n", i, i);
		buf_adds(&in, "\r\n\303\244\r\n");
		s = (struct str){ in.p, in.len };
		assert_int_equal(convert(&s, 4096, &out, &e), !over);
		buf_free(&in);
		buf_free(&out);
	}
}

/* A long Content-Type cannot be judged, long lines and fields pass. */
static void test_long(void **state)
{
	static const size_t sizes[] = { 900, 996, 997, 998, 999, 1000, 1001, 1999,
					5000, 70000 };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		for (size_t where = 0; where < 3; where++) {
			struct buf in = BUF_INIT(1u << 20), out = BUF_INIT(1u << 20);
			struct buf out2 = BUF_INIT(1u << 20);
			struct err e = ERR_INIT;
			struct str s;
			bool ok;

			buf_adds(&in, V);
			if (where == 0)
				buf_addf(&in, "X: %*s\r\n", (int)sizes[i], "");
			if (where == 1)
				buf_addf(&in, "Content-Type: text/plain;%*s\r\n",
					 (int)sizes[i], "");
			buf_adds(&in, "\r\na\303\244\r\n");
			if (where == 2)
				buf_addf(&in, "%*s\r\n", (int)sizes[i], "x");
			buf_adds(&in, "end of the text\r\n");
			s = (struct str){ in.p, in.len };
			ok = convert(&s, in.len, &out, &e);
			assert_int_equal(ok, where != 1 || sizes[i] < 16000);
			assert_int_equal(convert(&s, 7, &out2, &e), ok);
			assert_bytes(out2.p, out2.len, out.p, out.len);
			buf_free(&in);
			buf_free(&out);
			buf_free(&out2);
		}
	}
}

static void test_linear(void **state)
{
	static const char *const pieces[] = {
		"--b", "--b\r\n", "--b\r\n\r\n", "--b--\r\n", "--", "\r", "\r\n",
		"Content-Type: message/rfc822\r\n\r\n", "A:\r\n", "=", "\303",
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pieces); i++) {
		struct buf in = BUF_INIT(4u << 20), out = BUF_INIT(64u << 20);
		clock_t start = clock();
		struct str s;

		buf_adds(&in, MIXED "\r\n");
		while (in.len < 1u << 20)
			buf_adds(&in, pieces[i]);
		s = (struct str){ in.p, in.len };
		convert(&s, 4096, &out, NULL);
		if ((double)(clock() - start) / CLOCKS_PER_SEC > 3)
			fail_msg("'%s' takes too long", pieces[i]);
		buf_free(&in);
		buf_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_ceilings),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
