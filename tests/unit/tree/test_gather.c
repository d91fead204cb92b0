/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "tree/gather.h"

enum { LOST_NAME, LOST_UNREADABLE, LOST_OTHER };

struct tried {
	struct tree *t;
	struct isokit_source *volume;
	struct gather g;
	struct isokit_source *kept[8];
	size_t n_kept;
	char told[1024]; /* "what path;" */
	struct isokit_error err;
};

static const uint8_t volume_bytes[4096] = { 1, 2, 3, 4 };

static enum isokit_status keep(void *ctx, struct isokit_source *src, struct isokit_error *err)
{
	struct tried *x = ctx;

	(void)err;
	x->kept[x->n_kept++] = src;
	return ISOKIT_OK;
}

static void lost(void *ctx, unsigned what, const char *path)
{
	struct tried *x = ctx;
	size_t n = strlen(x->told);

	snprintf(x->told + n, sizeof(x->told) - n, "%u %s;", what, path);
}

static void start(struct tried *x, const struct tree_scan_options *scan)
{
	struct gather_options o = { .scan = scan, .keep = keep, .keep_ctx = x, .lost = lost,
				    .lost_ctx = x, .lost_name = LOST_NAME,
				    .lost_unreadable = LOST_UNREADABLE };

	*x = (struct tried){ 0 };
	ck_assert_int_eq(tree_new(&x->t, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_source_from_memory(volume_bytes, sizeof(volume_bytes), "volume",
						   &x->volume, NULL), ISOKIT_OK);
	o.keep_ctx = x;
	gather_begin(&x->g, x->t, x->volume, "test", &o, &x->err);
	ck_assert_ptr_nonnull(gather_root(&x->g, 2));
}

static void finish(struct tried *x)
{
	tree_free(x->t);
	while (x->n_kept)
		isokit_source_close(x->kept[--x->n_kept]);
	isokit_source_close(x->volume);
}

static struct tree_node *add(struct tried *x, uint64_t parent, uint64_t id, uint32_t mode,
			     const char *name)
{
	struct tree_node *n = gather_name(&x->g, parent, id, mode, name, strlen(name));

	ck_assert_ptr_nonnull(n);
	return n;
}

START_TEST(entries_come_in_any_order)
{
	struct tried x;

	start(&x, NULL);
	add(&x, 30, 40, S_IFREG | 0644, "deep");
	add(&x, 20, 30, S_IFDIR | 0755, "b");
	add(&x, 2, 21, S_IFREG | 0600, "z");
	add(&x, 2, 20, S_IFDIR | 0700, "a");
	ck_assert_int_eq(gather_end(&x.g, 2, "/in"), ISOKIT_OK);
	ck_assert_ptr_nonnull(tree_lookup(x.t, "/in/a/b/deep"));
	ck_assert_uint_eq(tree_lookup(x.t, "/in/a")->mode, S_IFDIR | 0700);
	ck_assert_uint_eq(tree_lookup(x.t, "/in/z")->mode, S_IFREG | 0600);
	ck_assert_str_eq(x.told, "");
	finish(&x);
}
END_TEST

START_TEST(a_folder_gets_in_once_and_circles_do_not)
{
	struct tried x;
	uint64_t id;
	unsigned n = 0;

	start(&x, NULL);
	add(&x, 2, 20, S_IFDIR | 0755, "one");
	add(&x, 2, 20, S_IFDIR | 0755, "two");
	add(&x, 20, 2, S_IFDIR | 0755, "up");
	add(&x, 20, 20, S_IFDIR | 0755, "self");
	add(&x, 20, 21, S_IFREG | 0644, "file");
	add(&x, 50, 51, S_IFDIR | 0755, "nowhere");
	while (gather_folder(&x.g, &id))
		n++;
	ck_assert_uint_eq(n, 2); /* 20 and 51; the root was asked for by nobody */
	ck_assert_int_eq(gather_end(&x.g, 2, "/"), ISOKIT_OK);
	ck_assert_uint_eq(x.t->root->u.dir.n, 2);
	tree_count(x.t);
	ck_assert_uint_eq(x.t->n_files, 1);
	ck_assert_uint_le(x.t->n_dirs, 5);
	finish(&x);
}
END_TEST

START_TEST(names_are_made_possible)
{
	struct tried x;
	char longest[300];

	memset(longest, 'n', sizeof(longest));
	longest[299] = '\0';
	start(&x, NULL);
	ck_assert_ptr_nonnull(gather_name(&x.g, 2, 3, S_IFREG, "a/b", 3));
	ck_assert_ptr_nonnull(gather_name(&x.g, 2, 4, S_IFREG, "c\0d", 3));
	add(&x, 2, 5, S_IFREG, "..");
	add(&x, 2, 6, S_IFREG, ".");
	add(&x, 2, 7, S_IFREG, "");
	add(&x, 2, 8, S_IFREG, longest);
	add(&x, 2, 9, S_IFREG, longest);
	add(&x, 2, 10, S_IFREG, "..fine");
	ck_assert_int_eq(gather_end(&x.g, 2, "/"), ISOKIT_OK);
	ck_assert_ptr_nonnull(tree_lookup(x.t, "/a_b"));
	ck_assert_ptr_nonnull(tree_lookup(x.t, "/c_d"));
	ck_assert_ptr_nonnull(tree_lookup(x.t, "/__"));
	ck_assert_ptr_nonnull(tree_lookup(x.t, "/_"));
	ck_assert_ptr_nonnull(tree_lookup(x.t, "/..fine"));
	/* "." and "" are the same name then, of which one is kept. */
	ck_assert_uint_eq(x.t->root->u.dir.n, 7);
	ck_assert_ptr_nonnull(strstr(x.told, "0 /a_b;"));
	ck_assert_ptr_nonnull(strstr(x.told, "1 /_;"));
	ck_assert_ptr_null(strstr(x.told, "fine"));
	finish(&x);
}
END_TEST

START_TEST(hard_links_share_their_content)
{
	struct tried x;
	struct gather_run run = { .at = 0, .offset = 100, .bytes = 50 };
	const struct tree_node *a, *b;

	start(&x, NULL);
	ck_assert(gather_runs(&x.g, add(&x, 2, 7, S_IFREG | 0644, "a"), 50, &run, 1));
	ck_assert(gather_link(&x.g, 2, 7, "b", 1));
	ck_assert(!gather_link(&x.g, 2, 8, "c", 1));
	add(&x, 2, 9, S_IFDIR | 0755, "d");
	ck_assert(!gather_link(&x.g, 2, 9, "e", 1));
	ck_assert_int_eq(gather_end(&x.g, 2, "/"), ISOKIT_OK);
	a = tree_lookup(x.t, "/a");
	b = tree_lookup(x.t, "/b");
	ck_assert_ptr_eq(a->link, b->link);
	ck_assert_uint_eq(b->size, 50);
	ck_assert_uint_eq(tree_node_offset_in(b, x.volume), 100);
	finish(&x);
}
END_TEST

START_TEST(runs_have_holes_and_an_end)
{
	struct tried x;
	const struct gather_run runs[] = { { .at = 10, .offset = 0, .bytes = 4 },
					   { .at = 20, .offset = 2, .bytes = 100 } };
	const struct gather_run outside = { .at = 0, .offset = 4090, .bytes = 10 };
	uint8_t bytes[24], expected[24] = { 0 };
	struct isokit_location where;
	struct tree_node *n;

	start(&x, NULL);
	n = add(&x, 2, 3, S_IFREG | 0644, "holes");
	ck_assert(gather_runs(&x.g, n, sizeof(bytes), runs, 2));
	ck_assert(!gather_runs(&x.g, add(&x, 2, 4, S_IFREG | 0644, "outside"), 10, &outside, 1));
	ck_assert_int_eq(gather_end(&x.g, 2, "/"), ISOKIT_OK);
	ck_assert_int_eq(tree_node_read(n, 0, bytes, sizeof(bytes), NULL), ISOKIT_OK);
	memcpy(expected + 10, "\1\2\3\4", 4);
	memcpy(expected + 20, "\3\4", 2);
	ck_assert_mem_eq(bytes, expected, sizeof(bytes));
	isokit_source_locate(n->u.range->src, 0, 24, &where);
	ck_assert_int_eq(where.where, ISOKIT_WHERE_ZEROS);
	ck_assert_uint_eq(where.length, 10);
	ck_assert_uint_eq(tree_lookup(x.t, "/outside")->size, 0);
	ck_assert_str_eq(x.told, "1 /outside;");
	finish(&x);
}
END_TEST

START_TEST(what_is_excluded_is_told_to_nobody)
{
	static const char *const patterns[] = { "secret" };
	const struct tree_scan_options scan = { .excludes = patterns, .n_excludes = 1 };
	struct tried x;

	start(&x, &scan);
	add(&x, 2, 3, S_IFDIR | 0755, "secret");
	gather_lost(&x.g, LOST_OTHER);
	add(&x, 3, 4, S_IFREG | 0644, "in it");
	add(&x, 2, 5, S_IFREG | 0644, "open");
	gather_lost(&x.g, LOST_OTHER);
	ck_assert_int_eq(gather_end(&x.g, 2, "/"), ISOKIT_OK);
	ck_assert_ptr_null(tree_lookup(x.t, "/secret"));
	ck_assert_str_eq(x.told, "2 /open;");
	finish(&x);
}
END_TEST

START_TEST(what_is_of_no_kind_is_left_out)
{
	struct tried x;

	start(&x, NULL);
	add(&x, 2, 3, 0, "nothing");
	add(&x, 2, 4, S_IFLNK | 0777, "no target");
	gather_target(&x.g, add(&x, 2, 5, S_IFLNK | 0777, "link"), "to\0rest", 7);
	ck_assert_int_eq(gather_end(&x.g, 2, "/"), ISOKIT_OK);
	ck_assert_uint_eq(x.t->root->u.dir.n, 1);
	ck_assert_str_eq(tree_lookup(x.t, "/link")->u.target, "to");
	ck_assert_str_eq(x.told, "1 /no target;1 /nothing;");
	finish(&x);
}
END_TEST

START_TEST(more_names_than_the_volume_has_bytes_fail)
{
	struct tried x;

	start(&x, NULL);
	ck_assert(gather_spend(&x.g, 1000));
	ck_assert(!gather_spend(&x.g, UINT64_MAX));
	ck_assert_ptr_null(gather_name(&x.g, 2, 3, S_IFREG, "a", 1));
	ck_assert_int_eq(gather_end(&x.g, 2, "/"), ISOKIT_E_CORRUPT);
	finish(&x);
}
END_TEST

UNIT(gather)
{
	tcase_add_test(tc, entries_come_in_any_order);
	tcase_add_test(tc, a_folder_gets_in_once_and_circles_do_not);
	tcase_add_test(tc, names_are_made_possible);
	tcase_add_test(tc, hard_links_share_their_content);
	tcase_add_test(tc, runs_have_holes_and_an_end);
	tcase_add_test(tc, what_is_excluded_is_told_to_nobody);
	tcase_add_test(tc, what_is_of_no_kind_is_left_out);
	tcase_add_test(tc, more_names_than_the_volume_has_bytes_fail);
}
