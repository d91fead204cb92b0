/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A changed GPT as patches of an image. For this room only. */
#ifndef STICK_MOVEGPT_H
#define STICK_MOVEGPT_H

#include "stick/table.h"

struct patches {
	struct stick_patch *p;
	size_t n, capacity;
};

/* `bytes` (from malloc) is taken, also on failure; NULL: there was no memory. */
enum isokit_status movegpt_patch(struct patches *ps, uint64_t offset, uint8_t *bytes, size_t n,
				 struct isokit_error *err);

/* What makes an image's GPT that of a drive of so many sectors: both tables as they are in `g`
 * now, a protective MBR, and zeros where the old backup was. */
enum isokit_status movegpt_settle(struct isokit_source *image, struct table_gpt *g,
				  uint64_t sectors, struct patches *ps, struct isokit_error *err);

#endif
