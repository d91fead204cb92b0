/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes of an image, from its beginning on, and a place for them. */
#include <stdlib.h>

#include "base/checked.h"
#include "base/fail.h"
#include "model/impl.h"

static enum isokit_status read_from(struct isokit_source *src, const struct isokit_image *img,
				    uint64_t offset, void *buffer, size_t length,
				    struct isokit_error *err)
{
	uint64_t at;

	if (!add_u64(img->start, offset, &at))
		return isokit_fail(err, ISOKIT_E_SHORT, offset, img->facts.path,
				   "byte %llu is out of reach", (unsigned long long)offset);
	return isokit_source_read_at(src, at, buffer, length, err);
}

enum isokit_status model_read(struct isokit_image *img, uint64_t offset, void *buffer,
			      size_t length, struct isokit_error *err)
{
	return read_from(img->src, img, offset, buffer, length, err);
}

enum isokit_status model_peek(struct isokit_image *img, uint64_t offset, void *buffer,
			      size_t length, struct isokit_error *err)
{
	return read_from(img->direct, img, offset, buffer, length, err);
}

uint8_t *model_scratch(struct isokit_image *img, struct isokit_error *err)
{
	if (!img->scratch)
		img->scratch = malloc(MODEL_SCRATCH_BYTES);
	if (!img->scratch)
		(void)isokit_fail_nomem(err, img->facts.path, MODEL_SCRATCH_BYTES);
	return img->scratch;
}
