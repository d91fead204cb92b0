/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "format/chunks.h"

enum { BYTES = 4096, CHUNKS = 40, SIZE = BYTES * CHUNKS };

/* Chunk i expands to bytes of i; every fourth is zeros, every fifth lies in the file. */
struct made {
	struct chunk table[CHUNKS];
	atomic_uint expanded;
	unsigned bad; /* this one cannot be expanded */
	bool replace; /* and then something else stands for it */
	atomic_uint told;
	bool closed;
};

static enum isokit_status expand(void *self, struct chunks *chunks, const struct chunk *c,
				 uint8_t *out, struct isokit_error *err)
{
	struct made *m = self;

	(void)chunks;
	atomic_fetch_add(&m->expanded, 1);
	if (c->tag == m->bad)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 0, "test", "is bad");
	memset(out, (int)c->tag, (size_t)c->bytes);
	return ISOKIT_OK;
}

static bool damaged(void *self, const struct chunk *c, const struct isokit_error *why)
{
	struct made *m = self;

	ck_assert_uint_eq(c->tag, m->bad);
	ck_assert_str_eq(why->text, "is bad");
	atomic_fetch_add(&m->told, 1);
	return m->replace;
}

static void closed(void *self)
{
	((struct made *)self)->closed = true;
}

static uint8_t file[SIZE];

static void open_made(struct made *m, struct isokit_source **ret_inner, struct isokit_source **ret)
{
	struct chunks_options o = { .name = "chunks", .size = SIZE, .max_bytes = BYTES,
				    .table = m->table, .n_chunks = 0, .expand = expand,
				    .damaged = damaged, .close = closed, .self = m };
	size_t n = 0;

	for (unsigned i = 0; i < CHUNKS; i++) {
		memset(file + i * BYTES, (int)i, BYTES);
		if (i % 4 == 3)
			continue; /* not in the table: zeros */
		m->table[n++] = (struct chunk){ .start = (uint64_t)i * BYTES, .bytes = BYTES, .tag = i,
						.kind = i % 5 == 4 ? CHUNK_STORED : CHUNK_PACKED,
						.from = (uint64_t)i * BYTES };
	}
	o.n_chunks = n;
	ck_assert_int_eq(isokit_source_from_memory(file, SIZE, "file", ret_inner, NULL), ISOKIT_OK);
	ck_assert_int_eq(chunks_new(*ret_inner, &o, ret, NULL), ISOKIT_OK);
}

static uint8_t byte_at(uint64_t at)
{
	unsigned i = (unsigned)(at / BYTES);

	return i % 4 == 3 ? 0 : (uint8_t)i;
}

static void check(struct isokit_source *src, uint64_t at, size_t n)
{
	uint8_t *got = malloc(n + 1);

	got[n] = 0xee;
	ck_assert_int_eq(isokit_source_read_at(src, at, got, n, NULL), ISOKIT_OK);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(got[i], byte_at(at + i));
	ck_assert_uint_eq(got[n], 0xee);
	free(got);
}

START_TEST(any_range_reads_right)
{
	struct made m = { .bad = CHUNKS };
	struct isokit_source *inner, *src;

	open_made(&m, &inner, &src);
	check(src, 0, SIZE);
	for (uint64_t at = 0; at + 9000 < SIZE; at += 1511)
		check(src, at, 9000);
	check(src, SIZE - 1, 1);
	isokit_source_close(src);
	ck_assert(m.closed);
	isokit_source_close(inner);
}
END_TEST

START_TEST(a_chunk_is_expanded_once)
{
	struct made m = { .bad = CHUNKS };
	struct isokit_source *inner, *src;

	open_made(&m, &inner, &src);
	for (unsigned i = 0; i < BYTES; i += 64)
		check(src, i, 64);
	ck_assert_uint_eq(atomic_load(&m.expanded), 1);
	isokit_source_close(src);
	isokit_source_close(inner);
}
END_TEST

START_TEST(places_are_told)
{
	struct made m = { .bad = CHUNKS };
	struct isokit_source *inner, *src;
	struct isokit_location where;

	open_made(&m, &inner, &src);
	isokit_source_locate(src, 3 * BYTES + 10, SIZE - 4 * BYTES, &where);
	ck_assert_int_eq(where.where, ISOKIT_WHERE_ZEROS);
	ck_assert_uint_eq(where.length, BYTES - 10);
	/* Work is divided at the borders of chunks. */
	isokit_source_locate(src, 10, 3 * BYTES, &where);
	ck_assert_int_eq(where.where, ISOKIT_WHERE_READ);
	ck_assert_uint_eq(where.length, BYTES - 10);
	isokit_source_close(src);
	isokit_source_close(inner);
}
END_TEST

START_TEST(a_bad_chunk_spoils_no_other)
{
	struct made m = { .bad = 6 };
	struct isokit_source *inner, *src;
	struct isokit_error err;
	uint8_t got[BYTES];

	open_made(&m, &inner, &src);
	check(src, 0, 6 * BYTES);
	ck_assert_int_eq(isokit_source_read_at(src, 6 * BYTES + 5, got, 7, &err), ISOKIT_E_CORRUPT);
	ck_assert_uint_eq(err.offset, 6 * BYTES);
	ck_assert_ptr_nonnull(strstr(err.text, "is bad"));
	ck_assert_int_eq(isokit_source_read_at(src, 6 * BYTES, got, BYTES, NULL), ISOKIT_E_CORRUPT);
	check(src, 7 * BYTES, SIZE - 7 * BYTES);
	m.replace = true;
	ck_assert_int_eq(isokit_source_read_at(src, 6 * BYTES, got, BYTES, NULL), ISOKIT_OK);
	ck_assert_uint_eq(got[0], 0);
	ck_assert_uint_eq(atomic_load(&m.told), 3);
	isokit_source_close(src);
	isokit_source_close(inner);
}
END_TEST

static struct isokit_source *shared;

static void *read_all(void *arg)
{
	unsigned seed = *(unsigned *)arg;

	for (unsigned i = 0; i < 2000; i++) {
		uint64_t at;
		uint8_t got[700];

		seed = seed * 1103515245 + 12345;
		at = seed / 7 % (SIZE - sizeof(got));
		if (isokit_source_read_at(shared, at, got, sizeof(got), NULL))
			return arg;
		for (size_t k = 0; k < sizeof(got); k++)
			if (got[k] != byte_at(at + k))
				return arg;
	}
	return NULL;
}

START_TEST(threads_share_the_cache)
{
	unsigned seeds[6] = { 1, 2, 3, 4, 5, 6 };
	struct made m = { .bad = CHUNKS };
	struct isokit_source *inner;
	pthread_t threads[6];

	open_made(&m, &inner, &shared);
	for (size_t i = 0; i < 6; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_all, &seeds[i]), 0);
	for (size_t i = 0; i < 6; i++) {
		void *bad;

		ck_assert_int_eq(pthread_join(threads[i], &bad), 0);
		ck_assert_ptr_null(bad);
	}
	isokit_source_close(shared);
	isokit_source_close(inner);
}
END_TEST

START_TEST(a_table_must_be_in_order)
{
	struct chunk table[2] = { { .start = 0, .bytes = 100 }, { .start = 99, .bytes = 100 } };
	struct chunks_options o = { .name = "x", .size = 1000, .table = table, .n_chunks = 2 };
	struct isokit_source *src;

	ck_assert_int_eq(chunks_new(NULL, &o, &src, NULL), ISOKIT_E_CORRUPT);
	table[1].start = 950;
	ck_assert_int_eq(chunks_new(NULL, &o, &src, NULL), ISOKIT_E_CORRUPT);
	table[1].start = UINT64_MAX - 10;
	ck_assert_int_eq(chunks_new(NULL, &o, &src, NULL), ISOKIT_E_CORRUPT);
	table[1].start = 900;
	ck_assert_int_eq(chunks_new(NULL, &o, &src, NULL), ISOKIT_OK);
	isokit_source_close(src);
}
END_TEST

UNIT(chunks)
{
	tcase_add_test(tc, any_range_reads_right);
	tcase_add_test(tc, a_chunk_is_expanded_once);
	tcase_add_test(tc, places_are_told);
	tcase_add_test(tc, a_bad_chunk_spoils_no_other);
	tcase_add_test(tc, threads_share_the_cache);
	tcase_add_test(tc, a_table_must_be_in_order);
}
