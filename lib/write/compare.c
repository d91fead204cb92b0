/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is what is on a drive this image? Nothing is written. Blocks are read side by side; every
 * sector that differs is looked at, in ascending order: some have a good reason. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "write/job.h"
#include "write/mounted.h"
#include "write/suspect.h"

enum { SECTOR = 512, FEW_BITS = 16 };

struct comparison {
	pthread_mutex_t taking; /* of the next block: what is taken first gets a buffer first */
	uint64_t taken;
	pthread_mutex_t lock;   /* of all below */
	pthread_cond_t changed;
	uint64_t turn;          /* of how many blocks the outcome is known */
	struct mounted *mounted;
	uint64_t sectors;    /* that differ … */
	uint64_t by_gpt;     /* … but are as --fix-gpt writes them */
	uint64_t by_mount;
	uint64_t few_bits;
	bool ends_early;     /* the drive is smaller than the image */
	bool gpt_elsewhere;  /* what --fix-gpt writes behind the image is not there */
};

static unsigned bits_between(const uint8_t *a, const uint8_t *b, size_t n)
{
	unsigned bits = 0;

	for (size_t i = 0; i < n; i++)
		bits += (unsigned)__builtin_popcount(a[i] ^ b[i]);
	return bits;
}

/* `moved`: the image with the GPT for this drive, or NULL. */
static void compare_sectors(struct lane *l, const struct block *b, const uint8_t *bytes,
			    const uint8_t *moved)
{
	struct comparison *c = l->comparison;

	for (size_t i = 0; i < b->n; i += SECTOR) {
		size_t n = (size_t)min_u64(SECTOR, b->n - i);
		const uint8_t *is = bytes + i;

		if (memcmp(is, b->bytes + i, n) == 0)
			continue;
		if (moved && memcmp(is, moved + i, n) == 0) {
			c->by_gpt++;
			if (l->w->options.fix_gpt)
				continue;
		} else if (mounted_touches(c->mounted, b->offset + i)) {
			c->by_mount++;
		} else if (bits_between(is, b->bytes + i, n) <= FEW_BITS) {
			c->few_bits++;
		}
		c->sectors++;
		lane_add_range(l, b->offset + i, n);
	}
}

static enum isokit_status look_closely(struct lane *l, const struct block *b, const uint8_t *is,
				       struct isokit_error *err)
{
	uint8_t *moved = NULL;

	if (patches_touch(l, b->offset, b->n)) {
		moved = malloc(b->n);
		if (!moved)
			return isokit_fail_nomem(err, device_target_name(l->target), b->n);
		memcpy(moved, b->bytes, b->n);
		patches_apply(l, b->offset, moved, b->n);
	}
	compare_sectors(l, b, is, moved);
	free(moved);
	return ISOKIT_OK;
}

/* What the drive has in the place of b is read into `is`; *ret_small: it has no such place. */
static enum isokit_status read_block(const struct lane *l, const struct block *b, struct block *is,
				     bool *ret_small, struct isokit_error *err)
{
	uint64_t size = device_target_bytes(l->target);
	size_t n = (size_t)round_up(b->n, device_target_sector(l->target));

	*ret_small = !range_inside(b->offset, n, size);
	if (!*ret_small)
		return device_read_at(l->target, b->offset, is->bytes, n, err);
	return isokit_fail(err, ISOKIT_E_MISMATCH, size, device_target_name(l->target),
			   "is smaller than the image");
}

/* When the outcome of all blocks before is known. After a failure nothing is looked at. */
static void add_block(struct lane *l, const struct block *b, struct block *is, uint64_t turn)
{
	struct comparison *c = l->comparison;
	struct isokit_error why = { .status = ISOKIT_OK };
	bool small;
	enum isokit_status st = read_block(l, b, is, &small, &why);

	pthread_mutex_lock(&c->lock);
	while (c->turn != turn)
		pthread_cond_wait(&c->changed, &c->lock);
	if (!atomic_load(&l->failed)) {
		if (!st && memcmp(is->bytes, b->bytes, b->n) != 0)
			st = look_closely(l, b, is->bytes, &why);
		c->ends_early = small;
		if (st)
			lane_fail(l, st, &why);
		else
			l->result.compared_bytes += b->n;
	}
	c->turn++;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	atomic_fetch_add(&l->done, b->n);
}

/* A buffer for each block, before the next one is taken: so whoever has a turn can go on, and
 * nobody keeps buffers from other drives while there is nothing to read. */
static struct block *take_block(struct lane *l, struct block **ret_is, uint64_t *ret_turn)
{
	struct comparison *c = l->comparison;
	struct block *b;

	*ret_is = NULL;
	pthread_mutex_lock(&c->taking);
	b = queue_pop(&l->queue);
	while (b && !*ret_is && !lane_stopped(l))
		*ret_is = pool_take(&l->w->check_pool, WAIT_MS);
	if (b && !*ret_is) {
		queue_done(&l->queue, b);
		b = NULL;
	}
	if (b)
		*ret_turn = c->taken++;
	pthread_mutex_unlock(&c->taking);
	return b;
}

static void *compare_blocks(void *arg)
{
	struct lane *l = arg;
	struct block *b, *is;
	uint64_t turn;

	while ((b = take_block(l, &is, &turn))) {
		add_block(l, b, is, turn);
		block_unref(is);
		queue_done(&l->queue, b);
	}
	return NULL;
}

/* The first MiB does not come with the others. */
static enum isokit_status compare_first(struct lane *l, struct isokit_error *err)
{
	struct comparison *c = l->comparison;
	struct block *is = NULL;

	while (!is && !lane_stopped(l))
		is = pool_take(&l->w->check_pool, WAIT_MS);
	if (is)
		add_block(l, l->flow->first, is, c->taken++);
	block_unref(is);
	return lane_stops(l, err);
}

/* ---- the answer ----------------------------------------------------------------------------- */

static void explain(struct lane *l)
{
	struct comparison *c = l->comparison;
	struct isokit_write_result *r = &l->result;
	uint64_t first = r->n_differences ? r->differences[0].offset : 0;
	char a[NUMBER_BYTES], b[NUMBER_BYTES], d[NUMBER_BYTES];

	if (c->by_gpt == c->sectors) {
		r->suspect = ISOKIT_SUSPECT_MOVED_GPT;
		snprintf(r->detail, sizeof(r->detail), "only its GPT differs, and is as --fix-gpt "
			 "writes it for a drive of this size");
	} else if (c->by_mount + c->by_gpt == c->sectors) {
		r->suspect = ISOKIT_SUSPECT_WRITER;
		snprintf(r->detail, sizeof(r->detail), "only what a mount changes differs: %s",
			 mounted_words(c->mounted));
	} else if (c->few_bits + c->by_mount + c->by_gpt == c->sectors) {
		r->suspect = ISOKIT_SUSPECT_CELLS;
		snprintf(r->detail, sizeof(r->detail), "single bits differ, in %s sector%s",
			 write_number(c->few_bits, a), c->few_bits == 1 ? "" : "s");
	} else {
		r->suspect = ISOKIT_SUSPECT_OTHER;
		snprintf(r->detail, sizeof(r->detail), "%s of %s bytes differ, the first at byte %s",
			 write_number(r->different_bytes, a), write_number(r->compared_bytes, b),
			 write_number(first, d));
	}
	r->advice = suspect_advice(r->suspect, true);
}

static enum isokit_status answer(struct lane *l, struct isokit_error *err)
{
	const struct comparison *c = l->comparison;
	char a[NUMBER_BYTES], b[NUMBER_BYTES];

	if (c->sectors == 0 && !c->ends_early && !c->gpt_elsewhere) {
		l->result.state = ISOKIT_DRIVE_VERIFIED;
		return ISOKIT_OK;
	}
	l->result.state = ISOKIT_DRIVE_DIFFERS;
	if (c->sectors)
		explain(l);
	if (c->ends_early) {
		size_t n = strlen(l->result.detail);

		snprintf(l->result.detail + n, sizeof(l->result.detail) - n,
			 "%sthe drive is smaller than the image", n ? ", and " : "");
		return ISOKIT_E_MISMATCH;
	}
	if (c->sectors == 0) {
		snprintf(l->result.detail, sizeof(l->result.detail), "its GPT is not the one that "
			 "--fix-gpt writes for a drive of this size");
		return isokit_fail(err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET,
				   device_target_name(l->target), "%s", l->result.detail);
	}
	return isokit_fail(err, ISOKIT_E_MISMATCH, l->ranges[0].offset,
			   device_target_name(l->target),
			   "is not this image: %s bytes differ, the first at byte %s",
			   write_number(l->result.different_bytes, a),
			   write_number(l->ranges[0].offset, b));
}

/* ---- all of it ---------------------------------------------------------------------------------- */

static enum isokit_status compare_all(struct lane *l, struct isokit_error *err)
{
	enum isokit_status st = lane_begins(l, err);

	if (st)
		return st;
	l->comparison->mounted = mounted_new(l->target, l->flow->first);
	if (l->flow->first)
		st = compare_first(l, err);
	if (st)
		return st;
	lane_side_by_side(l, LANE_DEPTH, compare_blocks);
	st = lane_stops(l, err);
	if (!st)
		st = lane_source_ended(l, err);
	if (!st && l->w->options.fix_gpt) {
		st = patches_check_rest(l, err);
		l->comparison->gpt_elsewhere = st == ISOKIT_E_MISMATCH;
	}
	return st ? st : lane_settle(l, err);
}

enum isokit_status compare_drive(struct lane *l, struct isokit_error *err)
{
	struct comparison c = {
		.taking = PTHREAD_MUTEX_INITIALIZER,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
	};
	enum isokit_status st;

	l->comparison = &c;
	lane_phase(l, "compare", l->flow->bytes);
	st = compare_all(l, err);
	if (!st || c.ends_early || c.gpt_elsewhere)
		st = answer(l, err);
	mounted_free(c.mounted);
	l->comparison = NULL;
	pthread_cond_destroy(&c.changed);
	pthread_mutex_destroy(&c.lock);
	pthread_mutex_destroy(&c.taking);
	return st;
}
