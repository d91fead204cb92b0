/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where contents came to lie, and their hashes: what is kept of a layout when it
 * is gone. By index of the payload, which is node->id of a regular file. */
#ifndef AUTHOR_FILES_H
#define AUTHOR_FILES_H

#include "author/layout.h"

enum { FILES_SHA256_BYTES = 32 };

struct files {
	uint64_t *lba;              /* LAYOUT_NO_LBA: nowhere */
	uint8_t (*sha256)[FILES_SHA256_BYTES]; /* of what is stored; NULL: not hashed */
	size_t n;
};

/* Take the places over; `facts` (may be NULL) know those of the boot images. */
enum isokit_status files_keep(struct files *f, struct layout *l, const struct isokit_facts *facts,
			      struct isokit_error *err);
void files_free(struct files *f);

/* See isokit_build_walk_files(). */
enum isokit_status files_walk(const struct files *f, const struct plan *plan,
			      isokit_build_file_fn fn, void *ctx, struct isokit_error *err);

#endif
