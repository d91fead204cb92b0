/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "bytes/source.h"

START_TEST(serves_its_bytes)
{
	static const char bytes[] = "0123456789";
	struct isokit_source *src = NULL;
	struct isokit_location where;
	char buffer[16] = "";

	ck_assert_int_eq(isokit_source_from_memory(bytes, 10, "m", &src, NULL), ISOKIT_OK);
	ck_assert(isokit_source_size(src) == 10);
	ck_assert_int_eq(isokit_source_read_at(src, 0, buffer, 10, NULL), ISOKIT_OK);
	ck_assert_str_eq(buffer, "0123456789");
	ck_assert_int_eq(isokit_source_read_at(src, 7, buffer, 3, NULL), ISOKIT_OK);
	ck_assert_str_eq(buffer, "7893456789");
	memset(buffer, 'z', 4);
	ck_assert_int_eq(isokit_source_read_at(src, 8, buffer, 3, NULL), ISOKIT_E_SHORT);
	ck_assert_int_eq(buffer[0], 'z');
	isokit_source_locate(src, 0, 10, &where);
	ck_assert_int_eq(where.where, ISOKIT_WHERE_READ);
	isokit_source_close(src);
}
END_TEST

START_TEST(may_be_empty)
{
	struct isokit_source *src = NULL;
	char buffer[1];

	ck_assert_int_eq(isokit_source_from_memory(NULL, 0, "m", &src, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_source_read_at(src, 0, buffer, 0, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_source_read_at(src, 0, buffer, 1, NULL), ISOKIT_E_SHORT);
	isokit_source_close(src);
}
END_TEST

UNIT(memory)
{
	tcase_add_test(tc, serves_its_bytes);
	tcase_add_test(tc, may_be_empty);
}
