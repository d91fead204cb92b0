/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <isokit/types.h>

const char *isokit_build_version(void);

const char *isokit_build_version(void)
{
	return isokit_version();
}
