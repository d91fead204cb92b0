/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "write/intake.h"
#include "write/pool.h"
#include "write/stream.h"

static struct intake *of_fd(int fd, const atomic_bool *stop)
{
	struct isokit_error err;
	struct intake *f = NULL;

	ck_assert_int_eq(intake_of_fd(fd, "a pipe", stop, &f, &err), ISOKIT_OK);
	return f;
}

static size_t some(struct intake *f, uint64_t offset, void *to, size_t n, bool want_end)
{
	struct isokit_error err;
	bool end = !want_end;
	size_t got = n + 1;

	ck_assert_int_eq(intake_read_some(f, offset, to, n, &got, &end, &err), ISOKIT_OK);
	ck_assert(end == want_end);
	ck_assert_uint_le(got, n);
	return got;
}

START_TEST(a_pipe_gives_what_is_there)
{
	uint8_t out[1000], in[1000] = { 0 };
	atomic_bool stop = false;
	struct isokit_error err;
	struct intake *f;
	size_t got;
	int ends[2];

	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 7);
	ck_assert_int_eq(pipe(ends), 0);
	f = of_fd(ends[0], &stop);
	ck_assert_int_eq(write(ends[1], out, 300), 300);
	ck_assert_uint_eq(some(f, 0, in, sizeof(in), false), 300);
	ck_assert_mem_eq(in, out, 300);
	ck_assert_uint_eq(some(f, 300, in, sizeof(in), false), 0); /* nothing came, and no end */
	/* What is passed over is read, too. */
	ck_assert_int_eq(write(ends[1], out + 300, 400), 400);
	ck_assert_uint_eq(some(f, 500, in, sizeof(in), false), 200);
	ck_assert_mem_eq(in, out + 500, 200);
	/* Whole buffers, up to the end. */
	ck_assert_int_eq(write(ends[1], out + 700, 300), 300);
	ck_assert_int_eq(intake_read(f, 700, in, 100, &got, &err), ISOKIT_OK);
	ck_assert_uint_eq(got, 100);
	ck_assert_int_eq(close(ends[1]), 0);
	ck_assert_int_eq(intake_read(f, 800, in, sizeof(in), &got, &err), ISOKIT_OK);
	ck_assert_uint_eq(got, 200);
	ck_assert_mem_eq(in, out + 800, 200);
	ck_assert_uint_eq(some(f, 1000, in, sizeof(in), true), 0);
	atomic_store(&stop, true);
	ck_assert_int_eq(intake_read(f, 1000, in, 1, &got, &err), ISOKIT_E_CANCELLED);
	intake_close(f);
	ck_assert_int_eq(close(ends[0]), 0);
}
END_TEST

START_TEST(a_beginning_is_given_back)
{
	struct intake *raw, *f = NULL;
	struct isokit_error err;
	uint8_t in[100];
	int ends[2];
	size_t got;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "1234567890", 10), 10);
	raw = of_fd(ends[0], NULL);
	ck_assert_uint_eq(some(raw, 0, in, 5, false), 5);
	ck_assert_int_eq(intake_with_beginning(in, 5, raw, &f, &err), ISOKIT_OK);
	ck_assert_uint_eq(some(f, 2, in, sizeof(in), false), 3);
	ck_assert_mem_eq(in, "345", 3);
	ck_assert_uint_eq(some(f, 0, in, 2, false), 2);
	ck_assert_mem_eq(in, "12", 2);
	ck_assert_int_eq(intake_read(f, 3, in, 4, &got, &err), ISOKIT_OK);
	ck_assert_uint_eq(got, 4);
	ck_assert_mem_eq(in, "4567", 4);
	ck_assert_int_eq(close(ends[1]), 0);
	ck_assert_int_eq(intake_read(f, 7, in, sizeof(in), &got, &err), ISOKIT_OK);
	ck_assert_uint_eq(got, 3);
	ck_assert_mem_eq(in, "890", 3);
	ck_assert_uint_eq(some(f, 10, in, sizeof(in), true), 0);
	intake_close(f);
	ck_assert_int_eq(close(ends[0]), 0);
}
END_TEST

/* gzip with a stored part, and an empty one that is the last. */
START_TEST(what_is_expanded_comes_as_far_as_it_is_known)
{
	static const uint8_t head[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3 };
	static const uint8_t part[] = { 0, 6, 0, 0xf9, 0xff, 'i', 's', 'o', 'k', 'i', 't' };
	static const uint8_t last[] = { 1, 0, 0, 0xff, 0xff };
	static const uint8_t tail[] = { 0x71, 0xc3, 0xdb, 0xe4, 6, 0, 0, 0 }; /* CRC-32, size */
	struct intake *raw, *f = NULL;
	struct isokit_error err;
	uint8_t in[100];
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	raw = of_fd(ends[0], NULL);
	if (intake_expanded(raw, CODEC_STREAM_GZIP, UINT64_MAX, &f, &err) == ISOKIT_E_UNSUPPORTED) {
		intake_close(raw); /* built without zlib */
		return;
	}
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(write(ends[1], head, sizeof(head)), sizeof(head));
	ck_assert_int_eq(write(ends[1], part, sizeof(part)), sizeof(part));
	ck_assert_uint_eq(some(f, 0, in, sizeof(in), false), 6);
	ck_assert_mem_eq(in, "isokit", 6);
	ck_assert_uint_eq(some(f, 6, in, sizeof(in), false), 0);
	ck_assert_int_eq(write(ends[1], last, sizeof(last)), sizeof(last));
	ck_assert_int_eq(write(ends[1], tail, sizeof(tail)), sizeof(tail));
	ck_assert_int_eq(close(ends[1]), 0);
	ck_assert_uint_eq(some(f, 6, in, sizeof(in), true), 0);
	intake_close(f);
	ck_assert_int_eq(close(ends[0]), 0);
}
END_TEST

START_TEST(who_waits_for_a_block_can_be_poked)
{
	struct pool p;
	struct queue q;
	struct block *b;
	bool over = true;

	ck_assert(pool_start(&p, 2));
	ck_assert(queue_start(&q));
	ck_assert_ptr_null(queue_pop_soon(&q, 1, &over));
	ck_assert(!over);
	queue_poke(&q);
	ck_assert_ptr_null(queue_pop_soon(&q, 1000 * 1000, &over)); /* at once */
	ck_assert(!over);
	b = pool_take(&p, 0);
	ck_assert_ptr_nonnull(b);
	queue_push(&q, b);
	queue_poke(&q);
	ck_assert_ptr_eq(queue_pop_soon(&q, 0, &over), b); /* what is there comes first */
	ck_assert(!over);
	queue_done(&q, b);
	ck_assert_uint_eq(queue_load(&q), 0);
	queue_end(&q);
	ck_assert_ptr_null(queue_pop_soon(&q, 1000 * 1000, &over));
	ck_assert(over);
	block_unref(b);
	queue_finish(&q);
	pool_end(&p);
}
END_TEST

UNIT(intake)
{
	tcase_add_test(tc, a_pipe_gives_what_is_there);
	tcase_add_test(tc, a_beginning_is_given_back);
	tcase_add_test(tc, what_is_expanded_comes_as_far_as_it_is_known);
	tcase_add_test(tc, who_waits_for_a_block_can_be_poked);
}
