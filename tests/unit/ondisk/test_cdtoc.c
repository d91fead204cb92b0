/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/cdtoc.h"

#include <string.h>

#include "unit.h"

/* An enhanced CD: two songs, then data in a second session; as MMC-3 table 237 has it. */
static const uint8_t enhanced[] = {
	0x00, 0x5a, 1, 2,
	1, 0x10, 0, 0xa0, 0, 0, 0, 0, 1, 0, 0,
	1, 0x10, 0, 0xa1, 0, 0, 0, 0, 2, 0, 0,
	1, 0x10, 0, 0xa2, 0, 0, 0, 0, 5, 30, 12,
	1, 0x10, 0, 1, 0, 0, 0, 0, 0, 2, 0,
	1, 0x10, 0, 2, 0, 0, 0, 0, 2, 45, 74,
	1, 0x50, 0, 0xb0, 8, 0, 12, 2, 79, 59, 74,
	2, 0x14, 0, 0xa2, 0, 0, 0, 0, 9, 0, 0,
	2, 0x14, 0, 3, 0, 0, 0, 0, 8, 2, 12,
};

START_TEST(decodes_sessions)
{
	struct ondisk_cdtoc toc;

	ck_assert_int_eq(ondisk_cdtoc_decode(enhanced, sizeof(enhanced), &toc, NULL), ISOKIT_OK);
	ck_assert_uint_eq(toc.n_sessions, 2);
	ck_assert(toc.tracks[1].set && toc.tracks[2].set && toc.tracks[3].set && !toc.tracks[4].set);
	ck_assert_int_eq(toc.tracks[1].lba, 0);
	ck_assert_int_eq(toc.tracks[2].lba, (2 * 60 + 45) * 75 + 74 - 150);
	ck_assert_uint_eq(toc.tracks[3].session, 2);
	ck_assert_uint_eq(toc.tracks[1].control & ONDISK_CDTOC_CONTROL_DATA, 0);
	ck_assert_uint_ne(toc.tracks[3].control & ONDISK_CDTOC_CONTROL_DATA, 0);
	ck_assert_uint_eq(ondisk_cdtoc_sectors(&toc, 1), (2 * 60 + 45) * 75 + 74 - 150);
	/* To the lead-out, not to the data. */
	ck_assert_uint_eq(ondisk_cdtoc_sectors(&toc, 2),
			  (5 * 60 + 30) * 75 + 12 - ((2 * 60 + 45) * 75 + 74));
	ck_assert_uint_eq(ondisk_cdtoc_sectors(&toc, 3), 9 * 60 * 75 - ((8 * 60 + 2) * 75 + 12));

	/* Without lead-outs, what lies between sessions is counted; the last track has no end. */
	memset(toc.lead_out, 0, sizeof(toc.lead_out));
	ck_assert_uint_eq(ondisk_cdtoc_sectors(&toc, 2),
			  (8 * 60 + 2) * 75 + 12 - ((2 * 60 + 45) * 75 + 74) - 11400);
	ck_assert_uint_eq(ondisk_cdtoc_sectors(&toc, 3), 0);
}
END_TEST

START_TEST(refuses_what_no_disc_has)
{
	struct ondisk_cdtoc toc;
	uint8_t raw[sizeof(enhanced)];

	for (size_t n = 0; n < 4; n++)
		ck_assert_int_eq(ondisk_cdtoc_decode(enhanced, n, &toc, NULL), ISOKIT_E_SHORT);
	ck_assert_int_eq(ondisk_cdtoc_decode(enhanced, 4, &toc, NULL), ISOKIT_E_CORRUPT);
	memcpy(raw, enhanced, sizeof(raw));
	raw[4 + 3 * 11] = 0; /* session of track 1 */
	ck_assert_int_eq(ondisk_cdtoc_decode(raw, sizeof(raw), &toc, NULL), ISOKIT_E_CORRUPT);
	memcpy(raw, enhanced, sizeof(raw));
	raw[4 + 3 * 11 + 9] = 60; /* its second */
	ck_assert_int_eq(ondisk_cdtoc_decode(raw, sizeof(raw), &toc, NULL), ISOKIT_E_CORRUPT);
	/* Its own length counts, as far as there are bytes. */
	memcpy(raw, enhanced, sizeof(raw));
	raw[1] = 2 + 5 * 11;
	ck_assert_int_eq(ondisk_cdtoc_decode(raw, sizeof(raw), &toc, NULL), ISOKIT_OK);
	ck_assert(toc.n_sessions == 1 && !toc.tracks[3].set);
	memset(raw, 0xff, 2);
	ck_assert_int_eq(ondisk_cdtoc_decode(raw, sizeof(raw), &toc, NULL), ISOKIT_OK);
}
END_TEST

UNIT(cdtoc)
{
	tcase_add_test(tc, decodes_sessions);
	tcase_add_test(tc, refuses_what_no_disc_has);
}
