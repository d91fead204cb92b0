/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "model/tree.h"
#include "unit.h"

static char out[TREE_NAME_BYTES];

static void iso(const char *raw, bool is_directory, const char *want, bool renamed)
{
	bool got = false;
	size_t n = model_name_iso9660((const uint8_t *)raw, strlen(raw), is_directory, out, &got);

	ck_assert_uint_eq(n, strlen(want));
	ck_assert_mem_eq(out, want, n);
	ck_assert_int_eq(got, renamed);
}

START_TEST(takes_off_version_one_and_the_bare_dot)
{
	iso("A.TXT;1", false, "A.TXT", false);
	iso("A.;1", false, "A", false);
	iso("A;1", false, "A", false);
	iso("A.", false, "A", false);
	iso("A.B;2", false, "A.B;2", false);
	iso("A.B;11", false, "A.B;11", false);
	iso("A.B.;1", false, "A.B", false);
	iso("DIR.;1", true, "DIR.;1", false);
	iso(";1", false, ";1", false);
}
END_TEST

START_TEST(replaces_what_no_path_can_hold)
{
	iso("A/B", true, "A_B", true);
	iso(".", true, "_", true);
	iso("..", true, "_.", true);
	iso("...", true, "...", false);
	iso("", false, "_", true);
}
END_TEST

START_TEST(keeps_enhanced_names_but_for_the_version)
{
	bool renamed = false;
	size_t n = model_name_enhanced((const uint8_t *)"name.;1", 7, out, &renamed);

	ck_assert_uint_eq(n, 5);
	ck_assert_mem_eq(out, "name.", 5);
	ck_assert(!renamed);
}
END_TEST

START_TEST(converts_joliet_names)
{
	bool renamed = false, bad = false;
	size_t n = model_name_joliet((const uint8_t *)"\0a\0;\0001", 6, false, out, &renamed, &bad);

	ck_assert_uint_eq(n, 1);
	ck_assert_mem_eq(out, "a", 1);
	n = model_name_joliet((const uint8_t *)"\0a\0;\0001", 6, true, out, &renamed, &bad);
	ck_assert_uint_eq(n, 3);
	ck_assert(!renamed && !bad);
	n = model_name_joliet((const uint8_t *)"\0a\0\0\0/", 6, false, out, &renamed, &bad);
	ck_assert_uint_eq(n, 3);
	ck_assert_mem_eq(out, "a__", 3);
	ck_assert(renamed && !bad);
	n = model_name_joliet((const uint8_t *)"\0a\0", 3, false, out, &renamed, &bad);
	ck_assert(bad);
}
END_TEST

START_TEST(tells_level_one)
{
	static const struct {
		const char *raw;
		bool is_directory, level1;
	} cases[] = {
		{ "ABCDEFGH.TXT;1", false, true }, { "ABCDEFGHI.TXT;1", false, false },
		{ "A.TEXT;1", false, false },      { "a.TXT;1", false, false },
		{ "A_1.;1", false, true },         { "A", false, true },
		{ "A.B.C;1", false, false },       { "ABCDEFGH", true, true },
		{ "ABCDEFGHI", true, false },      { "A.B", true, false },
		{ "A-B", false, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(model_name_is_level1((const uint8_t *)cases[i].raw,
						   strlen(cases[i].raw), cases[i].is_directory) ==
			      cases[i].level1, "%s", cases[i].raw);
}
END_TEST

START_TEST(remembers_names)
{
	struct name_set set = { 0 };
	size_t budget = 1 << 20;
	char name[16] = "name-00000";

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 20000; i++) {
			for (int k = 0, v = i; k < 5; k++, v /= 10)
				name[9 - k] = (char)('0' + v % 10);
			ck_assert(!model_name_set_add(&set, name, 10, &budget));
		}
		ck_assert(model_name_set_add(&set, "name-12345", 10, &budget));
		ck_assert(!model_name_set_add(&set, "name-1234", 9, &budget));
		ck_assert(model_name_set_add(&set, "name-1234", 9, &budget));
		model_name_set_clear(&set, 10, &budget);
	}
	model_name_set_free(&set, &budget);
	ck_assert_uint_eq(budget, 1 << 20);
}
END_TEST

START_TEST(forgets_rather_than_grow_without_bound)
{
	struct name_set set = { 0 };
	size_t budget = 64;
	char name[4] = "a00";
	int known = 0;

	for (int i = 0; i < 100; i++) {
		name[1] = (char)('0' + i / 10);
		name[2] = (char)('0' + i % 10);
		known += model_name_set_add(&set, name, 3, &budget);
	}
	ck_assert_int_eq(known, 0);
	ck_assert_uint_eq(set.capacity, 64);
	model_name_set_free(&set, &budget);
}
END_TEST

START_TEST(maps_blocks)
{
	struct lba_set set = { 0 };
	uint32_t value = 0;
	bool known;

	ck_assert(!model_lba_set_get(&set, 0, &value));
	for (uint32_t i = 0; i < 10000; i++) {
		ck_assert(model_lba_set_add(&set, i * 17, i, &known));
		ck_assert(!known);
	}
	ck_assert(model_lba_set_add(&set, 17, 99, &known));
	ck_assert(known);
	ck_assert_uint_eq(set.n, 10000);
	for (uint32_t i = 0; i < 10000; i++) {
		ck_assert(model_lba_set_get(&set, i * 17, &value));
		ck_assert_uint_eq(value, i);
	}
	ck_assert(!model_lba_set_get(&set, 5, &value));
	ck_assert(!model_lba_set_add(&set, UINT32_MAX, 0, &known));
	model_lba_set_free(&set);
}
END_TEST

UNIT(names)
{
	tcase_add_test(tc, takes_off_version_one_and_the_bare_dot);
	tcase_add_test(tc, replaces_what_no_path_can_hold);
	tcase_add_test(tc, keeps_enhanced_names_but_for_the_version);
	tcase_add_test(tc, converts_joliet_names);
	tcase_add_test(tc, tells_level_one);
	tcase_add_test(tc, remembers_names);
	tcase_add_test(tc, forgets_rather_than_grow_without_bound);
	tcase_add_test(tc, maps_blocks);
}
