/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "job.h"

static struct drive d;
static struct isokit_write *w;

static void begin(uint64_t image, uint64_t drive)
{
	struct isokit_write_options o = job_options();

	o.mode = ISOKIT_WRITE_COMPARE;
	w = job_open(image_make(image), &o);
	drive_make(&d, drive);
	memcpy(d.bytes, image_bytes, image < drive ? image : drive);
}

static void end(void)
{
	ck_assert_int_eq(atomic_load(&d.writes), 0);
	ck_assert_int_eq(atomic_load(&d.zeros), 0);
	job_end(w);
	drive_free(&d);
}

START_TEST(the_same_image_is_the_same)
{
	static const uint64_t sizes[] = { 512, MIB, 5 * MIB + 512, 20 * MIB };

	for (size_t i = 0; i < 4; i++) {
		const struct isokit_write_result *r;

		begin(sizes[i], 24 * MIB);
		r = job_run(w, &d, ISOKIT_OK);
		ck_assert_int_eq(r->state, ISOKIT_DRIVE_VERIFIED);
		ck_assert_uint_eq(r->compared_bytes, sizes[i]);
		end();
	}
}
END_TEST

START_TEST(differences_are_told_to_the_sector)
{
	const struct isokit_write_result *r;

	begin(20 * MIB, 24 * MIB);
	memset(d.bytes + 700, 0x11, 600);          /* sectors 1 and 2 */
	memset(d.bytes + 5 * MIB - 512, 0x22, 1024); /* over the border of a block */
	memset(d.bytes + 22 * MIB, 0x33, 512);     /* no part of it */
	r = job_run(w, &d, ISOKIT_E_MISMATCH);
	ck_assert_int_eq(r->state, ISOKIT_DRIVE_DIFFERS);
	ck_assert_uint_eq(r->n_different_ranges, 2);
	ck_assert_uint_eq(r->differences[0].offset, 512);
	ck_assert_uint_eq(r->differences[0].bytes, 1024);
	ck_assert_uint_eq(r->differences[1].offset, 5 * MIB - 512);
	ck_assert_uint_eq(r->differences[1].bytes, 1024);
	ck_assert_uint_eq(r->different_bytes, 2048);
	ck_assert_int_eq(r->suspect, ISOKIT_SUSPECT_OTHER);
	ck_assert_ptr_nonnull(strstr(r->text, "the first at byte 512"));
	end();
}
END_TEST

START_TEST(a_smaller_drive_is_not_the_image)
{
	const struct isokit_write_result *r;

	begin(20 * MIB, 12 * MIB);
	r = job_run(w, &d, ISOKIT_E_MISMATCH);
	ck_assert_int_eq(r->state, ISOKIT_DRIVE_DIFFERS);
	ck_assert_ptr_nonnull(strstr(r->text, "smaller than the image"));
	end();
}
END_TEST

START_TEST(single_bits_are_told)
{
	const struct isokit_write_result *r;

	begin(20 * MIB, 24 * MIB);
	d.flip = 3 * MIB;
	r = job_run(w, &d, ISOKIT_E_MISMATCH);
	ck_assert_int_eq(r->suspect, ISOKIT_SUSPECT_CELLS);
	end();
}
END_TEST

/* More than there are buffers. */
START_TEST(many_drives_are_compared_at_once)
{
	enum { DRIVES = 9, DIFFERENT = 3, SMALL = 7 };
	struct isokit_write_options o = job_options();
	static struct drive drives[DRIVES];
	const struct isokit_write_result *r;
	size_t n;

	o.mode = ISOKIT_WRITE_COMPARE;
	w = job_open(image_make(30 * MIB), &o);
	for (size_t i = 0; i < DRIVES; i++) {
		uint64_t bytes = i == SMALL ? 20 * MIB : 30 * MIB;

		drive_make(&drives[i], bytes);
		memcpy(drives[i].bytes, image_bytes, bytes);
		ck_assert_int_eq(write_add_target(w, drive_target(&drives[i]), NULL, NULL), ISOKIT_OK);
	}
	for (unsigned mib = 25; mib > 5; mib -= 5)
		memset(drives[DIFFERENT].bytes + mib * MIB, 0x55, 1024);
	ck_assert_int_eq(isokit_write_run(w, NULL), ISOKIT_E_MISMATCH);
	r = isokit_write_get_results(w, &n);
	ck_assert_uint_eq(n, DRIVES);
	for (size_t i = 0; i < DRIVES; i++) {
		bool equal = i != DIFFERENT && i != SMALL;

		ck_assert_int_eq(r[i].state, equal ? ISOKIT_DRIVE_VERIFIED : ISOKIT_DRIVE_DIFFERS);
		ck_assert_uint_eq(r[i].compared_bytes, i == SMALL ? 20 * MIB : 30 * MIB);
	}
	ck_assert_uint_eq(r[DIFFERENT].n_different_ranges, 4);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(r[DIFFERENT].differences[i].offset, (10 + 5 * i) * MIB);
	job_end(w);
	for (size_t i = 0; i < DRIVES; i++)
		drive_free(&drives[i]);
}
END_TEST

UNIT(compare)
{
	tcase_add_test(tc, many_drives_are_compared_at_once);
	tcase_add_test(tc, the_same_image_is_the_same);
	tcase_add_test(tc, differences_are_told_to_the_sector);
	tcase_add_test(tc, a_smaller_drive_is_not_the_image);
	tcase_add_test(tc, single_bits_are_told);
}
