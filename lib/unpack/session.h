/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A later session of a disc, as a mount with its address shows it. */
#ifndef UNPACK_SESSION_H
#define UNPACK_SESSION_H

#include <isokit/source.h>

/* The sectors of `disc` (borrowed), but from sector 16 on the volume descriptors of the
 * session that begins at sector `lba`. */
enum isokit_status unpack_session_open(struct isokit_source *disc, uint64_t lba,
				       struct isokit_source **ret_src, struct isokit_error *err);

#endif
