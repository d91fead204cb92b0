/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one drive goes through. Its order is what keeps an unfinished drive from booting. */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/thread.h"
#include "write/job.h"
#include "write/suspect.h"

enum { DESCRIPTORS_END = 64 * 1024 }; /* those of ISO 9660 and UDF, of a disc, end before */

enum isokit_status lane_new(struct isokit_write *w, struct lane **ret, struct isokit_error *err)
{
	struct lane *l = calloc(1, sizeof(*l));

	if (!l || pthread_mutex_init(&l->lock, NULL) != 0) {
		free(l);
		return isokit_fail_nomem(err, NULL, sizeof(*l));
	}
	if (!queue_start(&l->queue) || !(l->suspect = suspect_new())) {
		pthread_mutex_destroy(&l->lock);
		free(l);
		return isokit_fail_nomem(err, NULL, sizeof(*l));
	}
	l->w = w;
	l->result.differences = l->ranges;
	l->result.advice = "";
	atomic_store(&l->phase, "prepare");
	*ret = l;
	return ISOKIT_OK;
}

void lane_free(struct lane *l)
{
	if (!l)
		return;
	flow_free(l->own);
	device_release(l->target);
	for (size_t i = 0; i < l->n_patches; i++) {
		free(l->patches[i].bytes);
		free(l->patches[i].was);
		free(l->patches[i].covered);
	}
	free(l->patches);
	queue_finish(&l->queue);
	suspect_free(l->suspect);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

/* ---- the body ----------------------------------------------------------------------------- */

static enum isokit_status fail_small(const struct lane *l, struct isokit_error *err)
{
	char size[NUMBER_BYTES];

	return isokit_fail(err, ISOKIT_E_LIMIT, device_target_bytes(l->target),
			   device_target_name(l->target),
			   "has only %s bytes, and the image goes on: take a larger one",
			   write_number(device_target_bytes(l->target), size));
}

/* Zeros that the drive makes itself. Only what is read back afterwards: there are drives
 * that say they did. */
static bool make_zeros(struct lane *l, const struct block *b, uint64_t at, size_t n)
{
	if (!b->zeros || l->w->options.no_verify || atomic_load(&l->no_zeroing))
		return false;
	if (device_zero(l->target, at, n, NULL) == ISOKIT_OK)
		return true;
	atomic_store(&l->no_zeroing, true);
	return false;
}

/* The bytes of a block from `from` to before `to`; `from` is whole sectors. */
static enum isokit_status put(struct lane *l, struct block *b, size_t from, size_t to,
			      struct isokit_error *err)
{
	size_t n = (size_t)round_up(to - from, device_target_sector(l->target));
	uint64_t at = b->offset + from;
	bool patched = patches_touch(l, at, to - from), zeroed = false;
	enum isokit_status st = ISOKIT_OK;
	struct block *copy = NULL;

	if (!range_inside(at, n, device_target_bytes(l->target)))
		return fail_small(l, err);
	if (patched) {
		/* Others read the block as it is. */
		while (!copy && !lane_stopped(l))
			copy = pool_take(&l->w->check_pool, WAIT_MS);
		if (!copy)
			return write_fail_cancelled(err);
		memcpy(copy->bytes, b->bytes + from, n);
		patches_apply(l, at, copy->bytes, to - from);
		st = device_write_at(l->target, at, copy->bytes, n, err);
		block_unref(copy);
	} else {
		zeroed = make_zeros(l, b, at, n);
		if (!zeroed)
			st = device_write_at(l->target, at, b->bytes + from, n, err);
	}
	if (st)
		return st;
	pthread_mutex_lock(&l->lock);
	if (zeroed)
		l->result.skipped_bytes += to - from;
	else
		l->result.written_bytes += to - from;
	pthread_mutex_unlock(&l->lock);
	return ISOKIT_OK;
}

static void *write_blocks(void *arg)
{
	struct isokit_error why = { .status = ISOKIT_OK };
	struct lane *l = arg;
	struct block *b;

	while ((b = queue_pop(&l->queue))) {
		size_t n = b->n;
		enum isokit_status st = l->target ? put(l, b, 0, n, &why) : ISOKIT_OK;

		queue_done(&l->queue, b);
		if (st) {
			lane_fail(l, st, &why);
			break;
		}
		atomic_fetch_add(&l->done, n);
	}
	return NULL;
}

/* ---- the first MiB -------------------------------------------------------------------------- */

/* From its end to its beginning, each part on the medium before the next: descriptors of a disc
 * come after what they lead to, and MBR and header of a GPT, in sectors 0 and 1, after all else. */
static enum isokit_status put_first(struct lane *l, struct isokit_error *err)
{
	const size_t heads = max_u64(4096, 2 * (uint64_t)device_target_sector(l->target));
	const size_t parts[] = { DESCRIPTORS_END, heads, 0 };
	struct block *first = l->flow->first;
	size_t to = first ? first->n : 0;
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && !st; i++) {
		if (parts[i] >= to)
			continue;
		l->blank = parts[i] > 0;
		st = put(l, first, parts[i], to, err);
		to = parts[i];
		if (!st)
			st = device_flush(l->target, err);
	}
	return st;
}

/* What turned out to be wrong must not begin like an image. */
static void blank_first(struct lane *l)
{
	size_t n = (size_t)min_u64(BLOCK_BYTES, device_target_bytes(l->target));
	struct block *b = pool_take(&l->w->check_pool, 0);
	void *own = NULL, *zeros = b ? b->bytes : NULL;

	/* Other drives may hold all blocks for as long as they like. */
	if (!zeros && posix_memalign(&own, BLOCK_ALIGNMENT, n) == 0)
		zeros = own;
	if (!zeros)
		return;
	memset(zeros, 0, n);
	if (device_write_at(l->target, 0, zeros, n, NULL) == ISOKIT_OK &&
	    device_flush(l->target, NULL) == ISOKIT_OK)
		l->blank = true;
	free(own);
	block_unref(b);
}

/* ---- all of it -------------------------------------------------------------------------------- */

static enum isokit_status fill(struct lane *l, struct isokit_error *err)
{
	enum isokit_status st;

	/* A source of which nothing can be read does a drive no harm. */
	st = lane_begins(l, err);
	if (!st && l->target) {
		if (!l->w->options.no_verify)
			suspect_look_before(l->suspect, l->target);
		lane_phase(l, "wipe", 0);
		l->result.state = ISOKIT_DRIVE_PARTIAL;
		st = device_wipe(l->target, err);
		l->blank = !st;
		if (st)
			blank_first(l); /* it may have been the other end that failed */
	}
	if (st)
		return st;
	lane_phase(l, "write", l->flow->bytes);
	lane_side_by_side(l, LANE_DEPTH, write_blocks);
	st = lane_source_ended(l, err);
	if (!st)
		st = lane_stops(l, err);
	if (!st && l->target)
		st = patches_write_rest(l, err);
	if (!st && l->target) {
		lane_phase(l, "flush", 0);
		st = device_flush(l->target, err);
	}
	return st;
}

static enum isokit_status look_at_body(struct lane *l, struct isokit_error *err)
{
	enum isokit_status st;

	if (l->w->options.no_verify)
		return ISOKIT_OK;
	lane_phase(l, "verify", l->flow->extents ? l->flow->bytes : l->flow->end);
	check_groups(l, UNITS_GROUP_BYTES, l->flow->end);
	st = lane_stops(l, err);
	if (!st)
		st = patches_check_rest(l, err);
	return st ? st : suspect_found(l->suspect) ? ISOKIT_E_MISMATCH : ISOKIT_OK;
}

static enum isokit_status end_with_first(struct lane *l, struct isokit_error *err)
{
	enum isokit_status st;

	lane_phase(l, "finish", 0);
	/* What was judged, and perhaps summed, is what was written. */
	st = write_file_same(l->w, false, err);
	if (!st)
		st = put_first(l, err);
	if (!st)
		l->result.state = ISOKIT_DRIVE_WRITTEN;
	if (!st && !l->w->options.no_verify) {
		check_groups(l, 0, min_u64(UNITS_GROUP_BYTES, l->flow->end));
		st = lane_stops(l, err);
		if (!st && suspect_found(l->suspect))
			st = ISOKIT_E_MISMATCH;
		if (!st)
			l->result.state = ISOKIT_DRIVE_VERIFIED;
	}
	if (st) {
		blank_first(l);
		l->result.state = ISOKIT_DRIVE_PARTIAL;
	}
	return st;
}

static void write_drive(struct lane *l)
{
	struct isokit_error why = { .status = ISOKIT_OK };
	double began = write_clock(), middle;
	enum isokit_status st = fill(l, &why);

	middle = write_clock();
	l->result.write_seconds = middle - began;
	if (!st && l->target)
		st = look_at_body(l, &why);
	if (!st)
		st = lane_settle(l, &why);
	if (!st && l->target)
		st = end_with_first(l, &why);
	l->result.verify_seconds = write_clock() - middle - l->result.hash_seconds;
	if (st == ISOKIT_E_MISMATCH && suspect_found(l->suspect)) {
		l->result.state = ISOKIT_DRIVE_DIFFERS;
		suspect_judge(l, &why);
		l->blank = false;
		blank_first(l); /* a drive that wraps around has other things there now */
	}
	if (!st && l->target)
		/* The kernel may see the partitions later: that is no failure. */
		(void)device_reread(l->target, NULL);
	if (st)
		lane_fail(l, st, &why);
}

static void compare(struct lane *l)
{
	struct isokit_error why = { .status = ISOKIT_OK };
	double began = write_clock();
	enum isokit_status st = compare_drive(l, &why);

	l->result.verify_seconds = write_clock() - began - l->result.hash_seconds;
	if (!st)
		st = lane_stops(l, &why);
	if (st)
		lane_fail(l, st, &why);
}

static void probe(struct lane *l)
{
	struct isokit_error why = { .status = ISOKIT_OK };
	enum isokit_status st = l->target ? probe_drive(l, &why) : ISOKIT_OK;

	if (st)
		lane_fail(l, st, &why);
}

/* An error of a drive that is not there any more has a plain reason. */
static void explain_loss(struct lane *l)
{
	struct isokit_error gone;

	if (l->target && atomic_load(&l->failed) == ISOKIT_E_IO &&
	    device_still_there(l->target, &gone) != ISOKIT_OK)
		(void)isokit_fail(&l->error, ISOKIT_E_IO, l->error.offset,
				  device_target_name(l->target),
				  "%s: it was pulled out, or its cable or port failed", gone.text);
}

static void *work(void *arg)
{
	struct lane *l = arg;

	if (l->w->options.mode == ISOKIT_WRITE_COMPARE)
		compare(l);
	else if (l->w->options.mode == ISOKIT_WRITE_PROBE)
		probe(l);
	else
		write_drive(l);
	explain_loss(l);
	queue_close(&l->queue);
	lane_phase(l, "done", 0);
	pthread_mutex_lock(&l->w->lock);
	atomic_store(&l->finished, true);
	pthread_cond_signal(&l->w->lane_ended);
	pthread_mutex_unlock(&l->w->lock);
	return NULL;
}

bool lane_start(struct lane *l)
{
	l->started = thread_start(&l->thread, work, l);
	return l->started;
}
