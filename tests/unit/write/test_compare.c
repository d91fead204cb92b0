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

UNIT(compare)
{
	tcase_add_test(tc, the_same_image_is_the_same);
	tcase_add_test(tc, differences_are_told_to_the_sector);
	tcase_add_test(tc, a_smaller_drive_is_not_the_image);
	tcase_add_test(tc, single_bits_are_told);
}
