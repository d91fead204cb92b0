/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can only be expanded from its beginning on: put into a nameless file, and read from
 * there. */
#ifndef FORMAT_UNSPOOL_H
#define FORMAT_UNSPOOL_H

#include "codec/stream.h"
#include "format/medium_impl.h"

/* Expand bytes [offset, offset + bytes) of `src` into the medium's scratch folder. Blocks of
 * zeros become holes. *ret_left: bytes behind the compressed stream that are not of it.
 * `expected`: how much it should be, and must be; UINT64_MAX: nobody says.
 * *ret_crc: CRC32 of what came out; NULL: it is not needed. */
enum isokit_status unspool(struct isokit_medium *m, struct isokit_source *src, uint64_t offset,
			   uint64_t bytes, enum codec_stream_kind kind, uint64_t expected,
			   uint64_t *ret_left, uint32_t *ret_crc, struct isokit_source **ret_src,
			   struct isokit_error *err);

#endif
