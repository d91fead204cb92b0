/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "folder.h"

#include <isokit/author.h>

static struct isokit_error err;
static struct isokit_build *b;
static struct isokit_build_options options;

static void setup(void)
{
	folder_setup();
	mkdir("src", 0755);
	mkdir("out", 0755);
	folder_file("src/a", "aaaa", 4);
	folder_file("src/b", "bbbb", 4);
	memset(&options, 0, sizeof(options));
	options.size = sizeof(options);
	options.boot = ISOKIT_BUILD_BOOT_NONE;
	b = NULL;
}

static void teardown(void)
{
	isokit_build_free(b);
	folder_teardown();
}

static void plan(void)
{
	ck_assert_int_eq(isokit_build_new(&options, &b, &err), ISOKIT_OK);
	ck_assert_int_eq(isokit_build_set_output(b, "out/x.iso", &err), ISOKIT_OK);
	ck_assert_int_eq(isokit_build_add(b, NULL, "src", &err), ISOKIT_OK);
	ck_assert_int_eq(isokit_build_plan(b, &err), ISOKIT_OK);
}

START_TEST(the_plan_foretells_the_image)
{
	const struct isokit_build_result *r;
	struct stat st;

	plan();
	ck_assert(isokit_build_get_plan(b)->files == 2);
	ck_assert_ptr_null(isokit_build_get_result(b));
	ck_assert_int_eq(isokit_build_write_path(b, "out/x.iso", &err), ISOKIT_OK);
	r = isokit_build_get_result(b);
	ck_assert_int_eq(stat("out/x.iso", &st), 0);
	ck_assert(r->bytes == isokit_build_get_plan(b)->image_bytes);
	ck_assert((uint64_t)st.st_size == r->bytes);
	ck_assert_ptr_nonnull(r->facts);
	ck_assert_str_eq(r->facts->primary->id, "ISOIMAGE");
	ck_assert(!r->verdict->bios_cd.bootable);
	ck_assert_int_eq(folder_count("out"), 1);
}
END_TEST

START_TEST(a_rehearsal_writes_nothing)
{
	plan();
	ck_assert_int_eq(isokit_build_rehearse(b, &err), ISOKIT_OK);
	ck_assert_ptr_nonnull(isokit_build_get_result(b)->facts);
	ck_assert_int_eq(folder_count("out"), 0);
	/* And the real thing after it. */
	ck_assert_int_eq(isokit_build_write_path(b, "out/x.iso", &err), ISOKIT_OK);
	ck_assert_int_eq(isokit_build_write_path(b, "out/y.iso", &err), ISOKIT_OK);
	ck_assert_int_eq(system("cmp -s out/x.iso out/y.iso"), 0);
}
END_TEST

START_TEST(a_changed_file_leaves_no_image)
{
	static const char *const how[] = { "longer", "", "BBBB" };

	plan();
	if (_i == 2)
		usleep(20000); /* the same size: only the time tells */
	folder_file("src/b", how[_i], strlen(how[_i]));
	ck_assert_int_eq(isokit_build_write_path(b, "out/x.iso", &err), ISOKIT_E_CHANGED);
	ck_assert_str_eq(err.subject, "src/b");
	ck_assert_int_eq(folder_count("out"), 0);
}
END_TEST

START_TEST(a_file_that_is_gone_leaves_no_image)
{
	plan();
	unlink("src/b");
	ck_assert_int_eq(isokit_build_write_path(b, "out/x.iso", &err), ISOKIT_E_CHANGED);
	ck_assert_str_eq(err.subject, "src/b");
	ck_assert_int_eq(folder_count("out"), 0);
}
END_TEST

static const char *stop_in;

static int stop(void *ctx, const struct isokit_build_progress *p)
{
	(void)ctx;
	return strcmp(p->phase, stop_in) == 0;
}

START_TEST(can_be_cancelled_in_every_phase)
{
	static const char *const phases[] = { "layout", "write", "check" };

	stop_in = phases[_i];
	options.progress = stop;
	folder_file("out/x.iso", "", 0);
	plan();
	ck_assert_int_eq(isokit_build_write_path(b, "out/x.iso", &err), ISOKIT_E_CANCELLED);
	ck_assert_int_eq(folder_count("out"), 1);
	ck_assert_ptr_null(isokit_build_get_result(b));
}
END_TEST

START_TEST(fields_that_do_not_fit_are_refused)
{
	options.volume_id = "123456789012345678901234567890123";
	ck_assert_int_eq(isokit_build_new(&options, &b, &err), ISOKIT_E_LIMIT);
	ck_assert_str_eq(err.subject, "volume id");
	options.volume_id = "caf\xe9"; /* no UTF-8 */
	ck_assert_int_eq(isokit_build_new(&options, &b, &err), ISOKIT_E_LIMIT);
	options.volume_id = NULL;
	options.copyright_file = "caf\xc3\xa9";
	ck_assert_int_eq(isokit_build_new(&options, &b, &err), ISOKIT_E_LIMIT);
	ck_assert_str_eq(err.subject, "copyright file");
	options.copyright_file = NULL;
	options.volume_id = "Lower Case is Kept";
	options.publisher = "Some One <one@example.org>";
	plan();
	ck_assert_int_eq(isokit_build_write_path(b, "out/x.iso", &err), ISOKIT_OK);
	ck_assert_str_eq(isokit_build_get_result(b)->facts->primary->id, "Lower Case is Kept");
	ck_assert_str_eq(isokit_build_get_result(b)->facts->primary->publisher_id,
			 "Some One <one@example.org>");
}
END_TEST

START_TEST(many_files_in_one_folder)
{
	mkdir("src/many", 0755);
	for (int i = 0; i < 3000; i++) {
		char path[80];

		/* The same first 31 characters: ISO names must be told apart. */
		snprintf(path, sizeof(path), "src/many/a-rather-long-name-that-is-cut-off-%d", i);
		folder_file(path, path, strlen(path));
	}
	plan();
	ck_assert_int_eq(isokit_build_write_path(b, "out/x.iso", &err), ISOKIT_OK);
	ck_assert(isokit_build_get_plan(b)->files == 3002);
}
END_TEST

START_TEST(no_rock_ridge_no_joliet)
{
	options.no_rock_ridge = _i & 1;
	options.no_joliet = _i & 2;
	plan();
	ck_assert_int_eq(isokit_build_write_path(b, "out/x.iso", &err), ISOKIT_OK);
	ck_assert_int_eq(isokit_build_get_result(b)->facts->namespaces[ISOKIT_NS_ROCKRIDGE].present,
			 !(_i & 1));
	ck_assert_int_eq(isokit_build_get_result(b)->facts->namespaces[ISOKIT_NS_JOLIET].present,
			 !(_i & 2));
	ck_assert_int_eq(system("grep -q aaaa out/x.iso && grep -q bbbb out/x.iso"), 0);
}
END_TEST

UNIT(build)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_plan_foretells_the_image);
	tcase_add_test(tc, a_rehearsal_writes_nothing);
	tcase_add_loop_test(tc, a_changed_file_leaves_no_image, 0, 3);
	tcase_add_test(tc, a_file_that_is_gone_leaves_no_image);
	tcase_add_loop_test(tc, can_be_cancelled_in_every_phase, 0, 3);
	tcase_add_test(tc, fields_that_do_not_fit_are_refused);
	tcase_add_test(tc, many_files_in_one_folder);
	tcase_add_loop_test(tc, no_rock_ridge_no_joliet, 0, 4);
}
