/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The places of file systems that a mount changes, though nobody writes a file. */
#ifndef WRITE_MOUNTED_H
#define WRITE_MOUNTED_H

#include <stdbool.h>
#include <stdint.h>

struct block;
struct device_target;
struct mounted;

/* By the partitions in the first MiB of the image, and the file systems on the drive. NULL: none. */
struct mounted *mounted_new(struct device_target *t, const struct block *first);
void mounted_free(struct mounted *m); /* NULL is allowed */

/* Is a 512-byte sector that differs one of these? Sectors are asked about in ascending order:
 * where the superblock was changed, the rest of its file system may have been. */
bool mounted_touches(struct mounted *m, uint64_t offset);
/* What was touched: "FAT at byte 1,048,576: its dirty mark"; static or of m. */
const char *mounted_words(const struct mounted *m);

#endif
