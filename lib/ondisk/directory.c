/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/directory.h"

#include "base/fail.h"

enum isokit_status ondisk_dirent_decode(const uint8_t *raw, size_t len, bool high_sierra,
					struct ondisk_dirent *ret_dirent,
					struct isokit_error *err)
{
	static const char subject[] = "directory record";
	unsigned use;

	if (len < 1 || raw[0] > len)
		return isokit_fail(err, ISOKIT_E_SHORT, 0, subject,
				   "%u bytes where %zu are left", len ? raw[0] : 0, len);
	/* 33 bytes and no name: an identifier has at least one byte (9.1.11). */
	if (raw[0] < ONDISK_DR_MIN_BYTES || raw[32] == 0 || raw[32] > raw[0] - 33)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 0, subject,
				   "a record of %u bytes cannot hold its name", raw[0]);
	/* The name is followed by a padding byte when its length is even (9.1.12). */
	use = 33u + raw[32] + (raw[32] % 2 == 0);
	if (use > raw[0])
		use = raw[0];
	*ret_dirent = (struct ondisk_dirent){
		.length = raw[0],
		.xattr_blocks = raw[1],
		.lba = get_both32(raw + 2),
		.bytes = get_both32(raw + 10),
		.date = raw + 18,
		.flags = high_sierra ? raw[24] : raw[25],
		.unit_blocks = raw[26],
		.gap_blocks = raw[27],
		.volume = get_both16(raw + 28),
		.name_bytes = raw[32],
		.name = raw + 33,
		.system_use = raw + use,
		.system_use_bytes = (uint8_t)(raw[0] - use),
	};
	return ISOKIT_OK;
}

enum isokit_status ondisk_path_record_decode(const uint8_t *raw, size_t len, bool big_endian,
					     bool high_sierra,
					     struct ondisk_path_record *ret_record,
					     struct isokit_error *err)
{
	static const char subject[] = "path table record";
	const uint8_t *lba = high_sierra ? raw : raw + 2;
	uint8_t name_bytes, xattr_blocks;
	size_t need;

	if (len < 8)
		return isokit_fail(err, ISOKIT_E_SHORT, 0, subject,
				   "%zu bytes where 8 are needed", len);
	/* High Sierra puts the address first, ISO 9660 the two lengths. */
	name_bytes = high_sierra ? raw[5] : raw[0];
	xattr_blocks = high_sierra ? raw[4] : raw[1];
	need = 8u + name_bytes;
	if (name_bytes == 0)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 0, subject, "has no name");
	if (need > len)
		return isokit_fail(err, ISOKIT_E_SHORT, 0, subject,
				   "%zu bytes where %zu are left", need, len);
	*ret_record = (struct ondisk_path_record){
		.xattr_blocks = xattr_blocks,
		.name_bytes = name_bytes,
		.lba = big_endian ? get_be32(lba) : get_le32(lba),
		.parent = big_endian ? get_be16(raw + 6) : get_le16(raw + 6),
		.name = raw + 8,
		.length = need + need % 2,
	};
	return ISOKIT_OK;
}
