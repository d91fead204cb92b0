/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Part of another source. */
#include <stdlib.h>

#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"

struct slice {
	struct isokit_source *inner;
	uint64_t start;
	bool borrowed; /* inner is somebody else's to close */
};

static enum isokit_status slice_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					struct isokit_error *err)
{
	const struct slice *s = self;

	return isokit_source_read_at(s->inner, s->start + offset, buffer, length, err);
}

static void slice_locate(void *self, uint64_t offset, uint64_t length,
			 struct isokit_location *ret_location)
{
	const struct slice *s = self;

	isokit_source_locate(s->inner, s->start + offset, length, ret_location);
}

static void slice_close(void *self)
{
	struct slice *s = self;

	if (!s->borrowed)
		isokit_source_close(s->inner);
	free(s);
}

static const struct isokit_source_ops slice_ops = {
	.size = sizeof(slice_ops),
	.read_at = slice_read_at,
	.locate = slice_locate,
	.close = slice_close,
};

static enum isokit_status make_slice(struct isokit_source *inner, uint64_t offset, uint64_t length,
				     bool borrowed, struct isokit_source **ret_src,
				     struct isokit_error *err)
{
	enum isokit_status st;
	struct slice *s;

	if (!range_inside(offset, length, isokit_source_size(inner)))
		return isokit_fail(err, ISOKIT_E_INVALID, offset, isokit_source_name(inner),
				   "has no %llu bytes at %llu", (unsigned long long)length,
				   (unsigned long long)offset);
	s = malloc(sizeof(*s));
	if (!s)
		return isokit_fail_nomem(err, isokit_source_name(inner), sizeof(*s));
	*s = (struct slice){.inner = inner, .start = offset, .borrowed = borrowed};
	st = isokit_source_new(&slice_ops, s, length, isokit_source_name(inner), ret_src, err);
	if (st)
		free(s);
	return st;
}

enum isokit_status isokit_source_slice(struct isokit_source *inner, uint64_t offset,
				       uint64_t length, struct isokit_source **ret_src,
				       struct isokit_error *err)
{
	return make_slice(inner, offset, length, false, ret_src, err);
}

enum isokit_status bytes_view(struct isokit_source *inner, uint64_t offset, uint64_t length,
			      struct isokit_source **ret_src, struct isokit_error *err)
{
	return make_slice(inner, offset, length, true, ret_src, err);
}
