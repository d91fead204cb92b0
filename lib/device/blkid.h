/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libblkid, loaded when it is wanted; nothing else knows of it. It is given descriptors that
 * can only be read. */
#ifndef DEVICE_BLKID_H
#define DEVICE_BLKID_H

#include "device/facts.h"

struct blkid_library;

/* NULL when there is none: what it would have said stays unknown. */
struct blkid_library *blkid_load(void);
void blkid_unload(struct blkid_library *lib); /* NULL is allowed */

/* What lies in [offset, offset+bytes): into `p`. False when it cannot be read. */
bool blkid_look(struct blkid_library *lib, struct look *l, int fd, uint64_t offset, uint64_t bytes,
		struct device_props *p);

/* A partition as its table has it: found by where it begins. */
void blkid_look_table(struct blkid_library *lib, struct look *l, int fd, uint64_t start,
		      struct device_props *p);

/* Offsets of signatures on a drive; 0 when there are none, or nothing can be found out. */
size_t blkid_signatures(int fd, uint64_t *at, size_t room);

#endif
