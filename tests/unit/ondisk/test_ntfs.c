/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "ondisk/ntfs.h"

START_TEST(runs_go_forth_and_back)
{
	/* 0x18 clusters at 0x5634, 0x60 behind them minus 0x10, a hole of 2, the end */
	static const uint8_t runs[] = { 0x21, 0x18, 0x34, 0x56, 0x11, 0x60, 0xf0, 0x01, 0x02, 0 };
	struct ondisk_ntfs_run r;
	uint64_t lcn = 0;
	size_t at = 0, n;

	n = ondisk_ntfs_run_decode(runs, sizeof(runs), &lcn, &r);
	ck_assert_uint_eq(n, 4);
	ck_assert_uint_eq(r.lcn, 0x5634);
	ck_assert_uint_eq(r.clusters, 0x18);
	at += n;
	n = ondisk_ntfs_run_decode(runs + at, sizeof(runs) - at, &lcn, &r);
	ck_assert_uint_eq(r.lcn, 0x5624);
	at += n;
	n = ondisk_ntfs_run_decode(runs + at, sizeof(runs) - at, &lcn, &r);
	ck_assert_uint_eq(r.lcn, UINT64_MAX);
	ck_assert_uint_eq(r.clusters, 2);
	at += n;
	ck_assert_uint_eq(ondisk_ntfs_run_decode(runs + at, sizeof(runs) - at, &lcn, &r), 0);
	ck_assert_uint_eq(ondisk_ntfs_run_decode(runs, 3, &lcn, &r), 0); /* cut off */
}
END_TEST

START_TEST(lznt1_as_its_description_has_it)
{
	/* MS-XCA, 3.4: the text of 142 letters */
	static const uint8_t packed[] = {
		0x38, 0xb0, 0x88, 0x46, 0x23, 0x20, 0x00, 0x20, 0x47, 0x20, 0x41, 0x00, 0x10,
		0xa2, 0x47, 0x01, 0xa0, 0x45, 0x20, 0x44, 0x00, 0x08, 0x45, 0x01, 0x50, 0x79,
		0x00, 0xc0, 0x45, 0x20, 0x05, 0x24, 0x13, 0x88, 0x05, 0xb4, 0x02, 0x4a, 0x44,
		0xef, 0x03, 0x58, 0x02, 0x8c, 0x09, 0x16, 0x01, 0x48, 0x45, 0x00, 0xbe, 0x00,
		0x9e, 0x00, 0x04, 0x01, 0x18, 0x90, 0x00,
	};
	static const char text[] =
		"F# F# G A A G F# E D D E F# F# E E F# F# G A A G F# E D D E F# E D D E E F# D E "
		"F# G F# D E F# G F# E D E A F# F# G A A G F# E D D E F# E D D";
	uint8_t out[sizeof(text) + 10];

	memset(out, 'x', sizeof(out));
	ck_assert(ondisk_ntfs_expand(packed, sizeof(packed), out, sizeof(out)));
	ck_assert_mem_eq(out, text, sizeof(text) - 1);
	ck_assert_uint_eq(out[sizeof(out) - 1], 0); /* what was not there is zero */
	ck_assert(!ondisk_ntfs_expand((const uint8_t *)"\xff\xbf", 2, out, sizeof(out)));
}
END_TEST

START_TEST(times_begin_in_1601)
{
	uint32_t ns;

	ck_assert_int_eq(ondisk_ntfs_seconds(UINT64_C(116444736000000000) + 25, &ns), 0);
	ck_assert_uint_eq(ns, 2500);
}
END_TEST

START_TEST(a_torn_record_is_none)
{
	uint8_t record[1024] = "FILE";

	record[4] = 48; /* where the saved ends of sectors are, and how many, with the mark */
	record[6] = 3;
	memcpy(record + 48, "\7\0ABCD", 6);
	memcpy(record + 510, "\7\0", 2);
	memcpy(record + 1022, "\7\0", 2);
	ck_assert(ondisk_ntfs_record_fix(record, sizeof(record)));
	ck_assert_mem_eq(record + 510, "AB", 2);
	ck_assert_mem_eq(record + 1022, "CD", 2);
	ck_assert(!ondisk_ntfs_record_fix(record, sizeof(record)));
}
END_TEST

UNIT(ntfs)
{
	tcase_add_test(tc, runs_go_forth_and_back);
	tcase_add_test(tc, lznt1_as_its_description_has_it);
	tcase_add_test(tc, times_begin_in_1601);
	tcase_add_test(tc, a_torn_record_is_none);
}
