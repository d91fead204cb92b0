/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/vhd.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

/* The complement of the sum of all bytes but those of the checksum itself. */
static bool sum_is_right(const uint8_t *raw, size_t n, size_t at)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (i < at || i >= at + 4)
			sum += raw[i];
	return ~sum == get_be32(raw + at);
}

enum isokit_status ondisk_vhd_footer_decode(const uint8_t *raw, size_t len,
					    struct ondisk_vhd_footer *ret,
					    struct isokit_error *err)
{
	static const char subject[] = "VHD footer";

	if (len < 85)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where 511 are needed", len);
	if (memcmp(raw, "conectix", 8) != 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "no mark \"conectix\"");
	*ret = (struct ondisk_vhd_footer){
		.header_at = get_be64(raw + 16),
		.bytes = get_be64(raw + 48),
		.type = get_be32(raw + 60),
		.checksum_ok = sum_is_right(raw, len < VHD_FOOTER_BYTES ? len : VHD_FOOTER_BYTES, 64),
	};
	memcpy(ret->id, raw + 68, sizeof(ret->id));
	return ISOKIT_OK;
}

enum isokit_status ondisk_vhd_header_decode(const uint8_t *raw, struct ondisk_vhd_header *ret,
					    struct isokit_error *err)
{
	static const char subject[] = "VHD dynamic header";

	if (memcmp(raw, "cxsparse", 8) != 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "no mark \"cxsparse\"");
	*ret = (struct ondisk_vhd_header){
		.table_at = get_be64(raw + 16),
		.table_entries = get_be32(raw + 28),
		.block_bytes = get_be32(raw + 32),
		.checksum_ok = sum_is_right(raw, VHD_HEADER_BYTES, 36),
	};
	if (ret->block_bytes < VHD_SECTOR || (ret->block_bytes & (ret->block_bytes - 1)))
		return isokit_fail(err, ISOKIT_E_CORRUPT, 32, subject,
				   "blocks of %u bytes, which is no power of two", ret->block_bytes);
	memcpy(ret->parent_id, raw + 40, sizeof(ret->parent_id));
	memcpy(ret->parent_name, raw + 64, sizeof(ret->parent_name));
	for (size_t i = 0; i < VHD_LOCATORS; i++) {
		const uint8_t *p = raw + 576 + i * 24;

		ret->locators[i] = (struct ondisk_vhd_locator){
			.platform = get_be32(p),
			.bytes = get_be32(p + 8),
			.at = get_be64(p + 16),
		};
	}
	return ISOKIT_OK;
}
