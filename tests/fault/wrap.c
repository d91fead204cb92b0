/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wrap.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static enum fault_kind armed_kind;
static atomic_bool armed;
static bool from_then_on;
static unsigned long failing;
static atomic_ulong seen;
static const char *_Atomic what;

void fault_arm(enum fault_kind kind, unsigned long n, bool then_on)
{
	armed_kind = kind;
	failing = n;
	from_then_on = then_on;
	seen = 0;
	what = NULL;
	armed = true;
}

bool fault_disarm(void)
{
	armed = false;
	return seen >= failing;
}

const char *fault_what(void)
{
	const char *name = what;

	return name ? name : "nothing";
}

static bool refuse(enum fault_kind kind, const char *name)
{
	unsigned long n;

	if (!armed || kind != armed_kind)
		return false;
	n = atomic_fetch_add(&seen, 1) + 1;
	if (n == failing)
		what = name;
	return n == failing || (from_then_on && n > failing);
}

/* WRAP(type, name, (parameters), (arguments), errno): one wrapper. */
#define WRAP(type, name, parameters, arguments, failure, number) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		if (refuse(FAULT_CALLS, #name)) { \
			errno = (number); \
			return failure; \
		} \
		return __real_##name arguments; \
	}

WRAP(ssize_t, pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at), -1, EIO)
WRAP(ssize_t, pread64, (int fd, void *p, size_t n, off_t at), (fd, p, n, at), -1, EIO)
WRAP(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n), -1, ENOSPC)
WRAP(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at), -1, ENOSPC)
WRAP(ssize_t, pwrite64, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at), -1, ENOSPC)
WRAP(int, ftruncate, (int fd, off_t n), (fd, n), -1, EFBIG)
WRAP(int, ftruncate64, (int fd, off_t n), (fd, n), -1, EFBIG)
WRAP(int, fsync, (int fd), (fd), -1, EIO)
WRAP(int, fstat, (int fd, struct stat *st), (fd, st), -1, EIO)
WRAP(int, fstat64, (int fd, struct stat *st), (fd, st), -1, EIO)
WRAP(int, fstatat, (int dir, const char *path, struct stat *st, int flags),
     (dir, path, st, flags), -1, EIO)
WRAP(int, fstatat64, (int dir, const char *path, struct stat *st, int flags),
     (dir, path, st, flags), -1, EIO)
WRAP(int, linkat, (int from, const char *old, int to, const char *new, int flags),
     (from, old, to, new, flags), -1, EIO)
WRAP(int, renameat, (int from, const char *old, int to, const char *new),
     (from, old, to, new), -1, EIO)

int __real_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *ctx);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *ctx);

int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *ctx)
{
	if (refuse(FAULT_CALLS, "pthread_create"))
		return EAGAIN;
	return __real_pthread_create(t, a, f, ctx);
}

/* open() and openat() take a mode only sometimes; reading one that is not there
 * is what the C library does as well. */
#define WRAP_OPEN(name, parameters, arguments) \
	int __real_##name parameters; \
	int __wrap_##name parameters; \
	int __wrap_##name parameters \
	{ \
		mode_t mode = 0; \
		va_list ap; \
		if (refuse(FAULT_CALLS, #name)) { \
			errno = EMFILE; \
			return -1; \
		} \
		if (flags & (O_CREAT | __O_TMPFILE)) { \
			va_start(ap, flags); \
			mode = va_arg(ap, mode_t); \
			va_end(ap); \
		} \
		return __real_##name arguments; \
	}

WRAP_OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(openat, (int dir, const char *path, int flags, ...), (dir, path, flags, mode))
WRAP_OPEN(openat64, (int dir, const char *path, int flags, ...), (dir, path, flags, mode))

/* ---- memory ------------------------------------------------------------------ */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

static bool out_of_memory(void)
{
	if (!refuse(FAULT_ALLOCATIONS, "malloc"))
		return false;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t n)
{
	return out_of_memory() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return out_of_memory() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return out_of_memory() ? NULL : __real_realloc(p, n);
}

char *__wrap_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = __wrap_malloc(n);

	return copy ? memcpy(copy, s, n) : NULL;
}

char *__wrap_strndup(const char *s, size_t n)
{
	size_t length = strnlen(s, n);
	char *copy = __wrap_malloc(length + 1);

	if (!copy)
		return NULL;
	memcpy(copy, s, length);
	copy[length] = '\0';
	return copy;
}
