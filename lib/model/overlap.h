/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who claims which bytes. Only lib/model includes this. */
#ifndef MODEL_OVERLAP_H
#define MODEL_OVERLAP_H

#include "model/tree.h"

struct overlap {
	struct overlap_claim {
		uint32_t start, end; /* in units of 512 bytes */
		uint64_t record_offset; /* who says so, or ISOKIT_NO_OFFSET */
	} *claims;
	size_t n, capacity;
};

/* Note that [start, end) in bytes is claimed. False when memory is refused. */
bool model_overlap_add(struct overlap *o, uint64_t start, uint64_t end, uint64_t record_offset);

/* Sort, and make a finding of each overlap of unequal extents. */
enum isokit_status model_overlap_report(struct overlap *o, struct isokit_image *img,
					struct isokit_error *err);

void model_overlap_free(struct overlap *o);

#endif
