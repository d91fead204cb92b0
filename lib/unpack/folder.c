/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The target folder, and folders below it. The kernel is told to stay beneath and to follow
 * no links (openat2); one that cannot is asked for one component after the other. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/fail.h"
#include "unpack/unpack.h"

/* Headers may be older than the kernel of the run. */
#ifndef __NR_openat2
#define __NR_openat2 437
#endif

struct how {
	uint64_t flags, mode, resolve;
};

enum { NO_MAGIC_LINKS = 0x02, NO_LINKS = 0x04, BENEATH = 0x08 };
enum { TRIES = 8, PIECE_BYTES = 3500, MAX_CHAIN = 1024 };

/* Not every libc's header has it. */
enum { EXFAT_MAGIC = 0x2011bab0 };

/* Likewise `path` below `dir`, one component at a time. */
static int open_by_hand(int dir, const char *path, int flags)
{
	char name[NAME_MAX + 1];
	int at = -1;

	while (*path) {
		size_t n = strcspn(path, "/");
		int next;

		if (n > NAME_MAX) {
			errno = ENAMETOOLONG;
			next = -1;
		} else {
			memcpy(name, path, n);
			name[n] = '\0';
			path += n + (path[n] == '/');
			next = openat(at < 0 ? dir : at, name,
				      (*path ? O_PATH : flags) | O_DIRECTORY | O_NOFOLLOW |
					      O_CLOEXEC);
		}
		if (at >= 0) {
			int e = errno;

			(void)close(at);
			errno = e;
		}
		if (next < 0)
			return -1;
		at = next;
	}
	return at;
}

static int open_beneath(struct unpack_target *t, int dir, const char *path, int flags)
{
	struct how how = { .flags = (uint64_t)flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
			   .resolve = NO_MAGIC_LINKS | NO_LINKS | BENEATH };

	for (int i = 0; i < TRIES && !atomic_load(&t->by_hand); i++) {
		long fd = syscall(__NR_openat2, dir, path, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		/* EAGAIN: something was moved at the same time. EPERM: a filter of calls that
		 * does not know this one. */
		if (errno == ENOSYS || errno == EPERM)
			atomic_store(&t->by_hand, true);
		else if (errno != EAGAIN && errno != EINTR)
			return -1;
	}
	return open_by_hand(dir, path, flags);
}

int unpack_folder_open(struct unpack_target *t, const struct unpack_item *items, uint32_t item,
		       int flags)
{
	uint32_t chain[MAX_CHAIN];
	char path[PIECE_BYTES + NAME_MAX + 2];
	size_t n = 0, used = 0;
	int at = -1;

	if (item == 0)
		return openat(t->fd, ".", flags | O_DIRECTORY | O_CLOEXEC);
	for (; item; item = items[item].parent) {
		if (n == MAX_CHAIN) {
			errno = ENAMETOOLONG;
			return -1;
		}
		chain[n++] = item;
	}
	while (n--) {
		const char *name = items[chain[n]].name;
		size_t bytes = strlen(name);
		int next;

		memcpy(path + used, name, bytes);
		used += bytes;
		path[used++] = '/';
		if (n && used < PIECE_BYTES)
			continue;
		path[used - 1] = '\0';
		next = open_beneath(t, at < 0 ? t->fd : at, path, n ? O_PATH : flags);
		if (at >= 0) {
			int e = errno;

			(void)close(at);
			errno = e;
		}
		if (next < 0)
			return -1;
		at = next;
		used = 0;
	}
	return at;
}

int unpack_folder_use(struct unpack_folder *f, struct unpack_target *t,
		      const struct unpack_item *items, uint32_t item)
{
	if (f->fd >= 0 && f->item == item)
		return f->fd;
	unpack_folder_end(f);
	f->fd = unpack_folder_open(t, items, item, O_PATH);
	f->item = item;
	return f->fd;
}

void unpack_folder_end(struct unpack_folder *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	f->fd = -1;
}

/* ---- the target ------------------------------------------------------------------ */

/* Make what is missing of a path. The first byte that is new, or SIZE_MAX with errno. */
static size_t make_path(char *path)
{
	size_t from = SIZE_MAX, n = strlen(path);

	for (size_t i = 1; i <= n; i++) {
		bool made;
		char c = path[i];

		if (c != '/' && c != '\0')
			continue;
		path[i] = '\0';
		made = mkdir(path, 0777) == 0;
		path[i] = c;
		if (!made && errno != EEXIST)
			return SIZE_MAX;
		if (made && from == SIZE_MAX)
			from = i;
	}
	return from == SIZE_MAX ? n + 1 : from;
}

static void unmake_path(char *path, size_t from)
{
	size_t n = strlen(path);

	for (size_t i = n; i >= from && i > 0; i--) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		path[i] = '\0';
		if (rmdir(path) != 0)
			return;
	}
}

static bool is_empty(int fd)
{
	int at = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = at < 0 ? NULL : fdopendir(at);
	bool empty = dir != NULL;
	struct dirent *e;

	if (!dir) {
		if (at >= 0)
			(void)close(at);
		return false;
	}
	while (empty && (e = readdir(dir)) != NULL)
		empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	(void)closedir(dir);
	return empty;
}

static void learn(struct unpack_target *t)
{
	struct statfs fs;

	t->name_bytes = NAME_MAX;
	t->free_bytes = UINT64_MAX;
	if (fstatfs(t->fd, &fs) != 0)
		return;
	t->dos_names = (unsigned long)fs.f_type == MSDOS_SUPER_MAGIC ||
		       (unsigned long)fs.f_type == EXFAT_MAGIC;
	if (fs.f_namelen > 0 && (size_t)fs.f_namelen < t->name_bytes)
		t->name_bytes = (size_t)fs.f_namelen;
	/* Where blocks can be shared or compressed, nobody knows beforehand. */
	if (((unsigned long)fs.f_type == EXT4_SUPER_MAGIC ||
	     (unsigned long)fs.f_type == TMPFS_MAGIC || t->dos_names) &&
	    (fs.f_bsize <= 0 || fs.f_blocks == 0 ||
	     !mul_u64((uint64_t)fs.f_bavail, (uint64_t)fs.f_bsize, &t->free_bytes)))
		t->free_bytes = UINT64_MAX;
}

enum isokit_status unpack_target_open(struct unpack_target *t, const char *path,
				      struct isokit_error *err)
{
	static const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	enum isokit_status st;

	*t = (struct unpack_target){ .path = path, .descriptors = open("/proc/self/fd", flags) };
	t->fd = open(path, flags);
	if (t->fd < 0 && errno == ENOENT) {
		t->made = strdup(path);
		if (!t->made) {
			unpack_target_close(t, false);
			return isokit_fail_nomem(err, path, strlen(path) + 1);
		}
		t->made_from = make_path(t->made);
		if (t->made_from == SIZE_MAX) {
			st = isokit_fail_errno(err, errno, path, "cannot be made");
			free(t->made);
			t->made = NULL;
			unpack_target_close(t, false);
			return st;
		}
		t->fd = open(path, flags);
	}
	if (t->fd < 0) {
		st = isokit_fail_errno(err, errno, path, "cannot be used as a folder");
		unpack_target_close(t, true);
		return st;
	}
	t->empty = is_empty(t->fd);
	learn(t);
	return ISOKIT_OK;
}

void unpack_target_close(struct unpack_target *t, bool undo)
{
	if (t->fd >= 0)
		(void)close(t->fd);
	t->fd = -1;
	if (t->descriptors >= 0)
		(void)close(t->descriptors);
	t->descriptors = -1;
	if (t->made && undo)
		unmake_path(t->made, t->made_from);
	free(t->made);
	t->made = NULL;
}
