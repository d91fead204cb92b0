/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For LD_PRELOAD: allocations that fail, of our own objects (the program and libisokit*, not
 * of the libraries that these load). NOMEMORY is "N" (the n-th fails) or "N+" (and all after
 * it); NOMEMORY_COUNT a file of 8 bytes or more that gets their number in this machine's byte
 * order, as they happen, so that it is right however the program ends. */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct {
	uintptr_t from, to;
} ours[4];
static int n_ours;
static unsigned long failing; /* 0: none */
static int then_on;
static _Atomic uint64_t here, *seen = &here;

static int note_object(struct dl_phdr_info *info, size_t size, void *ctx)
{
	(void)size;
	(void)ctx;
	if (info->dlpi_name[0] && !strstr(info->dlpi_name, "libisokit"))
		return 0;
	for (int i = 0; i < info->dlpi_phnum && n_ours < (int)(sizeof(ours) / sizeof(*ours)); i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
			ours[n_ours].from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
			ours[n_ours].to = ours[n_ours].from + info->dlpi_phdr[i].p_memsz;
			n_ours++;
		}
	return 0;
}

__attribute__((constructor)) static void begin(void)
{
	const char *name = program_invocation_short_name, *n = getenv("NOMEMORY");
	const char *count = getenv("NOMEMORY_COUNT");
	char *end;

	/* Not in the programs that ours starts. */
	if (strncmp(name, "iso-", 4) != 0)
		return;
	if (count) {
		int fd = open(count, O_RDWR | O_CLOEXEC);
		void *at = fd >= 0 ? mmap(NULL, sizeof(here), PROT_READ | PROT_WRITE, MAP_SHARED,
					  fd, 0)
				   : MAP_FAILED;

		if (at == MAP_FAILED)
			abort();
		seen = at;
		close(fd);
	}
	if (n) {
		failing = strtoul(n, &end, 10);
		then_on = *end == '+';
	}
	dl_iterate_phdr(note_object, NULL);
}

static int refused(const void *caller)
{
	uint64_t n;

	for (int i = 0; i < n_ours; i++)
		if ((uintptr_t)caller >= ours[i].from && (uintptr_t)caller < ours[i].to) {
			n = atomic_fetch_add(seen, 1) + 1;
			if (!failing || n < failing || (n > failing && !then_on))
				return 0;
			errno = ENOMEM;
			return 1;
		}
	return 0;
}

/* WRAP(type, name, (parameters), (arguments), failure): one that fails on demand. */
#define WRAP(type, name, parameters, arguments, failure) \
	type name parameters; \
	type name parameters \
	{ \
		static type (*next) parameters; \
		if (refused(__builtin_return_address(0))) \
			return failure; \
		if (!next) \
			*(void **)&next = dlsym(RTLD_NEXT, #name); \
		return next arguments; \
	}

WRAP(void *, malloc, (size_t n), (n), NULL)
WRAP(void *, calloc, (size_t n, size_t size), (n, size), NULL)
WRAP(void *, realloc, (void *p, size_t n), (p, n), NULL)
WRAP(void *, aligned_alloc, (size_t border, size_t n), (border, n), NULL)
WRAP(int, posix_memalign, (void **ret, size_t border, size_t n), (ret, border, n), ENOMEM)
WRAP(char *, strdup, (const char *s), (s), NULL)
WRAP(char *, strndup, (const char *s, size_t n), (s, n), NULL)
WRAP(int, vasprintf, (char **ret, const char *format, va_list ap), (ret, format, ap), -1)

int asprintf(char **ret, const char *format, ...)
{
	va_list ap;
	int n;

	if (refused(__builtin_return_address(0)))
		return -1;
	va_start(ap, format);
	n = vasprintf(ret, format, ap); /* called from here, so not counted twice */
	va_end(ap);
	return n;
}
