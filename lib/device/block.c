/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device/block.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "device/blkid.h"

#ifndef BLKGETDISKSEQ
#define BLKGETDISKSEQ _IOR(0x12, 128, __u64)
#endif

enum {
	REREAD_TRIES = 10, /* udev looks at a drive when it was written, and holds it meanwhile */
	REREAD_WAIT_MS = 200,
	BUFFER_ALIGN = 4096,
};

struct block {
	int fd;
	bool writable, direct;
	uint64_t bytes, diskseq;
	unsigned major, minor;
	bool no_zero; /* it cannot zero by itself */
	char name[];
};

enum isokit_status block_fail(struct isokit_error *err, int sys_errno, uint64_t offset,
			      const char *name, const char *what)
{
	const char *why = sys_errno == EROFS || sys_errno == EPERM || sys_errno == EACCES ?
				  "it cannot be written (a switch on it, or in its reader)" :
			  sys_errno == ENOMEDIUM ? "there is no medium in it any more" :
			  sys_errno == ENODEV || sys_errno == ENXIO || sys_errno == ESHUTDOWN ?
				  "it is gone: pulled out, or its cable or port failed" :
			  sys_errno == ENOSPC ? "it ended before its size" :
			  sys_errno == EIO || sys_errno == EREMOTEIO || sys_errno == ETIMEDOUT ||
			  sys_errno == EILSEQ || sys_errno == ENODATA ?
				  "the drive reports an error (worn out, damaged, badly connected, or pulled out)" :
				  "the kernel refuses";
	enum isokit_status st = isokit_fail_errno(err, sys_errno, name, "%s at byte %llu: %s", what,
						  (unsigned long long)offset, why);

	if (err)
		err->offset = offset;
	return st;
}

static enum isokit_status block_still_there(void *self, struct isokit_error *err)
{
	const struct block *b = self;
	uint64_t bytes = 0, seq = 0;
	struct stat st;

	if (ioctl(b->fd, BLKGETSIZE64, &bytes) != 0)
		return isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET, b->name, "is gone");
	if (bytes != b->bytes)
		return isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET, b->name,
				   "has %llu bytes where it had %llu: its medium was changed or taken out",
				   (unsigned long long)bytes, (unsigned long long)b->bytes);
	if (b->diskseq && ioctl(b->fd, BLKGETDISKSEQ, &seq) == 0 && seq != b->diskseq)
		return isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET, b->name,
				   "its medium was changed");
	if (fstat(b->fd, &st) != 0 || !S_ISBLK(st.st_mode) || major(st.st_rdev) != b->major ||
	    minor(st.st_rdev) != b->minor)
		return isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET, b->name,
				   "is another drive now");
	return ISOKIT_OK;
}

/* What is gone fails in many ways: it has no room, it cannot be read, it was pulled out. */
static enum isokit_status fail(struct block *b, int sys_errno, uint64_t offset, const char *what,
			       struct isokit_error *err)
{
	return block_fail(err, block_still_there(b, NULL) ? ENODEV : sys_errno, offset, b->name, what);
}

static enum isokit_status block_write_at(void *self, uint64_t offset, const void *bytes, size_t n,
					 struct isokit_error *err)
{
	struct block *b = self;
	const uint8_t *from = bytes;

	while (n) {
		ssize_t done = pwrite(b->fd, from, n, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return fail(b, done ? errno : ENOSPC, offset, "cannot be written", err);
		from += done;
		offset += (uint64_t)done;
		n -= (size_t)done;
	}
	return ISOKIT_OK;
}

static enum isokit_status block_read_at(void *self, uint64_t offset, void *bytes, size_t n,
					struct isokit_error *err)
{
	struct block *b = self;
	uint8_t *to = bytes;

	/* Without direct reading what the kernel has of it is dropped first. */
	if (!b->direct)
		(void)posix_fadvise(b->fd, (off_t)offset, (off_t)n, POSIX_FADV_DONTNEED);
	while (n) {
		ssize_t done = pread(b->fd, to, n, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return fail(b, done ? errno : EIO, offset, "cannot be read", err);
		to += done;
		offset += (uint64_t)done;
		n -= (size_t)done;
	}
	return ISOKIT_OK;
}

static enum isokit_status block_zero(void *self, uint64_t offset, uint64_t n,
				     struct isokit_error *err)
{
	struct block *b = self;
	uint64_t range[2] = { offset, n };

	if (b->no_zero)
		return ISOKIT_E_UNSUPPORTED;
	if (ioctl(b->fd, BLKZEROOUT, range) == 0)
		return ISOKIT_OK;
	if (errno == EOPNOTSUPP || errno == ENOTTY || errno == EINVAL) {
		b->no_zero = true;
		return ISOKIT_E_UNSUPPORTED;
	}
	return fail(b, errno, offset, "cannot be zeroed", err);
}

static enum isokit_status block_flush(void *self, struct isokit_error *err)
{
	struct block *b = self;

	if (!b->writable)
		return ISOKIT_OK;
	while (fsync(b->fd) != 0) {
		if (errno == EINTR)
			continue;
		return fail(b, errno, 0, "cannot bring what was written to the medium", err);
	}
	/* What the kernel has cached of it (by partitions, by others) is not what lies there. Only the
	 * superuser may; the reads are direct all the same. */
	(void)ioctl(b->fd, BLKFLSBUF, 0);
	(void)posix_fadvise(b->fd, 0, 0, POSIX_FADV_DONTNEED);
	return ISOKIT_OK;
}

static enum isokit_status block_reread(void *self, struct isokit_error *err)
{
	const struct block *b = self;

	for (int i = 0; i < REREAD_TRIES; i++) {
		struct timespec wait = { 0, REREAD_WAIT_MS * 1000000L };

		if (ioctl(b->fd, BLKRRPART, 0) == 0)
			return ISOKIT_OK;
		if (errno == EINVAL || errno == ENOTTY) /* a loop device without partitions */
			return ISOKIT_OK;
		if (errno != EBUSY && errno != EINTR)
			return block_fail(err, errno, 0, b->name,
					  "the kernel cannot read the new partition table");
		(void)nanosleep(&wait, NULL);
	}
	return isokit_fail(err, ISOKIT_E_IO, ISOKIT_NO_OFFSET, b->name,
			   "its new partition table is not known to the kernel yet, as somebody uses the drive; pull it out and plug it in again");
}

static enum isokit_status block_signatures(void *self, uint64_t *at, size_t *ret_n,
					   struct isokit_error *err)
{
	const struct block *b = self;

	(void)err;
	*ret_n = blkid_signatures(b->fd, at, *ret_n);
	return ISOKIT_OK;
}

static void block_close(void *self)
{
	struct block *b = self;

	(void)close(b->fd);
	free(b);
}

static const struct device_target_ops writing = {
	.size = sizeof(writing), .write_at = block_write_at, .read_at = block_read_at,
	.zero = block_zero, .flush = block_flush, .reread = block_reread,
	.still_there = block_still_there, .signatures = block_signatures, .close = block_close,
};

static const struct device_target_ops reading = {
	.size = sizeof(reading), .read_at = block_read_at, .flush = block_flush,
	.still_there = block_still_there, .close = block_close,
};

enum isokit_status block_target_new(int fd, bool writable, const struct isokit_drive *drive,
				    struct device_target **ret, struct isokit_error *err)
{
	size_t n = strlen(drive->path) + 1;
	struct block *b = malloc(sizeof(*b) + n);
	enum isokit_status st;
	uint64_t seq = 0;
	int sector = 0;

	if (!b)
		return isokit_fail_nomem(err, drive->path, sizeof(*b) + n);
	*b = (struct block){ .fd = fd, .writable = writable, .bytes = drive->bytes,
			     .major = drive->major, .minor = drive->minor,
			     .direct = (fcntl(fd, F_GETFL) & O_DIRECT) != 0 };
	memcpy(b->name, drive->path, n);
	if (ioctl(fd, BLKGETDISKSEQ, &seq) == 0)
		b->diskseq = seq;
	st = block_still_there(b, err);
	if (st == ISOKIT_OK && drive->diskseq && b->diskseq && drive->diskseq != b->diskseq)
		st = isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET, drive->path,
				 "its medium was changed since it was looked at");
	if (st == ISOKIT_OK && ioctl(fd, BLKSSZGET, &sector) != 0)
		st = isokit_fail_errno(err, errno, drive->path, "cannot tell its sector size");
	if (st == ISOKIT_OK && (uint32_t)sector != drive->logical_sector)
		st = isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET, drive->path,
				 "has sectors of %d bytes where it had %u", sector, drive->logical_sector);
	if (st == ISOKIT_OK)
		st = device_target_new(writable ? &writing : &reading, b, drive->bytes,
				       drive->logical_sector, drive->path, ret, err);
	if (st)
		free(b);
	return st;
}
