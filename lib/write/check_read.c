/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leaves of a drive, read back and summed. */
#include "write/job.h"

#include "base/checked.h"

/* Sums of the leaves of a group, as it stands in `b`. */
static void sum_leaves(const uint8_t *bytes, uint32_t bits, size_t end,
		       uint64_t leaves[UNITS_LEAVES])
{
	for (unsigned i = 0; i < UNITS_LEAVES; i++) {
		size_t at = (size_t)i * UNITS_LEAF_BYTES;

		leaves[i] = bits & UINT32_C(1) << i ?
				    units_sum(bytes + at,
					      (size_t)min_u64(UNITS_LEAF_BYTES, end - at)) : 0;
	}
}

enum isokit_status check_read(struct lane *l, uint64_t group, uint32_t bits, size_t end,
			      struct block *b, uint64_t leaves[UNITS_LEAVES],
			      struct isokit_error *err)
{
	size_t from = (size_t)__builtin_ctz(bits) * UNITS_LEAF_BYTES;
	size_t last = (size_t)(32 - __builtin_clz(bits)) * UNITS_LEAF_BYTES;
	size_t to = (size_t)round_up(min_u64(last, end), device_target_sector(l->target));
	enum isokit_status st = device_read_at(l->target, group + from, b->bytes + from,
					       to - from, err);

	if (st)
		return st;
	b->offset = group;
	patches_undo(l, group + from, b->bytes + from, to - from);
	sum_leaves(b->bytes, bits, end, leaves);
	return ISOKIT_OK;
}
