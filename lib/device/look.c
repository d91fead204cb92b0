/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device/look.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"

enum { SMALL = 64 * 1024 };

/* The path that a format makes, or NULL when it is too long. */
#define PATH_OF(path) \
	char path[LOOK_PATH]; \
	va_list ap; \
	int path##_n; \
	va_start(ap, format); \
	path##_n = vsnprintf(path, sizeof(path), format, ap); \
	va_end(ap); \
	bool path##_ok = path##_n > 0 && path##_n < LOOK_PATH

const char *look_keepn(struct look *l, const char *text, size_t n)
{
	char *copy = arena_strndup(l->arena, text, n);

	if (!copy)
		l->no_memory = true;
	return copy ? copy : "";
}

const char *look_keep(struct look *l, const char *text)
{
	return *text ? look_keepn(l, text, strlen(text)) : "";
}

const char *look_keepf(struct look *l, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return look_keep(l, text);
}

void *look_array(struct look *l, size_t n, size_t element_bytes)
{
	void *a = arena_array(l->arena, n ? n : 1, element_bytes);

	if (!a)
		l->no_memory = true;
	return a;
}

int look_open(struct look *l, const char *path, int flags)
{
	int fd;

	do
		fd = openat(l->root, path, flags | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	if (fd < 0 && (errno == EMFILE || errno == ENFILE))
		l->no_files = errno;
	return fd;
}

char *look_raw(struct look *l, const char *path, size_t limit, size_t *ret_n)
{
	size_t capacity = 0, n = 0;
	char *bytes = NULL;
	int fd;

	/* O_NONBLOCK: whatever has taken the place of a file is not waited for. */
	fd = look_open(l, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return NULL;
	for (;;) {
		ssize_t got;

		if (n >= limit || !ARRAY_RESERVE(bytes, capacity, n + 4096)) {
			errno = n >= limit ? EFBIG : ENOMEM;
			break;
		}
		got = read(fd, bytes + n, capacity - n - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		if (got == 0) {
			(void)close(fd);
			bytes[n] = '\0';
			*ret_n = n;
			return bytes;
		}
		n += (size_t)got;
	}
	if (errno == ENOMEM)
		l->no_memory = true;
	(void)close(fd);
	free(bytes);
	return NULL;
}

const char *look_text(struct look *l, const char *format, ...)
{
	const char *kept;
	char *raw;
	size_t n;
	PATH_OF(path);

	raw = path_ok ? look_raw(l, path, SMALL, &n) : NULL;
	if (!raw)
		return NULL;
	n = strnlen(raw, n);
	while (n && strchr(" \n\t", raw[n - 1]))
		n--;
	kept = look_keepn(l, raw, n);
	free(raw);
	return kept;
}

static uint64_t number(const char *text, uint64_t otherwise)
{
	uint64_t n = 0;

	if (!text || *text < '0' || *text > '9')
		return otherwise;
	for (; *text >= '0' && *text <= '9'; text++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (unsigned)(*text - '0'), &n))
			return otherwise;
	return *text ? otherwise : n;
}

uint64_t look_number(struct look *l, uint64_t otherwise, const char *format, ...)
{
	PATH_OF(path);

	return path_ok ? number(look_text(l, "%s", path), otherwise) : otherwise;
}

bool look_devnum(const char *text, unsigned *ret_major, unsigned *ret_minor)
{
	unsigned long a, b;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	a = strtoul(text, &end, 10);
	if (*end != ':' || end[1] < '0' || end[1] > '9')
		return false;
	b = strtoul(end + 1, &end, 10);
	if (*end || a > UINT32_MAX || b > UINT32_MAX)
		return false;
	*ret_major = (unsigned)a;
	*ret_minor = (unsigned)b;
	return true;
}

const char *look_link(struct look *l, const char *format, ...)
{
	char to[LOOK_PATH];
	ssize_t n;
	PATH_OF(path);

	n = path_ok ? readlinkat(l->root, path, to, sizeof(to)) : -1;
	return n > 0 && (size_t)n < sizeof(to) ? look_keepn(l, to, (size_t)n) : NULL;
}

/* Paths of sysfs: "../../devices/x" beside "sys/block/sda" is "sys/devices/x". */
static bool join(char path[LOOK_PATH], const char *link)
{
	char *slash = strrchr(path, '/');
	size_t n;

	if (*link == '/')
		return false;
	n = slash ? (size_t)(slash - path) : 0;
	while (strncmp(link, "../", 3) == 0) {
		if (n == 0)
			return false;
		while (n && path[n - 1] != '/')
			n--;
		n -= n ? 1 : 0;
		link += 3;
	}
	return (size_t)snprintf(path + n, LOOK_PATH - n, "%s%s", n ? "/" : "", link) <
	       LOOK_PATH - n;
}

const char *look_real(struct look *l, const char *path)
{
	char now[LOOK_PATH];

	if ((size_t)snprintf(now, sizeof(now), "%s", path) >= sizeof(now))
		return NULL;
	for (int hops = 0; hops < 8; hops++) {
		const char *link = look_link(l, "%s", now);

		if (!link)
			return look_exists(l, "%s", now) ? look_keep(l, now) : NULL;
		if (!join(now, link))
			return NULL;
	}
	return NULL;
}

bool look_exists(struct look *l, const char *format, ...)
{
	struct stat st;
	PATH_OF(path);

	return path_ok && fstatat(l->root, path, &st, 0) == 0;
}

int look_compare_names(const char *a, const char *b)
{
	while (*a && *b) {
		if (*a >= '0' && *a <= '9' && *b >= '0' && *b <= '9') {
			char *a_end, *b_end;
			unsigned long long x = strtoull(a, &a_end, 10), y = strtoull(b, &b_end, 10);

			if (x != y)
				return x < y ? -1 : 1;
			a = a_end;
			b = b_end;
		} else if (*a != *b) {
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		} else {
			a++;
			b++;
		}
	}
	return (*a != '\0') - (*b != '\0');
}

static int compare(const void *a, const void *b)
{
	return look_compare_names(*(const char *const *)a, *(const char *const *)b);
}

size_t look_names(struct look *l, const char *const **ret_names, const char *format, ...)
{
	const char **names = NULL, **kept = NULL;
	size_t n = 0, capacity = 0;
	struct dirent *e;
	DIR *d = NULL;
	int fd = -1;
	PATH_OF(path);

	*ret_names = NULL;
	if (path_ok)
		fd = look_open(l, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return 0;
	d = fdopendir(fd);
	if (!d) {
		(void)close(fd);
		return 0;
	}
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		if (!ARRAY_RESERVE(names, capacity, n + 1)) {
			l->no_memory = true;
			break;
		}
		names[n++] = look_keep(l, e->d_name);
	}
	(void)closedir(d);
	if (n) {
		qsort(names, n, sizeof(*names), compare);
		kept = look_array(l, n, sizeof(*kept));
		if (kept)
			memcpy(kept, names, n * sizeof(*names));
	}
	free(names);
	*ret_names = kept;
	return kept ? n : 0;
}
