/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One test for each thing that a difference can look like. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/byteorder.h"
#include "job.h"

static struct drive d;
static struct isokit_write *w;
static const struct isokit_write_result *r;

static void begin(uint64_t image, uint64_t drive)
{
	struct isokit_write_options o = job_options();

	w = job_open(image_make(image), &o);
	drive_make(&d, drive);
}

static void differs(enum isokit_write_suspect suspect)
{
	r = job_run(w, &d, ISOKIT_E_MISMATCH);
	ck_assert_int_eq(r->state, ISOKIT_DRIVE_DIFFERS);
	ck_assert_msg(r->suspect == suspect, "%s: %s", isokit_write_suspect_name(r->suspect),
		      r->detail);
	ck_assert_str_ne(r->advice, "");
	ck_assert_str_ne(r->detail, "");
	ck_assert_uint_gt(r->n_differences, 0);
	ck_assert_uint_gt(r->different_bytes, 0);
	for (size_t i = 0; i < 512; i++)
		ck_assert_uint_eq(d.bytes[i], 0);
}

static void end(void)
{
	job_end(w);
	drive_free(&d);
}

START_TEST(a_drive_that_wraps_around)
{
	begin(40 * MIB, 64 * MIB);
	d.real = 24 * MIB;
	differs(ISOKIT_SUSPECT_FAKE);
	ck_assert_uint_eq(r->real_bytes, 24 * MIB);
	end();
}
END_TEST

START_TEST(a_drive_that_ends_early)
{
	begin(40 * MIB, 64 * MIB);
	d.blank = 24 * MIB;
	differs(ISOKIT_SUSPECT_FAKE);
	ck_assert_uint_eq(r->real_bytes, 24 * MIB);
	ck_assert_uint_eq(r->differences[0].offset, 24 * MIB);
	ck_assert_uint_eq(r->different_bytes, 16 * MIB);
	ck_assert_uint_eq(r->n_different_ranges, 1);
	end();
}
END_TEST

START_TEST(a_second_half_that_keeps_what_it_had)
{
	begin(64 * MIB, 100 * MIB);
	d.keeps = 30 * MIB;
	differs(ISOKIT_SUSPECT_KEPT);
	ck_assert_uint_eq(r->differences[0].offset, 30 * MIB);
	ck_assert_ptr_nonnull(strstr(r->detail, "before"));
	end();
}
END_TEST

START_TEST(a_bit_that_is_stuck)
{
	begin(40 * MIB, 64 * MIB);
	d.flip = 20 * MIB + 777;
	differs(ISOKIT_SUSPECT_CELLS);
	ck_assert_uint_eq(r->n_differences, 1);
	ck_assert_uint_eq(r->differences[0].offset, 20 * MIB + 512);
	ck_assert_uint_eq(r->differences[0].bytes, 512);
	ck_assert_uint_eq(r->different_bytes, 512);
	end();
}
END_TEST

START_TEST(a_bit_of_the_first_sector)
{
	begin(4 * MIB, 8 * MIB);
	d.flip = 100;
	r = job_run(w, &d, ISOKIT_E_MISMATCH);
	ck_assert_int_eq(r->suspect, ISOKIT_SUSPECT_CELLS);
	ck_assert_uint_eq(r->differences[0].offset, 0);
	for (size_t i = 0; i < MIB; i++) /* it was made blank again */
		ck_assert_uint_eq(d.bytes[i], 0);
	end();
}
END_TEST

START_TEST(a_cable_that_spoils_what_is_read)
{
	begin(40 * MIB, 64 * MIB);
	d.noisy = 10 * MIB;
	differs(ISOKIT_SUSPECT_TRANSFER);
	end();
}
END_TEST

/* A FAT file system whose dirty mark and FSInfo change, as a desktop does that mounts it. */
static void mount_it(struct drive *drive)
{
	drive->bytes[MIB + 0x25] ^= 1;
	drive->bytes[MIB + 4 * 512] ^= 0x80; /* in the table, too */
}

static void make_fat(uint8_t *p)
{
	memset(p, 0, 64 * 512);
	memcpy(p, "\xeb\x3c\x90MSDOS5.0", 11);
	put_le16(p + 11, 512);
	p[13] = 4;
	put_le16(p + 14, 4);   /* reserved */
	p[16] = 2;
	put_le16(p + 17, 512); /* root entries */
	put_le16(p + 19, 0);
	p[21] = 0xf8;
	put_le16(p + 22, 48);
	put_le32(p + 32, 20 * 2048); /* sectors */
	p[510] = 0x55;
	p[511] = 0xaa;
}

static void rewrite(const char *path, uint64_t n)
{
	FILE *f = fopen(path, "wb");

	ck_assert_uint_eq(fwrite(image_bytes, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(a_desktop_that_mounted_it)
{
	struct isokit_write_options o = job_options();
	const char *path = image_make(24 * MIB);

	image_bytes[450] = 0x0e;
	put_le32(image_bytes + 454, 2048);
	put_le32(image_bytes + 458, 20 * 2048);
	make_fat(image_bytes + MIB);
	rewrite(path, 24 * MIB);
	w = job_open(path, &o);
	drive_make(&d, 32 * MIB);
	d.before_read = mount_it;
	differs(ISOKIT_SUSPECT_WRITER);
	ck_assert_ptr_nonnull(strstr(r->detail, "FAT"));
	ck_assert_uint_eq(r->n_different_ranges, 2);
	end();
}
END_TEST

/* The same from a pipe, where nothing can be read again. */
static void from_pipe(uint64_t bytes)
{
	struct isokit_write_options o = job_options();
	const char *path = image_make(bytes);
	char command[300];
	FILE *f;

	snprintf(command, sizeof(command), "cat %s", path);
	f = popen(command, "r");
	ck_assert_int_eq(dup2(fileno(f), STDIN_FILENO), STDIN_FILENO);
	w = job_open("-", &o);
	ck_assert(isokit_write_get_plan(w)->streamed);
	ck_assert_uint_eq(isokit_write_get_plan(w)->bytes, 0);
	drive_make(&d, 64 * MIB);
}

START_TEST(a_pipe_is_verified_as_well)
{
	from_pipe(20 * MIB + 512);
	r = job_run(w, &d, ISOKIT_OK);
	ck_assert_int_eq(r->state, ISOKIT_DRIVE_VERIFIED);
	ck_assert_mem_eq(d.bytes, image_bytes, 20 * MIB + 512);
	end();
}
END_TEST

START_TEST(a_wrap_is_seen_behind_a_pipe)
{
	from_pipe(40 * MIB);
	d.real = 24 * MIB;
	differs(ISOKIT_SUSPECT_FAKE);
	ck_assert_uint_eq(r->real_bytes, 24 * MIB);
	end();
}
END_TEST

START_TEST(a_bit_is_seen_behind_a_pipe)
{
	from_pipe(40 * MIB);
	d.flip = 20 * MIB + 777;
	differs(ISOKIT_SUSPECT_CELLS);
	ck_assert_uint_eq(r->differences[0].offset, 20 * MIB);
	ck_assert_uint_eq(r->differences[0].bytes, UNITS_LEAF_BYTES);
	end();
}
END_TEST

START_TEST(zeros_that_were_promised_are_missed)
{
	struct isokit_write_options o = job_options();
	const char *path = image_make(24 * MIB);

	memset(image_bytes + 4 * MIB, 0, 8 * MIB);
	rewrite(path, 24 * MIB);
	w = job_open(path, &o);
	drive_make(&d, 32 * MIB);
	d.lies_zero = true;
	r = job_run(w, &d, ISOKIT_E_MISMATCH);
	ck_assert_int_eq(r->state, ISOKIT_DRIVE_DIFFERS);
	ck_assert_uint_eq(r->differences[0].offset, 4 * MIB);
	end();
}
END_TEST

UNIT(suspect)
{
	tcase_add_test(tc, a_drive_that_wraps_around);
	tcase_add_test(tc, a_drive_that_ends_early);
	tcase_add_test(tc, a_second_half_that_keeps_what_it_had);
	tcase_add_test(tc, a_bit_that_is_stuck);
	tcase_add_test(tc, a_bit_of_the_first_sector);
	tcase_add_test(tc, a_cable_that_spoils_what_is_read);
	tcase_add_test(tc, a_desktop_that_mounted_it);
	tcase_add_test(tc, a_pipe_is_verified_as_well);
	tcase_add_test(tc, a_wrap_is_seen_behind_a_pipe);
	tcase_add_test(tc, a_bit_is_seen_behind_a_pipe);
	tcase_add_test(tc, zeros_that_were_promised_are_missed);
}
