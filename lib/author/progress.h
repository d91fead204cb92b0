/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a build is. */
#ifndef AUTHOR_PROGRESS_H
#define AUTHOR_PROGRESS_H

#include <isokit/author.h>

/* Says how far a step is; not 0 cancels. */
struct author_progress {
	isokit_build_progress_fn tell; /* may be NULL */
	void *ctx;
	const char *phase;
	uint64_t total;
};

static inline int author_tell(const struct author_progress *p, uint64_t done)
{
	struct isokit_build_progress now = { .phase = p->phase, .done = done, .total = p->total };

	return p->tell ? p->tell(p->ctx, &now) : 0;
}

#endif
