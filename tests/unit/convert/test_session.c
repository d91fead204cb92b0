/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "convert/convert.h"

enum { SECTORS = 200, SECOND = 100 };

static void descriptor(uint8_t *disc, unsigned sector, uint8_t type, uint32_t blocks)
{
	uint8_t *p = disc + (size_t)sector * CONVERT_SECTOR;

	p[0] = type;
	memcpy(p + 1, "CD001\1", 6);
	put_le32(p + 80, blocks);
	put_be32(p + 84, blocks);
	put_le16(p + 128, 2048);
}

START_TEST(descriptors_of_a_session_are_at_block_16)
{
	uint8_t *disc = calloc(SECTORS, CONVERT_SECTOR), *got = malloc((size_t)SECTORS * CONVERT_SECTOR);
	struct isokit_source *src, *shown;
	struct isokit_location at;

	for (unsigned i = 0; i < SECTORS; i++)
		memset(disc + (size_t)i * CONVERT_SECTOR, (int)i, CONVERT_SECTOR);
	descriptor(disc, 16, 1, 90);
	descriptor(disc, 17, 255, 0);
	descriptor(disc, SECOND + 16, 1, 70);
	descriptor(disc, SECOND + 17, 2, 70);
	descriptor(disc, SECOND + 18, 255, 0);
	ck_assert_int_eq(isokit_source_from_memory(disc, (size_t)SECTORS * CONVERT_SECTOR, "disc",
						   &src, NULL), ISOKIT_OK);
	ck_assert_int_eq(convert_show_session(src, SECOND, &shown, NULL), ISOKIT_OK);
	ck_assert_uint_eq(isokit_source_size(shown), (uint64_t)SECTORS * CONVERT_SECTOR);
	ck_assert_int_eq(isokit_source_read_at(shown, 0, got, (size_t)SECTORS * CONVERT_SECTOR,
					       NULL), ISOKIT_OK);
	/* Three descriptors, which reach over the whole disc; all else as it was. */
	ck_assert_mem_eq(got, disc, 16 * CONVERT_SECTOR);
	ck_assert_mem_eq(got + 19 * CONVERT_SECTOR, disc + 19 * CONVERT_SECTOR,
			 (SECTORS - 19) * CONVERT_SECTOR);
	for (unsigned i = 16; i < 18; i++) {
		ck_assert_uint_eq(got[i * CONVERT_SECTOR], i - 15);
		ck_assert_uint_eq(get_le32(got + i * CONVERT_SECTOR + 80), SECTORS);
		ck_assert_uint_eq(get_be32(got + i * CONVERT_SECTOR + 84), SECTORS);
	}
	ck_assert_uint_eq(got[18 * CONVERT_SECTOR], 255);
	/* In pieces it is the same. */
	for (unsigned n = 1; n < 5000; n += 777) {
		uint8_t piece[5000];

		for (size_t from = 15 * CONVERT_SECTOR; from < 20 * CONVERT_SECTOR; from += n) {
			ck_assert_int_eq(isokit_source_read_at(shown, from, piece, n, NULL),
					 ISOKIT_OK);
			ck_assert_mem_eq(piece, got + from, n);
		}
	}
	isokit_source_locate(shown, 0, 100 * CONVERT_SECTOR, &at);
	ck_assert_uint_le(at.length, 16 * CONVERT_SECTOR);
	isokit_source_close(shown);
	free(disc);
	free(got);
}
END_TEST

START_TEST(nothing_is_shown_of_no_descriptors)
{
	uint8_t *disc = calloc(SECTORS, CONVERT_SECTOR), sector[CONVERT_SECTOR];
	struct isokit_source *src, *shown;

	descriptor(disc, 16, 1, 90);
	ck_assert_int_eq(isokit_source_from_memory(disc, (size_t)SECTORS * CONVERT_SECTOR, "disc",
						   &src, NULL), ISOKIT_OK);
	ck_assert(!convert_session_counts_from_start(src, SECOND));
	ck_assert(!convert_session_counts_from_start(src, UINT32_MAX));
	ck_assert_int_eq(convert_show_session(src, SECTORS, &shown, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_source_read_at(shown, 16 * CONVERT_SECTOR, sector, sizeof(sector),
					       NULL), ISOKIT_OK);
	ck_assert_mem_eq(sector, disc + 16 * CONVERT_SECTOR, sizeof(sector));
	isokit_source_close(shown);
	free(disc);
}
END_TEST

UNIT(session)
{
	tcase_add_test(tc, descriptors_of_a_session_are_at_block_16);
	tcase_add_test(tc, nothing_is_shown_of_no_descriptors);
}
