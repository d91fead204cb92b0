/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/byteorder.h"
#include "ondisk/mbr.h"

static void put(uint8_t *raw, size_t at, const char *words)
{
	memcpy(raw + at, words, strlen(words));
}

static struct ondisk_boot_code recognise(const uint8_t *raw)
{
	struct ondisk_boot_code c;

	ondisk_boot_code_recognise(raw, MBR_CODE_BYTES, &c);
	return c;
}

START_TEST(decodes_the_table)
{
	uint8_t raw[512] = { 0 };
	struct ondisk_mbr m;

	put_le32(raw + 440, 0xcafe1234);
	raw[446 + 32] = 0x80;
	raw[446 + 32 + 4] = 0xef;
	put_le32(raw + 446 + 32 + 8, 0xfffffff0);
	put_le32(raw + 446 + 32 + 12, 0xffffffff);
	ondisk_mbr_decode(raw, &m);
	ck_assert(!m.signature);
	ck_assert(m.table_like);
	ck_assert_uint_eq(m.disk_id, 0xcafe1234);
	ck_assert_uint_eq(m.entries[2].status, 0x80);
	ck_assert_uint_eq(m.entries[2].type, 0xef);
	ck_assert_uint_eq(m.entries[2].start_lba, 0xfffffff0);
	ck_assert_uint_eq(m.entries[2].sectors, 0xffffffff);
	raw[510] = 0x55;
	raw[511] = 0xaa;
	raw[446 + 48] = 0x20; /* text, say */
	ondisk_mbr_decode(raw, &m);
	ck_assert(m.signature);
	ck_assert(!m.table_like);
}
END_TEST

/* 55 AA over nothing: what libisofs writes with --protective-msdos-label. */
START_TEST(zero_code_is_none)
{
	uint8_t raw[512] = { 0 };

	raw[510] = 0x55;
	raw[511] = 0xaa;
	raw[440] = 1; /* disk id and table are no code */
	raw[450] = 0xcd;
	ck_assert_int_eq(recognise(raw).code, ONDISK_CODE_NONE);
	memcpy(raw, "ER\2\0\xeb\2\xff\xff", 8); /* Apple's block zero, by libisofs */
	ck_assert_int_eq(recognise(raw).code, ONDISK_CODE_NONE);
	raw[0x40] = 0xfa;
	ck_assert_int_eq(recognise(raw).code, ONDISK_CODE_UNKNOWN);
}
END_TEST

START_TEST(isohybrid_has_its_pointer_at_432)
{
	uint8_t raw[512] = { 0x33, 0xed };
	struct ondisk_boot_code c;

	put(raw, 0xb6, "isolinux.bin missing or corrupt.\r\n");
	put(raw, 0x11b, "Operating system load error.\r\n");
	put_le32(raw + 432, 1864);
	c = recognise(raw);
	ck_assert_int_eq(c.code, ONDISK_CODE_ISOLINUX);
	ck_assert_int_eq(c.needs, ONDISK_NEEDS_ISOLINUX);
	ck_assert_uint_eq(c.pointer, 1864);
}
END_TEST

static void grub_words(uint8_t *raw)
{
	memcpy(raw + 0x180, "GRUB \0Geom\0Hard Disk\0Read\0 Error\r\n", 35);
}

START_TEST(grub_variants_differ_by_their_pointer)
{
	uint8_t hybrid[512] = { 0xeb, 0x63, 0x90 }, plain[512] = { 0xeb, 0x63, 0x90 };
	uint8_t legacy[512] = { 0xeb, 0x48, 0x90 };
	struct ondisk_boot_code c;

	grub_words(hybrid);
	memcpy(hybrid + 0x70, "\x66\x8b\x1e\xb0\x7d", 5);
	put_le32(hybrid + 0x1b0, 6032);
	c = recognise(hybrid);
	ck_assert_int_eq(c.code, ONDISK_CODE_GRUB);
	ck_assert_str_eq(c.name, "grub2-hybrid");
	ck_assert_uint_eq(c.pointer, 6032);
	ck_assert_uint_eq(c.image_skip, 4);

	grub_words(plain);
	memcpy(plain + 0x70, "\x66\x8b\x1e\x5c\x7c", 5);
	put_le32(plain + 0x5c, 1);
	put_le32(plain + 0x1b0, 99);
	c = recognise(plain);
	ck_assert_str_eq(c.name, "grub2");
	ck_assert_uint_eq(c.pointer, 1);

	grub_words(legacy);
	legacy[0x3e] = 3;
	put_le32(legacy + 0x44, 7);
	c = recognise(legacy);
	ck_assert_str_eq(c.name, "grub-legacy");
	ck_assert_uint_eq(c.pointer, 7);
}
END_TEST

START_TEST(limine_is_known_by_its_layout)
{
	uint8_t raw[512] = { 0xeb, 0x58, 0x90 };
	struct ondisk_boot_code c;

	memcpy(raw + 0x5a, "\xfa\xfc\xea", 3);
	ck_assert_ptr_null(recognise(raw).name); /* not installed: no next stage */
	put_le16(raw + 0x1a4, 0x4000);
	put_le32(raw + 0x1a8, 512);
	c = recognise(raw);
	ck_assert_str_eq(c.name, "limine");
	ck_assert_int_eq(c.needs, ONDISK_NEEDS_DATA);
	ck_assert_uint_eq(c.pointer, 1);
	raw[11] = 2; /* a parameter block: FAT32 begins alike */
	ck_assert_ptr_null(recognise(raw).name);
}
END_TEST

START_TEST(code_that_starts_a_partition)
{
	uint8_t raw[512] = { 0x33, 0xc0 };

	put(raw, 0x100, "Invalid partition table");
	put(raw, 0x120, "Error loading operating system");
	put(raw, 0x140, "Missing operating system");
	ck_assert_int_eq(recognise(raw).code, ONDISK_CODE_WINDOWS);
	ck_assert_int_eq(recognise(raw).needs, ONDISK_NEEDS_ACTIVE);

	memset(raw + 2, 0, 510);
	put(raw, 0x5e, "Missing operating system.\r\n");
	put(raw, 0x175, "Operating system load error.\r\n");
	ck_assert_int_eq(recognise(raw).code, ONDISK_CODE_SYSLINUX);
	ck_assert_int_eq(recognise(raw).needs, ONDISK_NEEDS_ACTIVE);

	memset(raw + 2, 0, 510);
	put(raw, 0x40, "!GPT");
	put(raw, 0xb6, "Missing OS\r\n");
	ck_assert_int_eq(recognise(raw).needs, ONDISK_NEEDS_GPT_LEGACY);
}
END_TEST

START_TEST(messages_and_hangs_are_no_loaders)
{
	uint8_t fat[512] = { 0xeb, 0x3c, 0x90 }, stop[512] = { 0xeb, 0xfe };
	uint8_t halt[512] = { 0xfa, 0xf4, 0xeb, 0xfd }, jump[512] = { 0xeb, 0x7f };
	uint8_t other[512] = { 0xb8, 0x01, 0x02 };
	uint8_t over[512] = { 0xeb, 0x3c, 0x90 };

	memcpy(over + 0x56, "\xb8\x01\x02\xbb\x00\x7c\xba\x80\x00\xb9\x01\x00\xcd\x13", 14);
	ck_assert_int_eq(recognise(over).code, ONDISK_CODE_MESSAGE);
	put(fat, 0x60, "This is not a bootable disk.  Please insert a bootable floppy");
	ck_assert_int_eq(recognise(fat).code, ONDISK_CODE_MESSAGE);
	ck_assert_int_eq(recognise(stop).code, ONDISK_CODE_MESSAGE);
	ck_assert_int_eq(recognise(halt).code, ONDISK_CODE_MESSAGE);
	memcpy(jump + 0x81, "\xeb\xfe", 2); /* a jump to a jump to itself */
	ck_assert_int_eq(recognise(jump).code, ONDISK_CODE_MESSAGE);
	ck_assert_int_eq(recognise(other).code, ONDISK_CODE_UNKNOWN);
	ck_assert_ptr_null(recognise(other).name);
}
END_TEST

START_TEST(exfat_without_code_has_none)
{
	uint8_t raw[512] = { 0xeb, 0x76, 0x90, 'E', 'X', 'F', 'A', 'T', ' ', ' ', ' ' };

	raw[0x40] = 7;
	ck_assert_int_eq(recognise(raw).code, ONDISK_CODE_NONE);
	memset(raw + 0x78, 0xf4, 390);
	ck_assert_int_eq(recognise(raw).code, ONDISK_CODE_MESSAGE);
	raw[0x78] = 0xfa;
	raw[0x79] = 0xfc;
	ck_assert_int_eq(recognise(raw).code, ONDISK_CODE_UNKNOWN);
}
END_TEST

UNIT(mbr)
{
	tcase_add_test(tc, decodes_the_table);
	tcase_add_test(tc, zero_code_is_none);
	tcase_add_test(tc, isohybrid_has_its_pointer_at_432);
	tcase_add_test(tc, grub_variants_differ_by_their_pointer);
	tcase_add_test(tc, limine_is_known_by_its_layout);
	tcase_add_test(tc, code_that_starts_a_partition);
	tcase_add_test(tc, messages_and_hangs_are_no_loaders);
	tcase_add_test(tc, exfat_without_code_has_none);
}
