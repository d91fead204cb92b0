/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes in memory: tests and generated sectors. */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "bytes/source.h"

static enum isokit_status memory_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					 struct isokit_error *err)
{
	const uint8_t *const *bytes = self;

	(void)err; /* the range was checked at the door */
	memcpy(buffer, *bytes + offset, length);
	return ISOKIT_OK;
}

static const struct isokit_source_ops memory_ops = {
	.size = sizeof(memory_ops),
	.read_at = memory_read_at,
	.close = free,
};

enum isokit_status isokit_source_from_memory(const void *bytes, size_t length, const char *name,
					     struct isokit_source **ret_src,
					     struct isokit_error *err)
{
	const void **self = malloc(sizeof(*self));
	enum isokit_status st;

	if (!self)
		return isokit_fail_nomem(err, name, sizeof(*self));
	*self = bytes;
	st = isokit_source_new(&memory_ops, self, length, name, ret_src, err);
	if (st)
		free(self);
	return st;
}
