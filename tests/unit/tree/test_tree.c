/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "tree/tree.h"

static struct tree *t;

static void setup(void)
{
	ck_assert_int_eq(tree_new(&t, NULL), ISOKIT_OK);
}

static void teardown(void)
{
	tree_free(t);
}

static int count(void *ctx, struct tree_node *n)
{
	(void)n;
	return ++*(int *)ctx == 3 ? 7 : 0;
}

START_TEST(finds_what_was_added)
{
	struct tree_node *n = NULL;

	ck_assert_int_eq(tree_add_memory(t, "/a/b/c", "abc", 3, true, &n, NULL), ISOKIT_OK);
	ck_assert_ptr_eq(tree_lookup(t, "a//b/./c"), n);
	ck_assert_ptr_eq(tree_lookup(t, "/a/x/../b/c"), NULL);
	ck_assert_ptr_eq(tree_lookup(t, "/a/b/../b/c"), n);
	ck_assert_ptr_eq(tree_lookup(t, "/../.."), t->root);
	ck_assert_ptr_eq(tree_lookup(t, ""), t->root);
	ck_assert_ptr_null(tree_lookup(t, "/a/b/c/d"));
	ck_assert_ptr_null(tree_lookup(t, "/A/B/C"));
	ck_assert_ptr_eq(tree_lookup_nocase(t, "/A/B/C"), n);
	ck_assert(n->flags & TREE_GENERATED);
}
END_TEST

START_TEST(prefers_the_exact_case)
{
	struct tree_node *lower = NULL, *upper = NULL;

	tree_add_memory(t, "/name", "1", 1, false, &lower, NULL);
	tree_add_memory(t, "/NAME", "2", 1, false, &upper, NULL);
	ck_assert_ptr_eq(tree_lookup_nocase(t, "/name"), lower);
	ck_assert_ptr_eq(tree_lookup_nocase(t, "/NAME"), upper);
	ck_assert_ptr_eq(tree_child_nocase(t->root, "Name"), upper);
}
END_TEST

START_TEST(stays_sorted_and_replaces)
{
	char path[16];

	for (int i = 99; i >= 0; i--) {
		path[0] = '/';
		path[1] = (char)('A' + i / 10);
		path[2] = (char)('0' + (i * 7) % 10);
		path[3] = '\0';
		ck_assert_int_eq(tree_add_memory(t, path, "x", 1, false, NULL, NULL), ISOKIT_OK);
	}
	ck_assert_uint_eq(t->root->u.dir.n, 100);
	for (uint32_t i = 1; i < 100; i++)
		ck_assert_int_lt(strcmp(t->root->u.dir.children[i - 1]->name,
					t->root->u.dir.children[i]->name), 0);
	ck_assert_int_eq(tree_add_memory(t, "/A0", "longer", 6, false, NULL, NULL), ISOKIT_OK);
	ck_assert_uint_eq(t->root->u.dir.n, 100);
	ck_assert(tree_lookup(t, "/A0")->size == 6);
}
END_TEST

START_TEST(removes_files_and_folders)
{
	tree_add_memory(t, "/d/one", "1", 1, false, NULL, NULL);
	tree_add_memory(t, "/d/two", "2", 1, false, NULL, NULL);
	ck_assert(tree_remove(t, "/d/one"));
	ck_assert(!tree_remove(t, "/d/one"));
	ck_assert_ptr_nonnull(tree_lookup(t, "/d/two"));
	ck_assert(tree_remove(t, "/d"));
	ck_assert_ptr_null(tree_lookup(t, "/d/two"));
	ck_assert_uint_eq(t->root->u.dir.n, 0);
}
END_TEST

START_TEST(refuses_what_is_no_folder)
{
	struct isokit_error err = { 0 };
	char name[400];

	tree_add_memory(t, "/file", "1", 1, false, NULL, NULL);
	ck_assert_int_eq(tree_add_memory(t, "/file/below", "2", 1, false, NULL, &err),
			 ISOKIT_E_INVALID);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(tree_add_memory(t, name, "2", 1, false, NULL, &err), ISOKIT_E_LIMIT);
	ck_assert_int_eq(tree_make_dir(t, name, NULL, &err), ISOKIT_E_LIMIT);
	ck_assert_int_eq(tree_add_memory(t, "/..", "2", 1, false, NULL, &err), ISOKIT_E_LIMIT);
}
END_TEST

START_TEST(reads_ranges_of_sources)
{
	struct isokit_source *src = NULL;
	struct tree_node *n = NULL;
	char got[4];

	ck_assert_int_eq(isokit_source_from_memory("0123456789", 10, "s", &src, NULL), ISOKIT_OK);
	ck_assert_int_eq(tree_add_range(t, "/r", src, 2, 5, &n, NULL), ISOKIT_OK);
	ck_assert_int_eq(tree_node_read(n, 1, got, 4, NULL), ISOKIT_OK);
	ck_assert_mem_eq(got, "3456", 4);
	ck_assert_int_eq(tree_node_read(n, 2, got, 4, NULL), ISOKIT_E_SHORT);
	ck_assert_int_eq(tree_add_range(t, "/bad", src, 8, 5, &n, NULL), ISOKIT_OK);
	ck_assert_int_eq(tree_node_read(n, 0, got, 1, NULL), ISOKIT_E_SHORT);
	isokit_source_close(src);
}
END_TEST

START_TEST(a_walk_stops_when_told)
{
	int seen = 0;

	tree_add_memory(t, "/a/b/c", "1", 1, false, NULL, NULL);
	ck_assert_int_eq(tree_walk(t->root, count, &seen), 7);
	ck_assert_int_eq(seen, 3);
}
END_TEST

UNIT(tree)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, finds_what_was_added);
	tcase_add_test(tc, prefers_the_exact_case);
	tcase_add_test(tc, stays_sorted_and_replaces);
	tcase_add_test(tc, removes_files_and_folders);
	tcase_add_test(tc, refuses_what_is_no_folder);
	tcase_add_test(tc, reads_ranges_of_sources);
	tcase_add_test(tc, a_walk_stops_when_told);
}
