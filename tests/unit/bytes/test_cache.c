/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "bytes/cache.h"

enum { BLOCK = 4096, BLOCKS = 4, BYTES = 10 * BLOCK + 100 };

/* A source that counts what it is asked, and has one bad byte. */
struct inner {
	uint8_t bytes[BYTES];
	unsigned reads;
	uint64_t asked_bytes;
	uint64_t bad; /* a byte that cannot be read; UINT64_MAX: none */
	bool closed;
	pthread_mutex_t lock;
};

static enum isokit_status inner_read(void *self, uint64_t offset, void *buffer, size_t length,
				     struct isokit_error *err)
{
	struct inner *i = self;

	(void)pthread_mutex_lock(&i->lock);
	i->reads++;
	i->asked_bytes += length;
	(void)pthread_mutex_unlock(&i->lock);
	if (i->bad >= offset && i->bad - offset < length)
		return isokit_fail(err, ISOKIT_E_IO, offset, "inner", "%zu bytes asked", length);
	memcpy(buffer, i->bytes + offset, length);
	return ISOKIT_OK;
}

static void inner_close(void *self)
{
	((struct inner *)self)->closed = true;
}

static const struct isokit_source_ops inner_ops = {
	.size = sizeof(inner_ops), .read_at = inner_read, .close = inner_close,
};

static struct inner in;

static struct isokit_source *open_cache(bool borrow, struct isokit_source **ret_inner)
{
	const struct cache_options options = { .block_bytes = BLOCK, .n_blocks = BLOCKS,
					       .borrow = borrow };
	struct isokit_source *inner = NULL, *src = NULL;

	memset(&in, 0, sizeof(in));
	in.bad = UINT64_MAX;
	(void)pthread_mutex_init(&in.lock, NULL);
	for (size_t i = 0; i < BYTES; i++)
		in.bytes[i] = (uint8_t)(i * 7 + i / 256);
	ck_assert_int_eq(isokit_source_new(&inner_ops, &in, BYTES, "inner", &inner, NULL),
			 ISOKIT_OK);
	ck_assert_int_eq(bytes_cache_new(inner, &options, &src, NULL), ISOKIT_OK);
	if (ret_inner)
		*ret_inner = inner;
	return src;
}

static void check(struct isokit_source *src, uint64_t offset, size_t length)
{
	uint8_t got[3 * BLOCK];

	memset(got, 0xee, sizeof(got));
	ck_assert_int_eq(isokit_source_read_at(src, offset, got, length, NULL), ISOKIT_OK);
	ck_assert_mem_eq(got, in.bytes + offset, length);
	ck_assert_uint_eq(got[length], 0xee);
}

START_TEST(small_reads_share_a_block)
{
	struct isokit_source *src = open_cache(false, NULL);

	ck_assert_uint_eq(isokit_source_size(src), BYTES);
	ck_assert_str_eq(isokit_source_name(src), "inner");
	for (size_t i = 0; i < BLOCK; i += 64)
		check(src, i, 64);
	ck_assert_uint_eq(in.reads, 1);
	ck_assert_uint_eq(in.asked_bytes, BLOCK);
	check(src, BLOCK - 10, 20); /* over the border: one block more */
	ck_assert_uint_eq(in.reads, 2);
	check(src, 0, BLOCK - 1);
	ck_assert_uint_eq(in.reads, 2);
	ck_assert(!in.closed);
	isokit_source_close(src);
	ck_assert(in.closed);
}
END_TEST

START_TEST(long_reads_go_through)
{
	struct isokit_source *src = open_cache(false, NULL);

	check(src, 100, 2 * BLOCK);
	ck_assert_uint_eq(in.reads, 1);
	ck_assert_uint_eq(in.asked_bytes, 2 * BLOCK);
	check(src, 100, 2 * BLOCK); /* and are not kept */
	ck_assert_uint_eq(in.reads, 2);
	isokit_source_close(src);
}
END_TEST

START_TEST(the_last_block_is_short)
{
	struct isokit_source *src = open_cache(false, NULL);
	uint8_t byte;

	check(src, BYTES - 50, 50);
	ck_assert_uint_eq(in.asked_bytes, 100); /* what there is of it */
	check(src, BYTES - 150, 150);
	ck_assert_uint_eq(in.reads, 2);
	ck_assert_int_eq(isokit_source_read_at(src, BYTES, &byte, 1, NULL), ISOKIT_E_SHORT);
	ck_assert_int_eq(isokit_source_read_at(src, BYTES - 50, in.bytes, 51, NULL),
			 ISOKIT_E_SHORT);
	ck_assert_uint_eq(in.reads, 2);
	isokit_source_close(src);
}
END_TEST

START_TEST(the_oldest_block_makes_room)
{
	struct isokit_source *src = open_cache(false, NULL);

	for (unsigned b = 0; b < BLOCKS; b++)
		check(src, (uint64_t)b * BLOCK, 8);
	check(src, 0, 8); /* used again: not the oldest */
	ck_assert_uint_eq(in.reads, BLOCKS);
	check(src, (uint64_t)BLOCKS * BLOCK, 8);
	check(src, 0, 8);
	ck_assert_uint_eq(in.reads, BLOCKS + 1);
	check(src, BLOCK, 8);
	ck_assert_uint_eq(in.reads, BLOCKS + 2);
	isokit_source_close(src);
}
END_TEST

/* A bad sector spoils no neighbours, and its error names what was asked. */
START_TEST(errors_are_those_of_the_range_asked)
{
	struct isokit_source *src = open_cache(false, NULL);
	struct isokit_error err = { 0 };
	uint8_t got[64];

	in.bad = BLOCK + 1000;
	check(src, BLOCK, 1000);
	check(src, BLOCK + 1001, 500);
	check(src, BLOCK - 100, 1100);
	ck_assert_int_eq(isokit_source_read_at(src, BLOCK + 990, got, 20, &err), ISOKIT_E_IO);
	ck_assert_uint_eq(err.offset, BLOCK + 990);
	ck_assert_str_eq(err.text, "20 bytes asked");
	in.bad = UINT64_MAX; /* a medium that recovers: nothing of the failure was kept */
	check(src, BLOCK + 990, 20);
	in.reads = 0;
	check(src, BLOCK, 1100);
	ck_assert_uint_eq(in.reads, 0);
	isokit_source_close(src);
}
END_TEST

START_TEST(a_borrowed_source_stays_open)
{
	struct isokit_source *inner, *src = open_cache(true, &inner);

	check(src, 5, 5);
	isokit_source_close(src);
	ck_assert(!in.closed);
	isokit_source_close(inner);
	ck_assert(in.closed);
}
END_TEST

START_TEST(odd_sizes_are_refused)
{
	static const struct cache_options bad[] = {
		{ .block_bytes = 3000, .n_blocks = 4 },
		{ .block_bytes = 0, .n_blocks = 4 },
		{ .block_bytes = 4096, .n_blocks = 0 },
		{ .block_bytes = 4096, .n_blocks = SIZE_MAX / 8 },
	};
	struct isokit_source *inner, *made = NULL, *src = open_cache(true, &inner);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(bytes_cache_new(inner, &bad[i], &made, NULL), ISOKIT_E_INVALID);
	ck_assert_ptr_null(made);
	isokit_source_close(src);
	ck_assert(!in.closed); /* still the caller's */
	isokit_source_close(inner);
}
END_TEST

static void *reader(void *arg)
{
	struct isokit_source *src = arg;
	uint8_t got[2 * BLOCK];
	uint32_t x = (uint32_t)(uintptr_t)&got;

	for (int i = 0; i < 20000; i++) {
		uint64_t offset;
		size_t length;

		x = x * 1664525 + 1013904223;
		length = 1 + (x >> 8) % (sizeof(got) - 1);
		offset = (x >> 4) % (BYTES - length);
		if (isokit_source_read_at(src, offset, got, length, NULL) ||
		    memcmp(got, in.bytes + offset, length) != 0)
			return arg;
	}
	return NULL;
}

START_TEST(threads_read_at_once)
{
	struct isokit_source *src = open_cache(false, NULL);
	pthread_t threads[4];

	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, reader, src), 0);
	for (size_t i = 0; i < 4; i++) {
		void *bad = src;

		ck_assert_int_eq(pthread_join(threads[i], &bad), 0);
		ck_assert_ptr_null(bad);
	}
	isokit_source_close(src);
}
END_TEST

UNIT(cache)
{
	tcase_add_test(tc, small_reads_share_a_block);
	tcase_add_test(tc, long_reads_go_through);
	tcase_add_test(tc, the_last_block_is_short);
	tcase_add_test(tc, the_oldest_block_makes_room);
	tcase_add_test(tc, errors_are_those_of_the_range_asked);
	tcase_add_test(tc, a_borrowed_source_stays_open);
	tcase_add_test(tc, odd_sizes_are_refused);
	tcase_add_test(tc, threads_read_at_once);
}
