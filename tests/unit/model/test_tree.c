/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "disc.h"
#include "unit.h"

#define ISO ISOKIT_NS_ISO9660

static struct disc *d;

static void setup(void)
{
	d = malloc(sizeof(*d));
	disc_begin(d);
}

static void teardown(void)
{
	free(d);
}

static uint64_t file(uint32_t directory, const char *name, uint32_t lba, uint32_t bytes)
{
	return disc_add(d, directory, (struct disc_record){ .name = name, .lba = lba,
							    .bytes = bytes });
}

static uint64_t folder(uint32_t directory, const char *name, uint32_t lba)
{
	return disc_add(d, directory, (struct disc_record){ .name = name, .lba = lba,
							    .bytes = 2048, .flags = 2 });
}

START_TEST(walks_in_the_order_of_the_medium)
{
	folder(DISC_ROOT, "D", 30);
	file(DISC_ROOT, "Z.TXT;1", 40, 10);
	disc_directory(d, 30, DISC_ROOT);
	folder(30, "E", 31);
	file(30, "A.;1", 41, 10);
	disc_directory(d, 31, 30);
	file(31, "B;2", 42, 10);
	disc_open(d);
	ck_assert_str_eq(disc_list(d, ISO), " / /D/ /D/E/ /D/E/B;2 /D/A /Z.TXT");
	disc_close(d);
}
END_TEST

static int list_paths(void *ctx, const struct isokit_entry *e)
{
	strcat(ctx, e->path);
	strcat(ctx, " ");
	return 0;
}

START_TEST(walks_from_a_path)
{
	char list[100] = "";

	folder(DISC_ROOT, "D", 30);
	disc_directory(d, 30, DISC_ROOT);
	folder(30, "E", 31);
	file(30, "F.;1", 41, 10);
	disc_directory(d, 31, 30);
	file(31, "G.;1", 42, 10);
	disc_open(d);
	ck_assert_int_eq(isokit_image_walk(d->img, ISO, "/D/E", list_paths, list, NULL), ISOKIT_OK);
	ck_assert_str_eq(list, "/D/E /D/E/G ");
	list[0] = '\0';
	ck_assert_int_eq(isokit_image_walk(d->img, ISO, "D//E/", list_paths, list, NULL), ISOKIT_OK);
	ck_assert_str_eq(list, "/D/E /D/E/G ");
	list[0] = '\0';
	ck_assert_int_eq(isokit_image_walk(d->img, ISO, "/D/F", list_paths, list, NULL), ISOKIT_OK);
	ck_assert_str_eq(list, "/D/F ");
	list[0] = '\0';
	ck_assert_int_eq(isokit_image_walk(d->img, ISO, "/D/X", list_paths, list, NULL),
			 ISOKIT_E_NOT_FOUND);
	ck_assert_int_eq(isokit_image_walk(d->img, ISO, "/D/F/G", list_paths, list, NULL),
			 ISOKIT_E_NOT_FOUND);
	ck_assert_int_eq(isokit_image_walk(d->img, ISOKIT_NS_JOLIET, "/", list_paths, list, NULL),
			 ISOKIT_E_NOT_FOUND);
	ck_assert_str_eq(list, "");
	disc_close(d);
}
END_TEST

START_TEST(joins_the_extents_of_one_file)
{
	struct isokit_entry e;

	disc_add(d, DISC_ROOT, (struct disc_record){ .name = "BIG.;1", .lba = 40, .bytes = 4096,
						     .flags = 0x80 });
	disc_add(d, DISC_ROOT, (struct disc_record){ .name = "BIG.;1", .lba = 50, .bytes = 2048,
						     .flags = 0x80 });
	file(DISC_ROOT, "BIG.;1", 60, 7);
	file(DISC_ROOT, "C.;1", 61, 8);
	disc_open(d);
	ck_assert_str_eq(disc_list(d, ISO), " / /BIG /C");
	e = disc_entry(d, ISO, "/BIG");
	ck_assert_uint_eq(e.bytes, 4096 + 2048 + 7);
	ck_assert_uint_eq(e.n_extents, 3);
	ck_assert_uint_eq(e.extents[1].lba, 50);
	ck_assert_uint_eq(e.extents[2].bytes, 7);
	ck_assert_ptr_eq(e.refused, NULL);
	ck_assert(disc_is_clean(d));
	ck_assert_int_eq(isokit_image_facts(d->img)->namespaces[ISO].level, 3);
	ck_assert_uint_eq(isokit_image_facts(d->img)->namespaces[ISO].files, 2);
	disc_close(d);
}
END_TEST

START_TEST(reports_a_file_whose_last_extent_is_missing)
{
	struct isokit_finding found;
	uint64_t at = disc_add(d, DISC_ROOT, (struct disc_record){ .name = "BIG.;1", .lba = 40,
								   .bytes = 4096, .flags = 0x80 });

	file(DISC_ROOT, "C.;1", 61, 8);
	disc_add(d, DISC_ROOT, (struct disc_record){ .name = "Z.;1", .lba = 40, .bytes = 4096,
						     .flags = 0x80 });
	disc_open(d);
	ck_assert_str_eq(disc_list(d, ISO), " / /BIG /C /Z");
	ck_assert_ptr_ne(disc_entry(d, ISO, "/BIG").refused, NULL);
	ck_assert_ptr_eq(disc_entry(d, ISO, "/C").refused, NULL);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_FILE_EXTENTS_ENDLESS, &found), 2);
	ck_assert_uint_ne(found.offset, at + 25);
	ck_assert_str_eq(found.what, "/Z");
	disc_close(d);
}
END_TEST

START_TEST(begins_data_behind_the_extended_attributes)
{
	struct isokit_entry e;

	disc_add(d, DISC_ROOT, (struct disc_record){ .name = "A.;1", .lba = 40, .bytes = 100,
						     .xattr_blocks = 2 });
	disc_open(d);
	e = disc_entry(d, ISO, "/A");
	ck_assert_uint_eq(e.extents[0].lba, 42);
	ck_assert_uint_eq(e.bytes, 100);
	ck_assert(disc_is_clean(d));
	disc_close(d);
}
END_TEST

START_TEST(refuses_interleaved_files_only)
{
	disc_add(d, DISC_ROOT, (struct disc_record){ .name = "A.;1", .lba = 40, .bytes = 9000,
						     .unit_blocks = 1, .gap_blocks = 1 });
	file(DISC_ROOT, "B.;1", 50, 100);
	disc_open(d);
	ck_assert_str_eq(disc_entry(d, ISO, "/A").refused, "interleaved");
	ck_assert_ptr_eq(disc_entry(d, ISO, "/B").refused, NULL);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_FILE_INTERLEAVED, NULL), 1);
	disc_close(d);
}
END_TEST

START_TEST(leaves_out_associated_files_and_marks_hidden_ones)
{
	disc_add(d, DISC_ROOT, (struct disc_record){ .name = "A.;1", .lba = 40, .bytes = 10,
						     .flags = 4 });
	disc_add(d, DISC_ROOT, (struct disc_record){ .name = "A.;1", .lba = 41, .bytes = 20,
						     .flags = 1 });
	disc_open(d);
	ck_assert_str_eq(disc_list(d, ISO), " / /A");
	ck_assert_uint_eq(disc_entry(d, ISO, "/A").bytes, 20);
	ck_assert(disc_entry(d, ISO, "/A").hidden);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_FILE_ASSOCIATED, NULL), 1);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_NAME_DUPLICATE, NULL), 0);
	disc_close(d);
}
END_TEST

START_TEST(ends_at_loops)
{
	struct isokit_finding found;
	uint64_t at;

	folder(DISC_ROOT, "D", 30);
	disc_directory(d, 30, DISC_ROOT);
	folder(30, "SELF", 30);
	at = folder(30, "UP", DISC_ROOT);
	file(30, "Z.;1", 40, 5);
	disc_open(d);
	ck_assert_str_eq(disc_list(d, ISO), " / /D/ /D/SELF/ /D/UP/ /D/Z");
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_TREE_LOOP, &found), 2);
	ck_assert_uint_eq(found.offset, at);
	ck_assert_str_eq(found.what, "/D/UP");
	disc_close(d);
}
END_TEST

START_TEST(enters_a_shared_directory_once)
{
	folder(DISC_ROOT, "A", 30);
	folder(DISC_ROOT, "B", 30);
	disc_directory(d, 30, DISC_ROOT);
	file(30, "F.;1", 40, 5);
	disc_open(d);
	ck_assert_str_eq(disc_list(d, ISO), " / /A/ /A/F /B/");
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_TREE_SHARED, NULL), 1);
	disc_close(d);
}
END_TEST

START_TEST(goes_on_behind_damaged_records)
{
	struct isokit_finding found;
	uint64_t at = file(DISC_ROOT, "A.;1", 40, 5);

	/* The root gets a second sector; the first ends in a lie each time. */
	put_le32(disc_at(d, 16) + 156 + 10, 4096);
	put_be32(disc_at(d, 16) + 156 + 14, 4096);
	memset(disc_at(d, DISC_ROOT + 1), 0, 2048);
	file(DISC_ROOT + 1, "B.;1", 41, 5);
	at += d->bytes[at];
	d->bytes[at] = 255;
	d->bytes[at + 32] = 230; /* a name longer than its record */
	disc_open(d);
	ck_assert_str_eq(disc_list(d, ISO), " / /A /B");
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_DIR_RECORD_BAD, &found), 1);
	ck_assert_uint_eq(found.offset, at);
	disc_close(d);
	d->bytes[at] = 0; /* zero, but more follows */
	disc_open(d);
	ck_assert_str_eq(disc_list(d, ISO), " / /A /B");
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_DIR_RECORD_ZERO, &found), 1);
	ck_assert_uint_eq(found.offset, at);
	disc_close(d);
	d->bytes[at + 32] = 0;
	memset(disc_at(d, DISC_ROOT) + 2048 - 40, 0, 40);
	while (at < (DISC_ROOT + 1) * 2048 - 40) /* fill up to a record that crosses */
		at = file(DISC_ROOT, "A.;1", 40, 5) + 38;
	d->bytes[at] = 60;
	disc_open(d);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_DIR_RECORD_OVER, &found), 1);
	ck_assert_uint_eq(found.offset, at);
	ck_assert_ptr_ne(strstr(disc_list(d, ISO), " /B"), NULL);
	disc_close(d);
}
END_TEST

START_TEST(bounds_directories_by_the_image)
{
	struct isokit_finding found;
	uint64_t at;

	put_le32(disc_at(d, 16) + 156 + 10, 0xfffff800);
	put_be32(disc_at(d, 16) + 156 + 14, 0xfffff800);
	at = folder(DISC_ROOT, "FAR", 4000);
	folder(DISC_ROOT, "NULL", 0);
	disc_open(d);
	ck_assert_str_eq(disc_list(d, ISO), " / /FAR/ /NULL/");
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_DIR_SIZE, &found), 1);
	ck_assert_uint_eq(found.offset, 16 * 2048 + 156 + 10);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_DIR_OUTSIDE, NULL), 2);
	ck_assert_uint_ne(at, 0);
	disc_close(d);
}
END_TEST

START_TEST(reports_files_that_lie_outside)
{
	struct isokit_finding found;
	uint64_t at = file(DISC_ROOT, "A.;1", DISC_SECTORS - 1, 2049);

	file(DISC_ROOT, "B.;1", DISC_SECTORS - 1, 2048);
	file(DISC_ROOT, "C.;1", 0xffffffff, 0);
	disc_open(d);
	ck_assert_ptr_ne(disc_entry(d, ISO, "/A").refused, NULL);
	ck_assert_ptr_eq(disc_entry(d, ISO, "/B").refused, NULL);
	ck_assert_ptr_eq(disc_entry(d, ISO, "/C").refused, NULL);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_FILE_PAST_END, &found), 1);
	ck_assert_uint_eq(found.offset, at + 2);
	ck_assert_uint_eq(found.n[0], d->size + 1);
	disc_close(d);
}
END_TEST

START_TEST(reports_addresses_that_differ_between_byte_orders)
{
	struct isokit_finding found;
	uint64_t at = file(DISC_ROOT, "A.;1", 40, 5);

	put_be32(d->bytes + at + 6, 41);
	disc_open(d);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_DIR_ENDIAN, &found), 1);
	ck_assert_uint_eq(found.offset, at + 2);
	ck_assert_uint_eq(found.n[1], 41);
	ck_assert_uint_eq(disc_entry(d, ISO, "/A").extents[0].lba, 40);
	disc_close(d);
}
END_TEST

START_TEST(never_shows_a_name_that_leads_elsewhere)
{
	static const struct {
		const char *raw;
		size_t n;
		const char *shown;
	} cases[] = {
		{ "..", 2, "/_" },      { ".", 1, "/_" },          { "../X", 4, "/.._X" },
		{ "A\0B", 3, "/A_B" },  { "/etc/x;1", 8, "/_etc_x" }, { "..;1", 4, "/_" },
		{ "...;1", 5, "/_." },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char want[32] = " / ";

		disc_begin(d);
		disc_add(d, DISC_ROOT, (struct disc_record){ .name = cases[i].raw,
							     .name_bytes = cases[i].n,
							     .lba = 40, .bytes = 5 });
		disc_open(d);
		strcat(want, cases[i].shown);
		ck_assert_str_eq(disc_list(d, ISO), want);
		ck_assert(disc_entry(d, ISO, cases[i].shown).has_nul_or_slash);
		ck_assert_uint_eq(disc_found(d, ISOKIT_F_NAME_UNSAFE, NULL), 1);
		disc_close(d);
	}
}
END_TEST

START_TEST(lists_duplicates_and_reports_them)
{
	struct isokit_finding found;
	uint64_t at;

	file(DISC_ROOT, "A.;1", 40, 5);
	file(DISC_ROOT, "B.;1", 41, 5);
	at = file(DISC_ROOT, "A.;1", 42, 5);
	disc_open(d);
	ck_assert_str_eq(disc_list(d, ISO), " / /A /B /A");
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_NAME_DUPLICATE, &found), 1);
	ck_assert_uint_eq(found.offset, at);
	disc_close(d);
}
END_TEST

START_TEST(reports_partial_overlaps_only)
{
	struct isokit_finding found;
	uint64_t at;

	file(DISC_ROOT, "A.;1", 40, 5000);
	file(DISC_ROOT, "B.;1", 40, 5000); /* a hard link */
	file(DISC_ROOT, "E.;1", 41, 0);    /* empty files claim nothing */
	at = file(DISC_ROOT, "C.;1", 42, 5000);
	file(DISC_ROOT, "D.;1", 50, 10);
	disc_open(d);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_FILE_OVERLAP, &found), 1);
	ck_assert_uint_eq(found.offset, at);
	ck_assert_str_eq(found.what, "/C");
	ck_assert_uint_eq(found.n[0], 42 * 2048);
	disc_close(d);
	disc_begin(d);
	file(DISC_ROOT, "A.;1", 10, 20000); /* over the descriptors and the root */
	disc_open(d);
	ck_assert_uint_gt(disc_found(d, ISOKIT_F_FILE_OVERLAP, &found), 0);
	disc_close(d);
}
END_TEST

START_TEST(honours_small_logical_blocks)
{
	struct isokit_entry e;

	put_le16(disc_at(d, 16) + 128, 512);
	put_be16(disc_at(d, 16) + 130, 512);
	put_le32(disc_at(d, 16) + 80, DISC_SECTORS * 4);
	put_be32(disc_at(d, 16) + 84, DISC_SECTORS * 4);
	put_le32(disc_at(d, 16) + 140, DISC_PATH_L * 4);
	put_be32(disc_at(d, 16) + 148, DISC_PATH_M * 4);
	put_le32(disc_at(d, 16) + 158, DISC_ROOT * 4);
	put_be32(disc_at(d, 16) + 162, DISC_ROOT * 4);
	put_le32(disc_at(d, DISC_PATH_L) + 2, DISC_ROOT * 4);
	put_be32(disc_at(d, DISC_PATH_M) + 2, DISC_ROOT * 4);
	for (uint32_t at = 0; at <= 34; at += 34) { /* "." and ".." */
		put_le32(disc_at(d, DISC_ROOT) + at + 2, DISC_ROOT * 4);
		put_be32(disc_at(d, DISC_ROOT) + at + 6, DISC_ROOT * 4);
	}
	file(DISC_ROOT, "A.;1", 203, 700);
	disc_open(d);
	e = disc_entry(d, ISO, "/A");
	ck_assert_uint_eq(e.extents[0].lba, 203);
	ck_assert_ptr_eq(e.refused, NULL);
	ck_assert_uint_eq(isokit_image_facts(d->img)->expected.bytes, d->size);
	ck_assert(disc_is_clean(d));
	disc_close(d);
}
END_TEST

START_TEST(walks_joliet_and_enhanced_trees)
{
	disc_descriptor(d, 17, 2, 1, "%/E", 25);
	disc_descriptor(d, 18, 2, 2, NULL, 26);
	memcpy(disc_at(d, 21), disc_at(d, DISC_PATH_L), 2048);
	put_le32(disc_at(d, 16) + 140, 21);
	disc_descriptor(d, 19, 255, 1, NULL, 0);
	disc_directory(d, 25, 25);
	disc_directory(d, 26, 26);
	disc_add(d, 25, (struct disc_record){ .name = "\0\xe4\0.\0t\0;\0001", .name_bytes = 10,
					      .lba = 40, .bytes = 5 });
	disc_add(d, 25, (struct disc_record){ .name = "\0.\0.\0/\0x", .name_bytes = 8, .lba = 40,
					      .bytes = 5 });
	disc_add(d, 25, (struct disc_record){ .name = "\xd8\0\0A", .name_bytes = 4, .lba = 40,
					      .bytes = 5 });
	file(26, "long name.With.Dots", 40, 5);
	disc_open(d);
	ck_assert_str_eq(disc_list(d, ISOKIT_NS_JOLIET), " / /\xc3\xa4.t /.._x /\xef\xbf\xbd" "A");
	ck_assert_str_eq(disc_list(d, ISOKIT_NS_ENHANCED), " / /long name.With.Dots");
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_NAME_NOT_UCS2, NULL), 1);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_NAME_UNSAFE, NULL), 1);
	ck_assert_int_eq(isokit_image_best_namespace(d->img), ISOKIT_NS_JOLIET);
	ck_assert_uint_eq(isokit_image_facts(d->img)->namespaces[ISOKIT_NS_JOLIET].files, 3);
	disc_close(d);
}
END_TEST

static int stop_at_once(void *ctx, const struct isokit_entry *e)
{
	(void)e;
	++*(int *)ctx;
	return 1;
}

/* Each entry of a listing repeats the path of its folder. */
START_TEST(bounds_the_length_of_paths)
{
	struct isokit_finding found;
	char name[221];

	memset(name, 'A', sizeof(name));
	name[220] = '\0';
	for (uint32_t lba = 30; lba < DISC_SECTORS; lba++) {
		folder(lba == 30 ? DISC_ROOT : lba - 1, name, lba);
		disc_directory(d, lba, lba == 30 ? DISC_ROOT : lba - 1);
	}
	disc_open(d);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_TREE_DEPTH, &found), 1);
	ck_assert_uint_eq(found.n[0], 16 * 1024 / 221 + 1);
	disc_close(d);
}
END_TEST

START_TEST(stops_when_told)
{
	struct isokit_error err = { 0 };
	int calls = 0;

	file(DISC_ROOT, "A.;1", 40, 5);
	disc_open(d);
	ck_assert_int_eq(isokit_image_walk(d->img, ISO, "/", stop_at_once, &calls, &err),
			 ISOKIT_E_CANCELLED);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(err.status, ISOKIT_E_CANCELLED);
	disc_close(d);
}
END_TEST

START_TEST(compares_the_path_tables_with_the_tree)
{
	struct isokit_finding found;
	uint8_t *l = disc_at(d, DISC_PATH_L), *m = disc_at(d, DISC_PATH_M);

	folder(DISC_ROOT, "D", 30);
	disc_directory(d, 30, DISC_ROOT);
	disc_open(d); /* the tables know the root alone */
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_PATH_TABLE_MISSING, &found), 2);
	ck_assert_uint_eq(found.n[0], 1);
	ck_assert_uint_eq(found.n[1], 2);
	disc_close(d);

	memcpy(l + 10, "\1\0\36\0\0\0\1\0D", 9);
	memcpy(m + 10, "\1\0\0\0\0\36\0\1D", 9);
	disc_at(d, 16)[132] = disc_at(d, 16)[139] = 20;
	disc_open(d);
	ck_assert(disc_is_clean(d));
	disc_close(d);

	l[12] = 99;
	m[17] = 2; /* a parent that is itself */
	disc_open(d);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_PATH_TABLE_ENTRY, &found), 1);
	ck_assert_uint_eq(found.offset, DISC_PATH_L * 2048 + 10);
	ck_assert_uint_eq(found.n[1], 99);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_PATH_TABLE_PARENT, &found), 1);
	ck_assert_uint_eq(found.offset, DISC_PATH_M * 2048 + 10);
	disc_close(d);

	l[10] = 200; /* a name longer than the table */
	put_be32(disc_at(d, 16) + 148, 4000);
	disc_open(d);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_PATH_TABLE_RECORD, &found), 1);
	ck_assert_uint_eq(found.offset, DISC_PATH_L * 2048 + 10);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_PATH_TABLE_RANGE, &found), 1);
	ck_assert_uint_eq(found.offset, 16 * 2048 + 148);
	disc_close(d);
}
END_TEST

START_TEST(ends_a_directory_of_empty_sectors)
{
	file(DISC_ROOT, "A.;1", 120, 5);
	put_le32(disc_at(d, 16) + 156 + 10, 90 * 2048);
	put_be32(disc_at(d, 16) + 156 + 14, 90 * 2048);
	disc_open(d);
	ck_assert_str_eq(disc_list(d, ISO), " / /A");
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_DIR_EMPTY_SECTORS, NULL), 1);
	disc_close(d);
}
END_TEST

START_TEST(compares_the_dot_records_with_the_tree)
{
	struct isokit_finding found;

	folder(DISC_ROOT, "D", 30);
	disc_directory(d, 30, 29);
	put_le32(disc_at(d, 30) + 2, 31);
	put_be32(disc_at(d, 30) + 6, 31);
	disc_open(d);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_DIR_DOT, &found), 1);
	ck_assert_uint_eq(found.offset, 30 * 2048 + 2);
	ck_assert_uint_eq(found.n[0], 31);
	ck_assert_uint_eq(found.n[1], 30);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_DIR_DOTDOT, &found), 1);
	ck_assert_uint_eq(found.n[0], 29);
	ck_assert_uint_eq(found.n[1], DISC_ROOT);
	ck_assert_str_eq(disc_list(d, ISO), " / /D/");
	disc_close(d);
}
END_TEST

UNIT(tree)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, walks_in_the_order_of_the_medium);
	tcase_add_test(tc, walks_from_a_path);
	tcase_add_test(tc, joins_the_extents_of_one_file);
	tcase_add_test(tc, reports_a_file_whose_last_extent_is_missing);
	tcase_add_test(tc, begins_data_behind_the_extended_attributes);
	tcase_add_test(tc, refuses_interleaved_files_only);
	tcase_add_test(tc, leaves_out_associated_files_and_marks_hidden_ones);
	tcase_add_test(tc, ends_at_loops);
	tcase_add_test(tc, enters_a_shared_directory_once);
	tcase_add_test(tc, goes_on_behind_damaged_records);
	tcase_add_test(tc, bounds_directories_by_the_image);
	tcase_add_test(tc, reports_files_that_lie_outside);
	tcase_add_test(tc, reports_addresses_that_differ_between_byte_orders);
	tcase_add_test(tc, never_shows_a_name_that_leads_elsewhere);
	tcase_add_test(tc, lists_duplicates_and_reports_them);
	tcase_add_test(tc, reports_partial_overlaps_only);
	tcase_add_test(tc, honours_small_logical_blocks);
	tcase_add_test(tc, walks_joliet_and_enhanced_trees);
	tcase_add_test(tc, bounds_the_length_of_paths);
	tcase_add_test(tc, stops_when_told);
	tcase_add_test(tc, compares_the_path_tables_with_the_tree);
	tcase_add_test(tc, ends_a_directory_of_empty_sectors);
	tcase_add_test(tc, compares_the_dot_records_with_the_tree);
}
