/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/byteorder.h"
#include "ondisk/btrfs.h"

static uint8_t raw[4096];

static bool decode(uint32_t sector_bytes, uint32_t node_bytes)
{
	struct ondisk_btrfs b;

	memcpy(raw + 64, "_BHRfS_M", 8);
	put_le32(raw + 144, sector_bytes);
	put_le32(raw + 148, node_bytes);
	return ondisk_btrfs_decode(raw, &b) && b.sector_bytes == sector_bytes &&
	       b.node_bytes == node_bytes;
}

START_TEST(sizes_are_powers_of_two_within_bounds)
{
	ck_assert(decode(4096, 16384));
	ck_assert(decode(4096, 4096));
	ck_assert(decode(65536, 65536));
	ck_assert(!decode(0, 16384));
	ck_assert(!decode(256, 16384));
	ck_assert(!decode(5000, 16384));
	ck_assert(!decode(8192, 4096));
	ck_assert(!decode(4096, 12288));
	ck_assert(!decode(4096, 131072));
}
END_TEST

UNIT(btrfs)
{
	tcase_add_test(tc, sizes_are_powers_of_two_within_bounds);
}
