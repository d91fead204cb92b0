/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <isokit/layout.h>

#include "disc.h"
#include "udf_disc.h"

enum { FILE_A = 30, FILE_B = 40, FOLDER = 26, JOLIET_ROOT = 27 };

static struct isokit_layout *layout_of(struct disc *d, const struct isokit_range *ranges, size_t n)
{
	struct isokit_layout_options o = { .size = sizeof(o), .ranges = ranges, .n_ranges = n,
					   .gaps = true, .plain_names = true };
	struct isokit_layout *l = NULL;

	ck_assert_int_eq(isokit_image_layout(d->img, &o, &l, NULL), ISOKIT_OK);
	return l;
}

/* The region of the lowest layer that begins at a sector. */
static const struct isokit_region *region_at(const struct isokit_layout *l, uint64_t sector)
{
	const struct isokit_region *r, *found = NULL;
	size_t n;

	r = isokit_layout_regions(l, &n);
	for (size_t i = 0; i < n; i++)
		if (r[i].layer == ISOKIT_LAYER_CONTENTS && r[i].offset == sector * 2048)
			found = &r[i];
	ck_assert_ptr_nonnull(found);
	return found;
}

static int add_name(void *ctx, const struct isokit_region_name *name)
{
	char *names = ctx;

	strcat(names, name->path);
	strcat(names, " ");
	return 0;
}

static void make(struct disc *d)
{
	disc_begin(d);
	disc_add(d, DISC_ROOT, (struct disc_record){ .name = "A.TXT;1", .lba = FILE_A, .bytes = 3000 });
	disc_add(d, DISC_ROOT, (struct disc_record){ .name = "LINK.TXT;1", .lba = FILE_A,
						     .bytes = 3000 });
	disc_add(d, DISC_ROOT, (struct disc_record){ .name = "SUB", .lba = FOLDER, .bytes = 2048,
						     .flags = 2 });
	disc_directory(d, FOLDER, DISC_ROOT);
	disc_add(d, FOLDER, (struct disc_record){ .name = "B.TXT;1", .lba = FILE_B, .bytes = 5000 });
	memset(disc_at(d, FILE_A), 'a', 3000);
	memset(disc_at(d, FILE_B), 'b', 5000);
	disc_open(d);
}

START_TEST(every_byte_is_accounted_for_once)
{
	static struct disc d;
	const struct isokit_region *r;
	struct isokit_layout *l;
	uint64_t covered = 0;
	size_t n, n_overlaps;

	make(&d);
	l = layout_of(&d, NULL, 0);
	r = isokit_layout_regions(l, &n);
	for (size_t i = 0; i < n; i++) {
		if (i)
			ck_assert_uint_ge(r[i].offset, r[i - 1].offset);
		if (r[i].layer != ISOKIT_LAYER_CONTENTS && r[i].kind != ISOKIT_REGION_SYSTEM_AREA)
			continue;
		ck_assert_uint_eq(r[i].offset, covered);
		covered = (r[i].offset + r[i].bytes + 2047) / 2048 * 2048;
	}
	ck_assert_uint_eq(covered, d.size);
	isokit_layout_overlaps(l, &n_overlaps, NULL);
	ck_assert_uint_eq(n_overlaps, 0);
	isokit_layout_free(l);
	disc_close(&d);
}
END_TEST

START_TEST(one_extent_has_all_its_names)
{
	static struct disc d;
	const struct isokit_region *r;
	struct isokit_layout *l;
	char names[256] = "";

	make(&d);
	l = layout_of(&d, NULL, 0);
	r = region_at(l, FILE_A);
	ck_assert_int_eq(r->kind, ISOKIT_REGION_FILE);
	ck_assert_uint_eq(r->bytes, 3000);
	ck_assert_uint_eq(r->n_names, 2);
	ck_assert_int_eq(isokit_layout_names(l, r, add_name, names), ISOKIT_OK);
	ck_assert_str_eq(names, "/A.TXT /LINK.TXT ");
	names[0] = '\0';
	ck_assert_int_eq(isokit_layout_names(l, region_at(l, FILE_B), add_name, names), ISOKIT_OK);
	ck_assert_str_eq(names, "/SUB/B.TXT ");
	ck_assert_int_eq(region_at(l, FOLDER)->kind, ISOKIT_REGION_DIRECTORY);
	ck_assert_int_eq(region_at(l, 16)->kind, ISOKIT_REGION_DESCRIPTOR);
	isokit_layout_free(l);
	disc_close(&d);
}
END_TEST

START_TEST(a_choice_of_places_finds_the_same)
{
	const struct isokit_range places[] = { { FILE_B * 2048 + 4096, 1 }, { FILE_A * 2048, 2048 },
					       { FILE_A * 2048 + 10, 5 }, { 100 * 2048, 2048 } };
	static struct disc d;
	struct isokit_layout *l;
	char names[256] = "";

	make(&d);
	l = layout_of(&d, places, 4);
	ck_assert_int_eq(isokit_layout_names(l, region_at(l, FILE_B), add_name, names), ISOKIT_OK);
	ck_assert_str_eq(names, "/SUB/B.TXT ");
	names[0] = '\0';
	ck_assert_int_eq(isokit_layout_names(l, region_at(l, FILE_A), add_name, names), ISOKIT_OK);
	ck_assert_str_eq(names, "/A.TXT /LINK.TXT ");
	for (size_t i = 0; i < 3; i++)
		ck_assert(isokit_layout_claims(l, &places[i]));
	ck_assert(!isokit_layout_claims(l, &places[3]));
	isokit_layout_free(l);
	disc_close(&d);
}
END_TEST

START_TEST(gaps_say_whether_they_hold_data)
{
	static struct disc d;
	struct isokit_layout *l;

	make(&d);
	*disc_at(&d, 90) = 1;
	l = layout_of(&d, NULL, 0);
	ck_assert_int_eq(region_at(l, 27)->gap, ISOKIT_GAP_ZERO);
	ck_assert_int_eq(region_at(l, 27)->kind, ISOKIT_REGION_GAP);
	ck_assert_int_eq(region_at(l, 43)->gap, ISOKIT_GAP_DATA);
	ck_assert_uint_eq(region_at(l, 43)->data_offset, 90 * 2048);
	isokit_layout_free(l);
	disc_close(&d);
}
END_TEST

START_TEST(what_shares_bytes_is_an_overlap)
{
	static struct disc d;
	const struct isokit_overlap *o;
	const struct isokit_region *r;
	struct isokit_layout *l;
	size_t n, n_regions;

	disc_begin(&d);
	disc_add(&d, DISC_ROOT, (struct disc_record){ .name = "A", .lba = FILE_A, .bytes = 6000 });
	disc_add(&d, DISC_ROOT, (struct disc_record){ .name = "B", .lba = FILE_A + 1, .bytes = 9000 });
	disc_open(&d);
	l = layout_of(&d, NULL, 0);
	o = isokit_layout_overlaps(l, &n, NULL);
	r = isokit_layout_regions(l, &n_regions);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(o[0].offset, (FILE_A + 1) * 2048);
	ck_assert_uint_eq(o[0].bytes, 6000 - 2048);
	ck_assert_uint_eq(r[o[0].a].offset, FILE_A * 2048);
	ck_assert_uint_eq(r[o[0].b].offset, (FILE_A + 1) * 2048);
	isokit_layout_free(l);
	disc_close(&d);
}
END_TEST

START_TEST(claims_beyond_everything_do_not_wrap)
{
	static struct disc d;
	struct isokit_layout *l;
	const struct isokit_range far = { UINT64_MAX - 10, 10 }, wrap = { 4096, UINT64_MAX };

	disc_begin(&d);
	disc_add(&d, DISC_ROOT, (struct disc_record){ .name = "A", .lba = UINT32_MAX,
						      .bytes = UINT32_MAX });
	disc_open(&d);
	l = layout_of(&d, NULL, 0);
	isokit_layout_free(l);
	l = layout_of(&d, &far, 1);
	ck_assert(!isokit_layout_claims(l, &far));
	isokit_layout_free(l);
	l = layout_of(&d, &wrap, 1);
	isokit_layout_free(l);
	disc_close(&d);
}
END_TEST

/* The node of such a path was once taken for a line in another list: with few links for
 * one that is there, so that the region got a strange name, else for one behind its end. */
START_TEST(the_path_of_a_udf_link_has_no_name_of_a_structure)
{
	enum { LINKS = 12, FIRST = 10 };
	static struct ud d;
	struct isokit_layout_options o = { .size = sizeof(o), .gaps = true };
	struct isokit_layout *l = NULL;
	const struct isokit_region *r;
	uint8_t path[12] = { 5, 3, 0, 0, 8, 'a', 'b' }; /* ECMA-167 4/14.16.1 */
	uint8_t ad[8];
	char name[8];
	size_t n, seen = 0;

	ud_begin(&d, UD_PLAIN);
	for (unsigned i = 0; i < LINKS; i++) {
		uint32_t block = FIRST + 2 * i;

		snprintf(name, sizeof(name), "l%u", i);
		ud_add(&d, name, block, 0);
		memcpy(ud_block(&d, block + 1), path, 7);
		ud_entry(&d, (struct ud_entry){ .block = block, .type = ONDISK_UDF_TYPE_SYMLINK,
						.kind = ONDISK_UDF_AD_SHORT, .bytes = 7,
						.ads = ad,
						.ads_bytes = ud_short(ad, 7, 0, block + 1) });
	}
	d.files = LINKS;
	ud_finish(&d);
	ud_open(&d);
	ck_assert_int_eq(isokit_image_layout(d.img, &o, &l, NULL), ISOKIT_OK);
	r = isokit_layout_regions(l, &n);
	for (size_t i = 0; i < n; i++) {
		if (r[i].kind != ISOKIT_REGION_UDF ||
		    r[i].offset + r[i].bytes <= (UD_START + FIRST) * (uint64_t)UD_UNIT ||
		    r[i].offset >= (UD_START + FIRST + 2 * LINKS) * (uint64_t)UD_UNIT)
			continue;
		seen++;
		if (r[i].name && strcmp(r[i].name, "UDF file entries") != 0)
			ck_abort_msg("%s", r[i].name);
	}
	ck_assert_uint_ge(seen, 1);
	isokit_layout_free(l);
	ud_end(&d);
}
END_TEST

UNIT(layout)
{
	tcase_add_test(tc, the_path_of_a_udf_link_has_no_name_of_a_structure);
	tcase_add_test(tc, every_byte_is_accounted_for_once);
	tcase_add_test(tc, one_extent_has_all_its_names);
	tcase_add_test(tc, a_choice_of_places_finds_the_same);
	tcase_add_test(tc, gaps_say_whether_they_hold_data);
	tcase_add_test(tc, what_shares_bytes_is_an_overlap);
	tcase_add_test(tc, claims_beyond_everything_do_not_wrap);
}
