/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which function expands what. */
#include "codec/codec.h"

#include <string.h>

#include "base/fail.h"

static const char *const names[] = {
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
};

const char *codec_name(enum codec_kind kind)
{
	return names[kind];
}

enum isokit_status codec_expand(enum codec_kind kind, const uint8_t *in, size_t in_bytes,
				uint8_t *out, size_t capacity, size_t *ret_bytes,
				struct isokit_error *err)
{
	if (kind != CODEC_STORED)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, codec_name(kind),
				   "compression is not supported yet");
	if (in_bytes > capacity)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, codec_name(kind),
				   "more bytes than the chunk has");
	memcpy(out, in, in_bytes);
	*ret_bytes = in_bytes;
	return ISOKIT_OK;
}
