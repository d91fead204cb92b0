/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/volume.h"

#include <string.h>

#include "unit.h"

static uint8_t raw[2048];

static void fill_pvd(void)
{
	memset(raw, 0, sizeof(raw));
	memcpy(raw, "\1CD001\1", 7);
	memcpy(raw + 8, "SYSTEM", 6);
	memcpy(raw + 40, "VOLUME", 6);
	put_le32(raw + 80, 1000);
	put_be32(raw + 84, 1001);
	put_le16(raw + 128, 2048);
	put_be16(raw + 130, 2048);
	put_le32(raw + 132, 10);
	put_be32(raw + 136, 10);
	put_le32(raw + 140, 18);
	put_be32(raw + 148, 20);
	raw[156] = 34;
	put_le32(raw + 158, 23);
	memcpy(raw + 883, "application use", 15);
}

START_TEST(reads_the_fields_of_a_primary_descriptor)
{
	struct ondisk_volume v;

	fill_pvd();
	ck_assert_int_eq(ondisk_volume_decode(raw, sizeof(raw), &v, NULL), ISOKIT_OK);
	ck_assert(!v.high_sierra);
	ck_assert_uint_eq(v.type, 1);
	ck_assert_mem_eq(v.system_id.p, "SYSTEM", 6);
	ck_assert_uint_eq(v.system_id.n, 32);
	ck_assert_mem_eq(v.id.p, "VOLUME", 6);
	ck_assert_uint_eq(v.space_blocks.le, 1000);
	ck_assert_uint_eq(v.space_blocks.be, 1001);
	ck_assert_uint_eq(v.block_bytes.le, 2048);
	ck_assert_uint_eq(v.path_table_bytes.le, 10);
	ck_assert_uint_eq(v.path_table_l, 18);
	ck_assert_uint_eq(v.path_table_m, 20);
	ck_assert_uint_eq(v.root.n, 34);
	ck_assert_uint_eq(get_le32(v.root.p + 2), 23);
	ck_assert_mem_eq(v.application_use.p, "application use", 15);
	ck_assert_ptr_eq(v.bibliographic_file_id.p, raw + 776);
}
END_TEST

START_TEST(reads_high_sierra_at_its_own_offsets)
{
	struct ondisk_volume v;

	memset(raw, 0, sizeof(raw));
	raw[8] = 1;
	memcpy(raw + 9, "CDROM\1", 6);
	memcpy(raw + 48, "OLD", 3);
	put_le32(raw + 88, 77);
	put_le16(raw + 136, 2048);
	put_le32(raw + 148, 18);
	put_be32(raw + 164, 19);
	ck_assert_int_eq(ondisk_volume_decode(raw, sizeof(raw), &v, NULL), ISOKIT_OK);
	ck_assert(v.high_sierra);
	ck_assert_mem_eq(v.id.p, "OLD", 3);
	ck_assert_uint_eq(v.space_blocks.le, 77);
	ck_assert_uint_eq(v.path_table_l, 18);
	ck_assert_uint_eq(v.path_table_m, 19);
	ck_assert_ptr_eq(v.root.p, raw + 180);
}
END_TEST

START_TEST(refuses_what_is_short_or_foreign_and_leaves_the_output)
{
	struct ondisk_volume v, before;
	struct isokit_error err;

	fill_pvd();
	memset(&v, 0xa5, sizeof(v));
	before = v;
	ck_assert_int_eq(ondisk_volume_decode(raw, 2047, &v, &err), ISOKIT_E_SHORT);
	ck_assert_str_eq(err.subject, "volume descriptor");
	raw[3] = 'X';
	ck_assert_int_eq(ondisk_volume_decode(raw, 2048, &v, &err), ISOKIT_E_NOT_ISO);
	fill_pvd();
	raw[0] = 255;
	ck_assert_int_eq(ondisk_volume_decode(raw, 2048, &v, &err), ISOKIT_E_NOT_ISO);
	memcpy(raw, "\0NSR02\1", 7);
	ck_assert_int_eq(ondisk_volume_decode(raw, 2048, &v, &err), ISOKIT_E_NOT_ISO);
	ck_assert_mem_eq(&v, &before, sizeof(v));
}
END_TEST

START_TEST(knows_the_identifiers_of_the_recognition_sequence)
{
	static const char *const known[] = { "CD001", "BEA01", "NSR02", "NSR03",
					     "TEA01", "BOOT2", "CDW02" };
	struct ondisk_vd_head head;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		memset(raw, 0, sizeof(raw));
		memcpy(raw + 1, known[i], 5);
		raw[6] = 3;
		ck_assert(ondisk_vd_head_decode(raw, sizeof(raw), &head));
		ck_assert_str_eq(head.id, known[i]);
		ck_assert_uint_eq(head.version, 3);
		ck_assert(!ondisk_vd_head_decode(raw, 2047, &head));
	}
	memset(raw, 0, sizeof(raw));
	ck_assert(!ondisk_vd_head_decode(raw, sizeof(raw), &head));
}
END_TEST

static bool time17(const char *digits, int8_t gmt, struct isokit_time *ret)
{
	uint8_t bytes[17];

	memcpy(bytes, digits, 16);
	bytes[16] = (uint8_t)gmt;
	return ondisk_time17_decode(bytes, false, ret);
}

START_TEST(reads_long_dates)
{
	struct isokit_time t;

	ck_assert(time17("2024022912345678", -16, &t));
	ck_assert(t.set);
	ck_assert_int_eq(t.year, 2024);
	ck_assert_uint_eq(t.month, 2);
	ck_assert_uint_eq(t.day, 29);
	ck_assert_uint_eq(t.hour, 12);
	ck_assert_uint_eq(t.minute, 34);
	ck_assert_uint_eq(t.second, 56);
	ck_assert_uint_eq(t.hundredths, 78);
	ck_assert_int_eq(t.gmt_quarters, -16);
}
END_TEST

START_TEST(takes_zeros_blanks_and_nul_for_no_date)
{
	static const uint8_t nul[17];
	struct isokit_time t;

	ck_assert(time17("0000000000000000", 0, &t) && !t.set);
	ck_assert(time17("                ", 0, &t) && !t.set);
	ck_assert(ondisk_time17_decode(nul, false, &t) && !t.set);
	ck_assert(ondisk_time7_decode(nul, false, &t) && !t.set);
}
END_TEST

START_TEST(refuses_dates_that_no_calendar_has)
{
	static const char *const wrong[] = {
		"2023022900000000", "2024130100000000", "2024003100000000", "2024010000000000",
		"2024010124000000", "2024010100600000", "2024010100006100", "20240101000000x0",
		"2024-01-01000000", "0000010100000000", "1900022900000000",
	};
	struct isokit_time t;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_msg(!time17(wrong[i], 0, &t), "%s", wrong[i]);
		ck_assert(!t.set);
	}
	ck_assert(!time17("2024010100000000", 53, &t));
	ck_assert(!time17("2024010100000000", -49, &t));
	ck_assert(time17("2000022900000000", 52, &t));
	ck_assert(time17("1111111111111111", 0, &t) && t.set); /* all alike, and a date */
}
END_TEST

START_TEST(reads_short_dates)
{
	const uint8_t bytes[7] = { 124, 3, 5, 6, 32, 8, (uint8_t)-20 };
	const uint8_t wrong[7] = { 124, 13, 5, 6, 32, 8, 0 };
	struct isokit_time t;

	ck_assert(ondisk_time7_decode(bytes, false, &t));
	ck_assert_int_eq(t.year, 2024);
	ck_assert_uint_eq(t.second, 8);
	ck_assert_int_eq(t.gmt_quarters, -20);
	ck_assert(ondisk_time7_decode(bytes, true, &t));
	ck_assert_int_eq(t.gmt_quarters, 0);
	ck_assert(!ondisk_time7_decode(wrong, false, &t));
	ck_assert(!t.set);
}
END_TEST

UNIT(volume)
{
	tcase_add_test(tc, reads_the_fields_of_a_primary_descriptor);
	tcase_add_test(tc, reads_high_sierra_at_its_own_offsets);
	tcase_add_test(tc, refuses_what_is_short_or_foreign_and_leaves_the_output);
	tcase_add_test(tc, knows_the_identifiers_of_the_recognition_sequence);
	tcase_add_test(tc, reads_long_dates);
	tcase_add_test(tc, takes_zeros_blanks_and_nul_for_no_date);
	tcase_add_test(tc, refuses_dates_that_no_calendar_has);
	tcase_add_test(tc, reads_short_dates);
}
