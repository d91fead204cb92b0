/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "disc.h"
#include "unit.h"

#define RR ISOKIT_NS_ROCKRIDGE

/* System use of the root's ".": SP, then ER with the name of RRIP 1.09. */
#define SP "SP\7\1\xbe\xef\0"
#define ER "ER\22\1\12\0\0\1RRIP_1991A"

static struct disc *d;

static void setup(void)
{
	d = malloc(sizeof(*d));
	disc_begin(d);
	disc_directory_use(d, DISC_ROOT, DISC_ROOT, SP ER, sizeof(SP ER) - 1);
}

static void teardown(void)
{
	free(d);
}

/* Fields put together for one record. */
static char use[256];
static size_t n_use;

static void begin_use(void)
{
	n_use = 0;
}

static void add(const char *bytes, size_t n)
{
	ck_assert_uint_le(n_use + n, sizeof(use));
	memcpy(use + n_use, bytes, n);
	n_use += n;
}

static void add_both(uint32_t v)
{
	uint8_t b[8];

	put_le32(b, v);
	put_be32(b + 4, v);
	add((const char *)b, 8);
}

static void nm(char flags, const char *name)
{
	char head[5] = { 'N', 'M', (char)(5 + strlen(name)), 1, flags };

	add(head, 5);
	add(name, strlen(name));
}

static void px(uint32_t mode)
{
	add("PX\44\1", 4);
	add_both(mode);
	add_both(1);
	add_both(1000);
	add_both(100);
}

static void ce(uint32_t block, uint32_t offset, uint32_t bytes)
{
	add("CE\34\1", 4);
	add_both(block);
	add_both(offset);
	add_both(bytes);
}

static uint64_t file(const char *name)
{
	return disc_add(d, DISC_ROOT, (struct disc_record){ .name = name, .lba = 40, .bytes = 5,
							    .use = use, .use_bytes = n_use });
}

static uint64_t folder(uint32_t in, const char *name, uint32_t lba)
{
	return disc_add(d, in, (struct disc_record){ .name = name, .lba = lba, .bytes = 2048,
						     .flags = 2, .use = use, .use_bytes = n_use });
}

START_TEST(is_recognised_by_sp_and_er)
{
	disc_open(d);
	ck_assert(isokit_image_facts(d->img)->namespaces[RR].present);
	ck_assert_str_eq(isokit_image_facts(d->img)->namespaces[RR].version, "RRIP_1991A");
	ck_assert_int_eq(isokit_image_best_namespace(d->img), RR);
	ck_assert(disc_is_clean(d));
	disc_close(d);

	disc_directory_use(d, DISC_ROOT, DISC_ROOT, SP, sizeof(SP) - 1);
	disc_open(d); /* SUSP for something else */
	ck_assert(!isokit_image_facts(d->img)->namespaces[RR].present);
	disc_close(d);

	disc_directory_use(d, DISC_ROOT, DISC_ROOT, ER, sizeof(ER) - 1);
	disc_open(d);
	ck_assert(isokit_image_facts(d->img)->namespaces[RR].present);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_SUSP_NO_SP, NULL), 1);
	disc_close(d);
}
END_TEST

START_TEST(skips_what_sp_says)
{
	static const char root[] = "SP\7\1\xbe\xef\3" ER;

	disc_directory_use(d, DISC_ROOT, DISC_ROOT, root, sizeof(root) - 1);
	begin_use();
	add("xyz", 3);
	nm(0, "name");
	file("A.;1");
	disc_open(d);
	ck_assert_str_eq(disc_list(d, RR), " / /name");
	disc_close(d);
}
END_TEST

START_TEST(joins_names_and_attributes)
{
	struct isokit_entry e;

	begin_use();
	nm(1, "a long ");
	nm(0, "name");
	px(0100640);
	add("TF\14\1\2\174\1\2\3\4\5\4", 12);
	file("A.;1");
	disc_open(d);
	e = disc_entry(d, RR, "/a long name");
	ck_assert(e.has_posix);
	ck_assert_uint_eq(e.mode, 0100640);
	ck_assert_uint_eq(e.uid, 1000);
	ck_assert_uint_eq(e.gid, 100);
	ck_assert_int_eq(e.mtime.year, 2024);
	ck_assert_uint_eq(e.mtime.month, 1);
	ck_assert_int_eq(e.mtime.gmt_quarters, 4);
	ck_assert_str_eq(disc_list(d, ISOKIT_NS_ISO9660), " / /A");
	ck_assert(disc_is_clean(d));
	disc_close(d);
}
END_TEST

START_TEST(joins_symbolic_links)
{
	static const struct {
		const char *components;
		size_t n;
		const char *target;
	} cases[] = {
		{ "\0\3usr\0\3lib", 10, "usr/lib" },
		{ "\10\0\0\3usr", 7, "/usr" },
		{ "\4\0\4\0\0\1x", 7, "../../x" },
		{ "\2\0\0\1x", 5, "./x" },
		{ "\1\2us\0\1r\0\1x", 10, "usr/x" },
		{ "\2\0\10\0\0\4file", 10, ".//file" },
		{ "\10\0", 2, "/" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char head[5] = { 'S', 'L', (char)(5 + cases[i].n), 1, 0 };

		disc_directory_use(d, DISC_ROOT, DISC_ROOT, SP ER, sizeof(SP ER) - 1);
		begin_use();
		px(0120777);
		nm(0, "link");
		add(head, 5);
		add(cases[i].components, cases[i].n);
		file("L.;1");
		disc_open(d);
		ck_assert_str_eq(disc_entry(d, RR, "/link").target, cases[i].target);
		ck_assert_int_eq(disc_entry(d, RR, "/link").type, ISOKIT_SYMLINK);
		ck_assert_uint_eq(disc_entry(d, RR, "/link").bytes, strlen(cases[i].target));
		ck_assert(disc_is_clean(d));
		ck_assert_uint_eq(isokit_image_facts(d->img)->namespaces[RR].symlinks, 1);
		ck_assert_uint_eq(isokit_image_facts(d->img)->namespaces[RR].files, 0);
		ck_assert_uint_eq(isokit_image_facts(d->img)->namespaces[0].files, 1);
		disc_close(d);
	}
}
END_TEST

START_TEST(goes_on_in_continuation_areas)
{
	begin_use();
	ce(30, 100, 7 + 28);
	nm(1, "first-");
	file("A.;1");
	begin_use();
	nm(1, "2-");
	ce(31, 0, 9);
	memcpy(disc_at(d, 30) + 100, use, n_use);
	begin_use();
	nm(0, "last");
	memcpy(disc_at(d, 31), use, n_use);
	disc_open(d);
	ck_assert_str_eq(disc_list(d, RR), " / /first-2-last");
	ck_assert(disc_is_clean(d));
	disc_close(d);
}
END_TEST

START_TEST(ends_at_continuation_loops)
{
	struct isokit_finding found;

	begin_use();
	nm(0, "name");
	ce(30, 0, 28);
	file("A.;1");
	begin_use();
	ce(31, 0, 28);
	memcpy(disc_at(d, 30), use, n_use);
	begin_use();
	ce(30, 0, 28);
	memcpy(disc_at(d, 31), use, n_use);
	disc_open(d);
	ck_assert_str_eq(disc_list(d, RR), " / /name");
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_SUSP_CE_LOOP, &found), 1);
	disc_close(d);
	begin_use();
	nm(0, "B");
	ce(4000, 0, 28);
	file("B.;1");
	disc_open(d);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_SUSP_CE_RANGE, &found), 1);
	ck_assert_str_eq(found.what, "/B");
	disc_close(d);
}
END_TEST

START_TEST(reports_fields_that_lie)
{
	struct isokit_finding found;
	uint64_t at;

	begin_use();
	nm(0, "name");
	add("PX\377\1", 4);
	at = file("A.;1");
	begin_use();
	add("NM\0\1abcd", 8);
	file("B.;1");
	disc_open(d);
	ck_assert_str_eq(disc_list(d, RR), " / /name /B");
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_SUSP_LENGTH, &found), 2);
	ck_assert_uint_gt(found.offset, at);
	disc_close(d);
}
END_TEST

START_TEST(keeps_names_inside)
{
	static const struct {
		const char *name;
		size_t n;
		const char *shown;
	} cases[] = { { "..", 2, "/_." }, { ".", 1, "/_" }, { "../x", 4, "/.._x" },
		      { "a\0b", 3, "/a_b" } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char head[5] = { 'N', 'M', (char)(5 + cases[i].n), 1, 0 }, want[32] = " / ";

		disc_directory_use(d, DISC_ROOT, DISC_ROOT, SP ER, sizeof(SP ER) - 1);
		begin_use();
		add(head, 5);
		add(cases[i].name, cases[i].n);
		file("A.;1");
		disc_open(d);
		strcat(want, cases[i].shown);
		ck_assert_str_eq(disc_list(d, RR), want);
		ck_assert_uint_eq(disc_found(d, ISOKIT_F_NAME_UNSAFE, NULL), 1);
		disc_close(d);
	}
	disc_directory_use(d, DISC_ROOT, DISC_ROOT, SP ER, sizeof(SP ER) - 1);
	begin_use();
	nm(4, ""); /* PARENT: only ".." may say so */
	file("A.;1");
	disc_open(d);
	ck_assert_str_eq(disc_list(d, RR), " / /A");
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_RR_NAME_FLAGS, NULL), 1);
	disc_close(d);
}
END_TEST

static void cl(uint32_t block)
{
	add("CL\14\1", 4);
	add_both(block);
}

START_TEST(puts_relocated_directories_back)
{
	begin_use();
	nm(0, "dir");
	folder(DISC_ROOT, "D", 30);
	begin_use();
	nm(0, "rr_moved");
	folder(DISC_ROOT, "RR_MOVED", 31);
	disc_directory(d, 30, DISC_ROOT);
	begin_use();
	nm(0, "deep");
	cl(32);
	disc_add(d, 30, (struct disc_record){ .name = "DEEP", .lba = 40, .use = use,
					      .use_bytes = n_use });
	disc_directory(d, 31, DISC_ROOT);
	begin_use();
	nm(0, "deep");
	add("RE\4\1", 4);
	folder(31, "DEEP", 32);
	begin_use();
	px(0040750);
	disc_directory_use(d, 32, 31, use, n_use);
	begin_use();
	nm(0, "bottom");
	disc_add(d, 32, (struct disc_record){ .name = "B.;1", .lba = 41, .bytes = 5, .use = use,
					      .use_bytes = n_use });
	disc_open(d);
	ck_assert_str_eq(disc_list(d, RR), " / /dir/ /dir/deep/ /dir/deep/bottom /rr_moved/");
	ck_assert_str_eq(disc_list(d, ISOKIT_NS_ISO9660),
			 " / /D/ /D/DEEP /RR_MOVED/ /RR_MOVED/DEEP/ /RR_MOVED/DEEP/B");
	ck_assert_uint_eq(disc_entry(d, RR, "/dir/deep").mode, 0040750);
	ck_assert_uint_eq(disc_entry(d, RR, "/dir/deep/bottom").bytes, 5);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_TREE_LOOP, NULL), 0);
	ck_assert_uint_eq(isokit_image_facts(d->img)->namespaces[RR].directories, 4);
	ck_assert_uint_eq(isokit_image_facts(d->img)->namespaces[RR].files, 1);
	ck_assert_uint_eq(isokit_image_facts(d->img)->namespaces[0].files, 2);
	disc_close(d);
}
END_TEST

START_TEST(ends_at_child_links_that_lead_back)
{
	struct isokit_finding found;
	uint64_t at;

	begin_use();
	nm(0, "root");
	cl(DISC_ROOT);
	at = file("A.;1");
	begin_use();
	nm(0, "nothing");
	cl(50);
	file("B.;1");
	begin_use();
	nm(0, "far");
	cl(50000);
	file("C.;1");
	disc_open(d);
	ck_assert_str_eq(disc_list(d, RR), " / /root/ /nothing /far");
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_TREE_LOOP, &found), 1);
	ck_assert_uint_eq(found.offset, at);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_RR_CHILD, NULL), 2);
	disc_close(d);
}
END_TEST

static void zf(uint8_t log2, uint32_t bytes)
{
	char head[8] = { 'Z', 'F', 16, 1, 'p', 'z', 4, (char)log2 };

	add(head, 8);
	add_both(bytes);
}

START_TEST(judges_zisofs_by_its_header)
{
	begin_use();
	px(0100644);
	nm(0, "good");
	zf(15, 32768 * 10);
	disc_add(d, DISC_ROOT, (struct disc_record){ .name = "A.;1", .lba = 40, .bytes = 16 + 44,
						     .use = use, .use_bytes = n_use });
	begin_use();
	nm(0, "size");
	zf(15, 32768 * 10);
	disc_add(d, DISC_ROOT, (struct disc_record){ .name = "B.;1", .lba = 41, .bytes = 16 + 43,
						     .use = use, .use_bytes = n_use });
	begin_use();
	nm(0, "block");
	zf(30, 100);
	file("C.;1");
	disc_open(d);
	ck_assert(disc_entry(d, RR, "/good").zisofs);
	ck_assert_uint_eq(disc_entry(d, RR, "/good").bytes, 327680);
	ck_assert_ptr_eq(disc_entry(d, RR, "/good").refused, NULL);
	ck_assert_ptr_ne(disc_entry(d, RR, "/size").refused, NULL);
	ck_assert_ptr_ne(disc_entry(d, RR, "/block").refused, NULL);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_ZISOFS_SIZE, NULL), 1);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_ZISOFS_HEADER, NULL), 1);
	ck_assert(isokit_image_facts(d->img)->zisofs);
	disc_close(d);
}
END_TEST

START_TEST(knows_all_types)
{
	static const struct {
		uint32_t mode;
		enum isokit_file_type type;
	} types[] = { { 0100644, ISOKIT_FILE }, { 0120777, ISOKIT_SYMLINK }, { 0060660, ISOKIT_BLOCK },
		      { 0020620, ISOKIT_CHAR }, { 0010600, ISOKIT_FIFO }, { 0140755, ISOKIT_SOCKET } };
	struct isokit_entry e;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		char name[] = "A.;1";

		name[0] = (char)('A' + i);
		begin_use();
		px(types[i].mode);
		add("PN\24\1", 4);
		add_both(8);
		add_both(17);
		file(name);
	}
	begin_use();
	px(0040755); /* a folder, by the mode alone */
	file("Z.;1");
	disc_open(d);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		char path[] = "/A";

		path[1] = (char)('A' + i);
		e = disc_entry(d, RR, path);
		ck_assert_int_eq(e.type, types[i].type);
		ck_assert_uint_eq(e.mode, types[i].mode);
		ck_assert_uint_eq(e.dev_major, i == 2 || i == 3 ? 8 : 0);
		ck_assert_uint_eq(e.dev_minor, i == 2 || i == 3 ? 17 : 0);
	}
	ck_assert_int_eq(disc_entry(d, RR, "/Z").type, ISOKIT_FILE);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_RR_TYPE, NULL), 1);
	disc_close(d);
}
END_TEST

UNIT(rock)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, is_recognised_by_sp_and_er);
	tcase_add_test(tc, skips_what_sp_says);
	tcase_add_test(tc, joins_names_and_attributes);
	tcase_add_test(tc, joins_symbolic_links);
	tcase_add_test(tc, goes_on_in_continuation_areas);
	tcase_add_test(tc, ends_at_continuation_loops);
	tcase_add_test(tc, reports_fields_that_lie);
	tcase_add_test(tc, keeps_names_inside);
	tcase_add_test(tc, puts_relocated_directories_back);
	tcase_add_test(tc, ends_at_child_links_that_lead_back);
	tcase_add_test(tc, judges_zisofs_by_its_header);
	tcase_add_test(tc, knows_all_types);
}
