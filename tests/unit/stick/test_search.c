/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include "stick/search.h"

#include <string.h>

static const struct search_names names = {
	.label = "My Live 1", .new_label = "MY LIVE 1", .uuid = "2024-01-31-12-00-00-00",
	.new_uuid = "ABCD-0123",
};

static void expect(const char *from, const char *to)
{
	struct text out = { 0 };

	ck_assert_int_eq(search_adapt_text(from, strlen(from), &names, &out), strcmp(from, to) != 0);
	ck_assert_str_eq(text_string(&out), to);
	text_free(&out);
}

START_TEST(changes_what_is_searched_for)
{
	expect("linux /v root=live:CDLABEL=My\\x20Live\\x201 quiet\n",
	       "linux /v root=live:CDLABEL=MY\\x20LIVE\\x201 quiet\n");
	expect("search --set=root --label 'My Live 1'\n", "search --set=root --label 'MY LIVE 1'\n");
	expect("  search -l \"My Live 1\" --hint x\n", "  search -l \"MY LIVE 1\" --hint x\n");
	expect("a archisolabel=\"My Live 1\"", "a archisolabel=\"MY LIVE 1\"");
	expect("archisosearchuuid=2024-01-31-12-00-00-00 x", "archisosearchuuid=ABCD-0123 x");
	expect("search --fs-uuid --set=root 2024-01-31-12-00-00-00\n",
	       "search --fs-uuid --set=root ABCD-0123\n");
	expect("label=My Live 1\nlabel=My Live 1", "label=MY LIVE 1\nlabel=MY LIVE 1");
}
END_TEST

START_TEST(leaves_all_else)
{
	expect("", "");
	expect("menuentry 'My Live 1' {\n", "menuentry 'My Live 1' {\n");
	expect("menu title My Live 1", "menu title My Live 1");
	expect("label=My Live 12", "label=My Live 12");
	expect("label=My Live 1-x", "label=My Live 1-x");
	expect("label=My Live", "label=My Live");
	expect("research -l x My Live 1", "research -l x My Live 1");
	expect("search --file /boot/2024-01-31-12-00-00-00.uuid\n",
	       "search --file /boot/2024-01-31-12-00-00-00.uuid\n");
}
END_TEST

UNIT(search)
{
	tcase_add_test(tc, changes_what_is_searched_for);
	tcase_add_test(tc, leaves_all_else);
}
