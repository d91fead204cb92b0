/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/byteorder.h"
#include "ondisk/apm.h"
#include "ondisk/gpt.h"

START_TEST(crc_is_that_of_zlib)
{
	const uint8_t *digits = (const uint8_t *)"123456789";
	static const uint8_t zeros[16384];
	uint32_t crc;

	ck_assert_uint_eq(ondisk_crc32(0, digits, 9), 0xcbf43926);
	crc = ondisk_crc32(0, digits, 4);
	ck_assert_uint_eq(ondisk_crc32(crc, digits + 4, 5), 0xcbf43926);
	ck_assert_uint_eq(ondisk_crc32(0, digits, 0), 0);
	/* Zeros at the end take another way: zlib has these of them. */
	ck_assert_uint_eq(ondisk_crc32(0, zeros, 1), 0xd202ef8d);
	ck_assert_uint_eq(ondisk_crc32(0, zeros, 8), 0x6522df69);
	ck_assert_uint_eq(ondisk_crc32(0, zeros, 16384), 0xab54d286);
	ck_assert_uint_eq(ondisk_crc32(0xcbf43926, zeros, 1001), 0x3b7ac2a3);
}
END_TEST

static void make_header(uint8_t raw[512])
{
	memset(raw, 0, 512);
	memcpy(raw, "EFI PART", 8);
	put_le32(raw + 8, 0x10000);
	put_le32(raw + 12, 92);
	put_le64(raw + 24, 1);
	put_le64(raw + 32, 99);
	put_le64(raw + 72, 2);
	put_le32(raw + 80, 128);
	put_le32(raw + 84, 128);
	put_le32(raw + 16, ondisk_crc32(0, raw, 92));
}

START_TEST(header_crc_leaves_itself_out)
{
	struct ondisk_gpt_header h;
	uint8_t raw[512];

	make_header(raw);
	ck_assert_int_eq(ondisk_gpt_header_decode(raw, 512, &h, NULL), ISOKIT_OK);
	ck_assert(h.crc_ok);
	ck_assert_uint_eq(h.alternate_lba, 99);
	ck_assert_uint_eq(h.n_entries, 128);
	raw[500] = 1; /* beyond the header: no matter */
	ck_assert_int_eq(ondisk_gpt_header_decode(raw, 512, &h, NULL), ISOKIT_OK);
	ck_assert(h.crc_ok);
	raw[40] ^= 1;
	ck_assert_int_eq(ondisk_gpt_header_decode(raw, 512, &h, NULL), ISOKIT_OK);
	ck_assert(!h.crc_ok);
}
END_TEST

/* A header may say that it is larger than the block; nothing is read there. */
START_TEST(header_size_may_lie)
{
	struct ondisk_gpt_header h;
	struct isokit_error err;
	uint8_t raw[512];

	make_header(raw);
	put_le32(raw + 12, 0xffffffff);
	ck_assert_int_eq(ondisk_gpt_header_decode(raw, 512, &h, NULL), ISOKIT_OK);
	ck_assert(!h.crc_ok);
	put_le32(raw + 12, 10);
	ck_assert_int_eq(ondisk_gpt_header_decode(raw, 512, &h, NULL), ISOKIT_OK);
	ck_assert(!h.crc_ok);
	ck_assert_int_eq(ondisk_gpt_header_decode(raw, 91, &h, &err), ISOKIT_E_SHORT);
	raw[0] = 'e';
	ck_assert_int_eq(ondisk_gpt_header_decode(raw, 512, &h, &err), ISOKIT_E_NOT_ISO);
}
END_TEST

START_TEST(guids_are_mixed_endian)
{
	const uint8_t esp[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
				  0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };
	uint8_t raw[128] = { 0 };
	struct ondisk_gpt_entry e;
	char text[GPT_GUID_TEXT_BYTES];

	ondisk_guid_text(esp, text);
	ck_assert_str_eq(text, GPT_TYPE_ESP);
	ondisk_gpt_entry_decode(raw, &e);
	ck_assert(!e.used);
	memcpy(raw, esp, 16);
	put_le64(raw + 32, 5);
	put_le64(raw + 40, 4);
	put_le64(raw + 48, GPT_ATTR_LEGACY_BOOT);
	ondisk_gpt_entry_decode(raw, &e);
	ck_assert(e.used);
	ck_assert_uint_eq(e.first_lba, 5);
	ck_assert_uint_eq(e.last_lba, 4);
	ck_assert_uint_eq(e.attributes, 4);
}
END_TEST

START_TEST(apple_map_is_big_endian)
{
	uint8_t raw[136] = { 'P', 'M' };
	struct ondisk_apm_entry e;
	const uint8_t zero_block[4] = { 'E', 'R', 8, 0 }, other[4] = { 'E', 'S', 8, 0 };

	put_be32(raw + 4, 3);
	put_be32(raw + 8, 0x01020304);
	put_be32(raw + 12, 7);
	memset(raw + 16, 'n', 32); /* no end */
	memcpy(raw + 48, "Apple_HFS", 9);
	ck_assert_int_eq(ondisk_apm_entry_decode(raw, 136, &e, NULL), ISOKIT_OK);
	ck_assert_uint_eq(e.map_blocks, 3);
	ck_assert_uint_eq(e.start, 0x01020304);
	ck_assert_uint_eq(e.blocks, 7);
	ck_assert_uint_eq(strlen(e.name), 32);
	ck_assert_str_eq(e.type, "Apple_HFS");
	ck_assert_int_eq(ondisk_apm_entry_decode(raw, 135, &e, NULL), ISOKIT_E_SHORT);
	raw[1] = 'm';
	ck_assert_int_eq(ondisk_apm_entry_decode(raw, 136, &e, NULL), ISOKIT_E_NOT_ISO);
	ck_assert_uint_eq(ondisk_apm_block_size(zero_block), 2048);
	ck_assert_uint_eq(ondisk_apm_block_size(other), 0);
}
END_TEST

UNIT(gpt)
{
	tcase_add_test(tc, crc_is_that_of_zlib);
	tcase_add_test(tc, header_crc_leaves_itself_out);
	tcase_add_test(tc, header_size_may_lie);
	tcase_add_test(tc, guids_are_mixed_endian);
	tcase_add_test(tc, apple_map_is_big_endian);
}
