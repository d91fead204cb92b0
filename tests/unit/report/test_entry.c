/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "report/sample.h"

static struct sample_output output;
static struct isokit_report_options options;

static const struct isokit_extent extents[] = { { 30, 4096 }, { 900, 12 } };

static struct isokit_entry entry_of(const char *path, enum isokit_file_type type)
{
	return (struct isokit_entry){
		.path = path, .path_bytes = strlen(path), .name = path, .type = type,
		.bytes = 4108, .mode = 0100644, .uid = 1000, .gid = 100, .links = 2,
		.has_posix = true, .extents = extents, .n_extents = 2,
		.mtime = { true, 2026, 1, 2, 3, 4, 5, 0, 4 },
	};
}

static const char *text_of(const struct isokit_entry *e)
{
	output = (struct sample_output){ 0 };
	ck_assert_int_eq(isokit_report_entry_text(e, &options, sample_write, &output), ISOKIT_OK);
	return output.bytes;
}

static const char *json_of(const struct isokit_entry *e)
{
	output = (struct sample_output){ 0 };
	ck_assert_int_eq(isokit_report_entry_json(e, &options, sample_write, &output), ISOKIT_OK);
	return output.bytes;
}

START_TEST(prints_a_file)
{
	struct isokit_entry e = entry_of("/a/b", ISOKIT_FILE);

	options = (struct isokit_report_options){ 0 };
	ck_assert_str_eq(text_of(&e), "-rw-r--r--   2  1000   100         4108 2026-01-02 03:04 "
				      "/a/b\n");
	ck_assert_uint_eq(output.calls, 1);
	ck_assert_str_eq(json_of(&e),
			 "{\"path\":\"/a/b\",\"type\":\"file\",\"size\":4108,\"mode\":420,"
			 "\"uid\":1000,\"gid\":100,\"links\":2,"
			 "\"mtime\":\"2026-01-02T03:04:05.00+01:00\","
			 "\"extents\":[{\"lba\":30,\"size\":4096},{\"lba\":900,\"size\":12}]}\n");
	ck_assert_uint_eq(output.calls, 1);
	options.image = "x.iso";
	options.verbose = true;
	ck_assert_str_eq(text_of(&e), "-rw-r--r--   2  1000   100         4108 2026-01-02 03:04 "
				      "[      30] /a/b\n");
	ck_assert(strncmp(json_of(&e), "{\"image\":\"x.iso\",\"path\":", 24) == 0);
}
END_TEST

START_TEST(prints_every_type)
{
	static const struct {
		enum isokit_file_type type;
		uint32_t mode;
		const char *letters, *word;
	} types[] = {
		{ ISOKIT_DIR, 0040755, "drwxr-xr-x", "\"dir\"" },
		{ ISOKIT_SYMLINK, 0120777, "lrwxrwxrwx", "\"symlink\"" },
		{ ISOKIT_BLOCK, 0060660, "brw-rw----", "\"block\"" },
		{ ISOKIT_CHAR, 0020000, "c---------", "\"char\"" },
		{ ISOKIT_FIFO, 0010644, "prw-r--r--", "\"fifo\"" },
		{ ISOKIT_SOCKET, 0140111, "s--x--x--x", "\"socket\"" },
		{ ISOKIT_FILE, 0106755, "-rwsr-sr-x", "\"file\"" },
		{ ISOKIT_FILE, 0107000, "---S--S--T", "\"file\"" },
		{ ISOKIT_DIR, 0041777, "drwxrwxrwt", "\"dir\"" },
	};
	struct isokit_entry e = entry_of("/x", types[_i].type);

	options = (struct isokit_report_options){ 0 };
	e.mode = types[_i].mode;
	ck_assert(strncmp(text_of(&e), types[_i].letters, 10) == 0);
	ck_assert_ptr_nonnull(strstr(json_of(&e), types[_i].word));
}
END_TEST

START_TEST(prints_devices_and_links)
{
	struct isokit_entry e = entry_of("/dev/sda", ISOKIT_BLOCK);

	options = (struct isokit_report_options){ 0 };
	e.n_extents = 0;
	e.bytes = 0;
	e.dev_major = 8;
	e.dev_minor = 16;
	ck_assert_ptr_nonnull(strstr(text_of(&e), "       8,  16 2026-"));
	ck_assert_ptr_nonnull(strstr(json_of(&e), "\"extents\":[],\"major\":8,\"minor\":16}"));
	e = entry_of("/l", ISOKIT_SYMLINK);
	e.target = "../\033[2J";
	ck_assert_ptr_nonnull(strstr(text_of(&e), " /l -> ../\\x1B[2J\n"));
	ck_assert_ptr_nonnull(strstr(json_of(&e), "\"target\":\"../\\u001b[2J\"}"));
}
END_TEST

START_TEST(makes_up_nothing)
{
	struct isokit_entry e = entry_of("/x", ISOKIT_FILE);

	options = (struct isokit_report_options){ 0 };
	e.has_posix = false;
	e.mtime.set = false;
	ck_assert_str_eq(text_of(&e), "----------   -     -     -         4108                - "
				      "/x\n");
	json_of(&e);
	ck_assert_ptr_null(strstr(output.bytes, "mode"));
	ck_assert_ptr_null(strstr(output.bytes, "uid"));
	ck_assert_ptr_nonnull(strstr(output.bytes, "\"mtime\":\"\""));
}
END_TEST

/* Longer than any buffer, numbers as large as they come. */
START_TEST(prints_extremes)
{
	static char path[20000];
	struct isokit_entry e = entry_of("/x", ISOKIT_FILE);

	options = (struct isokit_report_options){ 0 };
	memset(path, 'p', sizeof(path) - 1);
	path[0] = '/';
	e.path = path;
	e.path_bytes = sizeof(path) - 1;
	e.bytes = UINT64_MAX;
	e.uid = e.gid = e.links = UINT32_MAX;
	text_of(&e);
	ck_assert_ptr_nonnull(strstr(output.bytes, "18446744073709551615 2026-"));
	ck_assert_ptr_nonnull(strstr(output.bytes, path));
	json_of(&e);
	ck_assert_ptr_nonnull(strstr(output.bytes, path));
	ck_assert_ptr_nonnull(strstr(output.bytes, "\"size\":18446744073709551615,"));
}
END_TEST

START_TEST(shows_utf8_and_escapes_the_rest)
{
	static const struct {
		const char *path, *shown;
	} cases[] = {
		{ "/\xc3\xa4/\xe6\x97\xa5", " /\xc3\xa4/\xe6\x97\xa5\n" },
		{ "/\xc3\xa4\xc2\x9b[2J", " /\xc3\xa4\\u{9B}[2J\n" },
		{ "/\xc3\xa4\xe2\x80\xae" "x\xc3", " /\xc3\xa4\\u{202E}x\\xC3\n" },
		{ "/a\\b", " /a\\\\b\n" },
	};

	options = (struct isokit_report_options){ 0 };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct isokit_entry e = entry_of(cases[i].path, ISOKIT_FILE);

		ck_assert_str_eq(strstr(text_of(&e), " /"), cases[i].shown);
	}
}
END_TEST

START_TEST(colours_folders)
{
	struct isokit_entry e = entry_of("/d", ISOKIT_DIR);

	options = (struct isokit_report_options){ .color = true };
	ck_assert_ptr_nonnull(strstr(text_of(&e), "\033[1;34m/d\033[0m\n"));
}
END_TEST

UNIT(entry)
{
	tcase_add_test(tc, prints_a_file);
	tcase_add_loop_test(tc, prints_every_type, 0, 9);
	tcase_add_test(tc, prints_devices_and_links);
	tcase_add_test(tc, makes_up_nothing);
	tcase_add_test(tc, prints_extremes);
	tcase_add_test(tc, shows_utf8_and_escapes_the_rest);
	tcase_add_test(tc, colours_folders);
}
