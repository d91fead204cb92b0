/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of a lane while it runs, and what it waits for. */
#include "write/job.h"

#include "base/fail.h"
#include "base/thread.h"

void lane_fail(struct lane *l, enum isokit_status st, const struct isokit_error *why)
{
	pthread_mutex_lock(&l->lock);
	if (!atomic_load(&l->failed)) {
		l->error = *why;
		l->result.status = st;
		atomic_store(&l->failed, (int)st);
	}
	pthread_mutex_unlock(&l->lock);
	queue_close(&l->queue);
}

bool lane_stopped(const struct lane *l)
{
	return atomic_load(&l->failed) || atomic_load(&l->w->stop);
}

void lane_phase(struct lane *l, const char *phase, uint64_t total)
{
	atomic_store(&l->done, 0);
	atomic_store(&l->total, total);
	atomic_store(&l->phase, phase);
}

void lane_side_by_side(struct lane *l, unsigned n, void *(*work)(void *lane))
{
	pthread_t threads[LANE_DEPTH];
	unsigned started = 0;

	while (started + 1 < n && started < LANE_DEPTH &&
	       thread_start(&threads[started], work, l))
		started++;
	(void)work(l);
	while (started)
		(void)pthread_join(threads[--started], NULL);
}

void lane_add_range(struct lane *l, uint64_t offset, uint64_t bytes)
{
	struct isokit_write_result *r = &l->result;
	struct isokit_write_range *last = r->n_differences ? &l->ranges[r->n_differences - 1] : NULL;

	r->different_bytes += bytes;
	if (l->last_different == offset && r->n_different_ranges) {
		if (last && last->offset + last->bytes == offset)
			last->bytes += bytes;
	} else {
		r->n_different_ranges++;
		if (r->n_differences < LANE_RANGES)
			l->ranges[r->n_differences++] = (struct isokit_write_range){ offset, bytes };
	}
	l->last_different = offset + bytes;
}

enum isokit_status lane_begins(struct lane *l, struct isokit_error *err)
{
	bool any = queue_wait(&l->queue);
	enum isokit_status st = lane_stops(l, err);

	/* There was nothing, or it is the first MiB. */
	return st || any ? st : flow_wait(l->flow, err);
}

enum isokit_status lane_source_ended(struct lane *l, struct isokit_error *err)
{
	enum isokit_status st = flow_wait(l->flow, err);
	struct flow *own;

	pthread_mutex_lock(&l->lock);
	own = l->own;
	pthread_mutex_unlock(&l->lock);
	return st || !own ? st : flow_wait(own, err);
}

enum isokit_status lane_settle(struct lane *l, struct isokit_error *err)
{
	double began = write_clock();
	bool settled = flow_settles(l->flow, WAIT_MS);

	if (!settled)
		lane_phase(l, "hash", l->flow->end);
	for (; !settled; settled = flow_settles(l->flow, WAIT_MS))
		atomic_store(&l->done, taps_seen(l->flow));
	l->result.hash_seconds = write_clock() - began;
	return flow_wait(l->flow, err);
}

enum isokit_status lane_stops(struct lane *l, struct isokit_error *err)
{
	enum isokit_status st = (enum isokit_status)atomic_load(&l->failed);

	if (st) {
		pthread_mutex_lock(&l->lock);
		*err = l->error;
		pthread_mutex_unlock(&l->lock);
		return st;
	}
	return atomic_load(&l->w->stop) ? write_fail_cancelled(err) : ISOKIT_OK;
}

uint64_t lane_bytes(const struct lane *l)
{
	return l->target ? device_target_bytes(l->target) : l->result.drive->bytes;
}

uint32_t lane_sector(const struct lane *l)
{
	return l->target ? device_target_sector(l->target) : l->result.drive->logical_sector;
}
