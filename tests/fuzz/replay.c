/*
 * Stands in for libFuzzer in ordinary builds: hands every file of the target's
 * corpus folder to it once.  The folder follows from the program's name, so
 * that fuzz_addr reads tests/fuzz/corpus/addr; files named on the command line
 * are read instead.  An absent or empty corpus fails, since a test that looks
 * at nothing proves nothing.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Inputs larger than this have no place in a corpus that is read at each test. */
#define REPLAY_MAX (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool replay_file(const char *path)
{
	uint8_t *all = malloc(REPLAY_MAX + 1);
	uint8_t *exact = NULL;
	FILE *f = fopen(path, "rb");
	size_t n = 0;
	bool ok = false;

	if (!all || !f)
		goto out;
	n = fread(all, 1, REPLAY_MAX + 1, f);
	if (ferror(f) || n > REPLAY_MAX)
		goto out;
	/* A block of the exact size lets a checker see one byte too far. */
	exact = malloc(n ? n : 1);
	if (!exact)
		goto out;
	memcpy(exact, all, n);
	ok = LLVMFuzzerTestOneInput(exact, n) == 0;
out:
	if (!ok)
		fprintf(stderr, "replay: cannot use '%s'\n", path);
	free(exact);
	free(all);
	if (f)
		fclose(f);
	return ok;
}

static int replay_folder(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *ent;
	int n = 0;

	if (!d) {
		fprintf(stderr, "replay: cannot open '%s'\n", folder);
		return -1;
	}
	while ((ent = readdir(d))) {
		char path[4096];

		if (ent->d_name[0] == '.')
			continue;
		n++;
		if (snprintf(path, sizeof(path), "%s/%s", folder, ent->d_name) >=
		    (int)sizeof(path) || !replay_file(path)) {
			n = -1;
			break;
		}
	}
	closedir(d);
	return n;
}

int main(int argc, char **argv)
{
	const char *srcdir = getenv("top_srcdir");
	const char *name = strrchr(argv[0], '/');
	char folder[4096];
	int n = 0;

	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			if (!replay_file(argv[i]))
				return 1;
		return 0;
	}
	name = name ? name + 1 : argv[0];
	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s",
		 srcdir ? srcdir : ".", name);
	n = replay_folder(folder);
	printf("%d inputs from %s\n", n, folder);
	return n > 0 ? 0 : 1;
}
