/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BYTES_SOURCE_H
#define BYTES_SOURCE_H

#include <isokit/source.h>

/* isokit_source_from_fd() over a descriptor that is the source's from now on: it is
 * closed with it, or here when there is no source. */
enum isokit_status bytes_take_fd(int fd, const char *name, struct isokit_source **ret_src,
				 struct isokit_error *err);

#endif
