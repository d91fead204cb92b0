/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTHOR_OUTPUT_H
#define AUTHOR_OUTPUT_H

#include <isokit/error.h>

/* May what is at this path be replaced by an image without force? Nothing, an empty file
 * and another ISO 9660 image may; all else is ISOKIT_E_EXISTS. */
enum isokit_status output_check_old(const char *path, struct isokit_error *err);

#endif
