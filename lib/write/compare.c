/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is what is on a drive this image? Nothing is written. Every sector that differs is looked
 * at, in ascending order: some have a good reason. */
#include <stdio.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "write/job.h"
#include "write/mounted.h"
#include "write/suspect.h"

enum { SECTOR = 512, FEW_BITS = 16 };

struct comparison {
	struct lane *l;
	struct block *is, *moved; /* moved: the image with the GPT for this drive */
	struct mounted *mounted;
	uint64_t sectors;    /* that differ … */
	uint64_t by_gpt;     /* … but are as --fix-gpt writes them */
	uint64_t by_mount;
	uint64_t few_bits;
	bool ends_early;     /* the drive is smaller than the image */
};

static unsigned bits_between(const uint8_t *a, const uint8_t *b, size_t n)
{
	unsigned bits = 0;

	for (size_t i = 0; i < n; i++)
		bits += (unsigned)__builtin_popcount(a[i] ^ b[i]);
	return bits;
}

static void compare_sectors(struct comparison *c, const struct block *b)
{
	bool moved = patches_touch(c->l, b->offset, b->n);

	if (moved) {
		memcpy(c->moved->bytes, b->bytes, b->n);
		patches_apply(c->l, b->offset, c->moved->bytes, b->n);
	}
	for (size_t i = 0; i < b->n; i += SECTOR) {
		size_t n = (size_t)min_u64(SECTOR, b->n - i);
		const uint8_t *is = c->is->bytes + i;

		if (memcmp(is, b->bytes + i, n) == 0)
			continue;
		if (moved && memcmp(is, c->moved->bytes + i, n) == 0) {
			c->by_gpt++;
			if (c->l->w->options.fix_gpt)
				continue;
		} else if (mounted_touches(c->mounted, b->offset + i)) {
			c->by_mount++;
		} else if (bits_between(is, b->bytes + i, n) <= FEW_BITS) {
			c->few_bits++;
		}
		c->sectors++;
		lane_add_range(c->l, b->offset + i, n);
	}
}

static enum isokit_status compare_block(struct comparison *c, const struct block *b,
					struct isokit_error *err)
{
	struct lane *l = c->l;
	uint64_t size = device_target_bytes(l->target);
	size_t n = (size_t)round_up(b->n, device_target_sector(l->target));
	enum isokit_status st;

	if (!range_inside(b->offset, n, size)) {
		/* What the drive cannot hold is different. */
		c->ends_early = true;
		return isokit_fail(err, ISOKIT_E_MISMATCH, size, device_target_name(l->target),
				   "is smaller than the image");
	}
	st = device_read_at(l->target, b->offset, c->is->bytes, n, err);
	if (st)
		return st;
	if (memcmp(c->is->bytes, b->bytes, b->n) != 0)
		compare_sectors(c, b);
	l->result.compared_bytes += b->n;
	atomic_fetch_add(&l->done, b->n);
	return ISOKIT_OK;
}

/* ---- the answer ----------------------------------------------------------------------------- */

static void explain(struct comparison *c)
{
	struct isokit_write_result *r = &c->l->result;
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

static enum isokit_status answer(struct comparison *c, struct isokit_error *err)
{
	struct lane *l = c->l;
	char a[NUMBER_BYTES], b[NUMBER_BYTES];

	if (c->sectors == 0 && !c->ends_early) {
		l->result.state = ISOKIT_DRIVE_VERIFIED;
		return ISOKIT_OK;
	}
	l->result.state = ISOKIT_DRIVE_DIFFERS;
	if (c->sectors)
		explain(c);
	if (c->ends_early)
		return ISOKIT_E_MISMATCH;
	return isokit_fail(err, ISOKIT_E_MISMATCH, l->ranges[0].offset,
			   device_target_name(l->target),
			   "is not this image: %s bytes differ, the first at byte %s",
			   write_number(l->result.different_bytes, a),
			   write_number(l->ranges[0].offset, b));
}

/* ---- all of it ---------------------------------------------------------------------------------- */

static enum isokit_status take_blocks(struct comparison *c, struct isokit_error *err)
{
	struct lane *l = c->l;
	enum isokit_status st = ISOKIT_OK;
	struct block *b;

	(void)queue_wait(&l->queue);
	if (flow_has_ended(l->flow))
		st = flow_wait(l->flow, err);
	c->mounted = st ? NULL : mounted_new(l->target, l->flow->first);
	if (!st && l->flow->first)
		st = compare_block(c, l->flow->first, err);
	while (!st && (b = queue_pop(&l->queue))) {
		st = compare_block(c, b, err);
		queue_done(&l->queue, b);
	}
	if (!st)
		st = lane_source_ended(l, err);
	if (!st && l->w->options.fix_gpt)
		st = patches_check_rest(l, err);
	return st;
}

enum isokit_status compare_drive(struct lane *l, struct isokit_error *err)
{
	struct comparison c = { .l = l };
	enum isokit_status st = ISOKIT_OK;

	lane_phase(l, "compare", l->flow->bytes);
	while (!(c.is = c.is ? c.is : pool_take(&l->w->check_pool, WAIT_MS)) ||
	       !(c.moved = pool_take(&l->w->check_pool, WAIT_MS)))
		if (lane_stopped(l)) {
			st = write_fail_cancelled(err);
			break;
		}
	if (!st)
		st = take_blocks(&c, err);
	if (!st || c.ends_early)
		st = answer(&c, err);
	mounted_free(c.mounted);
	block_unref(c.is);
	block_unref(c.moved);
	return st;
}
