/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "job.h"
#include "write/pattern.h"

static struct drive d;
static struct isokit_write *w;
static const struct isokit_write_result *r;

static void begin(bool quick, uint64_t size)
{
	struct isokit_write_options o = job_options();

	o.mode = ISOKIT_WRITE_PROBE;
	o.quick = quick;
	w = job_open(NULL, &o);
	drive_make(&d, size);
}

static void end(void)
{
	job_end(w);
	drive_free(&d);
}

START_TEST(a_pattern_tells_its_place)
{
	uint8_t sector[PATTERN_SECTOR];
	uint64_t place;

	for (uint64_t at = 0; at < UINT64_C(1) << 45; at = at * 3 + 512) {
		pattern_fill(at ^ 77, at, sector, sizeof(sector));
		ck_assert(pattern_place(at ^ 77, sector, &place));
		ck_assert_uint_eq(place, at);
		ck_assert(!pattern_place(at ^ 78, sector, &place) || place != at);
		sector[100] ^= 1;
		ck_assert(!pattern_place(at ^ 77, sector, &place));
	}
	memset(sector, 0, sizeof(sector));
	ck_assert(!pattern_place(1, sector, &place));
}
END_TEST

START_TEST(an_honest_drive_passes)
{
	for (int quick = 0; quick < 2; quick++) {
		begin(quick, 40 * MIB + 512);
		r = job_run(w, &d, ISOKIT_OK);
		ck_assert_int_eq(r->state, ISOKIT_DRIVE_VERIFIED);
		/* Marks prove nothing of what lies between them. */
		ck_assert_uint_eq(r->real_bytes, quick ? 0 : 40 * MIB + 512);
		ck_assert_int_eq(*r->detail != '\0', quick);
		/* Nothing is left that could be taken for something. */
		for (size_t i = 0; i < MIB; i++)
			ck_assert_uint_eq(d.bytes[i], 0);
		end();
	}
}
END_TEST

START_TEST(a_wrap_is_found)
{
	for (int quick = 0; quick < 2; quick++) {
		begin(quick, 64 * MIB);
		d.real = 16 * MIB;
		r = job_run(w, &d, ISOKIT_E_MISMATCH);
		ck_assert_int_eq(r->suspect, ISOKIT_SUSPECT_FAKE);
		ck_assert_uint_eq(r->real_bytes, 16 * MIB);
		end();
	}
}
END_TEST

START_TEST(an_odd_wrap_is_found_by_all_of_it)
{
	begin(false, 64 * MIB);
	d.real = 23 * MIB + 4096;
	r = job_run(w, &d, ISOKIT_E_MISMATCH);
	ck_assert_int_eq(r->suspect, ISOKIT_SUSPECT_FAKE);
	ck_assert_uint_eq(r->real_bytes, 23 * MIB + 4096);
	end();
}
END_TEST

START_TEST(an_early_end_is_found)
{
	for (int quick = 0; quick < 2; quick++)
		for (int kept = 0; kept < 2; kept++) {
			begin(quick, 64 * MIB);
			if (kept)
				d.keeps = 21 * MIB;
			else
				d.blank = 21 * MIB;
			r = job_run(w, &d, ISOKIT_E_MISMATCH);
			ck_assert_int_eq(r->suspect, ISOKIT_SUSPECT_FAKE);
			ck_assert_uint_le(r->real_bytes, 22 * MIB);
			ck_assert_uint_ge(r->real_bytes, 20 * MIB);
			if (!quick) {
				ck_assert_uint_eq(r->real_bytes, 21 * MIB);
				ck_assert_uint_eq(r->different_bytes, 43 * MIB);
			}
			end();
		}
}
END_TEST

/* The last bytes are looked at, too, and all of what is small. */
START_TEST(an_end_that_is_missing_is_found)
{
	static const uint64_t sizes[] = { 40 * MIB + 512, 3 * MIB + 512, 512, 60000 - 60000 % 512 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		begin(true, sizes[i]);
		d.flip = sizes[i] - 7;
		r = job_run(w, &d, ISOKIT_E_MISMATCH);
		ck_assert_uint_ne(r->suspect, ISOKIT_SUSPECT_NONE);
		end();
	}
}
END_TEST

START_TEST(a_bad_sector_is_no_fake)
{
	begin(false, 64 * MIB);
	d.flip = 30 * MIB + 5;
	r = job_run(w, &d, ISOKIT_E_MISMATCH);
	ck_assert_int_eq(r->suspect, ISOKIT_SUSPECT_CELLS);
	ck_assert_uint_eq(r->different_bytes, 512);
	end();
}
END_TEST

UNIT(probe)
{
	tcase_add_test(tc, a_pattern_tells_its_place);
	tcase_add_test(tc, an_honest_drive_passes);
	tcase_add_test(tc, a_wrap_is_found);
	tcase_add_test(tc, an_odd_wrap_is_found_by_all_of_it);
	tcase_add_test(tc, an_early_end_is_found);
	tcase_add_test(tc, an_end_that_is_missing_is_found);
	tcase_add_test(tc, a_bad_sector_is_no_fake);
}
