/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zstandard in frames that are expanded each by itself, with a table of them at the end:
 * zstd's "seekable format", version 0.1.0, which every zstd expands. */
#ifndef CONVERT_ZST_H
#define CONVERT_ZST_H

#include "convert/convert.h"

/* All bytes of `src`, by several threads, in order; what is written is at
 * *ret_bytes. Hashes of the options go into the result on the way. */
enum isokit_status convert_zst(struct isokit_convert *c, struct isokit_source *src, struct sink *to,
			       uint64_t *ret_bytes, struct isokit_error *err);

#endif
