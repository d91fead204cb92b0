/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does the log of an XFS volume end with the record of an unmount? It is a ring of blocks of
 * 512 bytes, each of which begins with the number of the round that it was written in; so its
 * end is where that number falls. */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "ondisk/xfs.h"
#include "volume/impl.h"
#include "volume/unclean.h"

enum {
	BLOCK = 512,
	RECORD_MARK = 0xfeedbabe, /* also in place of a round, in the first block of a record */
	UNMOUNT = 0x20,
	MOST_BACK = 1100,         /* blocks of a record: 256 KiB, heads, and as much unwritten */
};

struct log {
	struct isokit_source *volume;
	uint64_t at, blocks;
};

static bool read_block(const struct log *l, uint64_t block, uint8_t raw[BLOCK])
{
	return volume_try_read(l->volume, l->at + block * BLOCK, raw, BLOCK);
}

static bool round_of(const struct log *l, uint64_t block, uint32_t *ret)
{
	uint8_t raw[BLOCK];

	if (!read_block(l, block, raw))
		return false;
	*ret = get_be32(raw) == RECORD_MARK ? get_be32(raw + 4) : get_be32(raw);
	return true;
}

/* The block behind the last one that was written. */
static bool find_head(const struct log *l, uint64_t *ret)
{
	uint64_t low = 0, high = l->blocks - 1;
	uint32_t first, last, here;

	if (!round_of(l, 0, &first) || !round_of(l, high, &last))
		return false;
	*ret = 0;
	if (first == last)
		return true; /* the round is complete */
	/* At `low` there is the first one's round, at `high` not. */
	while (high - low > 1) {
		uint64_t mid = low + (high - low) / 2;

		if (!round_of(l, mid, &here))
			return false;
		if (here == first)
			low = mid;
		else
			high = mid;
	}
	*ret = high;
	return true;
}

static const char *judge(const struct log *l, uint64_t head)
{
	uint8_t raw[BLOCK], operation[BLOCK];

	for (uint64_t back = 1; back <= min_u64(MOST_BACK, l->blocks); back++) {
		uint64_t block = (head + l->blocks - back) % l->blocks, heads, data;

		if (!read_block(l, block, raw))
			return NULL;
		if (get_be32(raw) != RECORD_MARK)
			continue;
		/* Version 2 of the log has a head for each 32 KiB that a record may have. */
		heads = get_be32(raw + 8) & 2 ? max_u64(1, div_up(get_be32(raw + 320), 32768)) : 1;
		data = div_up(get_be32(raw + 12), BLOCK);
		if (get_be32(raw + 40) == 1 && (block + heads + data) % l->blocks == head &&
		    read_block(l, (block + heads) % l->blocks, operation) &&
		    operation[9] & UNMOUNT)
			return NULL;
		return "was not unmounted: what is only in its log is missing";
	}
	return NULL; /* an empty log */
}

const char *xfs_unclean(struct isokit_source *volume)
{
	uint8_t raw[ONDISK_XFS_SUPER_BYTES];
	struct log l = { .volume = volume };
	struct ondisk_xfs x;
	uint64_t head;

	if (!volume_try_read(volume, 0, raw, sizeof(raw)) || !ondisk_xfs_decode(raw, &x))
		return NULL;
	if (get_be64(raw + 48) == 0)
		return "has its log on another device: what is only there is missing";
	l.at = ondisk_xfs_block_at(&x, get_be64(raw + 48));
	l.blocks = ((uint64_t)get_be32(raw + 96) << x.block_shift) / BLOCK;
	if (l.at == ONDISK_XFS_NOWHERE || l.blocks < 2 || !find_head(&l, &head))
		return NULL;
	return judge(&l, head);
}
