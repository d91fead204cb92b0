/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partitions of a disk, and what is said to be in them. */
#include <isokit/volume.h>

#include <string.h>

#include "base/byteorder.h"
#include "ondisk/gpt.h"
#include "unit.h"
#include "volume/volume.h"

enum { DISK = 4 << 20 };

static uint8_t disk[DISK];
static struct isokit_source *src;
static struct isokit_volumes *vs;
static const struct isokit_disk_volume *list;
static size_t n;

static void begin(void)
{
	memset(disk, 0, sizeof(disk));
}

static void find(void)
{
	struct isokit_error err;

	ck_assert_int_eq(isokit_source_from_memory(disk, sizeof(disk), "disk", &src, &err), 0);
	ck_assert_int_eq(isokit_volumes_find(src, &vs, &err), 0);
	list = isokit_volumes_list(vs, &n);
}

static void end(void)
{
	isokit_volumes_free(vs);
	isokit_source_close(src);
}

static void mbr_entry(size_t at, unsigned i, uint8_t type, uint32_t start, uint32_t sectors)
{
	uint8_t *p = disk + at + 446 + i * 16;

	p[4] = type;
	put_le32(p + 8, start);
	put_le32(p + 12, sectors);
	disk[at + 510] = 0x55;
	disk[at + 511] = 0xaa;
}

/* A mark that needs nothing around it. */
static void put_swap(size_t at)
{
	memcpy(disk + at + 4086, "SWAPSPACE2", 10);
}

static void gpt_header(uint64_t lba, uint64_t entries, uint64_t other, uint32_t bs)
{
	uint8_t *h = disk + lba * bs;

	memset(h, 0, 92);
	memcpy(h, "EFI PART\0\0\1\0", 12);
	put_le32(h + 12, 92);
	put_le64(h + 24, lba);
	put_le64(h + 32, other);
	put_le64(h + 72, entries);
	put_le32(h + 80, 4);
	put_le32(h + 84, 128);
	put_le32(h + 88, ondisk_crc32(0, disk + entries * bs, 512));
	put_le32(h + 16, ondisk_crc32(0, h, 92));
}

static void gpt_entry(size_t at, uint64_t first, uint64_t last)
{
	static const uint8_t esp[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
					 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };

	memcpy(disk + at, esp, 16);
	put_le64(disk + at + 32, first);
	put_le64(disk + at + 40, last);
	memcpy(disk + at + 56, "E\0S\0\033\0", 6);
}

static void whole_gpt(uint32_t bs)
{
	uint64_t last = DISK / bs - 1;

	begin();
	mbr_entry(0, 0, 0xee, 1, 1000);
	gpt_entry(2 * bs, 40, 79);
	gpt_entry((last - 1) * bs, 40, 79);
	gpt_header(1, 2, last, bs);
	gpt_header(last, last - 1, 1, bs);
	put_swap(40 * bs);
}

static void expect_esp(uint32_t bs)
{
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(list[0].scheme, "gpt");
	ck_assert_uint_eq(list[0].partition, 1);
	ck_assert_uint_eq(list[0].offset, 40 * bs);
	ck_assert_uint_eq(list[0].bytes, 40 * bs);
	ck_assert(list[0].esp);
	ck_assert_str_eq(list[0].name, "ES\\x1B");
	ck_assert_int_eq(list[0].fs, ISOKIT_FS_OTHER);
	ck_assert_str_eq(list[0].words, "swap space");
	ck_assert_ptr_nonnull(list[0].unreadable);
}

START_TEST(reads_gpt_of_any_sector_size)
{
	static const uint32_t sizes[] = { 512, 1024, 2048, 4096 };

	whole_gpt(sizes[_i]);
	find();
	expect_esp(sizes[_i]);
	end();
}
END_TEST

START_TEST(takes_the_backup_where_the_primary_is_broken)
{
	whole_gpt(512);
	disk[2 * 512 + 33]++;
	find();
	expect_esp(512);
	end();
	memset(disk + 512, 0, 512);
	find();
	expect_esp(512);
	end();
}
END_TEST

START_TEST(a_gpt_that_the_mbr_denies_does_not_count)
{
	whole_gpt(512);
	mbr_entry(0, 0, 0x82, 200, 20);
	put_swap(200 * 512);
	find();
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(list[0].scheme, "mbr");
	ck_assert_str_eq(list[0].type, "0x82");
	end();
}
END_TEST

START_TEST(follows_logical_partitions_once)
{
	begin();
	mbr_entry(0, 0, 0x83, 10, 20);
	mbr_entry(0, 1, 0x05, 100, 4000);
	mbr_entry(100 * 512, 0, 0x83, 1, 30);
	mbr_entry(100 * 512, 1, 0x05, 200, 100);
	mbr_entry(300 * 512, 0, 0x82, 2, 30);
	mbr_entry(300 * 512, 1, 0x05, 0, 100); /* back to the first */
	find();
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(list[1].partition, 5);
	ck_assert_uint_eq(list[1].offset, 101 * 512);
	ck_assert_uint_eq(list[2].partition, 6);
	ck_assert_uint_eq(list[2].offset, 302 * 512);
	ck_assert_uint_eq(list[2].bytes, 30 * 512);
	end();
}
END_TEST

START_TEST(finds_the_sector_size_that_an_mbr_does_not_say)
{
	begin();
	mbr_entry(0, 0, 0x82, 16, 100);
	put_swap(16 * 4096);
	find();
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(list[0].offset, 16 * 4096);
	end();
}
END_TEST

START_TEST(cuts_what_ends_outside)
{
	begin();
	mbr_entry(0, 0, 0x83, 8000, 1000);
	mbr_entry(0, 1, 0x83, UINT32_MAX, UINT32_MAX);
	find();
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(list[0].bytes, DISK - 8000 * 512);
	ck_assert_uint_eq(list[1].bytes, 0);
	end();
}
END_TEST

static void apm_entry(unsigned i, const char *type, uint32_t start, uint32_t blocks)
{
	uint8_t *p = disk + i * 512;

	memcpy(p, "PM", 2);
	put_be32(p + 4, 3);
	put_be32(p + 8, start);
	put_be32(p + 12, blocks);
	strcpy((char *)p + 48, type);
}

START_TEST(reads_apples_map)
{
	begin();
	memcpy(disk, "ER\2\0", 4);
	apm_entry(1, "Apple_partition_map", 1, 63);
	apm_entry(2, "Apple_UNIX_SVR2", 64, 100);
	apm_entry(3, "Apple_Free", 164, 100);
	put_swap(64 * 512);
	find();
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(list[0].partition, 2);
	ck_assert_str_eq(list[0].type, "Apple_UNIX_SVR2");
	ck_assert_uint_eq(list[0].offset, 64 * 512);
	ck_assert_str_eq(list[0].words, "swap space");
	end();
}
END_TEST

/* A primary descriptor, and its root folder where `root` is not 0. */
static void put_iso(uint32_t root)
{
	uint8_t *d = disk + 32768;

	memcpy(d, "\1CD001\1", 7);
	put_both16(d + 128, 2048);
	put_both32(d + 158, 20);
	put_both32(d + 166, 2048);
	memcpy(disk + 17 * 2048, "\377CD001\1", 7);
	if (root) {
		disk[root * 2048] = 34;
		put_both32(disk + root * 2048 + 2, root);
		disk[root * 2048 + 25] = 2;
	}
}

START_TEST(an_iso_left_over_is_no_volume)
{
	whole_gpt(512);
	put_iso(0);
	find();
	expect_esp(512);
	end();
	put_iso(20);
	find();
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(list[0].partition, 0);
	ck_assert_int_eq(list[0].fs, ISOKIT_FS_ISO9660);
	ck_assert_ptr_null(list[0].scheme);
	end();
}
END_TEST

/* FAT16 over the whole disk, which was an ISO before. */
START_TEST(an_iso_left_over_below_a_file_system_is_none)
{
	begin();
	memcpy(disk, "\xeb\x3c\x90", 3);
	put_le16(disk + 11, 512);
	disk[13] = 1;
	put_le16(disk + 14, 1);
	disk[16] = 1;
	put_le16(disk + 17, 16);
	put_le16(disk + 19, DISK / 512);
	disk[21] = 0xf8;
	put_le16(disk + 22, 33);
	memcpy(disk + 512, "\xf8\xff\xff\xff", 4);
	put_iso(0);
	find();
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(list[0].fs, ISOKIT_FS_FAT16);
	ck_assert_ptr_null(list[0].unreadable);
	end();
	put_iso(20);
	find();
	ck_assert_int_eq(list[0].fs, ISOKIT_FS_ISO9660);
	end();
}
END_TEST

START_TEST(a_disk_of_nothing_is_one_volume)
{
	struct volume_mount *mount = NULL;
	struct isokit_error err;
	struct isokit_source *whole;
	struct tree *t;

	begin();
	find();
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(list[0].partition, 0);
	ck_assert_uint_eq(list[0].bytes, DISK);
	ck_assert_int_eq(list[0].fs, ISOKIT_FS_NONE);
	ck_assert_int_eq(volume_source(vs, 0, &whole, &err), ISOKIT_OK);
	ck_assert_uint_eq(isokit_source_size(whole), DISK);
	ck_assert_int_eq(volume_source(vs, 1, &whole, &err), ISOKIT_E_INVALID);
	ck_assert_int_eq(tree_new(&t, &err), ISOKIT_OK);
	ck_assert_int_eq(volume_read(vs, 0, t, "/", NULL, &mount, &err), ISOKIT_E_UNSUPPORTED);
	ck_assert_ptr_null(mount);
	tree_free(t);
	end();
}
END_TEST

START_TEST(names_are_complete)
{
	for (int i = 0; i <= ISOKIT_FS_OTHER; i++)
		ck_assert_ptr_nonnull(isokit_filesystem_name((enum isokit_filesystem)i));
	for (int i = 0; i < VOLUME_LOSSES; i++)
		ck_assert_ptr_nonnull(volume_loss_words((enum volume_loss)i));
}
END_TEST

UNIT(find)
{
	tcase_add_loop_test(tc, reads_gpt_of_any_sector_size, 0, 4);
	tcase_add_test(tc, takes_the_backup_where_the_primary_is_broken);
	tcase_add_test(tc, a_gpt_that_the_mbr_denies_does_not_count);
	tcase_add_test(tc, follows_logical_partitions_once);
	tcase_add_test(tc, finds_the_sector_size_that_an_mbr_does_not_say);
	tcase_add_test(tc, cuts_what_ends_outside);
	tcase_add_test(tc, reads_apples_map);
	tcase_add_test(tc, an_iso_left_over_is_no_volume);
	tcase_add_test(tc, an_iso_left_over_below_a_file_system_is_none);
	tcase_add_test(tc, a_disk_of_nothing_is_one_volume);
	tcase_add_test(tc, names_are_complete);
}
