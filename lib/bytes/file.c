/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A regular file or block device, read by position, never mapped: a file that
 * shrinks is an error here, not a SIGBUS. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"

struct file_source {
	int fd;
	bool owned;
	uint64_t start;  /* where byte 0 of the source is in the file */
	char name[]; /* for errors */
};

static enum isokit_status file_read_at(void *self, uint64_t offset, void *buffer, size_t length,
				       struct isokit_error *err)
{
	const struct file_source *f = self;
	uint8_t *to = buffer;
	uint64_t at = offset;

	while (length) {
		ssize_t got = pread(f->fd, to, length, (off_t)(f->start + at));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			enum isokit_status st = isokit_fail_errno(
				err, errno, f->name, "cannot read at byte %llu",
				(unsigned long long)at);
			if (err)
				err->offset = at;
			return st;
		}
		if (got == 0)
			return isokit_fail(err, ISOKIT_E_CHANGED, at, f->name,
					   "has become shorter while it was read (ends at byte %llu)",
					   (unsigned long long)at);
		to += got;
		at += (uint64_t)got;
		length -= (size_t)got;
	}
	return ISOKIT_OK;
}

static void file_locate(void *self, uint64_t offset, uint64_t length,
			struct isokit_location *ret_location)
{
	const struct file_source *f = self;

	*ret_location = (struct isokit_location){ .where = ISOKIT_WHERE_FD, .fd = f->fd,
						  .offset = f->start + offset,
						  .length = length };
}

static void file_close(void *self)
{
	struct file_source *f = self;

	if (f->owned)
		(void)close(f->fd);
	free(f);
}

static const struct isokit_source_ops file_ops = {
	.size = sizeof(file_ops),
	.read_at = file_read_at,
	.locate = file_locate,
	.close = file_close,
};

static enum isokit_status size_of(int fd, const char *name, uint64_t *ret_size,
				  struct isokit_error *err)
{
	struct stat st;
	uint64_t bytes;

	if (fstat(fd, &st) != 0)
		return isokit_fail_errno(err, errno, name, "cannot be examined");
	if (S_ISREG(st.st_mode)) {
		*ret_size = (uint64_t)st.st_size;
		return ISOKIT_OK;
	}
	if (S_ISBLK(st.st_mode)) {
		if (ioctl(fd, BLKGETSIZE64, &bytes) != 0)
			return isokit_fail_errno(err, errno, name, "cannot tell its size");
		*ret_size = bytes;
		return ISOKIT_OK;
	}
	return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, name, "%s",
			   S_ISDIR(st.st_mode) ? "is a folder, not an image" :
			   S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ?
			   "is a pipe; an image must be a file or a block device that can be read at any position" :
			   "is neither a regular file nor a block device");
}

static enum isokit_status make(int fd, bool owned, uint64_t start, const char *name,
			       struct isokit_source **ret_src, struct isokit_error *err)
{
	size_t bytes = sizeof(struct file_source) + strlen(name) + 1;
	struct file_source *f;
	enum isokit_status st;
	uint64_t size = 0;

	st = size_of(fd, name, &size, err);
	if (st)
		return st;
	f = malloc(bytes);
	if (!f)
		return isokit_fail_nomem(err, name, bytes);
	f->fd = fd;
	f->owned = owned;
	f->start = min_u64(start, size);
	size -= f->start;
	memcpy(f->name, name, bytes - sizeof(*f));
	st = isokit_source_new(&file_ops, f, size, name, ret_src, err);
	if (st)
		free(f);
	return st;
}

enum isokit_status isokit_source_from_fd(int fd, const char *name, struct isokit_source **ret_src,
					 struct isokit_error *err)
{
	return make(fd, false, 0, name, ret_src, err);
}

enum isokit_status bytes_take_fd(int fd, const char *name, struct isokit_source **ret_src,
				 struct isokit_error *err)
{
	enum isokit_status st = make(fd, true, 0, name, ret_src, err);

	if (st)
		(void)close(fd);
	return st;
}

enum isokit_status isokit_source_open_file(const char *path, struct isokit_source **ret_src,
					   struct isokit_error *err)
{
	int fd;

	if (strcmp(path, "-") == 0) {
		/* A stream is what is left of it, also where it can be read at any
		 * position; a pipe has none and is refused below. */
		off_t at = lseek(STDIN_FILENO, 0, SEEK_CUR);

		return make(STDIN_FILENO, false, at > 0 ? (uint64_t)at : 0, "standard input",
			    ret_src, err);
	}
	/* O_NONBLOCK: a FIFO must be refused, not waited for. */
	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	while (fd < 0 && errno == EINTR);
	if (fd < 0 && errno == ENOENT && isokit_source_is_url(path))
		return isokit_fail_errno(err, errno, path, "addresses are not read here (download it "
					 "first), and as a file it cannot be opened");
	if (fd < 0 && errno == ENOENT && strstr(path, "://"))
		return isokit_fail_errno(err, errno, path, "only addresses that begin with http:// or "
					 "https:// are read, and as a file it cannot be opened");
	if (fd < 0)
		return isokit_fail_errno(err, errno, path, "cannot be opened");
	return bytes_take_fd(fd, path, ret_src, err);
}
