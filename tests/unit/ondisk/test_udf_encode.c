/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/udf_encode.h"

#include <string.h>

#include "base/byteorder.h"
#include "unit.h"

static const struct ondisk_udf_dialect old = { .revision = 0x0102, .author = "*Tester" };
static const struct ondisk_udf_dialect new = { .revision = 0x0201, .author = "*Tester" };
static uint8_t raw[34 * ONDISK_UDF_BLOCK];

static void setup(void)
{
	memset(raw, 0, sizeof(raw));
}

static void check_tag(const uint8_t *p, uint16_t id, uint32_t location)
{
	struct ondisk_udf_tag tag;

	ck_assert_int_eq(ondisk_udf_tag_decode(p, ONDISK_UDF_BLOCK, &tag, NULL), ISOKIT_OK);
	ck_assert_uint_eq(tag.id, id);
	ck_assert_uint_eq(tag.location, location);
}

START_TEST(a_tag_has_the_version_of_its_standard)
{
	struct ondisk_udf_tag tag;

	ondisk_udf_tag_encode(&old, raw, ONDISK_UDF_ANCHOR, 256, 512);
	ck_assert(ondisk_udf_tag_parse(raw, &tag));
	ck_assert_uint_eq(tag.version, 2);
	ck_assert_uint_eq(tag.crc_bytes, 496);
	ondisk_udf_tag_encode(&new, raw, ONDISK_UDF_ANCHOR, 256, 512);
	ck_assert(ondisk_udf_tag_parse(raw, &tag));
	ck_assert_uint_eq(tag.version, 3);
	check_tag(raw, ONDISK_UDF_ANCHOR, 256);
}
END_TEST

static void round_trip(const char *name, unsigned bits, size_t bytes)
{
	uint8_t out[ONDISK_UDF_NAME_BYTES];
	char back[2 * sizeof(out) + 4];
	size_t n = ondisk_udf_name_encode(name, strlen(name), out, sizeof(out));
	bool ok;

	ck_assert_uint_eq(n, bytes);
	ck_assert_uint_eq(out[0], bits);
	n = ondisk_udf_name(out, n, back, &ok);
	ck_assert(ok);
	ck_assert_uint_eq(n, strlen(name));
	ck_assert_int_eq(memcmp(back, name, n), 0);
}

START_TEST(a_name_has_the_bits_that_it_needs)
{
	round_trip("plain", 8, 6);
	round_trip("Größe", 8, 6);       /* Latin-1: still 8 bits */
	round_trip("Größe €", 16, 15);
	round_trip("😀", 16, 5);         /* a surrogate pair */
}
END_TEST

START_TEST(a_name_that_does_not_fit_is_refused)
{
	uint8_t out[ONDISK_UDF_NAME_BYTES];
	char name[256 * 2];

	memset(name, 'n', 255);
	ck_assert_uint_eq(ondisk_udf_name_encode(name, 254, out, sizeof(out)), 255);
	ck_assert_uint_eq(ondisk_udf_name_encode(name, 255, out, sizeof(out)), 0);
	for (size_t i = 0; i < 128; i++)
		memcpy(name + 2 * i, "ж", 2);
	ck_assert_uint_eq(ondisk_udf_name_encode(name, 2 * 127, out, sizeof(out)), 255);
	ck_assert_uint_eq(ondisk_udf_name_encode(name, 2 * 128, out, sizeof(out)), 0);
	ck_assert_uint_eq(ondisk_udf_name_encode("\xff", 1, out, sizeof(out)), 0);
	ck_assert_uint_eq(ondisk_udf_name_encode("", 0, out, sizeof(out)), 0);
}
END_TEST

START_TEST(a_dstring_is_cut_between_characters)
{
	uint8_t field[32];
	char back[2 * 32 + 4];
	size_t n;

	ondisk_udf_dstring_encode("0123456789012345678901234567890123456789", field, 32);
	ck_assert_uint_eq(field[31], 31);
	n = ondisk_udf_dstring(field, 32, back);
	ck_assert_uint_eq(n, 30);
	ondisk_udf_dstring_encode("жжжжжжжжжжжжжжжжж", field, 32);
	ck_assert_uint_eq(field[31], 31);
	ck_assert_uint_eq(ondisk_udf_dstring(field, 32, back), 30);
	ondisk_udf_dstring_encode("", field, 32);
	ck_assert_uint_eq(field[31], 0);
}
END_TEST

static void check_time(int64_t seconds, uint32_t ns, int year, unsigned month, unsigned day,
		       unsigned hour, unsigned minute, unsigned second)
{
	struct isokit_time t;

	ondisk_udf_time_encode(seconds, ns, raw);
	ck_assert(ondisk_udf_time_decode(raw, &t));
	ck_assert(t.set);
	ck_assert_int_eq(t.year, year);
	ck_assert_uint_eq(t.month, month);
	ck_assert_uint_eq(t.day, day);
	ck_assert_uint_eq(t.hour, hour);
	ck_assert_uint_eq(t.minute, minute);
	ck_assert_uint_eq(t.second, second);
	ck_assert_int_eq(t.gmt_quarters, 0);
}

START_TEST(times_are_dates_in_utc)
{
	check_time(0, 0, 1970, 1, 1, 0, 0, 0);
	check_time(951782400, 0, 2000, 2, 29, 0, 0, 0);
	check_time(4107542399, 123456789, 2100, 2, 28, 23, 59, 59);
	ck_assert_uint_eq(raw[9], 12);
	ck_assert_uint_eq(raw[10], 34);
	ck_assert_uint_eq(raw[11], 56);
	check_time(4107542400, 0, 2100, 3, 1, 0, 0, 0);
	check_time(-1, 0, 1969, 12, 31, 23, 59, 59);
	check_time(-2208988800, 0, 1900, 1, 1, 0, 0, 0);
	check_time(INT64_MIN, 0, 1, 1, 1, 0, 0, 0);
	check_time(INT64_MAX, 0, 9999, 12, 31, 23, 59, 59);
}
END_TEST

static struct ondisk_udf_volume volume(const struct ondisk_udf_dialect *d)
{
	return (struct ondisk_udf_volume){
		.dialect = *d, .label = "Label", .set_id = "0123456789abcdefset",
		.time = 951782400, .sequence = { 64, 80 }, .sequence_blocks = 16,
		.integrity = 96, .start = 257, .blocks = 1000, .root = 2,
		.next_unique_id = 99, .files = 5, .directories = 3,
	};
}

START_TEST(a_sequence_reads_back)
{
	const struct ondisk_udf_volume v = volume(&new);
	static const uint16_t ids[] = { ONDISK_UDF_PRIMARY, ONDISK_UDF_IMPLEMENTATION,
		ONDISK_UDF_PARTITION, ONDISK_UDF_LOGICAL, ONDISK_UDF_UNALLOCATED,
		ONDISK_UDF_TERMINATOR };
	struct ondisk_udf_partition partition;
	struct ondisk_udf_logical logical;
	struct ondisk_udf_map map;
	char label[260];

	ondisk_udf_sequence_encode(&v, raw, 64);
	for (size_t i = 0; i < 6; i++)
		check_tag(raw + i * ONDISK_UDF_BLOCK, ids[i], (uint32_t)(64 + i));
	ondisk_udf_partition_decode(raw + 2 * ONDISK_UDF_BLOCK, &partition);
	ck_assert_uint_eq(partition.nsr, 3);
	ck_assert_uint_eq(partition.access, 1);
	ck_assert_uint_eq(partition.start, 257);
	ck_assert_uint_eq(partition.blocks, 1000);
	ondisk_udf_logical_decode(raw + 3 * ONDISK_UDF_BLOCK, &logical);
	ck_assert_uint_eq(logical.revision, 0x0201);
	ck_assert_uint_eq(logical.block_bytes, 2048);
	ck_assert_uint_eq(logical.file_set_block, 0);
	ck_assert_uint_eq(logical.integrity.lba, 96);
	ck_assert_uint_eq(logical.n_maps, 1);
	ck_assert_uint_eq(ondisk_udf_map_decode(logical.maps, logical.maps_bytes, &map), 6);
	ck_assert_int_eq(map.kind, ONDISK_UDF_MAP_PLAIN);
	ck_assert_uint_eq(ondisk_udf_dstring(logical.id, 128, label), 5);
	ck_assert_int_eq(memcmp(label, "Label", 5), 0);
}
END_TEST

START_TEST(integrity_and_anchor_read_back)
{
	const struct ondisk_udf_volume v = volume(&old);
	struct ondisk_udf_extent main_extent, reserve;
	struct ondisk_udf_integrity integrity;

	ondisk_udf_integrity_encode(&v, raw);
	check_tag(raw, ONDISK_UDF_INTEGRITY, 96);
	check_tag(raw + ONDISK_UDF_BLOCK, ONDISK_UDF_TERMINATOR, 97);
	ondisk_udf_integrity_decode(raw, ONDISK_UDF_BLOCK, &integrity);
	ck_assert_uint_eq(integrity.type, 1);
	ck_assert(integrity.next_unique_id == 99);
	ck_assert(integrity.has_counts);
	ck_assert_uint_eq(integrity.files, 5);
	ck_assert_uint_eq(integrity.directories, 3);
	ck_assert_uint_eq(integrity.min_read, 0x0102);
	ck_assert_uint_eq(get_le32(integrity.sizes), 1000);
	memset(raw, 0, sizeof(raw));
	ondisk_udf_anchor_encode(&v, raw, 256);
	check_tag(raw, ONDISK_UDF_ANCHOR, 256);
	ondisk_udf_anchor_decode(raw, &main_extent, &reserve);
	ck_assert_uint_eq(main_extent.lba, 64);
	ck_assert_uint_eq(main_extent.bytes, 16 * 2048);
	ck_assert_uint_eq(reserve.lba, 80);
}
END_TEST

START_TEST(an_entry_reads_back)
{
	const struct ondisk_udf_new_entry e = {
		.type = ONDISK_UDF_TYPE_BLOCK, .ad_kind = ONDISK_UDF_AD_EMBEDDED, .uid = 1000,
		.gid = 2000, .mode = 07754, .links = 3, .bytes = 0, .time = 951782400,
		.unique_id = 77, .ea_bytes = ONDISK_UDF_DEVICE_BYTES,
	};
	struct ondisk_udf_entry back;
	uint32_t major, minor;
	bool ok;

	ck_assert_uint_eq(ondisk_udf_device_encode(&old, raw + 176, 9, 259, 70000),
			  ONDISK_UDF_DEVICE_BYTES);
	ondisk_udf_entry_encode(&old, raw, 9, &e);
	check_tag(raw, ONDISK_UDF_FILE_ENTRY, 9);
	ck_assert_int_eq(ondisk_udf_entry_decode(raw, 2048, false, &back, NULL), ISOKIT_OK);
	ck_assert_uint_eq(back.type, ONDISK_UDF_TYPE_BLOCK);
	ck_assert_uint_eq(back.ad_kind, ONDISK_UDF_AD_EMBEDDED);
	ck_assert_uint_eq(back.uid, 1000);
	ck_assert_uint_eq(back.gid, 2000);
	ck_assert_uint_eq(back.mode, 07754);
	ck_assert_uint_eq(back.links, 3);
	ck_assert(back.unique_id == 77);
	ck_assert(ondisk_udf_device_decode(raw + back.ea_at, back.ea_bytes, &major, &minor, &ok));
	ck_assert(ok);
	ck_assert_uint_eq(major, 259);
	ck_assert_uint_eq(minor, 70000);
}
END_TEST

START_TEST(an_identifier_reads_back)
{
	struct ondisk_udf_fid fid;
	size_t n;

	n = ondisk_udf_fid_encode(&new, raw, 5, 0, 44, 60, (const uint8_t *)"\10name", 5);
	ck_assert_uint_eq(n, 44);
	ck_assert_uint_eq(ondisk_udf_fid_bytes(5), 44);
	ondisk_udf_fid_decode(raw, &fid);
	ck_assert_uint_eq(fid.length, 44);
	ck_assert_uint_eq(fid.version, 1);
	ck_assert_uint_eq(fid.icb.at.block, 44);
	ck_assert_uint_eq(fid.icb.bytes, 2048);
	ck_assert_uint_eq(fid.icb.unique_id, 60);
	ck_assert_uint_eq(fid.name_bytes, 5);
	/* UDF 1.02 keeps those bytes zero. */
	ondisk_udf_fid_encode(&old, raw, 5, 0, 44, 60, (const uint8_t *)"\10name", 5);
	ondisk_udf_fid_decode(raw, &fid);
	ck_assert_uint_eq(fid.icb.unique_id, 0);
	ck_assert_uint_eq(ondisk_udf_fid_encode(&old, raw, 5, ONDISK_UDF_FID_PARENT, 2, 0, NULL, 0),
			  40);
}
END_TEST

UNIT(udf_encode)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, a_tag_has_the_version_of_its_standard);
	tcase_add_test(tc, a_name_has_the_bits_that_it_needs);
	tcase_add_test(tc, a_name_that_does_not_fit_is_refused);
	tcase_add_test(tc, a_dstring_is_cut_between_characters);
	tcase_add_test(tc, times_are_dates_in_utc);
	tcase_add_test(tc, a_sequence_reads_back);
	tcase_add_test(tc, integrity_and_anchor_read_back);
	tcase_add_test(tc, an_entry_reads_back);
	tcase_add_test(tc, an_identifier_reads_back);
}
