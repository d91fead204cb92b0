/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a drive holds, read back from the medium and compared with the sums of what was
 * read from the source. */
#include "base/checked.h"
#include "base/fail.h"
#include "write/job.h"
#include "write/suspect.h"

/* The next group to read; false: that was the last one. */
static bool take_group(struct lane *l, uint64_t *ret_group, uint32_t *ret_bits, size_t *ret_end)
{
	bool any = false;

	pthread_mutex_lock(&l->lock);
	while (!any && l->next_check < l->check_end) {
		*ret_group = l->next_check;
		*ret_bits = flow_leaves(l->flow, l->next_check, ret_end);
		any = *ret_bits != 0;
		if (!any)
			l->result.unmapped_bytes += min_u64(UNITS_GROUP_BYTES,
							    l->flow->end - l->next_check);
		l->next_check += UNITS_GROUP_BYTES;
	}
	pthread_mutex_unlock(&l->lock);
	return any;
}

static void *check_blocks(void *arg)
{
	struct isokit_error why = { .status = ISOKIT_OK };
	uint64_t leaves[UNITS_LEAVES], group;
	enum isokit_status st = ISOKIT_OK;
	struct lane *l = arg;
	uint32_t bits, differ;
	size_t end;

	while (!st && !lane_stopped(l) && take_group(l, &group, &bits, &end)) {
		struct block *b = NULL;

		while (!b && !lane_stopped(l))
			b = pool_take(&l->w->check_pool, WAIT_MS);
		if (!b)
			break;
		st = check_read(l, group, bits, end, b, leaves, &why);
		differ = st ? 0 : units_compare(&l->flow->units, group, leaves) & bits;
		if (differ)
			suspect_add(l->suspect, group, differ, l->flow->end);
		block_unref(b);
		if (st)
			lane_fail(l, st, &why);
		pthread_mutex_lock(&l->lock);
		l->result.compared_bytes += st ? 0 : end;
		pthread_mutex_unlock(&l->lock);
		atomic_fetch_add(&l->done, end);
	}
	return NULL;
}

void check_groups(struct lane *l, uint64_t from, uint64_t to)
{
	l->next_check = from;
	l->check_end = to;
	lane_side_by_side(l, to - from > UNITS_GROUP_BYTES ? LANE_DEPTH : 1, check_blocks);
}
