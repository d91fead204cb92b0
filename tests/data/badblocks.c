/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For LD_PRELOAD: ranges of one file that cannot be read. BADBLOCKS_FILE is its absolute
 * path, BADBLOCKS the ranges: "OFFSET+BYTES,OFFSET+BYTES". */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_bad(int fd, size_t n, long long offset)
{
	const char *file = getenv("BADBLOCKS_FILE"), *ranges = getenv("BADBLOCKS");
	char link[64], path[PATH_MAX];
	ssize_t length;

	if (!file || !ranges)
		return 0;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length <= 0)
		return 0;
	path[length] = '\0';
	if (strcmp(path, file) != 0)
		return 0;
	while (*ranges) {
		char *end;
		long long from = strtoll(ranges, &end, 10);
		long long bytes = *end == '+' ? strtoll(end + 1, &end, 10) : 0;

		if (offset < from + bytes && offset + (long long)n > from)
			return 1;
		ranges = *end ? end + 1 : end;
	}
	return 0;
}

ssize_t pread64(int fd, void *buffer, size_t n, off64_t offset);
ssize_t pread64(int fd, void *buffer, size_t n, off64_t offset)
{
	ssize_t (*next)(int, void *, size_t, off64_t);

	if (is_bad(fd, n, (long long)offset)) {
		errno = EIO;
		return -1;
	}
	*(void **)&next = dlsym(RTLD_NEXT, "pread64");
	return next(fd, buffer, n, offset);
}

#if !defined(_FILE_OFFSET_BITS) || _FILE_OFFSET_BITS != 64
/* The same function where offsets have 64 bits anyway. */
ssize_t pread(int fd, void *buffer, size_t n, off_t offset)
{
	return pread64(fd, buffer, n, offset);
}
#endif

/* The kernel would copy without us. */
ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t n,
			unsigned flags)
{
	(void)from;
	(void)from_at;
	(void)to;
	(void)to_at;
	(void)n;
	(void)flags;
	errno = EXDEV;
	return -1;
}
