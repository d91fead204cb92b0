/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is not the image as it is: a stick with its files, an empty one, one more partition,
 * a GPT that fits to the drive. */
#ifndef WRITE_COMPOSE_H
#define WRITE_COMPOSE_H

#include <isokit/error.h>

#include <stdbool.h>
#include <stdint.h>

struct flow;
struct isokit_drive;
struct isokit_write;
struct lane;

/* Is something composed for the size of each drive? */
bool compose_wanted(const struct isokit_write *w);
/* FILES: what the stick would boot by, into the plan; a partition for changes: can it be? */
enum isokit_status compose_preview(struct isokit_write *w, struct isokit_error *err);
/* An empty file system, or one for files: can this drive have it, under that label? */
enum isokit_status compose_suits(const struct isokit_write *w, const struct isokit_drive *drive,
				 struct isokit_error *err);
/* Can what this flow reads go onto such a drive, too? */
bool compose_alike(const struct flow *f, uint64_t bytes, uint32_t sector);
/* `drive` may be NULL. */
enum isokit_status compose_flow(struct flow *f, const struct isokit_drive *drive,
				struct isokit_error *err);
void compose_end(struct flow *f);
/* The image's GPT for the size of this drive. */
enum isokit_status compose_patches(struct lane *l, struct isokit_error *err);

/* What is to be read, in ascending order; becomes whole leaves. False without memory. */
bool extents_add(struct flow *f, uint64_t offset, uint64_t bytes);
uint64_t extents_bytes(const struct flow *f);

#endif
