/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For LD_PRELOAD: a drive that fails. BADDRIVE_FILE is its path, BADDRIVE what happens:
 * "write:N:ERRNO" (the n-th write and all that follow fail), "read:N:ERRNO", "gone:N" (at the
 * n-th write it is no more there), "kill:N" (the process dies in the n-th write), "drop:OFFSET" (writes behind it are swallowed),
 * "signal:N:SIGNAL" (the process gets it in the n-th call that touches the drive: a write, a read, a
 * flush, a making of zeros), "dead:N:ERRNO" (from the n-th of them on all fail). BADDRIVE_COUNT: a
 * descriptor that gets the number of these calls at the end (no file can be opened then). */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static atomic_int writes, reads, calls, gone;

static int is_drive(int fd)
{
	const char *file = getenv("BADDRIVE_FILE");
	char link[64], path[PATH_MAX];
	ssize_t length;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = file ? readlink(link, path, sizeof(path) - 1) : 0;
	if (length <= 0)
		return 0;
	path[length] = '\0';
	return strcmp(path, file) == 0;
}

/* The number behind a word of BADDRIVE; *ret_second the one behind that. -1: another word. */
static long long told(const char *word, int *ret_second)
{
	const char *how = getenv("BADDRIVE");
	size_t n = strlen(word);
	long long first;
	char *end;

	if (!how || strncmp(how, word, n) != 0 || how[n] != ':')
		return -1;
	first = strtoll(how + n + 1, &end, 10);
	*ret_second = *end == ':' ? atoi(end + 1) : EIO;
	return first;
}

static int fails(const char *word, int number)
{
	int code;
	long long from = told(word, &code);

	if (from < 0 || number < from)
		return 0;
	errno = code;
	return 1;
}

/* Each call that touches the drive. Not 0: it fails. */
static int moment(void)
{
	int number = atomic_fetch_add(&calls, 1) + 1, code;

	if (told("signal", &code) == number) {
		(void)kill(getpid(), code);
		(void)usleep(150000); /* so that it is obeyed before all is done */
	}
	return fails("dead", number);
}

__attribute__((destructor)) static void count(void)
{
	const char *fd = getenv("BADDRIVE_COUNT");

	if (fd && atomic_load(&calls))
		(void)dprintf(atoi(fd), "%d\n", atomic_load(&calls));
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t offset);
ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t offset)
{
	ssize_t (*next)(int, const void *, size_t, off64_t);
	int number, code;
	long long drop;

	*(void **)&next = dlsym(RTLD_NEXT, "pwrite64");
	if (!is_drive(fd))
		return next(fd, bytes, n, offset);
	if (moment())
		return -1;
	number = atomic_fetch_add(&writes, 1) + 1;
	if (fails("kill", number))
		(void)raise(SIGKILL);
	if (fails("gone", number)) {
		atomic_store(&gone, 1);
		errno = ENOSPC; /* what Linux says of a stick that was pulled out */
		return -1;
	}
	if (fails("write", number))
		return -1;
	drop = told("drop", &code);
	if (drop >= 0 && offset >= drop)
		return (ssize_t)n;
	return next(fd, bytes, n, offset);
}

ssize_t pread64(int fd, void *buffer, size_t n, off64_t offset);
ssize_t pread64(int fd, void *buffer, size_t n, off64_t offset)
{
	ssize_t (*next)(int, void *, size_t, off64_t);

	*(void **)&next = dlsym(RTLD_NEXT, "pread64");
	if (is_drive(fd) && (moment() || fails("read", atomic_fetch_add(&reads, 1) + 1)))
		return -1;
	return next(fd, buffer, n, offset);
}

/* Of libburn's files. */
ssize_t write(int fd, const void *bytes, size_t n)
{
	ssize_t (*next)(int, const void *, size_t);

	*(void **)&next = dlsym(RTLD_NEXT, "write");
	return is_drive(fd) && moment() ? -1 : next(fd, bytes, n);
}

#if !defined(_FILE_OFFSET_BITS) || _FILE_OFFSET_BITS != 64
ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
	return pwrite64(fd, bytes, n, offset);
}

ssize_t pread(int fd, void *buffer, size_t n, off_t offset)
{
	return pread64(fd, buffer, n, offset);
}
#endif

int fsync(int fd)
{
	int (*next)(int);

	*(void **)&next = dlsym(RTLD_NEXT, "fsync");
	return is_drive(fd) && moment() ? -1 : next(fd);
}

int ioctl(int fd, unsigned long request, ...)
{
	int (*next)(int, unsigned long, ...);
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	*(void **)&next = dlsym(RTLD_NEXT, "ioctl");
	if (atomic_load(&gone) && is_drive(fd)) {
		errno = ENODEV;
		return -1;
	}
	if (request == BLKZEROOUT && is_drive(fd) && moment())
		return -1;
	return next(fd, request, arg);
}
