/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "digest/digest.h"
#include "job.h"
#include "ondisk/gpt.h"

static bool is_blank(const uint8_t *p, size_t n)
{
	while (n && *p == 0) {
		p++;
		n--;
	}
	return n == 0;
}

START_TEST(an_image_is_written_and_verified)
{
	static const uint64_t sizes[] = { 512, 4096, MIB - 512, MIB, MIB + 512, 2 * MIB,
					  5 * MIB + 2048, 40 * MIB, 3 * MIB + 100 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct isokit_write_options o = job_options();
		struct isokit_write *w = job_open(image_make(sizes[i]), &o);
		const struct isokit_write_result *r;
		struct drive d;

		drive_make(&d, 64 * MIB);
		r = job_run(w, &d, ISOKIT_OK);
		ck_assert_int_eq(r->state, ISOKIT_DRIVE_VERIFIED);
		ck_assert_mem_eq(d.bytes, image_bytes, sizes[i]);
		ck_assert_uint_eq(r->written_bytes, sizes[i]);
		ck_assert_uint_eq(r->compared_bytes, sizes[i]);
		ck_assert(!atomic_load(&d.dirty));
		/* The last MiB was wiped, what lies between was not touched. */
		ck_assert(is_blank(d.bytes + 63 * MIB, MIB));
		ck_assert_uint_eq(d.bytes[50 * MIB], (uint8_t)((uint64_t)50 * MIB * 7 + 50 * MIB / 251));
		ck_assert_str_eq(r->text, "");
		job_end(w);
		drive_free(&d);
	}
}
END_TEST

START_TEST(the_first_mib_comes_last)
{
	struct isokit_write_options o = job_options();
	struct isokit_write *w = job_open(image_make(8 * MIB), &o);
	struct drive d;

	drive_make(&d, 16 * MIB);
	(void)job_run(w, &d, ISOKIT_OK);
	ck_assert_int_eq(d.first_write_at, atomic_load(&d.writes));
	job_end(w);
	drive_free(&d);
}
END_TEST

START_TEST(sectors_of_4096_bytes_are_filled_with_zeros)
{
	struct isokit_write_options o = job_options();
	struct isokit_write *w = job_open(image_make(2 * MIB + 2048), &o);
	struct drive d;

	drive_make(&d, 16 * MIB);
	d.sector = 4096;
	(void)job_run(w, &d, ISOKIT_OK);
	ck_assert_mem_eq(d.bytes, image_bytes, 2 * MIB + 2048);
	ck_assert(is_blank(d.bytes + 2 * MIB + 2048, 2048));
	job_end(w);
	drive_free(&d);
}
END_TEST

/* A drive whose n-th write fails, and all that follow, begins with zeros, whichever it is. */
START_TEST(a_failed_write_leaves_no_beginning)
{
	for (int n = 1; n <= 12; n++) { /* two that wipe, seven, and three for the first MiB */
		struct isokit_write_options o = job_options();
		struct isokit_write *w = job_open(image_make(8 * MIB), &o);
		const struct isokit_write_result *r;
		struct drive d;

		drive_make(&d, 16 * MIB);
		d.fail_write = n;
		d.no_zero = true;
		r = job_run(w, &d, ISOKIT_E_IO);
		ck_assert_int_eq(r->state, ISOKIT_DRIVE_PARTIAL);
		if (n == 1) /* then nothing could be written at all */
			ck_assert_ptr_nonnull(strstr(r->text, "could not be made blank"));
		else
			ck_assert(is_blank(d.bytes, n == 12 ? 4096 : n == 11 ? 65536 : MIB));
		ck_assert_ptr_nonnull(strstr(r->text, "cannot be written"));
		job_end(w);
		drive_free(&d);
	}
}
END_TEST

/* When the power goes, what was written since the last flush is there or not, in any order. */
START_TEST(each_part_of_the_first_mib_is_flushed_before_the_next)
{
	struct isokit_write_options o = job_options();
	struct isokit_write *w = job_open(image_make(8 * MIB), &o);
	struct drive d;

	drive_make(&d, 16 * MIB);
	d.sector = 4096;
	(void)job_run(w, &d, ISOKIT_OK);
	/* Wiped; the body; three parts. The last one has sectors 0 and 1. */
	ck_assert_int_eq(atomic_load(&d.flushes), 5);
	ck_assert_uint_eq(d.lowest[0], 0);
	ck_assert_uint_eq(d.lowest[1], MIB);
	ck_assert_uint_eq(d.lowest[2], 65536);
	ck_assert_uint_eq(d.lowest[3], 8192);
	ck_assert_uint_eq(d.lowest[4], 0);
	job_end(w);
	drive_free(&d);
}
END_TEST

START_TEST(a_failed_reading_back_leaves_no_beginning)
{
	struct isokit_write_options o = job_options();
	struct isokit_write *w = job_open(image_make(8 * MIB), &o);
	const struct isokit_write_result *r;
	struct drive d;

	drive_make(&d, 16 * MIB);
	d.fail_read = 3;
	r = job_run(w, &d, ISOKIT_E_IO);
	ck_assert_int_eq(r->state, ISOKIT_DRIVE_PARTIAL);
	ck_assert(is_blank(d.bytes, MIB));
	job_end(w);
	drive_free(&d);
}
END_TEST

START_TEST(zeros_are_made_by_the_drive)
{
	struct isokit_write_options o = job_options();
	const char *path = image_make(8 * MIB);
	const struct isokit_write_result *r;
	struct isokit_write *w;
	struct drive d;
	FILE *f = fopen(path, "r+b");

	memset(image_bytes + 2 * MIB, 0, 3 * MIB);
	ck_assert_int_eq(fseek(f, 2 * MIB, SEEK_SET), 0);
	ck_assert_uint_eq(fwrite(image_bytes + 2 * MIB, 1, 3 * MIB, f), 3 * MIB);
	ck_assert_int_eq(fclose(f), 0);
	for (int kind = 0; kind < 3; kind++) {
		o.no_verify = kind == 2; /* nobody would see that it lied: so it is not asked */
		w = job_open(path, &o);
		drive_make(&d, 16 * MIB);
		d.no_zero = kind == 1;
		r = job_run(w, &d, ISOKIT_OK);
		ck_assert_mem_eq(d.bytes, image_bytes, 8 * MIB);
		ck_assert_uint_eq(r->skipped_bytes, kind == 2 ? 0 : 3 * MIB);
		ck_assert_uint_eq(r->written_bytes + r->skipped_bytes, 8 * MIB);
		ck_assert_int_eq(r->state, kind == 2 ? ISOKIT_DRIVE_WRITTEN : ISOKIT_DRIVE_VERIFIED);
		job_end(w);
		drive_free(&d);
	}
}
END_TEST

START_TEST(a_drive_that_is_too_small_says_so)
{
	struct isokit_write_options o = job_options();
	struct isokit_write *w = job_open(image_make(8 * MIB), &o);
	const struct isokit_write_result *r;
	struct drive d;

	drive_make(&d, 8 * MIB - 512);
	r = job_run(w, &d, ISOKIT_E_LIMIT);
	ck_assert_ptr_nonnull(strstr(r->text, "8,388,096 bytes"));
	ck_assert(is_blank(d.bytes, MIB));
	job_end(w);
	drive_free(&d);
}
END_TEST

enum { CALLS = 3 };

static int stop_at_once(void *ctx, const struct isokit_write_progress *now)
{
	atomic_int *calls = ctx;

	return strcmp(now->phase, "write") == 0 && atomic_fetch_add(calls, 1) + 1 >= CALLS;
}

/* Nothing is written before somebody has said stop. */
static bool nobody_stopped(void *ctx)
{
	return atomic_load((atomic_int *)ctx) < CALLS;
}

START_TEST(who_says_stop_is_obeyed)
{
	struct isokit_write_options o = job_options();
	const struct isokit_write_result *r;
	struct isokit_write *w;
	struct drive d;
	atomic_int calls = 0;

	o.progress = stop_at_once;
	o.progress_ctx = &calls;
	w = job_open(image_make(60 * MIB), &o);
	drive_make(&d, 64 * MIB);
	d.hold = nobody_stopped;
	d.hold_ctx = &calls;
	r = job_run(w, &d, ISOKIT_E_CANCELLED);
	ck_assert_int_eq(r->state, ISOKIT_DRIVE_PARTIAL);
	ck_assert(is_blank(d.bytes, MIB));
	job_end(w);
	drive_free(&d);
}
END_TEST

struct hoard {
	struct isokit_write *w;
	struct drive *drive;
	struct block *blocks[CHECK_BLOCKS];
};

/* Before the first MiB is written. */
static bool takes_all_and_stops(void *ctx)
{
	struct hoard *h = ctx;

	if (atomic_load(&h->drive->flushes) < 2 || atomic_load(&h->w->stop))
		return false;
	for (unsigned i = 0; i < CHECK_BLOCKS; i++)
		h->blocks[i] = pool_take(&h->w->check_pool, 0);
	atomic_store(&h->w->stop, true);
	return false;
}

START_TEST(a_drive_becomes_blank_though_others_hold_all_blocks)
{
	struct isokit_write_options o = job_options();
	const struct isokit_write_result *r;
	struct hoard h = { .w = job_open(image_make(8 * MIB), &o) };
	struct drive d;

	drive_make(&d, 16 * MIB);
	h.drive = &d;
	d.hold = takes_all_and_stops;
	d.hold_ctx = &h;
	r = job_run(h.w, &d, ISOKIT_E_CANCELLED);
	ck_assert_int_gt(d.first_write_at, 1);
	ck_assert_ptr_nonnull(strstr(r->text, "its first sectors are blank"));
	ck_assert(is_blank(d.bytes, MIB));
	for (unsigned i = 0; i < CHECK_BLOCKS; i++) {
		ck_assert_ptr_nonnull(h.blocks[i]);
		block_unref(h.blocks[i]);
	}
	job_end(h.w);
	drive_free(&d);
}
END_TEST

START_TEST(a_simulation_touches_nothing)
{
	struct isokit_write_options o = job_options();
	const struct isokit_write_result *r;
	struct isokit_write *w;
	size_t n;
	struct isokit_drive drive = { .path = "/dev/none", .bytes = 64 * MIB, .logical_sector = 512 };

	o.simulate = true;
	o.hashes = 1u << ISOKIT_SHA256;
	w = job_open(image_make(5 * MIB), &o);
	ck_assert_int_eq(write_add_target(w, NULL, &drive, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_write_run(w, NULL), ISOKIT_OK);
	r = isokit_write_get_results(w, &n);
	ck_assert_int_eq(r->state, ISOKIT_DRIVE_UNTOUCHED);
	ck_assert_uint_eq(strlen(r->hash[ISOKIT_SHA256]), 64);
	job_end(w);
}
END_TEST

/* ---- several drives ---------------------------------------------------------------------------- */

static void add_drives(struct isokit_write *w, struct drive *d, int n, uint64_t bytes)
{
	for (int i = 0; i < n; i++) {
		drive_make(&d[i], bytes);
		ck_assert_int_eq(write_add_target(w, drive_target(&d[i]), NULL, NULL), ISOKIT_OK);
	}
}

static void end_with_drives(struct isokit_write *w, struct drive *d, int n)
{
	job_end(w);
	for (int i = 0; i < n; i++)
		drive_free(&d[i]);
}

START_TEST(drives_that_fail_do_not_hold_the_others)
{
	struct isokit_write_options o = job_options();
	struct isokit_write *w = job_open(image_make(40 * MIB), &o);
	const struct isokit_write_result *r;
	struct drive d[4];
	size_t n;

	add_drives(w, d, 4, 48 * MIB);
	d[1].fail_write = 7;
	d[2].flip = 20 * MIB + 77;
	ck_assert_int_eq(isokit_write_run(w, NULL), ISOKIT_E_MISMATCH);
	r = isokit_write_get_results(w, &n);
	ck_assert_uint_eq(n, 4);
	ck_assert_int_eq(r[0].state, ISOKIT_DRIVE_VERIFIED);
	ck_assert_int_eq(r[1].state, ISOKIT_DRIVE_PARTIAL);
	ck_assert_int_eq(r[1].status, ISOKIT_E_IO);
	ck_assert_int_eq(r[2].state, ISOKIT_DRIVE_DIFFERS);
	ck_assert_int_eq(r[3].state, ISOKIT_DRIVE_VERIFIED);
	ck_assert_mem_eq(d[0].bytes, image_bytes, 40 * MIB);
	ck_assert_mem_eq(d[3].bytes, image_bytes, 40 * MIB);
	ck_assert(is_blank(d[2].bytes, MIB));
	end_with_drives(w, d, 4);
}
END_TEST

static bool is_not_done(void *ctx)
{
	struct drive *d = ctx;
	bool done;

	pthread_mutex_lock(&d->lock);
	done = d->first_write_at > 1; /* once it was wiped */
	pthread_mutex_unlock(&d->lock);
	return !done;
}

/* It writes nothing before the other one is complete, who could not be without that. */
START_TEST(a_slow_drive_gets_a_reading_of_its_own)
{
	struct isokit_write_options o = job_options();
	struct isokit_write *w = job_open(image_make(56 * MIB), &o);
	const struct isokit_write_result *r;
	struct drive d[2];
	size_t n;

	add_drives(w, d, 2, 60 * MIB);
	d[0].hold = is_not_done;
	d[0].hold_ctx = &d[1];
	ck_assert_int_eq(isokit_write_run(w, NULL), ISOKIT_OK);
	ck_assert_ptr_nonnull(w->lanes[0]->own);
	ck_assert_ptr_null(w->lanes[1]->own);
	r = isokit_write_get_results(w, &n);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(r[i].state, ISOKIT_DRIVE_VERIFIED);
		ck_assert_mem_eq(d[i].bytes, image_bytes, 56 * MIB);
	}
	ck_assert(!is_not_done(&d[1]));
	end_with_drives(w, d, 2);
}
END_TEST

static bool has_not_failed(void *ctx)
{
	struct drive *d = ctx;

	return atomic_load(&d->writes) < d->fail_write;
}

/* … and needs nobody else. */
START_TEST(a_slow_drive_goes_on_when_the_others_have_failed)
{
	struct isokit_write_options o = job_options();
	struct isokit_write *w = job_open(image_make(56 * MIB), &o);
	const struct isokit_write_result *r;
	struct drive d[2];
	size_t n;

	add_drives(w, d, 2, 60 * MIB);
	d[1].fail_write = 40;
	d[0].hold = has_not_failed;
	d[0].hold_ctx = &d[1];
	ck_assert_int_eq(isokit_write_run(w, NULL), ISOKIT_E_IO);
	ck_assert_ptr_nonnull(w->lanes[0]->own);
	r = isokit_write_get_results(w, &n);
	ck_assert_int_eq(r[0].state, ISOKIT_DRIVE_VERIFIED);
	ck_assert_mem_eq(d[0].bytes, image_bytes, 56 * MIB);
	ck_assert_int_eq(r[1].state, ISOKIT_DRIVE_PARTIAL);
	end_with_drives(w, d, 2);
}
END_TEST

/* A gzip file around the last image, in whose blocks nothing is compressed. */
static void pack(const char *path, uint64_t bytes)
{
	const uint8_t head[10] = { 0x1f, 0x8b, 8 };
	FILE *f = fopen(path, "wb");
	uint8_t frame[8];

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(head, 1, sizeof(head), f), sizeof(head));
	for (uint64_t at = 0; at < bytes;) {
		uint16_t n = (uint16_t)min_u64(bytes - at, 65535);

		frame[0] = at + n == bytes;
		put_le16(frame + 1, n);
		put_le16(frame + 3, (uint16_t)~n);
		ck_assert_uint_eq(fwrite(frame, 1, 5, f), 5);
		ck_assert_uint_eq(fwrite(image_bytes + at, 1, n, f), n);
		at += n;
	}
	put_le32(frame, ondisk_crc32(0, image_bytes, bytes));
	put_le32(frame + 4, (uint32_t)bytes);
	ck_assert_uint_eq(fwrite(frame, 1, 8, f), 8);
	ck_assert_int_eq(fclose(f), 0);
}

static void sum_image(uint64_t bytes, char digits[65])
{
	struct isokit_digests *digests = NULL;
	uint8_t sum[ISOKIT_DIGEST_MAX_BYTES];

	ck_assert_int_eq(isokit_digests_load(&digests, NULL), ISOKIT_OK);
	ck_assert(digest_of(digests, ISOKIT_SHA256, image_bytes, bytes, sum));
	digest_hex(sum, 32, digits);
	isokit_digests_free(digests);
}

/* What is summed up is the first reading, whatever the other one does. */
START_TEST(a_slow_drive_expands_for_itself)
{
	struct isokit_write_options o = job_options();
	const char *path = image_make(56 * MIB);
	const struct isokit_write_result *r;
	char digits[65], packed[300];
	struct isokit_write *w;
	struct drive d[2];
	size_t n;

	snprintf(packed, sizeof(packed), "%s.gz", path);
	pack(packed, 56 * MIB);
	sum_image(56 * MIB, digits);
	o.sha256 = digits;
	w = job_open(packed, &o);
	add_drives(w, d, 2, 60 * MIB);
	d[0].hold = is_not_done;
	d[0].hold_ctx = &d[1];
	ck_assert_int_eq(isokit_write_run(w, NULL), ISOKIT_OK);
	ck_assert_ptr_nonnull(w->lanes[0]->own);
	r = isokit_write_get_results(w, &n);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(r[i].state, ISOKIT_DRIVE_VERIFIED);
		ck_assert_mem_eq(d[i].bytes, image_bytes, 56 * MIB);
	}
	(void)unlink(packed);
	end_with_drives(w, d, 2);
}
END_TEST

START_TEST(a_source_that_gives_nothing_does_no_harm)
{
	struct isokit_write_options o = job_options();
	const char *path = image_make(8 * MIB);
	struct isokit_write *w = job_open(path, &o);
	const struct isokit_write_result *r;
	struct drive d;

	drive_make(&d, 16 * MIB);
	ck_assert_int_eq(truncate(path, 0), 0);
	r = job_run(w, &d, ISOKIT_E_CHANGED);
	ck_assert_int_eq(r->state, ISOKIT_DRIVE_UNTOUCHED);
	ck_assert_int_eq(atomic_load(&d.writes), 0);
	job_end(w);
	drive_free(&d);
}
END_TEST

UNIT(lane)
{
	tcase_add_test(tc, an_image_is_written_and_verified);
	tcase_add_test(tc, the_first_mib_comes_last);
	tcase_add_test(tc, sectors_of_4096_bytes_are_filled_with_zeros);
	tcase_add_test(tc, a_failed_write_leaves_no_beginning);
	tcase_add_test(tc, each_part_of_the_first_mib_is_flushed_before_the_next);
	tcase_add_test(tc, a_failed_reading_back_leaves_no_beginning);
	tcase_add_test(tc, zeros_are_made_by_the_drive);
	tcase_add_test(tc, a_drive_that_is_too_small_says_so);
	tcase_add_test(tc, who_says_stop_is_obeyed);
	tcase_add_test(tc, a_drive_becomes_blank_though_others_hold_all_blocks);
	tcase_add_test(tc, a_simulation_touches_nothing);
	tcase_add_test(tc, drives_that_fail_do_not_hold_the_others);
	tcase_add_test(tc, a_slow_drive_gets_a_reading_of_its_own);
	tcase_add_test(tc, a_slow_drive_goes_on_when_the_others_have_failed);
	tcase_add_test(tc, a_slow_drive_expands_for_itself);
	tcase_add_test(tc, a_source_that_gives_nothing_does_no_harm);
}
