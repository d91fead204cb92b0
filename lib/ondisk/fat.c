/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/fat.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/fail.h"
#include "base/scan.h"

static const char subject[] = "FAT boot sector";

static bool is_power_of_two(unsigned v)
{
	return v != 0 && (v & (v - 1)) == 0;
}

static void copy_padded(char *to, const uint8_t *from, size_t n)
{
	memcpy(to, from, n);
	to[n] = '\0';
	while (n && (to[n - 1] == ' ' || to[n - 1] == '\0'))
		to[--n] = '\0';
}

/* The fields every FAT has, bytes 0 to 35. What is impossible here is not FAT
 * at all, rather than a broken FAT: sector 0 of a disc may hold anything. */
static bool looks_like_fat(const uint8_t *raw)
{
	uint16_t sector_bytes = get_le16(raw + 11);

	/* The jump over the parameter block: EB xx, E9 xx xx. UEFI firmware
	 * looks at it as well. */
	return (raw[0] == 0xeb || raw[0] == 0xe9) && is_power_of_two(sector_bytes) &&
	       sector_bytes >= 512 && sector_bytes <= 4096 && is_power_of_two(raw[13]) &&
	       get_le16(raw + 14) != 0 && raw[16] != 0 && raw[16] <= 4 &&
	       (raw[21] == 0xf0 || raw[21] >= 0xf8);
}

enum isokit_status ondisk_fat_decode(const uint8_t *raw, size_t len, struct ondisk_fat *ret_fat,
				     struct isokit_error *err)
{
	struct ondisk_fat f = { 0 };
	bool wide; /* FAT32: a different tail of the parameter block */
	uint64_t root_sectors, data_sector, data_sectors;

	if (len < 512)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where 512 are needed", len);
	if (!looks_like_fat(raw))
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject,
				   "no BIOS parameter block of a FAT");
	f.sector_bytes = get_le16(raw + 11);
	f.cluster_bytes = (uint32_t)f.sector_bytes * raw[13];
	f.reserved_sectors = get_le16(raw + 14);
	f.n_tables = raw[16];
	f.root_entries = get_le16(raw + 17);
	f.total_sectors = get_le16(raw + 19) ? get_le16(raw + 19) : get_le32(raw + 32);
	f.media = raw[21];
	wide = get_le16(raw + 22) == 0;
	f.table_sectors = wide ? get_le32(raw + 36) : get_le16(raw + 22);
	if (f.table_sectors == 0)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 22, subject,
				   "the allocation table has no sectors");
	if (f.total_sectors == 0)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 19, subject,
				   "the file system has no sectors");
	if (!wide && f.root_entries == 0)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 17, subject,
				   "the root folder has no entries");
	f.root_cluster = wide ? get_le32(raw + 44) : 0;

	/* General overview, section "FAT type determination". 32-bit values:
	 * no sum here can pass 2^35. */
	root_sectors = ((uint64_t)f.root_entries * 32 + f.sector_bytes - 1) / f.sector_bytes;
	data_sector = f.reserved_sectors + (uint64_t)f.n_tables * f.table_sectors + root_sectors;
	if (data_sector >= f.total_sectors)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 19, subject,
				   "%u sectors in all, but data begin at sector %llu",
				   f.total_sectors, (unsigned long long)data_sector);
	data_sectors = f.total_sectors - data_sector;
	f.n_clusters = (uint32_t)(data_sectors / raw[13]);
	if (wide)
		f.bits = 32;
	else
		f.bits = f.n_clusters <= FAT_MAX_CLUSTERS_12 ? 12 : 16;
	if ((uint64_t)f.table_sectors * f.sector_bytes <
	    ondisk_fat_link_offset(f.bits, f.n_clusters + 1))
		return isokit_fail(err, ISOKIT_E_CORRUPT, 22, subject,
				   "%u clusters do not fit an allocation table of %u sectors",
				   f.n_clusters, f.table_sectors);
	if (wide && (f.root_cluster < 2 || f.root_cluster - 2 >= f.n_clusters))
		return isokit_fail(err, ISOKIT_E_CORRUPT, 44, subject,
				   "the root folder begins at cluster %u, which does not exist",
				   f.root_cluster);
	f.table_offset = (uint64_t)f.reserved_sectors * f.sector_bytes;
	f.root_offset = (data_sector - root_sectors) * f.sector_bytes;
	f.data_offset = data_sector * f.sector_bytes;
	f.bytes = (uint64_t)f.total_sectors * f.sector_bytes;

	f.has_signature = raw[510] == 0x55 && raw[511] == 0xaa;
	/* Code follows the extended part of the block: byte 62 or 90. */
	f.has_code = !all_zero(raw + (wide ? 90 : 62), (size_t)(510 - (wide ? 90 : 62)));
	copy_padded(f.oem, raw + 3, 8);
	if (raw[wide ? 66 : 38] == 0x29) /* BS_BootSig: a label follows */
		copy_padded(f.label, raw + (wide ? 71 : 43), 11);
	if (strcmp(f.label, "NO NAME") == 0)
		f.label[0] = '\0';
	*ret_fat = f;
	return ISOKIT_OK;
}

bool ondisk_fat_link_is_end(unsigned bits, uint32_t link)
{
	switch (bits) {
	case 12: return link >= 0xff8;
	case 16: return link >= 0xfff8;
	default: return link >= 0x0ffffff8;
	}
}

/* "BOOTX64 EFI" to "BOOTX64.EFI"; 05 stands for a first byte of E5. */
static void short_name(const uint8_t *raw, char out[13])
{
	size_t n = 0, base = 8, extension = 3;

	while (base && raw[base - 1] == ' ')
		base--;
	while (extension && raw[8 + extension - 1] == ' ')
		extension--;
	for (size_t i = 0; i < base; i++)
		out[n++] = (char)(i == 0 && raw[0] == 0x05 ? 0xe5 : raw[i]);
	if (extension)
		out[n++] = '.';
	for (size_t i = 0; i < extension; i++)
		out[n++] = (char)raw[8 + i];
	out[n] = '\0';
}

void ondisk_fat_dirent_decode(const uint8_t *raw, struct ondisk_fat_dirent *ret_entry)
{
	struct ondisk_fat_dirent e = { .kind = ONDISK_FAT_NAME };

	if (raw[0] == 0x00) {
		e.kind = ONDISK_FAT_END;
	} else if (raw[0] == 0xe5) {
		e.kind = ONDISK_FAT_FREE;
	} else if ((raw[11] & 0x3f) == FAT_ATTR_LONG_NAME) {
		e.kind = ONDISK_FAT_LONG;
		e.order = raw[0] & 0x3f;
		e.is_last = raw[0] & 0x40;
		e.long_checksum = raw[13];
		memcpy(e.units, raw + 1, 10);
		memcpy(e.units + 10, raw + 14, 12);
		memcpy(e.units + 22, raw + 28, 4);
	} else {
		for (size_t i = 0; i < 11; i++)
			e.checksum = (uint8_t)((e.checksum >> 1 | e.checksum << 7) + raw[i]);
		e.attributes = raw[11];
		e.cluster = (uint32_t)get_le16(raw + 20) << 16 | get_le16(raw + 26);
		e.bytes = get_le32(raw + 28);
		if (raw[11] & FAT_ATTR_VOLUME_ID) {
			e.kind = ONDISK_FAT_LABEL;
			copy_padded(e.name, raw, 11);
		} else {
			short_name(raw, e.name);
		}
	}
	*ret_entry = e;
}
