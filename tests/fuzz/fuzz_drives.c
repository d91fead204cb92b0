/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The description of a computer's drives: files as sysfs, procfs, udev and /etc have them, made
 * of the input below a folder of our own. Lines:
 *
 *	=PATH           a file; the lines that follow are its content
 *	@PATH TARGET    a symbolic link
 *
 * What the guard says must be of one piece: whoever lifts more is refused for no more reasons. */
#include <isokit/device.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "target.h"

enum { MAX_FILES = 200, MAX_PATH = 200 };

static char top[64];

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	return at->level == 0 ? 0 : remove(path);
}

static void clear(void)
{
	(void)nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void end(void)
{
	clear();
	(void)rmdir(top);
}

static void begin(void)
{
	(void)snprintf(top, sizeof(top), "%s/isokit-fuzz.XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(top))
		abort();
	(void)atexit(end);
}

/* Nothing leaves the folder: no empty, "." or ".." part. */
static bool is_safe(const char *path)
{
	const char *p = path;

	while (*p) {
		size_t n = strcspn(p, "/");

		if (n == 0 || n > 100 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += n;
		if (*p == '/' && !*++p)
			return false;
	}
	return p > path;
}

/* A name below the folder, with the folders that it needs. */
static bool place(const char *line, size_t n, char *ret)
{
	int head = snprintf(ret, MAX_PATH + sizeof(top), "%s/", top);

	if (n >= MAX_PATH || memchr(line, '\0', n))
		return false;
	memcpy(ret + head, line, n);
	ret[head + (int)n] = '\0';
	if (!is_safe(ret + head))
		return false;
	for (char *slash = strchr(ret + head, '/'); slash; slash = strchr(slash + 1, '/')) {
		struct stat st;

		*slash = '\0';
		/* A link may lead out of here: nothing is made through one. */
		if (mkdir(ret, 0755) != 0 && (lstat(ret, &st) != 0 || !S_ISDIR(st.st_mode)))
			return false;
		*slash = '/';
	}
	return true;
}

static int new_file(const char *line, size_t n)
{
	char path[MAX_PATH + sizeof(top) + 1];

	return place(line, n, path) ?
		       open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644) : -1;
}

/* Up, and then down: no further up than the folder. */
static bool stays_inside(const char *target, const char *path)
{
	size_t depth = 0;

	for (const char *p = path + strlen(top) + 1; (p = strchr(p, '/')) != NULL; p++)
		depth++;
	for (; strncmp(target, "../", 3) == 0; target += 3)
		if (depth-- == 0)
			return false;
	return is_safe(target);
}

static void new_link(const char *line, size_t n)
{
	char path[MAX_PATH + sizeof(top) + 1], target[MAX_PATH];
	const char *blank = memchr(line, ' ', n);
	size_t to = blank ? n - (size_t)(blank + 1 - line) : 0;

	if (!to || to >= sizeof(target) || !place(line, (size_t)(blank - line), path))
		return;
	memcpy(target, blank + 1, to);
	target[to] = '\0';
	if (strlen(target) == to && stays_inside(target, path))
		(void)!symlink(target, path);
}

static void make(const char *text, size_t n)
{
	unsigned files = 0;
	int fd = -1;

	for (size_t at = 0; at < n && files < MAX_FILES;) {
		const char *line = text + at, *nl = memchr(line, '\n', n - at);
		size_t length = nl ? (size_t)(nl - line) : n - at;

		at += length + (nl != NULL);
		if (length && (line[0] == '=' || line[0] == '@')) {
			if (fd >= 0)
				(void)close(fd);
			fd = -1;
			files++;
			if (line[0] == '=')
				fd = new_file(line + 1, length - 1);
			else
				new_link(line + 1, length - 1);
		} else if (fd >= 0) {
			if (write(fd, line, length + (nl != NULL)) < 0)
				abort();
		}
	}
	if (fd >= 0)
		(void)close(fd);
}

static size_t ask(const struct isokit_drive *d, bool named, bool unmount)
{
	const struct isokit_guard_question q = { .size = sizeof(q), .bytes = 1 << 20,
						 .fixed_disk = named, .unmount = unmount };
	struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX];
	size_t n = isokit_guard(d, &q, reasons);

	if (n > ISOKIT_GUARD_MAX)
		abort();
	for (size_t i = 0; i < n; i++) {
		if (!reasons[i].text[0] || !isokit_guard_name(reasons[i].code)[0] ||
		    (named && reasons[i].can_name) || (unmount && reasons[i].can_unmount))
			abort();
		touch(reasons[i].text, strlen(reasons[i].text));
		touch(reasons[i].remedy, strlen(reasons[i].remedy));
	}
	return n;
}

static void look_at(const struct isokit_drives *drives, const struct isokit_drive *d)
{
	const struct isokit_drive *found = NULL;
	struct isokit_error err = { .text = "" };
	size_t all = ask(d, false, false);

	if (ask(d, true, false) > all || ask(d, false, true) > all || ask(d, true, true) > all)
		abort();
	/* What holds the system is never let go. */
	for (size_t i = 0; i < d->n_uses; i++) {
		touch(d->uses[i].chain, strlen(d->uses[i].chain));
		touch(d->uses[i].where, strlen(d->uses[i].where));
		if (d->uses[i].kind == ISOKIT_USE_SYSTEM && ask(d, true, true) == 0)
			abort();
	}
	touch(d->model, strlen(d->model));
	touch(d->serial, strlen(d->serial));
	if (isokit_drives_find(drives, d->path, &found, &err) && !err.text[0])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct isokit_drives_options options = { .size = sizeof(options), .root = top };
	struct isokit_drives *drives = NULL;
	struct isokit_error err = { .text = "" };
	const struct isokit_drive *list;
	size_t count;

	if (!*top)
		begin();
	make((const char *)bytes, n);
	if (isokit_drives_scan(&options, &drives, &err) == ISOKIT_OK) {
		list = isokit_drives_list(drives, &count);
		for (size_t i = 0; i < count; i++)
			look_at(drives, &list[i]);
		isokit_drives_free(drives);
	} else if (!err.text[0]) {
		abort();
	}
	clear();
	return 0;
}
