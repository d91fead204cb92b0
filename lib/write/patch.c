/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes to the image that only one drive gets, since they depend on its size. While the
 * image is written they are put into its blocks, and what they cover is kept, so that what is
 * read back can be compared with the sums of the image. */
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "write/job.h"

/* The bytes that a patch and a run have in common. */
static bool common(const struct lane_patch *p, uint64_t offset, size_t n, uint64_t *ret_at,
		   size_t *ret_n)
{
	uint64_t from = max_u64(p->offset, offset);
	uint64_t to = min_u64(p->offset + p->n, offset + n);

	if (from >= to)
		return false;
	*ret_at = from;
	*ret_n = (size_t)(to - from);
	return true;
}

bool patches_touch(const struct lane *l, uint64_t offset, size_t n)
{
	uint64_t at;
	size_t some;

	for (size_t i = 0; i < l->n_patches; i++)
		if (common(&l->patches[i], offset, n, &at, &some))
			return true;
	return false;
}

void patches_apply(struct lane *l, uint64_t offset, uint8_t *bytes, size_t n)
{
	uint64_t at;
	size_t some;

	for (size_t i = 0; i < l->n_patches; i++) {
		struct lane_patch *p = &l->patches[i];

		if (!common(p, offset, n, &at, &some))
			continue;
		memcpy(p->was + (at - p->offset), bytes + (at - offset), some);
		memset(p->covered + (at - p->offset), 1, some);
		memcpy(bytes + (at - offset), p->bytes + (at - p->offset), some);
	}
}

void patches_undo(const struct lane *l, uint64_t offset, uint8_t *bytes, size_t n)
{
	uint64_t at;
	size_t some;

	for (size_t i = 0; i < l->n_patches; i++) {
		const struct lane_patch *p = &l->patches[i];

		/* Where something else stands, it stays, and differs. */
		if (!common(p, offset, n, &at, &some))
			continue;
		for (size_t k = 0; k < some; k++) {
			size_t of_patch = (size_t)(at - p->offset) + k;
			uint8_t *byte = &bytes[at - offset + k];

			if (p->covered[of_patch])
				*byte = *byte == p->bytes[of_patch] ? p->was[of_patch] :
								      (uint8_t)~p->was[of_patch];
		}
	}
}

/* ---- what lies behind the image ----------------------------------------------------------- */

/* Of what was put over a block, or will be: the first MiB comes last. */
static bool is_covered(const struct lane *l, const struct lane_patch *p, size_t i)
{
	const struct block *first = l->flow->first;

	return p->covered[i] || (first && p->offset + i < first->n);
}

static bool has_rest(const struct lane *l, const struct lane_patch *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (!is_covered(l, p, i))
			return true;
	return false;
}

/* Read the sectors that hold the patch, change what is not the image's, and write them; or
 * only compare. */
static enum isokit_status do_rest(struct lane *l, const struct lane_patch *p, struct block *b,
				  bool write, struct isokit_error *err)
{
	uint32_t sector = device_target_sector(l->target);
	uint64_t from = p->offset - p->offset % sector;
	size_t n = (size_t)(round_up(p->offset + p->n, sector) - from);
	enum isokit_status st;
	uint8_t *at = b->bytes + (p->offset - from);

	if (n > BLOCK_BYTES || !range_inside(from, n, device_target_bytes(l->target)))
		return isokit_fail(err, ISOKIT_E_INVALID, p->offset,
				   device_target_name(l->target),
				   "has no room for the changed partition table");
	st = device_read_at(l->target, from, b->bytes, n, err);
	for (size_t i = 0; i < p->n && !st; i++) {
		if (is_covered(l, p, i))
			continue;
		if (!write && at[i] != p->bytes[i])
			return isokit_fail(err, ISOKIT_E_MISMATCH, p->offset + i,
					   device_target_name(l->target),
					   "has something else than the partition table that was "
					   "written at byte %llu",
					   (unsigned long long)(p->offset + i));
		at[i] = p->bytes[i];
	}
	return st || !write ? st : device_write_at(l->target, from, b->bytes, n, err);
}

static enum isokit_status all_rests(struct lane *l, bool write, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	struct block *b = NULL;

	for (size_t i = 0; i < l->n_patches && !st; i++) {
		if (!has_rest(l, &l->patches[i]))
			continue;
		while (!b && !lane_stopped(l))
			b = pool_take(&l->w->check_pool, WAIT_MS);
		st = b ? do_rest(l, &l->patches[i], b, write, err) : write_fail_cancelled(err);
	}
	block_unref(b);
	return st;
}

enum isokit_status patches_write_rest(struct lane *l, struct isokit_error *err)
{
	return all_rests(l, true, err);
}

enum isokit_status patches_check_rest(struct lane *l, struct isokit_error *err)
{
	return all_rests(l, false, err);
}
