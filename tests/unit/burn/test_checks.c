/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "burn/burn.h"
#include "burn/feed.h"

enum { BYTES = 3 * BURN_CHECK_BYTES + 777 };

static uint8_t *content(void)
{
	uint8_t *p = malloc(BYTES);

	for (size_t i = 0; i < BYTES; i++)
		p[i] = (uint8_t)(i * 31 >> 3);
	return p;
}

START_TEST(sums_find_a_byte)
{
	uint8_t *p = content();
	struct burn_checks *c;
	char hex[65];

	ck_assert_int_eq(burn_checks_new(true, &c, NULL), ISOKIT_OK);
	/* In pieces that fit nothing. */
	for (size_t at = 0; at < BYTES; at += 1000)
		ck_assert(burn_checks_add(c, p + at, BYTES - at < 1000 ? BYTES - at : 1000));
	ck_assert(burn_checks_end(c, hex));
	ck_assert_uint_eq(strlen(hex), 64);
	ck_assert_uint_eq(burn_checks_bytes(c), BYTES);
	for (unsigned i = 0; i < 3; i++)
		ck_assert(burn_checks_same(c, i, p + (size_t)i * BURN_CHECK_BYTES, BURN_CHECK_BYTES));
	ck_assert(burn_checks_same(c, 3, p + 3 * BURN_CHECK_BYTES, 777));
	ck_assert(!burn_checks_same(c, 4, p, 1));
	p[BURN_CHECK_BYTES + 5] ^= 1;
	ck_assert(!burn_checks_same(c, 1, p + BURN_CHECK_BYTES, BURN_CHECK_BYTES));
	ck_assert(burn_checks_same(c, 2, p + 2 * BURN_CHECK_BYTES, BURN_CHECK_BYTES));
	burn_checks_free(c);
	free(p);
}
END_TEST

struct pipe {
	const uint8_t *p;
	size_t n, at, fail_at;
};

static long pipe_read(void *ctx, void *buffer, size_t n)
{
	struct pipe *s = ctx;
	size_t step = s->n - s->at < 701 ? s->n - s->at : 701;

	if (s->fail_at && s->at >= s->fail_at)
		return -1;
	step = step < n ? step : n;
	memcpy(buffer, s->p + s->at, step);
	s->at += step;
	return (long)step;
}

/* Read it all the way that libburn does. */
static size_t drain(struct feed *f, uint8_t *to)
{
	size_t done = 0;
	long r;

	while ((r = feed_read(f, to + done, 2048)) > 0) {
		done += (size_t)r;
		if (r < 2048)
			break;
	}
	return done;
}

START_TEST(a_stream_is_fed_whole)
{
	uint8_t *p = content(), *got = malloc(BYTES + 2048);
	struct pipe s = { p, BYTES, 0, 0 };
	struct isokit_burn_track t = { .read = pipe_read, .read_ctx = &s };
	struct feed f;

	ck_assert_int_eq(feed_start(&f, &t, false, NULL, NULL), ISOKIT_OK);
	ck_assert_uint_eq(drain(&f, got), BYTES);
	ck_assert_mem_eq(got, p, BYTES);
	ck_assert(!f.failed);
	ck_assert_uint_eq(f.at, BYTES);
	feed_end(&f);
	free(p);
	free(got);
}
END_TEST

START_TEST(a_stream_that_breaks_is_told)
{
	uint8_t *p = content(), *got = malloc(BYTES + 2048);
	struct pipe s = { p, BYTES, 0, 100000 };
	struct isokit_burn_track t = { .read = pipe_read, .read_ctx = &s };
	struct feed f;

	ck_assert_int_eq(feed_start(&f, &t, false, NULL, NULL), ISOKIT_OK);
	(void)drain(&f, got);
	ck_assert(f.failed);
	ck_assert_int_eq(f.err.status, ISOKIT_E_IO);
	feed_end(&f);
	/* One that is shorter than was said. */
	s = (struct pipe){ p, BYTES, 0, 0 };
	t.bytes = BYTES + 1;
	ck_assert_int_eq(feed_start(&f, &t, false, NULL, NULL), ISOKIT_OK);
	(void)drain(&f, got);
	ck_assert(f.failed);
	ck_assert_int_eq(f.err.status, ISOKIT_E_SHORT);
	feed_end(&f);
	free(p);
	free(got);
}
END_TEST

UNIT(checks)
{
	tcase_add_test(tc, sums_find_a_byte);
	tcase_add_test(tc, a_stream_is_fed_whole);
	tcase_add_test(tc, a_stream_that_breaks_is_told);
}
