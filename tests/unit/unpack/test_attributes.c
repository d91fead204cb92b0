/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include "base/text.h"
#include "tree/attributes.h"
#include "unpack/unpack.h"

START_TEST(a_list_comes_back_as_it_was)
{
	static const char acl[] = "user::rwx,user:7:r-x,user:1000:---,group::r--,mask::rwx,other::--x";
	uint8_t raw[256];
	struct text text = { 0 };
	size_t n = unpack_acl_encode(acl, raw, sizeof(raw));

	ck_assert_uint_eq(n, 4 + 6 * 8);
	ck_assert(tree_acl_from_xattr(raw, n, &text));
	ck_assert_str_eq(text_string(&text), acl);
	text_free(&text);
}
END_TEST

START_TEST(entries_are_put_in_order)
{
	uint8_t a[256], b[256];
	size_t n = unpack_acl_encode("other::r--,user:9:rwx,user:3:rw-,group::r--,user::rw-,mask::rwx",
				     a, sizeof(a));

	ck_assert_uint_eq(n, unpack_acl_encode("user::rw-,user:3:rw-,user:9:rwx,group::r--,"
					       "mask::rwx,other::r--", b, sizeof(b)));
	ck_assert_mem_eq(a, b, n);
}
END_TEST

START_TEST(what_is_no_list_is_refused)
{
	static const char *const bad[] = { "", "user", "user:", "user::", "user::rwxx", "user::rw",
					   "user:abc:rwx", "mask:7", "who::rwx", "user::rwx,,other::r--",
					   "user:99999999999999999999:rwx" };
	uint8_t raw[4096];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!unpack_acl_encode(bad[i], raw, sizeof(raw)), "%s", bad[i]);
	ck_assert_uint_eq(unpack_acl_encode("user::rwx,group::r-x,other::r-x", raw, 20), 0);
}
END_TEST

UNIT(attributes)
{
	tcase_add_test(tc, a_list_comes_back_as_it_was);
	tcase_add_test(tc, entries_are_put_in_order);
	tcase_add_test(tc, what_is_no_list_is_refused);
}
