/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/udf.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/fail.h"
#include "base/text.h"

enum { TAG_BYTES = 16, DESCRIPTOR_BYTES = 512 };

/* CRC-ITU-T, polynomial 0x1021, initial value 0 (ECMA-167 1/7.2.6). */
static uint16_t crc16(const uint8_t *p, size_t n)
{
	unsigned crc = 0;

	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned)p[i] << 8;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 0x8000 ? (crc << 1 ^ 0x1021) & 0xffff : crc << 1;
	}
	return (uint16_t)crc;
}

enum isokit_status ondisk_udf_tag_decode(const uint8_t *raw, size_t len,
					 struct ondisk_udf_tag *ret_tag,
					 struct isokit_error *err)
{
	static const char subject[] = "UDF descriptor";
	size_t covered;
	unsigned sum = 0;

	if (len < DESCRIPTOR_BYTES)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where %d are needed", len, DESCRIPTOR_BYTES);
	for (size_t i = 0; i < TAG_BYTES; i++)
		sum += i == 4 ? 0 : raw[i];
	if ((uint8_t)sum != raw[4] || get_le16(raw) == 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject,
				   "tag checksum %u where %u is stored", sum & 0xff, raw[4]);
	covered = get_le16(raw + 10);
	if (covered > len - TAG_BYTES || crc16(raw + TAG_BYTES, covered) != get_le16(raw + 8))
		return isokit_fail(err, ISOKIT_E_CORRUPT, 8, subject,
				   "its CRC does not fit its %zu bytes", covered);
	*ret_tag = (struct ondisk_udf_tag){
		.id = get_le16(raw),
		.version = get_le16(raw + 2),
		.location = get_le32(raw + 12),
	};
	return ISOKIT_OK;
}

static struct ondisk_udf_extent extent(const uint8_t *p)
{
	return (struct ondisk_udf_extent){ .bytes = get_le32(p), .lba = get_le32(p + 4) };
}

void ondisk_udf_anchor_decode(const uint8_t *raw, struct ondisk_udf_extent *ret_main,
			      struct ondisk_udf_extent *ret_reserve)
{
	*ret_main = extent(raw + 16);
	*ret_reserve = extent(raw + 24);
}

void ondisk_udf_pointer_decode(const uint8_t *raw, struct ondisk_udf_extent *ret_next)
{
	*ret_next = extent(raw + 20);
}

void ondisk_udf_partition_decode(const uint8_t *raw, struct ondisk_udf_partition *ret_partition)
{
	*ret_partition = (struct ondisk_udf_partition){
		.access = get_le32(raw + 184),
		.start = get_le32(raw + 188),
		.blocks = get_le32(raw + 192),
	};
}

void ondisk_udf_logical_decode(const uint8_t *raw, struct ondisk_udf_logical *ret_logical)
{
	static const char domain[] = "*OSTA UDF Compliant";

	*ret_logical = (struct ondisk_udf_logical){
		.id = raw + 84,
		.block_bytes = get_le32(raw + 212),
		/* Domain identifier suffix, UDF 2.1.5.3. */
		.revision = memcmp(raw + 217, domain, sizeof(domain) - 1) == 0 ?
			    get_le16(raw + 240) : 0,
	};
}

size_t ondisk_udf_dstring(const uint8_t *raw, size_t n, char *out)
{
	size_t used = 0, length = n ? raw[n - 1] : 0;

	/* The last byte counts what is used, with the compression id in front. */
	if (length < 2 || length > n - 1)
		return 0;
	if (raw[0] == 8) {
		for (size_t i = 1; i < length; i++)
			used += utf8_encode(raw[i], out + used);
	} else if (raw[0] == 16) {
		used = utf16be_to_utf8(raw + 1, length - 1, out);
	}
	return used;
}
