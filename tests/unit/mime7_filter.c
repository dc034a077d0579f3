/*
 * Standard input made 7-bit, for test_mime7_trees.py: mime7_filter STEP feeds the
 * message in slices of STEP bytes.  Exit status 65 and a line on standard
 * error when it is refused, 77 when it is fit as it is.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "text/mime7.h"

#define INPUT_MAX (64u << 20)

int main(int argc, char **argv)
{
	size_t step = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, n;
	struct mime7 *m = mime7_new();
	struct err e = ERR_INIT;
	struct buf out = BUF_INIT(16u << 20);
	char *text = xmalloc(INPUT_MAX);
	int status = 0;

	n = fread(text, 1, INPUT_MAX, stdin);
	step = step > 0 ? step : n + 1;
	for (size_t i = 0; i < n; i += step)
		mime7_scan(m, text + i, n - i < step ? n - i : step);
	if (mime7_scanned(m, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		status = 65;
	} else if (!mime7_needed(m)) {
		status = 77;
	}
	for (size_t i = 0; i < n && status == 0; i += step) {
		mime7_feed(m, text + i, n - i < step ? n - i : step, &out);
		fwrite(buf_str(&out), 1, out.len, stdout);
		if (out.full)
			status = 70;
		buf_clear(&out);
	}
	if (status == 0) {
		mime7_end(m, &out);
		fwrite(buf_str(&out), 1, out.len, stdout);
	}
	buf_free(&out);
	mime7_free(m);
	free(text);
	return fflush(stdout) == 0 ? status : 74;
}
