/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For lib/codec only. */
#ifndef CODEC_IMPL_H
#define CODEC_IMPL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "codec/codec.h"
#include "codec/stream.h"

/* A library and how it expands; one table of functions for each. */
struct codec_library {
	enum isokit_status (*load)(void **ret_lib, struct isokit_error *err);
	enum isokit_status (*run)(void *lib, enum codec_kind kind, const uint8_t *in,
				  size_t in_bytes, uint8_t *out, size_t capacity,
				  size_t *ret_bytes, struct isokit_error *err);
	void (*unload)(void *lib);
};

extern const struct codec_library codec_libdeflate, codec_zlib, codec_bzip2, codec_liblzma,
	codec_libzstd, codec_libflac;

enum isokit_status codec_liblzma_raw(void *lib, const uint8_t properties[CODEC_LZMA_PROPERTIES],
				     const uint8_t *in, size_t in_bytes, uint8_t *out,
				     size_t capacity, size_t *ret_bytes,
				     struct isokit_error *err);

enum isokit_status codec_libflac_chunk(void *lib, const uint8_t *in, size_t in_bytes, uint8_t *out,
				       size_t samples, bool big_endian, size_t *ret_used,
				       struct isokit_error *err);

uint32_t codec_libdeflate_crc32(void *lib, uint32_t crc, const void *bytes, size_t n);

/* The same for streams. run() may stop early; that it did nothing at all means that it wants
 * input or room that there is not. */
struct codec_stream_library {
	enum isokit_status (*load)(void **ret_lib, struct isokit_error *err);
	void (*unload)(void *lib);
	enum isokit_status (*begin)(void *lib, enum codec_stream_kind kind, void **ret_state,
				    struct isokit_error *err);
	/* May be NULL: it takes no memory worth sparing. */
	enum isokit_status (*spare)(void *lib, void *state, uint64_t bytes,
				    struct isokit_error *err);
	enum isokit_status (*run)(void *lib, void *state, struct codec_buffers *b, bool last,
				  bool *ret_ended, struct isokit_error *err);
	void (*end)(void *lib, void *state);
};

extern const struct codec_stream_library codec_stream_zlib, codec_stream_bzip2,
	codec_stream_liblzma, codec_stream_libzstd, codec_stream_lz4;

enum isokit_status codec_stream_damaged(struct isokit_error *err, enum codec_stream_kind kind);

/* Our own. They write nothing outside out[0, capacity) and read nothing outside
 * in[0, in_bytes). */
enum isokit_status codec_lzfse(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t capacity,
			       size_t *ret_bytes, struct isokit_error *err);
/* ISOKIT_E_UNSUPPORTED: libbz2 can do it. */
enum isokit_status codec_bunzip(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t capacity,
				size_t *ret_bytes, struct isokit_error *err);
enum isokit_status codec_adc(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t capacity,
			     size_t *ret_bytes, struct isokit_error *err);
enum isokit_status codec_lzo(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t capacity,
			     size_t *ret_bytes, struct isokit_error *err);
enum isokit_status codec_lz4(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t capacity,
			     size_t *ret_bytes, struct isokit_error *err);

/* A block of LZ4 whose matches may reach back to out[0]; expands to out[at] and following. */
enum isokit_status codec_lz4_at(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t at,
				size_t capacity, size_t *ret_at, struct isokit_error *err);

/* LZVN, as in a block of LZFSE: matches may reach back to out[0]. Expands to out[at] and
 * following; *ret_at is behind the last byte. */
enum isokit_status codec_lzvn(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t at,
			      size_t capacity, size_t *ret_at, struct isokit_error *err);

/* chunk.c: what went wrong with a chunk, in one place. */
enum isokit_status codec_fail_full(struct isokit_error *err, enum codec_kind kind);
enum isokit_status codec_fail_short(struct isokit_error *err, enum codec_kind kind);
enum isokit_status codec_fail_damaged(struct isokit_error *err, enum codec_kind kind);

/* Copy a match: `bytes` from `distance` before out[at]. Both ranges lie inside. */
void codec_copy_match(uint8_t *out, size_t at, size_t distance, size_t bytes, size_t capacity);

#endif
