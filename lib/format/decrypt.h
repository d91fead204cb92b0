/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain bytes of an encrypted disk image of Apple, for files and for bundles. */
#ifndef FORMAT_DECRYPT_H
#define FORMAT_DECRYPT_H

#include "format/medium_impl.h"
#include "ondisk/dmgcrypt.h"

struct decrypt;

/* Try the medium's password on a header. ISOKIT_E_UNSUPPORTED: there is none, or the image
 * cannot be opened with one; ISOKIT_E_MISMATCH: it is wrong. */
enum isokit_status decrypt_unlock(struct isokit_medium *m, const struct ondisk_dmgcrypt *head,
				  struct decrypt **ret, struct isokit_error *err);

/* The plain bytes of `inner` (borrowed), of which data_bytes begin at data_offset. Takes
 * `d` on success. */
enum isokit_status decrypt_source(struct decrypt *d, struct isokit_source *inner,
				  uint64_t data_offset, uint64_t data_bytes,
				  struct isokit_source **ret_src, struct isokit_error *err);

void decrypt_free(struct decrypt *d); /* NULL is allowed */

#endif
