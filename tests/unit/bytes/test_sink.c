/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "folder.h"

#include <errno.h>

#include "bytes/sink.h"

static struct isokit_error err;

static void content(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	ck_assert_int_ge(fd, 0);
	n = read(fd, buffer, size - 1);
	ck_assert_int_ge(n, 0);
	buffer[n] = '\0';
	close(fd);
}

START_TEST(has_no_name_until_committed)
{
	struct sink *s = NULL;
	char got[32];

	ck_assert_int_eq(sink_create_file("out", &s, &err), ISOKIT_OK);
	ck_assert_int_eq(sink_write_at(s, 4, "5678", 4, &err), ISOKIT_OK);
	ck_assert_int_eq(sink_write_at(s, 0, "1234", 4, &err), ISOKIT_OK);
	ck_assert_int_ne(access("out", F_OK), 0);
	ck_assert_int_eq(sink_commit(s, 8, true, &err), ISOKIT_OK);
	content("out", got, sizeof(got));
	ck_assert_str_eq(got, "12345678");
	ck_assert_int_eq(folder_count("."), 1);
}
END_TEST

START_TEST(an_abort_leaves_nothing)
{
	struct sink *s = NULL;

	ck_assert_int_eq(sink_create_file("out", &s, &err), ISOKIT_OK);
	ck_assert_int_eq(sink_write_at(s, 0, "1234", 4, &err), ISOKIT_OK);
	sink_abort(s);
	sink_abort(NULL);
	ck_assert_int_eq(folder_count("."), 0);
}
END_TEST

START_TEST(an_old_file_stays_until_the_end)
{
	struct sink *s = NULL;
	char got[32];

	folder_file("old", "before", 6);
	ck_assert_int_eq(sink_create_file("old", &s, &err), ISOKIT_OK);
	ck_assert_int_eq(sink_write_at(s, 0, "after", 5, &err), ISOKIT_OK);
	content("old", got, sizeof(got));
	ck_assert_str_eq(got, "before");
	ck_assert_int_eq(sink_commit(s, 5, false, &err), ISOKIT_OK);
	content("old", got, sizeof(got));
	ck_assert_str_eq(got, "after");
	ck_assert_int_eq(folder_count("."), 1);
}
END_TEST

START_TEST(follows_a_link_to_the_file)
{
	struct sink *s = NULL;
	struct stat st;
	char got[32];

	mkdir("sub", 0755);
	folder_file("sub/real", "x", 1);
	ck_assert_int_eq(symlink("sub/real", "name"), 0);
	ck_assert_int_eq(sink_create_file("name", &s, &err), ISOKIT_OK);
	ck_assert_int_eq(sink_write_at(s, 0, "new", 3, &err), ISOKIT_OK);
	ck_assert_int_eq(sink_commit(s, 3, false, &err), ISOKIT_OK);
	ck_assert_int_eq(lstat("name", &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	content("sub/real", got, sizeof(got));
	ck_assert_str_eq(got, "new");
}
END_TEST

START_TEST(a_gap_is_a_hole)
{
	struct sink *s = NULL;
	struct stat st;

	ck_assert_int_eq(sink_create_file("out", &s, &err), ISOKIT_OK);
	ck_assert_int_eq(sink_write_at(s, 50000000, "x", 1, &err), ISOKIT_OK);
	ck_assert_int_eq(sink_commit(s, 60000000, false, &err), ISOKIT_OK);
	ck_assert_int_eq(stat("out", &st), 0);
	ck_assert(st.st_size == 60000000 && st.st_blocks < 1000);
}
END_TEST

START_TEST(a_stream_goes_only_forward)
{
	struct sink *s = NULL;
	char got[16] = "";
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(sink_open_stream(ends[1], "pipe", &s, &err), ISOKIT_OK);
	ck_assert_int_eq(sink_write_at(s, 0, "ab", 2, &err), ISOKIT_OK);
	ck_assert_int_eq(sink_write_at(s, 5, "c", 1, &err), ISOKIT_OK);
	ck_assert_int_eq(sink_write_at(s, 3, "d", 1, &err), ISOKIT_E_INVALID);
	ck_assert_int_eq(sink_commit(s, 8, false, &err), ISOKIT_OK);
	ck_assert_int_eq(read(ends[0], got, sizeof(got)), 8);
	ck_assert_mem_eq(got, "ab\0\0\0c\0\0", 8);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(a_full_device_says_so)
{
	struct sink *s = NULL;
	int fd = open("/dev/full", O_WRONLY);

	if (fd < 0)
		return; /* no such device in this sandbox */
	ck_assert_int_eq(sink_open_stream(fd, "full", &s, &err), ISOKIT_OK);
	ck_assert_int_eq(sink_write_at(s, 0, "x", 1, &err), ISOKIT_E_IO);
	ck_assert_int_eq(err.sys_errno, ENOSPC);
	sink_abort(s);
	close(fd);
}
END_TEST

START_TEST(asks_for_the_space_beforehand)
{
	struct sink *s = NULL;

	ck_assert_int_eq(sink_create_file("out", &s, &err), ISOKIT_OK);
	ck_assert_int_eq(sink_check_space(s, 1000, &err), ISOKIT_OK);
	sink_abort(s);
}
END_TEST

START_TEST(hidden_names_go_when_told)
{
	struct sink_names names = { NULL };
	struct sink *a = NULL, *b = NULL;

	ck_assert_int_eq(sink_create_file("a", &a, &err), ISOKIT_OK);
	ck_assert_int_eq(sink_create_file("b", &b, &err), ISOKIT_OK);
	sink_names_add(&names, a);
	sink_names_add(&names, NULL);
	sink_names_add(&names, b);
	ck_assert_ptr_eq(atomic_load(&names.slots[0]), a);
	ck_assert_ptr_eq(atomic_load(&names.slots[1]), b);
	sink_names_unlink(&names);
	sink_abort(a);
	ck_assert_ptr_null(atomic_load(&names.slots[0]));
	ck_assert_ptr_eq(atomic_load(&names.slots[1]), b);
	ck_assert_int_eq(sink_commit(b, 1, false, &err), ISOKIT_OK);
	ck_assert_ptr_null(atomic_load(&names.slots[1]));
	ck_assert_int_eq(folder_count("."), 1);
}
END_TEST

START_TEST(refuses_impossible_names)
{
	struct sink *s = NULL;

	mkdir("dir", 0755);
	ck_assert_int_ne(sink_create_file("no/such/out", &s, &err), ISOKIT_OK);
	ck_assert_int_ne(sink_create_file("dir/", &s, &err), ISOKIT_OK);
	ck_assert_int_ne(sink_create_file("dir/.", &s, &err), ISOKIT_OK);
	ck_assert_ptr_null(s);
}
END_TEST

UNIT(sink)
{
	tcase_add_checked_fixture(tc, folder_setup, folder_teardown);
	tcase_add_test(tc, has_no_name_until_committed);
	tcase_add_test(tc, an_abort_leaves_nothing);
	tcase_add_test(tc, an_old_file_stays_until_the_end);
	tcase_add_test(tc, follows_a_link_to_the_file);
	tcase_add_test(tc, a_gap_is_a_hole);
	tcase_add_test(tc, a_stream_goes_only_forward);
	tcase_add_test(tc, a_full_device_says_so);
	tcase_add_test(tc, asks_for_the_space_beforehand);
	tcase_add_test(tc, hidden_names_go_when_told);
	tcase_add_test(tc, refuses_impossible_names);
}
