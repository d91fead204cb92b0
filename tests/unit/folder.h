/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An empty folder to work in, and files in it. */
#ifndef FOLDER_H
#define FOLDER_H

#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[128];

static inline void folder_setup(void)
{
	const char *top = getenv("TMPDIR"); /* on XFS or btrfs blocks are shared */

	snprintf(folder, sizeof(folder), "%s/isokit-unit.XXXXXX", top ? top : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static inline int folder_remove_one(const char *path, const struct stat *st, int kind,
				    struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static inline void folder_teardown(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(nftw(folder, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void folder_file(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
	close(fd);
}

/* How many names a folder holds, hidden ones too. */
static inline int folder_count(const char *path)
{
	DIR *d = opendir(path);
	int n = -2;

	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

#endif
