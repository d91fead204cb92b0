/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "disc.h"
#include "model/impl.h"
#include "unit.h"

static struct disc *d;

static void setup(void)
{
	d = calloc(1, sizeof(*d));
	disc_begin(d);
	disc_add(d, DISC_ROOT, (struct disc_record){ .name = "A.TXT;1", .lba = 60, .bytes = 10 });
	disc_add(d, DISC_ROOT, (struct disc_record){ .name = "BOOT", .lba = 30, .bytes = 2048,
						     .flags = 2 });
	disc_add(d, DISC_ROOT, (struct disc_record){ .name = "DATA", .lba = 31, .bytes = 2048,
						     .flags = 2 });
	disc_directory(d, 30, DISC_ROOT);
	disc_add(d, 30, (struct disc_record){ .name = "GRUB", .lba = 32, .bytes = 2048, .flags = 2 });
	disc_add(d, 30, (struct disc_record){ .name = "IMAGE.BIN;1", .lba = 61, .bytes = 4000 });
	disc_directory(d, 32, 30);
	disc_add(d, 32, (struct disc_record){ .name = "GRUB.CFG;1", .lba = 63, .bytes = 100 });
	disc_directory(d, 31, DISC_ROOT);
	disc_add(d, 31, (struct disc_record){ .name = "TWO.BIN;1", .lba = 64, .bytes = 2048,
					      .flags = 0x80 });
	disc_add(d, 31, (struct disc_record){ .name = "TWO.BIN;1", .lba = 66, .bytes = 5 });
}

static void teardown(void)
{
	free(d);
}

START_TEST(finds_paths_at_any_depth_in_one_go)
{
	struct model_lookup w[] = {
		{ .path = "/A.TXT" },		{ .path = "/BOOT/GRUB/GRUB.CFG" },
		{ .path = "/BOOT/IMAGE.BIN" },	{ .path = "/BOOT/GRUB" },
		{ .path = "/DATA/TWO.BIN" },	{ .path = "/BOOT/NO.BIN" },
		{ .path = "/A.TXT/X" },		{ .path = "/NO/GRUB/GRUB.CFG" },
		{ .path = "/boot/image.bin" },
	};

	disc_open(d);
	ck_assert_int_eq(model_lookup(d->img, ISOKIT_NS_ISO9660, false, w,
				      sizeof(w) / sizeof(w[0]), NULL), ISOKIT_OK);
	ck_assert_int_eq(w[0].found.state, MODEL_FOUND);
	ck_assert_int_eq(w[0].found.type, ISOKIT_FILE);
	ck_assert(w[0].found.plain);
	ck_assert_uint_eq(w[0].found.bytes, 10);
	ck_assert_uint_eq(w[0].found.offset, 60 * 2048);
	ck_assert_str_eq(w[0].found.path, "/A.TXT");
	ck_assert_int_eq(w[1].found.state, MODEL_FOUND);
	ck_assert_uint_eq(w[1].found.offset, 63 * 2048);
	ck_assert_str_eq(w[1].found.path, "/BOOT/GRUB/GRUB.CFG");
	ck_assert_uint_eq(w[2].found.bytes, 4000);
	ck_assert_int_eq(w[3].found.type, ISOKIT_DIR);
	ck_assert_uint_eq(w[4].found.bytes, 2053);
	ck_assert_uint_eq(w[4].found.first_bytes, 2048);
	ck_assert(!w[4].found.plain);
	for (size_t i = 5; i < sizeof(w) / sizeof(w[0]); i++)
		ck_assert_int_eq(w[i].found.state, MODEL_ABSENT);
	disc_close(d);
}
END_TEST

START_TEST(case_can_be_ignored)
{
	struct model_lookup w[] = { { .path = "/boot/Grub/grub.cfg" }, { .path = "/a.txt" } };

	disc_open(d);
	ck_assert_int_eq(model_lookup(d->img, ISOKIT_NS_ISO9660, true, w, 2, NULL), ISOKIT_OK);
	ck_assert_int_eq(w[0].found.state, MODEL_FOUND);
	ck_assert_str_eq(w[0].found.path, "/BOOT/GRUB/GRUB.CFG");
	ck_assert_int_eq(w[1].found.state, MODEL_FOUND);
	disc_close(d);
}
END_TEST

START_TEST(an_absent_name_space_has_nothing)
{
	struct model_lookup w = { .path = "/A.TXT" };

	disc_open(d);
	ck_assert_int_eq(model_lookup(d->img, ISOKIT_NS_JOLIET, true, &w, 1, NULL), ISOKIT_OK);
	ck_assert_int_eq(w.found.state, MODEL_ABSENT);
	disc_close(d);
}
END_TEST

/* A folder whose records do not fit what is read of one. */
START_TEST(what_lies_behind_the_bound_is_unknown)
{
	enum { SECTORS = 70, EACH = 40 };
	struct model_lookup w[] = { { .path = "/F0001" }, { .path = "/F2799" }, { .path = "/NO" } };
	const char *paths[2];
	uint64_t bytes[2];
	uint32_t lbas[2] = { 127, 126 };

	/* The root in 70 sectors from 40 on, the last file alone at sector 127. */
	disc_directory(d, 40, 40);
	for (unsigned i = 0; i < SECTORS * EACH; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "F%04u;1", i);
		if (i / EACH == 0 && i >= EACH - 3)
			continue; /* "." and ".." are there */
		disc_add(d, 40 + i / EACH, (struct disc_record){
			.name = name, .lba = i == SECTORS * EACH - 1 ? 127 : 120, .bytes = 1 });
	}
	put_both32(d->bytes + 16 * 2048 + 156 + 2, 40);
	put_both32(d->bytes + 16 * 2048 + 156 + 10, SECTORS * 2048);
	disc_open(d);
	ck_assert_int_eq(model_lookup(d->img, ISOKIT_NS_ISO9660, false, w, 3, NULL), ISOKIT_OK);
	ck_assert_int_eq(w[0].found.state, MODEL_FOUND);
	ck_assert_int_eq(w[1].found.state, MODEL_UNKNOWN);
	ck_assert_int_eq(w[2].found.state, MODEL_UNKNOWN);

	/* Opened for everything, the walk finds it; opened quickly, it says so. */
	ck_assert_int_eq(model_files_at(d->img, lbas, 2, paths, bytes, NULL), ISOKIT_OK);
	ck_assert_str_eq(paths[0], "/F2799");
	ck_assert_ptr_null(paths[1]);
	ck_assert(!d->img->files_unknown);
	d->img->quick = true;
	ck_assert_int_eq(model_files_at(d->img, lbas, 2, paths, bytes, NULL), ISOKIT_OK);
	ck_assert_ptr_null(paths[0]);
	ck_assert(d->img->files_unknown);
	disc_close(d);
}
END_TEST

START_TEST(files_are_found_by_their_address)
{
	const char *paths[3];
	uint64_t bytes[3];
	const uint32_t lbas[3] = { 61, 99, 63 };

	disc_open(d);
	d->img->quick = true;
	ck_assert_int_eq(model_files_at(d->img, lbas, 3, paths, bytes, NULL), ISOKIT_OK);
	ck_assert_str_eq(paths[0], "/BOOT/IMAGE.BIN");
	ck_assert_uint_eq(bytes[0], 4000);
	ck_assert_ptr_null(paths[1]);
	ck_assert_str_eq(paths[2], "/BOOT/GRUB/GRUB.CFG");
	ck_assert(!d->img->files_unknown); /* everything was looked at: 99 is no file */
	disc_close(d);
}
END_TEST

/* Folders that lead to each other end, and cost little. */
START_TEST(loops_end)
{
	struct model_lookup w = { .path = "/DATA/L/L/L/L/L/L/L/L/L/X" };
	const char *path;
	uint64_t bytes;
	const uint32_t lba = 99;

	disc_add(d, 31, (struct disc_record){ .name = "L", .lba = 31, .bytes = 2048, .flags = 2 });
	disc_add(d, 31, (struct disc_record){ .name = "M", .lba = DISC_ROOT, .bytes = 2048,
					      .flags = 2 });
	disc_open(d);
	ck_assert_int_eq(model_lookup(d->img, ISOKIT_NS_ISO9660, false, &w, 1, NULL), ISOKIT_OK);
	ck_assert_int_ne(w.found.state, MODEL_FOUND);
	ck_assert_int_eq(model_files_at(d->img, &lba, 1, &path, &bytes, NULL), ISOKIT_OK);
	ck_assert_ptr_null(path);
	disc_close(d);
}
END_TEST

UNIT(lookup)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, finds_paths_at_any_depth_in_one_go);
	tcase_add_test(tc, case_can_be_ignored);
	tcase_add_test(tc, an_absent_name_space_has_nothing);
	tcase_add_test(tc, what_lies_behind_the_bound_is_unknown);
	tcase_add_test(tc, files_are_found_by_their_address);
	tcase_add_test(tc, loops_end);
}
