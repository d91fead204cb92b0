/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of a volume of HFS or HFS+: its trees, and where forks lie. For hfs.c. */
#ifndef VOLUME_HFS_FORKS_H
#define VOLUME_HFS_FORKS_H

#include "ondisk/hfs_catalog.h"
#include "tree/gather.h"

struct hfs_volume {
	struct isokit_source *src; /* borrowed */
	struct ondisk_hfs h;
	bool plus;
	uint64_t base;             /* where an embedded HFS+ begins */
	uint8_t header[ONDISK_HFS_HEADER_BYTES];
	struct ondisk_hfs_overflow *overflow; /* ascending by file, fork, start */
	size_t n_overflow, overflow_capacity;
};

/* Places of a fork. */
struct hfs_runs {
	struct gather_run *items;
	size_t n, capacity;
};

/* The header, behind the wrapper if there is one. */
bool hfs_volume_open(struct isokit_source *src, struct hfs_volume *v);
void hfs_volume_close(struct hfs_volume *v);

/* ISOKIT_E_CORRUPT: blocks are missing, or not in the volume. */
enum isokit_status hfs_fork_runs(const struct hfs_volume *v, const struct ondisk_hfs_fork *f,
				 uint32_t file, bool resource, struct hfs_runs *out);

/* The bytes of a fork; owned by caller. */
enum isokit_status hfs_fork_open(const struct hfs_volume *v, const struct ondisk_hfs_fork *f,
				 uint32_t file, bool resource, struct isokit_source **ret_src,
				 struct isokit_error *err);

/* Every record of the leaves of a tree. The visitor returns false to stop. `spend` is asked
 * before each node (may be NULL). ISOKIT_E_CORRUPT: it cannot be walked to its end. */
enum isokit_status hfs_tree_walk(struct isokit_source *tree,
				 bool (*visit)(void *ctx, const uint8_t *record, size_t bytes),
				 void *ctx, struct gather *spend, struct isokit_error *err);

/* Read the extents tree; what is damaged of it is missing. */
enum isokit_status hfs_volume_load_overflow(struct hfs_volume *v, struct gather *spend,
					    struct isokit_error *err);

#endif
