/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/fail.h"
#include "digest/pipe.h"

/* Byte number i of the input is this. */
static uint8_t byte_at(uint64_t i)
{
	return (uint8_t)(i * 131 + (i >> 16));
}

struct input {
	uint64_t fail_at; /* reads of this byte fail */
	uint64_t stop_at, last_progress;
	unsigned reads;
};

static enum isokit_status read_at(void *ctx, uint64_t offset, void *buffer, size_t length,
				  struct isokit_error *err)
{
	struct input *in = ctx;
	uint8_t *to = buffer;

	in->reads++;
	if (in->fail_at >= offset && in->fail_at < offset + length)
		return isokit_fail(err, ISOKIT_E_IO, in->fail_at, "input", "broken");
	for (size_t i = 0; i < length; i++)
		to[i] = byte_at(offset + i);
	return ISOKIT_OK;
}

static int progress(void *ctx, uint64_t done)
{
	struct input *in = ctx;

	in->last_progress = done;
	return done >= in->stop_at;
}

struct lane {
	uint64_t bytes, sum, last;
	uint64_t fail_after;
	bool disorder, wrong;
};

static bool feed(void *ctx, uint64_t offset, const uint8_t *bytes, size_t n,
		 struct isokit_error *err)
{
	struct lane *l = ctx;

	l->disorder |= offset < l->last;
	l->last = offset + n;
	for (size_t i = 0; i < n; i++)
		l->wrong |= bytes[i] != byte_at(offset + i);
	l->bytes += n;
	if (l->bytes > l->fail_after) {
		isokit_fail(err, ISOKIT_E_CORRUPT, offset, "lane", "enough");
		return false;
	}
	return true;
}

static const struct pipe_range ranges[] = {
	{ 5, 100 }, { 4096, 3000000 }, { 4000000, 1 }, { 5000000, 700001 },
};

static enum isokit_status run(struct input *in, struct lane *lanes, size_t n,
			      struct isokit_error *err)
{
	struct pipe_input input = { .read_at = read_at, .progress = progress, .ctx = in };
	struct pipe_lane list[PIPE_MAX_LANES];

	for (size_t i = 0; i < n; i++)
		list[i] = (struct pipe_lane){ .feed = feed, .ctx = &lanes[i] };
	return pipe_run(&input, ranges, 4, list, n, err);
}

START_TEST(every_lane_sees_every_byte_once_and_in_order)
{
	for (size_t n = 0; n <= PIPE_MAX_LANES; n++) {
		struct input in = { .fail_at = UINT64_MAX, .stop_at = UINT64_MAX };
		struct lane lanes[PIPE_MAX_LANES];
		struct isokit_error err;

		for (size_t i = 0; i < n; i++)
			lanes[i] = (struct lane){ .fail_after = UINT64_MAX };
		ck_assert_int_eq(run(&in, lanes, n, &err), ISOKIT_OK);
		ck_assert_uint_eq(in.last_progress, 100 + 3000000 + 1 + 700001);
		for (size_t i = 0; i < n; i++) {
			ck_assert_uint_eq(lanes[i].bytes, 100 + 3000000 + 1 + 700001);
			ck_assert(!lanes[i].disorder && !lanes[i].wrong);
		}
	}
}
END_TEST

START_TEST(a_failed_read_ends_it)
{
	struct input in = { .fail_at = 2000000, .stop_at = UINT64_MAX };
	struct lane lanes[2] = { { .fail_after = UINT64_MAX }, { .fail_after = UINT64_MAX } };
	struct isokit_error err;

	ck_assert_int_eq(run(&in, lanes, 2, &err), ISOKIT_E_IO);
	ck_assert_uint_eq(err.offset, 2000000);
	ck_assert_uint_le(lanes[0].bytes, 2000000);
}
END_TEST

START_TEST(a_lane_that_gives_up_ends_it)
{
	struct input in = { .fail_at = UINT64_MAX, .stop_at = UINT64_MAX };
	struct lane lanes[3] = { { .fail_after = UINT64_MAX }, { .fail_after = 1000000 },
				 { .fail_after = UINT64_MAX } };
	struct isokit_error err;

	ck_assert_int_eq(run(&in, lanes, 3, &err), ISOKIT_E_CORRUPT);
	ck_assert_str_eq(err.subject, "lane");
}
END_TEST

START_TEST(progress_can_stop_it)
{
	struct input in = { .fail_at = UINT64_MAX, .stop_at = 1000000 };
	struct lane lane = { .fail_after = UINT64_MAX };
	struct isokit_error err;

	ck_assert_int_eq(run(&in, &lane, 1, &err), ISOKIT_E_CANCELLED);
	ck_assert_uint_lt(lane.bytes, 2000000);
}
END_TEST

UNIT(pipe)
{
	tcase_add_test(tc, every_lane_sees_every_byte_once_and_in_order);
	tcase_add_test(tc, a_failed_read_ends_it);
	tcase_add_test(tc, a_lane_that_gives_up_ends_it);
	tcase_add_test(tc, progress_can_stop_it);
}
