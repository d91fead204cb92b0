/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include "stick/exfat.h"
#include "stick/fat.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tree/impl.h"

static const struct stick_options options = { .bytes = 64 * STICK_MIB, .sector = 512 };

static void add(struct tree *t, const char *path, const char *content)
{
	struct tree_node *n;

	ck_assert_int_eq(tree_add_memory(t, path, content, strlen(content), false, &n, NULL),
			 ISOKIT_OK);
}

static void add_link(struct tree *t, struct tree_node *dir, const char *name, const char *target)
{
	struct tree_node *n = tree_node_new(t, name, strlen(name));

	n->mode = S_IFLNK | 0777;
	n->u.target = target;
	ck_assert(tree_node_attach(dir, n));
}

START_TEST(gives_every_file_a_name_of_its_own)
{
	struct tree *from, *to;
	struct composer *c;
	const struct tree_node *x;
	char name[32];

	ck_assert_int_eq(composer_new(&options, &c, NULL), ISOKIT_OK);
	ck_assert_int_eq(tree_new(&from, NULL), ISOKIT_OK);
	add(from, "/Aa.txt", "1");
	add(from, "/AA.TXT", "2");
	add(from, "/aA_2.txt", "3");
	add(from, "/x?", "4");
	add(from, "/x*", "5");
	add(from, "/\xff", "6");
	add(from, "/Dir/a", "7");
	add(from, "/dir/A", "8");
	add(from, "/\xc3\xa4", "9");
	add(from, "/\xc3\x84", "10");
	ck_assert_int_eq(fat_tree_make(c, from, &to, NULL), ISOKIT_OK);
	tree_count(to);
	ck_assert_uint_eq(to->n_files, 10);
	ck_assert_uint_eq(to->n_dirs, 2);
	/* No two are equal without regard to case. */
	for (uint32_t i = 0; i < to->root->u.dir.n; i++)
		for (uint32_t k = 0; k < i; k++) {
			uint16_t a[255], b[255];
			size_t n = fat_name_units(to->root->u.dir.children[i], a);

			if (n != fat_name_units(to->root->u.dir.children[k], b))
				continue;
			for (size_t u = 0; u < n; u++) {
				a[u] = exfat_upcase(a[u]);
				b[u] = exfat_upcase(b[u]);
			}
			ck_assert_mem_ne(a, b, n * sizeof(*a));
		}
	x = tree_lookup(to, "/AA.TXT");
	ck_assert_ptr_nonnull(x);
	ck_assert_int_eq(tree_node_read(x, 0, name, 1, NULL), ISOKIT_OK);
	ck_assert_int_eq(name[0], '2');
	ck_assert_ptr_nonnull(tree_lookup(to, "/_"));
	ck_assert_ptr_nonnull(tree_lookup(to, "/x_"));
	tree_free(from);
	composer_free(c);
}
END_TEST

START_TEST(follows_links_without_end_only_so_far)
{
	struct tree *from, *to;
	struct composer *c;
	struct tree_node *a, *b;

	ck_assert_int_eq(composer_new(&options, &c, NULL), ISOKIT_OK);
	ck_assert_int_eq(tree_new(&from, NULL), ISOKIT_OK);
	add(from, "/a/file", "1");
	add(from, "/b/file", "2");
	a = tree_lookup(from, "/a");
	b = tree_lookup(from, "/b");
	add_link(from, a, "to-b", "../b");
	add_link(from, b, "to-a", "../a");
	add_link(from, a, "self", ".");
	add_link(from, a, "up", "../..");
	add_link(from, a, "loop", "loop");
	add_link(from, a, "f", "../a/../b/./file");
	add_link(from, a, "through", "f");
	ck_assert_int_eq(fat_tree_make(c, from, &to, NULL), ISOKIT_OK);
	ck_assert_ptr_nonnull(tree_lookup(to, "/a/to-b/file"));
	ck_assert_ptr_null(tree_lookup(to, "/a/to-b/to-a"));
	ck_assert_ptr_null(tree_lookup(to, "/a/self"));
	ck_assert_ptr_null(tree_lookup(to, "/a/loop"));
	ck_assert_ptr_nonnull(tree_lookup(to, "/a/f"));
	ck_assert_ptr_nonnull(tree_lookup(to, "/a/through"));
	tree_free(from);
	composer_free(c);
}
END_TEST

START_TEST(makes_labels)
{
	static const struct {
		const char *text, *label;
		bool same;
	} cases[] = {
		{ "ABC", "ABC        ", true },         { "Fedora", "FEDORA     ", true },
		{ "Fedora-WS-Live", "FEDORA-WS-L", false }, { "a.b", "A_B        ", false },
		{ "\xc3\xbc" "x", "_X         ", false }, { "a b", "A B        ", true },
	};
	uint8_t label[FAT_LABEL_BYTES];
	bool same;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert(fat_label_make(cases[i].text, label, &same));
		ck_assert_mem_eq(label, cases[i].label, FAT_LABEL_BYTES);
		ck_assert_int_eq(same, cases[i].same);
	}
	ck_assert(!fat_label_make("", label, &same));
	ck_assert(!fat_label_make("...", label, &same));
}
END_TEST

UNIT(fattree)
{
	tcase_add_test(tc, gives_every_file_a_name_of_its_own);
	tcase_add_test(tc, follows_links_without_end_only_so_far);
	tcase_add_test(tc, makes_labels);
}
