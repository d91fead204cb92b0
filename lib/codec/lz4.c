/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A block of LZ4 ("LZ4 Block Format Description", 2022): sequences of literals and a
 * match, the last one of literals alone. */
#include <string.h>

#include "base/byteorder.h"
#include "codec/impl.h"

enum { MIN_MATCH = 4, MORE = 15 };

/* The rest of a length: bytes are added up until one is not 255. */
static bool add_length(const uint8_t *in, size_t in_bytes, size_t *from, size_t *length)
{
	uint8_t more;

	do {
		if (*from == in_bytes)
			return false;
		more = in[(*from)++];
		*length += more; /* cannot wrap: at most 255 for each byte of the input */
	} while (more == 255);
	return true;
}

enum isokit_status codec_lz4_at(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t at,
				size_t capacity, size_t *ret_at, struct isokit_error *err)
{
	size_t from = 0;

	while (from < in_bytes) {
		uint8_t token = in[from++];
		size_t literals = token >> 4, match = token & 15, distance;

		if (literals == MORE && !add_length(in, in_bytes, &from, &literals))
			return codec_fail_short(err, CODEC_LZ4_BLOCK);
		if (literals > in_bytes - from)
			return codec_fail_short(err, CODEC_LZ4_BLOCK);
		if (literals > capacity - at)
			return codec_fail_full(err, CODEC_LZ4_BLOCK);
		if (literals)
			memcpy(out + at, in + from, literals);
		at += literals;
		from += literals;
		if (from == in_bytes)
			break;
		/* Blocks of some files are followed by padding. */
		if (at == capacity)
			break;
		if (in_bytes - from < 2)
			return codec_fail_short(err, CODEC_LZ4_BLOCK);
		distance = get_le16(in + from);
		from += 2;
		if (match == MORE && !add_length(in, in_bytes, &from, &match))
			return codec_fail_short(err, CODEC_LZ4_BLOCK);
		match += MIN_MATCH;
		if (distance == 0 || distance > at)
			return codec_fail_damaged(err, CODEC_LZ4_BLOCK);
		if (match > capacity - at)
			return codec_fail_full(err, CODEC_LZ4_BLOCK);
		codec_copy_match(out, at, distance, match, capacity);
		at += match;
	}
	*ret_at = at;
	return ISOKIT_OK;
}

enum isokit_status codec_lz4(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t capacity,
			     size_t *ret_bytes, struct isokit_error *err)
{
	return codec_lz4_at(in, in_bytes, out, 0, capacity, ret_bytes, err);
}
