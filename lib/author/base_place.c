/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a file of the base lies in it. */
#include "author/base.h"

#include "base/checked.h"

bool base_place_of(const struct isokit_entry *e, uint32_t block_bytes, uint64_t *ret_at)
{
	return e->type == ISOKIT_FILE && e->n_extents && e->extents[0].bytes &&
	       e->extents[0].lba != ISOKIT_HOLE &&
	       mul_u64(e->extents[0].lba, block_bytes, ret_at) &&
	       add_u64(*ret_at, e->extents[0].skip_bytes, ret_at);
}
