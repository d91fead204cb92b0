/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HFS and HFS+ volumes beside ISO 9660. */
#include <string.h>

#include "base/byteorder.h"
#include "disc.h"
#include "unit.h"

enum { VOLUME = 40 * 2048, BLOCKS = 80 }; /* 80 blocks of 1024 bytes */

static struct disc d;

/* An HFS+ volume with a catalog of two nodes in block 4. */
static void plus_volume(uint64_t start)
{
	uint8_t *h = d.bytes + start + 1024, *node = d.bytes + start + 4 * 1024;

	memcpy(h, "H+\0\4", 4);
	put_be32(h + 16, 3035059200u);
	put_be32(h + 32, 9);
	put_be32(h + 36, 2);
	put_be32(h + 40, 1024);
	put_be32(h + 44, BLOCKS);
	put_be32(h + 80, 77);
	put_be32(h + 276, 1024);
	put_be32(h + 288, 4);
	put_be32(h + 292, 1);
	memcpy(d.bytes + start + (uint64_t)(BLOCKS - 1) * 1024, h, 512);
	node[8] = 1;
	put_be32(node + 14 + 10, 1);
	put_be16(node + 14 + 18, 512);
	node += 512;
	node[8] = 0xff;
	put_be16(node + 10, 1);
	put_be16(node + 510, 14);
	put_be16(node + 14, 6 + 6);
	put_be32(node + 16, 1);
	put_be16(node + 20, 3);
	memcpy(node + 22, "\0T\0w\0o", 6);
	put_be16(node + 28, 1);
}

static void apple_map(uint32_t start512, uint32_t blocks512)
{
	uint8_t *p = d.bytes + 512;

	memcpy(d.bytes, "ER\2\0", 4);
	memcpy(p, "PM", 2);
	put_be32(p + 4, 1);
	put_be32(p + 8, start512);
	put_be32(p + 12, blocks512);
	memcpy(p + 48, "Apple_HFS", 9);
}

static const struct isokit_namespace *ns(void)
{
	return &isokit_image_facts(d.img)->namespaces[ISOKIT_NS_HFS];
}

START_TEST(describes_hfsplus_in_a_partition)
{
	const struct isokit_hfs *h;

	disc_begin(&d);
	plus_volume(VOLUME);
	apple_map(VOLUME / 512, BLOCKS * 2);
	disc_open(&d);
	h = &isokit_image_facts(d.img)->hfs;
	ck_assert(ns()->present);
	ck_assert_str_eq(ns()->version, "HFS+");
	ck_assert_str_eq(ns()->volume_id, "Two");
	ck_assert(ns()->files == 9 && ns()->directories == 3);
	ck_assert_str_eq(h->kind, "hfsplus");
	ck_assert(h->offset == VOLUME && h->bytes == BLOCKS * 1024);
	ck_assert_uint_eq(h->blessed, 77);
	ck_assert(h->in_apple_partition && !h->wrapped);
	ck_assert_int_eq(h->created.year, 2000);
	ck_assert_int_eq(h->alternate, ISOKIT_HFS_COPY_AGREES);
	ck_assert(disc_is_clean(&d));
	disc_close(&d);
}
END_TEST

START_TEST(looks_into_a_wrapper)
{
	const struct isokit_hfs *h;
	uint8_t *m = d.bytes + 1024;

	disc_begin(&d);
	plus_volume(VOLUME);
	memcpy(m, "BD", 2);
	put_be16(m + 18, 100);
	put_be32(m + 20, 2048);
	put_be16(m + 28, 8);
	memcpy(m + 36, "\4Wrap", 5);
	memcpy(m + 124, "H+", 2);
	put_be16(m + 126, 40 - 2); /* blocks from byte 4096 on */
	put_be16(m + 128, BLOCKS / 2);
	disc_open(&d);
	h = &isokit_image_facts(d.img)->hfs;
	ck_assert(h->wrapped && h->offset == VOLUME);
	ck_assert_str_eq(ns()->volume_id, "Two");
	disc_close(&d);

	memset(d.bytes + VOLUME + 1024, 0, 2); /* nothing inside: the wrapper itself */
	disc_open(&d);
	h = &isokit_image_facts(d.img)->hfs;
	ck_assert(!h->wrapped && h->offset == 0);
	ck_assert_str_eq(h->kind, "hfs");
	ck_assert_str_eq(ns()->volume_id, "Wrap");
	disc_close(&d);
}
END_TEST

START_TEST(compares_the_copy)
{
	disc_begin(&d);
	plus_volume(VOLUME);
	apple_map(VOLUME / 512, BLOCKS * 2);
	put_be32(d.bytes + VOLUME + (BLOCKS - 1) * 1024 + 16, 1);
	disc_open(&d);
	ck_assert_uint_eq(disc_found(&d, ISOKIT_F_HFS_COPY_DIFFERS, NULL), 1);
	disc_close(&d);
	memset(d.bytes + VOLUME + (BLOCKS - 1) * 1024, 0, 2);
	disc_open(&d);
	ck_assert_uint_eq(disc_found(&d, ISOKIT_F_HFS_COPY_MISSING, NULL), 1);
	disc_close(&d);
}
END_TEST

START_TEST(knows_how_far_it_reaches)
{
	const struct isokit_expected *e;

	disc_begin(&d);
	plus_volume(VOLUME);
	apple_map(VOLUME / 512, 20);
	disc_open(&d);
	ck_assert_uint_eq(disc_found(&d, ISOKIT_F_HFS_OVER_PARTITION, NULL), 1);
	disc_close(&d);
	put_be32(d.bytes + VOLUME + 1024 + 44, 5000);
	disc_open(&d);
	e = &isokit_image_facts(d.img)->expected;
	ck_assert(!e->complete && e->bytes == VOLUME + 5000 * 1024);
	ck_assert_str_eq(e->what, "HFS volume");
	disc_close(&d);
}
END_TEST

START_TEST(survives_a_damaged_catalog)
{
	static const struct {
		size_t at;
		uint32_t value;
	} damage[] = { { 276, 0 }, { 288, 0xffffffff }, { 292, 0 }, { 292, 0xffffffff },
		       { 4 * 1024 - 1024 + 24, 0xffffffff }, { 4 * 1024 - 1024 + 30, 0 } };

	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		disc_begin(&d);
		plus_volume(VOLUME);
		apple_map(VOLUME / 512, BLOCKS * 2);
		put_be32(d.bytes + VOLUME + 1024 + damage[i].at, damage[i].value);
		disc_open(&d);
		ck_assert(ns()->present);
		if (damage[i].at != 292 || damage[i].value == 0)
			ck_assert_uint_eq(disc_found(&d, ISOKIT_F_HFS_NO_NAME, NULL), 1);
		disc_close(&d);
	}
}
END_TEST

UNIT(model_hfs)
{
	tcase_add_test(tc, describes_hfsplus_in_a_partition);
	tcase_add_test(tc, looks_into_a_wrapper);
	tcase_add_test(tc, compares_the_copy);
	tcase_add_test(tc, knows_how_far_it_reaches);
	tcase_add_test(tc, survives_a_damaged_catalog);
}
