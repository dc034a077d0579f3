/*
 * ca DIR: makes a throwaway certificate authority in DIR.
 * What it holds then stands in authority.h.
 */
#include <stdio.h>

#include "authority.h"

int
main(int argc, char **argv)
{
	if (argc != 2 || argv[1][0] == '-') {
		fputs("usage: ca DIR\n", stderr);
		return 64;
	}
	authority_make(argv[1]);
	return 0;
}
