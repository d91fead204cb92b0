/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/udf.h"

#include <string.h>

#include "base/byteorder.h"
#include "unit.h"

static uint8_t raw[512];

/* The checksum of the tag, and 0x29b1 for "123456789" by CRC-CCITT is not what
 * UDF uses: its initial value is 0, which gives 0x31c3 (ECMA-167 1/7.2.6). */
static void tag(uint16_t id, uint32_t location)
{
	unsigned sum = 0;

	memset(raw, 0, sizeof(raw));
	memcpy(raw + 16, "123456789", 9);
	put_le16(raw, id);
	put_le16(raw + 2, 2);
	put_le16(raw + 8, 0x31c3);
	put_le16(raw + 10, 9);
	put_le32(raw + 12, location);
	for (int i = 0; i < 16; i++)
		sum += i == 4 ? 0 : raw[i];
	raw[4] = (uint8_t)sum;
}

START_TEST(reads_a_tag)
{
	struct ondisk_udf_tag t;

	tag(ONDISK_UDF_ANCHOR, 256);
	ck_assert_int_eq(ondisk_udf_tag_decode(raw, 512, &t, NULL), ISOKIT_OK);
	ck_assert_uint_eq(t.id, 2);
	ck_assert_uint_eq(t.version, 2);
	ck_assert_uint_eq(t.location, 256);
}
END_TEST

START_TEST(refuses_wrong_sums)
{
	struct ondisk_udf_tag t;

	tag(ONDISK_UDF_ANCHOR, 256);
	ck_assert_int_eq(ondisk_udf_tag_decode(raw, 511, &t, NULL), ISOKIT_E_SHORT);
	raw[4]++;
	ck_assert_int_eq(ondisk_udf_tag_decode(raw, 512, &t, NULL), ISOKIT_E_NOT_ISO);
	tag(ONDISK_UDF_ANCHOR, 256);
	raw[20] ^= 1;
	ck_assert_int_eq(ondisk_udf_tag_decode(raw, 512, &t, NULL), ISOKIT_E_CORRUPT);
	tag(ONDISK_UDF_ANCHOR, 256);
	put_le16(raw + 10, 497); /* one byte more than there is */
	raw[4] = (uint8_t)(raw[4] - 9 + 497 % 256 + 1);
	ck_assert_int_eq(ondisk_udf_tag_decode(raw, 512, &t, NULL), ISOKIT_E_CORRUPT);
	memset(raw, 0, sizeof(raw));
	ck_assert_int_eq(ondisk_udf_tag_decode(raw, 512, &t, NULL), ISOKIT_E_NOT_ISO);
}
END_TEST

START_TEST(reads_a_logical_volume)
{
	struct ondisk_udf_logical l;

	memset(raw, 0, sizeof(raw));
	put_le32(raw + 212, 2048);
	memcpy(raw + 217, "*OSTA UDF Compliant", 19);
	put_le16(raw + 240, 0x0250);
	ondisk_udf_logical_decode(raw, &l);
	ck_assert_uint_eq(l.block_bytes, 2048);
	ck_assert_uint_eq(l.revision, 0x0250);
	raw[217] = '+';
	ondisk_udf_logical_decode(raw, &l);
	ck_assert_uint_eq(l.revision, 0);
}
END_TEST

START_TEST(reads_strings_of_both_widths)
{
	uint8_t field[32] = { 8, 'A', 0xe4 };
	char out[64];

	field[31] = 3;
	ck_assert_uint_eq(ondisk_udf_dstring(field, 32, out), 3);
	ck_assert_mem_eq(out, "A\xc3\xa4", 3);
	memcpy(field, "\x10\x65\xe5\0B", 5);
	field[31] = 5;
	ck_assert_uint_eq(ondisk_udf_dstring(field, 32, out), 4);
	ck_assert_mem_eq(out, "\xe6\x97\xa5" "B", 4);
	field[31] = 0;
	ck_assert_uint_eq(ondisk_udf_dstring(field, 32, out), 0);
	field[31] = 32; /* longer than the field */
	ck_assert_uint_eq(ondisk_udf_dstring(field, 32, out), 0);
	field[31] = 5;
	field[0] = 9;
	ck_assert_uint_eq(ondisk_udf_dstring(field, 32, out), 0);
	ck_assert_uint_eq(ondisk_udf_dstring(field, 0, out), 0);
}
END_TEST

UNIT(udf)
{
	tcase_add_test(tc, reads_a_tag);
	tcase_add_test(tc, refuses_wrong_sums);
	tcase_add_test(tc, reads_a_logical_volume);
	tcase_add_test(tc, reads_strings_of_both_widths);
}
