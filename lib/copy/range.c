/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measured on ext4 and tmpfs: read and write through half a megabyte that stays
 * in the cache beat copy_file_range(), which goes page by page through a pipe
 * there. So the kernel is asked to copy only where it can do better than that:
 * by sharing blocks, or on a server. */
#include "copy/range.h"

#include <errno.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/fail.h"
#include "bytes/sink.h"

enum { CLONE_FROM_BYTES = 64 * 1024 };

/* Not every libc's header has these. */
static const unsigned long remote_file_systems[] = {
	0x6969 /* NFS */, 0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */, 0x65735546 /* FUSE */,
	0x00c36400 /* Ceph */,
};

enum isokit_status copy_mover_init(struct copy_mover *m, struct sink *to, bool fresh,
				   struct isokit_error *err)
{
	struct statfs fs;

	*m = (struct copy_mover){ .to = to, .fresh = fresh, .block_bytes = 4096 };
	m->buffer = malloc(COPY_BUFFER_BYTES);
	if (!m->buffer)
		return isokit_fail_nomem(err, sink_name(to), COPY_BUFFER_BYTES);
	if (!sink_is_stream(to) && fstatfs(sink_fd(to), &fs) == 0) {
		if (fs.f_bsize >= 512)
			m->block_bytes = (uint64_t)fs.f_bsize;
		for (size_t i = 0; i < sizeof(remote_file_systems) / sizeof(long); i++)
			m->to_remote |= (unsigned long)fs.f_type == remote_file_systems[i];
	}
	return ISOKIT_OK;
}

void copy_mover_release(struct copy_mover *m)
{
	free(m->buffer);
	m->buffer = NULL;
}

static struct copy_pair *pair_of(struct copy_mover *m, dev_t dev)
{
	for (size_t i = 0; i < m->n_pairs; i++) {
		if (m->pairs[i].dev == dev)
			return &m->pairs[i];
	}
	/* More file systems than places: the last one is shared and cautious. */
	if (m->n_pairs == COPY_PAIRS) {
		m->pairs[COPY_PAIRS - 1].no_clone = m->pairs[COPY_PAIRS - 1].no_kernel = true;
		return &m->pairs[COPY_PAIRS - 1];
	}
	m->pairs[m->n_pairs] = (struct copy_pair){ .dev = dev, .no_kernel = !m->to_remote };
	return &m->pairs[m->n_pairs++];
}

static bool try_clone(struct copy_mover *m, struct copy_pair *p, int fd, uint64_t from,
		      uint64_t to, uint64_t length)
{
	struct file_clone_range r = { .src_fd = fd, .src_offset = from, .src_length = length,
				      .dest_offset = to - sink_origin(m->to) };

	if (ioctl(sink_fd(m->to), FICLONERANGE, &r) == 0) {
		m->cloned_bytes += length;
		return true;
	}
	/* Refused for this range, or for good? A full disk is told by the write. */
	if (errno != EINVAL && errno != ENOSPC && errno != EDQUOT && errno != EINTR)
		p->no_clone = true;
	else if (errno == EINVAL && m->cloned_bytes == 0)
		p->no_clone = true;
	return false;
}

/* Server-side copying; false when it has to be done by hand from *done on. */
static bool try_kernel(struct copy_mover *m, struct copy_pair *p, int fd, uint64_t from,
		       uint64_t to, uint64_t length, uint64_t *done)
{
	while (*done < length) {
		off_t in = (off_t)(from + *done);
		off_t out = (off_t)(to - sink_origin(m->to) + *done);
		ssize_t n = copy_file_range(fd, &in, sink_fd(m->to), &out,
					    (size_t)min_u64(length - *done, 1u << 30), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			p->no_kernel = true;
			return false;
		}
		*done += (uint64_t)n;
		m->copied_bytes += (uint64_t)n;
	}
	return true;
}

static enum isokit_status by_hand(struct copy_mover *m, int fd, const char *name, uint64_t from,
				  uint64_t to, uint64_t length, struct isokit_error *err)
{
	while (length) {
		size_t want = (size_t)min_u64(length, COPY_STEP_BYTES);
		ssize_t got = pread(fd, m->buffer, want, (off_t)from);
		enum isokit_status st;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return isokit_fail_errno(err, errno, name, "cannot be read at byte %llu",
						 (unsigned long long)from);
		if (got == 0)
			return isokit_fail(err, ISOKIT_E_CHANGED, from, name,
					   "became shorter while it was read (ends at byte %llu)",
					   (unsigned long long)from);
		st = sink_write_at(m->to, to, m->buffer, (size_t)got, err);
		if (st)
			return st;
		m->copied_bytes += (uint64_t)got;
		from += (uint64_t)got;
		to += (uint64_t)got;
		length -= (uint64_t)got;
	}
	return ISOKIT_OK;
}

static enum isokit_status copy_data(struct copy_mover *m, struct copy_pair *p, int fd,
				    const char *name, uint64_t from, uint64_t to, uint64_t length,
				    struct isokit_error *err)
{
	if (!p->no_clone && length >= CLONE_FROM_BYTES &&
	    from % m->block_bytes == (to - sink_origin(m->to)) % m->block_bytes) {
		/* Whole blocks of the file system; what lies before and behind is copied. */
		uint64_t head = (m->block_bytes - from % m->block_bytes) % m->block_bytes;
		uint64_t whole = length - head;
		enum isokit_status st = ISOKIT_OK;

		whole -= whole % m->block_bytes;
		if (head)
			st = by_hand(m, fd, name, from, to, head, err);
		if (st)
			return st;
		from += head;
		to += head;
		length -= head;
		if (try_clone(m, p, fd, from, to, whole)) {
			from += whole;
			to += whole;
			length -= whole;
		}
	}
	if (length && !p->no_kernel) {
		uint64_t done = 0;

		if (try_kernel(m, p, fd, from, to, length, &done))
			return ISOKIT_OK;
		from += done;
		to += done;
		length -= done;
	}
	return by_hand(m, fd, name, from, to, length, err);
}

/* Where data begins at or behind `at`, and where it ends. False: that cannot be told, or
 * (*ret_data is negative, errno ENXIO) there is none. */
static bool find_data(struct copy_mover *m, int fd, dev_t dev, uint64_t at, off_t *ret_data,
		      off_t *ret_hole)
{
	*ret_data = (off_t)at;
	if (m->lasting && fd == m->data_fd && dev == m->data_dev && at >= m->data_from &&
	    at < m->data_until) {
		*ret_hole = (off_t)m->data_until;
		return true;
	}
	*ret_data = lseek(fd, (off_t)at, SEEK_DATA);
	if (*ret_data < 0)
		return false;
	*ret_hole = lseek(fd, *ret_data, SEEK_HOLE);
	if (*ret_hole < 0)
		return false;
	m->data_fd = fd;
	m->data_dev = dev;
	m->data_from = (uint64_t)*ret_data;
	m->data_until = m->lasting ? (uint64_t)*ret_hole : 0;
	return true;
}

enum isokit_status copy_range(struct copy_mover *m, int fd, const char *name, dev_t dev,
			      bool sparse, uint64_t from_offset, uint64_t to_offset,
			      uint64_t length, struct isokit_error *err)
{
	struct copy_pair by_hand_only = { .no_clone = true, .no_kernel = true };
	struct copy_pair *p = sink_is_stream(m->to) ? &by_hand_only : pair_of(m, dev);
	uint64_t end = from_offset + length, at = from_offset;

	if (!sparse || !m->fresh || sink_is_stream(m->to))
		return copy_data(m, p, fd, name, from_offset, to_offset, length, err);
	/* Holes of the source stay holes. */
	while (at < end) {
		enum isokit_status st;
		off_t data, hole = -1;
		uint64_t stop;

		errno = 0;
		if (!find_data(m, fd, dev, at, &data, &hole) && data < 0 && errno == ENXIO) {
			m->hole_bytes += end - at;
			return ISOKIT_OK; /* nothing but a hole up to the end */
		}
		if (data < 0 || hole < 0)
			return copy_data(m, p, fd, name, at, to_offset + (at - from_offset),
					 end - at, err);
		if ((uint64_t)data >= end) {
			m->hole_bytes += end - at;
			return ISOKIT_OK;
		}
		m->hole_bytes += (uint64_t)data - at;
		at = (uint64_t)data;
		stop = min_u64((uint64_t)hole, end);
		st = copy_data(m, p, fd, name, at, to_offset + (at - from_offset), stop - at,
			       err);
		if (st)
			return st;
		at = stop;
	}
	return ISOKIT_OK;
}
