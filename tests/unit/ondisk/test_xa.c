/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "ondisk/xa.h"

START_TEST(decodes_xa_attributes)
{
	static const uint8_t raw[14] = { 0, 1, 0, 2, 0x15, 0x55, 'X', 'A', 3 };
	struct ondisk_xa xa;

	ck_assert(ondisk_xa_decode(raw, 14, &xa));
	ck_assert_uint_eq(xa.group, 1);
	ck_assert_uint_eq(xa.user, 2);
	ck_assert_uint_eq(xa.attributes, 0x1555);
	ck_assert(xa.attributes & ONDISK_XA_FORM2);
	ck_assert_uint_eq(xa.file_number, 3);
	ck_assert(!ondisk_xa_decode(raw, 13, &xa));
	ck_assert(!ondisk_xa_decode((const uint8_t *)"0123456789abcd", 14, &xa));
}
END_TEST

START_TEST(decodes_apples_type_and_creator)
{
	struct ondisk_apple a;

	ck_assert(ondisk_apple_decode((const uint8_t *)"AA\16\2TEXTttxt\1\0", 14, &a));
	ck_assert_str_eq(a.type, "TEXT");
	ck_assert_str_eq(a.creator, "ttxt");
	ck_assert_uint_eq(a.finder_flags, 0x100);
	ck_assert(ondisk_apple_decode((const uint8_t *)"BA\6A\1PLdosa\0\0", 13, &a));
	ck_assert_str_eq(a.type, "A?PL");
	ck_assert(!ondisk_apple_decode((const uint8_t *)"AA\16\1TEXTttxt\1\0", 14, &a)); /* ProDOS */
	ck_assert(!ondisk_apple_decode((const uint8_t *)"AA\16\2TEXTttxt\1", 13, &a));
	ck_assert(!ondisk_apple_decode((const uint8_t *)"BA\6", 3, &a));
}
END_TEST

UNIT(xa)
{
	tcase_add_test(tc, decodes_xa_attributes);
	tcase_add_test(tc, decodes_apples_type_and_creator);
}
