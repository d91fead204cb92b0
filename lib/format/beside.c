/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that a sheet names: in the folder of what was opened, and nowhere else. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fail.h"
#include "bytes/source.h"
#include "format/disctrack.h"
#include "format/medium.h"

enum {
	MAX_NAME = 1024,
	MAX_ENTRIES = 100 * 1000, /* of the folder that are looked at */
};

/* ---- the name in the sheet ---------------------------------------------------------- */

static bool is_absolute(const char *name)
{
	bool drive = ((name[0] | 0x20) >= 'a' && (name[0] | 0x20) <= 'z') && name[1] == ':';

	return name[0] == '/' || name[0] == '\\' || drive;
}

static const char *last_component(const char *path)
{
	const char *p = path + strlen(path);

	while (p > path && p[-1] != '/' && p[-1] != '\\' && !(p - path == 2 && p[-1] == ':'))
		p--;
	return p;
}

/* The name below the folder, with slashes; false for one that is none or leads out. */
static bool tame(const char *name, char out[MAX_NAME])
{
	const char *from = is_absolute(name) ? last_component(name) : name;
	size_t n = 0;

	while (*from) {
		size_t bytes;

		/* A folder that Linux lets have a backslash in its name is rarer than a
		 * sheet made on Windows. */
		while (*from == '/' || *from == '\\')
			from++;
		bytes = strcspn(from, "/\\");
		if (bytes == 2 && memcmp(from, "..", 2) == 0)
			return false;
		if (bytes && !(bytes == 1 && *from == '.')) {
			if (n + bytes + 2 > MAX_NAME)
				return false;
			if (n)
				out[n++] = '/';
			memcpy(out + n, from, bytes);
			n += bytes;
		}
		from += bytes;
	}
	out[n] = '\0';
	return n != 0;
}

/* ---- opening it ------------------------------------------------------------------------ */

static int try_openat2(int folder, const char *name, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int fd;

	do
		fd = (int)syscall(SYS_openat2, folder, name, &how, sizeof(how));
	while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	return fd;
}

/* Where the kernel has no openat2: component by component, through no link at all. */
static int walk(int folder, const char *name, int flags)
{
	char part[MAX_NAME];
	int fd, at = folder;

	for (;;) {
		size_t bytes = strcspn(name, "/");
		bool last = name[bytes] == '\0';
		int saved;

		memcpy(part, name, bytes);
		part[bytes] = '\0';
		fd = openat(at, part, (last ? flags : O_PATH | O_DIRECTORY) | O_NOFOLLOW | O_CLOEXEC);
		saved = errno;
		if (at != folder)
			(void)close(at);
		errno = saved;
		if (fd < 0 || last)
			return fd;
		at = fd;
		name += bytes + 1;
	}
}

static int open_beneath(int folder, const char *name, int flags)
{
	int fd = try_openat2(folder, name, flags);

	/* EPERM: a filter of system calls that is older than openat2. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		fd = walk(folder, name, flags);
	return fd;
}

/* A regular file, looked at before it is opened for reading: a device may do something
 * when it is opened. -1 with errno, which is EINVAL for something else than a file. */
static int open_regular(int folder, const char *name)
{
	struct stat st;
	int fd = open_beneath(folder, name, O_PATH);
	bool regular;

	if (fd < 0)
		return -1;
	regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	(void)close(fd);
	if (!regular) {
		errno = EINVAL;
		return -1;
	}
	fd = open_beneath(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
		(void)close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

/* ---- when it is not there ---------------------------------------------------------------- */

static size_t stem_bytes(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot != name ? (size_t)(dot - name) : strlen(name);
}

static bool same_stem(const char *a, const char *b)
{
	size_t n = stem_bytes(a);

	return n == stem_bytes(b) && strncasecmp(a, b, n) == 0;
}

/* Is this the ending of data, rather than of a sheet, of a text or of subchannels? */
static bool is_data_ending(const char *name)
{
	static const char *const others[] = {
		".cue", ".toc", ".ccd", ".mds", ".sub", ".txt",	 ".nfo", ".log",
		".md5", ".sfv", ".sha1", ".jpg", ".png", ".sbi", ".m3u",  ".html",
	};
	const char *end = name + stem_bytes(name);

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcasecmp(end, others[i]) == 0)
			return false;
	return true;
}

struct candidates {
	char other_case[MAX_NAME], other_ending[MAX_NAME];
	unsigned n_case, n_ending;
};

static void look_for(int folder, const char *own, const char *name, struct candidates *c)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *e;

	*c = (struct candidates){ 0 };
	if (!dir) {
		if (copy >= 0)
			(void)close(copy);
		return;
	}
	for (unsigned n = 0; n < MAX_ENTRIES && (e = readdir(dir)) != NULL; n++) {
		if (strlen(e->d_name) >= MAX_NAME)
			continue;
		if (strcasecmp(e->d_name, name) == 0) {
			c->n_case++;
			memcpy(c->other_case, e->d_name, strlen(e->d_name) + 1);
		} else if (strcmp(e->d_name, own) != 0 && same_stem(e->d_name, name) &&
			   is_data_ending(e->d_name)) {
			c->n_ending++;
			memcpy(c->other_ending, e->d_name, strlen(e->d_name) + 1);
		}
	}
	(void)closedir(dir);
}

/* A file of nearly this name, if there is just one. */
static int open_similar(struct isokit_medium *m, int folder, const char *own, const char *name)
{
	struct candidates c;
	const char *found;
	int fd;

	if (strchr(name, '/'))
		return -1;
	look_for(folder, own, name, &c);
	if (c.n_case == 1)
		found = c.other_case;
	else if (c.n_case == 0 && c.n_ending == 1)
		found = c.other_ending;
	else
		return -1;
	fd = open_regular(folder, found);
	if (fd >= 0)
		medium_note(m, "there is no file %s: %s is taken for it", name, found);
	return fd;
}

/* ---- both ----------------------------------------------------------------------------------- */

static int open_folder(const char *path, const char **ret_own)
{
	const char *slash = strrchr(path, '/');
	char *name;
	int fd;

	*ret_own = slash ? slash + 1 : path;
	if (!slash)
		return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	name = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (!name)
		return -1;
	fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(name);
	return fd;
}

static enum isokit_status fail_open(int why, const char *name, struct isokit_error *err)
{
	switch (why) {
	case ENOENT:
	case ENOTDIR:
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, name,
				   "is named by the image, but there is no such file beside it");
	case EXDEV:
	case ELOOP:
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, name,
				   "is named by the image, but leads out of its folder: refused");
	case EINVAL:
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, name,
				   "is named by the image, but is no regular file: refused");
	default:
		return isokit_fail_errno(err, why, name, "cannot be opened");
	}
}

const char *medium_beside_path(const struct isokit_medium *m)
{
	const char *path = medium_path(m);

	return path && strcmp(path, "-") != 0 ? path : NULL;
}

enum isokit_status medium_open_beside(struct isokit_medium *m, const char *name,
				      struct isokit_source **ret_src, struct isokit_error *err)
{
	const char *path = medium_beside_path(m), *own;
	struct isokit_source *src;
	char beneath[MAX_NAME];
	enum isokit_status st;
	int folder, fd, why;

	if (!path)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, name,
				   "is named by the image, which is read from a stream: give its path");
	if (!tame(name, beneath))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, name,
				   "is named by the image, but lies outside its folder: refused");
	folder = open_folder(path, &own);
	if (folder < 0)
		return isokit_fail_errno(err, errno, path, "the folder cannot be opened");
	fd = open_regular(folder, beneath);
	why = errno;
	if (fd < 0 && why == ENOENT)
		fd = open_similar(m, folder, own, beneath);
	(void)close(folder);
	if (fd < 0)
		return fail_open(why, name, err);
	st = bytes_take_fd(fd, beneath, &src, err);
	if (!st)
		st = medium_keep(m, src, err);
	if (!st)
		*ret_src = src;
	return st;
}
