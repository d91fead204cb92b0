/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <isokit/device.h>

#include "unit.h"

#include <stdio.h>
#include <string.h>

/* A stick that nothing speaks against. */
static struct isokit_drive stick(void)
{
	return (struct isokit_drive){
		.path = "/dev/sdb", .name = "sdb", .major = 8, .minor = 16, .bytes = 1 << 20,
		.logical_sector = 512, .physical_sector = 512, .vendor = "", .model = "", .serial = "",
		.wwn = "", .bus = "usb", .removable = true, .hotplug = true, .backing = "",
		.stands_on = "", .table = "", .fs = "", .label = "", .uuid = "", .mounted = "",
		.problem = "",
	};
}

static const struct isokit_guard_question plain = { .size = sizeof(plain), .bytes = 4096 };
static struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX];

static size_t ask(const struct isokit_drive *d)
{
	return isokit_guard(d, &plain, reasons);
}

START_TEST(says_nothing_against_a_free_stick)
{
	struct isokit_drive d = stick();

	ck_assert_uint_eq(ask(&d), 0);
	d.removable = false; /* of many USB disks */
	ck_assert_uint_eq(ask(&d), 0);
}
END_TEST

START_TEST(has_a_name_for_every_code)
{
	for (int i = 0; i < ISOKIT_G_COUNT; i++) {
		ck_assert_uint_gt(strlen(isokit_guard_name((enum isokit_guard_code)i)), 2);
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(isokit_guard_name((enum isokit_guard_code)i),
					 isokit_guard_name((enum isokit_guard_code)k));
	}
	ck_assert_str_eq(isokit_guard_name(ISOKIT_G_COUNT), "");
}
END_TEST

START_TEST(compares_sizes)
{
	struct isokit_drive d = stick();
	struct isokit_guard_question q = plain;

	q.bytes = d.bytes;
	ck_assert_uint_eq(isokit_guard(&d, &q, reasons), 0);
	q.bytes++;
	ck_assert_uint_eq(isokit_guard(&d, &q, reasons), 1);
	ck_assert_int_eq(reasons[0].code, ISOKIT_G_TOO_SMALL);
	d.bytes = 0;
	ck_assert_uint_eq(isokit_guard(&d, &q, reasons), 1);
	ck_assert_int_eq(reasons[0].code, ISOKIT_G_NO_MEDIUM);
	q.reading = true;
	ck_assert_uint_eq(isokit_guard(&d, &q, reasons), 1);
}
END_TEST

START_TEST(finds_the_image_on_the_drive)
{
	const struct isokit_drive_number numbers[] = { { 8, 16 }, { 8, 17 }, { 0, 44 } };
	struct isokit_drive d = stick();
	struct isokit_guard_question q = plain;

	d.numbers = numbers;
	d.n_numbers = 3;
	q.has_source = q.fixed_disk = q.unmount = true;
	for (size_t i = 0; i < 3; i++) {
		q.source_major = numbers[i].major;
		q.source_minor = numbers[i].minor;
		ck_assert_uint_eq(isokit_guard(&d, &q, reasons), 1);
		ck_assert_int_eq(reasons[0].code, ISOKIT_G_SOURCE);
	}
	q.source_minor = 45;
	ck_assert_uint_eq(isokit_guard(&d, &q, reasons), 0);
	q.source_minor = 44;
	q.has_source = false;
	ck_assert_uint_eq(isokit_guard(&d, &q, reasons), 0);
}
END_TEST

START_TEST(lifts_only_what_the_question_lifts)
{
	static const struct {
		enum isokit_drive_use_kind kind;
		enum isokit_guard_code code;
		bool removable, with_unmount, with_name; /* is it refused even then? */
	} table[] = {
		{ ISOKIT_USE_SYSTEM, ISOKIT_G_SYSTEM, false, true, true },
		{ ISOKIT_USE_SYSTEM, ISOKIT_G_SYSTEM, true, true, true },
		{ ISOKIT_USE_SWAP, ISOKIT_G_SWAP, true, true, true },
		{ ISOKIT_USE_MOUNT, ISOKIT_G_MOUNTED, false, true, true },
		{ ISOKIT_USE_MOUNT, ISOKIT_G_MOUNTED, true, false, true },
		{ ISOKIT_USE_HOLDER, ISOKIT_G_HELD, true, true, true },
		{ ISOKIT_USE_OPEN, ISOKIT_G_OPEN, true, true, true },
		{ ISOKIT_USE_MEMBER, ISOKIT_G_MEMBER, true, true, false },
		{ ISOKIT_USE_FSTAB, ISOKIT_G_FSTAB, true, true, false },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct isokit_drive_use use = { .kind = table[i].kind, .removable_mount = table[i].removable,
						.device = "/dev/sdb1", .where = "/x", .chain = "sdb1" };
		struct isokit_guard_question unmount = plain, name = plain;
		struct isokit_drive d = stick();

		d.uses = &use;
		d.n_uses = 1;
		unmount.unmount = name.fixed_disk = true;
		ck_assert_uint_eq(ask(&d), 1);
		ck_assert_int_eq(reasons[0].code, table[i].code);
		ck_assert_int_eq(reasons[0].can_unmount, !table[i].with_unmount);
		ck_assert_int_eq(reasons[0].can_name, !table[i].with_name);
		ck_assert_ptr_nonnull(strstr(reasons[0].text, "sdb1"));
		ck_assert_uint_eq(isokit_guard(&d, &unmount, reasons), table[i].with_unmount);
		ck_assert_uint_eq(isokit_guard(&d, &name, reasons), table[i].with_name);
	}
}
END_TEST

START_TEST(never_lifts_what_is_not_known)
{
	struct isokit_guard_question q = plain;
	struct isokit_drive d = stick();

	q.unmount = q.fixed_disk = true;
	d.problem = "something";
	ck_assert_uint_eq(isokit_guard(&d, &q, reasons), 1);
	ck_assert_int_eq(reasons[0].code, ISOKIT_G_UNKNOWN);
	d = stick();
	d.optical = true;
	ck_assert_uint_eq(isokit_guard(&d, &q, reasons), 1);
	ck_assert_int_eq(reasons[0].code, ISOKIT_G_OPTICAL);
	d = stick();
	d.read_only = true;
	ck_assert_uint_eq(isokit_guard(&d, &q, reasons), 1);
	ck_assert_int_eq(reasons[0].code, ISOKIT_G_READ_ONLY);
	d = stick();
	d.made_up = true;
	d.stands_on = "sda1";
	ck_assert_uint_eq(isokit_guard(&d, &q, reasons), 1);
	ck_assert_int_eq(reasons[0].code, ISOKIT_G_MADE_UP);
	d.stands_on = "";
	ck_assert_uint_eq(isokit_guard(&d, &q, reasons), 0);
	d.bus = "zram";
	ck_assert_uint_eq(isokit_guard(&d, &q, reasons), 1);
}
END_TEST

START_TEST(tells_the_gravest_first_and_counts_the_rest)
{
	struct isokit_drive_use uses[30];
	struct isokit_drive d = stick();

	for (size_t i = 0; i < 30; i++)
		uses[i] = (struct isokit_drive_use){ .kind = i ? ISOKIT_USE_MOUNT : ISOKIT_USE_SYSTEM,
						     .removable_mount = i > 0, .device = "/dev/sdb1",
						     .where = "/x", .chain = "sdb1" };
	d.uses = uses;
	d.n_uses = 30;
	d.problem = "something";
	ck_assert_uint_eq(ask(&d), ISOKIT_GUARD_MAX);
	ck_assert_int_eq(reasons[0].code, ISOKIT_G_SYSTEM);
	ck_assert_int_eq(reasons[1].code, ISOKIT_G_UNKNOWN);
	ck_assert_str_eq(reasons[ISOKIT_GUARD_MAX - 1].text, "there are 16 more reasons");
	ck_assert(!reasons[ISOKIT_GUARD_MAX - 1].can_unmount);
}
END_TEST

START_TEST(cuts_long_texts)
{
	static char name[1000];
	struct isokit_drive_use use = { .kind = ISOKIT_USE_MOUNT, .device = "", .where = name, .chain = name };
	struct isokit_drive d = stick();

	memset(name, 'x', sizeof(name) - 1);
	d.uses = &use;
	d.n_uses = 1;
	ck_assert_uint_eq(ask(&d), 1);
	ck_assert_uint_eq(strlen(reasons[0].text), sizeof(reasons[0].text) - 1);
}
END_TEST

UNIT(guard)
{
	tcase_add_test(tc, says_nothing_against_a_free_stick);
	tcase_add_test(tc, has_a_name_for_every_code);
	tcase_add_test(tc, compares_sizes);
	tcase_add_test(tc, finds_the_image_on_the_drive);
	tcase_add_test(tc, lifts_only_what_the_question_lifts);
	tcase_add_test(tc, never_lifts_what_is_not_known);
	tcase_add_test(tc, tells_the_gravest_first_and_counts_the_rest);
	tcase_add_test(tc, cuts_long_texts);
}
