/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/exfat.h"

#include <string.h>

#include "base/byteorder.h"
#include "ondisk/fat.h"
#include "base/fail.h"

enum isokit_status ondisk_exfat_decode(const uint8_t *raw, struct ondisk_exfat *ret,
				       struct isokit_error *err)
{
	static const char subject[] = "exFAT boot sector";
	unsigned sector_shift = raw[108], cluster_shift = raw[109], tables = raw[110];
	uint64_t sectors = get_le64(raw + 72), table = get_le32(raw + 80);
	uint64_t table_sectors = get_le32(raw + 84), data = get_le32(raw + 88);
	struct ondisk_exfat f;

	if (memcmp(raw + 3, "EXFAT   ", 8) != 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 3, subject, "no mark \"EXFAT\"");
	if (sector_shift < 9 || sector_shift > 12 || cluster_shift > 25 - sector_shift)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 108, subject,
				   "sectors of 2^%u bytes, clusters of 2^%u sectors", sector_shift,
				   cluster_shift);
	f = (struct ondisk_exfat){
		.sector_bytes = UINT32_C(1) << sector_shift,
		.cluster_bytes = UINT32_C(1) << (sector_shift + cluster_shift),
		.n_clusters = get_le32(raw + 92),
		.root_cluster = get_le32(raw + 96),
	};
	if (sectors > UINT64_MAX >> sector_shift || (tables != 1 && tables != 2) ||
	    table_sectors << sector_shift < ((uint64_t)f.n_clusters + 2) * 4 ||
	    table + tables * table_sectors > data || data > sectors ||
	    f.n_clusters > (sectors - data) >> cluster_shift)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 72, subject,
				   "%u clusters do not fit its %llu sectors", f.n_clusters,
				   (unsigned long long)sectors);
	if (f.root_cluster < 2 || f.root_cluster - 2 >= f.n_clusters)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 96, subject,
				   "the root folder begins at cluster %u, which does not exist",
				   f.root_cluster);
	/* 3.1.13: bit 0 says which table is active. */
	if (tables == 2 && (raw[106] & 1))
		table += table_sectors;
	f.bytes = sectors << sector_shift;
	f.table_offset = table << sector_shift;
	f.data_offset = data << sector_shift;
	*ret = f;
	return ISOKIT_OK;
}

/* 7.4.8 to 7.4.10 */
static int64_t seconds(uint32_t stamp, uint8_t hundredths, uint8_t zone)
{
	int64_t s = ondisk_fat_seconds((uint16_t)(stamp >> 16), (uint16_t)stamp);
	int quarters = zone & 0x7f;

	if (s == INT64_MIN)
		return s;
	if (zone & 0x80)
		s -= (quarters >= 64 ? quarters - 128 : quarters) * 900;
	return s + hundredths / 100;
}

void ondisk_exfat_entry_decode(const uint8_t *raw, struct ondisk_exfat_entry *ret)
{
	struct ondisk_exfat_entry e = { .kind = EXFAT_OTHER };

	switch (raw[0]) {
	case 0x00:
		e.kind = EXFAT_END;
		break;
	case 0x83:
		e.kind = EXFAT_LABEL;
		e.n = raw[1];
		memcpy(e.units, raw + 2, 22);
		break;
	case 0x85:
		e.kind = EXFAT_FILE;
		e.n = raw[1];
		e.attributes = get_le16(raw + 4);
		e.mtime = seconds(get_le32(raw + 12), raw[21] < 200 ? raw[21] : 0, raw[23]);
		e.mtime_ns = raw[21] < 200 ? raw[21] % 100 * 10000000u : 0;
		break;
	case 0xc0:
		e.kind = EXFAT_STREAM;
		e.contiguous = raw[1] & 2;
		e.n = raw[3];
		e.valid_bytes = get_le64(raw + 8);
		e.cluster = get_le32(raw + 20);
		e.bytes = get_le64(raw + 24);
		break;
	case 0xc1:
		e.kind = EXFAT_NAME;
		memcpy(e.units, raw + 2, sizeof(e.units));
		break;
	default:
		e.primary = (raw[0] & 0xc0) != 0xc0;
		break;
	}
	*ret = e;
}
