/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A container of APFS: its newest state, and its trees. For apfs.c. */
#ifndef VOLUME_APFS_H
#define VOLUME_APFS_H

#include "ondisk/apfs.h"
#include "tree/gather.h"

/* Where an object is. */
struct apfs_place {
	uint64_t object, transaction, block;
};

/* An object map, ascending; of several states of an object, the newest. */
struct apfs_map {
	struct apfs_place *items;
	size_t n, capacity;
};

struct apfs_container {
	struct isokit_source *src; /* borrowed */
	struct ondisk_apfs a;
	struct apfs_map map;
};

/* A volume in it. */
struct apfs_volume {
	struct ondisk_apfs_volume v;
	uint8_t *raw; /* what v.name points into */
	struct apfs_map map;
};

/* `spend` is asked before each block (may be NULL). False: none, or too damaged. */
bool apfs_container_open(struct isokit_source *src, struct gather *spend,
			 struct apfs_container *c);
void apfs_container_close(struct apfs_container *c);

bool apfs_volume_open(struct apfs_container *c, unsigned index, struct gather *spend,
		      struct apfs_volume *v);
void apfs_volume_close(struct apfs_volume *v);

/* Every record of the volume, in order. The visitor returns false to stop. False: some could
 * not be had. */
bool apfs_volume_walk(struct apfs_container *c, const struct apfs_volume *v, struct gather *spend,
		      bool (*visit)(void *ctx, const struct ondisk_apfs_item *i), void *ctx);

#endif
