/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kinds of compressed streams, in words. */
#include "base/fail.h"
#include "codec/impl.h"

const char *codec_stream_name(enum codec_stream_kind kind)
{
	static const char *const names[] = {
		[CODEC_STREAM_GZIP] = "gzip",   [CODEC_STREAM_DEFLATE] = "deflate",
		[CODEC_STREAM_XZ] = "xz",       [CODEC_STREAM_LZMA] = "LZMA",
		[CODEC_STREAM_LZIP] = "lzip",   [CODEC_STREAM_BZIP2] = "bzip2",
		[CODEC_STREAM_ZSTD] = "zstd",   [CODEC_STREAM_LZ4] = "LZ4",
	};

	return names[kind];
}

enum isokit_status codec_stream_damaged(struct isokit_error *err, enum codec_stream_kind kind)
{
	return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, codec_stream_name(kind),
			   "is damaged");
}
