/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "unpack/session.h"

enum { SECTOR = 2048, SECTORS = 60, LBA = 30 };

static uint8_t disc[SECTORS * SECTOR];

/* Each sector holds its number; at 16 and at LBA + 16 are descriptors. */
static struct isokit_source *make_disc(void)
{
	struct isokit_source *src;

	for (unsigned i = 0; i < SECTORS; i++)
		memset(disc + i * SECTOR, (int)i, SECTOR);
	for (unsigned i = 0; i < 2; i++) {
		memcpy(disc + 16 * SECTOR + i * SECTOR, i ? "\xff" "CD001" : "\x01" "CD001", 6);
		memcpy(disc + (LBA + 16) * SECTOR + i * SECTOR, i ? "\xff" "CD001" : "\x01" "CD001", 6);
	}
	ck_assert_int_eq(isokit_source_from_memory(disc, sizeof(disc), "disc", &src, NULL),
			 ISOKIT_OK);
	return src;
}

START_TEST(descriptors_of_the_session_stand_at_sixteen)
{
	struct isokit_source *src = make_disc(), *session;
	struct isokit_location at;
	static uint8_t all[sizeof(disc)];

	ck_assert_int_eq(unpack_session_open(src, LBA, &session, NULL), ISOKIT_OK);
	ck_assert_uint_eq(isokit_source_size(session), sizeof(disc));
	ck_assert_int_eq(isokit_source_read_at(session, 0, all, sizeof(all), NULL), ISOKIT_OK);
	for (unsigned i = 0; i < SECTORS; i++)
		ck_assert_mem_eq(all + i * SECTOR, disc + (i == 16 || i == 17 ? i + LBA : i) * SECTOR,
				 SECTOR);
	/* Over a border, and what is said of a range ends there. */
	ck_assert_int_eq(isokit_source_read_at(session, 17 * SECTOR + 100, all, SECTOR, NULL),
			 ISOKIT_OK);
	ck_assert_uint_eq(all[0], 17 + LBA);
	ck_assert_uint_eq(all[SECTOR - 1], 18);
	isokit_source_locate(session, 15 * SECTOR, 4 * SECTOR, &at);
	ck_assert_uint_eq(at.length, SECTOR);
	isokit_source_close(session);
	isokit_source_close(src);
}
END_TEST

START_TEST(a_session_behind_the_end_is_none)
{
	struct isokit_source *src = make_disc(), *session = NULL;

	ck_assert_int_eq(unpack_session_open(src, SECTORS - 16, &session, NULL), ISOKIT_E_SHORT);
	ck_assert_int_eq(unpack_session_open(src, UINT64_MAX / 2048, &session, NULL),
			 ISOKIT_E_SHORT);
	ck_assert_ptr_null(session);
	isokit_source_close(src);
}
END_TEST

UNIT(session)
{
	tcase_add_test(tc, descriptors_of_the_session_stand_at_sixteen);
	tcase_add_test(tc, a_session_behind_the_end_is_none);
}
