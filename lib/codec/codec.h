/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole chunks, decompressed in memory. Those that a library does are loaded with it
 * when they are first asked for (dlopen, as everywhere); LZFSE, LZVN, LZ4, LZO and ADC
 * are our own. */
#ifndef CODEC_CODEC_H
#define CODEC_CODEC_H

#include <isokit/error.h>

#include <stdbool.h>

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
	CODEC_LZO,     /* LZO1X, of file systems */
	CODEC_FLAC,    /* frames of 16-bit stereo, without the head of a stream */
	CODEC_COUNT,
};

/* The libraries, each loaded once. Any number of threads may use it. */
struct codec;

/* NULL when memory is refused. Loads nothing yet. */
struct codec *codec_new(void);
void codec_free(struct codec *c); /* NULL is allowed */

/* Can it be expanded here? Loads what it needs: a confined process asks early.
 * ISOKIT_E_UNSUPPORTED: its library is not installed or was left out of the build. */
enum isokit_status codec_load(struct codec *c, enum codec_kind kind, struct isokit_error *err);

/* Decompress a chunk. `*ret_bytes` is how much came out, at most `capacity`; a chunk that
 * would be more is ISOKIT_E_CORRUPT, as is one that ends too early. What follows the end of
 * the compressed stream is no matter. `out` may have been written to on failure. */
enum isokit_status codec_run(struct codec *c, enum codec_kind kind, const uint8_t *in,
			     size_t in_bytes, uint8_t *out, size_t capacity, size_t *ret_bytes,
			     struct isokit_error *err);

enum { CODEC_LZMA_PROPERTIES = 5 }; /* lc, lp, pb in a byte, and the size of the dictionary */

/* Raw LZMA without header or end mark, until the input or the capacity is used up. */
enum isokit_status codec_run_lzma(struct codec *c, const uint8_t properties[CODEC_LZMA_PROPERTIES],
				  const uint8_t *in, size_t in_bytes, uint8_t *out,
				  size_t capacity, size_t *ret_bytes, struct isokit_error *err);

/* Frames of FLAC until so many samples of 16-bit stereo have come out, four bytes for each in
 * either order. *ret_used: bytes of the input that the frames took. */
enum isokit_status codec_run_flac(struct codec *c, const uint8_t *in, size_t in_bytes, uint8_t *out,
				  size_t samples, bool big_endian, size_t *ret_used,
				  struct isokit_error *err);

/* Continue a CRC32 (of gzip, from 0) as fast as the processor can. False, and nothing done,
 * when there is no library for it. */
bool codec_crc32(struct codec *c, uint32_t *io_crc, const void *bytes, size_t n);

/* For a single chunk: codec_new(), codec_run(), codec_free(). */
enum isokit_status codec_expand(enum codec_kind kind, const uint8_t *in, size_t in_bytes,
				uint8_t *out, size_t capacity, size_t *ret_bytes,
				struct isokit_error *err);

/* "zlib", "LZFSE"; static. */
const char *codec_name(enum codec_kind kind);

#endif
