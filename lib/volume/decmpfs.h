/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contents that Mac OS compresses behind programs' backs: the attribute
 * "com.apple.decmpfs" says how, and has them, or the resource fork does. HFS+ and APFS. */
#ifndef VOLUME_DECMPFS_H
#define VOLUME_DECMPFS_H

#include "volume/units.h"

/* The content as a source. `resource` is taken, also on failure; NULL: there is none.
 * ISOKIT_E_UNSUPPORTED: a compression that is not known; ISOKIT_E_CORRUPT. */
enum isokit_status decmpfs_source(struct units *units, const uint8_t *attribute, size_t bytes,
				  struct isokit_source *resource, struct isokit_source **ret_src,
				  struct isokit_error *err);

#endif
