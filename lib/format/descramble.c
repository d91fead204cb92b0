/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/descramble.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "ondisk/cdsector.h"

enum { MAX_SECTOR_BYTES = 4096, SCRAMBLED_BYTES = ONDISK_CD_RAW_BYTES - ONDISK_CD_SYNC_BYTES };

struct descramble {
	struct isokit_source *inner;
	uint64_t at;
	uint32_t sector_bytes;
	uint8_t table[SCRAMBLED_BYTES];
};

static enum isokit_status descramble_read_at(void *self, uint64_t offset, void *buffer,
					     size_t length, struct isokit_error *err)
{
	const struct descramble *d = self;
	uint8_t sector[MAX_SECTOR_BYTES], *out = buffer;

	while (length) {
		uint64_t index = offset / d->sector_bytes;
		size_t within = (size_t)(offset % d->sector_bytes);
		size_t n = (size_t)min_u64(length, d->sector_bytes - within);
		enum isokit_status st;

		st = isokit_source_read_at(d->inner, d->at + index * d->sector_bytes, sector,
					   d->sector_bytes, err);
		if (st)
			return st;
		if (ondisk_cd_is_sync(sector, d->sector_bytes))
			for (size_t i = 0; i < SCRAMBLED_BYTES; i++)
				sector[ONDISK_CD_SYNC_BYTES + i] ^= d->table[i];
		memcpy(out, sector + within, n);
		out += n;
		offset += n;
		length -= n;
	}
	return ISOKIT_OK;
}

static const struct isokit_source_ops descramble_ops = {
	.size = sizeof(descramble_ops),
	.read_at = descramble_read_at,
	.close = free,
};

enum isokit_status descramble_new(struct isokit_source *inner, uint64_t at, uint64_t sectors,
				  uint32_t sector_bytes, struct isokit_source **ret_src,
				  struct isokit_error *err)
{
	const char *name = isokit_source_name(inner);
	enum isokit_status st;
	struct descramble *d;
	uint64_t bytes;

	if (sector_bytes < ONDISK_CD_RAW_BYTES || sector_bytes > MAX_SECTOR_BYTES ||
	    !mul_u64(sectors, sector_bytes, &bytes) ||
	    !range_inside(at, bytes, isokit_source_size(inner)))
		return isokit_fail(err, ISOKIT_E_INVALID, at, name, "has no such sectors");
	d = malloc(sizeof(*d));
	if (!d)
		return isokit_fail_nomem(err, name, sizeof(*d));
	d->inner = inner;
	d->at = at;
	d->sector_bytes = sector_bytes;
	ondisk_cd_scrambler(d->table);
	st = isokit_source_new(&descramble_ops, d, bytes, name, ret_src, err);
	if (st)
		free(d);
	return st;
}
