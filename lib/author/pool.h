/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same for many items, by several threads. */
#ifndef AUTHOR_POOL_H
#define AUTHOR_POOL_H

#include <isokit/author.h>

enum { POOL_MAX_THREADS = 16 };

struct pool {
	unsigned threads; /* 0: by the number of CPUs */
	size_t n;         /* items 0 to n - 1, begun in this order */
	/* By worker number `worker` (below POOL_MAX_THREADS); a failure stops all. */
	enum isokit_status (*work)(void *ctx, unsigned worker, size_t item,
				   struct isokit_error *err);
	void *ctx;
};

/* The first failure, or ISOKIT_OK when every item is done. */
enum isokit_status pool_run(const struct pool *pool, struct isokit_error *err);

#endif
