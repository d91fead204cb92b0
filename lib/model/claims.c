/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long the image must be by what its structures say. */
#include "model/impl.h"

void model_expect(struct isokit_image *img, uint64_t end_bytes, const char *what)
{
	if (end_bytes <= img->facts.expected.bytes)
		return;
	img->facts.expected.bytes = end_bytes;
	img->facts.expected.what = what;
}

enum isokit_status model_claims(struct isokit_image *img, struct isokit_error *err)
{
	struct isokit_expected *e = &img->facts.expected;

	(void)err;
	e->complete = img->facts.size >= e->bytes;
	if (!e->complete)
		model_find(img, ISOKIT_F_IMAGE_TRUNCATED, img->facts.size,
			   e->bytes - img->facts.size, e->what, img->facts.size, e->bytes);
	return ISOKIT_OK;
}
