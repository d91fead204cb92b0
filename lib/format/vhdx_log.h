/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log of a VHDX that was not closed in order. */
#ifndef FORMAT_VHDX_LOG_H
#define FORMAT_VHDX_LOG_H

#include "format/medium_impl.h"
#include "ondisk/vhdx.h"

/* The file as it would be with its log replayed; nothing is written. Kept by the medium.
 * `*ret_src` stays `src` where the log has nothing that counts. ISOKIT_E_CORRUPT: the log
 * cannot be what it should. */
enum isokit_status vhdx_log_replay(struct isokit_medium *m, struct isokit_source *src,
				   const struct ondisk_vhdx_header *h,
				   struct isokit_source **ret_src, unsigned *ret_entries,
				   struct isokit_error *err);

#endif
