/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measured on ext4 and tmpfs: read and write through a buffer that stays in the
 * cache beat copy_file_range(), which goes page by page through a pipe there. So the kernel is asked to copy only where it can do better than that:
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
#include "base/scan.h"
#include "bytes/sink.h"

enum {
	CLONE_FROM_BYTES = 64 * 1024,
	HOLE_BYTES = 64 * 1024, /* smaller holes cost more than they save */
};

/* Not every libc's header has these. */
static const unsigned long remote_file_systems[] = {
	0x6969 /* NFS */, 0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */, 0x65735546 /* FUSE */,
	0x00c36400 /* Ceph */,
};

void copy_shared_init(struct copy_shared *s, bool in_turns)
{
	*s = (struct copy_shared){ .in_turns = in_turns };
	(void)pthread_mutex_init(&s->turn, NULL);
	(void)pthread_mutex_init(&s->lock, NULL);
}

void copy_shared_release(struct copy_shared *s)
{
	(void)pthread_mutex_destroy(&s->turn);
	(void)pthread_mutex_destroy(&s->lock);
}

enum isokit_status copy_mover_init(struct copy_mover *m, struct copy_shared *shared,
				   struct sink *to, bool fresh, struct isokit_error *err)
{
	struct statfs fs;

	*m = (struct copy_mover){ .shared = shared, .to = to, .fresh = fresh,
				  .block_bytes = 4096 };
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

struct copy_file copy_file_of(int fd, const char *name, const struct stat *info)
{
	return (struct copy_file){
		.fd = fd,
		.name = name,
		.dev = info->st_dev,
		.sparse = S_ISREG(info->st_mode) &&
			  (uint64_t)info->st_blocks * 512 < (uint64_t)info->st_size,
	};
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

/* How many bytes are alike: zeros that become a hole, or others. */
static size_t alike(const uint8_t *bytes, uint64_t to, size_t n, bool *ret_zeros)
{
	size_t at = 0, step = (size_t)min_u64(HOLE_BYTES - to % HOLE_BYTES, n);

	*ret_zeros = all_zero(bytes, step);
	do {
		at += step;
		step = (size_t)min_u64(HOLE_BYTES, n - at);
	} while (at < n && all_zero(bytes + at, step) == *ret_zeros);
	return at;
}

enum isokit_status copy_memory(struct copy_mover *m, const uint8_t *bytes, uint64_t to,
			       size_t length, struct isokit_error *err)
{
	bool skip = m->skip_zeros && m->fresh && !sink_is_stream(m->to), zeros = false;

	while (length) {
		size_t n = (size_t)min_u64(COPY_STEP_BYTES - to % COPY_STEP_BYTES, length);
		enum isokit_status st = ISOKIT_OK;

		if (skip)
			n = alike(bytes, to, n, &zeros);
		if (!zeros)
			st = sink_write_at(m->to, to, bytes, n, err);
		if (st)
			return st;
		*(zeros ? &m->hole_bytes : &m->copied_bytes) += n;
		bytes += n;
		to += n;
		length -= n;
	}
	return ISOKIT_OK;
}

static enum isokit_status by_hand(struct copy_mover *m, const struct copy_file *f, uint64_t from,
				  uint64_t to, uint64_t length, struct isokit_error *err)
{
	while (length) {
		size_t want = (size_t)min_u64(length, COPY_STEP_BYTES);
		ssize_t got = pread(f->fd, m->buffer, want, (off_t)from);
		enum isokit_status st;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return isokit_fail_errno(err, errno, f->name, "cannot be read at byte %llu",
						 (unsigned long long)from);
		if (got == 0)
			return isokit_fail(err, ISOKIT_E_CHANGED, from, f->name,
					   "became shorter while it was read (ends at byte %llu)",
					   (unsigned long long)from);
		st = copy_memory(m, m->buffer, to, (size_t)got, err);
		if (st)
			return st;
		from += (uint64_t)got;
		to += (uint64_t)got;
		length -= (uint64_t)got;
	}
	return ISOKIT_OK;
}

static enum isokit_status copy_data(struct copy_mover *m, struct copy_pair *p,
				    const struct copy_file *f, uint64_t from, uint64_t to,
				    uint64_t length, struct isokit_error *err)
{
	if (!p->no_clone && length >= CLONE_FROM_BYTES &&
	    from % m->block_bytes == (to - sink_origin(m->to)) % m->block_bytes) {
		/* Whole blocks of the file system; what lies before and behind is copied. */
		uint64_t head = (m->block_bytes - from % m->block_bytes) % m->block_bytes;
		uint64_t whole = length - head;
		enum isokit_status st = ISOKIT_OK;

		whole -= whole % m->block_bytes;
		if (head)
			st = by_hand(m, f, from, to, head, err);
		if (st)
			return st;
		from += head;
		to += head;
		length -= head;
		if (try_clone(m, p, f->fd, from, to, whole)) {
			from += whole;
			to += whole;
			length -= whole;
		}
	}
	if (length && !p->no_kernel) {
		uint64_t done = 0;

		if (try_kernel(m, p, f->fd, from, to, length, &done))
			return ISOKIT_OK;
		from += done;
		to += done;
		length -= done;
	}
	return by_hand(m, f, from, to, length, err);
}

/* Where data begins at or behind `at`, and where it ends. False: that cannot be told, or
 * (*ret_data is negative, errno ENXIO) there is none. */
static bool seek_data(int fd, uint64_t at, off_t *ret_data, off_t *ret_hole)
{
	*ret_data = lseek(fd, (off_t)at, SEEK_DATA);
	if (*ret_data >= 0)
		*ret_hole = lseek(fd, *ret_data, SEEK_HOLE);
	return *ret_data >= 0 && *ret_hole >= 0;
}

static bool find_data(struct copy_shared *s, const struct copy_file *f, uint64_t at,
		      off_t *ret_data, off_t *ret_hole)
{
	bool found = true;

	if (!f->lasting)
		return seek_data(f->fd, at, ret_data, ret_hole);
	(void)pthread_mutex_lock(&s->lock);
	if (f->fd == s->data_fd && f->dev == s->data_dev && at >= s->data_from &&
	    at < s->data_until) {
		*ret_data = (off_t)at;
		*ret_hole = (off_t)s->data_until;
	} else {
		found = seek_data(f->fd, at, ret_data, ret_hole);
		if (found) {
			s->data_fd = f->fd;
			s->data_dev = f->dev;
			s->data_from = (uint64_t)*ret_data;
			s->data_until = (uint64_t)*ret_hole;
		}
	}
	(void)pthread_mutex_unlock(&s->lock);
	return found;
}

/* Holes of the file stay holes. */
static enum isokit_status copy_around_holes(struct copy_mover *m, struct copy_pair *p,
					    const struct copy_file *f, uint64_t from, uint64_t to,
					    uint64_t length, struct isokit_error *err)
{
	uint64_t end = from + length, at = from;

	while (at < end) {
		enum isokit_status st;
		off_t data, hole = -1;
		uint64_t stop;

		errno = 0;
		if (!find_data(m->shared, f, at, &data, &hole) && (data >= 0 || errno != ENXIO))
			return copy_data(m, p, f, at, to + (at - from), end - at, err);
		if (data < 0 || (uint64_t)data >= end) { /* nothing but a hole */
			m->hole_bytes += end - at;
			return ISOKIT_OK;
		}
		m->hole_bytes += (uint64_t)data - at;
		stop = min_u64((uint64_t)hole, end);
		at = (uint64_t)data;
		st = copy_data(m, p, f, at, to + (at - from), stop - at, err);
		if (st)
			return st;
		at = stop;
	}
	return ISOKIT_OK;
}

enum isokit_status copy_range(struct copy_mover *m, const struct copy_file *f, uint64_t from,
			      uint64_t to, uint64_t length, struct isokit_error *err)
{
	struct copy_pair by_hand_only = { .no_clone = true, .no_kernel = true };
	struct copy_pair *p = sink_is_stream(m->to) ? &by_hand_only : pair_of(m, f->dev);
	bool in_turn = m->shared->in_turns && length > COPY_SMALL_BYTES;
	enum isokit_status st;

	if (in_turn)
		(void)pthread_mutex_lock(&m->shared->turn);
	st = f->sparse && m->fresh && !sink_is_stream(m->to) ?
		     copy_around_holes(m, p, f, from, to, length, err) :
		     copy_data(m, p, f, from, to, length, err);
	if (in_turn)
		(void)pthread_mutex_unlock(&m->shared->turn);
	return st;
}
