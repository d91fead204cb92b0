/* SPDX-License-Identifier: GPL-3.0-or-later */
/* XFS ("XFS Algorithms & Data Structures", 3rd edition, and its version 5 with checksums).
 * Numbers are big-endian; block numbers of the volume have the allocation group in their
 * upper bits. */
#ifndef ONDISK_XFS_H
#define ONDISK_XFS_H

#include <isokit/error.h>

enum { ONDISK_XFS_SUPER_BYTES = 512, ONDISK_XFS_EXTENT_BYTES = 16 };
#define ONDISK_XFS_NOWHERE UINT64_MAX

struct ondisk_xfs {
	uint32_t block_bytes, inode_bytes, directory_bytes;
	uint64_t blocks, root;
	uint32_t group_blocks, groups;
	unsigned block_shift, inodes_shift, group_shift; /* powers of 2; inodes in a block */
	bool v5, ftype;  /* checksums; kinds in names */
	const char *label;
	size_t label_bytes;
};

/* False: it is none, or its numbers cannot be. The label is in `raw`. */
bool ondisk_xfs_decode(const uint8_t *raw, struct ondisk_xfs *ret);

/* Is the checksum of a block right, which stands at byte `at` of it? Those of version 4 have
 * none. */
enum {
	ONDISK_XFS_SUM_OF_SUPER = 224, ONDISK_XFS_SUM_OF_INODE = 100, ONDISK_XFS_SUM_OF_NAMES = 4,
	ONDISK_XFS_SUM_OF_EXTENTS = 64, ONDISK_XFS_SUM_OF_ATTRIBUTES = 12, ONDISK_XFS_SUM_OF_REMOTE = 12,
};
bool ondisk_xfs_is_sound(const struct ondisk_xfs *x, const uint8_t *block, size_t bytes, size_t at);

/* The byte of the volume that a block, an inode is at; ONDISK_XFS_NOWHERE: there is none. */
uint64_t ondisk_xfs_block_at(const struct ondisk_xfs *x, uint64_t block);
uint64_t ondisk_xfs_inode_at(const struct ondisk_xfs *x, uint64_t inode);

enum ondisk_xfs_format { ONDISK_XFS_DEVICE, ONDISK_XFS_LOCAL, ONDISK_XFS_EXTENTS, ONDISK_XFS_BTREE };

struct ondisk_xfs_fork {
	enum ondisk_xfs_format format;
	const uint8_t *bytes; /* in the inode */
	size_t n;
	uint64_t extents;
};

struct ondisk_xfs_inode {
	uint16_t mode, flags;
	uint32_t uid, gid;
	int64_t mtime;
	uint32_t mtime_ns;
	uint64_t size;
	bool realtime;   /* its data are on another device */
	bool immutable;
	bool has_attributes;
	struct ondisk_xfs_fork data, attributes;
};

/* False: no inode. */
bool ondisk_xfs_inode_decode(const struct ondisk_xfs *x, const uint8_t *raw,
			     struct ondisk_xfs_inode *ret);

struct ondisk_xfs_extent {
	uint64_t at, block, blocks; /* at: block of the file */
	bool unwritten;             /* reads as zeros */
};

void ondisk_xfs_extent_decode(const uint8_t *raw, struct ondisk_xfs_extent *ret);

/* A node of the tree of a fork's extents; the root is in the inode. */
struct ondisk_xfs_node {
	unsigned level;         /* 0: records are extents, else block numbers */
	unsigned n;
	const uint8_t *records; /* ONDISK_XFS_EXTENT_BYTES each, or 8 */
	uint64_t right;         /* the node after it; ONDISK_XFS_NOWHERE: none */
};

bool ondisk_xfs_root_decode(const struct ondisk_xfs_fork *f, struct ondisk_xfs_node *ret);
bool ondisk_xfs_node_decode(const struct ondisk_xfs *x, const uint8_t *raw,
			    struct ondisk_xfs_node *ret);

struct ondisk_xfs_name {
	const uint8_t *name;
	size_t bytes;
	uint64_t inode;
};

/* A folder in its inode: begin with *io_at 0. False: the end, or damaged. */
bool ondisk_xfs_short_name(const struct ondisk_xfs *x, const struct ondisk_xfs_fork *f,
			   size_t *io_at, struct ondisk_xfs_name *ret);

/* A block of a folder, of x->directory_bytes, likewise; names of length 0 are free room. */
bool ondisk_xfs_name(const struct ondisk_xfs *x, const uint8_t *block, size_t *io_at,
		     struct ondisk_xfs_name *ret);

struct ondisk_xfs_attribute {
	const uint8_t *name, *value; /* value NULL: in blocks of its own */
	size_t name_bytes, value_bytes;
	uint32_t value_block;        /* of the fork */
	bool root, secure;           /* which name space */
	bool hidden;                 /* incomplete, or the file system's own */
};

/* Attributes in the inode, as names above. */
bool ondisk_xfs_short_attribute(const struct ondisk_xfs_fork *f, size_t *io_at,
				struct ondisk_xfs_attribute *ret);

/* A block of attributes: how many are in it, and the block after it (0: none). A node
 * (false) says the first block below it. */
bool ondisk_xfs_attribute_leaf(const struct ondisk_xfs *x, const uint8_t *raw, unsigned *ret_n,
			       uint32_t *ret_next);
bool ondisk_xfs_leaf_attribute(const struct ondisk_xfs *x, const uint8_t *raw, unsigned index,
			       struct ondisk_xfs_attribute *ret);

/* Bytes ahead of each block of a value, or of a target, outside of the inode. */
enum { ONDISK_XFS_REMOTE_HEADER = 56 };

#endif
