/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sectors as they are on a disc, scrambled, made readable. */
#ifndef FORMAT_DESCRAMBLE_H
#define FORMAT_DESCRAMBLE_H

#include <isokit/source.h>

/* `sectors` sectors from byte `at` of `inner` (borrowed) on, descrambled where they have a sync
 * pattern; what is behind 2352 bytes of one stays as it is. */
enum isokit_status descramble_new(struct isokit_source *inner, uint64_t at, uint64_t sectors,
				  uint32_t sector_bytes, struct isokit_source **ret_src,
				  struct isokit_error *err);

#endif
