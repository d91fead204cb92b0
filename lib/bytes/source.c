/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dispatch, bounds, all-or-error reads: the one door to bytes. */
#include "bytes/source.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"

struct isokit_source {
	const struct isokit_source_ops *ops;
	void *self;
	uint64_t size;
	char *name;
	atomic_uint_fast64_t bytes_read, reads;
};

/* Does the caller's struct, possibly of an older release, have this member? */
#define HAS(ops, member) \
	((ops)->size >= offsetof(struct isokit_source_ops, member) + sizeof((ops)->member) && \
	 (ops)->member)

enum isokit_status isokit_source_new(const struct isokit_source_ops *ops, void *self,
				     uint64_t size_bytes, const char *name,
				     struct isokit_source **ret_src, struct isokit_error *err)
{
	struct isokit_source *src;

	if (!HAS(ops, read_at))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, name,
				   "a source needs a read_at operation");
	src = calloc(1, sizeof(*src));
	if (!src)
		return isokit_fail_nomem(err, name, sizeof(*src));
	src->name = strdup(name ? name : "");
	if (!src->name) {
		free(src);
		return isokit_fail_nomem(err, name, name ? strlen(name) + 1 : 1);
	}
	src->ops = ops;
	src->self = self;
	src->size = size_bytes;
	*ret_src = src;
	return ISOKIT_OK;
}

void isokit_source_close(struct isokit_source *src)
{
	if (!src)
		return;
	if (HAS(src->ops, close))
		src->ops->close(src->self);
	free(src->name);
	free(src);
}

void *bytes_self(const struct isokit_source *src, const struct isokit_source_ops *ops)
{
	return src->ops == ops ? src->self : NULL;
}

bool isokit_source_is_url(const char *path)
{
	return ascii_begins_nocase(path, "http://") ||
	       ascii_begins_nocase(path, "https://");
}

uint64_t isokit_source_size(const struct isokit_source *src)
{
	return src->size;
}

const char *isokit_source_name(const struct isokit_source *src)
{
	return src->name;
}

enum isokit_status isokit_source_read_at(struct isokit_source *src, uint64_t offset, void *buffer,
					 size_t length, struct isokit_error *err)
{
	if (!range_inside(offset, length, src->size))
		return isokit_fail(err, ISOKIT_E_SHORT, offset, src->name,
				   "ends at byte %llu, before the %zu bytes at %llu",
				   (unsigned long long)src->size, length,
				   (unsigned long long)offset);
	if (length == 0)
		return ISOKIT_OK;
	atomic_fetch_add_explicit(&src->reads, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&src->bytes_read, length, memory_order_relaxed);
	return src->ops->read_at(src->self, offset, buffer, length, err);
}

void isokit_source_locate(struct isokit_source *src, uint64_t offset, uint64_t length,
			  struct isokit_location *ret_location)
{
	if (HAS(src->ops, locate)) {
		src->ops->locate(src->self, offset, length, ret_location);
		return;
	}
	*ret_location = (struct isokit_location){ .where = ISOKIT_WHERE_READ, .fd = -1,
						  .length = length };
}

void isokit_source_traffic(const struct isokit_source *src, uint64_t *ret_bytes,
			   uint64_t *ret_reads)
{
	*ret_bytes = atomic_load_explicit(&src->bytes_read, memory_order_relaxed);
	*ret_reads = atomic_load_explicit(&src->reads, memory_order_relaxed);
}
