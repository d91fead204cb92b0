/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/impl.h"

enum isokit_status model_udf(struct isokit_image *img, struct isokit_error *err)
{
	(void)img;
	(void)err;
	return ISOKIT_OK;
}
