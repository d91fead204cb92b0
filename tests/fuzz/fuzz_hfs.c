/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HFS and HFS+: headers, the catalog's first nodes, names. */
#include <stdlib.h>

#include "ondisk/hfs.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char name[ONDISK_HFS_NAME_BYTES], roman[3 * 256];
	struct isokit_time time;
	struct ondisk_hfs hfs;
	uint16_t node_bytes;
	uint32_t leaf;
	size_t length;

	if (n >= ONDISK_HFS_HEADER_BYTES && ondisk_hfs_decode(bytes, &hfs, NULL) == ISOKIT_OK) {
		if (!hfs.block_bytes || hfs.name_bytes > sizeof(hfs.name))
			abort();
		touch(hfs.name, hfs.name_bytes);
		ondisk_hfs_time(hfs.created, &time);
		ondisk_hfs_time(hfs.modified, &time);
	}
	if (n >= 64)
		(void)ondisk_hfsplus_tree_decode(bytes, &node_bytes, &leaf);
	length = ondisk_hfsplus_root_name(bytes, n, name);
	if (length > sizeof(name))
		abort();
	touch(name, length);
	for (size_t i = 0; n >= 512 && i < ondisk_hfsplus_leaf_records(bytes, n); i++) {
		struct ondisk_hfs_record record;

		if (!ondisk_hfsplus_record_decode(bytes, n, i, &record, name))
			continue;
		if (record.name_bytes > sizeof(name))
			abort();
		touch(name, record.name_bytes);
	}
	length = ondisk_macroman_to_utf8(bytes, n < 256 ? n : 256, roman);
	touch(roman, length);
	return 0;
}
