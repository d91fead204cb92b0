/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "folder.h"

#include "tree/tree.h"

static struct tree *t;
static struct isokit_error err;

static void setup(void)
{
	folder_setup();
	memset(&err, 0, sizeof(err));
	ck_assert_int_eq(tree_new(&t, &err), ISOKIT_OK);
}

static void teardown(void)
{
	tree_free(t);
	folder_teardown();
}

static struct tree_node *at(const char *path)
{
	struct tree_node *n = tree_lookup(t, path);

	ck_assert_msg(n, "%s is not in the tree", path);
	return n;
}

START_TEST(scans_sorted_by_bytes)
{
	static const char *const names[] = { "B", "a", "\xff", "Z", "aa", "\xc3\xa9" };

	mkdir("src", 0755);
	for (size_t i = 0; i < 6; i++) {
		char path[32];

		snprintf(path, sizeof(path), "src/%s", names[i]);
		folder_file(path, "x", 1);
	}
	ck_assert_int_eq(tree_add_host(t, "/", "src", NULL, &err), ISOKIT_OK);
	ck_assert_uint_eq(t->root->u.dir.n, 6);
	for (uint32_t i = 1; i < 6; i++)
		ck_assert_int_lt(strcmp(t->root->u.dir.children[i - 1]->name,
					t->root->u.dir.children[i]->name), 0);
}
END_TEST

START_TEST(keeps_types_and_targets)
{
	mkdir("src", 0755);
	mkdir("src/dir", 01777);
	chmod("src/dir", 01777);
	folder_file("src/file", "12345", 5);
	chmod("src/file", 04711);
	ck_assert_int_eq(symlink("no/where", "src/link"), 0);
	ck_assert_int_eq(mkfifo("src/fifo", 0600), 0);
	ck_assert_int_eq(tree_add_host(t, "/", "src", NULL, &err), ISOKIT_OK);
	ck_assert_uint_eq(at("/dir")->mode, S_IFDIR | 01777);
	ck_assert_uint_eq(at("/file")->mode, S_IFREG | 04711);
	ck_assert(at("/file")->size == 5 && at("/file")->content == TREE_HOST);
	ck_assert_uint_eq(at("/link")->mode & S_IFMT, S_IFLNK);
	ck_assert_str_eq(at("/link")->u.target, "no/where");
	ck_assert_uint_eq(at("/fifo")->mode, S_IFIFO | 0600);
	tree_count(t);
	ck_assert(t->n_dirs == 2 && t->n_files == 1 && t->n_symlinks == 1 && t->n_specials == 1);
}
END_TEST

START_TEST(hard_links_are_one_family)
{
	mkdir("src", 0755);
	mkdir("src/sub", 0755);
	folder_file("src/one", "123", 3);
	ck_assert_int_eq(link("src/one", "src/sub/two"), 0);
	folder_file("src/other", "123", 3);
	ck_assert_int_eq(tree_add_host(t, "/", "src", NULL, &err), ISOKIT_OK);
	ck_assert_ptr_nonnull(at("/one")->link);
	ck_assert_ptr_eq(at("/one")->link, at("/sub/two")->link);
	ck_assert_ptr_null(at("/other")->link);
	tree_count(t);
	ck_assert(t->payload_bytes == 6);
}
END_TEST

START_TEST(later_sources_merge_and_replace)
{
	mkdir("a", 0755);
	mkdir("a/sub", 0755);
	folder_file("a/sub/old", "old", 3);
	folder_file("a/sub/both", "1", 1);
	mkdir("b", 0755);
	mkdir("b/sub", 0700);
	folder_file("b/sub/new", "new", 3);
	folder_file("b/sub/both", "22", 2);
	ck_assert_int_eq(tree_add_host(t, "/", "a", NULL, &err), ISOKIT_OK);
	ck_assert_int_eq(tree_add_host(t, "/", "b", NULL, &err), ISOKIT_OK);
	ck_assert_uint_eq(at("/sub")->u.dir.n, 3);
	ck_assert(at("/sub/both")->size == 2);
	ck_assert_uint_eq(at("/sub")->mode & 07777, 0700);
	ck_assert_ptr_eq(at("/sub/new")->parent, at("/sub"));
}
END_TEST

START_TEST(grafts_folders_and_files)
{
	struct text path = { 0 };

	mkdir("src", 0755);
	folder_file("src/file", "x", 1);
	ck_assert_int_eq(tree_add_host(t, "/deep/er", "src", NULL, &err), ISOKIT_OK);
	ck_assert_int_eq(tree_add_host(t, "/other/name", "src/file", NULL, &err), ISOKIT_OK);
	ck_assert_int_eq(tree_add_host(t, "/deep/", "src/file", NULL, &err), ISOKIT_OK);
	at("/deep/er/file");
	at("/deep/file");
	tree_node_host_path(at("/other/name"), &path);
	ck_assert_str_eq(text_string(&path), "src/file");
	text_clear(&path);
	tree_node_host_path(at("/deep/er/file"), &path);
	ck_assert_str_eq(text_string(&path), "src/file");
	text_clear(&path);
	tree_node_path(at("/deep/er/file"), &path);
	ck_assert_str_eq(text_string(&path), "/deep/er/file");
	text_free(&path);
}
END_TEST

START_TEST(excludes_names_and_paths)
{
	static const char *const patterns[] = { "*.o", "/sub/not" };
	struct tree_scan_options o = { .excludes = patterns, .n_excludes = 2 };

	mkdir("src", 0755);
	mkdir("src/sub", 0755);
	mkdir("src/sub/not", 0755);
	folder_file("src/a.o", "x", 1);
	folder_file("src/sub/b.o", "x", 1);
	folder_file("src/sub/b.c", "x", 1);
	folder_file("src/not", "x", 1);
	ck_assert_int_eq(tree_add_host(t, "/", "src", &o, &err), ISOKIT_OK);
	ck_assert_ptr_null(tree_lookup(t, "/a.o"));
	ck_assert_ptr_null(tree_lookup(t, "/sub/b.o"));
	ck_assert_ptr_null(tree_lookup(t, "/sub/not"));
	at("/sub/b.c");
	at("/not");
}
END_TEST

START_TEST(refuses_to_hold_the_output)
{
	struct tree_scan_options o = { .output_name = "out.iso" };
	struct stat st;

	mkdir("src", 0755);
	mkdir("src/sub", 0755);
	ck_assert_int_eq(stat("src/sub", &st), 0);
	o.output_dir_dev = st.st_dev;
	o.output_dir_ino = st.st_ino;
	ck_assert_int_eq(tree_add_host(t, "/", "src", &o, &err), ISOKIT_E_INVALID);
	ck_assert_str_eq(err.subject, "src/sub/out.iso");
}
END_TEST

START_TEST(names_what_is_missing)
{
	ck_assert_int_eq(tree_add_host(t, "/", "no/such", NULL, &err), ISOKIT_E_NOT_FOUND);
	ck_assert_str_eq(err.subject, "no/such");
	ck_assert_ptr_null(tree_lookup(t, "/no"));
}
END_TEST

START_TEST(bounds_the_depth)
{
	mkdir("src", 0755);
	ck_assert_int_eq(chdir("src"), 0);
	for (int i = 0; i < 300; i++) {
		mkdir("d", 0755);
		ck_assert_int_eq(chdir("d"), 0);
	}
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_int_eq(tree_add_host(t, "/", "src", NULL, &err), ISOKIT_E_LIMIT);
	/* Too deep for path names: take it away from inside. */
	ck_assert_int_eq(system("rm -rf src"), 0);
}
END_TEST

static int stop(void *ctx)
{
	(void)ctx;
	return 1;
}

START_TEST(can_be_cancelled)
{
	struct tree_scan_options o = { .cancelled = stop };

	mkdir("src", 0755);
	for (int i = 0; i < 300; i++) {
		char path[32];

		snprintf(path, sizeof(path), "src/%d", i);
		folder_file(path, "", 0);
	}
	ck_assert_int_eq(tree_add_host(t, "/", "src", &o, &err), ISOKIT_E_CANCELLED);
}
END_TEST

START_TEST(notices_a_changed_file)
{
	struct isokit_source *src = NULL;
	char two[2];

	mkdir("src", 0755);
	folder_file("src/file", "12345", 5);
	ck_assert_int_eq(tree_add_host(t, "/", "src", NULL, &err), ISOKIT_OK);
	ck_assert_int_eq(tree_node_read(at("/file"), 3, two, 2, &err), ISOKIT_OK);
	ck_assert_mem_eq(two, "45", 2);
	folder_file("src/file", "123456", 6);
	ck_assert_int_eq(tree_node_open(at("/file"), &src, &err), ISOKIT_E_CHANGED);
	ck_assert_str_eq(err.subject, "src/file");
}
END_TEST

UNIT(hostdir)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, scans_sorted_by_bytes);
	tcase_add_test(tc, keeps_types_and_targets);
	tcase_add_test(tc, hard_links_are_one_family);
	tcase_add_test(tc, later_sources_merge_and_replace);
	tcase_add_test(tc, grafts_folders_and_files);
	tcase_add_test(tc, excludes_names_and_paths);
	tcase_add_test(tc, refuses_to_hold_the_output);
	tcase_add_test(tc, names_what_is_missing);
	tcase_add_test(tc, bounds_the_depth);
	tcase_add_test(tc, can_be_cancelled);
	tcase_add_test(tc, notices_a_changed_file);
}
