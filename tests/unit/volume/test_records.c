/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include "volume/records.h"

struct record {
	uint64_t number;
	char c;
};

START_TEST(they_are_found_by_number)
{
	struct record r[] = { { 7, 'c' }, { UINT64_MAX, 'd' }, { 3, 'a' }, { 3, 'a' } };
	const struct record *found;

	records_sort(r, 4, sizeof(r[0]), records_by_number);
	ck_assert_uint_eq(records_first(r, 4, sizeof(r[0]), 0), 0);
	ck_assert_uint_eq(records_first(r, 4, sizeof(r[0]), 3), 0);
	ck_assert_uint_eq(records_first(r, 4, sizeof(r[0]), 4), 2);
	ck_assert_uint_eq(records_first(r, 4, sizeof(r[0]), UINT64_MAX), 3);
	ck_assert_uint_eq(records_first(r, 3, sizeof(r[0]), 8), 3);
	found = records_find(r, 4, sizeof(r[0]), 7);
	ck_assert_ptr_nonnull(found);
	ck_assert_int_eq(found->c, 'c');
	ck_assert_ptr_null(records_find(r, 4, sizeof(r[0]), 8));
}
END_TEST

START_TEST(of_none_there_is_none)
{
	records_sort(NULL, 0, 16, records_by_number);
	ck_assert_uint_eq(records_first(NULL, 0, 16, 5), 0);
	ck_assert_ptr_null(records_find(NULL, 0, 16, 5));
}
END_TEST

UNIT(records)
{
	tcase_add_test(tc, they_are_found_by_number);
	tcase_add_test(tc, of_none_there_is_none);
}
