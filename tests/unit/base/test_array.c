/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/array.h"

START_TEST(grows_and_keeps_its_content)
{
	uint32_t *items = NULL;
	size_t capacity = 0, moves = 0;

	for (uint32_t i = 0; i < 100000; i++) {
		size_t before = capacity;

		ck_assert(ARRAY_RESERVE(items, capacity, i + 1u));
		ck_assert_uint_gt(capacity, i);
		moves += capacity != before;
		items[i] = i;
	}
	for (uint32_t i = 0; i < 100000; i++)
		ck_assert_uint_eq(items[i], i);
	ck_assert_uint_lt(moves, 20); /* doubling, not one by one */
	free(items);
}
END_TEST

START_TEST(a_refusal_changes_nothing)
{
	uint64_t *items = NULL;
	size_t capacity = 0;

	ck_assert(ARRAY_RESERVE(items, capacity, 4));
	items[3] = 42;
	size_t before = capacity;
	ck_assert(!ARRAY_RESERVE(items, capacity, SIZE_MAX / 4));
	ck_assert(!ARRAY_RESERVE(items, capacity, SIZE_MAX));
	ck_assert_uint_eq(capacity, before);
	ck_assert(items[3] == 42);
	free(items);
}
END_TEST

UNIT(array)
{
	tcase_add_test(tc, grows_and_keeps_its_content);
	tcase_add_test(tc, a_refusal_changes_nothing);
}
