/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "convert/mapfile.h"

/* The statuses of all blocks of ten bytes: "++--??". */
static void expect(const struct mapfile *m, const char *statuses)
{
	size_t i = 0;
	uint64_t at = 0;

	for (; *statuses; statuses++, at += 10) {
		ck_assert_uint_lt(i, m->n);
		ck_assert_int_eq((char)m->areas[i].status, *statuses);
		if (m->areas[i].offset + m->areas[i].bytes == at + 10)
			i++;
	}
	ck_assert_uint_eq(i, m->n);
}

START_TEST(areas_are_split_and_joined)
{
	struct mapfile m = { 0 };
	struct mapfile_area a;

	ck_assert(mapfile_start(&m, 60));
	expect(&m, "??????");
	ck_assert(mapfile_set(&m, 20, 20, MAPFILE_DONE));
	expect(&m, "??++??");
	ck_assert_uint_eq(m.n, 3);
	ck_assert(mapfile_set(&m, 0, 20, MAPFILE_DONE));
	ck_assert(mapfile_set(&m, 40, 20, MAPFILE_BAD));
	expect(&m, "++++--");
	ck_assert_uint_eq(m.n, 2);
	ck_assert(mapfile_set(&m, 10, 40, MAPFILE_UNTRIMMED));
	expect(&m, "+****-");
	ck_assert(mapfile_find(&m, 0, "*", &a));
	ck_assert_uint_eq(a.offset, 10);
	ck_assert_uint_eq(a.bytes, 40);
	ck_assert(mapfile_find(&m, 25, "*/", &a));
	ck_assert_uint_eq(a.offset, 25);
	ck_assert_uint_eq(a.bytes, 25);
	ck_assert(!mapfile_find(&m, 25, "?", &a));
	ck_assert_uint_eq(mapfile_count(&m, MAPFILE_UNTRIMMED), 40);
	ck_assert(mapfile_set(&m, 0, 60, MAPFILE_DONE));
	expect(&m, "++++++");
	ck_assert_uint_eq(m.n, 1);
	mapfile_free(&m);
}
END_TEST

START_TEST(random_changes_are_those_of_an_array)
{
	static const char kinds[] = "?*/-+";
	struct mapfile m = { 0 };
	char plain[201];

	memset(plain, '?', 200);
	plain[200] = '\0';
	ck_assert(mapfile_start(&m, 2000));
	srand(7);
	for (unsigned i = 0; i < 2000; i++) {
		size_t from = (size_t)rand() % 200, n = 1 + (size_t)rand() % (200 - from);
		char kind = kinds[rand() % 5];

		memset(plain + from, kind, n);
		ck_assert(mapfile_set(&m, from * 10, n * 10, (enum mapfile_status)kind));
		for (size_t k = 1; k < m.n; k++) {
			ck_assert_int_ne(m.areas[k].status, m.areas[k - 1].status);
			ck_assert_uint_eq(m.areas[k].offset,
					  m.areas[k - 1].offset + m.areas[k - 1].bytes);
		}
		expect(&m, plain);
	}
	mapfile_free(&m);
}
END_TEST

static enum isokit_status parse(struct mapfile *m, const char *text, struct isokit_error *err)
{
	return mapfile_parse(m, text, strlen(text), "map", err);
}

START_TEST(what_was_written_is_read)
{
	struct mapfile m = { 0 }, again = { 0 };
	struct text text = { 0 };

	ck_assert(mapfile_start(&m, 5000000000));
	ck_assert(mapfile_set(&m, 0, 4096, MAPFILE_DONE));
	ck_assert(mapfile_set(&m, 4096, 512, MAPFILE_BAD));
	ck_assert(mapfile_set(&m, 4294967296, 2048, MAPFILE_UNSCRAPED));
	mapfile_format(&m, 0, '?', &text);
	ck_assert_int_eq(mapfile_parse(&again, text.bytes, text.n, "map", NULL), ISOKIT_OK);
	ck_assert_uint_eq(m.n, again.n);
	for (size_t i = 0; i < m.n; i++) {
		ck_assert_uint_eq(m.areas[i].offset, again.areas[i].offset);
		ck_assert_uint_eq(m.areas[i].bytes, again.areas[i].bytes);
		ck_assert_int_eq(m.areas[i].status, again.areas[i].status);
	}
	text_free(&text);
	mapfile_free(&m);
	mapfile_free(&again);
}
END_TEST

START_TEST(maps_of_ddrescue_are_read)
{
	struct mapfile m = { 0 };

	ck_assert_int_eq(parse(&m,
			       "# Mapfile. Created by GNU ddrescue version 1.27\n"
			       "# Command line: ddrescue /dev/sr0 out map\r\n"
			       "0x0002     ?               1\n"
			       "#      pos        size  status\n\n"
			       "  0x00000000  0x0000000A  +\r\n"
			       "10\t012  *\n"
			       "0x14  30  -", NULL), ISOKIT_OK);
	expect(&m, "+*---");
	mapfile_free(&m);
	/* Without a pass, as older ones are. */
	ck_assert_int_eq(parse(&m, "0 +\n0 10 +\n", NULL), ISOKIT_OK);
	expect(&m, "+");
	mapfile_free(&m);
}
END_TEST

START_TEST(others_are_refused_with_their_line)
{
	static const char *const bad[] = {
		"", "# nothing\n", "0 +\n", "x\n", "0 +\n0 10\n", "0 +\n0 10 x\n",
		"0 +\n5 10 +\n", "0 +\n0 10 +\n11 10 +\n", "0 +\n0 10 +\n0 10 +\n",
		"0 +\n0 0xffffffffffffffff +\n0xffffffffffffffff 2 -\n",
		"0 +\n0 0x10000000000000000 +\n",
	};
	struct mapfile m = { 0 };
	struct isokit_error err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(parse(&m, bad[i], &err), ISOKIT_E_CORRUPT);
		mapfile_free(&m);
	}
	(void)parse(&m, "0 +\n0 10 +\n11 10 +\n", &err);
	ck_assert_ptr_nonnull(strstr(err.text, "line 3"));
	mapfile_free(&m);
}
END_TEST

UNIT(mapfile)
{
	tcase_add_test(tc, areas_are_split_and_joined);
	tcase_add_test(tc, random_changes_are_those_of_an_array);
	tcase_add_test(tc, what_was_written_is_read);
	tcase_add_test(tc, maps_of_ddrescue_are_read);
	tcase_add_test(tc, others_are_refused_with_their_line);
}
