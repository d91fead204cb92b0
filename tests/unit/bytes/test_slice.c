/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bytes/source.h"

static const char bytes[] = "0123456789";

START_TEST(moves_every_offset)
{
	struct isokit_source *inner = NULL, *slice = NULL, *both = NULL;
	char buffer[16] = "";

	isokit_source_from_memory(bytes, 10, "m", &inner, NULL);
	ck_assert_int_eq(isokit_source_slice(inner, 2, 6, &slice, NULL), ISOKIT_OK);
	ck_assert(isokit_source_size(slice) == 6);
	ck_assert_str_eq(isokit_source_name(slice), "m");
	ck_assert_int_eq(isokit_source_read_at(slice, 0, buffer, 6, NULL), ISOKIT_OK);
	ck_assert_str_eq(buffer, "234567");
	/* Inside the inner source, but not in the slice. */
	ck_assert_int_eq(isokit_source_read_at(slice, 0, buffer, 7, NULL), ISOKIT_E_SHORT);
	ck_assert_int_eq(isokit_source_read_at(slice, 6, buffer, 1, NULL), ISOKIT_E_SHORT);

	ck_assert_int_eq(isokit_source_slice(slice, 1, 2, &both, NULL), ISOKIT_OK);
	memset(buffer, 0, sizeof(buffer));
	ck_assert_int_eq(isokit_source_read_at(both, 0, buffer, 2, NULL), ISOKIT_OK);
	ck_assert_str_eq(buffer, "34");
	isokit_source_close(both); /* closes all three: the leak checker watches */
}
END_TEST

START_TEST(refuses_what_is_not_inside)
{
	struct isokit_source *inner = NULL, *slice = NULL;
	struct isokit_error err;

	isokit_source_from_memory(bytes, 10, "m", &inner, NULL);
	ck_assert_int_eq(isokit_source_slice(inner, 5, 6, &slice, &err), ISOKIT_E_INVALID);
	ck_assert_int_eq(isokit_source_slice(inner, 11, 0, &slice, NULL), ISOKIT_E_INVALID);
	ck_assert_int_eq(isokit_source_slice(inner, 1, UINT64_MAX, &slice, NULL),
			 ISOKIT_E_INVALID);
	ck_assert_ptr_null(slice);
	ck_assert_int_eq(isokit_source_slice(inner, 10, 0, &slice, NULL), ISOKIT_OK);
	isokit_source_close(slice);
}
END_TEST

START_TEST(says_where_the_bytes_are)
{
	struct isokit_source *inner = NULL, *slice = NULL;
	struct isokit_location where;
	FILE *f = tmpfile();

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(ftruncate(fileno(f), 4096), 0);
	isokit_source_from_fd(fileno(f), "f", &inner, NULL);
	isokit_source_slice(inner, 1000, 2000, &slice, NULL);
	isokit_source_locate(slice, 24, 100, &where);
	ck_assert_int_eq(where.where, ISOKIT_WHERE_FD);
	ck_assert_int_eq(where.fd, fileno(f));
	ck_assert(where.offset == 1024);
	ck_assert(where.length >= 1 && where.length <= 100);
	isokit_source_close(slice);
	fclose(f);
}
END_TEST

UNIT(slice)
{
	tcase_add_test(tc, moves_every_offset);
	tcase_add_test(tc, refuses_what_is_not_inside);
	tcase_add_test(tc, says_where_the_bytes_are);
}
