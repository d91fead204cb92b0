/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every computer of testdata/machines: what the guard says of each of its drives. */
#include "device/machine.h"
#include "folder.h"

#include <glob.h>

static struct isokit_error err;

static char *read_whole(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 65536);

	ck_assert_msg(f != NULL, "%s", path);
	ck_assert_uint_lt(fread(text, 1, 65535, f), 65535);
	fclose(f);
	return text;
}

/* "system not-removable+n", in the order of the guard, without repetitions; "ok" for none. */
static void verdict(const struct isokit_drive *d, bool unmount, bool named, char *out, size_t room)
{
	struct isokit_guard_question q = { .size = sizeof(q), .bytes = 4096, .unmount = unmount,
					   .fixed_disk = named };
	struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX];
	size_t n = isokit_guard(d, &q, reasons), at = 0;

	*out = '\0';
	for (size_t i = 0; i < n; i++) {
		char one[64];

		ck_assert_uint_gt(strlen(reasons[i].text), 0);
		snprintf(one, sizeof(one), "%s%s%s", isokit_guard_name(reasons[i].code),
			 reasons[i].can_unmount ? "+u" : "", reasons[i].can_name ? "+n" : "");
		if (at && strlen(out) >= strlen(one) && strcmp(out + at - strlen(one), one) == 0)
			continue;
		at += (size_t)snprintf(out + at, room - at, "%s%s", at ? " " : "", one);
	}
	if (!n)
		snprintf(out, room, "ok");
}

static const struct isokit_drive *drive_named(const struct isokit_drives *drives, const char *name)
{
	size_t n;
	const struct isokit_drive *list = isokit_drives_list(drives, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

static void text_of(const struct isokit_drive *d, char *out, size_t room)
{
	struct isokit_guard_question q = { .size = sizeof(q) };
	struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX];
	size_t n = isokit_guard(d, &q, reasons), at = 0;

	*out = '\0';
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(out + at, room - at, "%s\n", reasons[i].text);
}

static void check_line(const char *machine, const struct isokit_drives *drives, const char *line)
{
	char what[16], name[64], got[8192];
	int at = 0;
	const struct isokit_drive *d;

	ck_assert_msg(sscanf(line, "%15s %63s %n", what, name, &at) == 2 && at, "%s: %s", machine, line);
	d = drive_named(drives, name);
	ck_assert_msg(d != NULL, "%s: no drive %s", machine, name);
	if (strcmp(what, "text") == 0) {
		text_of(d, got, sizeof(got));
		ck_assert_msg(strstr(got, line + at) != NULL, "%s: %s: \"%s\" is not in:\n%s", machine, name,
			      line + at, got);
		return;
	}
	if (strcmp(what, "bus") == 0)
		snprintf(got, sizeof(got), "%s", d->bus);
	else
		verdict(d, strcmp(what, "unmount") == 0, strcmp(what, "named") == 0, got, sizeof(got));
	ck_assert_msg(strcmp(got, line + at) == 0, "%s: %s %s: \"%s\" where \"%s\" was expected%s%s", machine,
		      what, name, got, line + at, *d->problem ? "; " : "", d->problem);
}

static void check_machine(const char *path)
{
	char *text = read_whole(path);
	const char *machine = strrchr(path, '/') + 1;
	struct isokit_drives_options options = { .size = sizeof(options), .root = "machine" };
	const struct isokit_drive *list;
	struct isokit_drives *drives;
	struct machine m;
	size_t n;

	machine_make(&m, text, "machine");
	ck_assert_msg(isokit_drives_scan(&options, &drives, &err) == ISOKIT_OK, "%s: %s %s", machine,
		      err.subject, err.text);
	for (unsigned i = 0; i < m.n_expected; i++)
		check_line(machine, drives, m.expected[i]);
	/* None is forgotten. */
	list = isokit_drives_list(drives, &n);
	for (size_t i = 0; i < n; i++) {
		bool found = false;

		for (unsigned k = 0; k < m.n_expected; k++) {
			char what[16], name[64];

			found = found || (sscanf(m.expected[k], "%15s %63s", what, name) == 2 &&
					  strcmp(what, "expect") == 0 && strcmp(name, list[i].name) == 0);
		}
		ck_assert_msg(found, "%s: nothing is expected of %s", machine, list[i].name);
	}
	isokit_drives_free(drives);
	machine_free(&m);
	free(text);
	ck_assert_int_eq(nftw("machine", folder_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

START_TEST(every_machine)
{
	const char *source = getenv("ISOKIT_SOURCE");
	char pattern[1024];
	glob_t found;

	if (!source)
		return;
	snprintf(pattern, sizeof(pattern), "%s/testdata/machines/*.txt", source);
	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	if (!getenv("DRIVES_ONE"))
		ck_assert_uint_ge(found.gl_pathc, 60);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_machine(found.gl_pathv[i]);
	globfree(&found);
}
END_TEST

UNIT(machines)
{
	tcase_add_unchecked_fixture(tc, machine_setup, NULL);
	tcase_add_checked_fixture(tc, folder_setup, folder_teardown);
	tcase_add_test(tc, every_machine);
	tcase_set_timeout(tc, 60);
}
