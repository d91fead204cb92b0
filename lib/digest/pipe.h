/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One reading for several readers: the caller's thread reads ahead into a ring of
 * buffers, and every lane looks at each of them in a thread of its own. So one
 * pass takes as long as its slowest lane. */
#ifndef DIGEST_PIPE_H
#define DIGEST_PIPE_H

#include <isokit/error.h>

/* A run of bytes to read. */
struct pipe_range {
	uint64_t offset, bytes;
};

/* Somebody who wants to see the bytes, in ascending order of their offsets. */
struct pipe_lane {
	/* False: give up, *err says why. Not called again after that. */
	bool (*feed)(void *ctx, uint64_t offset, const uint8_t *bytes, size_t n,
		     struct isokit_error *err);
	void *ctx;
};

enum { PIPE_MAX_LANES = 20 };

struct pipe_input {
	enum isokit_status (*read_at)(void *ctx, uint64_t offset, void *buffer, size_t length,
				      struct isokit_error *err);
	/* Bytes read so far; not 0: stop. May be NULL. By the caller's thread. */
	int (*progress)(void *ctx, uint64_t done);
	void *ctx;
};

/* Show the ranges (ascending, not overlapping) to all lanes, at most
 * PIPE_MAX_LANES. Where no thread can be had, the caller's does it all. Returns
 * the first failure of a read or a lane; ISOKIT_E_CANCELLED when progress said so. */
enum isokit_status pipe_run(const struct pipe_input *in, const struct pipe_range *ranges,
			    size_t n_ranges, const struct pipe_lane *lanes, size_t n_lanes,
			    struct isokit_error *err);

#endif
