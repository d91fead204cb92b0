/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT: the numbers of a boot sector, links, folder entries. */
#include <stdlib.h>
#include <string.h>

#include "ondisk/fat.h"
#include "target.h"

static void look(const struct ondisk_fat *fat, const uint8_t *bytes, size_t n)
{
	uint64_t table = (uint64_t)fat->table_sectors * fat->sector_bytes;

	if ((fat->bits != 12 && fat->bits != 16 && fat->bits != 32) || !fat->cluster_bytes ||
	    !fat->sector_bytes || fat->data_offset > fat->bytes)
		abort();
	/* The last cluster's link lies in the table. */
	if (ondisk_fat_link_offset(fat->bits, fat->n_clusters + 1) +
		    (fat->bits == 32 ? 4 : 2) > table && fat->bits != 12)
		abort();
	for (uint32_t c = 0; c < 64; c++) {
		uint64_t at = ondisk_fat_link_offset(fat->bits, c);

		if (at + ondisk_fat_link_bytes(fat->bits) > n)
			return;
		(void)ondisk_fat_link_is_end(fat->bits,
					     ondisk_fat_link(fat->bits, c, bytes + at));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct ondisk_fat_dirent entry;
	struct ondisk_fat fat;

	if (ondisk_fat_decode(bytes, n, &fat, NULL) == ISOKIT_OK)
		look(&fat, bytes, n);
	for (size_t at = 0; n - at >= FAT_DIRENT_BYTES && at < 4096; at += FAT_DIRENT_BYTES) {
		ondisk_fat_dirent_decode(bytes + at, &entry);
		if (!memchr(entry.name, 0, sizeof(entry.name)))
			abort();
	}
	return 0;
}
