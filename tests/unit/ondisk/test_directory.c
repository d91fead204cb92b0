/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/directory.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* A record of `length` bytes at the very end of an allocation, so that a read
 * behind it is seen by the sanitizer. */
static uint8_t *record(uint8_t length, const char *name, uint8_t name_bytes)
{
	uint8_t *p = calloc(1, length);

	p[0] = length;
	p[1] = 2;
	put_le32(p + 2, 100);
	put_be32(p + 6, 101);
	put_le32(p + 10, 5000);
	put_be32(p + 14, 5000);
	p[25] = ONDISK_DR_MULTI_EXTENT | ONDISK_DR_HIDDEN;
	p[26] = 3;
	p[27] = 4;
	put_le16(p + 28, 1);
	p[32] = name_bytes;
	memcpy(p + 33, name, strlen(name));
	return p;
}

START_TEST(reads_a_record)
{
	uint8_t *p = record(44, "A.B;1", 5);
	struct ondisk_dirent d;

	ck_assert_int_eq(ondisk_dirent_decode(p, 44, false, &d, NULL), ISOKIT_OK);
	ck_assert_uint_eq(d.length, 44);
	ck_assert_uint_eq(d.xattr_blocks, 2);
	ck_assert_uint_eq(d.lba.le, 100);
	ck_assert_uint_eq(d.lba.be, 101);
	ck_assert_uint_eq(d.bytes.le, 5000);
	ck_assert_uint_eq(d.flags, ONDISK_DR_MULTI_EXTENT | ONDISK_DR_HIDDEN);
	ck_assert_uint_eq(d.unit_blocks, 3);
	ck_assert_uint_eq(d.gap_blocks, 4);
	ck_assert_uint_eq(d.name_bytes, 5);
	ck_assert_ptr_eq(d.name, p + 33);
	/* 33 + 5 is even: no padding, 6 bytes of system use. */
	ck_assert_ptr_eq(d.system_use, p + 38);
	ck_assert_uint_eq(d.system_use_bytes, 6);
	ck_assert(!ondisk_dirent_is_dot(&d));
	free(p);
}
END_TEST

START_TEST(skips_the_padding_after_an_even_name)
{
	uint8_t *p = record(40, "AB.C", 4);
	struct ondisk_dirent d;

	ck_assert_int_eq(ondisk_dirent_decode(p, 40, false, &d, NULL), ISOKIT_OK);
	ck_assert_ptr_eq(d.system_use, p + 38);
	ck_assert_uint_eq(d.system_use_bytes, 2);
	free(p);
	/* Padding that the record has no room for. */
	p = record(37, "AB.C", 4);
	ck_assert_int_eq(ondisk_dirent_decode(p, 37, false, &d, NULL), ISOKIT_OK);
	ck_assert_uint_eq(d.system_use_bytes, 0);
	free(p);
}
END_TEST

START_TEST(takes_the_flags_of_high_sierra_from_byte_24)
{
	uint8_t *p = record(34, "", 1);
	struct ondisk_dirent d;

	p[24] = ONDISK_DR_DIRECTORY;
	ck_assert_int_eq(ondisk_dirent_decode(p, 34, true, &d, NULL), ISOKIT_OK);
	ck_assert_uint_eq(d.flags, ONDISK_DR_DIRECTORY);
	ck_assert(ondisk_dirent_is_dot(&d));
	free(p);
}
END_TEST

START_TEST(refuses_records_that_lie)
{
	uint8_t *p = record(44, "A.B;1", 5);
	struct ondisk_dirent d, before;
	struct isokit_error err;

	memset(&d, 0x5a, sizeof(d));
	before = d;
	ck_assert_int_eq(ondisk_dirent_decode(p, 43, false, &d, &err), ISOKIT_E_SHORT);
	ck_assert_int_eq(ondisk_dirent_decode(p, 0, false, &d, &err), ISOKIT_E_SHORT);
	p[32] = 12;
	ck_assert_int_eq(ondisk_dirent_decode(p, 44, false, &d, &err), ISOKIT_E_CORRUPT);
	p[32] = 0;
	ck_assert_int_eq(ondisk_dirent_decode(p, 44, false, &d, &err), ISOKIT_E_CORRUPT);
	p[32] = 1;
	for (unsigned length = 0; length < 34; length++) {
		p[0] = (uint8_t)length;
		ck_assert_int_eq(ondisk_dirent_decode(p, 44, false, &d, &err), ISOKIT_E_CORRUPT);
	}
	ck_assert_mem_eq(&d, &before, sizeof(d));
	free(p);
}
END_TEST

START_TEST(never_looks_behind_a_short_record)
{
	for (uint8_t length = 1; length < 40; length++) {
		uint8_t *p = calloc(1, length);
		struct ondisk_dirent d;

		p[0] = length;
		if (length > 32)
			p[32] = 255;
		ck_assert_int_ne(ondisk_dirent_decode(p, length, false, &d, NULL), ISOKIT_OK);
		free(p);
	}
}
END_TEST

START_TEST(reads_path_table_records_in_both_orders)
{
	const uint8_t little[] = { 3, 1, 0x17, 0, 0, 0, 2, 0, 'A', 'B', 'C', 0 };
	const uint8_t big[] = { 3, 1, 0, 0, 0, 0x17, 0, 2, 'A', 'B', 'C', 0 };
	const uint8_t sierra[] = { 0x17, 0, 0, 0, 1, 3, 2, 0, 'A', 'B', 'C', 0 };
	const struct {
		const uint8_t *p;
		bool big, sierra;
	} cases[] = { { little, false, false }, { big, true, false }, { sierra, false, true } };

	for (size_t i = 0; i < 3; i++) {
		struct ondisk_path_record r;

		ck_assert_int_eq(ondisk_path_record_decode(cases[i].p, 12, cases[i].big,
							   cases[i].sierra, &r, NULL), ISOKIT_OK);
		ck_assert_uint_eq(r.lba, 23);
		ck_assert_uint_eq(r.parent, 2);
		ck_assert_uint_eq(r.xattr_blocks, 1);
		ck_assert_uint_eq(r.name_bytes, 3);
		ck_assert_mem_eq(r.name, "ABC", 3);
		ck_assert_uint_eq(r.length, 12);
		ck_assert_int_eq(ondisk_path_record_decode(cases[i].p, 10, cases[i].big,
							   cases[i].sierra, &r, NULL),
				 ISOKIT_E_SHORT);
		ck_assert_int_eq(ondisk_path_record_decode(cases[i].p, 7, cases[i].big,
							   cases[i].sierra, &r, NULL),
				 ISOKIT_E_SHORT);
	}
}
END_TEST

START_TEST(refuses_a_path_table_record_without_name)
{
	const uint8_t raw[8] = { 0, 0, 1, 0, 0, 0, 1, 0 };
	struct ondisk_path_record r;

	ck_assert_int_eq(ondisk_path_record_decode(raw, 8, false, false, &r, NULL),
			 ISOKIT_E_CORRUPT);
}
END_TEST

UNIT(directory)
{
	tcase_add_test(tc, reads_a_record);
	tcase_add_test(tc, skips_the_padding_after_an_even_name);
	tcase_add_test(tc, takes_the_flags_of_high_sierra_from_byte_24);
	tcase_add_test(tc, refuses_records_that_lie);
	tcase_add_test(tc, never_looks_behind_a_short_record);
	tcase_add_test(tc, reads_path_table_records_in_both_orders);
	tcase_add_test(tc, refuses_a_path_table_record_without_name);
}
