/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device/target.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"

enum {
	ALIGN = 4096, /* of buffers: what direct reading and writing may want */
	END_BYTES = 1024 * 1024, /* that are wiped at both ends */
	SIGNATURE_BYTES = 4096, /* that are wiped where a signature is found */
	MAX_SIGNATURES = 64,
	ZERO_BYTES = 1024 * 1024, /* written at once where the drive cannot zero itself */
};

struct device_target {
	const struct device_target_ops *ops;
	void *self;
	uint64_t bytes;
	uint32_t sector;
	char name[];
};

enum isokit_status device_target_new(const struct device_target_ops *ops, void *self,
				     uint64_t bytes, uint32_t sector, const char *name,
				     struct device_target **ret, struct isokit_error *err)
{
	size_t n = strlen(name) + 1;
	struct device_target *t;

	if (sector < 512 || sector > 65536 || (sector & (sector - 1)) || bytes % sector)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, name,
				   "has sectors of %u bytes, which do not divide its %llu bytes",
				   sector, (unsigned long long)bytes);
	t = malloc(sizeof(*t) + n);
	if (!t)
		return isokit_fail_nomem(err, name, sizeof(*t) + n);
	*t = (struct device_target){ .ops = ops, .self = self, .bytes = bytes, .sector = sector };
	memcpy(t->name, name, n);
	*ret = t;
	return ISOKIT_OK;
}

void device_release(struct device_target *t)
{
	if (!t)
		return;
	if (t->ops->close)
		t->ops->close(t->self);
	free(t);
}

uint64_t device_target_bytes(const struct device_target *t)
{
	return t->bytes;
}

uint32_t device_target_sector(const struct device_target *t)
{
	return t->sector;
}

size_t device_target_align(const struct device_target *t)
{
	return t->sector > ALIGN ? t->sector : ALIGN;
}

const char *device_target_name(const struct device_target *t)
{
	return t->name;
}

static enum isokit_status check(const struct device_target *t, uint64_t offset, uint64_t n,
				const char *what, struct isokit_error *err)
{
	if (range_inside(offset, n, t->bytes) && offset % t->sector == 0 && n % t->sector == 0)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_INVALID, offset, t->name,
			   "%s of %llu bytes at byte %llu: not whole sectors inside of its %llu bytes",
			   what, (unsigned long long)n, (unsigned long long)offset,
			   (unsigned long long)t->bytes);
}

static enum isokit_status read_only(const struct device_target *t, struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, t->name,
			   "was opened for reading only");
}

enum isokit_status device_write_at(struct device_target *t, uint64_t offset, const void *bytes,
				   size_t n, struct isokit_error *err)
{
	enum isokit_status st = check(t, offset, n, "writing", err);

	if (st || n == 0)
		return st;
	return t->ops->write_at ? t->ops->write_at(t->self, offset, bytes, n, err) :
				  read_only(t, err);
}

enum isokit_status device_read_at(struct device_target *t, uint64_t offset, void *bytes,
				  size_t n, struct isokit_error *err)
{
	enum isokit_status st = check(t, offset, n, "reading", err);

	return st || n == 0 ? st : t->ops->read_at(t->self, offset, bytes, n, err);
}

static enum isokit_status write_zeros(struct device_target *t, uint64_t offset, uint64_t n,
				      struct isokit_error *err)
{
	size_t room = (size_t)min_u64(n, ZERO_BYTES);
	enum isokit_status st = ISOKIT_OK;
	void *zeros = NULL;

	if (!t->ops->write_at)
		return read_only(t, err);
	if (posix_memalign(&zeros, device_target_align(t), room) != 0)
		return isokit_fail_nomem(err, t->name, room);
	memset(zeros, 0, room);
	while (st == ISOKIT_OK && n) {
		size_t now = (size_t)min_u64(n, room);

		st = t->ops->write_at(t->self, offset, zeros, now, err);
		offset += now;
		n -= now;
	}
	free(zeros);
	return st;
}

enum isokit_status device_zero(struct device_target *t, uint64_t offset, uint64_t n,
			       struct isokit_error *err)
{
	enum isokit_status st = check(t, offset, n, "zeroing", err);

	if (st || n == 0)
		return st;
	if (t->ops->write_at && t->ops->zero) {
		st = t->ops->zero(t->self, offset, n, err);
		if (st != ISOKIT_E_UNSUPPORTED)
			return st;
	}
	return write_zeros(t, offset, n, err);
}

enum isokit_status device_flush(struct device_target *t, struct isokit_error *err)
{
	return t->ops->flush ? t->ops->flush(t->self, err) : ISOKIT_OK;
}

enum isokit_status device_reread(struct device_target *t, struct isokit_error *err)
{
	return t->ops->reread ? t->ops->reread(t->self, err) : ISOKIT_OK;
}

enum isokit_status device_still_there(struct device_target *t, struct isokit_error *err)
{
	return t->ops->still_there ? t->ops->still_there(t->self, err) : ISOKIT_OK;
}

/* The ends are written, not zeroed by the drive: some forget that they were asked. */
enum isokit_status device_wipe(struct device_target *t, struct isokit_error *err)
{
	uint64_t end = min_u64(round_up(END_BYTES, t->sector), t->bytes);
	uint64_t last = max_u64(end, t->bytes - end);
	uint64_t at[MAX_SIGNATURES];
	size_t n = MAX_SIGNATURES;
	enum isokit_status st;

	if (!t->ops->write_at)
		return read_only(t, err);
	if (!t->ops->signatures)
		n = 0;
	else {
		st = t->ops->signatures(t->self, at, &n, err);
		if (st)
			return st;
	}
	st = write_zeros(t, 0, end, err);
	if (st == ISOKIT_OK && last < t->bytes)
		st = write_zeros(t, last, t->bytes - last, err);
	for (size_t i = 0; i < n && st == ISOKIT_OK; i++) {
		uint64_t from = at[i] - at[i] % max_u64(SIGNATURE_BYTES, t->sector);
		uint64_t to = min_u64(from + max_u64(SIGNATURE_BYTES, t->sector), t->bytes);

		if (from >= end && to <= last)
			st = write_zeros(t, from, to - from, err);
		else if (at[i] >= end && at[i] < last)
			st = write_zeros(t, max_u64(from, end), min_u64(to, last) - max_u64(from, end), err);
	}
	return st ? st : device_flush(t, err);
}
