/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/isz.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/fail.h"
#include "base/scan.h"

/* ---- ISZ ------------------------------------------------------------------------------------- */

enum isokit_status ondisk_isz_decode(const uint8_t *raw, size_t len, struct ondisk_isz *ret,
				     struct isokit_error *err)
{
	static const char subject[] = "ISZ header";

	if (len < ISZ_HEADER_BYTES)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where 48 are needed", len);
	if (memcmp(raw, "IsZ!", 4) != 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "no IsZ! mark");
	*ret = (struct ondisk_isz){
		.version = raw[5],
		.sector_bytes = get_le16(raw + 10),
		.sectors = get_le32(raw + 12),
		.encryption = raw[16],
		.segment_bytes = get_le64(raw + 17),
		.n_chunks = get_le32(raw + 25),
		.chunk_bytes = get_le32(raw + 29),
		.entry_bytes = raw[33],
		.segment = raw[34],
		.table_offset = get_le32(raw + 35),
		.segments_offset = get_le32(raw + 39),
		.data_offset = get_le32(raw + 43),
	};
	if (raw[4] >= 64 && len >= 64) {
		ret->has_checksum = true;
		ret->checksum = get_le32(raw + 48);
	}
	return ISOKIT_OK;
}

void ondisk_isz_clear(uint8_t *table, size_t n)
{
	static const uint8_t mark[4] = { 'I', 's', 'Z', '!' };

	for (size_t i = 0; i < n; i++)
		table[i] = (uint8_t)(table[i] ^ ~mark[i % 4]);
}

void ondisk_isz_entry(const uint8_t *table, uint8_t entry_bytes, uint32_t i, unsigned *ret_kind,
		      uint32_t *ret_bytes)
{
	const uint8_t *p = table + (size_t)i * entry_bytes;
	uint32_t v = 0;

	for (unsigned k = 0; k < entry_bytes && k < 4; k++)
		v |= (uint32_t)p[k] << 8 * k;
	*ret_kind = v >> (8 * entry_bytes - 2);
	*ret_bytes = v & ((UINT32_C(1) << (8 * entry_bytes - 2)) - 1);
}

/* ---- DAA ------------------------------------------------------------------------------------- */

enum isokit_status ondisk_daa_decode(const uint8_t *raw, size_t len, struct ondisk_daa *ret,
				     struct isokit_error *err)
{
	static const char subject[] = "DAA header";
	enum { SPLIT = 2, PASSWORD = 3 };
	size_t at = DAA_HEADER_BYTES;

	if (len < DAA_HEADER_BYTES)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where 76 are needed", len);
	if (memcmp(raw, "DAA\0\0\0\0", 8) != 0 && memcmp(raw, "DAA VOL\0", 8) != 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "no DAA mark");
	*ret = (struct ondisk_daa){
		.table_offset = get_le32(raw + 16),
		.format = get_le32(raw + 20),
		.data_offset = get_le32(raw + 24),
		.chunk_bytes = get_le32(raw + 36),
		.iso_bytes = get_le64(raw + 40),
		.file_bytes = get_le64(raw + 48),
		.split = raw[3] != 0,
	};
	while (at < ret->table_offset && len - at >= 8 && at < len) {
		uint32_t kind = get_le32(raw + at), bytes = get_le32(raw + at + 4);

		ret->split |= kind == SPLIT;
		ret->encrypted |= kind == PASSWORD;
		if (bytes < 8 || bytes > len - at)
			break;
		at += bytes;
	}
	return ISOKIT_OK;
}

uint32_t ondisk_daa_entry(const uint8_t *entry)
{
	return (uint32_t)entry[0] << 16 | (uint32_t)entry[2] << 8 | entry[1];
}

/* ---- UIF ------------------------------------------------------------------------------------- */

enum isokit_status ondisk_uif_decode(const uint8_t *raw, struct ondisk_uif *ret,
				     struct isokit_error *err)
{
	if (memcmp(raw, "bbis", 4) != 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, "UIF trailer", "no bbis mark");
	*ret = (struct ondisk_uif){
		.version = get_le16(raw + 8),
		.image_type = get_le16(raw + 10),
		.sectors = get_le32(raw + 16),
		.sector_bytes = get_le32(raw + 20),
		.table_offset = get_le64(raw + 28),
		.password = !all_zero(raw + 40, 16),
	};
	return ISOKIT_OK;
}

enum isokit_status ondisk_uif_table_decode(const uint8_t *raw, struct ondisk_uif_table *ret,
					   struct isokit_error *err)
{
	uint32_t bytes = get_le32(raw + 4);

	if (memcmp(raw, "blhr", 4) != 0 || bytes < 8)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 0, "UIF table", "no blhr mark");
	*ret = (struct ondisk_uif_table){
		.packed = bytes - 8,
		.compressed = get_le32(raw + 8) != 0,
		.n_chunks = get_le32(raw + 12),
	};
	return ISOKIT_OK;
}

void ondisk_uif_entry_decode(const uint8_t *raw, struct ondisk_uif_entry *ret)
{
	*ret = (struct ondisk_uif_entry){
		.offset = get_le64(raw),
		.packed = get_le32(raw + 8),
		.sector = get_le32(raw + 12),
		.sectors = get_le32(raw + 16),
		.kind = get_le32(raw + 20),
	};
}
