/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hashes.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "verify/job.h"

enum { TOTAL = 3000000 };

static uint8_t *content;
static struct isokit_digests *lib;
static struct isokit_source *src;

static void begin(struct verify_jobs *jobs)
{
	content = malloc(TOTAL);
	for (size_t i = 0; i < TOTAL; i++)
		content[i] = (uint8_t)(i * 7 + (i >> 9) * 13);
	ck_assert_int_eq(isokit_digests_load(&lib, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_source_from_memory(content, TOTAL, "memory", &src, NULL),
			 ISOKIT_OK);
	*jobs = (struct verify_jobs){ .lib = lib, .src = src };
}

static void end(struct verify_jobs *jobs)
{
	jobs_free(jobs);
	isokit_source_close(src);
	isokit_digests_free(lib);
	free(content);
}

/* The digest of pieces put together in memory is that of the job. */
static void check(const struct verify_job *job)
{
	uint8_t *all = malloc(4 * TOTAL), out[ISOKIT_DIGEST_MAX_BYTES];
	size_t n = 0;

	ck_assert(job->done);
	for (size_t i = 0; i < job->n_pieces; i++) {
		memcpy(all + n, content + job->pieces[i].offset, job->pieces[i].bytes);
		n += job->pieces[i].bytes;
	}
	ck_assert(digest_of(lib, job->kind, all, n, out));
	ck_assert_mem_eq(out, job->digest, isokit_digest_bytes(job->kind));
	free(all);
}

START_TEST(files_in_any_arrangement_are_hashed_in_one_pass)
{
	static const struct verify_piece pieces[][3] = {
		{ { 0, 100 } },
		{ { 100, 1 } },
		{ { 5000, 700000 } },
		{ { 6000, 10 } },                               /* inside another */
		{ { 5000, 700001 } },                           /* one byte more */
		{ { 2048, 100 }, { 900000, 200 } },             /* interleaved */
		{ { 2148, 100 }, { 899000, 500 } },
		{ { 2000000, 100 }, { 1000, 100 } },            /* backwards */
		{ { 300, 100 }, { 350, 100 } },                 /* overlaps itself */
		{ { 262143, 2 }, { 524287, 2 }, { 2999999, 1 } },
		{ { 2999000, 1000 } },
	};
	static const size_t n_pieces[] = { 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 1 };
	struct verify_job *list[2][11], *again, *empty;
	struct verify_jobs jobs;

	begin(&jobs);
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < 11; i++)
			ck_assert_int_eq(jobs_add_file(&jobs, k ? ISOKIT_SHA256 : ISOKIT_MD5,
						       pieces[i], n_pieces[i], &list[k][i]),
					 JOBS_FILE_OK);
	ck_assert_int_eq(jobs_add_file(&jobs, ISOKIT_MD5, pieces[2], 1, &again), JOBS_FILE_OK);
	ck_assert_ptr_eq(again, list[0][2]);
	ck_assert_int_eq(jobs_add_file(&jobs, ISOKIT_SHA1, NULL, 0, &empty), JOBS_FILE_OK);
	ck_assert_int_eq(jobs_run(&jobs, NULL, NULL, NULL), ISOKIT_OK);
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < 11; i++)
			check(list[k][i]);
	check(empty);
	end(&jobs);
}
END_TEST

START_TEST(patches_marks_and_tails_count)
{
	static const struct verify_piece piece = { 1000, 2000000 };
	static const struct verify_patch patches[] = {
		{ 0, 1500, 'a' }, { 262100, 100, ' ' }, { 2000000, 2000000, 0 },
	};
	static const uint64_t marks[] = { 0, 1, 600, 261144, 2000000 };
	uint8_t *all, out[ISOKIT_DIGEST_MAX_BYTES];
	struct verify_jobs jobs;
	struct verify_job *job;

	begin(&jobs);
	job = jobs_add(&jobs, LANE_IMPLANTED, ISOKIT_SHA256, &piece, 1);
	ck_assert(job && jobs_patch(&jobs, job, patches, 3) && jobs_mark(&jobs, job, marks, 5));
	job->tail_zeros = 5000;
	ck_assert_int_eq(jobs_run(&jobs, NULL, NULL, NULL), ISOKIT_OK);
	all = calloc(1, TOTAL);
	memcpy(all, content + 1000, 2000000);
	memset(all, 'a', 500);
	memset(all + 261100, ' ', 100);
	memset(all + 1999000, 0, 1000);
	ck_assert(digest_of(lib, ISOKIT_SHA256, all, 2005000, out));
	ck_assert_mem_eq(out, job->digest, 32);
	for (size_t i = 0; i < 5; i++) {
		ck_assert(job->marks[i].done);
		ck_assert(digest_of(lib, ISOKIT_SHA256, all, marks[i], out));
		ck_assert_mem_eq(out, job->marks[i].digest, 32);
	}
	free(all);
	end(&jobs);
}
END_TEST

START_TEST(files_that_share_bytes_without_end_are_refused)
{
	struct verify_jobs jobs;
	struct verify_job *job;
	unsigned taken = 0;

	begin(&jobs);
	for (unsigned i = 0; i < 100; i++) {
		struct verify_piece piece = { i, TOTAL - 1000 };

		taken += jobs_add_file(&jobs, ISOKIT_MD5, &piece, 1, &job) == JOBS_FILE_OK;
	}
	ck_assert_uint_ge(taken, 2);
	ck_assert_uint_le(taken, 8);
	end(&jobs);
}
END_TEST

START_TEST(more_files_than_can_be_open_at_once)
{
	enum { MANY = 6000 };
	static struct verify_job *list[MANY];
	struct verify_jobs jobs;

	begin(&jobs);
	for (unsigned i = 0; i < MANY; i++) {
		struct verify_piece pieces[2] = { { i, 1 }, { TOTAL - 1 - i, 1 } };

		ck_assert_int_eq(jobs_add_file(&jobs, ISOKIT_MD5, pieces, 2, &list[i]),
				 JOBS_FILE_OK);
	}
	ck_assert_int_eq(jobs_run(&jobs, NULL, NULL, NULL), ISOKIT_OK);
	for (unsigned i = 0; i < MANY; i += 97)
		check(list[i]);
	check(list[MANY - 1]);
	end(&jobs);
}
END_TEST

UNIT(job)
{
	if (!have_hashes())
		return;
	tcase_add_test(tc, files_in_any_arrangement_are_hashed_in_one_pass);
	tcase_add_test(tc, patches_marks_and_tails_count);
	tcase_add_test(tc, files_that_share_bytes_without_end_are_refused);
	tcase_add_test(tc, more_files_than_can_be_open_at_once);
}
