/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/fat.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/fail.h"
#include "base/scan.h"
#include "base/text.h"

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

	return is_power_of_two(sector_bytes) &&
	       sector_bytes >= 512 && sector_bytes <= 4096 && is_power_of_two(raw[13]) &&
	       get_le16(raw + 14) != 0 && raw[16] != 0 && raw[16] <= 4 &&
	       (raw[21] == 0xf0 || raw[21] >= 0xf8);
}

enum isokit_status ondisk_fat_decode(const uint8_t *raw, size_t len, struct ondisk_fat *ret_fat,
				     struct isokit_error *err)
{
	/* The jump over the parameter block: EB xx, E9 xx xx. UEFI firmware looks at it as
	 * well. */
	if (len >= 512 && raw[0] != 0xeb && raw[0] != 0xe9)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject,
				   "no BIOS parameter block of a FAT");
	return ondisk_fat_decode_any(raw, len, ret_fat, err);
}

bool ondisk_fat_table_fits(const struct ondisk_fat *f, const uint8_t *table)
{
	return table[0] == f->media && table[1] == 0xff && table[2] == 0xff;
}

bool ondisk_fat_old_floppy(uint64_t bytes, const uint8_t *table, struct ondisk_fat *ret_fat)
{
	static const struct {
		uint8_t media, cluster_sectors, table_sectors;
		uint16_t root_entries, sectors;
	} kinds[] = {
		{ 0xfe, 1, 1, 64, 320 },
		{ 0xfc, 1, 2, 64, 360 },
		{ 0xff, 2, 1, 112, 640 },
		{ 0xfd, 2, 2, 112, 720 },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		uint8_t raw[512] = { 0 };

		if (bytes != kinds[i].sectors * 512u || table[0] != kinds[i].media ||
		    table[1] != 0xff || table[2] != 0xff)
			continue;
		put_le16(raw + 11, 512);
		raw[13] = kinds[i].cluster_sectors;
		put_le16(raw + 14, 1);
		raw[16] = 2;
		put_le16(raw + 17, kinds[i].root_entries);
		put_le16(raw + 19, kinds[i].sectors);
		raw[21] = kinds[i].media;
		put_le16(raw + 22, kinds[i].table_sectors);
		return ondisk_fat_decode_any(raw, sizeof(raw), ret_fat, NULL) == ISOKIT_OK;
	}
	return false;
}

enum isokit_status ondisk_fat_decode_any(const uint8_t *raw, size_t len, struct ondisk_fat *ret_fat,
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
	/* BPB_ExtFlags: bit 7, only one table is kept up to date; bits 0 to 3, which. */
	f.active_table_offset = f.table_offset;
	if (wide && (raw[40] & 0x80) && (raw[40] & 15) < f.n_tables)
		f.active_table_offset += (raw[40] & 15) * (uint64_t)f.table_sectors * f.sector_bytes;
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
		e.lower_base = raw[12] & 0x08;
		e.lower_extension = raw[12] & 0x10;
		e.write_time = get_le16(raw + 22);
		e.write_date = get_le16(raw + 24);
		if (raw[11] & FAT_ATTR_VOLUME_ID) {
			e.kind = ONDISK_FAT_LABEL;
			copy_padded(e.name, raw, 11);
		} else {
			short_name(raw, e.name);
		}
	}
	*ret_entry = e;
}

void ondisk_fat_long_part(struct ondisk_fat_long *l, const struct ondisk_fat_dirent *e)
{
	if (e->order == 0 || e->order > FAT_LONG_PARTS ||
	    (!e->is_last && (e->order != l->expected || e->long_checksum != l->checksum))) {
		ondisk_fat_long_forget(l);
		return;
	}
	if (e->is_last) {
		l->parts = e->order;
		l->checksum = e->long_checksum;
	}
	memcpy(l->units + (size_t)(e->order - 1) * 26, e->units, 26);
	l->expected = e->order - 1u;
}

size_t ondisk_fat_long_take(struct ondisk_fat_long *l, const struct ondisk_fat_dirent *e)
{
	size_t n = 0;

	if (l->parts && l->expected == 0 && l->checksum == e->checksum)
		while (n < l->parts * 26u && (l->units[n] || l->units[n + 1]))
			n += 2;
	ondisk_fat_long_forget(l);
	return n;
}

int64_t ondisk_fat_seconds(uint16_t date, uint16_t time)
{
	int day = date & 31, month = date >> 5 & 15;
	int64_t year = 1980 + (date >> 9), days;

	if (day == 0 || month == 0 || month > 12)
		return INT64_MIN;
	/* Years from March on: a leap day is then the last of its year. 1980 to 2107 has
	 * no exception but 2100. */
	year -= month <= 2;
	days = year * 365 + year / 4 - year / 100 + year / 400 +
	       (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1 - 719468;
	return days * 86400 + (time >> 11) * 3600 + (time >> 5 & 63) * 60 + (time & 31) * 2;
}

size_t ondisk_fat_name_to_utf8(const char *name, size_t n, char *out)
{
	static const uint16_t upper[128] = {
		0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb,
		0x00e8, 0x00ef, 0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4,
		0x00f6, 0x00f2, 0x00fb, 0x00f9, 0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5,
		0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa, 0x00ba,
		0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb, 0x2591, 0x2592,
		0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
		0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c,
		0x255e, 0x255f, 0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567,
		0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518,
		0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580, 0x03b1, 0x00df, 0x0393, 0x03c0,
		0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4, 0x221e, 0x03c6,
		0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248,
		0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
	};
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)name[i];

		bytes += utf8_encode(c < 128 ? c : upper[c - 128], out + bytes);
	}
	return bytes;
}
