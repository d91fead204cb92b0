/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

START_TEST(memory_is_zero_and_aligned)
{
	struct arena a = { 0 };

	for (size_t n = 0; n < 300; n++) {
		unsigned char *p = arena_alloc(&a, n);

		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			ck_assert_uint_eq(p[i], 0);
		memset(p, 0xff, n); /* a later one must not see this */
	}
	arena_release(&a);
	ck_assert_uint_eq(a.used, 0);
	ck_assert_ptr_nonnull(arena_alloc(&a, 1)); /* can be used again */
	arena_release(&a);
}
END_TEST

START_TEST(larger_than_a_block)
{
	struct arena a = { 0 };
	char *small = arena_strndup(&a, "before", 6);
	unsigned char *big = arena_alloc(&a, 1 << 20);

	ck_assert_ptr_nonnull(big);
	memset(big, 1, 1 << 20);
	ck_assert_str_eq(small, "before");
	arena_release(&a);
}
END_TEST

START_TEST(stops_at_its_limit)
{
	struct arena a = { .limit = 4096 };
	size_t got = 0;

	while (arena_alloc(&a, 100))
		got += 100;
	ck_assert_uint_gt(got, 3000);
	ck_assert_uint_le(got, 4096);
	ck_assert_uint_le(a.used, 4096);
	ck_assert_ptr_null(arena_alloc(&a, 4097));
	arena_release(&a);
}
END_TEST

START_TEST(refuses_products_that_wrap)
{
	struct arena a = { 0 };

	ck_assert_ptr_null(arena_array(&a, SIZE_MAX / 2, 4));
	ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX));
	ck_assert_ptr_null(arena_strndup(&a, "x", SIZE_MAX));
	ck_assert_ptr_nonnull(arena_array(&a, 10, 8));
	arena_release(&a);
}
END_TEST

START_TEST(copies_bytes)
{
	struct arena a = { 0 };
	char *s = arena_strndup(&a, "abc\0def", 7);

	ck_assert_mem_eq(s, "abc\0def", 8); /* with the NUL it adds */
	ck_assert_mem_eq(arena_memdup(&a, "xyz", 3), "xyz", 3);
	ck_assert_str_eq(arena_strndup(&a, NULL, 0), "");
	arena_release(&a);
}
END_TEST

UNIT(arena)
{
	tcase_add_test(tc, memory_is_zero_and_aligned);
	tcase_add_test(tc, larger_than_a_block);
	tcase_add_test(tc, stops_at_its_limit);
	tcase_add_test(tc, refuses_products_that_wrap);
	tcase_add_test(tc, copies_bytes);
}
