/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes of a source into a sink: from the file that they lie in where there is one. */
#include <sys/stat.h>

#include "base/checked.h"
#include "bytes/sink.h"
#include "copy/range.h"

enum { WORTH_BYTES = 32 * 1024 }; /* less than this of a file is not copied by itself */

/* Do they lie in a file that copying from is worth it? */
static bool is_in_file(const struct copy_mover *m, struct isokit_source *src,
		       const struct isokit_location *at, struct copy_file *ret)
{
	struct stat info;

	if (at->where != ISOKIT_WHERE_FD || sink_is_stream(m->to) || fstat(at->fd, &info) != 0)
		return false;
	*ret = copy_file_of(at->fd, isokit_source_name(src), &info);
	ret->lasting = true;
	return true;
}

/* Of little pieces of a file, many are read at a time: how many bytes they have together. */
static uint64_t in_pieces(struct isokit_source *src, uint64_t from, uint64_t n, uint64_t most)
{
	struct isokit_location at = { .where = ISOKIT_WHERE_FD };

	while (n < most) {
		isokit_source_locate(src, from + n, most - n, &at);
		if (at.where != ISOKIT_WHERE_FD || at.length >= WORTH_BYTES)
			break;
		n += at.length ? at.length : 1;
	}
	return min_u64(n, most);
}

enum isokit_status copy_source(struct copy_mover *m, struct isokit_source *src, uint64_t from,
			       uint64_t to, uint64_t length, struct isokit_error *err)
{
	bool holes = m->fresh && !sink_is_stream(m->to);

	while (length) {
		struct isokit_location at;
		enum isokit_status st = ISOKIT_OK;
		struct copy_file file;
		uint64_t n;

		isokit_source_locate(src, from, length, &at);
		n = min_u64(length, at.length ? at.length : 1);
		if ((n >= WORTH_BYTES || n == length) && is_in_file(m, src, &at, &file)) {
			st = copy_range(m, &file, at.offset, to, n, err);
		} else if (at.where == ISOKIT_WHERE_ZEROS && holes) {
			m->hole_bytes += n;
		} else {
			n = min_u64(n, COPY_STEP_BYTES);
			if (at.where == ISOKIT_WHERE_FD)
				n = in_pieces(src, from, n, min_u64(length, COPY_STEP_BYTES));
			st = isokit_source_read_at(src, from, m->buffer, (size_t)n, err);
			if (st == ISOKIT_OK)
				st = copy_memory(m, m->buffer, to, (size_t)n, err);
		}
		if (st)
			return st;
		from += n;
		to += n;
		length -= n;
	}
	return ISOKIT_OK;
}
