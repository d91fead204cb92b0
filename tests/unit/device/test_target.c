/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Targets in memory: what reaches them, and what never does. */
#include "device/target.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

enum { BYTES = 8 * 1024 * 1024, MIB = 1024 * 1024 };

static struct isokit_error err;

struct memory {
	uint8_t bytes[BYTES];
	unsigned writes, zeros, flushes, closed;
	enum isokit_status zero_status;
	uint64_t signature;
};

static enum isokit_status write_at(void *self, uint64_t offset, const void *bytes, size_t n,
				   struct isokit_error *e)
{
	struct memory *m = self;

	(void)e;
	ck_assert_uint_le(offset + n, BYTES);
	ck_assert_uint_eq(offset % 512, 0);
	ck_assert_uint_eq(n % 512, 0);
	ck_assert_uint_eq((uintptr_t)bytes % 512, 0);
	memcpy(m->bytes + offset, bytes, n);
	m->writes++;
	return ISOKIT_OK;
}

static enum isokit_status read_at(void *self, uint64_t offset, void *bytes, size_t n, struct isokit_error *e)
{
	struct memory *m = self;

	(void)e;
	memcpy(bytes, m->bytes + offset, n);
	return ISOKIT_OK;
}

static enum isokit_status zero(void *self, uint64_t offset, uint64_t n, struct isokit_error *e)
{
	struct memory *m = self;

	m->zeros++;
	if (m->zero_status)
		return isokit_fail(e, m->zero_status, offset, "memory", "cannot");
	memset(m->bytes + offset, 0, n);
	return ISOKIT_OK;
}

static enum isokit_status flush(void *self, struct isokit_error *e)
{
	struct memory *m = self;

	(void)e;
	m->flushes++;
	return ISOKIT_OK;
}

static enum isokit_status signatures(void *self, uint64_t *at, size_t *ret_n, struct isokit_error *e)
{
	struct memory *m = self;

	(void)e;
	ck_assert_uint_ge(*ret_n, 3);
	at[0] = 510;
	at[1] = m->signature;
	at[2] = BYTES - 3;
	*ret_n = 3;
	return ISOKIT_OK;
}

static void close_it(void *self)
{
	((struct memory *)self)->closed++;
}

static const struct device_target_ops whole = {
	.size = sizeof(whole), .write_at = write_at, .read_at = read_at, .zero = zero, .flush = flush,
	.signatures = signatures, .close = close_it,
};
static const struct device_target_ops reading = { .size = sizeof(reading), .read_at = read_at, .close = close_it };

static struct memory *memory;
static struct device_target *t;

static void setup(void)
{
	memory = calloc(1, sizeof(*memory));
	memset(memory->bytes, 0xaa, BYTES);
	memory->signature = 3 * MIB + 5000;
	ck_assert_int_eq(device_target_new(&whole, memory, BYTES, 512, "memory", &t, &err), ISOKIT_OK);
}

static void teardown(void)
{
	device_release(t);
	ck_assert_uint_eq(memory->closed, 1);
	free(memory);
}

static bool all_are(uint64_t from, uint64_t to, uint8_t value)
{
	for (uint64_t i = from; i < to; i++)
		if (memory->bytes[i] != value)
			return false;
	return true;
}

START_TEST(takes_whole_sectors_inside_only)
{
	static const struct {
		uint64_t offset;
		size_t n;
	} bad[] = { { 1, 512 }, { 0, 511 }, { BYTES, 512 }, { BYTES - 512, 1024 }, { UINT64_MAX - 511, 512 },
		    { UINT64_MAX - 511, 1024 } };
	static uint8_t buffer[4096] __attribute__((aligned(4096)));

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ck_assert_int_eq(device_write_at(t, bad[i].offset, buffer, bad[i].n, &err), ISOKIT_E_INVALID);
		ck_assert_int_eq(device_read_at(t, bad[i].offset, buffer, bad[i].n, &err), ISOKIT_E_INVALID);
		ck_assert_int_eq(device_zero(t, bad[i].offset, bad[i].n, &err), ISOKIT_E_INVALID);
	}
	ck_assert_uint_eq(memory->writes + memory->zeros, 0);
	ck_assert_int_eq(device_write_at(t, BYTES - 4096, buffer, 4096, &err), ISOKIT_OK);
	ck_assert(all_are(BYTES - 4096, BYTES, 0));
	ck_assert_uint_ge(device_target_align(t), 4096);
	ck_assert_str_eq(device_target_name(t), "memory");
}
END_TEST

START_TEST(writes_zeros_where_the_drive_cannot)
{
	ck_assert_int_eq(device_zero(t, MIB, 2 * MIB, &err), ISOKIT_OK);
	ck_assert_uint_eq(memory->writes, 0);
	ck_assert(all_are(MIB, 3 * MIB, 0));
	memory->zero_status = ISOKIT_E_UNSUPPORTED;
	ck_assert_int_eq(device_zero(t, 4 * MIB, 2 * MIB + 512, &err), ISOKIT_OK);
	ck_assert_uint_gt(memory->writes, 0);
	ck_assert(all_are(4 * MIB, 6 * MIB + 512, 0) && all_are(6 * MIB + 512, BYTES, 0xaa));
	memory->zero_status = ISOKIT_E_IO;
	ck_assert_int_eq(device_zero(t, 0, 512, &err), ISOKIT_E_IO);
}
END_TEST

START_TEST(wipes_both_ends_and_signatures_between)
{
	ck_assert_int_eq(device_wipe(t, &err), ISOKIT_OK);
	ck_assert(all_are(0, MIB, 0));
	ck_assert(all_are(BYTES - MIB, BYTES, 0));
	ck_assert(all_are(3 * MIB + 4096, 3 * MIB + 8192, 0));
	ck_assert(all_are(MIB, 3 * MIB + 4096, 0xaa));
	ck_assert(all_are(3 * MIB + 8192, BYTES - MIB, 0xaa));
	ck_assert_uint_eq(memory->zeros, 0); /* written, not asked for */
	ck_assert_uint_eq(memory->flushes, 1);
}
END_TEST

START_TEST(wipes_what_is_smaller_than_its_ends)
{
	struct memory *small = calloc(1, sizeof(*small));
	struct device_target *s;

	memset(small->bytes, 0xaa, BYTES);
	small->signature = 1024;
	ck_assert_int_eq(device_target_new(&whole, small, MIB + 4096, 4096, "small", &s, &err), ISOKIT_OK);
	ck_assert_int_eq(device_wipe(s, &err), ISOKIT_OK);
	for (size_t i = 0; i < MIB + 4096; i++)
		ck_assert_uint_eq(small->bytes[i], 0);
	ck_assert_uint_eq(small->bytes[MIB + 4096], 0xaa);
	device_release(s);
	free(small);
}
END_TEST

START_TEST(never_writes_what_was_opened_for_reading)
{
	static uint8_t buffer[512] __attribute__((aligned(512)));
	struct memory *m = calloc(1, sizeof(*m));
	struct device_target *r;

	ck_assert_int_eq(device_target_new(&reading, m, BYTES, 512, "r", &r, &err), ISOKIT_OK);
	ck_assert_int_eq(device_read_at(r, 0, buffer, 512, &err), ISOKIT_OK);
	ck_assert_int_eq(device_write_at(r, 0, buffer, 512, &err), ISOKIT_E_INVALID);
	ck_assert_int_eq(device_zero(r, 0, 512, &err), ISOKIT_E_INVALID);
	ck_assert_int_eq(device_wipe(r, &err), ISOKIT_E_INVALID);
	ck_assert_int_eq(device_flush(r, &err), ISOKIT_OK);
	device_release(r);
	free(m);
}
END_TEST

START_TEST(refuses_odd_sectors)
{
	struct device_target *x;

	ck_assert_int_eq(device_target_new(&whole, memory, BYTES, 0, "x", &x, &err), ISOKIT_E_INVALID);
	ck_assert_int_eq(device_target_new(&whole, memory, BYTES, 520, "x", &x, &err), ISOKIT_E_INVALID);
	ck_assert_int_eq(device_target_new(&whole, memory, 1000, 512, "x", &x, &err), ISOKIT_E_INVALID);
	device_release(NULL);
}
END_TEST

UNIT(target)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, takes_whole_sectors_inside_only);
	tcase_add_test(tc, writes_zeros_where_the_drive_cannot);
	tcase_add_test(tc, wipes_both_ends_and_signatures_between);
	tcase_add_test(tc, wipes_what_is_smaller_than_its_ends);
	tcase_add_test(tc, never_writes_what_was_opened_for_reading);
	tcase_add_test(tc, refuses_odd_sectors);
}
