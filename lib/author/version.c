/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <isokit/author.h>
#include <isokit/isokit.h>

const char *isokit_build_version(void)
{
	return isokit_version();
}
