/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/byteorder.h"

static const uint8_t bytes[] = { 0xf1, 0xe2, 0xd3, 0xc4, 0xb5, 0xa6, 0x97, 0x88, 0x79 };

START_TEST(gets_little_endian)
{
	ck_assert_uint_eq(get_le16(bytes), 0xe2f1);
	ck_assert_uint_eq(get_le32(bytes), 0xc4d3e2f1);
	ck_assert(get_le64(bytes) == UINT64_C(0x8897a6b5c4d3e2f1));
}
END_TEST

START_TEST(gets_big_endian)
{
	ck_assert_uint_eq(get_be16(bytes), 0xf1e2);
	ck_assert_uint_eq(get_be32(bytes), 0xf1e2d3c4);
	ck_assert(get_be64(bytes) == UINT64_C(0xf1e2d3c4b5a69788));
}
END_TEST

START_TEST(does_not_care_for_alignment)
{
	ck_assert_uint_eq(get_le32(bytes + 1), 0xb5c4d3e2);
	ck_assert(get_be64(bytes + 1) == UINT64_C(0xe2d3c4b5a6978879));
}
END_TEST

START_TEST(puts_what_it_gets)
{
	uint8_t p[10];

	memset(p, 0xaa, sizeof(p));
	put_le16(p + 1, 0xe2f1);
	ck_assert_uint_eq(get_le16(p + 1), 0xe2f1);
	put_be16(p + 1, 0xe2f1);
	ck_assert_uint_eq(get_be16(p + 1), 0xe2f1);
	ck_assert_uint_eq(p[3], 0xaa);
	put_le32(p + 1, 0xc4d3e2f1);
	ck_assert_uint_eq(get_le32(p + 1), 0xc4d3e2f1);
	put_be32(p + 1, 0xc4d3e2f1);
	ck_assert_uint_eq(get_be32(p + 1), 0xc4d3e2f1);
	ck_assert_uint_eq(p[5], 0xaa);
	put_le64(p + 1, UINT64_C(0x8897a6b5c4d3e2f1));
	ck_assert(get_le64(p + 1) == UINT64_C(0x8897a6b5c4d3e2f1));
	ck_assert_uint_eq(p[0], 0xaa);
	ck_assert_uint_eq(p[9], 0xaa);
}
END_TEST

START_TEST(keeps_both_halves_when_they_differ)
{
	struct both16 b16 = get_both16(bytes);
	struct both32 b32 = get_both32(bytes);

	ck_assert_uint_eq(b16.le, 0xe2f1);
	ck_assert_uint_eq(b16.be, 0xd3c4);
	ck_assert_uint_eq(b32.le, 0xc4d3e2f1);
	ck_assert_uint_eq(b32.be, 0xb5a69788);
}
END_TEST

UNIT(byteorder)
{
	tcase_add_test(tc, gets_little_endian);
	tcase_add_test(tc, gets_big_endian);
	tcase_add_test(tc, does_not_care_for_alignment);
	tcase_add_test(tc, puts_what_it_gets);
	tcase_add_test(tc, keeps_both_halves_when_they_differ);
}
