/* SPDX-License-Identifier: GPL-3.0-or-later */
/* limited [--seconds N] [--mib N] [-v] COMMAND [ARG…]: does a command keep its limits?
 *
 * The command runs with its output thrown away. It must end by itself with status 0,
 * 1 or 2, within so much CPU time (default 2 seconds) and so much memory (64 MiB at
 * its peak). Status 0, or 1 and a line that says what was wrong. Wall-clock time is
 * what the machine makes of it, and only ends what sleeps. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct limits {
	double seconds;
	long mib;
};

static void start(char **command, const struct limits *limits)
{
	rlim_t seconds = (rlim_t)limits->seconds * 3 + 2;
	struct rlimit cpu = { seconds, seconds + 1 };
	int nowhere = open("/dev/null", O_RDWR);

	(void)setrlimit(RLIMIT_CPU, &cpu);
	alarm((unsigned)limits->seconds * 60);
	dup2(nowhere, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
	execvp(command[0], command);
	_exit(127);
}

static const char *ending(int status, char *text, size_t n)
{
	if (WIFSIGNALED(status))
		snprintf(text, n, "%s", WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL ?
			 "does not end" : WTERMSIG(status) == SIGALRM ? "sleeps" :
			 strsignal(WTERMSIG(status)));
	else
		snprintf(text, n, "exit status %d", WEXITSTATUS(status));
	return text;
}

int main(int argc, char **argv)
{
	struct limits limits = { .seconds = 2, .mib = 64 };
	struct rusage use;
	bool verbose = false, good;
	char text[100];
	double seconds;
	int status, i;
	pid_t child;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
			limits.seconds = atof(argv[++i]);
		else if (strcmp(argv[i], "--mib") == 0 && i + 1 < argc)
			limits.mib = atol(argv[++i]);
		else if (strcmp(argv[i], "-v") == 0)
			verbose = true;
		else
			return 99;
	}
	if (i == argc)
		return 99;
	child = fork();
	if (child == 0)
		start(argv + i, &limits);
	if (child < 0 || wait4(child, &status, 0, &use) != child)
		return 99;
	seconds = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
		  (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
	good = WIFEXITED(status) && WEXITSTATUS(status) <= 2 && seconds <= limits.seconds &&
	       use.ru_maxrss <= limits.mib * 1024;
	if (!good || verbose) {
		printf("%6.2f s %6.1f MiB, %s:", seconds, (double)use.ru_maxrss / 1024,
		       ending(status, text, sizeof(text)));
		for (; i < argc; i++)
			printf(" %s", argv[i]);
		printf("\n");
	}
	return !good;
}
