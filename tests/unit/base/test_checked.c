/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include "base/checked.h"

START_TEST(a_range_that_would_wrap_is_outside)
{
	ck_assert(range_inside(0, 0, 0));
	ck_assert(range_inside(0, 10, 10));
	ck_assert(range_inside(10, 0, 10));
	ck_assert(!range_inside(0, 11, 10));
	ck_assert(!range_inside(11, 0, 10));
	ck_assert(!range_inside(1, 10, 10));
	ck_assert(!range_inside(1, UINT64_MAX, 10));
	ck_assert(!range_inside(UINT64_MAX, 1, 10));
	ck_assert(!range_inside(UINT64_MAX, UINT64_MAX, UINT64_MAX - 1));
	ck_assert(range_inside(0, UINT64_MAX, UINT64_MAX));
}
END_TEST

START_TEST(sums_and_products_that_wrap_are_refused)
{
	uint64_t r64 = 7;
	size_t r = 7;

	ck_assert(mul_size(3, 5, &r) && r == 15);
	ck_assert(!mul_size(SIZE_MAX / 2, 3, &r));
	ck_assert(add_u64(UINT64_MAX - 1, 1, &r64) && r64 == UINT64_MAX);
	ck_assert(!add_u64(UINT64_MAX, 1, &r64));
	ck_assert(mul_u64(UINT64_C(1) << 32, UINT64_C(1) << 31, &r64) && r64 == UINT64_C(1) << 63);
	ck_assert(!mul_u64(UINT64_C(1) << 32, UINT64_C(1) << 32, &r64));
}
END_TEST

START_TEST(rounds_up)
{
	ck_assert(div_up(0, 2048) == 0);
	ck_assert(div_up(1, 2048) == 1);
	ck_assert(div_up(2048, 2048) == 1);
	ck_assert(div_up(2049, 2048) == 2);
	ck_assert(div_up(UINT64_MAX, 1) == UINT64_MAX);
	ck_assert(div_up(UINT64_MAX, 2) == UINT64_C(1) << 63);
	ck_assert(round_up(0, 2048) == 0);
	ck_assert(round_up(2047, 2048) == 2048);
	ck_assert(round_up(2048, 2048) == 2048);
	ck_assert(round_up(UINT64_MAX - 1, 2048) == UINT64_MAX);
}
END_TEST

START_TEST(picks_the_smaller_and_the_larger)
{
	ck_assert(min_u64(1, UINT64_MAX) == 1);
	ck_assert(min_u64(UINT64_MAX, 1) == 1);
	ck_assert(max_u64(1, UINT64_MAX) == UINT64_MAX);
	ck_assert(max_u64(UINT64_MAX, 1) == UINT64_MAX);
}
END_TEST

UNIT(checked)
{
	tcase_add_test(tc, a_range_that_would_wrap_is_outside);
	tcase_add_test(tc, sums_and_products_that_wrap_are_refused);
	tcase_add_test(tc, rounds_up);
	tcase_add_test(tc, picks_the_smaller_and_the_larger);
}
