/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/byteorder.h"
#include "ondisk/fat.h"

/* A floppy of 1.44 MB, as mkfs.fat makes it. */
static void floppy(uint8_t raw[512])
{
	memset(raw, 0, 512);
	memcpy(raw, "\xeb\x3c\x90mkfs.fat", 11);
	put_le16(raw + 11, 512);
	raw[13] = 1;
	put_le16(raw + 14, 1);
	raw[16] = 2;
	put_le16(raw + 17, 224);
	put_le16(raw + 19, 2880);
	raw[21] = 0xf0;
	put_le16(raw + 22, 9);
	raw[38] = 0x29;
	memcpy(raw + 43, "LABEL      ", 11);
	raw[510] = 0x55;
	raw[511] = 0xaa;
}

static void fat32(uint8_t raw[512])
{
	floppy(raw);
	put_le16(raw + 17, 0);
	put_le16(raw + 19, 0);
	put_le16(raw + 22, 0);
	put_le32(raw + 32, 204800);
	put_le32(raw + 36, 1576);
	put_le32(raw + 44, 2);
	put_le16(raw + 14, 32);
	raw[66] = 0x29;
	memcpy(raw + 71, "NO NAME    ", 11);
}

START_TEST(floppy_layout)
{
	struct ondisk_fat f;
	uint8_t raw[512];

	floppy(raw);
	ck_assert_int_eq(ondisk_fat_decode(raw, 512, &f, NULL), ISOKIT_OK);
	ck_assert_uint_eq(f.bits, 12);
	ck_assert_uint_eq(f.table_offset, 512);
	ck_assert_uint_eq(f.root_offset, 19 * 512);
	ck_assert_uint_eq(f.data_offset, 33 * 512);
	ck_assert_uint_eq(f.n_clusters, 2847);
	ck_assert_uint_eq(f.bytes, 1474560);
	ck_assert_str_eq(f.label, "LABEL");
	ck_assert(f.has_signature);
	ck_assert(!f.has_code);
	raw[70] = 1;
	ck_assert_int_eq(ondisk_fat_decode(raw, 512, &f, NULL), ISOKIT_OK);
	ck_assert(f.has_code);
}
END_TEST

START_TEST(fat32_layout)
{
	struct ondisk_fat f;
	uint8_t raw[512];

	fat32(raw);
	ck_assert_int_eq(ondisk_fat_decode(raw, 512, &f, NULL), ISOKIT_OK);
	ck_assert_uint_eq(f.bits, 32);
	ck_assert_uint_eq(f.data_offset, (32 + 2 * 1576) * 512);
	ck_assert_uint_eq(f.root_cluster, 2);
	ck_assert_str_eq(f.label, "");
	put_le32(raw + 44, 204800); /* the root folder's cluster does not exist */
	ck_assert_int_eq(ondisk_fat_decode(raw, 512, &f, NULL), ISOKIT_E_CORRUPT);
}
END_TEST

START_TEST(what_is_no_fat)
{
	static const struct {
		size_t at;
		uint8_t value;
	} edits[] = {
		{ 0, 0x33 },  /* no jump */
		{ 12, 0 },    /* sectors of 0 bytes */
		{ 12, 3 },    /* of 768 */
		{ 13, 0 },    /* no cluster size */
		{ 13, 3 },    /* no power of two */
		{ 14, 0 },    /* no reserved sector */
		{ 16, 0 },    /* no table */
		{ 21, 0x12 }, /* no medium */
	};
	struct ondisk_fat f;
	uint8_t raw[512];

	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		floppy(raw);
		raw[edits[i].at] = edits[i].value;
		ck_assert_msg(ondisk_fat_decode(raw, 512, &f, NULL) == ISOKIT_E_NOT_ISO,
			      "edit %zu", i);
	}
	ck_assert_int_eq(ondisk_fat_decode(raw, 511, &f, NULL), ISOKIT_E_SHORT);
	/* grub's boot.img and isohdpfx.bin have no parameter block */
	memset(raw, 0x90, 512);
	ck_assert_int_eq(ondisk_fat_decode(raw, 512, &f, NULL), ISOKIT_E_NOT_ISO);
}
END_TEST

START_TEST(contradictions)
{
	struct ondisk_fat f;
	uint8_t raw[512];

	floppy(raw);
	put_le16(raw + 22, 1); /* one sector of table for 2847 clusters */
	ck_assert_int_eq(ondisk_fat_decode(raw, 512, &f, NULL), ISOKIT_E_CORRUPT);
	floppy(raw);
	put_le16(raw + 19, 20); /* ends before its data begin */
	ck_assert_int_eq(ondisk_fat_decode(raw, 512, &f, NULL), ISOKIT_E_CORRUPT);
	floppy(raw);
	put_le16(raw + 19, 0);
	ck_assert_int_eq(ondisk_fat_decode(raw, 512, &f, NULL), ISOKIT_E_CORRUPT);
	floppy(raw);
	put_le16(raw + 17, 0);
	ck_assert_int_eq(ondisk_fat_decode(raw, 512, &f, NULL), ISOKIT_E_CORRUPT);
	fat32(raw);
	put_le32(raw + 36, 0xffffffff); /* four times the table would wrap in 32 bits */
	ck_assert_int_eq(ondisk_fat_decode(raw, 512, &f, NULL), ISOKIT_E_CORRUPT);
}
END_TEST

START_TEST(links)
{
	const uint8_t raw[4] = { 0x34, 0x12, 0xff, 0xff };

	ck_assert_uint_eq(ondisk_fat_link(12, 2, raw), 0x234);
	ck_assert_uint_eq(ondisk_fat_link(12, 3, raw), 0x123);
	ck_assert_uint_eq(ondisk_fat_link(16, 3, raw), 0x1234);
	ck_assert_uint_eq(ondisk_fat_link(32, 3, raw), 0x0fff1234);
	ck_assert_uint_eq(ondisk_fat_link_offset(12, 3), 4);
	ck_assert_uint_eq(ondisk_fat_link_offset(16, 3), 6);
	ck_assert_uint_eq(ondisk_fat_link_offset(32, 0xffffffff), 0x3fffffffcull);
	ck_assert(ondisk_fat_link_is_end(12, 0xff8));
	ck_assert(!ondisk_fat_link_is_end(12, 0xff7));
	ck_assert(ondisk_fat_link_is_end(16, 0xffff));
	ck_assert(ondisk_fat_link_is_end(32, 0x0ffffff8));
	ck_assert(!ondisk_fat_link_is_end(32, 0xfff8));
}
END_TEST

START_TEST(entries)
{
	uint8_t raw[32] = { 0 };
	struct ondisk_fat_dirent e;

	ondisk_fat_dirent_decode(raw, &e);
	ck_assert_int_eq(e.kind, ONDISK_FAT_END);
	memcpy(raw, "BOOTX64 EFI ", 12);
	raw[11] = FAT_ATTR_ARCHIVE;
	put_le16(raw + 20, 1);
	put_le16(raw + 26, 2);
	put_le32(raw + 28, 12345);
	ondisk_fat_dirent_decode(raw, &e);
	ck_assert_int_eq(e.kind, ONDISK_FAT_NAME);
	ck_assert_str_eq(e.name, "BOOTX64.EFI");
	ck_assert_uint_eq(e.cluster, 0x10002);
	ck_assert_uint_eq(e.bytes, 12345);
	raw[0] = 0xe5;
	ondisk_fat_dirent_decode(raw, &e);
	ck_assert_int_eq(e.kind, ONDISK_FAT_FREE);
	memcpy(raw, "EFI        ", 11);
	raw[11] = FAT_ATTR_DIRECTORY;
	ondisk_fat_dirent_decode(raw, &e);
	ck_assert_str_eq(e.name, "EFI");
	raw[11] = FAT_ATTR_VOLUME_ID;
	ondisk_fat_dirent_decode(raw, &e);
	ck_assert_int_eq(e.kind, ONDISK_FAT_LABEL);
	raw[0] = 0x42;
	raw[11] = FAT_ATTR_LONG_NAME;
	ondisk_fat_dirent_decode(raw, &e);
	ck_assert_int_eq(e.kind, ONDISK_FAT_LONG);
	ck_assert_uint_eq(e.order, 2);
	ck_assert(e.is_last);
}
END_TEST

UNIT(fat)
{
	tcase_add_test(tc, floppy_layout);
	tcase_add_test(tc, fat32_layout);
	tcase_add_test(tc, what_is_no_fat);
	tcase_add_test(tc, contradictions);
	tcase_add_test(tc, links);
	tcase_add_test(tc, entries);
}
