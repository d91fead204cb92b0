/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bytes/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/fail.h"

enum { NAME_TRIES = 100, TEMP_NAME_BYTES = NAME_MAX + 1 };

struct sink {
	int fd;
	int dir;           /* of the final name; -1 for a stream */
	bool stream;
	bool scratch;      /* never gets a name */
	bool spool;        /* … and `name` is a folder, … */
	bool beside;       /* … that of the output */
	bool borrowed;     /* the descriptor is somebody else's */
	uint64_t origin;   /* position of the first byte that is there */
	uint64_t position; /* stream: where the next byte belongs */
	uint64_t expected; /* bytes of the whole image, for messages; 0 unknown */
	char *name;        /* as the caller gave it */
	char *base;        /* last component of the final name, inside resolved */
	char *resolved;
	char temp[TEMP_NAME_BYTES]; /* "" while the file has no name */
	struct sink_names *names;   /* that it is in, or NULL */
};

void sink_names_add(struct sink_names *names, struct sink *s)
{
	for (size_t i = 0; s && i < SINK_NAMES; i++) {
		struct sink *nothing = NULL;

		if (atomic_compare_exchange_strong(&names->slots[i], &nothing, s)) {
			s->names = names;
			return;
		}
	}
}

void sink_names_unlink(const struct sink_names *names)
{
	for (size_t i = 0; i < SINK_NAMES; i++) {
		const struct sink *s = atomic_load(&names->slots[i]);

		if (s && !s->stream && s->temp[0] != '\0')
			(void)unlinkat(s->dir, s->temp, 0);
	}
}

static void release(struct sink *s)
{
	for (size_t i = 0; s->names && i < SINK_NAMES; i++) {
		struct sink *own = s;

		(void)atomic_compare_exchange_strong(&s->names->slots[i], &own, NULL);
	}
	if (!s->stream && !s->borrowed && s->fd >= 0)
		(void)close(s->fd);
	if (s->dir >= 0)
		(void)close(s->dir);
	free(s->name);
	free(s->resolved);
	free(s);
}

/* Without a file yet. NULL without memory. */
static struct sink *new_sink(const char *name, struct isokit_error *err)
{
	struct sink *s = calloc(1, sizeof(*s));

	if (!s) {
		(void)isokit_fail_nomem(err, name, sizeof(*s));
		return NULL;
	}
	s->fd = s->dir = -1;
	s->name = strdup(name);
	if (!s->name) {
		release(s);
		(void)isokit_fail_nomem(err, name, strlen(name) + 1);
		return NULL;
	}
	return s;
}

enum { MAX_LINKS = 40 };

/* What a link at `path` names, or NULL when there is no link. */
static char *link_target(const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *slash = strrchr(path, '/');
	size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
	char *joined;

	if (n <= 0)
		return NULL;
	target[n] = '\0';
	if (target[0] == '/')
		return strdup(target);
	joined = malloc(folder + (size_t)n + 1);
	if (joined) {
		memcpy(joined, path, folder);
		memcpy(joined + folder, target, (size_t)n + 1);
	}
	return joined;
}

/* The path with symbolic links followed, also where nothing is at their end. */
static char *resolve(const char *path)
{
	char *real = realpath(path, NULL), *at, *next;

	if (real)
		return real;
	at = strdup(path);
	for (int i = 0; at && i < MAX_LINKS && (next = link_target(at)); i++) {
		free(at);
		at = next;
	}
	return at;
}

static enum isokit_status open_folder(struct sink *s, struct isokit_error *err)
{
	char *slash = strrchr(s->resolved, '/');
	struct stat st;

	s->base = slash ? slash + 1 : s->resolved;
	if (*s->base == '\0' || strcmp(s->base, ".") == 0 || strcmp(s->base, "..") == 0)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, s->name,
				   "is a folder, not a file to write");
	if (strlen(s->base) > NAME_MAX)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, s->name,
				   "has a name of more than %d bytes", NAME_MAX);
	if (!slash) {
		s->dir = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	} else if (slash == s->resolved) {
		s->dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	} else {
		*slash = '\0';
		s->dir = open(s->resolved, O_PATH | O_DIRECTORY | O_CLOEXEC);
		*slash = '/';
	}
	if (s->dir < 0)
		return isokit_fail_errno(err, errno, s->name, "its folder cannot be opened");
	if (fstatat(s->dir, s->base, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, s->name,
				   "is a folder, not a file to write");
	return ISOKIT_OK;
}

/* A hidden name that nothing has; the number is no secret, only unused. */
static void temp_name(struct sink *s, unsigned attempt)
{
	(void)snprintf(s->temp, sizeof(s->temp), ".%.*s.%ld-%u.tmp", NAME_MAX - 40, s->base,
		       (long)getpid(), attempt);
}

static enum isokit_status open_file(struct sink *s, struct isokit_error *err)
{
	s->fd = openat(s->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
	if (s->fd >= 0)
		return ISOKIT_OK;
	/* Not every file system has nameless files, and old kernels answer
	 * EISDIR; the rest would fail again below, with the same reason. */
	for (unsigned i = 0; i < NAME_TRIES; i++) {
		temp_name(s, i);
		s->fd = openat(s->dir, s->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
			       0666);
		if (s->fd >= 0)
			return ISOKIT_OK;
		if (errno != EEXIST)
			break;
	}
	s->temp[0] = '\0';
	return isokit_fail_errno(err, errno, s->name, "cannot be created");
}

enum isokit_status sink_create_file(const char *path, struct sink **ret_sink,
				    struct isokit_error *err)
{
	struct sink *s = new_sink(path, err);
	enum isokit_status st;

	if (!s)
		return ISOKIT_E_NOMEM;
	s->resolved = resolve(path);
	if (!s->resolved)
		st = isokit_fail_nomem(err, path, strlen(path) + 1);
	else
		st = open_folder(s, err);
	if (st == ISOKIT_OK)
		st = open_file(s, err);
	if (st) {
		release(s);
		return st;
	}
	*ret_sink = s;
	return ISOKIT_OK;
}

enum isokit_status sink_create_scratch(const char *name, struct sink **ret_sink,
				       struct isokit_error *err)
{
	struct sink *s = new_sink(name, err);

	if (!s)
		return ISOKIT_E_NOMEM;
	s->scratch = true;
	s->fd = memfd_create("isokit-scratch", MFD_CLOEXEC);
	if (s->fd < 0) {
		int e = errno;

		release(s);
		return isokit_fail_errno(err, e, name, "no memory file for it");
	}
	*ret_sink = s;
	return ISOKIT_OK;
}

enum isokit_status sink_create_spool(const char *folder, bool beside, struct sink **ret_sink,
				     struct isokit_error *err)
{
	static const char base[] = "isokit-spool";
	enum isokit_status st;
	struct sink *s;

	folder = folder ? folder : SINK_SPOOL_FOLDER;
	s = new_sink(folder, err);
	if (!s)
		return ISOKIT_E_NOMEM;
	s->scratch = s->spool = true;
	s->beside = beside;
	s->resolved = strdup(base);
	s->base = s->resolved;
	s->dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (!s->resolved)
		st = isokit_fail_nomem(err, folder, sizeof(base));
	else if (s->dir < 0 || open_file(s, NULL) != ISOKIT_OK)
		st = sink_fail_spool(folder, beside, errno, err);
	else
		st = ISOKIT_OK;
	if (st) {
		release(s);
		return st;
	}
	if (s->temp[0] != '\0') {
		(void)unlinkat(s->dir, s->temp, 0);
		s->temp[0] = '\0';
	}
	*ret_sink = s;
	return ISOKIT_OK;
}

enum isokit_status sink_open_stream(int fd, const char *name, struct sink **ret_sink,
				    struct isokit_error *err)
{
	struct sink *s = new_sink(name, err);

	if (!s)
		return ISOKIT_E_NOMEM;
	s->fd = fd;
	s->stream = true;
	*ret_sink = s;
	return ISOKIT_OK;
}

enum isokit_status sink_borrow_file(int fd, const char *name, struct sink **ret_sink,
				    struct isokit_error *err)
{
	struct sink *s = new_sink(name, err);

	if (!s)
		return ISOKIT_E_NOMEM;
	s->fd = fd;
	s->borrowed = s->scratch = true;
	*ret_sink = s;
	return ISOKIT_OK;
}

int sink_fd(const struct sink *s)
{
	return s->fd;
}

const char *sink_name(const struct sink *s)
{
	return s->name;
}

bool sink_is_stream(const struct sink *s)
{
	return s->stream;
}

void sink_expect(struct sink *s, uint64_t bytes)
{
	s->expected = bytes;
}

static uint64_t space_left(const struct sink *s, struct statfs *fs)
{
	uint64_t bytes;

	if (fstatfs(s->fd, fs) != 0 || fs->f_bsize <= 0 ||
	    !mul_u64((uint64_t)fs->f_bavail, (uint64_t)fs->f_bsize, &bytes))
		return UINT64_MAX;
	return bytes;
}

enum isokit_status sink_fail_spool(const char *folder, bool beside, int sys_errno,
				   struct isokit_error *err)
{
	const char *what = sys_errno == ENOSPC || sys_errno == EDQUOT ?
				   "has not the room for what must be kept there meanwhile" :
				   "nothing can be kept there meanwhile";

	return isokit_fail_errno(err, sys_errno, folder, "%s (%s)", what, beside ?
				 "it is kept beside the output" : "TMPDIR=FOLDER names another place");
}

enum isokit_status sink_fail_write(struct sink *s, int sys_errno, struct isokit_error *err)
{
	struct statfs fs;
	uint64_t left;

	if (s->spool)
		return sink_fail_spool(s->name, s->beside, sys_errno, err);
	if (sys_errno != ENOSPC && sys_errno != EDQUOT)
		return isokit_fail_errno(err, sys_errno, s->name, "cannot be written");
	left = s->stream ? UINT64_MAX : space_left(s, &fs);
	if (!s->expected || left == UINT64_MAX)
		return isokit_fail_errno(err, sys_errno, s->name, "cannot be written");
	return isokit_fail_errno(err, sys_errno, s->name, "the image takes %llu bytes",
				 (unsigned long long)s->expected);
}

enum isokit_status sink_check_space(struct sink *s, uint64_t bytes, struct isokit_error *err)
{
	struct statfs fs;
	uint64_t left;

	s->expected = bytes;
	if (s->stream)
		return ISOKIT_OK;
	left = space_left(s, &fs);
	/* Where blocks can be shared or compressed, nobody knows beforehand. */
	if (left >= bytes ||
	    ((unsigned long)fs.f_type != EXT4_SUPER_MAGIC && (unsigned long)fs.f_type != TMPFS_MAGIC))
		return ISOKIT_OK;
	isokit_fail(err, ISOKIT_E_IO, ISOKIT_NO_OFFSET, s->name,
		    "the image takes up to %llu bytes, but only %llu are free there%s",
		    (unsigned long long)bytes, (unsigned long long)left,
		    s->spool && !s->beside ? ", where it must be kept meanwhile (TMPDIR=FOLDER names another "
			       "place)" : "");
	if (err)
		err->sys_errno = ENOSPC;
	return ISOKIT_E_IO;
}

static enum isokit_status write_file(struct sink *s, uint64_t offset, const uint8_t *from,
				     size_t length, struct isokit_error *err)
{
	while (length) {
		ssize_t put = pwrite(s->fd, from, length, (off_t)offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return sink_fail_write(s, put < 0 ? errno : EIO, err);
		from += put;
		offset += (uint64_t)put;
		length -= (size_t)put;
	}
	return ISOKIT_OK;
}

static enum isokit_status write_stream(struct sink *s, const uint8_t *from, size_t length,
				       struct isokit_error *err)
{
	while (length) {
		ssize_t put = write(s->fd, from, length);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && errno == EAGAIN) {
			struct pollfd p = { .fd = s->fd, .events = POLLOUT };

			(void)poll(&p, 1, -1);
			continue;
		}
		if (put <= 0)
			return sink_fail_write(s, put < 0 ? errno : EIO, err);
		from += put;
		s->position += (uint64_t)put;
		length -= (size_t)put;
	}
	return ISOKIT_OK;
}

void sink_set_origin(struct sink *s, uint64_t origin)
{
	s->origin = s->position = origin;
}

uint64_t sink_origin(const struct sink *s)
{
	return s->origin;
}

enum isokit_status sink_write_at(struct sink *s, uint64_t offset, const void *buffer,
				 size_t length, struct isokit_error *err)
{
	static const uint8_t zeros[4096];

	if (offset < s->origin)
		return isokit_fail(err, ISOKIT_E_INVALID, offset, s->name,
				   "begins at byte %llu, and nothing is written before it",
				   (unsigned long long)s->origin);
	if (!s->stream)
		return write_file(s, offset - s->origin, buffer, length, err);
	if (offset < s->position)
		return isokit_fail(err, ISOKIT_E_INVALID, offset, s->name,
				   "a stream cannot go back from byte %llu",
				   (unsigned long long)s->position);
	while (s->position < offset) {
		size_t n = (size_t)min_u64(sizeof(zeros), offset - s->position);
		enum isokit_status st = write_stream(s, zeros, n, err);

		if (st)
			return st;
	}
	return write_stream(s, buffer, length, err);
}

/* Give the nameless file a name in its folder. */
static int link_as(const struct sink *s, const char *name)
{
	char proc[40];

	(void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", s->fd);
	if (linkat(AT_FDCWD, proc, s->dir, name, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	if (errno != ENOENT)
		return -1;
	/* No /proc here; this needs a capability. */
	return linkat(s->fd, "", s->dir, name, AT_EMPTY_PATH);
}

static int give_name(struct sink *s)
{
	if (s->temp[0] == '\0') {
		if (link_as(s, s->base) == 0)
			return 0;
		if (errno != EEXIST)
			return -1;
		/* Something has the name: take it over in one step. */
		for (unsigned i = 0;; i++) {
			temp_name(s, i);
			if (link_as(s, s->temp) == 0)
				break;
			if (errno != EEXIST || i == NAME_TRIES) {
				s->temp[0] = '\0';
				return -1;
			}
		}
	}
	return renameat(s->dir, s->temp, s->dir, s->base);
}

enum isokit_status sink_commit(struct sink *s, uint64_t size, bool durable,
			       struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	if (s->stream) {
		static const uint8_t nothing[1];

		st = sink_write_at(s, size, nothing, 0, err);
		release(s);
		return st;
	}
	if (ftruncate(s->fd, (off_t)(size - s->origin)) != 0)
		st = sink_fail_write(s, errno, err);
	else if (durable && fsync(s->fd) != 0)
		st = isokit_fail_errno(err, errno, s->name, "cannot be flushed");
	else if (!s->scratch && give_name(s) != 0)
		st = isokit_fail_errno(err, errno, s->name, "cannot be given its name");
	if (st) {
		sink_abort(s);
		return st;
	}
	if (durable && !s->scratch) {
		int dir = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		/* The name itself is best effort: the content is safe already. */
		if (dir >= 0) {
			(void)fsync(dir);
			(void)close(dir);
		}
	}
	release(s);
	return ISOKIT_OK;
}

void sink_abort(struct sink *s)
{
	if (!s)
		return;
	if (!s->stream && s->temp[0] != '\0')
		(void)unlinkat(s->dir, s->temp, 0);
	release(s);
}
