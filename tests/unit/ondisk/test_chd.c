/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/byteorder.h"
#include "ondisk/chd.h"

static void make_header(uint8_t p[ONDISK_CHD_HEADER_BYTES])
{
	memset(p, 0, ONDISK_CHD_HEADER_BYTES);
	memcpy(p, "MComprHD", 8);
	put_be32(p + 8, ONDISK_CHD_HEADER_BYTES);
	put_be32(p + 12, 5);
	memcpy(p + 16, "cdzlcdfl", 8);
	put_be32(p + 36, 19584 * 3 - 5);
	put_be32(p + 56, 19584);
	put_be32(p + 60, 2448);
}

START_TEST(reads_the_header)
{
	uint8_t p[ONDISK_CHD_HEADER_BYTES];
	struct ondisk_chd c;

	make_header(p);
	ck_assert_int_eq(ondisk_chd_decode(p, sizeof(p), &c, NULL), ISOKIT_OK);
	ck_assert(c.n_hunks == 3 && !c.has_parent);
	ck_assert_uint_eq(c.codecs[1], ONDISK_CHD_TAG('c', 'd', 'f', 'l'));
	ck_assert_int_eq(ondisk_chd_decode(p, 100, &c, NULL), ISOKIT_E_SHORT);
	p[110] = 1;
	ck_assert_int_eq(ondisk_chd_decode(p, sizeof(p), &c, NULL), ISOKIT_OK);
	ck_assert(c.has_parent);
	put_be32(p + 60, 2447);
	ck_assert_int_eq(ondisk_chd_decode(p, sizeof(p), &c, NULL), ISOKIT_E_CORRUPT);
	put_be32(p + 12, 4);
	ck_assert_int_eq(ondisk_chd_decode(p, sizeof(p), &c, NULL), ISOKIT_E_UNSUPPORTED);
}
END_TEST

START_TEST(reads_tracks)
{
	static const char text[] = "TRACK:2 TYPE:MODE2_RAW SUBTYPE:NONE FRAMES:302 PREGAP:150 "
				   "PGTYPE:VAUDIO PGSUB:RW POSTGAP:7";
	struct ondisk_chd_track t;

	ck_assert(ondisk_chd_track_decode(text, sizeof(text), &t));
	ck_assert(t.number == 2 && t.mode == 2 && t.sector_bytes == 2352 && t.frames == 302);
	ck_assert(t.pregap == 150 && t.pregap_stored && t.postgap == 7);
	ck_assert(!ondisk_chd_track_decode("TRACK:1 TYPE:XXX FRAMES:1", 25, &t));
	ck_assert(!ondisk_chd_track_decode("TRACK:0 TYPE:AUDIO FRAMES:1", 27, &t));
	ck_assert(!ondisk_chd_track_decode("TRACK:1 TYPE:AUDIO FRAMES:9999999999", 36, &t));
	ck_assert(!ondisk_chd_track_decode("", 0, &t));
}
END_TEST

START_TEST(refuses_broken_maps_and_codes)
{
	uint8_t head[ONDISK_CHD_MAP_HEAD] = { 0 }, packed[64], map[3 * ONDISK_CHD_MAP_BYTES], out[50];
	static uint16_t table[ONDISK_CHD_TABLE];
	uint8_t p[ONDISK_CHD_HEADER_BYTES];
	struct ondisk_chd c;

	make_header(p);
	ck_assert_int_eq(ondisk_chd_decode(p, sizeof(p), &c, NULL), ISOKIT_OK);
	for (unsigned fill = 0; fill < 256; fill++) {
		memset(packed, (int)fill, sizeof(packed));
		ck_assert_int_eq(ondisk_chd_map(&c, head, packed, sizeof(packed), map, NULL),
				 ISOKIT_E_CORRUPT);
	}
	ck_assert_ptr_nonnull(ondisk_chd_huffman((const uint8_t *)"", 0, table, out, sizeof(out)));
	ck_assert_uint_eq(ondisk_chd_crc((const uint8_t *)"123456789", 9), 0x29b1);
}
END_TEST

UNIT(chd)
{
	tcase_add_test(tc, reads_the_header);
	tcase_add_test(tc, reads_tracks);
	tcase_add_test(tc, refuses_broken_maps_and_codes);
}
