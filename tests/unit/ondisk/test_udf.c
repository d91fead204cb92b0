/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/udf.h"
#include "ondisk/udf_file.h"

#include <string.h>

#include "base/byteorder.h"
#include "unit.h"

static uint8_t raw[512];

/* The checksum of the tag, and 0x29b1 for "123456789" by CRC-CCITT is not what
 * UDF uses: its initial value is 0, which gives 0x31c3 (ECMA-167 1/7.2.6). */
static void tag(uint16_t id, uint32_t location)
{
	unsigned sum = 0;

	memset(raw, 0, sizeof(raw));
	memcpy(raw + 16, "123456789", 9);
	put_le16(raw, id);
	put_le16(raw + 2, 2);
	put_le16(raw + 8, 0x31c3);
	put_le16(raw + 10, 9);
	put_le32(raw + 12, location);
	for (int i = 0; i < 16; i++)
		sum += i == 4 ? 0 : raw[i];
	raw[4] = (uint8_t)sum;
}

START_TEST(reads_a_tag)
{
	struct ondisk_udf_tag t;

	tag(ONDISK_UDF_ANCHOR, 256);
	ck_assert_int_eq(ondisk_udf_tag_decode(raw, 512, &t, NULL), ISOKIT_OK);
	ck_assert_uint_eq(t.id, 2);
	ck_assert_uint_eq(t.version, 2);
	ck_assert_uint_eq(t.location, 256);
}
END_TEST

START_TEST(refuses_wrong_sums)
{
	struct ondisk_udf_tag t;

	tag(ONDISK_UDF_ANCHOR, 256);
	ck_assert_int_eq(ondisk_udf_tag_decode(raw, 511, &t, NULL), ISOKIT_E_SHORT);
	raw[4]++;
	ck_assert_int_eq(ondisk_udf_tag_decode(raw, 512, &t, NULL), ISOKIT_E_NOT_ISO);
	tag(ONDISK_UDF_ANCHOR, 256);
	raw[20] ^= 1;
	ck_assert_int_eq(ondisk_udf_tag_decode(raw, 512, &t, NULL), ISOKIT_E_CORRUPT);
	tag(ONDISK_UDF_ANCHOR, 256);
	put_le16(raw + 10, 497); /* one byte more than there is */
	raw[4] = (uint8_t)(raw[4] - 9 + 497 % 256 + 1);
	ck_assert_int_eq(ondisk_udf_tag_decode(raw, 512, &t, NULL), ISOKIT_E_CORRUPT);
	memset(raw, 0, sizeof(raw));
	ck_assert_int_eq(ondisk_udf_tag_decode(raw, 512, &t, NULL), ISOKIT_E_NOT_ISO);
}
END_TEST

START_TEST(reads_a_logical_volume)
{
	struct ondisk_udf_logical l;

	memset(raw, 0, sizeof(raw));
	put_le32(raw + 212, 2048);
	memcpy(raw + 217, "*OSTA UDF Compliant", 19);
	put_le16(raw + 240, 0x0250);
	ondisk_udf_logical_decode(raw, &l);
	ck_assert_uint_eq(l.block_bytes, 2048);
	ck_assert_uint_eq(l.revision, 0x0250);
	raw[217] = '+';
	ondisk_udf_logical_decode(raw, &l);
	ck_assert_uint_eq(l.revision, 0);
}
END_TEST

START_TEST(reads_strings_of_both_widths)
{
	uint8_t field[32] = { 8, 'A', 0xe4 };
	char out[64];

	field[31] = 3;
	ck_assert_uint_eq(ondisk_udf_dstring(field, 32, out), 3);
	ck_assert_mem_eq(out, "A\xc3\xa4", 3);
	memcpy(field, "\x10\x65\xe5\0B", 5);
	field[31] = 5;
	ck_assert_uint_eq(ondisk_udf_dstring(field, 32, out), 4);
	ck_assert_mem_eq(out, "\xe6\x97\xa5" "B", 4);
	field[31] = 0;
	ck_assert_uint_eq(ondisk_udf_dstring(field, 32, out), 0);
	field[31] = 32; /* longer than the field */
	ck_assert_uint_eq(ondisk_udf_dstring(field, 32, out), 0);
	field[31] = 5;
	field[0] = 9;
	ck_assert_uint_eq(ondisk_udf_dstring(field, 32, out), 0);
	ck_assert_uint_eq(ondisk_udf_dstring(field, 0, out), 0);
}
END_TEST

START_TEST(continues_a_crc)
{
	const uint8_t *text = (const uint8_t *)"123456789";

	ck_assert_uint_eq(ondisk_udf_crc(0, text, 9), 0x31c3);
	ck_assert_uint_eq(ondisk_udf_crc(ondisk_udf_crc(0, text, 4), text + 4, 5), 0x31c3);
	ck_assert_uint_eq(ondisk_udf_crc(7, text, 0), 7);
}
END_TEST

START_TEST(reads_times_and_their_zones)
{
	static const struct {
		const char *raw;
		bool ok, set;
		int quarters;
	} cases[] = {
		{ "\x3c\x10\xea\x07\x03\x05\x0e\x0f\x10\x11\0\0", true, true, 4 },   /* +60 */
		{ "\xc4\x1f\xea\x07\x03\x05\x0e\x0f\x10\x11\0\0", true, true, -4 },  /* -60 */
		{ "\x01\x18\xea\x07\x03\x05\x0e\x0f\x10\x11\0\0", true, true, 0 },   /* not said */
		{ "\x3c\x00\xea\x07\x03\x05\x0e\x0f\x10\x11\0\0", true, true, 0 },   /* type 0 */
		{ "\0\0\0\0\0\0\0\0\0\0\0\0", true, false, 0 },
		{ "\x3c\x10\0\0\0\0\0\0\0\0\0\0", true, false, 0 },
		{ "\x3c\x10\xea\x07\x0d\x05\x0e\x0f\x10\x11\0\0", false, false, 0 }, /* month 13 */
		{ "\x3c\x10\xea\x07\x02\x1e\x0e\x0f\x10\x11\0\0", false, false, 0 }, /* 30th of it */
		{ "\x3c\x10\xea\xff\x02\x01\x0e\x0f\x10\x11\0\0", false, false, 0 }, /* before 1 */
		{ "\x3c\x10\xea\x07\x02\x01\x18\x0f\x10\x11\0\0", false, false, 0 }, /* 24 h */
	};
	struct isokit_time t;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(ondisk_udf_time_decode((const uint8_t *)cases[i].raw, &t),
				 cases[i].ok);
		ck_assert_int_eq(t.set, cases[i].set);
		ck_assert_int_eq(t.gmt_quarters, cases[i].quarters);
		if (t.set) {
			ck_assert_int_eq(t.year, 2026);
			ck_assert_int_eq(t.hundredths, 17);
		}
	}
}
END_TEST

START_TEST(reads_names_of_both_widths)
{
	char out[64];
	bool ok;

	ck_assert_uint_eq(ondisk_udf_name((const uint8_t *)"\x08" "a\xe4", 3, out, &ok), 3);
	ck_assert(ok);
	ck_assert_mem_eq(out, "a\xc3\xa4", 3);
	ck_assert_uint_eq(ondisk_udf_name((const uint8_t *)"\x10\xd8\x3d\xde\x00", 5, out, &ok), 4);
	ck_assert(ok);
	ck_assert_mem_eq(out, "\xf0\x9f\x98\x80", 4);
	ck_assert_uint_eq(ondisk_udf_name((const uint8_t *)"\x10\0a\0", 4, out, &ok), 1);
	ck_assert(!ok); /* half a character at the end */
	ck_assert_uint_eq(ondisk_udf_name((const uint8_t *)"\x09" "a", 2, out, &ok), 0);
	ck_assert(!ok);
	ck_assert_uint_eq(ondisk_udf_name(NULL, 0, out, &ok), 0);
	ck_assert(!ok);
}
END_TEST

START_TEST(reads_partition_maps)
{
	struct ondisk_udf_map m;
	uint8_t map[64] = { 1, 6, 1, 0, 7, 0 };

	ck_assert_uint_eq(ondisk_udf_map_decode(map, 64, &m), 6);
	ck_assert_int_eq(m.kind, ONDISK_UDF_MAP_PLAIN);
	ck_assert_uint_eq(m.partition, 7);
	ck_assert_uint_eq(ondisk_udf_map_decode(map, 5, &m), 0);
	memset(map, 0, sizeof(map));
	map[0] = 2;
	map[1] = 64;
	ck_assert_uint_eq(ondisk_udf_map_decode(map, 64, &m), 64);
	ck_assert_int_eq(m.kind, ONDISK_UDF_MAP_UNKNOWN);
	memcpy(map + 5, "*UDF Sparable Partition", 23);
	put_le16(map + 38, 3);
	put_le16(map + 40, 32);
	map[42] = 9; /* more than there is room for */
	put_le32(map + 48 + 12, 77);
	ck_assert_uint_eq(ondisk_udf_map_decode(map, 64, &m), 64);
	ck_assert_int_eq(m.kind, ONDISK_UDF_MAP_SPARABLE);
	ck_assert_uint_eq(m.partition, 3);
	ck_assert_uint_eq(m.n_tables, 4);
	ck_assert_uint_eq(m.tables[3], 77);
	ck_assert_uint_eq(ondisk_udf_map_decode(map, 63, &m), 0);
	map[1] = 1; /* it would never end */
	ck_assert_uint_eq(ondisk_udf_map_decode(map, 64, &m), 0);
}
END_TEST

START_TEST(reads_file_entries)
{
	struct ondisk_udf_entry e;
	uint8_t p[512] = { 0 };

	put_le16(p + 20, 4);
	p[27] = ONDISK_UDF_TYPE_FILE;
	put_le16(p + 34, 0x40 | 0x100 | ONDISK_UDF_AD_LONG);
	put_le32(p + 44, 6u << 10 | 4u << 5 | 1);
	put_le64(p + 56, 123456789012);
	put_le32(p + 168, 8);
	put_le32(p + 172, 16);
	ck_assert_int_eq(ondisk_udf_entry_decode(p, 512, false, &e, NULL), ISOKIT_OK);
	ck_assert_uint_eq(e.mode, 05641);
	ck_assert_uint_eq(e.bytes, 123456789012);
	ck_assert_uint_eq(e.ad_kind, ONDISK_UDF_AD_LONG);
	ck_assert_uint_eq(e.ad_at, 184);
	ck_assert_uint_eq(e.ad_bytes, 16);
	/* Lengths that fit, just, and that do not. */
	put_le32(p + 172, 512 - 184);
	ck_assert_int_eq(ondisk_udf_entry_decode(p, 512, false, &e, NULL), ISOKIT_OK);
	put_le32(p + 172, 512 - 183);
	ck_assert_int_eq(ondisk_udf_entry_decode(p, 512, false, &e, NULL), ISOKIT_E_SHORT);
	put_le32(p + 168, UINT32_MAX);
	put_le32(p + 172, 200);
	ck_assert_int_eq(ondisk_udf_entry_decode(p, 512, false, &e, NULL), ISOKIT_E_SHORT);
	ck_assert_int_eq(ondisk_udf_entry_decode(p, 175, false, &e, NULL), ISOKIT_E_SHORT);
	/* The extended one has its lengths 40 bytes on. */
	put_le32(p + 208, 4);
	put_le32(p + 212, 5);
	ck_assert_int_eq(ondisk_udf_entry_decode(p, 512, true, &e, NULL), ISOKIT_OK);
	ck_assert_uint_eq(e.ad_at, 220);
	ck_assert_uint_eq(e.ad_bytes, 5);
}
END_TEST

START_TEST(reads_allocation_descriptors)
{
	uint8_t p[20] = { 0 };
	struct ondisk_udf_long ad;

	put_le32(p, 2u << 30 | 5000);
	put_le32(p + 4, 17);
	put_le16(p + 8, 2);
	ck_assert_uint_eq(ondisk_udf_ad_decode(p, 20, ONDISK_UDF_AD_SHORT, 1, &ad), 8);
	ck_assert_uint_eq(ad.bytes, 5000);
	ck_assert_uint_eq(ad.type, ONDISK_UDF_HOLE);
	ck_assert_uint_eq(ad.at.block, 17);
	ck_assert_uint_eq(ad.at.ref, 1);
	ck_assert_uint_eq(ondisk_udf_ad_decode(p, 20, ONDISK_UDF_AD_LONG, 1, &ad), 16);
	ck_assert_uint_eq(ad.at.ref, 2);
	put_le32(p + 12, 99);
	ck_assert_uint_eq(ondisk_udf_ad_decode(p, 20, ONDISK_UDF_AD_EXTENDED, 1, &ad), 20);
	ck_assert_uint_eq(ad.at.block, 99);
	ck_assert_uint_eq(ondisk_udf_ad_decode(p, 7, ONDISK_UDF_AD_SHORT, 1, &ad), 0);
	ck_assert_uint_eq(ondisk_udf_ad_decode(p, 15, ONDISK_UDF_AD_LONG, 1, &ad), 0);
	ck_assert_uint_eq(ondisk_udf_ad_decode(p, 19, ONDISK_UDF_AD_EXTENDED, 1, &ad), 0);
	ck_assert_uint_eq(ondisk_udf_ad_decode(p, 20, ONDISK_UDF_AD_EMBEDDED, 1, &ad), 0);
}
END_TEST

START_TEST(reads_identifiers)
{
	struct ondisk_udf_fid f;
	uint8_t p[38] = { 0 };

	p[18] = ONDISK_UDF_FID_DIRECTORY;
	p[19] = 5;
	put_le16(p + 36, 6);
	put_le32(p + 24, 1234);
	ondisk_udf_fid_decode(p, &f);
	ck_assert_uint_eq(f.name_at, 44);
	ck_assert_uint_eq(f.name_bytes, 5);
	ck_assert_uint_eq(f.length, 52);
	ck_assert_uint_eq(f.icb.at.block, 1234);
	p[19] = 255;
	put_le16(p + 36, 65535);
	ondisk_udf_fid_decode(p, &f);
	ck_assert_uint_eq(f.length, 65828);
}
END_TEST

START_TEST(reads_device_numbers)
{
	uint8_t ea[24 + 16 + 24] = { 0 };
	uint32_t major = 0, minor = 0;
	bool ok;

	put_le32(ea + 24, 2048); /* something else first */
	put_le32(ea + 32, 16);
	put_le32(ea + 40, 12);
	ea[44] = 1;
	put_le32(ea + 48, 24);
	put_le32(ea + 56, 8);
	put_le32(ea + 60, 1);
	ck_assert(ondisk_udf_device_decode(ea, sizeof(ea), &major, &minor, &ok));
	ck_assert(ok);
	ck_assert_uint_eq(major, 8);
	ck_assert_uint_eq(minor, 1);
	put_le32(ea + 32, 0); /* it would never end */
	ck_assert(!ondisk_udf_device_decode(ea, sizeof(ea), &major, &minor, &ok));
	ck_assert(!ok);
	put_le32(ea + 32, 41);
	ck_assert(!ondisk_udf_device_decode(ea, sizeof(ea), &major, &minor, &ok));
	ck_assert(!ok);
	ck_assert(!ondisk_udf_device_decode(ea, 0, &major, &minor, &ok));
	ck_assert(ok);
}
END_TEST

START_TEST(reads_integrity_descriptors)
{
	struct ondisk_udf_integrity v;
	uint8_t p[512] = { 0 };

	put_le32(p + 28, 1);
	put_le32(p + 72, 2);
	put_le32(p + 76, 46);
	put_le32(p + 96 + 32, 7);
	put_le32(p + 96 + 36, 8);
	put_le16(p + 96 + 40, 0x0201);
	ondisk_udf_integrity_decode(p, 512, &v);
	ck_assert(v.has_counts);
	ck_assert_uint_eq(v.files, 7);
	ck_assert_uint_eq(v.directories, 8);
	ck_assert_uint_eq(v.min_read, 0x0201);
	put_le32(p + 72, UINT32_MAX);
	ondisk_udf_integrity_decode(p, 512, &v);
	ck_assert(!v.has_counts);
	put_le32(p + 72, 54); /* its tables end behind 512 bytes */
	ondisk_udf_integrity_decode(p, 512, &v);
	ck_assert(!v.has_counts);
}
END_TEST

START_TEST(knows_both_kinds_of_allocation_table)
{
	struct ondisk_udf_vat v;
	uint8_t p[152] = { 0 };

	put_le16(p, 152);
	put_le32(p + 136, 5);
	ck_assert(ondisk_udf_vat_decode(p, 152, &v));
	ck_assert_uint_eq(v.head_bytes, 152);
	ck_assert_uint_eq(v.files, 5);
	ck_assert(!ondisk_udf_vat_decode(p, 151, &v));
	put_le16(p + 2, 4); /* reaches over the head */
	ck_assert(!ondisk_udf_vat_decode(p, 152, &v));
	put_le16(p, 153);
	ck_assert(!ondisk_udf_vat_decode(p, 152, &v));
	memcpy(p + 1, "*UDF Virtual Alloc Tbl", 23);
	ck_assert(ondisk_udf_vat150_decode(p, &v));
	ck_assert_uint_eq(v.tail_bytes, 36);
	p[1] = '+';
	ck_assert(!ondisk_udf_vat150_decode(p, &v));
}
END_TEST

UNIT(udf)
{
	tcase_add_test(tc, reads_a_tag);
	tcase_add_test(tc, refuses_wrong_sums);
	tcase_add_test(tc, reads_a_logical_volume);
	tcase_add_test(tc, reads_strings_of_both_widths);
	tcase_add_test(tc, continues_a_crc);
	tcase_add_test(tc, reads_times_and_their_zones);
	tcase_add_test(tc, reads_names_of_both_widths);
	tcase_add_test(tc, reads_partition_maps);
	tcase_add_test(tc, reads_file_entries);
	tcase_add_test(tc, reads_allocation_descriptors);
	tcase_add_test(tc, reads_identifiers);
	tcase_add_test(tc, reads_device_numbers);
	tcase_add_test(tc, reads_integrity_descriptors);
	tcase_add_test(tc, knows_both_kinds_of_allocation_table);
}
