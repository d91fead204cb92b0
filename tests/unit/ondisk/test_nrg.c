/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of Nero, Alcohol and DiscJuggler. */
#include "unit.h"

#include <string.h>

#include "base/byteorder.h"
#include "ondisk/cdi.h"
#include "ondisk/mds.h"
#include "ondisk/nrg.h"

static size_t put_chunk(uint8_t *p, const char *id, const uint8_t *bytes, uint32_t n)
{
	memcpy(p, id, 4);
	put_be32(p + 4, n);
	if (n)
		memcpy(p + 8, bytes, n);
	return 8 + (size_t)n;
}

START_TEST(reads_tracks_at_once)
{
	uint8_t table[200], etn[40] = { 0 }, sinf[4] = { 0, 0, 0, 1 };
	struct ondisk_nrg nrg;
	size_t n;

	put_be32(etn, 0);
	put_be32(etn + 4, 20480);
	put_be32(etn + 20, 20480);
	put_be32(etn + 24, 4704);
	put_be32(etn + 28, 7);
	put_be32(etn + 32, 160);
	n = put_chunk(table, "ETNF", etn, sizeof(etn));
	n += put_chunk(table + n, "SINF", sinf, sizeof(sinf));
	n += put_chunk(table + n, "END!", NULL, 0);
	ck_assert_int_eq(ondisk_nrg_decode(table, n, &nrg, NULL), ISOKIT_OK);
	ck_assert_uint_eq(nrg.n_tracks, 2);
	ck_assert(nrg.ended && !nrg.at_once);
	ck_assert_uint_eq(nrg.tracks[0].kind, 1);
	ck_assert_uint_eq(nrg.tracks[0].sector_bytes, 2048);
	ck_assert_uint_eq(nrg.tracks[1].kind, 0);
	ck_assert(nrg.tracks[1].start == 20480 && nrg.tracks[1].end == 25184);
	ck_assert_int_eq(nrg.tracks[1].lba, 160);
	put_be32(table + 8 + 28, 0x77);
	ck_assert_int_eq(ondisk_nrg_decode(table, n, &nrg, NULL), ISOKIT_E_UNSUPPORTED);
	put_be32(table + 4, 0xfffffff0);
	ck_assert_int_eq(ondisk_nrg_decode(table, n, &nrg, NULL), ISOKIT_E_CORRUPT);
	ck_assert_int_eq(ondisk_nrg_decode(table, 0, &nrg, NULL), ISOKIT_E_CORRUPT);
}
END_TEST

START_TEST(knows_footers)
{
	uint8_t tail[12] = { 'N', 'E', 'R', '5' };
	unsigned version;
	uint64_t at;

	put_be32(tail + 4, 1);
	put_be32(tail + 8, 0x23456789);
	ck_assert(ondisk_nrg_footer(tail, &version, &at));
	ck_assert(version == 2 && at == 0x123456789);
	memcpy(tail, "xxxxNERO", 8);
	put_be32(tail + 8, 77);
	ck_assert(ondisk_nrg_footer(tail, &version, &at));
	ck_assert(version == 1 && at == 77);
	tail[7] = 'o';
	ck_assert(!ondisk_nrg_footer(tail, &version, &at));

	put_le32(tail, 0x80000006);
	put_le32(tail + 4, 100);
	ck_assert(ondisk_cdi_footer(tail, 1000, &version, &at));
	ck_assert(version == 35 && at == 900);
	put_le32(tail, 0x80000004);
	ck_assert(ondisk_cdi_footer(tail, 1000, &version, &at));
	ck_assert(version == 2 && at == 100);
	ck_assert(!ondisk_cdi_footer(tail, 100, &version, &at));
}
END_TEST

START_TEST(refuses_broken_descriptors)
{
	uint8_t p[88 + 24 + 80] = "MEDIA DESCRIPTOR\1\3";
	struct ondisk_mds mds;
	char name[ONDISK_MDS_NAME];

	put_le16(p + 20, 1);
	put_le32(p + 80, 88);
	p[88 + 10] = 1;
	put_le32(p + 88 + 20, 112);
	p[112] = 0xaa;
	p[112 + 4] = 1;
	put_le16(p + 112 + 16, 2352);
	ck_assert_int_eq(ondisk_mds_decode(p, sizeof(p), &mds, NULL), ISOKIT_OK);
	ck_assert_uint_eq(mds.n_tracks, 1);
	for (size_t n = 0; n < sizeof(p); n++)
		ck_assert(ondisk_mds_decode(p, n, &mds, NULL) != ISOKIT_OK);
	put_le32(p + 112 + 12, 0xfffffff8);
	ck_assert_int_eq(ondisk_mds_decode(p, sizeof(p), &mds, NULL), ISOKIT_E_CORRUPT);
	p[16] = 2;
	ck_assert_int_eq(ondisk_mds_decode(p, sizeof(p), &mds, NULL), ISOKIT_E_UNSUPPORTED);
	ondisk_mds_name((const uint8_t *)"*\0.\0m\0", 6, 0, true, name);
	ck_assert_str_eq(name, "*.m");
	ondisk_mds_name((const uint8_t *)"abc", 3, 1, false, name);
	ck_assert_str_eq(name, "bc");
	ondisk_mds_name((const uint8_t *)"abc", 3, 7, false, name);
	ck_assert_str_eq(name, "");
}
END_TEST

UNIT(nrg)
{
	tcase_add_test(tc, reads_tracks_at_once);
	tcase_add_test(tc, knows_footers);
	tcase_add_test(tc, refuses_broken_descriptors);
}
