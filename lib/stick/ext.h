/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An ext4 file system, made by libext2fs. For this room only. */
#ifndef STICK_EXT_H
#define STICK_EXT_H

#include "stick/compose.h"

enum { EXT_LABEL_BYTES = 16 };

struct ext_options {
	uint64_t at, bytes;
	const char *label;  /* at most 16 bytes; NULL: none */
	uint8_t uuid[16];
	int64_t epoch;
	const char *file;    /* of the root folder, with this content; NULL: none */
	const char *content;
	const char *folders[4]; /* empty ones of the root folder; NULL ends them */
};

/* Only what the file system needs is in the layout: metadata, and its journal as zeros.
 * ISOKIT_E_UNSUPPORTED: without libext2fs. */
enum isokit_status ext_compose(struct composer *c, const struct ext_options *o,
			       struct isokit_error *err);

#endif
