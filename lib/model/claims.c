/* SPDX-License-Identifier: GPL-3.0-or-later */
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
	(void)img;
	(void)err;
	return ISOKIT_OK;
}
