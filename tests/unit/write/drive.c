/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "drive.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"

void drive_make(struct drive *d, uint64_t size)
{
	memset(d, 0, sizeof(*d));
	d->bytes = malloc(size);
	d->size = size;
	d->sector = 512;
	memset(d->lowest, 0xff, sizeof(d->lowest));
	for (uint64_t i = 0; i < size; i++)
		d->bytes[i] = (uint8_t)(i * 7 + i / 251);
	pthread_mutex_init(&d->lock, NULL);
}

void drive_free(struct drive *d)
{
	pthread_mutex_destroy(&d->lock);
	free(d->bytes);
}

/* One sector. */
static void write_sector(struct drive *d, uint64_t at, const uint8_t *bytes)
{
	if (d->keeps && at >= d->keeps)
		return;
	if (d->blank && at >= d->blank)
		return;
	if (d->real)
		at %= d->real;
	memcpy(d->bytes + at, bytes, d->sector);
}

static void check_aligned(const struct drive *d, uint64_t offset, const void *bytes, size_t n)
{
	ck_assert_uint_eq(offset % d->sector, 0);
	ck_assert_uint_eq(n % d->sector, 0);
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_le(offset + n, d->size);
	ck_assert_uint_eq((uintptr_t)bytes % 512, 0);
}

static enum isokit_status on_write(void *self, uint64_t offset, const void *bytes, size_t n,
				   struct isokit_error *err)
{
	struct drive *d = self;
	int number = atomic_fetch_add(&d->writes, 1) + 1;

	check_aligned(d, offset, bytes, n);
	for (int i = 0; i < 15000 && number > 2 && d->hold && d->hold(d->hold_ctx); i++)
		usleep(1000);
	if (d->fail_write && number >= d->fail_write)
		return isokit_fail_errno(err, d->write_errno ? d->write_errno : EIO, "drive",
					 "cannot be written");
	pthread_mutex_lock(&d->lock);
	atomic_store(&d->dirty, true);
	for (size_t i = 0; i < n; i += d->sector)
		write_sector(d, offset + i, (const uint8_t *)bytes + i);
	if (offset == 0)
		d->first_write_at = number;
	if (atomic_load(&d->flushes) < DRIVE_FLUSHES && offset < d->lowest[atomic_load(&d->flushes)])
		d->lowest[atomic_load(&d->flushes)] = offset;
	pthread_mutex_unlock(&d->lock);
	return ISOKIT_OK;
}

static enum isokit_status on_read(void *self, uint64_t offset, void *bytes, size_t n,
				  struct isokit_error *err)
{
	struct drive *d = self;
	int number = atomic_fetch_add(&d->reads, 1) + 1;
	uint8_t *to = bytes;

	check_aligned(d, offset, bytes, n);
	if (d->fail_read && number >= d->fail_read)
		return isokit_fail_errno(err, d->read_errno ? d->read_errno : EIO, "drive",
					 "cannot be read");
	pthread_mutex_lock(&d->lock);
	if (d->before_read && atomic_load(&d->flushes)) {
		void (*call)(struct drive *) = d->before_read;

		d->before_read = NULL;
		call(d);
	}
	for (size_t i = 0; i < n; i++) {
		uint64_t at = offset + i;

		to[i] = d->blank && at >= d->blank ? 0 : d->bytes[d->real ? at % d->real : at];
		if (d->flip && at == d->flip)
			to[i] ^= 0x10;
		if (d->noisy && at >= d->noisy && at % 4099 == 0)
			to[i] = (uint8_t)((unsigned)atomic_fetch_add(&d->noise, 1) * 2654435761u >> 13);
	}
	pthread_mutex_unlock(&d->lock);
	return ISOKIT_OK;
}

static enum isokit_status on_zero(void *self, uint64_t offset, uint64_t n, struct isokit_error *err)
{
	struct drive *d = self;

	if (d->no_zero)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "drive", "cannot");
	atomic_fetch_add(&d->zeros, 1);
	pthread_mutex_lock(&d->lock);
	for (uint64_t i = 0; i < n && !d->lies_zero; i += d->sector) {
		static const uint8_t zeros[4096];

		write_sector(d, offset + i, zeros);
	}
	pthread_mutex_unlock(&d->lock);
	return ISOKIT_OK;
}

static enum isokit_status on_flush(void *self, struct isokit_error *err)
{
	struct drive *d = self;

	(void)err;
	atomic_fetch_add(&d->flushes, 1);
	atomic_store(&d->dirty, false);
	return ISOKIT_OK;
}

struct device_target *drive_target(struct drive *d)
{
	static const struct device_target_ops ops = {
		.size = sizeof(ops), .write_at = on_write, .read_at = on_read, .zero = on_zero,
		.flush = on_flush,
	};
	struct device_target *t;

	ck_assert_int_eq(device_target_new(&ops, d, d->size, d->sector, "drive", &t, NULL),
			 ISOKIT_OK);
	return t;
}
