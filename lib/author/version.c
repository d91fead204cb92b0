/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <isokit/author.h>

const char *isokit_build_version(void)
{
	return PACKAGE_VERSION;
}
