/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cache of aligned blocks over a source that is read in many small pieces. */
#ifndef BYTES_CACHE_H
#define BYTES_CACHE_H

#include "bytes/source.h"

struct cache_options {
	size_t block_bytes; /* a power of two: what one read fetches at most */
	size_t n_blocks;    /* kept at once: memory is block_bytes × n_blocks, and pages
			     * of it are touched as they are first used */
	bool borrow;        /* the inner source stays the caller's, and must outlive this one */
};

/* Reads shorter than a block are served from blocks, the least recently used ones
 * make room; longer reads go through. Of a block, the pages around what is asked for
 * are read first, then more and more, and all of it when the one before it was read
 * to its end. `inner` is taken on success unless borrowed.
 *
 * A read fails only when the inner source fails to deliver exactly the range
 * asked for: where the pages around it cannot be read, the range is read by
 * itself, and its error is the error. So a bad sector spoils no neighbours, and
 * errors name the bytes that were wanted.
 *
 * The bytes must not change while the source is open. Any number of threads may
 * read; their short reads wait for each other, long ones do not. */
enum isokit_status bytes_cache_new(struct isokit_source *inner,
				   const struct cache_options *options,
				   struct isokit_source **ret_src, struct isokit_error *err);

#endif
