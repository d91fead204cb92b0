/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stick/ext.h"

#include "base/fail.h"

enum isokit_status ext_compose(struct composer *c, const struct ext_options *o,
			       struct isokit_error *err)
{
	(void)c, (void)o;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "ext4",
			   "is not made yet");
}
