/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LZVN: every opcode has a number of literals, a match, or both. Bits are written as
 * L (literals), M (match), D (distance); a match without D has the distance of the last
 * one. */
#include <string.h>

#include "base/byteorder.h"
#include "codec/impl.h"

enum opcode {
	SMALL_D,  /* LLMMMDDD DDDDDDDD */
	MEDIUM_D, /* 101LLMMM DDDDDDMM DDDDDDDD */
	LARGE_D,  /* LLMMM111 DDDDDDDD DDDDDDDD */
	SAME_D,   /* LLMMM110 */
	SMALL_L,  /* 1110LLLL */
	LARGE_L,  /* 11100000 LLLLLLLL */
	SMALL_M,  /* 1111MMMM */
	LARGE_M,  /* 11110000 MMMMMMMM */
	NOTHING,
	END,      /* of the stream: 06 and seven zeros */
	UNDEFINED,
};

enum { MIN_MATCH = 3, LARGE_FROM = 16 };

static enum opcode opcode_of(uint8_t b)
{
	if (b >= 0xf0)
		return b == 0xf0 ? LARGE_M : SMALL_M;
	if (b >= 0xe0)
		return b == 0xe0 ? LARGE_L : SMALL_L;
	if (b >= 0xd0 || (b & 0xf0) == 0x70)
		return UNDEFINED;
	if ((b & 0xe0) == 0xa0)
		return MEDIUM_D;
	if ((b & 7) == 7)
		return LARGE_D;
	if ((b & 7) != 6)
		return SMALL_D;
	if (b >= 0x40)
		return SAME_D;
	return b == 0x06 ? END : b == 0x0e || b == 0x16 ? NOTHING : UNDEFINED;
}

static const uint8_t opcode_bytes[] = {
	[SMALL_D] = 2, [MEDIUM_D] = 3, [LARGE_D] = 3, [SAME_D] = 1, [SMALL_L] = 1, [LARGE_L] = 2,
	[SMALL_M] = 1, [LARGE_M] = 2,  [NOTHING] = 1, [END] = 8,    [UNDEFINED] = 1,
};

enum isokit_status codec_lzvn(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t at,
			      size_t capacity, size_t *ret_at, struct isokit_error *err)
{
	size_t from = 0, distance = 0;

	for (;;) {
		const uint8_t *p = in + from;
		size_t literals = 0, match = 0;
		enum opcode op;

		if (from == in_bytes)
			return codec_fail_short(err, CODEC_LZFSE);
		op = opcode_of(*p);
		if (op == UNDEFINED)
			return codec_fail_damaged(err, CODEC_LZFSE);
		if (opcode_bytes[op] > in_bytes - from)
			return codec_fail_short(err, CODEC_LZFSE);
		from += opcode_bytes[op];
		switch (op) {
		case SMALL_D:
			literals = p[0] >> 6;
			match = (p[0] >> 3 & 7u) + MIN_MATCH;
			distance = (p[0] & 7u) << 8 | p[1];
			break;
		case MEDIUM_D:
			literals = p[0] >> 3 & 3u;
			match = ((p[0] & 7u) << 2 | (p[1] & 3u)) + MIN_MATCH;
			distance = get_le16(p + 1) >> 2;
			break;
		case LARGE_D:
			literals = p[0] >> 6;
			match = (p[0] >> 3 & 7u) + MIN_MATCH;
			distance = get_le16(p + 1);
			break;
		case SAME_D:
			literals = p[0] >> 6;
			match = (p[0] >> 3 & 7u) + MIN_MATCH;
			break;
		case SMALL_L: literals = p[0] & 15u; break;
		case LARGE_L: literals = (size_t)p[1] + LARGE_FROM; break;
		case SMALL_M: match = p[0] & 15u; break;
		case LARGE_M: match = (size_t)p[1] + LARGE_FROM; break;
		case NOTHING: continue;
		case END: *ret_at = at; return ISOKIT_OK;
		case UNDEFINED: break;
		}
		if (literals > in_bytes - from)
			return codec_fail_short(err, CODEC_LZFSE);
		if (literals > capacity - at || match > capacity - at - literals)
			return codec_fail_full(err, CODEC_LZFSE);
		memcpy(out + at, in + from, literals);
		at += literals;
		from += literals;
		if (match == 0)
			continue;
		if (distance == 0 || distance > at)
			return codec_fail_damaged(err, CODEC_LZFSE);
		codec_copy_match(out, at, distance, match, capacity);
		at += match;
	}
}
