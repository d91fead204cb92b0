/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a disk boots, said as the boot set-up of an image. */
#ifndef CONVERT_BOOT_H
#define CONVERT_BOOT_H

#include "convert/convert.h"

enum { CONVERT_BOOT_ENTRIES = 2 };

struct convert_boot {
	bool used; /* else boot files are looked for in the tree */
	struct isokit_build_layout layout;
	struct isokit_build_entry entries[CONVERT_BOOT_ENTRIES];
	struct isokit_build_partition partitions[1];
	/* A file of the image that a BIOS takes for a drive, in no folder: a range of
	 * `image`, or nothing. */
	struct isokit_source *image; /* borrowed, or one of c->owned_images */
	const char *image_path;
	struct isokit_build_hide hide;
};

/* Is it a floppy that a BIOS would start, whatever else is on it? */
bool convert_is_boot_floppy(const struct isokit_convert *c);

/* Find out; notes say what will not boot any more. */
enum isokit_status convert_boot_find(struct isokit_convert *c, struct convert_boot *b,
				     struct isokit_error *err);

/* Add what it needs to the tree. */
enum isokit_status convert_boot_add(struct convert_boot *b, struct isokit_build *build,
				    struct isokit_error *err);

#endif
