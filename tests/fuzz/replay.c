/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target over saved inputs, given as files (hex dumps or raw), each
 * in a process of its own with a limit of time and memory:
 * replay [--seconds N] [--mib N] FILE… */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hex.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

struct limits {
	unsigned seconds, mib; /* of the target alone, above what it starts with */
};

static void run_one(const char *path, const struct limits *limits)
{
	struct rlimit cpu = { .rlim_cur = limits->seconds, .rlim_max = limits->seconds + 1 };
	struct rusage before, after;
	uint8_t *bytes, *exact;
	size_t n;

	if (!hex_load(path, &bytes, &n))
		exit(2);
	/* A block of exactly this size: a sanitizer sees the byte behind it. */
	exact = malloc(n ? n : 1);
	if (!exact)
		exit(2);
	if (n)
		memcpy(exact, bytes, n);
	free(bytes);
	setrlimit(RLIMIT_CPU, &cpu);
	alarm(limits->seconds * 10); /* sleeping is hanging, too */
	getrusage(RUSAGE_SELF, &before);
	LLVMFuzzerTestOneInput(exact, n);
	getrusage(RUSAGE_SELF, &after);
	free(exact);
	if (limits->mib && after.ru_maxrss - before.ru_maxrss > (long)limits->mib * 1024) {
		fprintf(stderr, "%s: took %ld MiB\n", path,
			(after.ru_maxrss - before.ru_maxrss) / 1024);
		exit(1);
	}
	exit(0); /* with the leak check of a sanitizer */
}

int main(int argc, char **argv)
{
	struct limits limits = { .seconds = 2, .mib = 64 };
	unsigned files = 0, bad = 0;

	for (int i = 1; i < argc; i++) {
		int status;
		pid_t child;

		if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
			limits.seconds = (unsigned)atoi(argv[++i]);
			continue;
		}
		if (strcmp(argv[i], "--mib") == 0 && i + 1 < argc) {
			limits.mib = (unsigned)atoi(argv[++i]);
			continue;
		}
		fflush(NULL);
		child = fork();
		if (child == 0)
			run_one(argv[i], &limits);
		if (child < 0 || waitpid(child, &status, 0) < 0) {
			perror("replay");
			return 2;
		}
		files++;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			continue;
		bad++;
		if (WIFSIGNALED(status))
			printf("%s: %s\n", argv[i],
			       WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGALRM ||
			       WTERMSIG(status) == SIGKILL ? "takes too long" :
			       strsignal(WTERMSIG(status)));
		else
			printf("%s: exit status %d\n", argv[i], WEXITSTATUS(status));
	}
	printf("%u inputs, %u bad\n", files, bad);
	return bad || !files;
}
