/* argv to exit status: which command the program was called as. */
#include <stdio.h>
#include <sysexits.h>

int main(void)
{
	fputs("ostler: nothing is implemented yet\n", stderr);
	return EX_UNAVAILABLE;
}
