/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes that a caller names: files, ranges of files, memory. */
#ifndef AUTHOR_BOOTCONTENT_H
#define AUTHOR_BOOTCONTENT_H

#include "author/plan.h"

/* See plan_content_node() in plan.h. */

/* At most `most` bytes from the begin of a content; owned by caller, free(). */
enum isokit_status bootcontent_read(struct plan *plan, const struct isokit_build_content *content,
				const char *what, size_t most, uint8_t **ret_bytes, size_t *ret_n,
				struct isokit_error *err);

#endif
