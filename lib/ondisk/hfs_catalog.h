/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The B-trees of HFS and HFS+: their nodes, and the records of catalog, extents and
 * attributes ("Inside Macintosh: Files", chapter 2; TN1150). */
#ifndef ONDISK_HFS_CATALOG_H
#define ONDISK_HFS_CATALOG_H

#include "ondisk/hfs.h"

struct ondisk_hfs_fork {
	uint64_t bytes;
	unsigned n; /* extents: 3 of HFS, 8 of HFS+; the rest is in the extents tree */
	struct ondisk_hfs_extent extent[8];
};

/* Which file a fork of the volume header is of. */
enum ondisk_hfs_file { ONDISK_HFS_EXTENTS_FILE, ONDISK_HFS_CATALOG_FILE, ONDISK_HFS_ATTRIBUTES_FILE };

/* Of the ONDISK_HFS_HEADER_BYTES at byte 1024. HFS has no attributes: an empty fork. */
void ondisk_hfs_special_fork(const uint8_t *raw, bool plus, enum ondisk_hfs_file which,
			     struct ondisk_hfs_fork *ret);

struct ondisk_hfs_tree {
	uint32_t node_bytes;
	uint32_t first_leaf, nodes;
	bool case_sensitive; /* HFSX */
};

/* The first 128 bytes of a tree. False: it is none. */
bool ondisk_hfs_tree_decode(const uint8_t *raw, struct ondisk_hfs_tree *ret);

/* A leaf: how many records (0: it is none), and the node after it (0: none). */
unsigned ondisk_hfs_leaf_decode(const uint8_t *node, uint32_t node_bytes, uint32_t *ret_next);

/* The record of that index; NULL: damaged. */
const uint8_t *ondisk_hfs_leaf_record(const uint8_t *node, uint32_t node_bytes, unsigned index,
				      size_t *ret_bytes);

/* A folder or a file. */
struct ondisk_hfs_item {
	enum ondisk_hfs_record_kind kind;
	uint32_t parent, id;
	size_t name_bytes;
	uint32_t modified;      /* seconds since 1904-01-01 */
	uint32_t uid, gid;
	uint16_t mode;          /* 0: not set, as of HFS */
	uint8_t owner_flags, admin_flags;
	uint32_t special;       /* device, number of a link's file */
	uint8_t finder[32];     /* FileInfo and ExtendedFileInfo, or those of a folder */
	struct ondisk_hfs_fork data, resource;
};

/* False: damaged, or a thread. `name` holds ONDISK_HFS_NAME_BYTES and gets UTF-8. */
bool ondisk_hfs_item_decode(const uint8_t *record, size_t bytes, bool plus,
			    struct ondisk_hfs_item *ret, char *name);

/* More extents of a fork. */
struct ondisk_hfs_overflow {
	uint32_t file, start; /* start: allocation blocks of the fork before these */
	bool resource;
	unsigned n;
	struct ondisk_hfs_extent extent[8];
};

bool ondisk_hfs_overflow_decode(const uint8_t *record, size_t bytes, bool plus,
				struct ondisk_hfs_overflow *ret);

/* An extended attribute of HFS+: its bytes, or (value NULL) a fork of its own. */
struct ondisk_hfs_attribute {
	uint32_t file;
	size_t name_bytes;
	const uint8_t *value; /* in the record */
	size_t value_bytes;
	struct ondisk_hfs_fork fork;
};

bool ondisk_hfs_attribute_decode(const uint8_t *record, size_t bytes,
				 struct ondisk_hfs_attribute *ret, char *name);

#endif
