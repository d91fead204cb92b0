/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AppleDouble (RFC 1740): what Mac OS keeps of a file on systems that have no forks, as
 * "._name" beside it. */
#ifndef VOLUME_APPLEDOUBLE_H
#define VOLUME_APPLEDOUBLE_H

#include "bytes/source.h"

enum { APPLEDOUBLE_FINDER_BYTES = 32 };

/* Is there anything in the Finder's information? */
bool appledouble_has_finder(const uint8_t finder[APPLEDOUBLE_FINDER_BYTES]);

/* The file; the resource fork may be NULL, and is taken, also on failure. */
enum isokit_status appledouble_source(const uint8_t finder[APPLEDOUBLE_FINDER_BYTES],
				      struct isokit_source *resource,
				      struct isokit_source **ret_src, struct isokit_error *err);

#endif
