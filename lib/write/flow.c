/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One reading for many: blocks are read in order, once (fetch.c), and go to every lane and
 * every tap. There are so many blocks and no more; who is slow holds them until none is free. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "base/thread.h"
#include "write/compose.h"
#include "write/job.h"

/* A lane that others have waited for so long gets a reading of its own. */
static const double STALL_SECONDS = 2.0, STALL_PART = 0.1;

/* ---- those who are slow ---------------------------------------------------------------------- */

/* The lane that all others wait for: it has most of the blocks, and somebody has none. */
static struct lane *slowest(const struct flow *f)
{
	struct lane *slow = NULL;
	unsigned most = 0;
	bool idle = false;

	for (size_t i = 0; i < f->n_lanes; i++) {
		struct lane *l = f->lanes[i];
		unsigned load;

		if (atomic_load(&l->failed))
			continue;
		load = queue_load(&l->queue);
		idle = idle || load == 0;
		if (load > most) {
			most = load;
			slow = l;
		}
	}
	return idle ? slow : NULL;
}

static bool may_part(const struct flow *f, const struct lane *slow)
{
	const struct isokit_write *w = f->w;
	unsigned most = f->src || w->payload ? OWN_READINGS : 1;

	return !f->of && !w->plan.streamed && f->own_readings < most &&
	       slow->stalled > STALL_SECONDS &&
	       slow->stalled > STALL_PART * (write_clock() - f->began);
}

/* From `next` on, or from what waits for it, the lane reads for itself. */
static void part(struct flow *f, struct lane *l, uint64_t next)
{
	struct flow *own;
	size_t i = 0;

	if (flow_new(f->w, &own, NULL) != ISOKIT_OK)
		return;
	if (!pool_start(&own->own_pool, OWN_BLOCKS) || !flow_add_lane(own, l)) {
		flow_free(own);
		return;
	}
	own->pool = &own->own_pool;
	own->of = f;
	own->src = f->src;
	own->extents = f->extents;
	own->n_extents = f->n_extents;
	own->bytes = f->bytes;
	own->from = min_u64(queue_drop(&l->queue), next);
	while (f->lanes[i] != l)
		i++;
	memmove(f->lanes + i, f->lanes + i + 1, (f->n_lanes - i - 1) * sizeof(*f->lanes));
	f->n_lanes--;
	f->own_readings++;
	pthread_mutex_lock(&l->lock);
	l->own = own;
	pthread_mutex_unlock(&l->lock);
	if (flow_start(own, &own->error) != ISOKIT_OK) {
		own->status = own->error.status;
		own->ended = true;
		lane_fail(l, own->status, &own->error);
	}
}

/* The next block that was fetched. NULL and not *ret_over: nobody wants more. */
static struct block *next_block(struct flow *f, bool *ret_over)
{
	struct block *b = queue_pop_soon(&f->fetched, 0, ret_over);

	while (!b && !*ret_over && flow_is_wanted(f)) {
		uint64_t next = atomic_load(&f->wanting);
		struct lane *slow = next == FLOW_WANTS_NONE ? NULL : slowest(f);
		double since = write_clock();

		if (next != FLOW_WANTS_NONE)
			taps_lag(f);
		b = queue_pop_soon(&f->fetched, taps_may_lag(f) ? LAG_MS : WAIT_MS, ret_over);
		if (!slow)
			continue;
		slow->stalled += write_clock() - since;
		if (!*ret_over && may_part(f, slow))
			part(f, slow, b ? b->offset : next);
	}
	return b;
}

/* ---- blocks ------------------------------------------------------------------------------- */

static void publish(struct flow *f, struct block *b)
{
	for (size_t i = 0; i < f->n_taps; i++)
		if (!f->taps[i].lags)
			queue_push(&f->taps[i].queue, b);
	if (b->only_hash)
		return;
	if (b->offset < BLOCK_BYTES) {
		block_ref(b);
		f->first = b;
		return;
	}
	for (size_t i = 0; i < f->n_lanes; i++)
		queue_push(&f->lanes[i]->queue, b);
}

/* What is known of a block before others see it. */
static enum isokit_status sum_up(struct flow *f, struct block *b, struct isokit_error *err)
{
	size_t padded = (size_t)round_up(b->n, BLOCK_ALIGNMENT);
	bool ok = true;

	memset(b->bytes + b->n, 0, padded - b->n);
	b->zeros = !b->only_hash && all_zero(b->bytes, b->n);
	if (!b->only_hash && !f->of) {
		pthread_mutex_lock(&f->lock);
		ok = units_add(&f->units, b->offset, b->bytes, b->n);
		f->summed = f->units.group * UNITS_GROUP_BYTES;
		pthread_cond_broadcast(&f->changed);
		pthread_mutex_unlock(&f->lock);
	}
	return ok ? ISOKIT_OK : isokit_fail_nomem(err, intake_name(f->intake), 0);
}

static enum isokit_status pour(struct flow *f, uint64_t *ret_end, struct isokit_error *err)
{
	enum isokit_status st = flow_fetch(f, err);
	bool over = false;
	struct block *b;

	*ret_end = 0;
	while (!st && (b = next_block(f, &over))) {
		st = flow_has_failed(f) || !flow_is_wanted(f) ? write_fail_cancelled(err) :
								sum_up(f, b, err);
		if (!st) {
			*ret_end = b->offset + b->n;
			publish(f, b);
		}
		queue_done(&f->fetched, b);
	}
	if (!st && !over)
		st = write_fail_cancelled(err);
	return st ? (flow_fetched(f, NULL), st) : flow_fetched(f, err);
}

/* ---- the thread --------------------------------------------------------------------------- */

/* Taps that lag compare with them at the same time. */
static bool end_units(struct flow *f)
{
	bool ok;

	pthread_mutex_lock(&f->lock);
	ok = units_end(&f->units);
	pthread_mutex_unlock(&f->lock);
	return ok;
}

static void *work(void *arg)
{
	struct flow *f = arg;
	struct isokit_error why = { .status = ISOKIT_OK };
	uint64_t end = 0;
	enum isokit_status st = f->src ? intake_of_source(f->src, 0, &f->intake, &why) :
					 write_open_intake(f->w, &f->intake, &why);

	f->began = write_clock();
	if (!st)
		st = pour(f, &end, &why);
	if (!st && !f->src && f->w->stream && !f->extents)
		st = judge_end(f->w, end, &why);
	if (!st && !f->src && !f->of)
		st = rawsums_end(f->w, &why);
	intake_close(f->intake);
	f->intake = NULL;
	if (!st && !f->of && !end_units(f))
		st = isokit_fail_nomem(&why, f->w->path, 0);
	if (st)
		flow_fail(f, st, &why);
	for (size_t i = 0; i < f->n_lanes; i++) {
		if (st)
			queue_close(&f->lanes[i]->queue);
		queue_end(&f->lanes[i]->queue);
	}
	pthread_mutex_lock(&f->lock);
	f->end = f->summed = end;
	f->ended = true;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
	taps_end(f);
	pthread_mutex_lock(&f->lock);
	f->settled = true;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

enum isokit_status flow_start(struct flow *f, struct isokit_error *err)
{
	enum isokit_status st = taps_start(f, err);

	if (!st) {
		f->started = thread_start(&f->thread, work, f);
		if (!f->started)
			st = write_fail_thread(err);
	}
	return st;
}

enum isokit_status flow_new(struct isokit_write *w, struct flow **ret, struct isokit_error *err)
{
	struct flow *f = calloc(1, sizeof(*f));

	if (!f || pthread_mutex_init(&f->lock, NULL) != 0) {
		free(f);
		return isokit_fail_nomem(err, w->path, sizeof(*f));
	}
	if (!thread_cond_start(&f->changed)) {
		pthread_mutex_destroy(&f->lock);
		free(f);
		return isokit_fail_nomem(err, w->path, sizeof(*f));
	}
	if (!queue_start(&f->fetched)) {
		pthread_cond_destroy(&f->changed);
		pthread_mutex_destroy(&f->lock);
		free(f);
		return isokit_fail_nomem(err, w->path, sizeof(*f));
	}
	f->w = w;
	atomic_store(&f->wanting, FLOW_WANTS_NONE);
	*ret = f;
	return ISOKIT_OK;
}

bool flow_add_lane(struct flow *f, struct lane *l)
{
	struct lane **more = realloc(f->lanes, (f->n_lanes + 1) * sizeof(*more));

	if (!more)
		return false;
	f->lanes = more;
	f->lanes[f->n_lanes++] = l;
	return true;
}

void flow_stop(struct flow *f)
{
	if (f->started)
		(void)pthread_join(f->thread, NULL);
	f->started = false;
}

void flow_free(struct flow *f)
{
	if (!f)
		return;
	flow_stop(f);
	taps_free(f);
	queue_finish(&f->fetched);
	block_unref(f->first);
	pool_end(&f->own_pool);
	units_free(&f->units);
	if (!f->of) {
		compose_end(f);
		free(f->extents);
	}
	free(f->lanes);
	pthread_cond_destroy(&f->changed);
	pthread_mutex_destroy(&f->lock);
	free(f);
}
