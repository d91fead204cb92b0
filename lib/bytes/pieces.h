/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes that lie in several runs of another source, with holes between them. */
#ifndef BYTES_PIECES_H
#define BYTES_PIECES_H

#include "bytes/source.h"

#define BYTES_HOLE UINT64_MAX

struct bytes_piece {
	uint64_t at;     /* its first byte in the whole; it ends where the next one begins */
	uint64_t offset; /* in the inner source, or BYTES_HOLE: zeros */
};

/* A source of `bytes` bytes. The pieces are copied; they ascend from 0, have at least one
 * byte each, and lie inside `inner`, which is borrowed. */
enum isokit_status bytes_pieces_new(struct isokit_source *inner, const struct bytes_piece *pieces,
				    size_t n, uint64_t bytes, struct isokit_source **ret_src,
				    struct isokit_error *err);

#endif
