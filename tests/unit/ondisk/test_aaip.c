/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "ondisk/aaip.h"

#define LIST(bytes) (const uint8_t *)(bytes), sizeof(bytes) - 1

START_TEST(joins_the_records_of_a_component)
{
	uint8_t out[64];
	size_t at = 0, n = 0;
	bool bad = false;
	static const char list[] = "\0\4name" "\1\3lon" "\1\0" "\0\1g" "\0\0";

	ck_assert(ondisk_aaip_next(LIST(list), &at, out, &n, &bad));
	ck_assert_uint_eq(n, 4);
	ck_assert_mem_eq(out, "name", 4);
	ck_assert(ondisk_aaip_next(LIST(list), &at, out, &n, &bad));
	ck_assert_uint_eq(n, 4);
	ck_assert_mem_eq(out, "long", 4);
	ck_assert(ondisk_aaip_next(LIST(list), &at, out, &n, &bad));
	ck_assert_uint_eq(n, 0);
	ck_assert(!ondisk_aaip_next(LIST(list), &at, out, &n, &bad));
	ck_assert(!bad);
}
END_TEST

START_TEST(stops_where_a_record_reaches_over)
{
	static const char *const lists[] = { "\0", "\0\2x", "\1\1x", "\1\0\1\0" };
	static const size_t bytes[] = { 1, 3, 3, 4 };
	uint8_t out[64];

	for (size_t i = 0; i < 4; i++) {
		size_t at = 0, n;
		bool bad = false;

		ck_assert(!ondisk_aaip_next((const uint8_t *)lists[i], bytes[i], &at, out, &n,
					    &bad));
		ck_assert(bad);
	}
}
END_TEST

START_TEST(spells_out_the_namespaces)
{
	size_t skip = 9;

	ck_assert_str_eq(ondisk_aaip_namespace((const uint8_t *)"\3abc", 4, &skip), "user.");
	ck_assert_uint_eq(skip, 1);
	ck_assert_str_eq(ondisk_aaip_namespace((const uint8_t *)"\6x", 2, &skip), "security.");
	ck_assert_str_eq(ondisk_aaip_namespace((const uint8_t *)"\1\3abc", 5, &skip), "");
	ck_assert_uint_eq(skip, 1);
	ck_assert_ptr_null(ondisk_aaip_namespace((const uint8_t *)"user.a", 6, &skip));
	ck_assert_uint_eq(skip, 0);
	ck_assert_ptr_null(ondisk_aaip_namespace((const uint8_t *)"\7x", 2, &skip));
	ck_assert_ptr_null(ondisk_aaip_namespace((const uint8_t *)"", 0, &skip));
}
END_TEST

/* The first example of the description. */
START_TEST(reads_access_control_lists)
{
	static const char acl[] = "\x16\xae\1\x7b\x34\xce\2\xff\xfe\x54\x64";
	static const struct ondisk_acl_entry want[] = {
		{ ONDISK_ACL_USER_OBJ, 6, 0 }, { ONDISK_ACL_USER, 6, 123 },
		{ ONDISK_ACL_GROUP_OBJ, 4, 0 }, { ONDISK_ACL_GROUP, 6, 65534 },
		{ ONDISK_ACL_MASK, 4, 0 }, { ONDISK_ACL_OTHER, 4, 0 },
	};
	struct ondisk_acl_entry e;
	bool bad = false;
	size_t at = 0;

	for (size_t i = 0; i < 6; i++) {
		ck_assert(ondisk_acl_next(LIST(acl), &at, &e, &bad));
		ck_assert_uint_eq(e.type, want[i].type);
		ck_assert_uint_eq(e.permissions, want[i].permissions);
		ck_assert_uint_eq(e.id, want[i].id);
	}
	ck_assert(!ondisk_acl_next(LIST(acl), &at, &e, &bad) && !bad);
	at = 0;
	ck_assert(!ondisk_acl_next(LIST("\xae\2\1"), &at, &e, &bad) && bad);
	bad = false;
	at = 0;
	ck_assert(!ondisk_acl_next(LIST("\xae\x81\1"), &at, &e, &bad) && bad);
	bad = false;
	at = 0;
	ck_assert(ondisk_acl_next(LIST("\xae\5\1\2\3\4\5"), &at, &e, &bad) && bad);
	bad = false;
	at = 0; /* a name for a number is no entry, and longer */
	ck_assert(ondisk_acl_next(LIST("\x08\15\0\173\0\0\0\0\0\0\173lisa"), &at, &e, &bad));
	ck_assert(!bad && e.type == ONDISK_ACL_TRANSLATE && at == 15);
}
END_TEST

UNIT(aaip)
{
	tcase_add_test(tc, joins_the_records_of_a_component);
	tcase_add_test(tc, stops_where_a_record_reaches_over);
	tcase_add_test(tc, spells_out_the_namespaces);
	tcase_add_test(tc, reads_access_control_lists);
}
