/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include "common/options.h"

static const char *const words[] = { "json", "list", "names", "check", "require", "verbose" };

static const struct {
	const char *wrong, *right;
} cases[] = {
	{ "jsom", "json" },    { "josn", "json" },    { "lst", "list" },   { "name", "names" },
	{ "chekc", "check" },  { "requires", "require" }, { "verb", "verbose" }, { "req", "require" },
	{ "xyzzy", NULL },     { "", NULL },          { "v", NULL },       { "output", NULL },
	{ "a-word-far-longer-than-any-option-that-anybody-ever-thought-of", NULL },
};

START_TEST(finds_the_nearest)
{
	const char *found = nearest_word(cases[_i].wrong, words, 6);

	if (cases[_i].right)
		ck_assert_pstr_eq(found, cases[_i].right);
	else
		ck_assert_ptr_null(found);
}
END_TEST

UNIT(nearest)
{
	tcase_add_loop_test(tc, finds_the_nearest, 0, (int)(sizeof(cases) / sizeof(cases[0])));
}
