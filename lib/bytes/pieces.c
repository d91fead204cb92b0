/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bytes/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"

struct pieces {
	struct isokit_source *inner;
	size_t n;
	uint64_t bytes;
	struct bytes_piece piece[];
};

/* The piece that holds a byte, and how many bytes of it follow. */
static const struct bytes_piece *piece_at(const struct pieces *p, uint64_t at, uint64_t *ret_left)
{
	size_t low = 0, high = p->n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (p->piece[mid].at <= at)
			low = mid;
		else
			high = mid;
	}
	*ret_left = (low + 1 < p->n ? p->piece[low + 1].at : p->bytes) - at;
	return &p->piece[low];
}

static enum isokit_status pieces_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					 struct isokit_error *err)
{
	const struct pieces *p = self;
	enum isokit_status st = ISOKIT_OK;
	uint8_t *to = buffer;

	while (st == ISOKIT_OK && length) {
		uint64_t left;
		const struct bytes_piece *k = piece_at(p, offset, &left);
		size_t n = (size_t)min_u64(left, length);

		if (k->offset == BYTES_HOLE)
			memset(to, 0, n);
		else
			st = isokit_source_read_at(p->inner, k->offset + (offset - k->at), to, n,
						   err);
		to += n;
		offset += n;
		length -= n;
	}
	return st;
}

static void pieces_locate(void *self, uint64_t offset, uint64_t length,
			  struct isokit_location *ret_location)
{
	const struct pieces *p = self;
	uint64_t left;
	const struct bytes_piece *k = piece_at(p, offset, &left);

	length = min_u64(length, left);
	if (k->offset != BYTES_HOLE)
		isokit_source_locate(p->inner, k->offset + (offset - k->at), length, ret_location);
	else
		*ret_location = (struct isokit_location){ .where = ISOKIT_WHERE_ZEROS, .fd = -1,
							  .length = length };
}

static const struct isokit_source_ops pieces_ops = {
	.size = sizeof(pieces_ops),
	.read_at = pieces_read_at,
	.locate = pieces_locate,
	.close = free,
};

enum isokit_status bytes_pieces_new(struct isokit_source *inner, const struct bytes_piece *pieces,
				    size_t n, uint64_t bytes, struct isokit_source **ret_src,
				    struct isokit_error *err)
{
	enum isokit_status st;
	struct pieces *p;
	size_t need;

	if (!mul_size(n, sizeof(*pieces), &need) || need > SIZE_MAX / 2)
		return isokit_fail_nomem(err, isokit_source_name(inner), need);
	p = malloc(sizeof(*p) + need);
	if (!p)
		return isokit_fail_nomem(err, isokit_source_name(inner), need);
	*p = (struct pieces){ .inner = inner, .n = n, .bytes = bytes };
	memcpy(p->piece, pieces, need);
	st = isokit_source_new(&pieces_ops, p, bytes, isokit_source_name(inner), ret_src, err);
	if (st)
		free(p);
	return st;
}
