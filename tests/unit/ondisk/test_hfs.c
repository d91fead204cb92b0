/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/byteorder.h"
#include "ondisk/hfs.h"

static uint8_t raw[512];

START_TEST(decodes_a_master_directory_block)
{
	struct ondisk_hfs h;

	memset(raw, 0, sizeof(raw));
	memcpy(raw, "BD", 2);
	put_be32(raw + 2, 86400);
	put_be16(raw + 10, 0x8100);
	put_be16(raw + 18, 440);
	put_be32(raw + 20, 2048);
	put_be16(raw + 28, 4);
	put_be16(raw + 34, 7);
	memcpy(raw + 36, "\5Caf\x8e!", 6);
	put_be32(raw + 84, 12);
	put_be32(raw + 88, 3);
	put_be32(raw + 92, 16);
	memcpy(raw + 124, "H+", 2);
	put_be16(raw + 126, 5);
	put_be16(raw + 128, 300);
	ck_assert_int_eq(ondisk_hfs_decode(raw, &h, NULL), ISOKIT_OK);
	ck_assert_int_eq(h.kind, ONDISK_HFS);
	ck_assert_uint_eq(h.blocks, 440);
	ck_assert_uint_eq(h.block_bytes, 2048);
	ck_assert(h.first_block_at == 2048);
	ck_assert_uint_eq(h.free_blocks, 7);
	ck_assert_uint_eq(h.files, 12);
	ck_assert_uint_eq(h.folders, 3);
	ck_assert_uint_eq(h.finder[0], 16);
	ck_assert(h.unmounted && h.locked && !h.journaled && h.embeds);
	ck_assert_uint_eq(h.embedded.start, 5);
	ck_assert_uint_eq(h.embedded.blocks, 300);
	ck_assert_uint_eq(h.name_bytes, 5);
	ck_assert_mem_eq(h.name, "Caf\x8e!", 5);
	raw[36] = 200; /* longer than its field */
	ck_assert_int_eq(ondisk_hfs_decode(raw, &h, NULL), ISOKIT_OK);
	ck_assert_uint_eq(h.name_bytes, 27);
}
END_TEST

START_TEST(decodes_a_volume_header)
{
	struct ondisk_hfs h;

	memset(raw, 0, sizeof(raw));
	memcpy(raw, "H+\0\4", 4);
	put_be32(raw + 4, 0x2100);
	memcpy(raw + 8, "HFSJ", 4);
	put_be32(raw + 32, 100);
	put_be32(raw + 36, 20);
	put_be32(raw + 40, 4096);
	put_be32(raw + 44, 2560);
	put_be32(raw + 48, 11);
	put_be32(raw + 272 + 4, 8192);
	put_be32(raw + 288, 3);
	put_be32(raw + 292, 2);
	ck_assert_int_eq(ondisk_hfs_decode(raw, &h, NULL), ISOKIT_OK);
	ck_assert_int_eq(h.kind, ONDISK_HFSPLUS);
	ck_assert(h.journaled && h.unmounted && !h.locked);
	ck_assert_str_eq(h.last_mounted, "HFSJ");
	ck_assert_uint_eq(h.blocks, 2560);
	ck_assert(h.catalog_bytes == 8192);
	ck_assert_uint_eq(h.catalog[0].start, 3);
	ck_assert_uint_eq(h.catalog[0].blocks, 2);
	memcpy(raw, "HX\0\5", 4);
	ck_assert_int_eq(ondisk_hfs_decode(raw, &h, NULL), ISOKIT_OK);
	ck_assert_int_eq(h.kind, ONDISK_HFSX);
	put_be32(raw + 40, 4096 + 512); /* no power of two */
	ck_assert_int_eq(ondisk_hfs_decode(raw, &h, NULL), ISOKIT_E_CORRUPT);
	put_be32(raw + 40, 0);
	ck_assert_int_eq(ondisk_hfs_decode(raw, &h, NULL), ISOKIT_E_CORRUPT);
	memcpy(raw, "H+\0\5", 4); /* the signature of one, the version of the other */
	ck_assert_int_eq(ondisk_hfs_decode(raw, &h, NULL), ISOKIT_E_NOT_ISO);
}
END_TEST

START_TEST(decodes_folders_and_files_of_a_leaf)
{
	uint8_t node[512] = { 0 };
	char name[ONDISK_HFS_NAME_BYTES];
	struct ondisk_hfs_record r;

	node[8] = 0xff;
	put_be16(node + 10, 2);
	put_be16(node + 510, 14);
	put_be16(node + 14, 6 + 2);
	put_be32(node + 16, 5);
	put_be16(node + 20, 1);
	memcpy(node + 22, "\0x", 2);
	put_be16(node + 24, ONDISK_HFS_FILE);
	put_be32(node + 24 + 8, 33);
	memcpy(node + 24 + 48, "tbxjchrp", 8);
	put_be16(node + 24 + 56, 0x4000);
	put_be32(node + 24 + 92, 1000);
	put_be32(node + 24 + 104, 7);
	put_be32(node + 24 + 172, 6);
	put_be16(node + 508, 300); /* a thread */
	put_be16(node + 300, 6);
	put_be16(node + 308, 3);
	ck_assert_uint_eq(ondisk_hfsplus_leaf_records(node, 512), 2);
	ck_assert(ondisk_hfsplus_record_decode(node, 512, 0, &r, name));
	ck_assert(r.kind == ONDISK_HFS_FILE && r.parent == 5 && r.id == 33);
	ck_assert(r.name_bytes == 1 && name[0] == 'x');
	ck_assert_mem_eq(r.info, "tbxjchrp", 8);
	ck_assert(r.finder_flags == 0x4000 && r.first_block == 7);
	ck_assert(r.bytes == 1000 && r.resource_bytes == 6);
	ck_assert(!ondisk_hfsplus_record_decode(node, 512, 1, &r, name));
	/* A file that does not fit where a folder would. */
	put_be16(node + 508, 400);
	memcpy(node + 400, node + 14, 12);
	ck_assert(!ondisk_hfsplus_record_decode(node, 512, 1, &r, name));
	put_be16(node + 410, ONDISK_HFS_FOLDER);
	ck_assert(ondisk_hfsplus_record_decode(node, 512, 1, &r, name));
	ck_assert(r.kind == ONDISK_HFS_FOLDER && r.parent == 5);
	put_be16(node + 10, 65535); /* more than there is room for */
	ck_assert_uint_le(ondisk_hfsplus_leaf_records(node, 512), 249);
	node[8] = 0;
	ck_assert_uint_eq(ondisk_hfsplus_leaf_records(node, 512), 0);
}
END_TEST

START_TEST(finds_the_name_in_the_first_leaf)
{
	uint8_t node[512] = { 0 };
	char out[ONDISK_HFS_NAME_BYTES];

	node[8] = 0xff;
	put_be16(node + 10, 1);
	put_be16(node + 510, 14);
	put_be16(node + 14, 6 + 8);
	put_be32(node + 16, 1);
	put_be16(node + 20, 4);
	memcpy(node + 22, "\0M\0a\0c\0\344", 8);
	put_be16(node + 30, 1);
	ck_assert_uint_eq(ondisk_hfsplus_root_name(node, 512, out), 5);
	ck_assert_mem_eq(out, "Mac\xc3\xa4", 5);
	put_be16(node + 20, 5); /* a name longer than its key */
	ck_assert_uint_eq(ondisk_hfsplus_root_name(node, 512, out), 0);
	put_be16(node + 20, 4);
	for (unsigned at = 0; at < 65536; at += 7) { /* records anywhere */
		put_be16(node + 510, (uint16_t)at);
		(void)ondisk_hfsplus_root_name(node, 512, out);
	}
	put_be16(node + 510, 14);
	for (unsigned key = 0; key < 65536; key += 5) {
		put_be16(node + 14, (uint16_t)key);
		(void)ondisk_hfsplus_root_name(node, 512, out);
	}
	put_be16(node + 14, 14);
	put_be32(node + 16, 2);
	ck_assert_uint_eq(ondisk_hfsplus_root_name(node, 512, out), 0);
}
END_TEST

START_TEST(translates_mac_roman)
{
	char out[12];

	ck_assert_uint_eq(ondisk_macroman_to_utf8((const uint8_t *)"A\x8e\xdb\xf0", 4, out), 9);
	ck_assert_mem_eq(out, "A\xc3\xa9\xe2\x82\xac\xef\xa3\xbf", 9);
}
END_TEST

START_TEST(counts_days_from_1904)
{
	static const struct {
		uint32_t seconds;
		int year, month, day, hour, minute, second;
	} cases[] = {
		{ 1, 1904, 1, 1, 0, 0, 1 },
		{ 5097600, 1904, 2, 29, 0, 0, 0 },
		{ 31622399, 1904, 12, 31, 23, 59, 59 },
		{ 31622400, 1905, 1, 1, 0, 0, 0 },
		{ 2082844800u, 1970, 1, 1, 0, 0, 0 },       /* the epoch of Unix */
		{ 3035059200u, 2000, 3, 5, 0, 0, 0 },
		{ 4294967295u, 2040, 2, 6, 6, 28, 15 },     /* where the counter ends */
	};
	struct isokit_time t;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ondisk_hfs_time(cases[i].seconds, &t);
		ck_assert(t.set);
		ck_assert_int_eq(t.year, cases[i].year);
		ck_assert_int_eq(t.month, cases[i].month);
		ck_assert_int_eq(t.day, cases[i].day);
		ck_assert_int_eq(t.hour, cases[i].hour);
		ck_assert_int_eq(t.minute, cases[i].minute);
		ck_assert_int_eq(t.second, cases[i].second);
	}
	ondisk_hfs_time(0, &t);
	ck_assert(!t.set);
}
END_TEST

UNIT(hfs)
{
	tcase_add_test(tc, decodes_a_master_directory_block);
	tcase_add_test(tc, decodes_a_volume_header);
	tcase_add_test(tc, decodes_folders_and_files_of_a_leaf);
	tcase_add_test(tc, finds_the_name_in_the_first_leaf);
	tcase_add_test(tc, translates_mac_roman);
	tcase_add_test(tc, counts_days_from_1904);
}
