/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes of a source into a sink: from the file that they lie in where there is one. */
#include <sys/stat.h>

#include "base/checked.h"
#include "bytes/sink.h"
#include "copy/range.h"

/* What lies in a file: *ret_moved bytes of it, perhaps none. */
static enum isokit_status move_located(struct copy_mover *m, struct isokit_source *src,
				       const struct isokit_location *at, uint64_t to,
				       uint64_t length, uint64_t *ret_moved,
				       struct isokit_error *err)
{
	enum isokit_status st;
	struct stat info;

	*ret_moved = 0;
	if (at->where != ISOKIT_WHERE_FD || fstat(at->fd, &info) != 0)
		return ISOKIT_OK;
	*ret_moved = min_u64(length, at->length);
	m->lasting = true;
	st = copy_range(m, at->fd, isokit_source_name(src), info.st_dev,
			S_ISREG(info.st_mode) &&
				(uint64_t)info.st_blocks * 512 < (uint64_t)info.st_size,
			at->offset, to, *ret_moved, err);
	m->lasting = false;
	return st;
}

enum isokit_status copy_source(struct copy_mover *m, struct isokit_source *src,
			       uint64_t offset, uint64_t to, uint64_t length,
			       struct isokit_error *err)
{
	bool stream = sink_is_stream(m->to);

	while (length) {
		struct isokit_location at;
		enum isokit_status st = ISOKIT_OK;
		uint64_t n = 0;

		isokit_source_locate(src, offset, length, &at);
		if (!stream)
			st = move_located(m, src, &at, to, length, &n, err);
		if (st)
			return st;
		if (n == 0 && at.where == ISOKIT_WHERE_ZEROS && m->fresh && !stream) {
			n = min_u64(length, at.length ? at.length : 1);
			m->hole_bytes += n;
		} else if (n == 0) {
			n = min_u64(min_u64(length, COPY_BUFFER_BYTES), at.length ? at.length : 1);
			st = isokit_source_read_at(src, offset, m->buffer, (size_t)n, err);
			if (st == ISOKIT_OK)
				st = sink_write_at(m->to, to, m->buffer, (size_t)n, err);
			if (st)
				return st;
			m->copied_bytes += n;
		}
		offset += n;
		to += n;
		length -= n;
	}
	return ISOKIT_OK;
}
