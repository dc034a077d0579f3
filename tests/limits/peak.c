/*
 * peak FILE PROGRAM [ARG...]: run the program, write its peak memory in KB to
 * FILE, and exit with its status.  A process inherits the peak of the one that
 * started it, so this one is small.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	struct rusage usage;
	FILE *out;
	int status;
	pid_t pid;

	if (argc < 3)
		return 99;
	pid = fork();
	if (pid == 0) {
		execv(argv[2], argv + 2);
		_exit(99);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		return 99;
	out = fopen(argv[1], "w");
	if (out == NULL || fprintf(out, "%ld\n", usage.ru_maxrss) < 0 ||
	    fclose(out) != 0)
		return 99;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
