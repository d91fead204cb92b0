/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "folder.h"

#include <stdatomic.h>

#include "base/fail.h"
#include "bytes/sink.h"
#include "copy/engine.h"

/* Contents made by a rule, so that every byte of the result can be checked. */
enum { N = 300, IN_BASE = 17, BASE_OFFSET = 2048 };

static uint8_t *contents[N];
static size_t lengths[N];
static struct copy_job jobs[N];
static struct isokit_error err;
static atomic_int fail_at, checks;
static struct isokit_source *base; /* content IN_BASE as a range of another image */

static void make_contents(void)
{
	uint64_t to = 6144; /* IN_BASE then begins on the same half of 4096 bytes there */

	for (size_t i = 0; i < N; i++) {
		char path[16];

		/* Mostly small, some around the limits, one of many pieces. */
		lengths[i] = i == 17 ? 40000000 : i % 50 == 3 ? 131072 + i % 3 - 1 : i * 97 % 9000 + 1;
		contents[i] = malloc(lengths[i]);
		for (size_t k = 0; k < lengths[i]; k++)
			contents[i][k] = (uint8_t)(i * 31 + k * 7 + k / 251);
		if (i % 3 != 2) {
			snprintf(path, sizeof(path), "%zu", i);
			folder_file(path, contents[i], lengths[i]);
		}
		jobs[i] = (struct copy_job){ .to = to, .length = lengths[i], .item = &lengths[i] };
		to = (to + lengths[i] + 2047) / 2048 * 2048;
	}
}

static void make_base(void)
{
	uint8_t *image = calloc(1, BASE_OFFSET + lengths[IN_BASE]);

	memcpy(image + BASE_OFFSET, contents[IN_BASE], lengths[IN_BASE]);
	folder_file("base", image, BASE_OFFSET + lengths[IN_BASE]);
	free(image);
	ck_assert_int_eq(isokit_source_open_file("base", &base, &err), ISOKIT_OK);
}

static size_t number(const struct copy_job *job)
{
	return (size_t)((size_t *)job->item - lengths);
}

static enum isokit_status open_job(void *ctx, unsigned worker, const struct copy_job *job,
				   struct copy_input *in, struct isokit_error *e)
{
	size_t i = number(job);
	char path[16];

	(void)ctx;
	(void)worker;
	if ((int)i == fail_at)
		return isokit_fail(e, ISOKIT_E_IO, 0, "job", "told to fail");
	if (i == IN_BASE) {
		in->src = base;
		in->offset = BASE_OFFSET;
		return ISOKIT_OK;
	}
	if (i % 3 == 2) {
		in->memory = contents[i];
		return ISOKIT_OK;
	}
	snprintf(path, sizeof(path), "%zu", i);
	in->fd = open(path, O_RDONLY);
	return ISOKIT_OK;
}

static enum isokit_status check_job(void *ctx, unsigned worker, const struct copy_job *job,
				    const struct stat *st, struct isokit_error *e)
{
	(void)ctx;
	(void)worker;
	checks++;
	if ((uint64_t)st->st_size != job->length)
		return isokit_fail(e, ISOKIT_E_CHANGED, 0, "job", "changed");
	return ISOKIT_OK;
}

static const char *name_job(void *ctx, unsigned worker, const struct copy_job *job)
{
	(void)ctx;
	(void)worker;
	(void)job;
	return "job";
}

static int stop_soon(void *ctx, uint64_t done)
{
	(void)ctx;
	return done > 1000000;
}

static struct copy_ops ops = { .open = open_job, .check = check_job, .name = name_job };

static void setup(void)
{
	folder_setup();
	fail_at = -1;
	checks = 0;
	ops.progress = NULL;
	make_contents();
	make_base();
}

static void teardown(void)
{
	for (size_t i = 0; i < N; i++)
		free(contents[i]);
	isokit_source_close(base);
	folder_teardown();
}

static void compare(const char *path)
{
	uint8_t *got = malloc(40000000);
	int fd = open(path, O_RDONLY);

	ck_assert_int_ge(fd, 0);
	for (size_t i = 0; i < N; i++) {
		ck_assert_int_eq(pread(fd, got, lengths[i], (off_t)jobs[i].to),
				 (ssize_t)lengths[i]);
		ck_assert_msg(memcmp(got, contents[i], lengths[i]) == 0, "content %zu", i);
	}
	free(got);
	close(fd);
}

START_TEST(every_byte_arrives)
{
	struct copy_stats stats;
	struct sink *s = NULL;

	ck_assert_int_eq(sink_create_file("out", &s, &err), ISOKIT_OK);
	ck_assert_int_eq(copy_run(s, true, jobs, N, (unsigned)_i, &ops, &stats, &err), ISOKIT_OK);
	ck_assert_int_eq(sink_commit(s, jobs[N - 1].to + lengths[N - 1], false, &err), ISOKIT_OK);
	compare("out");
	ck_assert_int_ge(checks, N / 3 * 2);
}
END_TEST

START_TEST(the_first_error_stops_all)
{
	struct copy_stats stats;
	struct sink *s = NULL;

	fail_at = 150;
	ck_assert_int_eq(sink_create_file("out", &s, &err), ISOKIT_OK);
	ck_assert_int_eq(copy_run(s, true, jobs, N, 3, &ops, &stats, &err), ISOKIT_E_IO);
	ck_assert_str_eq(err.text, "told to fail");
	sink_abort(s);
}
END_TEST

START_TEST(a_file_that_shrank_or_grew_is_an_error)
{
	static const int which[] = { 16, 3, 18, 24 };
	struct copy_stats stats;
	struct sink *s = NULL;
	char path[16];

	snprintf(path, sizeof(path), "%d", which[_i]);
	if (_i % 2)
		ck_assert_int_eq(truncate(path, (off_t)lengths[which[_i]] + 5), 0);
	else
		ck_assert_int_eq(truncate(path, 1), 0);
	ck_assert_int_eq(sink_create_file("out", &s, &err), ISOKIT_OK);
	ck_assert_int_eq(copy_run(s, true, jobs, N, 2, &ops, &stats, &err), ISOKIT_E_CHANGED);
	sink_abort(s);
}
END_TEST

START_TEST(can_be_cancelled)
{
	struct copy_stats stats;
	struct sink *s = NULL;

	ops.progress = stop_soon;
	ck_assert_int_eq(sink_create_file("out", &s, &err), ISOKIT_OK);
	ck_assert_int_eq(copy_run(s, true, jobs, N, 2, &ops, &stats, &err), ISOKIT_E_CANCELLED);
	sink_abort(s);
}
END_TEST

START_TEST(holes_stay_holes)
{
	struct copy_job job = { .to = 6144, .length = 40000000, .item = &lengths[16] };
	struct copy_stats stats;
	struct sink *s = NULL;
	char got[5] = "";
	struct stat st;
	int fd = open("16", O_WRONLY | O_TRUNC);

	/* Stored sparsely: four bytes in the middle of nothing. */
	ck_assert_int_eq(pwrite(fd, "data", 4, 30000000), 4);
	ck_assert_int_eq(ftruncate(fd, 40000000), 0);
	close(fd);
	lengths[16] = 40000000;
	ck_assert_int_eq(sink_create_file("out", &s, &err), ISOKIT_OK);
	ck_assert_int_eq(copy_run(s, true, &job, 1, 2, &ops, &stats, &err), ISOKIT_OK);
	ck_assert_int_eq(sink_commit(s, 6144 + 40000000, false, &err), ISOKIT_OK);
	ck_assert_int_eq(stat("out", &st), 0);
	fd = open("out", O_RDONLY);
	ck_assert_int_eq(pread(fd, got, 4, 6144 + 30000000), 4);
	ck_assert_str_eq(got, "data");
	close(fd);
	if (stats.hole_bytes) /* where the file system tells holes */
		ck_assert(st.st_blocks < 4000);
}
END_TEST

/* From a file, from memory, and from a source that is no file. */
START_TEST(zeros_that_are_read_become_holes)
{
	enum { BYTES = 3000000, MARK = 1234567 };
	struct copy_job job = { .to = 2048, .length = BYTES, .item = &lengths[_i] };
	uint8_t *image = calloc(1, BASE_OFFSET + BYTES), *bytes = image + BASE_OFFSET;
	uint8_t *got = malloc(BYTES), *memory = contents[20];
	struct copy_ops sparse = ops;
	struct isokit_source *real = base;
	struct copy_stats stats;
	struct sink *s = NULL;
	int fd;

	memcpy(bytes + MARK, "data", 4);
	folder_file("16", bytes, BYTES);
	contents[20] = bytes;
	lengths[_i] = BYTES;
	if (_i == IN_BASE)
		ck_assert_int_eq(isokit_source_from_memory(image, BASE_OFFSET + BYTES, "m", &base,
							   &err),
				 ISOKIT_OK);
	sparse.sparse = true;
	ck_assert_int_eq(sink_create_file("out", &s, &err), ISOKIT_OK);
	ck_assert_int_eq(copy_run(s, true, &job, 1, 2, &sparse, &stats, &err), ISOKIT_OK);
	ck_assert_int_eq(sink_commit(s, 2048 + BYTES, false, &err), ISOKIT_OK);
	fd = open("out", O_RDONLY);
	ck_assert_int_eq(pread(fd, got, BYTES, 2048), BYTES);
	close(fd);
	ck_assert_int_eq(memcmp(got, bytes, BYTES), 0);
	ck_assert_uint_eq(stats.hole_bytes + stats.copied_bytes + stats.cloned_bytes, BYTES);
	if (!stats.cloned_bytes)
		ck_assert_uint_le(stats.copied_bytes, 65536);
	if (base != real)
		isokit_source_close(base);
	base = real;
	contents[20] = memory;
	free(image);
	free(got);
}
END_TEST

UNIT(engine)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, every_byte_arrives, 1, 5);
	tcase_add_test(tc, the_first_error_stops_all);
	tcase_add_loop_test(tc, a_file_that_shrank_or_grew_is_an_error, 0, 4);
	tcase_add_test(tc, can_be_cancelled);
	tcase_add_test(tc, holes_stay_holes);
	tcase_add_loop_test(tc, zeros_that_are_read_become_holes, 16, 17);
	tcase_add_loop_test(tc, zeros_that_are_read_become_holes, IN_BASE, IN_BASE + 1);
	tcase_add_loop_test(tc, zeros_that_are_read_become_holes, 20, 21);
}
