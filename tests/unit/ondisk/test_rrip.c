/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/rrip.h"

#include <string.h>

#include "unit.h"

static uint8_t raw[256];

static struct ondisk_field field(uint8_t length, uint8_t version)
{
	return (struct ondisk_field){ .length = length, .version = version, .p = raw };
}

static void put_both(size_t at, uint32_t v)
{
	put_le32(raw + at, v);
	put_be32(raw + at + 4, v);
}

START_TEST(reads_px_with_and_without_serial)
{
	struct ondisk_field f = field(44, 1);
	struct ondisk_px px;

	put_both(4, 0100644);
	put_both(12, 2);
	put_both(20, 1000);
	put_both(28, 100);
	put_both(36, 77);
	ck_assert(ondisk_px_decode(&f, &px));
	ck_assert_uint_eq(px.mode, 0100644);
	ck_assert_uint_eq(px.links, 2);
	ck_assert_uint_eq(px.uid, 1000);
	ck_assert_uint_eq(px.gid, 100);
	ck_assert(px.has_serial && px.agree);
	ck_assert_uint_eq(px.serial, 77);
	f.length = 36;
	put_be32(raw + 8, 0100600);
	ck_assert(ondisk_px_decode(&f, &px));
	ck_assert(!px.has_serial && !px.agree);
	ck_assert_uint_eq(px.serial, 0);
	f.length = 35;
	ck_assert(!ondisk_px_decode(&f, &px));
}
END_TEST

START_TEST(reads_pn)
{
	struct ondisk_field f = field(20, 1);
	struct ondisk_pn pn;

	put_both(4, 8);
	put_both(12, 17);
	ck_assert(ondisk_pn_decode(&f, &pn));
	ck_assert_uint_eq(pn.high, 8);
	ck_assert_uint_eq(pn.low, 17);
	f.length = 19;
	ck_assert(!ondisk_pn_decode(&f, &pn));
}
END_TEST

START_TEST(reads_the_components_of_sl)
{
	struct ondisk_field f = field(15, 1);
	struct ondisk_sl c;
	size_t at = 5;
	bool bad = false;

	memcpy(raw, "SL\17\1\0\10\0\1\3usr\4\0", 14);
	raw[14] = 0;
	f.length = 14;
	ck_assert(ondisk_sl_next(&f, &at, &c, &bad));
	ck_assert_uint_eq(c.flags, ONDISK_SL_ROOT);
	ck_assert_uint_eq(c.bytes, 0);
	ck_assert(ondisk_sl_next(&f, &at, &c, &bad));
	ck_assert_uint_eq(c.flags, ONDISK_SL_CONTINUE);
	ck_assert_mem_eq(c.content, "usr", 3);
	ck_assert(ondisk_sl_next(&f, &at, &c, &bad));
	ck_assert_uint_eq(c.flags, ONDISK_SL_PARENT);
	ck_assert(!ondisk_sl_next(&f, &at, &c, &bad));
	ck_assert(!bad);
	f.length = 15; /* one byte of a component */
	ck_assert(!ondisk_sl_next(&f, &at, &c, &bad));
	ck_assert(bad);
}
END_TEST

START_TEST(sees_a_component_that_is_longer_than_its_field)
{
	struct ondisk_field f = field(9, 1);
	struct ondisk_sl c;
	size_t at = 5;
	bool bad = false;

	memcpy(raw, "SL\11\1\0\0\3ab", 9);
	ck_assert(!ondisk_sl_next(&f, &at, &c, &bad));
	ck_assert(bad);
}
END_TEST

START_TEST(reads_nm)
{
	struct ondisk_field f = field(8, 1);
	struct ondisk_nm nm;

	memcpy(raw, "NM\10\1\1abc", 8);
	ck_assert(ondisk_nm_decode(&f, &nm));
	ck_assert_uint_eq(nm.flags, ONDISK_NM_CONTINUE);
	ck_assert_uint_eq(nm.bytes, 3);
	ck_assert_mem_eq(nm.name, "abc", 3);
	f.length = 5;
	ck_assert(ondisk_nm_decode(&f, &nm));
	ck_assert_uint_eq(nm.bytes, 0);
	f.length = 4;
	ck_assert(!ondisk_nm_decode(&f, &nm));
}
END_TEST

START_TEST(finds_the_modification_time_among_others)
{
	struct ondisk_field f = field(5 + 14, 1);
	bool is_long = true;

	memset(raw, 0, sizeof(raw));
	raw[4] = 3; /* creation, modification */
	ck_assert_ptr_eq(ondisk_tf_modified_at(&f, &is_long), raw + 12);
	ck_assert(!is_long);
	f.length = 18;
	ck_assert_ptr_null(ondisk_tf_modified_at(&f, &is_long));
	f.length = 5 + 7;
	raw[4] = 2; /* modification alone */
	ck_assert_ptr_eq(ondisk_tf_modified_at(&f, &is_long), raw + 5);
	raw[4] = 1 | 4; /* none */
	ck_assert_ptr_null(ondisk_tf_modified_at(&f, &is_long));
	raw[4] = 0x80 | 3; /* long form */
	f.length = 5 + 34;
	ck_assert_ptr_eq(ondisk_tf_modified_at(&f, &is_long), raw + 5 + 17);
	ck_assert(is_long);
	f.length = 5 + 33;
	ck_assert_ptr_null(ondisk_tf_modified_at(&f, &is_long));
}
END_TEST

START_TEST(reads_cl_and_sf)
{
	struct ondisk_field f = field(12, 1);
	struct both32 block;
	uint64_t bytes;

	put_both(4, 1234);
	ck_assert(ondisk_cl_decode(&f, &block));
	ck_assert_uint_eq(block.le, 1234);
	ck_assert(ondisk_sf_decode(&f, &bytes)); /* RRIP 1.10: 32 bits */
	ck_assert_uint_eq(bytes, 1234);
	f.length = 11;
	ck_assert(!ondisk_cl_decode(&f, &block));
	ck_assert(!ondisk_sf_decode(&f, &bytes));
	f.length = 21;
	put_both(4, 2);
	put_both(12, 5);
	ck_assert(ondisk_sf_decode(&f, &bytes));
	ck_assert_uint_eq(bytes, (UINT64_C(2) << 32) + 5);
}
END_TEST

START_TEST(reads_both_versions_of_zf)
{
	struct ondisk_field f = field(16, 1);
	struct ondisk_zf zf;

	memcpy(raw, "ZF\20\1pz\4\17", 8);
	put_both(8, 300000);
	ck_assert(ondisk_zf_decode(&f, &zf));
	ck_assert_mem_eq(zf.algorithm, "pz", 2);
	ck_assert_uint_eq(zf.header_words, 4);
	ck_assert_uint_eq(zf.block_log2, 15);
	ck_assert_uint_eq(zf.bytes, 300000);
	f.version = 2;
	put_le64(raw + 8, UINT64_C(5) << 32);
	ck_assert(ondisk_zf_decode(&f, &zf));
	ck_assert_uint_eq(zf.bytes, UINT64_C(5) << 32);
	f.length = 15;
	ck_assert(!ondisk_zf_decode(&f, &zf));
}
END_TEST

UNIT(rrip)
{
	tcase_add_test(tc, reads_px_with_and_without_serial);
	tcase_add_test(tc, reads_pn);
	tcase_add_test(tc, reads_the_components_of_sl);
	tcase_add_test(tc, sees_a_component_that_is_longer_than_its_field);
	tcase_add_test(tc, reads_nm);
	tcase_add_test(tc, finds_the_modification_time_among_others);
	tcase_add_test(tc, reads_cl_and_sf);
	tcase_add_test(tc, reads_both_versions_of_zf);
}
