/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may play a drive: a regular file below a folder that was named, and nothing else.
 * libburn would write to anything. */
#include "unit.h"

#include "folder.h"

#include "burn/burn.h"

static enum isokit_status try(const char *allowed, const char *path, struct isokit_error *err)
{
	struct isokit_burn_options o = { .size = sizeof(o), .pseudo_folder = allowed };
	struct isokit_burner *b = NULL;
	enum isokit_status st = isokit_burner_open(path, &o, &b, err);

	isokit_burner_close(b, false);
	return st;
}

/* "stdio:" and a path in the folder. */
static const char *pseudo(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "stdio:%s/%s", folder, name);
	return path;
}

static void refused(const char *allowed, const char *path, const char *why)
{
	struct isokit_error err = { 0 };

	ck_assert_msg(try(allowed, path, &err) == ISOKIT_E_INVALID, "%s: %s", path, err.text);
	ck_assert_msg(strstr(err.text, why), "%s: %s", path, err.text);
}

START_TEST(pseudo_drives_are_fenced)
{
	char inner[200], link_to[300];

	snprintf(inner, sizeof(inner), "%s/in", folder);
	ck_assert_int_eq(mkdir("in", 0777), 0);
	ck_assert_int_eq(mkdir("in/folder", 0777), 0);
	ck_assert_int_eq(mkfifo("in/pipe", 0666), 0);
	fclose(fopen("out", "w"));
	ck_assert_int_eq(symlink("../out", "in/link"), 0);
	ck_assert_int_eq(symlink("..", "in/up"), 0);
	refused(NULL, pseudo("in/x"), "none is allowed");
	refused("/nowhere-at-all", pseudo("in/x"), "none is allowed");
	refused(inner, pseudo("out"), "does not lie below");
	refused(inner, pseudo("in/../out"), "does not lie below");
	refused(inner, pseudo("in/up/out"), "does not lie below");
	refused(inner, "stdio:/dev/null", "does not lie below");
	refused(inner, "stdio:/dev/fd/1", "does not lie below");
	refused(inner, "stdio:-", "no absolute path");
	refused(inner, "stdio:", "no absolute path");
	refused(inner, "stdio:relative", "no absolute path");
	refused(inner, pseudo("in/"), "no absolute path");
	refused(inner, pseudo("in/link"), "no regular file");
	refused(inner, pseudo("in/pipe"), "no regular file");
	refused(inner, pseudo("in/folder"), "no regular file");
	/* A folder whose name only begins like the one that is allowed. */
	snprintf(link_to, sizeof(link_to), "%s-side", inner);
	ck_assert_int_eq(mkdir(link_to, 0777), 0);
	refused(inner, pseudo("in-side/x"), "does not lie below");
	ck_assert_int_ne(access("in/x", F_OK), 0);
}
END_TEST

/* A node of a drive that is not there: were it opened, it would be ENXIO or ENODEV of the
 * kernel, and not our own answer. Only root can make one. */
START_TEST(nodes_of_drives_are_not_opened)
{
	if (mknod("node", S_IFBLK | 0600, 0) == 0)
		refused(folder, pseudo("node"), "no regular file");
	if (mknod("chars", S_IFCHR | 0600, 0) == 0)
		refused(folder, pseudo("chars"), "no regular file");
}
END_TEST

START_TEST(what_is_no_drive_is_told)
{
	struct isokit_error err = { 0 };

	fclose(fopen("file", "w"));
	ck_assert_int_eq(try(folder, "file", &err), ISOKIT_E_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "no drive for discs"));
	ck_assert_int_eq(try(folder, "nothing", &err), ISOKIT_E_NOT_FOUND);
	ck_assert_int_eq(try(folder, "/dev/null", &err), ISOKIT_E_INVALID);
	ck_assert(!isokit_burner_is("file"));
	ck_assert(!isokit_burner_is("/dev/null"));
	ck_assert(isokit_burner_is("stdio:/x"));
}
END_TEST

#ifdef HAVE_LIBBURN
static int count(void *ctx, const struct isokit_burn_progress *now)
{
	unsigned *n = ctx;

	if (strcmp(now->phase, "verify") == 0)
		(*n)++;
	return 0;
}

START_TEST(a_file_is_burnt_and_read_back)
{
	enum { BYTES = 3000000 };
	uint8_t *bytes = malloc(BYTES), *got = malloc(BYTES);
	unsigned verified = 0;
	struct isokit_burn_options o = { .size = sizeof(o), .pseudo_folder = folder,
					 .progress = count, .progress_ctx = &verified };
	struct isokit_burn_track t = { 0 };
	struct isokit_burn_job job = { .size = sizeof(job), .tracks = &t, .n_tracks = 1 };
	struct isokit_burn_result r;
	struct isokit_burner *b;
	struct isokit_error err = { 0 };
	FILE *f;

	for (size_t i = 0; i < BYTES; i++)
		bytes[i] = (uint8_t)(i * 2654435761U >> 13);
	ck_assert_int_eq(isokit_source_from_memory(bytes, BYTES, "image", &t.source, NULL), ISOKIT_OK);
	ck_assert_msg(isokit_burner_open(pseudo("disc"), &o, &b, &err) == ISOKIT_OK, "%s", err.text);
	ck_assert(isokit_burner_facts(b)->pseudo);
	ck_assert(isokit_burner_facts(b)->cleared);
	ck_assert_msg(isokit_burner_run(b, &job, &r, &err) == ISOKIT_OK, "%s", err.text);
	ck_assert_int_eq(r.end, ISOKIT_BURN_VERIFIED);
	ck_assert_uint_eq(r.compared_bytes, BYTES);
	ck_assert_uint_gt(verified, 0);
	/* Somebody changes it. */
	f = fopen("disc", "r+");
	ck_assert_uint_eq(fread(got, 1, BYTES, f), BYTES);
	ck_assert_mem_eq(got, bytes, BYTES);
	fseek(f, 1234567, SEEK_SET);
	fputc(bytes[1234567] ^ 1, f);
	fclose(f);
	ck_assert_int_eq(isokit_burner_compare(b, t.source, 0, &r, &err), ISOKIT_E_MISMATCH);
	ck_assert_uint_eq(r.n_different_ranges, 1);
	ck_assert_uint_eq(r.differences[0].offset, 1234567 / 2048 * 2048);
	ck_assert_uint_eq(r.differences[0].bytes, 2048);
	isokit_burner_close(b, false);
	isokit_source_close(t.source);
	free(bytes);
	free(got);
}
END_TEST
#endif

UNIT(open)
{
	tcase_add_checked_fixture(tc, folder_setup, folder_teardown);
	tcase_add_test(tc, pseudo_drives_are_fenced);
	tcase_add_test(tc, nodes_of_drives_are_not_opened);
	tcase_add_test(tc, what_is_no_drive_is_told);
#ifdef HAVE_LIBBURN
	tcase_add_test(tc, a_file_is_burnt_and_read_back);
#endif
}
