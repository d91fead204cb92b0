/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target over saved inputs, given as files (hex dumps or raw), each
 * file in a process of its own with a limit of time and memory:
 *
 *	replay [--seconds N] [--mib N] [--cut] [--mutants N] FILE…
 *
 * --cut: also cut off at every sector. --mutants: also changed, the same way each
 * time: a few bytes, most of them where something is written, and by turns what the
 * target's own mutator does. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hex.h"
#include "mutate.h"
#include "target.h"

struct limits {
	unsigned seconds, mib; /* of one run, above what the program starts with */
	unsigned mutants;
	bool cut;
};

/* What the child is at, for the parent to tell when the child is dead. */
static char *doing;
enum { DOING_BYTES = 4096 };

static uint64_t random_state;

/* xorshift64*: the same numbers on every machine. */
static uint32_t random_below(uint32_t n)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

static void run(const uint8_t *bytes, size_t n, const struct limits *limits)
{
	struct timespec start, end;
	double seconds;
	/* A block of exactly this size: a sanitizer sees the byte behind it. */
	uint8_t *exact = malloc(n ? n : 1);

	if (!exact)
		exit(2);
	if (n)
		memcpy(exact, bytes, n);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	LLVMFuzzerTestOneInput(exact, n);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	free(exact);
	seconds = (double)(end.tv_sec - start.tv_sec) +
		  (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	if (seconds > limits->seconds) {
		fprintf(stderr, "took %.1f seconds\n", seconds);
		exit(1);
	}
}

/* A number that means something in many places of an image. */
static void put_interesting(uint8_t *p, size_t room)
{
	static const uint32_t values[] = {
		0, 1, 16, 17, 0x7f, 0x80, 0xff, 0x7ff, 0x800, 0x801, 0x7fff, 0x8000, 0xffff,
		0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
	};
	uint32_t v = values[random_below(sizeof(values) / sizeof(values[0]))];
	size_t width = (size_t)1 << random_below(3);

	for (size_t i = 0; i < width && i < room; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t n, size_t max)
{
	(void)max;
	if (n) {
		size_t at = random_below((uint32_t)n);

		put_interesting(bytes + at, n - at);
	}
	return n;
}

static void change_anywhere(uint8_t *changed, const uint8_t *bytes, size_t n)
{
	unsigned changes = 1 + random_below(4);

	for (unsigned i = 0; i < changes; i++) {
		size_t at = 0;

		/* A place that is not zero, if one is found soon. */
		for (unsigned tries = 0; tries < 200; tries++) {
			at = random_below((uint32_t)n);
			if (bytes[at])
				break;
		}
		if (random_below(2))
			changed[at] = (uint8_t)random_below(256);
		else
			put_interesting(changed + at, n - at);
	}
}

/* One half anywhere, the other half where the target says it matters. */
static void run_mutant(const uint8_t *bytes, size_t n, unsigned number,
		       const struct limits *limits)
{
	size_t max = n + 4 * SECTOR;
	uint8_t *changed = malloc(max);

	if (!changed)
		exit(2);
	memcpy(changed, bytes, n);
	random_state = 0x9e3779b97f4a7c15u + number;
	if (LLVMFuzzerCustomMutator && number % 2)
		n = LLVMFuzzerCustomMutator(changed, n, max, number);
	else
		change_anywhere(changed, bytes, n);
	run(changed, n, limits);
	free(changed);
}

static void run_file(const char *path, const struct limits *limits)
{
	struct rusage before, after;
	uint8_t *bytes;
	size_t n;

	snprintf(doing, DOING_BYTES, "as it is");
	if (!hex_load(path, &bytes, &n))
		exit(2);
	getrusage(RUSAGE_SELF, &before);
	run(bytes, n, limits);
	for (size_t cut = 0; limits->cut && cut < n; cut += 2048) {
		snprintf(doing, DOING_BYTES, "cut off at byte %zu", cut);
		run(bytes, cut, limits);
	}
	for (unsigned i = 0; n && i < limits->mutants; i++) {
		snprintf(doing, DOING_BYTES, "mutant %u", i);
		run_mutant(bytes, n, i, limits);
	}
	getrusage(RUSAGE_SELF, &after);
	free(bytes);
	if (limits->mib && after.ru_maxrss - before.ru_maxrss > (long)limits->mib * 1024) {
		fprintf(stderr, "%s: took %ld MiB\n", path,
			(after.ru_maxrss - before.ru_maxrss) / 1024);
		exit(1);
	}
	exit(0); /* with the leak check of a sanitizer */
}

/* Does the target survive this file? */
static bool survives(const char *path, const struct limits *limits)
{
	unsigned runs = 1 + limits->mutants / 10 + (limits->cut ? 60 : 0);
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		alarm(limits->seconds * runs); /* sleeping is hanging, too */
		run_file(path, limits);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0) {
		perror("replay");
		exit(2);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	if (WIFEXITED(status))
		printf("%s, %s: exit status %d\n", path, doing, WEXITSTATUS(status));
	else
		printf("%s, %s: %s\n", path, doing,
		       WTERMSIG(status) == SIGALRM ? "does not end" : strsignal(WTERMSIG(status)));
	return false;
}

int main(int argc, char **argv)
{
	struct limits limits = { .seconds = 2, .mib = 64 };
	unsigned files = 0, bad = 0;

	doing = mmap(NULL, DOING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (doing == MAP_FAILED)
		return 2;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--cut") == 0) {
			limits.cut = true;
		} else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
			limits.seconds = (unsigned)atoi(argv[++i]);
		} else if (strcmp(argv[i], "--mib") == 0 && i + 1 < argc) {
			limits.mib = (unsigned)atoi(argv[++i]);
		} else if (strcmp(argv[i], "--mutants") == 0 && i + 1 < argc) {
			limits.mutants = (unsigned)atoi(argv[++i]);
		} else {
			files++;
			bad += !survives(argv[i], &limits);
		}
	}
	printf("%u inputs, %u bad\n", files, bad);
	return bad || !files;
}
