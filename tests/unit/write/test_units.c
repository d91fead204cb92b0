/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "write/units.h"

static uint8_t group[UNITS_GROUP_BYTES];

static void fill(unsigned n)
{
	for (size_t i = 0; i < sizeof(group); i++)
		group[i] = (uint8_t)(i * 31 + i / 257 + n * 7 + (n + 1) * (i >> 16));
}

static void sum(uint64_t leaves[UNITS_LEAVES])
{
	for (unsigned i = 0; i < UNITS_LEAVES; i++)
		leaves[i] = units_sum(group + (size_t)i * UNITS_LEAF_BYTES, UNITS_LEAF_BYTES);
}

START_TEST(every_bit_counts)
{
	uint64_t before;

	fill(1);
	before = units_sum(group, 1000);
	for (size_t i = 0; i < 1000; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			group[i] ^= (uint8_t)(1 << bit);
			ck_assert(units_sum(group, 1000) != before);
			group[i] ^= (uint8_t)(1 << bit);
		}
	ck_assert(units_sum(group, 1000) == before);
	ck_assert(units_sum(group, 999) != before);
	memset(group, 0, sizeof(group));
	ck_assert(units_sum(group, 64) != units_sum(group, 128));
	ck_assert(units_sum(group, 0) != 0);
}
END_TEST

START_TEST(words_that_change_places_count)
{
	uint64_t before;
	uint8_t word[16];

	fill(2);
	before = units_sum(group, UNITS_LEAF_BYTES);
	for (size_t i = 0; i < 4096; i += 16) {
		memcpy(word, group + i, 16);
		memcpy(group + i, group + i + 64, 16);
		memcpy(group + i + 64, word, 16);
		ck_assert(units_sum(group, UNITS_LEAF_BYTES) != before);
		memcpy(group + i + 64, group + i, 16);
		memcpy(group + i, word, 16);
	}
}
END_TEST

/* However large the units have become, what differs is found, and what does not is not. */
START_TEST(units_grow_and_stay_right)
{
	static const size_t few[] = { 0, 64, 20, 9, 4, 1 };

	for (size_t k = 0; k < sizeof(few) / sizeof(*few); k++) {
		struct units u = { .few = few[k] };
		uint64_t leaves[UNITS_LEAVES];

		for (unsigned n = 0; n < 8; n++) {
			fill(n);
			/* Group 3 has a gap, group 5 nothing at all, the last one ends early. */
			if (n == 5)
				continue;
			if (n == 3) {
				ck_assert(units_add(&u, 3 * UNITS_GROUP_BYTES, group,
						    UNITS_LEAF_BYTES));
				ck_assert(units_add(&u, 3 * UNITS_GROUP_BYTES + 5 * UNITS_LEAF_BYTES,
						    group + 5 * UNITS_LEAF_BYTES, UNITS_LEAF_BYTES));
				continue;
			}
			ck_assert(units_add(&u, (uint64_t)n * UNITS_GROUP_BYTES, group,
					    n == 7 ? 5000 : UNITS_GROUP_BYTES));
		}
		ck_assert(units_end(&u));
		for (unsigned n = 0; n < 8; n++) {
			uint64_t at = (uint64_t)n * UNITS_GROUP_BYTES;

			if (n == 5)
				continue;
			fill(n);
			sum(leaves);
			for (unsigned i = 0; i < UNITS_LEAVES; i++)
				if ((n == 3 && i != 0 && i != 5) || (n == 7 && i))
					leaves[i] = 0;
			if (n == 7)
				leaves[0] = units_sum(group, 5000);
			ck_assert_uint_eq(units_compare(&u, at, leaves), 0);
			leaves[0] ^= 1;
			ck_assert_uint_eq(units_compare(&u, at, leaves) & 1, 1);
			ck_assert_uint_eq(units_compare(&u, at, leaves) >>
					  (units_unit_bytes(&u) / UNITS_LEAF_BYTES), 0);
		}
		fill(2);
		sum(leaves);
		ck_assert_uint_eq(units_find(&u, units_of_leaves(&u, leaves, 0), 0),
				  2 * UNITS_GROUP_BYTES);
		units_free(&u);
	}
}
END_TEST

UNIT(units)
{
	tcase_add_test(tc, every_bit_counts);
	tcase_add_test(tc, words_that_change_places_count);
	tcase_add_test(tc, units_grow_and_stay_right);
}
