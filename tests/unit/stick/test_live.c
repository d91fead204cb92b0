/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include "stick/live.h"

#include <string.h>

static void expect(const char *from, const char *parameter, const char *to, size_t want, bool has)
{
	char text[300];
	size_t n = strlen(from), places = 0;
	bool found = false;

	memcpy(text, from, n + 1);
	ck_assert_int_eq(live_parameter_put(text, n, parameter, &places, &found), want > 0);
	ck_assert_str_eq(text, to);
	ck_assert_uint_eq(places, want);
	ck_assert_int_eq(found, has);
}

START_TEST(takes_the_place_of_words_that_hide)
{
	expect(" append a=b quiet splash\n", "persistence", " append a=b persistence \n", 1, false);
	expect("\tlinux /v --- quiet splash c\n", "persistent", "\tlinux /v --- persistent   c\n", 1,
	       false);
	expect("linux x quiet splash\nlinux y quiet splash", "persistent",
	       "linux x persistent  \nlinux y persistent  ", 2, false);
	expect("options x rhgb quiet", "cow", "options x cow       ", 1, false);
}
END_TEST

START_TEST(leaves_all_else)
{
	expect("", "persistence", "", 0, false);
	expect("quiet splash", "persistence", "quiet splash", 0, false);
	expect("# quiet splash\n", "persistence", "# quiet splash\n", 0, false);
	expect("append quiet splashy", "persistence", "append quiet splashy", 0, false);
	expect("append notquiet splash", "persistence", "append notquiet splash", 0, false);
	expect("append quiet rhgb", "persistence", "append quiet rhgb", 0, false);
	expect("append quiet splash persistence", "persistence", "append quiet splash persistence", 0,
	       true);
	expect("initrd quiet splash", "persistence", "initrd quiet splash", 0, false);
}
END_TEST

UNIT(live)
{
	tcase_add_test(tc, takes_the_place_of_words_that_hide);
	tcase_add_test(tc, leaves_all_else);
}
