/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Btrfs: from addresses to places, and its trees; compressed extents as bytes behind those of
 * the volume. For btrfs.c. */
#ifndef VOLUME_BTRFS_MAP_H
#define VOLUME_BTRFS_MAP_H

#include "ondisk/btrfs.h"
#include "tree/gather.h"
#include "volume/units.h"

struct btrfs_map {
	struct isokit_source *src; /* borrowed */
	struct ondisk_btrfs b;
	uint8_t *raw; /* the superblock, which b points into */
	struct ondisk_btrfs_chunk *chunks; /* ascending */
	size_t n_chunks, chunks_capacity;
	bool no_memory;
	bool doubtful; /* checksums of what was read for this are wrong */
};

/* False: none, or its chunks cannot be read. `spend` may be NULL. */
bool btrfs_map_open(struct isokit_source *src, struct gather *spend, struct btrfs_map *m);
void btrfs_map_close(struct btrfs_map *m);

/* The byte of the volume at a logical address, if all of the range is there, or UINT64_MAX. */
uint64_t btrfs_place(const struct btrfs_map *m, uint64_t address, uint64_t bytes);
/* The same of its second copy. */
uint64_t btrfs_mirror(const struct btrfs_map *m, uint64_t address, uint64_t bytes);

/* Every item of a tree, in order. The visitor returns false to stop. False: not all of it
 * could be had. Of a node whose checksum is wrong its mirror is taken; *ret_doubtful (may be
 * NULL) is set where that is wrong, too, and the node was read all the same. */
bool btrfs_walk(const struct btrfs_map *m, uint64_t root, struct gather *spend,
		bool (*visit)(void *ctx, const struct ondisk_btrfs_item *i), void *ctx,
		bool *ret_doubtful);

/* Where extents are expanded to: each has so many bytes, from BTRFS_PACKED on. */
#define BTRFS_PACKED (UINT64_C(1) << 61)
enum { BTRFS_MOST_EXPANDED = 128 * 1024 };

struct btrfs_packed; /* ends with the mount */

/* *ret_src: the bytes of the volume, and at BTRFS_PACKED those of the extents. */
enum isokit_status btrfs_packed_new(struct isokit_source *volume, struct volume_mount *m,
				    uint32_t sector_bytes, struct btrfs_packed **ret,
				    struct isokit_source **ret_src, struct isokit_error *err);

/* One more extent: where it is in that source; UINT64_MAX: out of memory. The same one again
 * is the same place where it was the last. */
uint64_t btrfs_packed_add(struct btrfs_packed *p, uint64_t place, uint32_t stored,
			  uint32_t expanded, enum ondisk_btrfs_compression how);

/* Expand a content that is in a tree. */
enum isokit_status btrfs_expand(struct codec *codec, enum ondisk_btrfs_compression how,
				uint32_t sector_bytes, const uint8_t *in, size_t in_bytes,
				bool in_item, uint8_t *out, size_t bytes,
				struct isokit_error *err);

#endif
