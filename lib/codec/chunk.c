/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What codecs of chunks share: their names, what can be wrong, matches. */
#include <string.h>

#include "base/fail.h"
#include "codec/codec.h"
#include "codec/impl.h"

static const char *const names[CODEC_COUNT] = {
	[CODEC_STORED] = "stored",
	[CODEC_DEFLATE] = "deflate",
	[CODEC_ZLIB] = "zlib",
	[CODEC_BZIP2] = "bzip2",
	[CODEC_XZ] = "xz",
	[CODEC_LZMA] = "LZMA",
	[CODEC_ZSTD] = "zstd",
	[CODEC_LZ4_BLOCK] = "LZ4",
	[CODEC_LZFSE] = "LZFSE",
	[CODEC_ADC] = "ADC",
	[CODEC_LZO] = "LZO",
	[CODEC_FLAC] = "FLAC",
};

const char *codec_name(enum codec_kind kind)
{
	return names[kind];
}

enum isokit_status codec_fail_full(struct isokit_error *err, enum codec_kind kind)
{
	return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, codec_name(kind),
			   "expands to more bytes than the chunk has");
}

enum isokit_status codec_fail_short(struct isokit_error *err, enum codec_kind kind)
{
	return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, codec_name(kind),
			   "ends before its stream does");
}

enum isokit_status codec_fail_damaged(struct isokit_error *err, enum codec_kind kind)
{
	return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, codec_name(kind),
			   "is damaged and cannot be expanded");
}

void codec_copy_match(uint8_t *out, size_t at, size_t distance, size_t bytes, size_t capacity)
{
	uint8_t *to = out + at;
	const uint8_t *from = to - distance;

	/* Eight at a time where there is room for what is written too much. */
	if (distance >= 8 && capacity - at >= bytes + 8) {
		uint8_t *end = to + bytes;

		do {
			memcpy(to, from, 8);
			to += 8;
			from += 8;
		} while (to < end);
	} else if (distance == 1) {
		memset(to, *from, bytes);
	} else {
		while (bytes--)
			*to++ = *from++;
	}
}
