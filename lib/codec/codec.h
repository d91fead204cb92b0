/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole chunks, decompressed in memory. Those that a library does are loaded with it
 * when they are first asked for (dlopen, as everywhere); LZFSE, LZVN and ADC are our own. */
#ifndef CODEC_CODEC_H
#define CODEC_CODEC_H

#include <isokit/error.h>

enum codec_kind {
	CODEC_STORED,
	CODEC_DEFLATE, /* RFC 1951 */
	CODEC_ZLIB,    /* RFC 1950 */
	CODEC_BZIP2,
	CODEC_XZ,      /* .xz */
	CODEC_LZMA,    /* .lzma; raw LZMA has parameters, see codec_expand_lzma() */
	CODEC_ZSTD,
	CODEC_LZ4_BLOCK,
	CODEC_LZFSE,   /* with LZVN blocks */
	CODEC_ADC,     /* Apple Data Compression */
};

/* Decompress a chunk. `*ret_bytes` is how much came out, at most `capacity`; a chunk that
 * would be more is ISOKIT_E_CORRUPT. Thread-safe, keeps no state.
 * ISOKIT_E_UNSUPPORTED: its library is not installed or was left out of the build. */
enum isokit_status codec_expand(enum codec_kind kind, const uint8_t *in, size_t in_bytes,
				uint8_t *out, size_t capacity, size_t *ret_bytes,
				struct isokit_error *err);

/* "zlib", "LZFSE"; static. */
const char *codec_name(enum codec_kind kind);

#endif
