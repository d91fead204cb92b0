/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <isokit/types.h>

const char *isokit_version(void)
{
	return PACKAGE_VERSION;
}
