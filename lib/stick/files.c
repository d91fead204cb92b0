/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stick/stick.h"

#include "base/fail.h"

enum isokit_status stick_compose_files(struct isokit_source *image, const struct stick_options *o,
				       struct stick_layout *ret, struct isokit_error *err)
{
	(void)image, (void)o, (void)ret;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "stick",
			   "is not made yet");
}
