/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Some bytes of each sector of another source: the 2048 of its user data, or all but its
 * subchannels. */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"

enum {
	USER_BYTES = 2048,
	BATCH_BYTES = 64 * 1024, /* of raw sectors read at once */
	MAX_SECTOR_BYTES = 8192,
};

struct sectors {
	struct isokit_source *inner;
	uint64_t start;
	uint32_t sector_bytes, user_offset, user_bytes;
};

/* Where a byte of the user data lies in the inner source. The size of the source
 * was derived from the inner one, so this cannot wrap. */
static uint64_t place(const struct sectors *s, uint64_t offset)
{
	return s->start + offset / s->user_bytes * s->sector_bytes + s->user_offset +
	       offset % s->user_bytes;
}

/* Many whole sectors: fewer calls, and the frames between them are thrown away. */
static enum isokit_status read_batches(const struct sectors *s, uint64_t offset, uint8_t *out,
				       size_t n_sectors, struct isokit_error *err)
{
	size_t batch = BATCH_BYTES / s->sector_bytes;
	uint8_t *raw;
	enum isokit_status st = ISOKIT_OK;

	if (batch > n_sectors)
		batch = n_sectors;
	raw = malloc(batch * s->sector_bytes);
	if (!raw)
		return isokit_fail_nomem(err, isokit_source_name(s->inner),
					 batch * s->sector_bytes);
	while (n_sectors && !st) {
		size_t n = (size_t)min_u64(n_sectors, batch);
		/* The frame behind the last one is not needed, and may be missing. */
		size_t bytes = (n - 1) * s->sector_bytes + s->user_bytes;

		st = isokit_source_read_at(s->inner, place(s, offset), raw, bytes, err);
		for (size_t i = 0; i < n && !st; i++)
			memcpy(out + i * s->user_bytes, raw + i * s->sector_bytes, s->user_bytes);
		offset += (uint64_t)n * s->user_bytes;
		out += n * s->user_bytes;
		n_sectors -= n;
	}
	free(raw);
	return st;
}

static enum isokit_status sectors_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					  struct isokit_error *err)
{
	const struct sectors *s = self;
	uint8_t *out = buffer;

	while (length) {
		size_t within = (size_t)(offset % s->user_bytes);
		size_t n = (size_t)min_u64(length, s->user_bytes - within);
		enum isokit_status st;

		if (within == 0 && length >= 2 * (size_t)s->user_bytes) {
			n = length - length % s->user_bytes;
			st = read_batches(s, offset, out, n / s->user_bytes, err);
		} else {
			st = isokit_source_read_at(s->inner, place(s, offset), out, n, err);
		}
		if (st)
			return st;
		out += n;
		offset += n;
		length -= n;
	}
	return ISOKIT_OK;
}

/* Each sector's data lies whole in the inner source, and the next one elsewhere. */
static void sectors_locate(void *self, uint64_t offset, uint64_t length,
			   struct isokit_location *ret_location)
{
	const struct sectors *s = self;

	isokit_source_locate(s->inner, place(s, offset),
			     min_u64(length, s->user_bytes - offset % s->user_bytes), ret_location);
}

static void sectors_close(void *self)
{
	struct sectors *s = self;

	isokit_source_close(s->inner);
	free(s);
}

static const struct isokit_source_ops sectors_ops = {
	.size = sizeof(sectors_ops),
	.read_at = sectors_read_at,
	.locate = sectors_locate,
	.close = sectors_close,
};

enum isokit_status bytes_sectors(struct isokit_source *inner, uint64_t offset,
				 uint32_t sector_bytes, uint32_t user_offset, uint32_t user_bytes,
				 struct isokit_source **ret_src, struct isokit_error *err)
{
	uint64_t inner_size = isokit_source_size(inner), n;
	enum isokit_status st;
	struct sectors *s;

	if (offset > inner_size || sector_bytes > MAX_SECTOR_BYTES ||
	    !range_inside(user_offset, user_bytes, sector_bytes))
		return isokit_fail(err, ISOKIT_E_INVALID, offset, isokit_source_name(inner),
				   "has no sectors of %u bytes with user data at %u from byte %llu on",
				   sector_bytes, user_offset, (unsigned long long)offset);
	n = (inner_size - offset) / sector_bytes;
	s = malloc(sizeof(*s));
	if (!s)
		return isokit_fail_nomem(err, isokit_source_name(inner), sizeof(*s));
	*s = (struct sectors){ .inner = inner, .start = offset, .sector_bytes = sector_bytes,
			       .user_offset = user_offset, .user_bytes = user_bytes };
	st = isokit_source_new(&sectors_ops, s, n * user_bytes, isokit_source_name(inner), ret_src,
			       err);
	if (st)
		free(s);
	return st;
}

enum isokit_status isokit_source_sectors(struct isokit_source *inner, uint64_t offset,
					 uint32_t sector_bytes, uint32_t user_offset,
					 struct isokit_source **ret_src, struct isokit_error *err)
{
	return bytes_sectors(inner, offset, sector_bytes, user_offset, USER_BYTES, ret_src, err);
}
