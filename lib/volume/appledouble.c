/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volume/appledouble.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"

enum {
	MAGIC = 0x00051607, VERSION_2 = 0x00020000,
	FINDER_INFO = 9, RESOURCE_FORK = 2, /* entry identifiers */
	FINDER_AT = 50, /* behind the header and two entries */
	HEAD_BYTES = FINDER_AT + APPLEDOUBLE_FINDER_BYTES,
};

struct appledouble {
	uint8_t head[HEAD_BYTES];
	struct isokit_source *resource; /* or NULL */
};

bool appledouble_has_finder(const uint8_t finder[APPLEDOUBLE_FINDER_BYTES])
{
	return !all_zero(finder, APPLEDOUBLE_FINDER_BYTES);
}

static enum isokit_status double_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					 struct isokit_error *err)
{
	const struct appledouble *a = self;
	size_t n = offset < HEAD_BYTES ? (size_t)min_u64(length, HEAD_BYTES - offset) : 0;

	if (n)
		memcpy(buffer, a->head + offset, n);
	return n == length ? ISOKIT_OK :
			     isokit_source_read_at(a->resource, offset + n - HEAD_BYTES,
						   (uint8_t *)buffer + n, length - n, err);
}

static void double_locate(void *self, uint64_t offset, uint64_t length,
			  struct isokit_location *ret_location)
{
	const struct appledouble *a = self;

	if (offset >= HEAD_BYTES)
		isokit_source_locate(a->resource, offset - HEAD_BYTES, length, ret_location);
	else
		*ret_location = (struct isokit_location){
			.where = ISOKIT_WHERE_READ,
			.fd = -1,
			.length = min_u64(length, HEAD_BYTES - offset),
		};
}

static void double_close(void *self)
{
	struct appledouble *a = self;

	isokit_source_close(a->resource);
	free(a);
}

static const struct isokit_source_ops double_ops = {
	.size = sizeof(double_ops),
	.read_at = double_read_at,
	.locate = double_locate,
	.close = double_close,
};

static void put_entry(uint8_t *p, uint32_t id, uint32_t offset, uint32_t bytes)
{
	put_be32(p, id);
	put_be32(p + 4, offset);
	put_be32(p + 8, bytes);
}

enum isokit_status appledouble_source(const uint8_t finder[APPLEDOUBLE_FINDER_BYTES],
				      struct isokit_source *resource,
				      struct isokit_source **ret_src, struct isokit_error *err)
{
	uint64_t bytes = resource ? isokit_source_size(resource) : 0;
	struct appledouble *a = calloc(1, sizeof(*a));
	enum isokit_status st;

	if (!a || bytes > UINT32_MAX) {
		isokit_source_close(resource);
		free(a);
		return isokit_fail(err, a ? ISOKIT_E_LIMIT : ISOKIT_E_NOMEM, ISOKIT_NO_OFFSET,
				   "resource fork", a ? "is over 4 GiB" : "no memory for it");
	}
	put_be32(a->head, MAGIC);
	put_be32(a->head + 4, VERSION_2);
	memcpy(a->head + 8, "Mac OS X        ", 16);
	put_be16(a->head + 24, 2);
	put_entry(a->head + 26, FINDER_INFO, FINDER_AT, APPLEDOUBLE_FINDER_BYTES);
	put_entry(a->head + 38, RESOURCE_FORK, HEAD_BYTES, (uint32_t)bytes);
	memcpy(a->head + FINDER_AT, finder, APPLEDOUBLE_FINDER_BYTES);
	a->resource = resource;
	st = isokit_source_new(&double_ops, a, HEAD_BYTES + bytes, "AppleDouble", ret_src, err);
	if (st)
		double_close(a);
	return st;
}
