/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of a flow while it runs, and after its end. */
#include "write/job.h"

#include "base/checked.h"
#include "base/thread.h"

bool flow_is_wanted(const struct flow *f)
{
	const struct isokit_write *w = f->w;

	if (atomic_load(&w->stop))
		return false;
	if (f->of)
		return !atomic_load(&f->lanes[0]->failed) && !flow_has_failed(f->of);
	/* Also by a lane with a reading of its own: its bytes are compared with these sums. */
	for (size_t i = 0; i < w->n_lanes; i++)
		if (w->lanes[i]->flow == f && !atomic_load(&w->lanes[i]->failed))
			return true;
	return false;
}

void flow_fail(struct flow *f, enum isokit_status st, const struct isokit_error *why)
{
	pthread_mutex_lock(&f->lock);
	if (!f->status) {
		f->status = st;
		f->error = *why;
	}
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

bool flow_has_failed(struct flow *f)
{
	bool failed;

	pthread_mutex_lock(&f->lock);
	failed = f->status != ISOKIT_OK;
	pthread_mutex_unlock(&f->lock);
	return failed;
}

enum isokit_status flow_wait(struct flow *f, struct isokit_error *err)
{
	enum isokit_status st;

	pthread_mutex_lock(&f->lock);
	while (!f->ended)
		pthread_cond_wait(&f->changed, &f->lock);
	st = f->status;
	if (st && err)
		*err = f->error;
	pthread_mutex_unlock(&f->lock);
	return st;
}

bool flow_settles(struct flow *f, unsigned wait_ms)
{
	struct timespec until = thread_moment_in(wait_ms);
	bool settled;
	int e = 0;

	pthread_mutex_lock(&f->lock);
	while (!f->settled && e == 0)
		e = pthread_cond_timedwait(&f->changed, &f->lock, &until);
	settled = f->settled;
	pthread_mutex_unlock(&f->lock);
	return settled;
}

uint32_t flow_leaves(const struct flow *f, uint64_t offset, size_t *ret_end)
{
	uint64_t end = min_u64(f->end, offset + UNITS_GROUP_BYTES);
	size_t low = 0, high = f->n_extents;
	uint32_t bits = 0;

	if (end <= offset)
		return 0;
	*ret_end = (size_t)(end - offset);
	if (!f->extents)
		return (uint32_t)((UINT64_C(1) << div_up(end - offset, UNITS_LEAF_BYTES)) - 1);
	while (low < high) { /* the first one that ends behind `offset` */
		size_t middle = low + (high - low) / 2;

		if (f->extents[middle].offset + f->extents[middle].bytes <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < f->n_extents && f->extents[low].offset < end; low++) {
		uint64_t a = max_u64(f->extents[low].offset, offset);
		uint64_t b = min_u64(f->extents[low].offset + f->extents[low].bytes, end);

		for (; a < b; a += UNITS_LEAF_BYTES)
			bits |= UINT32_C(1) << (a - offset) / UNITS_LEAF_BYTES;
	}
	return bits;
}
