/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A zisofs content, expanded. Each read expands the blocks that it needs, so that several
 * threads can. */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "codec/codec.h"
#include "ondisk/zisofs.h"
#include "unpack/unpack.h"

enum { POINTERS_AT_ONCE = 64 };

struct zisofs {
	struct unpack_content from;
	struct ondisk_zisofs z;
	char name[];
};

/* Where blocks [number, number + n) begin, and the last of them ends. */
static enum isokit_status pointers(const struct zisofs *f, uint64_t number, size_t n,
				   uint64_t *ret, struct isokit_error *err)
{
	uint8_t raw[(POINTERS_AT_ONCE + 1) * 8];
	size_t bytes = (n + 1) * f->z.pointer_bytes;
	uint64_t at = f->z.header_bytes + number * f->z.pointer_bytes;
	enum isokit_status st;

	st = isokit_source_read_at(f->from.src, f->from.offset + at, raw, bytes, err);
	if (st)
		return st;
	for (size_t i = 0; i <= n; i++)
		ret[i] = ondisk_zisofs_pointer(&f->z, raw + i * f->z.pointer_bytes);
	for (size_t i = 0; i < n; i++) {
		if (ret[i] > ret[i + 1] || ret[i + 1] > f->from.bytes)
			return isokit_fail(err, ISOKIT_E_CORRUPT, at, f->name,
					   "its table of compressed blocks is damaged");
	}
	return ISOKIT_OK;
}

/* A whole block into `out`. */
static enum isokit_status expand(const struct zisofs *f, uint64_t from, uint64_t upto,
				 uint8_t *out, size_t bytes, struct isokit_error *err)
{
	size_t packed = (size_t)(upto - from), got = 0;
	enum isokit_status st;
	uint8_t *in;

	if (!packed) {
		memset(out, 0, bytes);
		return ISOKIT_OK;
	}
	/* zlib makes nothing longer by more than a thousandth and a little. */
	if (packed > bytes + bytes / 64 + 1024)
		return isokit_fail(err, ISOKIT_E_CORRUPT, from, f->name,
				   "a compressed block is longer than it can be");
	in = malloc(packed);
	if (!in)
		return isokit_fail_nomem(err, f->name, packed);
	st = isokit_source_read_at(f->from.src, f->from.offset + from, in, packed, err);
	if (st == ISOKIT_OK)
		st = codec_expand(CODEC_ZLIB, in, packed, out, bytes, &got, err);
	if (st == ISOKIT_OK && got != bytes)
		st = isokit_fail(err, ISOKIT_E_CORRUPT, from, f->name,
				 "a compressed block ends too early");
	free(in);
	return st;
}

static size_t block_bytes(const struct zisofs *f, uint64_t number)
{
	uint64_t block = UINT64_C(1) << f->z.block_log2;

	return (size_t)min_u64(block, f->z.bytes - number * block);
}

static enum isokit_status zisofs_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					 struct isokit_error *err)
{
	const struct zisofs *f = self;
	uint64_t at[POINTERS_AT_ONCE + 1], first = 0;
	enum isokit_status st = ISOKIT_OK;
	uint8_t *to = buffer, *block = NULL;
	size_t known = 0;

	while (st == ISOKIT_OK && length) {
		uint64_t number = offset >> f->z.block_log2;
		size_t skip = (size_t)(offset - (number << f->z.block_log2));
		size_t bytes = block_bytes(f, number), n = (size_t)min_u64(bytes - skip, length);

		if (!known || number >= first + known) {
			uint64_t last = (offset + length - 1) >> f->z.block_log2;

			first = number;
			known = (size_t)min_u64(last - first + 1, POINTERS_AT_ONCE);
			st = pointers(f, first, known, at, err);
			if (st)
				break;
		}
		if (n == bytes) {
			st = expand(f, at[number - first], at[number - first + 1], to, bytes, err);
		} else {
			if (!block)
				block = malloc((size_t)1 << f->z.block_log2);
			if (!block)
				st = isokit_fail_nomem(err, f->name, bytes);
			else
				st = expand(f, at[number - first], at[number - first + 1], block,
					    bytes, err);
			if (st == ISOKIT_OK)
				memcpy(to, block + skip, n);
		}
		to += n;
		offset += n;
		length -= n;
	}
	free(block);
	return st;
}

/* Blocks of no bytes are zeros, and most files that are made large by them have many. */
static void zisofs_locate(void *self, uint64_t offset, uint64_t length,
			  struct isokit_location *ret_location)
{
	const struct zisofs *f = self;
	uint64_t number = offset >> f->z.block_log2, at[POINTERS_AT_ONCE + 1], end;
	uint64_t last = (offset + length - 1) >> f->z.block_log2;
	size_t n = (size_t)min_u64(last - number + 1, POINTERS_AT_ONCE), same = 1;
	bool zeros;

	*ret_location = (struct isokit_location){ .where = ISOKIT_WHERE_READ, .fd = -1,
						  .length = length };
	if (pointers(f, number, n, at, NULL) != ISOKIT_OK)
		return;
	zeros = at[0] == at[1];
	while (same < n && (at[same] == at[same + 1]) == zeros)
		same++;
	end = min_u64((number + same) << f->z.block_log2, f->z.bytes);
	ret_location->length = min_u64(length, end - offset);
	if (zeros)
		ret_location->where = ISOKIT_WHERE_ZEROS;
}

static void zisofs_close(void *self)
{
	struct zisofs *f = self;

	if (f->from.owned)
		isokit_source_close(f->from.src);
	free(f);
}

static const struct isokit_source_ops zisofs_ops = {
	.size = sizeof(zisofs_ops),
	.read_at = zisofs_read_at,
	.locate = zisofs_locate,
	.close = zisofs_close,
};

enum isokit_status unpack_zisofs_open(struct unpack_content *c, const char *name,
				      struct isokit_error *err)
{
	size_t name_bytes = strlen(name) + 1, head_bytes;
	uint8_t head[ONDISK_ZISOFS_HEAD_BYTES] = { 0 };
	struct isokit_source *src;
	struct ondisk_zisofs z;
	struct zisofs *f;
	enum isokit_status st;

	head_bytes = (size_t)min_u64(sizeof(head), c->bytes);
	st = isokit_source_read_at(c->src, c->offset, head, head_bytes, err);
	if (st)
		return st;
	if (!ondisk_zisofs_decode(head, head_bytes, &z))
		return isokit_fail(err, ISOKIT_E_CORRUPT, 0, name,
				   "is marked as compressed by zisofs, but has no header of it");
	if (z.header_bytes > c->bytes ||
	    ondisk_zisofs_blocks(&z) >= (c->bytes - z.header_bytes) / z.pointer_bytes)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 0, name,
				   "its table of compressed blocks is longer than it is");
	f = malloc(sizeof(*f) + name_bytes);
	if (!f)
		return isokit_fail_nomem(err, name, sizeof(*f) + name_bytes);
	f->from = *c;
	f->z = z;
	memcpy(f->name, name, name_bytes);
	st = isokit_source_new(&zisofs_ops, f, z.bytes, name, &src, err);
	if (st) {
		free(f);
		return st;
	}
	*c = (struct unpack_content){ .src = src, .bytes = z.bytes, .owned = true };
	return ISOKIT_OK;
}
