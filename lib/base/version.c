/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <isokit/isokit.h>

const char *isokit_version(void)
{
	return PACKAGE_VERSION;
}
