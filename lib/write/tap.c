/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Those who see all bytes of a flow, in order. A checksum is one chain, and a drive may be faster:
 * where the image is a file that costs nothing to read again, a tap that others wait for lets go
 * of its blocks, reads for itself what was read already, and may go on while drives are read back.
 * Its bytes are held against the sums of those that were written: they are the same ones. */
#include <sys/stat.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/thread.h"
#include "write/job.h"

void flow_add_tap(struct flow *f, const struct tap *tap)
{
	struct tap *t = &f->taps[f->n_taps++];

	*t = *tap;
	t->flow = f;
	(void)queue_start(&t->queue);
}

/* ---- again -------------------------------------------------------------------------------- */

/* The whole image, as bytes of one file that the kernel keeps in memory if it can; or NULL. */
static struct isokit_source *readable_again(const struct flow *f)
{
	struct isokit_source *src = f->src ? f->src : f->w->stream ? NULL : f->w->payload;
	struct isokit_location at;
	struct stat info;

	if (!src || f->of || f->extents || isokit_source_size(src) == 0)
		return NULL;
	isokit_source_locate(src, 0, isokit_source_size(src), &at);
	return at.where == ISOKIT_WHERE_FD && at.length >= isokit_source_size(src) &&
	       fstat(at.fd, &info) == 0 && S_ISREG(info.st_mode) ? src : NULL;
}

/* Up to where may a tap read again what begins at `at`? There, when no more will come. */
static uint64_t wait_for_sums(struct flow *f, uint64_t at)
{
	uint64_t to;

	pthread_mutex_lock(&f->lock);
	while (f->summed <= at && !f->ended && !f->status)
		pthread_cond_wait(&f->changed, &f->lock);
	to = f->status ? at : max_u64(f->summed, at);
	pthread_mutex_unlock(&f->lock);
	return to;
}

/* Up to `to`, all of a group, into `b`: is it what was written? */
static enum isokit_status read_leaves(struct tap *t, struct block *b, uint64_t from, uint64_t to,
				      struct isokit_error *err)
{
	uint64_t leaves[UNITS_LEAVES] = { 0 };
	struct flow *f = t->flow;
	enum isokit_status st = ISOKIT_OK;
	uint32_t differ;

	b->offset = from;
	for (unsigned i = 0; from + b->n < to && !st; i++) {
		size_t n = (size_t)min_u64(UNITS_LEAF_BYTES, to - from - b->n);

		st = isokit_source_read_at(f->again, from + b->n, b->bytes + b->n, n, err);
		if (!st)
			leaves[i] = units_sum(b->bytes + b->n, n);
		b->n += n;
	}
	if (st)
		return st;
	pthread_mutex_lock(&f->lock);
	differ = units_compare(&f->units, from, leaves);
	pthread_mutex_unlock(&f->lock);
	return differ ? write_fail_changed(f->w, err) : ISOKIT_OK;
}

static enum isokit_status read_again(struct tap *t, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	uint64_t at = t->from, to;

	while (!st && (to = wait_for_sums(t->flow, at)) > at) {
		struct block *b = NULL;

		to = min_u64(to, at + UNITS_GROUP_BYTES);
		while (!b && flow_is_wanted(t->flow) && !flow_has_failed(t->flow))
			b = pool_take(&t->pool, WAIT_MS);
		st = b ? read_leaves(t, b, at, to, err) : write_fail_cancelled(err);
		if (!st)
			queue_push(&t->queue, b);
		block_unref(b);
		at = to;
	}
	return st;
}

static void *lag(void *arg)
{
	struct isokit_error why = { .status = ISOKIT_OK };
	struct tap *t = arg;
	enum isokit_status st = read_again(t, &why);

	if (st)
		flow_fail(t->flow, st, &why);
	return NULL;
}

static void let_go(struct tap *t)
{
	if (!pool_start(&t->pool, LAG_BLOCKS))
		return; /* then they wait */
	t->from = queue_drop(&t->queue);
	t->lags = t->from != UINT64_MAX;
	if (!t->lags) {
		pool_end(&t->pool);
	} else if (!thread_start(&t->reader, lag, t)) {
		struct isokit_error why;

		t->lags = false;
		flow_fail(t->flow, write_fail_thread(&why), &why);
	}
}

bool taps_may_lag(const struct flow *f)
{
	for (size_t i = 0; i < f->n_taps; i++)
		if (f->again && !f->taps[i].lags)
			return true;
	return false;
}

void taps_lag(struct flow *f)
{
	unsigned most = 0;

	for (size_t i = 0; i < f->n_lanes; i++)
		most = (unsigned)max_u64(most, queue_load(&f->lanes[i]->queue));
	for (size_t i = 0; i < f->n_taps; i++)
		if (f->again && !f->taps[i].lags && queue_load(&f->taps[i].queue) > most)
			let_go(&f->taps[i]);
}

uint64_t taps_seen(const struct flow *f)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < f->n_taps; i++)
		least = min_u64(least, atomic_load(&f->taps[i].seen));
	return least;
}

/* ---- the thread --------------------------------------------------------------------------- */

static void *work(void *arg)
{
	struct tap *t = arg;
	struct isokit_error why = { .status = ISOKIT_E_NOMEM };
	struct block *b;

	while ((b = queue_pop(&t->queue))) {
		uint64_t to = b->offset + b->n;
		bool ok = t->see(t->ctx, b->offset, b->bytes, b->n, &why);

		queue_done(&t->queue, b);
		atomic_store(&t->seen, to);
		if (!ok) {
			flow_fail(t->flow, why.status, &why);
			queue_close(&t->queue);
		}
	}
	return NULL;
}

enum isokit_status taps_start(struct flow *f, struct isokit_error *err)
{
	f->again = readable_again(f);
	for (size_t i = 0; i < f->n_taps; i++) {
		struct tap *t = &f->taps[i];

		t->started = thread_start(&t->thread, work, t);
		if (!t->started)
			return write_fail_thread(err);
	}
	return ISOKIT_OK;
}

void taps_end(struct flow *f)
{
	struct isokit_error why = { .status = ISOKIT_E_NOMEM };

	for (size_t i = 0; i < f->n_taps; i++) {
		struct tap *t = &f->taps[i];

		if (flow_has_failed(f))
			queue_close(&t->queue);
		if (t->lags)
			(void)pthread_join(t->reader, NULL);
		queue_end(&t->queue);
		if (t->started)
			(void)pthread_join(t->thread, NULL);
		t->started = t->lags = false;
	}
	for (size_t i = 0; i < f->n_taps; i++)
		if (f->taps[i].finish && !flow_has_failed(f) &&
		    !f->taps[i].finish(f->taps[i].ctx, &why))
			flow_fail(f, why.status, &why);
}

void taps_free(struct flow *f)
{
	for (size_t i = 0; i < f->n_taps; i++) {
		struct tap *t = &f->taps[i];

		if (t->started) {
			queue_close(&t->queue);
			(void)pthread_join(t->thread, NULL);
		}
		queue_finish(&t->queue);
		pool_end(&t->pool);
		if (t->free)
			t->free(t->ctx);
	}
}
