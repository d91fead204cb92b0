/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes/source.h"

enum { SECTORS = 100, RAW = 2352, AHEAD = 16, LEAD = 7 };

static uint8_t raw[LEAD + SECTORS * RAW + 5], user[SECTORS * 2048];

/* A frame of AA around data that differs everywhere. */
static void setup(void)
{
	memset(raw, 0xaa, sizeof(raw));
	for (size_t i = 0; i < sizeof(user); i++)
		user[i] = (uint8_t)(i * 7 + i / 2048);
	for (size_t i = 0; i < SECTORS; i++)
		memcpy(raw + LEAD + i * RAW + AHEAD, user + i * 2048, 2048);
}

START_TEST(gives_the_user_data_of_any_range)
{
	static const struct {
		uint64_t offset;
		size_t length;
	} ranges[] = { { 0, sizeof(user) }, { 0, 2048 }, { 2047, 2 }, { 100, 60000 },
		       { 2048, 4096 }, { 4095, 4098 }, { sizeof(user) - 1, 1 }, { 5, 1 } };
	struct isokit_source *inner = NULL, *src = NULL;
	uint8_t *buffer = malloc(sizeof(user));

	setup();
	isokit_source_from_memory(raw, sizeof(raw), "m", &inner, NULL);
	ck_assert_int_eq(isokit_source_sectors(inner, LEAD, RAW, AHEAD, &src, NULL), ISOKIT_OK);
	ck_assert(isokit_source_size(src) == sizeof(user)); /* the 5 bytes behind are no sector */
	ck_assert_str_eq(isokit_source_name(src), "m");
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		memset(buffer, 0, sizeof(user));
		ck_assert_int_eq(isokit_source_read_at(src, ranges[i].offset, buffer,
						       ranges[i].length, NULL), ISOKIT_OK);
		ck_assert_mem_eq(buffer, user + ranges[i].offset, ranges[i].length);
	}
	ck_assert_int_eq(isokit_source_read_at(src, sizeof(user), buffer, 1, NULL),
			 ISOKIT_E_SHORT);
	isokit_source_close(src);
	free(buffer);
}
END_TEST

START_TEST(refuses_frames_that_cannot_be)
{
	struct isokit_source *inner = NULL, *src = NULL;

	isokit_source_from_memory(raw, sizeof(raw), "m", &inner, NULL);
	ck_assert_int_eq(isokit_source_sectors(inner, 0, 2047, 0, &src, NULL), ISOKIT_E_INVALID);
	ck_assert_int_eq(isokit_source_sectors(inner, 0, 2352, 305, &src, NULL), ISOKIT_E_INVALID);
	ck_assert_int_eq(isokit_source_sectors(inner, 0, 2352, UINT32_MAX, &src, NULL),
			 ISOKIT_E_INVALID);
	ck_assert_int_eq(isokit_source_sectors(inner, sizeof(raw) + 1, 2352, 16, &src, NULL),
			 ISOKIT_E_INVALID);
	ck_assert_int_eq(isokit_source_sectors(inner, 0, 0, 0, &src, NULL), ISOKIT_E_INVALID);
	ck_assert_ptr_null(src);
	isokit_source_close(inner);
}
END_TEST

START_TEST(says_where_the_bytes_of_a_sector_are)
{
	struct isokit_source *inner = NULL, *src = NULL;
	struct isokit_location where;
	FILE *f = tmpfile();

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(ftruncate(fileno(f), 10 * RAW), 0);
	isokit_source_from_fd(fileno(f), "f", &inner, NULL);
	ck_assert_int_eq(isokit_source_sectors(inner, 0, RAW, 24, &src, NULL), ISOKIT_OK);
	isokit_source_locate(src, 2 * 2048 + 48, 5000, &where);
	ck_assert_int_eq(where.where, ISOKIT_WHERE_FD);
	ck_assert(where.offset == 2 * RAW + 24 + 48);
	ck_assert(where.length == 2000); /* up to the end of its sector, no further */
	isokit_source_close(src);
	fclose(f);
}
END_TEST

UNIT(sectors)
{
	tcase_add_test(tc, gives_the_user_data_of_any_range);
	tcase_add_test(tc, refuses_frames_that_cannot_be);
	tcase_add_test(tc, says_where_the_bytes_of_a_sector_are);
}
